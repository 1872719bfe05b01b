"""Refused drafts: prompts that a source wrote and the checks rejected, kept for the person.

A check can be wrong, and a draft with a lost placeholder may hold a good idea. So a draft is kept
with its reasons: the person can look at it, mend it by hand, and use it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from llmopt_tui.core.changes import Change


@dataclass(frozen=True, slots=True)
class RefusedDraft:
    """A prompt that was not suggested. `problems` says why, in full sentences.

    `text` is the whole prompt; `change` is what it would have changed, and who wrote it.
    """

    text: str
    problems: tuple[str, ...]
    change: Change

    def used(self, text: str) -> Change:
        """The change that uses the draft as `text`: its own, or a whole text mended by hand."""
        if text == self.text:
            return self.change
        return replace(
            self.change, edit="replace text", source="person", name="mended draft", text=text
        )
