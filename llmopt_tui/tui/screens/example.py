"""ExampleScreen: one example in full: input, expected, ideal answer, and the last outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.worker import Worker

from llmopt_tui.core.text.plain import one_line, visible
from llmopt_tui.reports.example_words import criticism, value_text
from llmopt_tui.tui import commands
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.error_words import failure_words
from llmopt_tui.tui.example_edits import ExampleEdits
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.notices import Notices
from llmopt_tui.tui.panes.example_table import split_words
from llmopt_tui.tui.widgets.lines import Line, WrappedLines
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from llmopt_tui.app.last_answers import ModelAnswers
    from llmopt_tui.core.case import Case, Example
    from llmopt_tui.core.run import Run
    from llmopt_tui.tui.case_desk import CaseDesk

_MOST_CHARS = 40_000
"""Characters of a text that are shown; a longer one is cut, and says so."""


class ExampleLines(WrappedLines):
    """The texts of an example, each under its title."""

    DEFAULT_CSS = """
    ExampleLines > .example--title { text-style: bold; }
    ExampleLines > .example--quiet { color: $text-muted; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"example--title", "example--quiet"}
    gutter_width: ClassVar[int] = 2


class ExampleScreen(ExampleEdits):
    """Reads one example of a case; left and right go to its neighbours.

    Closes with the number of the example that was read last, from 0. `answers` are the last ones of
    the models that had it.
    """

    DEFAULT_CSS = """
    ExampleScreen #example-banner {
        height: auto; padding: 0 1; background: $surface; border-left: outer $border;
    }
    ExampleScreen #example-sides { height: 1fr; }
    ExampleScreen #example-given { width: 1fr; height: 1fr; padding: 0 1; }
    ExampleScreen #example-outputs { width: 1fr; height: 1fr; padding: 0 1; }
    ExampleScreen.-narrow #example-sides { layout: vertical; }
    ExampleScreen.-narrow #example-outputs { height: auto; max-height: 60%; }
    ExampleScreen #example-sides VerticalScroll { scrollbar-size-vertical: 1; }
    """
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-narrow"), (100, "-columns")]  # type: ignore[misc]
    AUTO_FOCUS = "#example-given"
    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("page"),
        *commands.bindings("example"),
        *commands.bindings("examples"),
    ]
    HELP = """\
One example in full: its inputs, what is expected of an answer, its ideal answer for demonstrations,
and what each model answered last, with the scores. Left and right read its neighbours; e edits it,
m moves it between train and held-out, x deletes it, u undoes. Tab goes to the other side."""

    def __init__(
        self, desk: CaseDesk, case: Case, n: int, answers: tuple[ModelAnswers, ...]
    ) -> None:
        super().__init__()
        self._desk, self._case, self._n, self._answers = desk, case, n, answers

    def compose(self) -> ComposeResult:
        """Where it is, what is given at one side, what came at the other."""
        yield TopBar("cases")
        yield Plain(id="example-banner")
        with Horizontal(id="example-sides"):
            with VerticalScroll(id="example-given", classes="pane") as given:
                given.border_title = "Given"
                yield ExampleLines()
            with VerticalScroll(id="example-outputs", classes="pane") as outputs:
                outputs.border_title = "Last answers"
                yield ExampleLines()
        yield Notices()
        yield KeyBar(
            "back",
            ("example_previous", "example_next"),
            "case_try",
            "example_edit",
            "example_move",
            "example_copy",
            "example_delete",
            "case_undo",
            "copy",
        )

    def on_mount(self) -> None:
        """Show the example."""
        self._draw()

    @property
    def desk(self) -> CaseDesk:
        """What reads and writes the files."""
        return self._desk

    @property
    def shown(self) -> tuple[Case, int]:
        """The case, and the number of the example that is read."""
        return self._case, self._n

    def wrong(self, problem: str) -> None:
        """Show a problem until it is dismissed."""
        self.query_one(Notices).add(problem)

    def goto(self, n: int) -> None:
        """Read this example once the case is read again."""
        self._n = n

    def on_cases_changed(self) -> None:
        """Read the case again: one was written in the app."""
        self._read()

    @work(exclusive=True, group="read", exit_on_error=False)
    async def _read(self) -> None:
        await self.reread()

    async def reread(self) -> None:
        """Show the case as its files are now."""
        found = {entry.case.id: entry.case for entry in await self._desk.entries() if entry.case}
        case = found.get(self._case.id)
        if case is None:
            self.dismiss(None)
            return
        self._case, self._n = case, min(self._n, len(case.examples) - 1)
        self._draw()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show an unexpected failure; the screen keeps working."""
        if said := failure_words(event):
            self.wrong(said)

    def _draw(self) -> None:
        case, example = self._case, self._case.examples[self._n]
        names = f"{one_line(case.id, 40)}   {one_line(example.id, 40)}"
        place = f"{split_words(example)}   {self._n + 1} of {len(case.examples)}"
        self.query_one("#example-banner", Plain).update(f"{names}   {place}")
        for name, lines in (("given", _given(example)), ("outputs", self._outputs(example))):
            side = self.query_one(f"#example-{name}")
            side.query_one(ExampleLines).set_lines(lines)
            side.scroll_home(animate=False)

    def _outputs(self, example: Example) -> Iterator[Line]:
        answered = [answers for answers in self._answers if example.id in answers.runs]
        for answers in answered:
            yield from _answers(answers, answers.runs[example.id])
        if not answered:
            yield Line("No model has answered it in the sessions that are kept.", "example--quiet")

    def copyable(self) -> list[tuple[str, str]]:
        """The example's texts, and the last outputs."""
        example = self._case.examples[self._n]
        outputs = [
            (f"output of {answers.model}", run.output)
            for answers in self._answers
            for run in answers.runs.get(example.id, ())[:1]
        ]
        inputs = [(f"input {name}", text) for name, text in example.inputs.items()]
        expected = "\n".join(f"{k}: {value_text(v)}" for k, v in example.expected.items())
        return [*inputs, ("expected", expected), ("answer", example.answer), *outputs]

    def action_step(self, by: int) -> None:
        """Read the example `by` places after this one, or before it if negative."""
        self._n = max(0, min(len(self._case.examples) - 1, self._n + by))
        self._draw()

    def action_back(self) -> None:
        """Go back to the list, with this example selected."""
        self.dismiss(self._n)


def _given(example: Example) -> Iterator[Line]:
    for name, text in example.inputs.items():
        yield Line(f"input  {one_line(name, 60)}", "example--title")
        yield from _block(text)
        yield Line("")
    yield Line("expected", "example--title")
    if not example.expected:
        yield Line("nothing: the criteria look at the answer alone", "example--quiet", "  ", "  ")
    for name, value in example.expected.items():
        yield Line(one_line(name, 60), "example--quiet", "  ", "  ")
        yield from _block(value_text(value))
    yield Line("")
    yield Line("ideal answer", "example--title")
    if example.answer:
        yield from _block(example.answer)
    else:
        words = "none is written; where what is expected says everything, one is made of it"
        yield Line(words, "example--quiet", "  ", "  ")


def _answers(answers: ModelAnswers, runs: Sequence[Run]) -> Iterator[Line]:
    date = answers.started_at.strftime("%Y-%m-%d %H:%M") if answers.started_at else ""
    for run in runs:
        repeat = f" #{run.repeat}" if run.repeat > 1 else ""
        model = one_line(fmt.short_model(answers.model), 60)
        yield Line(f"{score_text(run.score)}  {model}{repeat}", "example--title")
        session = f"session {one_line(answers.session_id, 40)}, iteration {answers.iteration}"
        yield Line(f"{date}  {session}", "example--quiet")
        yield from _block(run.output or "(empty)")
        for said in criticism(run):
            yield Line(said, "example--quiet", "  ", "  ")
        yield Line("")


def _block(text: str) -> Iterator[Line]:
    cut = len(text) - _MOST_CHARS
    for line in visible(text[:_MOST_CHARS].strip("\n")).replace("\t", "    ").split("\n"):
        yield Line(line, "", "│ ", "│ ")
    if cut > 0:
        yield Line(f"… {cut:,} characters not shown", "lines--note")
