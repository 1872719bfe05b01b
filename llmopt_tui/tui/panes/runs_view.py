"""RunsView: every answered example of an iteration: score, criteria with feedback, the answer.

One widget draws all of them: an iteration of many examples is laid out as fast as one of few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.events import Click

from llmopt_tui.core.loop.marks import mark_words
from llmopt_tui.core.text.plain import one_line, visible
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.lines import Line, WrappedLines
from llmopt_tui.tui.widgets.score import score_bar, score_text

if TYPE_CHECKING:
    from llmopt_tui.core.events import Run
    from llmopt_tui.core.scoring.base import CriterionScore

_BAR = 10
_FULL = 0.9995
_SHOWN_CHARS = 6_000
_TAB = " " * 4

RunKey = tuple[str, int]
"""What identifies a run: example id and repeat."""


def shortened(text: str, limit: int = _SHOWN_CHARS) -> str:
    """A long text's beginning and end, with a note between them about what is left out."""
    if len(text) <= limit:
        return text
    head, tail = text[: limit * 2 // 3], text[-limit // 3 :]
    left_out = len(text) - len(head) - len(tail)
    return f"{head}\n… {left_out:,} characters not shown, the record has them …\n{tail}"


def run_lines(run: Run, *, output: bool, thoughts: bool) -> Iterator[Line]:
    """A run as lines: one if nothing was wrong; else also the criteria that were not met."""
    yield Line("", "runs--head", f"{'▾' if output else '▸'} {_headline(run)}")
    if run.mark:
        yield Line(mark_words(run.mark), "runs--mark")
    if run.error_message:
        yield Line(one_line(run.error_message, 400), "runs--error")
    if run.score < _FULL or run.mark:
        yield from _criteria_lines(run.criteria)
    if thoughts and run.thinking:
        yield from _block(run.thinking, "runs--quiet", "┊")
    if output:
        yield from _block(run.output or "(nothing)", "", "│")


def _headline(run: Run) -> str:
    repeat = f" #{run.repeat}" if run.repeat > 1 else ""
    parts = [
        one_line(run.example_id, 24) + repeat,
        score_text(run.score),
        fmt.seconds(run.processing_time),
    ]
    if run.metrics.truncated:
        parts.append("cut off")
    if run.thinking:
        parts.append(f"thought {len(run.thinking):,} characters")
    if run.success and run.score >= _FULL:
        parts.append("✓ all criteria")
    return "  ".join(parts)


def _criteria_lines(criteria: tuple[CriterionScore, ...]) -> Iterator[Line]:
    """A line per criterion that was not met, with its feedback below; the met ones in one line."""
    ranked = sorted(criteria, key=lambda c: (c.score, -c.weight))
    for criterion in ranked:
        if criterion.score < _FULL:
            bar = "".join(score_bar(criterion.score, _BAR))
            name = one_line(criterion.kind, 15)
            yield Line("", "", f"  {name:<15} {score_text(criterion.score)} {bar}")
            yield Line(one_line(criterion.feedback, 400), "runs--quiet")
    if met := [one_line(c.kind, 15) for c in ranked if c.score >= _FULL]:
        yield Line("✓ " + "  ✓ ".join(met), "runs--quiet", "  ", "  ")


def _block(text: str, kind: str, rule: str) -> Iterator[Line]:
    for line in visible(shortened(text)).replace("\t", _TAB).split("\n"):
        yield Line(line, kind, f"  {rule} ", f"  {rule} ")


class RunsView(WrappedLines):
    """Runs in the given order. A click on a run shows or hides its answer."""

    DEFAULT_CSS = """
    RunsView > .runs--head { text-style: bold; }
    RunsView > .runs--quiet { color: $text-muted; }
    RunsView > .runs--error { color: $text-error; }
    RunsView > .runs--mark { text-style: italic; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "runs--head",
        "runs--quiet",
        "runs--error",
        "runs--mark",
    }
    gutter_width: ClassVar[int] = 4

    def __init__(self) -> None:
        super().__init__()
        self._runs: tuple[Run, ...] = ()
        self._outputs = self._thoughts = False
        self._turned: set[RunKey] = set()
        self._headlines: dict[int, RunKey] = {}

    @property
    def opened(self) -> list[RunKey]:
        """The runs whose answers are shown."""
        keys = [(run.example_id, run.repeat) for run in self._runs]
        return [key for key in keys if self._outputs != (key in self._turned)]

    def show(self, runs: Iterable[Run], *, outputs: bool, thoughts: bool) -> None:
        """Show these runs. Does nothing if nothing has changed."""
        shown = tuple(runs)
        if (outputs, thoughts) != (self._outputs, self._thoughts):
            self._outputs, self._thoughts = outputs, thoughts
            self._turned.clear()
        elif len(shown) == len(self._runs) and all(
            a is b for a, b in zip(shown, self._runs, strict=True)
        ):
            return
        self._runs = shown
        self._draw()

    def _draw(self) -> None:
        lines: list[Line] = []
        self._headlines.clear()
        for run in self._runs:
            key = (run.example_id, run.repeat)
            self._headlines[len(lines)] = key
            output = self._outputs != (key in self._turned)
            lines += run_lines(run, output=output, thoughts=self._thoughts)
        self.set_lines(lines)

    def on_click(self, event: Click) -> None:
        """Show or hide the answer of the run that was clicked."""
        row = event.y
        key = self._headlines.get(self._rows[row].line) if row < len(self._rows) else None
        if key is not None:
            event.stop()
            self._turned ^= {key}
            self._draw()
