"""CompareScreen: two recorded sessions, their figures, best prompts, and answers side by side."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import commands
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.bars import Bar, TopBar
from llmopt_tui.tui.key_hints import KeyHints
from llmopt_tui.tui.links import link
from llmopt_tui.tui.session_table import date_text, model_text, scores_text
from llmopt_tui.tui.widgets.diff import DiffView
from llmopt_tui.tui.widgets.plain import Plain, plain_text
from llmopt_tui.tui.widgets.row_table import Cell, RowTable, TableColumn, fitted
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from llmopt_tui.core.events import Run
    from llmopt_tui.reports.comparison import Comparison, ExampleRow, Figure
    from llmopt_tui.store.sessions import SessionSummary

_QUIET = "$foreground-muted"
_PANES = {"summary": "Summary", "prompts": "Prompts", "examples": "Examples"}
_LETTERS = ("A", "B")
_NAME_WIDTH = 12
_CHANGE_WIDTH = 7


class Figures(Plain):
    """The figures of both sessions in columns as wide as there is room."""

    figures: tuple[Figure, ...] = ()

    def show(self, figures: tuple[Figure, ...]) -> None:
        """Show these."""
        self.figures = figures
        self._draw()

    def on_resize(self) -> None:
        """The columns have other widths now."""
        self._draw()

    def _draw(self) -> None:
        room = max(20, self.size.width - _NAME_WIDTH - _CHANGE_WIDTH)
        width = room // 2 - 1
        lines = [
            Content.assemble(
                (fitted(figure.name, _NAME_WIDTH), _QUIET),
                fitted(figure.first, width, "right"),
                "  ",
                fitted(figure.second, width, "right"),
                (fitted(figure.change, _CHANGE_WIDTH, "right"), "bold"),
            )
            for figure in self.figures
        ]
        head = " " * _NAME_WIDTH + f"{'A':>{width}}  {'B':>{width}}" + f"{'B-A':>{_CHANGE_WIDTH}}"
        self.update(Content("\n").join([Content.styled(head, _QUIET), *lines]))


class AnswerPane(VerticalScroll):
    """What one session's model answered to an example, with what was wrong with it."""

    def __init__(self, letter: str) -> None:
        super().__init__(id=f"answer-{letter}", classes="pane")
        self.border_title = letter
        self._letter = letter

    def compose(self) -> ComposeResult:
        """One text."""
        yield Plain()

    def show(self, example_id: str, runs: tuple[Run, ...], score: float | None) -> None:
        """Show every answer to an example, and their mean score."""
        known = "no answer" if score is None else score_text(score)
        self.border_title = plain_text(f"{self._letter}  {one_line(example_id, 40)}  {known}")
        parts: list[Content] = []
        for run in runs:
            if len(runs) > 1:
                parts.append(Content.styled(f"answer {run.repeat}  {run.score:.2f}", _QUIET))
            if run.error_message:
                parts.append(plain_text(f"! {run.error_message}", "$text-warning"))
            parts.append(plain_text(run.output.rstrip() or "(empty)"))
            faults = [f"{c.kind} {score_text(c.score)}: {c.feedback}" for c in run.criteria]
            parts.append(plain_text("\n".join(faults) + "\n", _QUIET))
        self.query_one(Plain).update(Content("\n\n").join(parts))
        self.scroll_home(animate=False)


class CompareScreen(Screen[None]):
    """Reads two sessions and shows them beside each other; narrow terminals show a pane a time."""

    DEFAULT_CSS = """
    CompareScreen #compare-banner {
        height: auto; padding: 0 1; background: $surface; border-left: outer $border;
    }
    CompareScreen #compare-notes {
        height: auto; max-height: 5; padding: 0 1; color: $text-warning; display: none;
    }
    CompareScreen #compare-left { width: 2fr; max-width: 70; height: 1fr; }
    CompareScreen #compare-right { width: 3fr; height: 1fr; }
    CompareScreen .pane { padding: 0 1; scrollbar-size-vertical: 1; }
    CompareScreen #summary { height: auto; max-height: 60%; }
    CompareScreen #prompts { height: 1fr; }
    CompareScreen #verdict { margin-top: 1; }
    CompareScreen #examples { height: 1fr; padding: 0; }
    CompareScreen #answers { height: 2fr; }
    CompareScreen AnswerPane { width: 1fr; height: 1fr; }
    CompareScreen.-narrow #compare-left, CompareScreen.-narrow #compare-right {
        width: 1fr; max-width: 100%;
    }
    CompareScreen.-narrow #summary { height: 1fr; max-height: 100%; }
    CompareScreen.-narrow #answers { height: 1fr; }
    CompareScreen.-narrow AnswerPane { padding: 0; }
    """
    HORIZONTAL_BREAKPOINTS: ClassVar = [  # type: ignore[misc]
        (0, "-narrow"),
        (110, "-columns"),
        (160, "-spacious"),
    ]
    AUTO_FOCUS = "#rows"
    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("page"),
        *commands.bindings("compare"),
    ]
    HELP = """\
Two sessions side by side: A was marked first. What is compared are the best prompts of both and
the answers to them; examples are matched by their ids. A difference is B's score less A's, and
stands only where both were asked the same and scored by the same criteria. Left and right go
through the examples from any pane; y copies a prompt or an answer."""

    def __init__(self, first: SessionSummary, second: SessionSummary) -> None:
        super().__init__()
        self._summaries = (first, second)
        self._comparison: Comparison | None = None
        self._by_difference = False
        self._pane = "examples"

    def compose(self) -> ComposeResult:
        """The banner at once, the rest when both have been read."""
        yield TopBar("sessions")
        yield Bar(id="tabs")
        yield Plain("\n".join(map(_name, _LETTERS, self._summaries)), id="compare-banner")
        yield Plain("", id="compare-notes")
        with Horizontal(classes="row"):
            with Vertical(id="compare-left"):
                with VerticalScroll(id="summary", classes="pane") as summary:
                    summary.border_title = _PANES["summary"]
                    yield Figures()
                    yield Plain("", id="verdict")
                with VerticalScroll(id="prompts", classes="pane") as prompts:
                    prompts.border_title = "Best prompts, A to B"
                    yield DiffView()
            with Vertical(id="compare-right"):
                with Vertical(id="examples", classes="pane") as examples:
                    examples.border_title = _PANES["examples"]
                    yield RowTable["ExampleRow"](_cell, lambda row: row.example_id, id="rows")
                with Horizontal(id="answers"):
                    yield from map(AnswerPane, _LETTERS)
        yield KeyHints(
            ("back", "back", "screen.back"),
            ("previous next", "example", "screen.move(1)"),
            ("order", "order", "screen.order"),
            ("summary", "summary", "screen.pane('summary')"),
            ("prompts", "prompts", "screen.pane('prompts')"),
            ("examples", "examples", "screen.pane('examples')"),
            ("copy", "copy", "app.copy"),
            right=(("help", "help", "app.help"), ("quit", "quit", "app.quit")),
        )

    def on_mount(self) -> None:
        """Read both."""
        self._select_pane("examples")
        self._read()

    @work(exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        try:
            comparison = await asyncio.to_thread(_compared, *self._summaries)
        except OSError as error:
            self._note(f"A session cannot be read: {error.strerror or error}.")
            return
        self._comparison = comparison
        self._note("\n".join(comparison.notes))
        self.query_one(Figures).show(comparison.figures)
        self.query_one("#verdict", Plain).update(comparison.verdict)
        self.query_one(DiffView).update(*comparison.prompts)
        self._fill()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What failed against all expectation is said in place."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            self._note(f"The sessions cannot be compared: {type(error).__name__}: {error}")

    def _note(self, text: str) -> None:
        notes = self.query_one("#compare-notes", Plain)
        notes.display = bool(text)
        notes.update(text)

    @property
    def _rows(self) -> RowTable[ExampleRow]:
        return self.query_one("#rows", RowTable)

    def _fill(self) -> None:
        if self._comparison is None:
            return
        rows = list(self._comparison.examples)
        if self._by_difference:
            rows.sort(key=_weight)
        self._rows.set_columns(_columns(self._rows.size.width))
        self._rows.set_rows(rows)

    def on_resize(self) -> None:
        """Names may be longer now."""
        self.call_after_refresh(self._fill)

    @on(RowTable.Highlighted)
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        event.stop()
        row = self._rows.current
        if row:
            for letter, runs, score in zip(
                _LETTERS, (row.first, row.second), row.scores, strict=True
            ):
                self.query_one(f"#answer-{letter}", AnswerPane).show(row.example_id, runs, score)

    def action_move(self, by: int) -> None:
        """Select an example so many further on."""
        self._rows.cursor_row += by

    def action_order(self) -> None:
        """By difference, or as in the case."""
        self._by_difference = not self._by_difference
        self._fill()

    def action_pane(self, name: str) -> None:
        """Go to a pane."""
        self._select_pane(name)
        target = self._rows if name == "examples" else self.query_one(f"#{name}")
        # What was hidden until now can take the focus once it is laid out.
        self.call_after_refresh(target.focus)

    def _select_pane(self, name: str) -> None:
        self._pane = name
        shown = {name, "compare-right" if name == "examples" else "compare-left"}
        for pane in ("summary", "prompts", "compare-left", "compare-right"):
            self.query_one(f"#{pane}").set_class(pane not in shown, "-away")
        parts: list[str | Content] = [" "]
        for number, (pane, title) in enumerate(_PANES.items(), start=1):
            style = "bold reverse" if pane == name else ""
            parts += [link(f" {number} {title} ", f"screen.pane('{pane}')", style), " "]
        self.query_one("#tabs", Bar).put(Content.assemble(*parts))

    def copyable(self) -> list[tuple[str, str]]:
        """The answers to the selected example and the best prompts, of either session."""
        row = self._rows.current
        if self._comparison is None:
            return []
        offers = []
        for letter, runs in zip(_LETTERS, (row.first, row.second) if row else (), strict=False):
            offers.append((f"{letter}: answer", "\n\n".join(run.output for run in runs)))
        for letter, prompt in zip(_LETTERS, self._comparison.prompts, strict=True):
            offers.append((f"{letter}: best prompt", prompt))
        return offers

    def action_back(self) -> None:
        """Back to the list."""
        self.dismiss(None)


def _name(letter: str, summary: SessionSummary) -> str:
    names = f"{one_line(model_text(summary), 60)} × {one_line(summary.case_id, 40)}"
    return f"{letter}  {names}   {date_text(summary)}   {scores_text(summary)}"


def _columns(width: int) -> list[TableColumn]:
    fixed = [
        TableColumn("split", "", 8),
        TableColumn("first", "A", 4, "right"),
        TableColumn("second", "B", 4, "right"),
        TableColumn("difference", "B-A", 5, "right", strong=True),
    ]
    left = width - 1 - sum(column.width + 2 for column in fixed)
    name = max(10, min(24, left // 2 - 2))
    note = max(0, left - name - 4)
    first = TableColumn("example", "Example", name)
    return [first, *fixed, *([TableColumn("note", "", note)] if note > 3 else [])]


def _cell(row: ExampleRow, column: TableColumn) -> Cell:
    first, second = row.scores
    match column.key:
        case "example":
            return row.example_id, ""
        case "split":
            return ("held out" if row.split == "validation" else ""), "dim"
        case "first":
            return (score_text(first) if first is not None else "–"), ""
        case "second":
            return (score_text(second) if second is not None else "–"), ""
        case "difference":
            return _difference(row), "bold"
        case _:
            missing = "" if row.first and row.second else "only in A" if row.first else "only in B"
            return row.note or missing, "dim"


def _difference(row: ExampleRow) -> str:
    # Nothing has no minus.
    return "–" if row.difference is None else fmt.gain(round(row.difference, 2) + 0.0)


def _weight(row: ExampleRow) -> float:
    """The greatest difference first, whichever way; what has none last."""
    return 1.0 if row.difference is None else -abs(row.difference)


def _compared(first: SessionSummary, second: SessionSummary) -> Comparison:
    from llmopt_tui.reports.comparison import compare
    from llmopt_tui.store.sessions import load_session

    return compare(load_session(first.folder).record, load_session(second.folder).record)
