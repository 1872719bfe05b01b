"""ScoreTrend: the score of each iteration as a column, with the target as a line."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from llmopt_tui.tui.widgets.score import score_text

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_TARGET = "┄"
_LABELLED = 5
_SLIM = 2


def column_eighths(score: float, rows: int) -> list[int]:
    """How many eighths of each row's cell a score fills, from the top row down.

    A score of 0 gets one eighth: a tested iteration is always visible.
    """
    filled = max(1, round(min(max(score, 0.0), 1.0) * rows * 8))
    return [min(max(filled - 8 * row, 0), 8) for row in reversed(range(rows))]


def trend_rows(
    scores: Sequence[float | None], target: float | None, width: int, rows: int
) -> list[str]:
    """The chart as `rows` lines, each at most `width` characters, the oldest score at the left.

    Columns are narrow if wide ones do not fit. If narrow ones do not fit, the oldest are left out.
    """
    label = score_text(target) if target is not None else ""
    room = width - len(label) - 1 if label else width
    if room < 1 or rows < 1:
        return []
    pitch = _pitch(len(scores), room)
    shown = list(scores)[-max(1, room // pitch) :]
    target_row = None if target is None else min(rows - 1, max(0, int((1 - target) * rows)))
    bar = max(1, pitch - 1) if pitch < _LABELLED else _LABELLED - 2
    lines = []
    for row in range(rows):
        blank = _TARGET if row == target_row else " "
        blocks = [_block(score, row, rows) or blank for score in shown]
        line = "".join((block * bar).ljust(pitch, blank) for block in blocks)
        line = line.ljust(room, blank)[:room]
        lines.append(f"{line} {label}" if row == target_row else line.rstrip())
    return lines


def trend_labels(scores: Sequence[float | None], width: int) -> str:
    """The scores as numbers, each under its column; "" if the columns are too narrow."""
    if _pitch(len(scores), width) < _LABELLED:
        return ""
    return "".join(score_text(score).ljust(_LABELLED) for score in scores).rstrip()


def _pitch(count: int, room: int) -> int:
    return next((pitch for pitch in (_LABELLED, _SLIM) if count * pitch <= room), 1)


def _block(score: float | None, row: int, rows: int) -> str:
    eighths = 0 if score is None else column_eighths(score, rows)[row]
    return _EIGHTHS[eighths].strip()


class ScoreTrend(Widget):
    """Columns with numbers below them, and the target as a dotted line with its number."""

    DEFAULT_CSS = """
    ScoreTrend { width: 1fr; height: auto; color: $text-muted; }
    """

    def __init__(
        self,
        scores: Sequence[float | None] = (),
        target: float | None = None,
        *,
        rows: int = 4,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._scores, self._target, self._chart_rows = tuple(scores), target, rows

    def update(self, scores: Sequence[float | None], target: float | None = None) -> None:
        """Draw these scores, and the target if there is one."""
        self._scores, self._target = tuple(scores), target
        self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """The width of the container."""
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The chart's rows, and one for the numbers."""
        return self._chart_rows + 1

    def render(self) -> Content:
        """The chart at the widget's width."""
        width = self.content_size.width
        best = max((s for s in self._scores if s is not None), default=None)
        if best is None:
            return Content.styled("no score yet", "$foreground-muted")
        room = width - 5 if self._target is not None else width
        lines = [
            _quiet(line) for line in trend_rows(self._scores, self._target, width, self._chart_rows)
        ]
        lines.append(_with_best(trend_labels(self._scores, room), score_text(best)))
        return Content("\n").join(lines)


def _quiet(line: str) -> Content:
    """The line, with the target's dots and number in muted text."""
    content = Content(line)
    start = line.find(_TARGET)
    while start != -1:
        end = start
        while end < len(line) and line[end] not in _EIGHTHS[1:]:
            end += 1
        content = content.stylize("$foreground-disabled", start, end)
        start = line.find(_TARGET, end)
    return content


def _with_best(labels: str, best: str) -> Content:
    content = Content.styled(labels, "$foreground-muted") if labels else Content("")
    start = labels.find(best)
    return content.stylize("bold $accent", start, start + len(best)) if start >= 0 else content
