"""labels.json: what a person calls a session or suite, its tags, and whether it is pinned."""

from __future__ import annotations

from llmopt_tui.state.documents.base import Document, Flag


class Labels(Document):
    """A name ("" for none), tags in the order in which they were given, and the pin."""

    schema_version: int = 1
    name: str = ""
    tags: tuple[str, ...] = ()
    pinned: Flag = False
