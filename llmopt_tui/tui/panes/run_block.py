"""One answered example in the Live log: score, every criterion with its feedback, the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click

from llmopt_tui.core.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.lines import Line, WrappedLines
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.score import score_bar, score_text

if TYPE_CHECKING:
    from llmopt_tui.core.events import Run
    from llmopt_tui.core.scoring.base import CriterionScore

_BAR = 10
_FULL = 0.9995
_SHOWN_CHARS = 6_000


def shortened(text: str, limit: int = _SHOWN_CHARS) -> str:
    """A long text's beginning and end, with a note of what is left out between them."""
    if len(text) <= limit:
        return text
    head, tail = text[: limit * 2 // 3], text[-limit // 3 :]
    left_out = len(text) - len(head) - len(tail)
    return f"{head}\n… {left_out:,} characters not shown, the record has them …\n{tail}"


class CriteriaLines(WrappedLines):
    """A line per criterion that was not met, with its feedback under it; the others in one."""

    DEFAULT_CSS = """
    CriteriaLines > .criteria--quiet { color: $text-muted; }
    """

    gutter_width: ClassVar[int] = 4
    COMPONENT_CLASSES: ClassVar[set[str]] = {"criteria--quiet"}

    def show(self, criteria: tuple[CriterionScore, ...]) -> None:
        """Show these, those that cost most first."""
        ranked = sorted(criteria, key=lambda c: (c.score, -c.weight))
        lines: list[Line] = []
        for criterion in ranked:
            if criterion.score < _FULL:
                bar = "".join(score_bar(criterion.score, _BAR))
                name = one_line(criterion.kind, 15)
                lines.append(Line("", "", f"  {name:<15} {score_text(criterion.score)} {bar}"))
                lines.append(Line(one_line(criterion.feedback, 400), "criteria--quiet"))
        if met := [one_line(c.kind, 15) for c in ranked if c.score >= _FULL]:
            lines.append(Line("", "criteria--quiet", "  ✓ " + "  ✓ ".join(met)))
        self.set_lines(lines)


class RunBlock(Vertical):
    """A run in one line when nothing was wrong, with its criteria where something was."""

    DEFAULT_CSS = """
    RunBlock { height: auto; }
    RunBlock > .run-line { text-wrap: nowrap; text-overflow: ellipsis; }
    RunBlock > .run-error { padding-left: 2; }
    RunBlock > .output { margin: 0 0 1 2; padding-left: 1; border-left: outer $border; }
    RunBlock > .thoughts {
        margin-left: 2; padding-left: 1; border-left: outer $border; text-style: italic;
    }
    """

    def __init__(self, run: Run, *, outputs: bool, thoughts: bool) -> None:
        super().__init__()
        self._run = run
        self._output = outputs
        self._thoughts = thoughts

    @property
    def key(self) -> tuple[str, int]:
        """Which run this is, within its iteration."""
        return self._run.example_id, self._run.repeat

    @property
    def score(self) -> float:
        """The run's score."""
        return self._run.score

    def compose(self) -> ComposeResult:
        """The headline; the rest where there is something to say."""
        run = self._run
        yield Plain(self._headline(), classes="run-line")
        if run.error_message:
            yield Plain(run.error_message, "$text-error", classes="run-error")
        if run.criteria and run.score < _FULL:
            lines = CriteriaLines()
            lines.show(run.criteria)
            yield lines
        yield from self._answer()

    def _answer(self) -> ComposeResult:
        run = self._run
        if self._thoughts and run.thinking:
            yield Plain(shortened(run.thinking), "$text-muted", classes="thoughts")
        if self._output:
            yield Plain(shortened(run.output) or "(nothing)", classes="output")

    def _headline(self) -> Content:
        run = self._run
        repeat = f" #{run.repeat}" if run.repeat > 1 else ""
        parts: list[str | tuple[str, str]] = [
            ("▾ " if self._output else "▸ ", "$text-muted"),
            one_line(run.example_id, 24) + repeat,
            "  ",
            (score_text(run.score), "bold"),
            (f"  {fmt.seconds(run.processing_time)}", "$text-muted"),
        ]
        if run.metrics.truncated:
            parts.append(("  cut off", "$text-warning"))
        if run.thinking:
            parts.append((f"  thought {len(run.thinking):,} characters", "$text-muted"))
        if run.success and run.score >= _FULL:
            parts.append((f"  {'✓ ' + ' ✓ '.join(c.kind for c in run.criteria)}", "$text-muted"))
        return Content.assemble(*parts)

    def show(self, *, outputs: bool, thoughts: bool) -> None:
        """Show or fold the answer and the thoughts before it."""
        if (outputs, thoughts) == (self._output, self._thoughts):
            return
        self._output, self._thoughts = outputs, thoughts
        self.query_one(".run-line", Plain).update(self._headline())
        self.query(".output, .thoughts").remove()
        self.mount_all(list(self._answer()))

    def on_click(self, event: Click) -> None:
        """A click on the headline opens or folds this one answer."""
        if isinstance(event.widget, Plain) and event.widget.has_class("run-line"):
            event.stop()
            self.show(outputs=not self._output, thoughts=self._thoughts)
