"""WordDiff: what changed between two texts, word by word, in the text as it reads.

Removed words are struck through and added ones underlined, so that it reads without colour too.
"""

from __future__ import annotations

from textual.content import Content

from llmopt_tui.core.text.word_diff import diff_words
from llmopt_tui.tui.widgets.plain import Plain, plain_text

_STYLES = {"removed": "strike $text-error", "added": "bold underline $text-success"}
_KEPT_STYLE = "$foreground-muted"
_LONGEST_KEPT, _CONTEXT = 700, 240


def word_diff(old: str, new: str, *, whole: bool = False) -> Content:
    """Both texts in one. What did not change is dimmed, and of a long part only its edges are
    shown; with `whole`, all of it is there to be read.
    """
    segments = diff_words(old.strip(), new.strip())
    parts: list[Content] = []
    for place, (kind, text) in enumerate(segments):
        if kind != "same":
            parts.append(plain_text(text, _STYLES[kind]))
        elif whole:
            parts.append(plain_text(text))
        else:
            shown = _shortened(text, first=place == 0, last=place == len(segments) - 1)
            parts.append(plain_text(shown, _KEPT_STYLE))
    return Content.assemble(*parts)


def legend() -> Content:
    """How removed and added words look."""
    return Content.assemble(
        plain_text("removed", _STYLES["removed"]), " ", plain_text("added", _STYLES["added"])
    )


def _shortened(text: str, *, first: bool, last: bool) -> str:
    """An unchanged part; from a long one only what is next to a change."""
    if len(text) <= _LONGEST_KEPT:
        return text
    head = "" if first else text[:_CONTEXT]
    tail = "" if last else text[-_CONTEXT:]
    hidden = len(text) - len(head) - len(tail)
    return f"{head}\n⋯ {hidden:,} characters unchanged\n{tail}"


class WordDiff(Plain):
    """A label with the difference of two texts."""

    def __init__(self, old: str, new: str, *, classes: str | None = None) -> None:
        super().__init__(word_diff(old, new), classes=classes)
