"""Suggestion: a better variant with the reason for it, whatever source it came from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from llmopt_tui.core.changes import Change, Source, applied
from llmopt_tui.core.variant import Variant


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A better variant with the reason for it.

    `prompt` is its text, `source` says who suggested it, `kind` names the sort of change ("" where
    that has no name), `cause` the failure that it is meant against, which `diagnosis` describes.
    `variant` is None where the text alone differs from the parent's; `changes` lead from the parent
    to it. `overruled` are the reasons of the checks against it, where the person uses it anyway.
    """

    prompt: str
    reasoning: str
    source: Source
    kind: str = ""
    variant: Variant | None = None
    changes: tuple[Change, ...] = ()
    cause: str = ""
    diagnosis: str = ""
    overruled: tuple[str, ...] = ()

    def variant_of(self, parent: Variant) -> Variant:
        """The variant that is suggested in place of `parent`."""
        return self.variant or parent.with_text(self.prompt)

    def without(self, left_out: Collection[int], parent: Variant) -> Suggestion:
        """The suggestion without some of its changes, which are numbered from 1."""
        kept = tuple(c for n, c in enumerate(self.changes, 1) if n not in left_out)
        if len(kept) == len(self.changes):
            return self
        variant = applied(kept, parent)
        return replace(self, prompt=variant.text, variant=variant, changes=kept)
