"""DiffView: what changed between two prompts, shown by marks first and by colours second."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import ClassVar

from llmopt_tui.core.text.diff import diff_lines
from llmopt_tui.core.text.plain import visible
from llmopt_tui.tui.widgets.lines import Line, WrappedLines

_TAB = " " * 4
_CONTEXT = 2
_CHANGED = {"-": "diff--removed", "+": "diff--added"}


def diff_view_lines(old: str, new: str) -> list[Line]:
    """The lines of a comparison as shown; long unchanged parts are replaced by a note."""
    shown: list[Line] = []
    groups = [(mark, list(group)) for mark, group in groupby(diff_lines(old, new), _mark)]
    for place, (mark, group) in enumerate(groups):
        texts = [_clean(line.text) for line in group]
        if kind := _CHANGED.get(mark):
            shown += [Line(text, kind, mark, "┊") for text in texts]
            continue
        before = 0 if place == 0 else _CONTEXT
        after = 0 if place == len(groups) - 1 else _CONTEXT
        shown += _kept(texts, before, after)
    return shown


def _mark(line: object) -> str:
    return str(getattr(line, "mark", " "))


def _clean(text: str) -> str:
    return visible(text).replace("\t", _TAB)


def _kept(texts: list[str], before: int, after: int) -> Iterator[Line]:
    hidden = len(texts) - before - after
    # Replacing a single line by a note saves nothing.
    if hidden <= 1:
        before, hidden = len(texts), 0
    for text in texts[:before]:
        yield Line(text, "diff--kept")
    if hidden:
        yield Line(f"{hidden} lines unchanged", "lines--note", "⋯")
        for text in texts[len(texts) - after :] if after else ():
            yield Line(text, "diff--kept")


class DiffView(WrappedLines):
    """Shows the lines taken out of `old` with "-" and the lines put in with "+".

    With `whole` it shows `new` as it reads. Where the texts are the same it shows `new`, folded,
    unless there is no `old`: a first prompt is always shown whole.
    """

    DEFAULT_CSS = """
    DiffView > .diff--removed { color: $text-error; }
    DiffView > .diff--added { color: $text-success; }
    DiffView > .diff--kept { color: $text-muted; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"diff--removed", "diff--added", "diff--kept"}
    gutter_width = 2

    def __init__(
        self,
        old: str = "",
        new: str = "",
        *,
        whole: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._old, self._new, self._whole = old, new, whole
        self._draw()

    @property
    def whole(self) -> bool:
        """Whether the new text is shown whole rather than what changed."""
        return self._whole

    @whole.setter
    def whole(self, whole: bool) -> None:
        self._whole = whole
        self._draw()

    @property
    def marks(self) -> list[str]:
        """The gutter, line by line: "-", "+", "⋯" or nothing."""
        return [line.mark for line in self._lines]

    def update(self, old: str, new: str) -> None:
        """Show the comparison of these two texts."""
        self._old, self._new = old, new
        self._draw()

    def _draw(self) -> None:
        if self._whole or not self._old:
            self.set_lines(Line(text) for text in _clean(self._new).split("\n"))
        else:
            self.set_lines(diff_view_lines(self._old, self._new))
