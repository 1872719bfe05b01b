"""What a suite shows, in words: the recommendation, and insights with the numbers behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from llmopt_tui.core.analysis.findings import Insight
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.leaderboard_words import recommendation_text
from llmopt_tui.state.leaderboard import Leaderboard
from llmopt_tui.tui.screens.dialogs import Dialog
from llmopt_tui.tui.widgets.plain import Plain, plain_text

_MOST_NUMBERS = 200


class AdvicePane(VerticalScroll):
    """The recommendation: model, prompt, expected score and speed, and caveats."""

    BORDER_TITLE = "5 Recommendation"
    HELP = """\
Which model to use for each case, with which prompt, what score and speed to expect of it, and
what to beware of (!). Prompt files are named relative to the results folder; y copies."""

    DEFAULT_CSS = """
    AdvicePane { height: 1fr; min-height: 6; padding: 0 1; scrollbar-size-vertical: 1; }
    """

    def __init__(self) -> None:
        super().__init__(id="advice", classes="pane", can_focus=True)

    def compose(self) -> ComposeResult:
        """The text of the recommendation."""
        yield Plain(id="advice-text")

    def show(self, board: Leaderboard, case: str) -> None:
        """Show the recommendation for a case or for all; before there is one, say when it comes."""
        text = recommendation_text(board, case)
        if not text:
            going_on = board.status == "running"
            text = " Comes when sessions have ended." if going_on else " There is none."
        lines = [_styled(line) for line in text.split("\n")]
        self.query_one("#advice-text", Plain).update(Content("\n").join(lines))


def _styled(line: str) -> Content:
    """A line with its style: names are bold, indented lines are muted, caveats are warnings."""
    if line.startswith("!"):
        return plain_text(line, "$text-warning")
    return (
        plain_text(line.strip(), "$foreground-muted")
        if line.startswith(" ")
        else plain_text(line, "bold")
    )


class InsightsPane(Vertical):
    """A list of findings; each can be opened."""

    BORDER_TITLE = "4 Insights"
    HELP = """\
What the sessions show together beyond the ranking. Enter opens the numbers behind a finding."""

    DEFAULT_CSS = """
    InsightsPane { height: 1fr; min-height: 6; padding: 0 1; }
    InsightsPane > OptionList, InsightsPane > OptionList:focus {
        height: 1fr; border: none; padding: 0; background: transparent;
        scrollbar-size-vertical: 1;
        & > .option-list--option-highlighted {
            background: transparent; color: $foreground; text-style: none;
        }
    }
    InsightsPane > OptionList:focus > .option-list--option-highlighted { background: $panel; }
    InsightsPane > #insights-none { color: $text-muted; }
    """

    def __init__(self) -> None:
        super().__init__(id="insights", classes="pane")
        self._insights: tuple[Insight, ...] | None = None

    def compose(self) -> ComposeResult:
        """The list, and a text for when it is empty."""
        yield OptionList(id="insights-list", markup=False, compact=True)
        yield Plain(id="insights-none")

    def show(self, board: Leaderboard) -> None:
        """List the findings of a suite."""
        none = self.query_one("#insights-none", Plain)
        none.display = not board.insights
        going_on = board.status == "running"
        none.update("Come when sessions have ended." if going_on else "The numbers show none.")
        if board.insights == self._insights:
            return
        self._insights = board.insights
        options = self.query_one(OptionList)
        options.display = bool(board.insights)
        options.set_options(
            Option(Content.assemble("• ", plain_text(one_line(insight.text, 600))))
            for insight in board.insights
        )
        if board.insights:
            options.highlighted = 0

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self._insights:
            self.app.push_screen(Numbers(self._insights[event.option_index]))

    @property
    def current(self) -> Insight | None:
        """The finding that is highlighted."""
        at = self.query_one(OptionList).highlighted
        return self._insights[at] if self._insights and at is not None else None


class Numbers(Dialog[None]):
    """The numbers behind a finding."""

    DEFAULT_CSS = """
    Numbers > .dialog { width: 76; }
    Numbers #numbers { height: auto; max-height: 60vh; margin-top: 1; scrollbar-size-vertical: 1; }
    Numbers .numbers--close { color: $text-muted; margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "Close"),
        Binding("y", "app.copy", "Copy"),
    ]
    AUTO_FOCUS = "#numbers"

    def __init__(self, insight: Insight) -> None:
        super().__init__()
        self._insight = insight

    def compose(self) -> ComposeResult:
        """The finding, its rows, and the sessions that it is about."""
        insight = self._insight
        with Vertical(classes="dialog"):
            yield Plain(one_line(insight.text, 600), classes="dialog--title")
            with VerticalScroll(id="numbers", can_focus=True):
                yield Plain(rows_text(insight.numbers[:_MOST_NUMBERS]))
                if insight.sessions:
                    ids = ", ".join(one_line(i, 20) for i in insight.sessions[:_MOST_NUMBERS])
                    yield Plain(f"sessions: {ids}", classes="dialog--detail")
            yield Plain("esc closes", classes="numbers--close")

    def on_click(self) -> None:
        """Close the dialog on a click."""
        self.dismiss(None)

    def action_close(self) -> None:
        """Close the dialog and go back to the list."""
        self.dismiss(None)

    def copyable(self) -> list[tuple[str, str]]:
        """The finding with its numbers."""
        return [("numbers", f"{self._insight.text}\n\n{rows_text(self._insight.numbers)}\n")]


def rows_text(numbers: Sequence[tuple[str, str]]) -> str:
    """Labels and values in two columns."""
    rows = [(one_line(label, 44), one_line(value, 60)) for label, value in numbers]
    width = max((len(label) for label, _ in rows), default=0)
    return "\n".join(f"{label.ljust(width)}  {value}" for label, value in rows) or "No numbers."
