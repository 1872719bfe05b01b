"""CompareScreen: two recorded sessions, their figures, best prompts, and answers side by side."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.worker import Worker

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.example_words import Asked
from llmopt_tui.tui import commands
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.error_words import failure_words
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.panes.compared import (
    LETTERS,
    ComparedExample,
    Figures,
    example_cell,
    example_columns,
    weight,
)
from llmopt_tui.tui.session_table import date_text, model_text, scores_text
from llmopt_tui.tui.variant_words import demonstration_lines, shown_words
from llmopt_tui.tui.widgets.diff import DiffView
from llmopt_tui.tui.widgets.pane_tabs import PaneTabs
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.row_table import RowTable

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.variant import Variant
    from llmopt_tui.reports.comparison import Comparison, ExampleRow
    from llmopt_tui.store.sessions import SessionSummary

_QUIET = "$foreground-muted"
_TABS = {"summary": "1 Summary", "prompts": "2 Prompts", "examples": "3 Examples"}
_STOPS = (
    ("summary", "#summary"),
    ("prompts", "#prompts"),
    ("examples", "#rows"),
    ("examples", "#example"),
)
_NAME_WIDTH = 12
_CHANGE_WIDTH = 7


class CompareScreen(Screen[None]):
    """Reads two sessions and shows them side by side; narrow terminals show one pane at a time."""

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
    CompareScreen #demonstrations-title { margin-top: 1; color: $text-muted; display: none; }
    CompareScreen #demonstrations { display: none; }
    CompareScreen #examples { height: 1fr; padding: 0; }
    CompareScreen ComparedExample { height: 2fr; }
    CompareScreen.-narrow #compare-left, CompareScreen.-narrow #compare-right {
        width: 1fr; max-width: 100%;
    }
    CompareScreen.-narrow #summary { height: 1fr; max-height: 100%; }
    CompareScreen.-narrow ComparedExample { height: 2fr; padding: 0; }
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
Two sessions side by side: A was marked first. The best prompts of both are compared, and the
answers to them; examples are matched by their ids. A difference is B's score less A's, and is shown
only where both were asked the same and scored by the same criteria. Below the table is the selected
example in full, with the answers of both; tab goes there. Left and right go through the examples
from any pane; y copies a prompt or an answer."""

    def __init__(self, first: SessionSummary, second: SessionSummary) -> None:
        super().__init__()
        self._summaries = (first, second)
        self._comparison: Comparison | None = None
        self._asked = (Asked({}), Asked({}))
        self._by_difference = self._against = False
        self._tabs = PaneTabs(_TABS, ("compare-left", "compare-right"), _STOPS)

    def compose(self) -> ComposeResult:
        """The banner at once, the rest once both sessions have been read."""
        yield TopBar("sessions")
        yield self._tabs
        yield Plain("\n".join(map(_name, LETTERS, self._summaries)), id="compare-banner")
        yield Plain("", id="compare-notes")
        with Horizontal(classes="row"):
            with Vertical(id="compare-left"):
                with VerticalScroll(id="summary", classes="pane") as summary:
                    summary.border_title = "Summary"
                    yield Figures()
                    yield Plain("", id="verdict")
                with VerticalScroll(id="prompts", classes="pane") as prompts:
                    prompts.border_title = "Best prompts, A to B"
                    yield DiffView()
                    yield Plain("", id="demonstrations-title")
                    yield DiffView(id="demonstrations")
            with Vertical(id="compare-right"):
                with Vertical(id="examples", classes="pane") as examples:
                    examples.border_title = "Examples"
                    yield RowTable["ExampleRow"](
                        example_cell, lambda row: row.example_id, id="rows"
                    )
                yield ComparedExample()
        yield KeyBar(
            "back",
            ("previous", "next"),
            "compare_answers",
            "order",
            "summary",
            "prompts",
            "examples",
            "copy",
        )

    def on_mount(self) -> None:
        """Read both sessions from their folders."""
        self._tabs.select("examples")
        self._read()

    @work(exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        try:
            comparison, best, asked = await asyncio.to_thread(_compared, *self._summaries)
        except OSError as error:
            self._note(f"A session cannot be read: {error.strerror or error}.")
            return
        self._comparison, self._asked = comparison, asked
        self._note("\n".join(comparison.notes))
        self.query_one(Figures).show(comparison.figures)
        self.query_one("#verdict", Plain).update(comparison.verdict)
        self.query_one(DiffView).update(*comparison.prompts)
        self._show_demonstrations(*best)
        self._fill()

    def _show_demonstrations(self, first: Variant, second: Variant) -> None:
        """Show the demonstrations of the best variants as differences, where there are any."""
        title = self.query_one("#demonstrations-title", Plain)
        shown = self.query_one("#demonstrations", DiffView)
        title.display = shown.display = bool(first.demonstrations or second.demonstrations)
        words = (shown_words(variant) or "no demonstrations" for variant in (first, second))
        title.update(
            "\n".join(f"{letter}  {each}" for letter, each in zip(LETTERS, words, strict=True))
        )
        shown.update(demonstration_lines(first), demonstration_lines(second))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show an unexpected failure in the notes."""
        if said := failure_words(event):
            self._note(f"The sessions cannot be compared: {said}")

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
            rows.sort(key=lambda row: (row.split == "validation", weight(row)))
        self._rows.set_columns(example_columns(self._rows.size.width))
        self._rows.set_rows(rows)

    def on_resize(self) -> None:
        """Draw the banner for the new width."""
        self.call_after_refresh(self._fill)

    @on(RowTable.Highlighted)
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        event.stop()
        self._show_example()

    def _show_example(self) -> None:
        if row := self._rows.current:
            self.query_one(ComparedExample).show(row, self._asked, against=self._against)

    def action_move(self, by: int) -> None:
        """Select the example `by` places further on."""
        self._rows.cursor_row += by

    def action_order(self) -> None:
        """Sort the examples by difference, or as in the case."""
        self._by_difference = not self._by_difference
        self._fill()

    def action_against(self) -> None:
        """Mark in B's answer what differs from A's, or show it as it is."""
        self._against = not self._against
        self._show_example()

    def action_pane(self, name: str) -> None:
        """Go to the pane with this name."""
        self._tabs.go(name)

    def copyable(self) -> list[tuple[str, str]]:
        """The selected example and the answers to it, and the best prompts of both sessions."""
        row = self._rows.current
        if self._comparison is None:
            return []
        offers = []
        for letter, runs in zip(LETTERS, (row.first, row.second) if row else (), strict=False):
            offers.append((f"{letter}: answer", "\n\n".join(run.output for run in runs)))
        for letter, prompt in zip(LETTERS, self._comparison.prompts, strict=True):
            offers.append((f"{letter}: best prompt", prompt))
        return [*offers, *self.query_one(ComparedExample).offers]

    def action_back(self) -> None:
        """Go back to the list of sessions."""
        self.dismiss(None)


def _name(letter: str, summary: SessionSummary) -> str:
    names = f"{one_line(model_text(summary), 60)} × {one_line(summary.case_id, 40)}"
    return f"{letter}  {names}   {date_text(summary)}   {scores_text(summary)}"


def _compared(
    first: SessionSummary, second: SessionSummary
) -> tuple[Comparison, tuple[Variant, Variant], tuple[Asked, Asked]]:
    """The comparison of two sessions, the best variant of each, and what each asked."""
    from llmopt_tui.reports.comparison import compare
    from llmopt_tui.tui import past

    one, other = (past.load(summary.folder).record for summary in (first, second))
    asked = Asked.by(one), Asked.by(other)
    return compare(one, other), (_best(one), _best(other)), asked


def _best(record: SessionRecord) -> Variant:
    return record.best.variant if record.best else record.original
