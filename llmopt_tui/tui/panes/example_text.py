"""ExampleText: an example's texts under their headings, wherever one is opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from llmopt_tui.core.text.plain import visible
from llmopt_tui.tui.widgets.lines import Line, Span, WrappedLines

if TYPE_CHECKING:
    from llmopt_tui.core.text.word_diff import Kind, WordSegment
    from llmopt_tui.reports.example_words import Part

_SHOWN_CHARS = 6_000
_TAB = " " * 4
_CHANGED: dict[Kind, str] = {"added": "lines--added", "removed": "lines--removed"}


def shortened(text: str, limit: int = _SHOWN_CHARS) -> str:
    """A long text's beginning and end, with a note between them about what is left out."""
    if len(text) <= limit:
        return text
    head, tail = text[: limit * 2 // 3], text[-limit // 3 :]
    left_out = len(text) - len(head) - len(tail)
    return f"{head}\n… {left_out:,} characters not shown, copying has them …\n{tail}"


def part_lines(parts: Iterable[Part], gutter: str = "") -> Iterator[Line]:
    """The parts as lines: each heading, and its text behind a rule. `gutter` comes before both."""
    for part in parts:
        yield Line(part.heading, "example--heading", gutter, gutter)
        lines = changed_lines(part.changes) if part.changes else _plain_lines(part.text)
        for line in lines:
            line.mark = line.more = f"{gutter}│ "
            yield line


def changed_lines(segments: Iterable[WordSegment]) -> list[Line]:
    """A text with what was removed and added in it, marked by style and never by colour alone."""
    lines = [Line("")]
    for segment in segments:
        kind = _CHANGED.get(segment.kind, "")
        for n, piece in enumerate(_clean(segment.text).split("\n")):
            if n:
                lines.append(Line(""))
            line = lines[-1]
            if piece and kind:
                start = len(line.text)
                line.spans += (Span(start, start + len(piece), kind),)
            line.text += piece
    return lines


def _plain_lines(text: str) -> Iterator[Line]:
    for line in _clean(shortened(text)).split("\n"):
        yield Line(line)


def _clean(text: str) -> str:
    return visible(text).replace("\t", _TAB)


class ExampleText(WrappedLines):
    """Input, expected, answer and criticism of one example, each under its heading."""

    DEFAULT_CSS = """
    ExampleText > .example--heading { text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"example--heading"}
    gutter_width: ClassVar[int] = 2

    def show(self, parts: Iterable[Part]) -> None:
        """Show these parts."""
        self.set_lines(part_lines(parts))
