"""Scores in one line: as a bar, as a character per example, and as a bar with feedback."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.widgets import Static

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.widgets.plain import plain_text

_LEVELS = "▁▂▃▄▅▆▇█"
_UNKNOWN = "·"


def score_bar(score: float | None, width: int) -> tuple[str, str]:
    """The filled and the empty part of a bar, together `width` cells, in steps of half a cell.

    The two characters differ in weight, so the bar can be read without colour.
    """
    halves = round(_bounded(score or 0.0) * width * 2)
    filled = "━" * (halves // 2) + "╸" * (halves % 2)
    return filled, "─" * (width - len(filled))


def spark(scores: Iterable[float | None]) -> str:
    """One character per score, "▁" for 0 to "█" for 1, "·" for None."""
    return "".join(
        _UNKNOWN if score is None else _LEVELS[round(_bounded(score) * (len(_LEVELS) - 1))]
        for score in scores
    )


def score_text(score: float | None) -> str:
    """A score with two decimals, four characters wide. Only a full score reads 1.00."""
    if score is None:
        return "   …"
    return "0.99" if 0.995 <= score < 1 else f"{score:.2f}"


def _bounded(score: float) -> float:
    return min(max(score, 0.0), 1.0)


class ScoreBar(Static):
    """A label, a bar, the score, and below them the feedback in muted text.

    Label and feedback may come from outside.
    """

    DEFAULT_CSS = """
    ScoreBar { height: auto; }
    """

    def __init__(
        self,
        label: str,
        score: float | None,
        feedback: str = "",
        *,
        label_width: int = 15,
        bar_width: int = 12,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        self._label_width, self._bar_width = label_width, bar_width
        super().__init__(self._content(label, score, feedback), id=id, classes=classes)

    def set(self, label: str, score: float | None, feedback: str = "") -> None:
        """Show this label, score and feedback."""
        self.update(self._content(label, score, feedback))

    def _content(self, label: str, score: float | None, feedback: str) -> Content:
        filled, empty = score_bar(score, self._bar_width)
        name = one_line(label, self._label_width).ljust(self._label_width)
        parts = [
            Content(name + " "),
            Content.styled(filled, "$foreground"),
            Content.styled(empty, "$foreground-disabled"),
            Content(f" {score_text(score)}"),
        ]
        if feedback:
            parts += [Content("\n  "), plain_text(feedback.strip(), "$foreground-muted")]
        return Content("").join(parts)
