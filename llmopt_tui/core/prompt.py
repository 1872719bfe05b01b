"""Prompt: a variant as a person keeps it, with a name."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from llmopt_tui.core.filling import PLACEHOLDER, fill, placeholders_in
from llmopt_tui.core.ports import Message
from llmopt_tui.core.variant import Constrain, Demonstration, Instructions, Variant

__all__ = ["PLACEHOLDER", "Demonstration", "Prompt", "fill", "placeholders_in"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """The iteration of an earlier session that a prompt was taken from."""

    session_id: str
    iteration: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as a person keeps it: the text to fill, and what else is sent with it.

    `locked` are parts of the text that no suggestion may change. `provenance` is None unless a
    session branched from an iteration of another. The other fields are those of `Variant`.
    """

    name: str
    text: str
    description: str = ""
    system: str = ""
    demonstrations: tuple[Demonstration, ...] = ()
    instructions: Instructions = "once"
    constrain: Constrain | None = None
    locked: tuple[str, ...] = ()
    spares: tuple[Demonstration | None, ...] = ()
    provenance: Provenance | None = None

    @property
    def placeholders(self) -> Counter[str]:
        """How often each placeholder is in the system message and the text."""
        return placeholders_in(self.system) + placeholders_in(self.text)

    @property
    def variant(self) -> Variant:
        """What is sent with every input."""
        return Variant(
            self.text,
            self.system,
            self.demonstrations,
            self.instructions,
            self.constrain,
            self.spares,
        )

    @property
    def sha256(self) -> str:
        """Identity of what reaches the model, in hex."""
        return variant_sha256(self.variant)

    def with_text(self, text: str) -> Prompt:
        """The same prompt with other words."""
        return replace(self, text=text)

    def with_variant(self, variant: Variant) -> Prompt:
        """The prompt under the same name with everything that a variant sends."""
        return replace(
            self,
            text=variant.text,
            system=variant.system,
            demonstrations=variant.demonstrations,
            instructions=variant.instructions,
            constrain=variant.constrain,
            spares=variant.spares,
        )

    def snapshot(self) -> dict[str, Any]:
        """The whole prompt: what a record keeps. What few prompts have is only there if it is."""
        whole = asdict(self)
        return {
            name: value
            for name, value in whole.items()
            if name not in ("spares", "provenance") or value
        }

    def messages(self, inputs: Mapping[str, str]) -> tuple[Message, ...]:
        """The chat that asks a candidate for one answer."""
        return self.variant.messages(inputs)


def variant_sha256(variant: Variant) -> str:
    """Identity of what a variant sends, in hex; for texts too that hold lone surrogates.

    Of a plain text and system message it is the digest of these two alone.
    """
    sent = f"{variant.system}\x00{variant.text}"
    if variant.demonstrations or variant.constrain:
        more = [[asdict(d) for d in variant.demonstrations], variant.instructions]
        sent += f"\x00{json.dumps([*more, variant.constrain], sort_keys=True)}"
    return hashlib.sha256(sent.encode("utf-8", "surrogatepass")).hexdigest()
