"""WrappedLines: lines of text that are wrapped once, drawn row by row, and extended cheaply."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

_WORD = re.compile(r"\s*\S+\s*|\s+")


def row_starts(text: str, width: int) -> list[int]:
    """The index at which each row of a line begins, when wrapped at words into `width` cells.

    The first is always 0. Rows are filled from the left, so a row depends on what follows it only
    in its last word: a line that grows is wrapped again from its last row only.
    """
    starts = [0]
    if width < 1 or (len(text) <= width and cell_len(text) <= width):
        return starts
    used = 0
    for match in _WORD.finditer(text):
        word, begin = match.group(), match.start()
        needed = cell_len(word.rstrip())
        if needed <= width - used:
            used += cell_len(word)
            continue
        if begin > starts[-1]:
            starts.append(begin)
        used = cell_len(word)
        if needed > width:
            for piece in chop_cells(word.rstrip(), width)[:-1]:
                begin += len(piece)
                starts.append(begin)
            used = cell_len(text[begin : match.end()])
    return starts


class Span(NamedTuple):
    """A part of a line's text with a component class of its own, from `start` up to `end`."""

    start: int
    end: int
    kind: str


@dataclass(slots=True)
class Line:
    """One line as it was written. `kind` names a component class, "" the widget's own style.

    `mark` is in the gutter before its first row, `more` before each further row. `spans` are parts
    in another style, in order. A line that does not wrap is cut off where the row ends.
    """

    text: str
    kind: str = ""
    mark: str = ""
    more: str = ""
    spans: tuple[Span, ...] = ()
    wraps: bool = True


class _Row(NamedTuple):
    line: int
    start: int
    end: int


class WrappedLines(Widget):
    """Shows lines of plain text, wrapped to the widget's width. Its height is the number of rows.

    The text must already be safe to show (`core.text.plain.visible`). A selection of it contains
    neither the gutter nor the line breaks that wrapping adds.
    """

    DEFAULT_CSS = """
    WrappedLines { width: 1fr; height: auto; }
    WrappedLines > .lines--note { color: $text-muted; text-style: italic; }
    WrappedLines > .lines--added { color: $text-success; text-style: underline; }
    WrappedLines > .lines--removed { color: $text-error; text-style: strike; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"lines--note", "lines--added", "lines--removed"}
    gutter_width: ClassVar[int] = 0

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: list[Line] = []
        self._rows: list[_Row] = []
        self._row_width = 0
        self._drawn: tuple[Style, Selection | None] | None = None

    @property
    def shown(self) -> str:
        """The text as shown, without the gutter and without wrapping."""
        return "\n".join(line.text for line in self._lines)

    def set_lines(self, lines: Iterable[Line]) -> None:
        """Show these lines instead of what was shown."""
        self._lines = list(lines)
        self._wrap_all()
        self.refresh(layout=True)

    def extend(self, text: str) -> None:
        """Append to the last line. The cost depends only on the length of the new text."""
        if not text:
            return
        before = len(self._rows)
        head, *following = text.split("\n")
        if not self._lines:
            self._lines.append(Line(""))
        self._lines[-1].text += head
        self._wrap_last()
        for part in following:
            self._lines.append(Line(part))
            self._wrap(len(self._lines) - 1, 0)
        self.refresh(layout=len(self._rows) != before)

    def _wrap_all(self) -> None:
        self._rows.clear()
        for index in range(len(self._lines)):
            self._wrap(index, 0)

    def _wrap_last(self) -> None:
        index = len(self._lines) - 1
        start = 0
        if self._rows and self._rows[-1].line == index:
            start = self._rows.pop().start
        self._wrap(index, start)

    def _wrap(self, index: int, start: int) -> None:
        text = self._lines[index].text
        if not self._lines[index].wraps:
            self._rows.append(_Row(index, 0, len(text)))
            return
        rest = text[start:] if start else text
        starts = [start + offset for offset in row_starts(rest, self._row_width)]
        ends = [*starts[1:], len(text)]
        self._rows += [_Row(index, a, b) for a, b in zip(starts, ends, strict=True)]

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """The width of the container: rows are wrapped to it, never measured."""
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of rows at this width."""
        text_width = max(1, width - self.gutter_width)
        if text_width != self._row_width:
            self._row_width = text_width
            self._wrap_all()
        return len(self._rows)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows in a region. What is the same for all of them is worked out once."""
        # A widget that has just been removed may be asked once more for what it showed.
        selection = self.text_selection if self.is_attached else None
        self._drawn = self.rich_style, selection
        try:
            return super().render_lines(crop)
        finally:
            self._drawn = None

    def render_line(self, y: int) -> Strip:
        """One row, with its gutter, its style and the selected part."""
        base, selection = self._drawn or (self.rich_style, self.text_selection)
        if y >= len(self._rows):
            return Strip.blank(self.size.width, base)
        row = self._rows[y]
        line = self._lines[row.line]
        style = self.get_component_rich_style(line.kind) if line.kind else base
        segments: list[Segment] = []
        if self.gutter_width:
            mark = line.more if row.start else line.mark
            segments.append(Segment(mark.ljust(self.gutter_width), style))
        segments += self._row_segments(line, row, style, selection)
        width = self.content_size.width
        if not line.wraps and sum(segment.cell_length for segment in segments) > width:
            cut = Strip(segments).crop(0, width - 1)
            return Strip([*cut, Segment("…", style)]).adjust_cell_length(width, base)
        return Strip(segments).adjust_cell_length(width, base)

    def _row_segments(
        self, line: Line, row: _Row, style: Style, selection: Selection | None
    ) -> list[Segment]:
        """The row's text in its styles: those of its spans, and that of the selected part."""
        marked = selection.get_span(row.line) if selection else None
        first, last = marked or (0, 0)
        last = len(line.text) if last == -1 else last
        edges = {edge for span in line.spans for edge in span[:2]} | {first, last}
        cuts = sorted({row.start, row.end, *(e for e in edges if row.start < e < row.end)})
        if len(cuts) == 1:
            cuts *= 2  # an empty row is one empty segment: a selection may begin there
        segments = []
        for a, b in pairwise(cuts):
            kind = next((span.kind for span in line.spans if span.start <= a < span.end), "")
            piece = self.get_component_rich_style(kind) if kind else style
            piece += Style.from_meta({"offset": (a, row.line)})
            if marked and first <= a < last:
                piece += self.screen.get_component_rich_style("screen--selection")
            segments.append(Segment(line.text[a:b], piece))
        return segments

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, as it was written."""
        return selection.extract(self.shown), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Redraw with the new selection."""
        self.refresh()
