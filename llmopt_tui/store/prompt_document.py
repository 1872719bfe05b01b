"""A prompt as the document of its file, with what differs from the defaults alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmopt_tui.core.prompt import Prompt

SCHEMA_VERSION = 1


def prompt_document(prompt: Prompt, provenance: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The document. What `provenance` does not know (None) is left out: TOML has no null.

    Spare demonstrations are not part of it: they are needed only while train examples are scored.
    """
    demonstrations = [
        {
            **({"example_id": shown.example_id} if shown.example_id else {}),
            "inputs": dict(shown.inputs),
            "answer": shown.answer,
        }
        for shown in prompt.demonstrations
    ]
    known = {key: value for key, value in (provenance or {}).items() if value is not None}
    return {
        "schema_version": SCHEMA_VERSION,
        "name": prompt.name,
        "description": prompt.description,
        "system": prompt.system,
        "text": prompt.text,
        **({"locked": list(prompt.locked)} if prompt.locked else {}),
        **({"constrain": prompt.constrain} if prompt.constrain else {}),
        **({"instructions": prompt.instructions} if prompt.instructions != "once" else {}),
        **({"demonstrations": demonstrations} if demonstrations else {}),
        **({"provenance": known} if known else {}),
    }
