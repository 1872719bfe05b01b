"""ExamplesView: the answered examples of an iteration or an idea, a line each, or open in full.

One widget draws all of them: an iteration of many examples is laid out as fast as one of few.
Train and held-out examples are under headings of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

from textual.events import Click
from textual.message import Message

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.example_words import Asked, answer_parts, as_text, worst_fault
from llmopt_tui.state.previous_answers import PreviousAnswers
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.panes.example_text import ExampleText, part_lines
from llmopt_tui.tui.widgets.lines import Line, Span
from llmopt_tui.tui.widgets.marking import ends_a_drag
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from llmopt_tui.core.case import Split
    from llmopt_tui.core.run import Run
    from llmopt_tui.reports.example_words import Part

ExampleKey = tuple[str, int]
"""What identifies an example of an iteration: its id and the repeat."""

_MOST = 500
"""How many examples of a split are listed at most; the best ones beyond are in the record."""
_NAME_CHARS = 24
_NO_ANSWERS = PreviousAnswers()
_HEADINGS: dict[Split, str] = {"train": "train", "validation": "held out"}


@dataclass(frozen=True, slots=True)
class ExampleView:
    """How examples are shown.

    `asked` has their inputs, `previous` the earlier answers to them. `whole` says whether all are
    open, `thoughts` whether thoughts are shown, `against` whether an answer is compared with the
    previous one.
    """

    asked: Asked
    previous: PreviousAnswers = _NO_ANSWERS
    whole: bool = False
    thoughts: bool = False
    against: bool = False


class ExamplesView(ExampleText):
    """Examples with a cursor. Enter, or a click on an example's line, opens and closes it."""

    DEFAULT_CSS = """
    ExamplesView > .example--split { color: $text-muted; }
    ExamplesView > .example--quiet { color: $text-muted; }
    ExamplesView > .example--cursor { background: $panel; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"example--split", "example--quiet", "example--cursor"}
    gutter_width: ClassVar[int] = 4

    class Pointed(Message):
        """An example was opened or closed by the mouse."""

        def __init__(self, view: ExamplesView) -> None:
            super().__init__()
            self.view = view

    def __init__(self) -> None:
        super().__init__()
        self._runs: tuple[Run, ...] = ()
        self._view = ExampleView(Asked({}))
        self._turned: set[ExampleKey] = set()
        self._cursor: ExampleKey | None = None
        self._heads: dict[ExampleKey, int] = {}
        self._bodies: dict[ExampleKey, tuple[Run, list[Line]]] = {}
        self._sorted = True

    @property
    def keys(self) -> list[ExampleKey]:
        """The examples in the order in which they are shown."""
        return list(self._heads)

    @property
    def cursor(self) -> ExampleKey | None:
        """The example that keys act on; None where the cursor is elsewhere."""
        return self._cursor

    @cursor.setter
    def cursor(self, key: ExampleKey | None) -> None:
        if key != self._cursor:
            self._cursor = key
            self._draw()

    def show_runs(self, runs: Iterable[Run], view: ExampleView, *, finished: bool = True) -> None:
        """Show these runs: the worst first once the iteration is `finished`, else as they came.

        Does nothing if nothing has changed.
        """
        shown = tuple(runs)
        if view.whole != self._view.whole:
            self._turned.clear()
        same = len(shown) == len(self._runs) and all(
            a is b for a, b in zip(shown, self._runs, strict=True)
        )
        if same and (view, finished) == (self._view, self._sorted):
            return
        if view != self._view:
            self._bodies.clear()
        self._runs, self._view, self._sorted = shown, view, finished
        self._draw()

    @property
    def opened(self) -> list[ExampleKey]:
        """The example under the cursor, else those that are open."""
        if self._cursor in self._heads:
            return [self._cursor]
        return [key for key in self._heads if self.is_open(key)]

    def is_open(self, key: ExampleKey) -> bool:
        """Whether an example is open."""
        return self._view.whole != (key in self._turned)

    def toggle(self, key: ExampleKey) -> None:
        """Open an example, or close it."""
        self._turned ^= {key}
        self._draw()

    def rows(self, key: ExampleKey) -> range:
        """The rows of the widget that an example takes up; none where it is not shown."""
        if key not in self._heads:
            return range(0)
        first = self._heads[key]
        after = [line for line in self._heads.values() if line > first]
        last = min(after, default=len(self._lines))
        places = [n for n, row in enumerate(self._rows) if first <= row.line < last]
        return range(places[0], places[-1] + 1) if places else range(0)

    def copyable(self) -> list[tuple[str, str]]:
        """The texts of the example under the cursor: all together, then each."""
        run = next((run for run in self._runs if _key(run) == self._cursor), None)
        if run is None:
            return []
        parts = self._parts(run)
        name = one_line(run.example_id, 40)
        each = [(f"{part.heading} of {name}", part.text) for part in parts]
        return [(f"all of {name}", as_text(run.example_id, parts)), *each]

    def _parts(self, run: Run) -> list[Part]:
        view = self._view
        previous = view.previous.to(run) if view.against else None
        answer = answer_parts(run, thoughts=view.thoughts, against=view.against, previous=previous)
        return [*view.asked.parts(run.example_id), *answer]

    def _draw(self) -> None:
        lines: list[Line] = []
        self._heads.clear()
        for split, heading in _HEADINGS.items():
            runs = [run for run in self._runs if run.split == split]
            if not runs:
                continue
            if self._sorted:
                runs.sort(key=lambda run: run.score)
            if lines:
                lines.append(Line(""))
            lines.append(Line(self._title(heading, runs), "example--split", wraps=False))
            width = min(_NAME_CHARS, max(len(_name(run)) for run in runs[:_MOST]))
            for run in runs[:_MOST]:
                self._heads[_key(run)] = len(lines)
                lines += self._example(run, width)
        self.set_lines(lines)

    def _title(self, heading: str, runs: list[Run]) -> str:
        order = "worst first" if self._sorted else "as they come"
        mean = score_text(fmean(run.score for run in runs))
        rest = f"; {len(runs) - _MOST} better ones are in the record" if len(runs) > _MOST else ""
        return f"{heading}  {fmt.plural(len(runs), 'example')}  {mean} on average, {order}{rest}"

    def _example(self, run: Run, width: int) -> Iterator[Line]:
        key = _key(run)
        opened, here = self.is_open(key), key == self._cursor
        mark = f"{'❯' if here else ' '}{'▾' if opened else '▸'} "
        yield self._head(run, mark, width, here=here)
        if opened:
            yield from self._body(run)

    def _body(self, run: Run) -> list[Line]:
        """The lines of an open example; made once, as comparing answers takes its time."""
        known = self._bodies.get(_key(run))
        if known is None or known[0] is not run:
            known = self._bodies[_key(run)] = run, list(part_lines(self._parts(run), "  "))
        return known[1]

    def _head(self, run: Run, mark: str, width: int, *, here: bool) -> Line:
        figures = f"{_name(run):<{width}}  {score_text(run.score)}"
        more = [fmt.seconds(run.processing_time)]
        if run.metrics.truncated:
            more.append("cut off")
        if run.thinking:
            more.append(f"thought {len(run.thinking):,} characters")
        fault = worst_fault(run)
        text = "  ".join([figures, *more, fault or "✓ all criteria"])
        spans = (Span(len(figures), len(text), "example--quiet"),)
        kind = "example--cursor" if here else ""
        return Line(text, kind, mark, spans=() if here else spans, wraps=False)

    def on_click(self, event: Click) -> None:
        """Open or close the example whose line was clicked."""
        row = event.y
        line = self._rows[row].line if row < len(self._rows) else -1
        key = next((key for key, head in self._heads.items() if head == line), None)
        if key is not None and not ends_a_drag(self):
            event.stop()
            self._cursor = key
            self.toggle(key)
            self.post_message(self.Pointed(self))


def _key(run: Run) -> ExampleKey:
    return run.example_id, run.repeat


def _name(run: Run) -> str:
    repeat = f" #{run.repeat}" if run.repeat > 1 else ""
    return one_line(run.example_id, _NAME_CHARS - len(repeat)) + repeat
