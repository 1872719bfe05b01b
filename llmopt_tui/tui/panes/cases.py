"""The Cases pane: the workspace's cases to pick, and what is wrong with its files."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.panes.picklist import PickList, Row
from llmopt_tui.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from llmopt_tui.app.workspace import LoadedCases
    from llmopt_tui.core.case import Case


def case_row(case: Case, picked: bool, width: int) -> list[Content]:
    """A case as three lines: title and number of examples; id; criteria."""
    train, validation = len(case.split("train")), len(case.split("validation"))
    count = f"{train}+{validation}"
    room = max(4, width - 1 - len(count))
    title = one_line(case.title or case.id, room)
    kinds = Counter(criterion.kind for criterion in case.criteria)
    return [
        Content.assemble(
            (title.ljust(room), "bold" if picked else ""), " ", (count, "$text-muted")
        ),
        Content.styled(one_line(case.id, width), "$text-muted"),
        Content.styled(one_line(" · ".join(kinds), width), "$text-muted"),
    ]


class Problems(VerticalScroll):
    """What is wrong with the files; hidden if nothing is."""

    DEFAULT_CSS = """
    Problems {
        height: auto; max-height: 60%; padding: 0 1; background: transparent;
        border-top: solid $error; border-title-color: $text-error; scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, text: str, title: str) -> None:
        super().__init__(Plain(text))
        self.border_title = title


class CasesPane(Vertical):
    """The cases, each with its number of train + validation examples."""

    BORDER_TITLE = "Cases"
    HELP = """\
The tasks of this workspace. The numbers are examples that scores are computed on, and examples
that only validate. The case's id and its criteria are below its title."""

    _problems = ""

    class StarterWanted(Message):
        """The person wants the starter prompts and cases in the workspace."""

    class OwnWanted(Message):
        """The person wants to make a case of their own."""

    def compose(self) -> ComposeResult:
        """The list, a text for when it is empty, and the problems of broken files."""
        yield PickList(id="cases-list")
        yield Plain("Reading cases …", "$text-muted", id="cases-note", classes="note")

    @property
    def rows(self) -> PickList:
        """The list of cases."""
        return self.query_one(PickList)

    @property
    def picked(self) -> list[str]:
        """The ids of the picked cases."""
        return self.rows.picked

    def copyable(self) -> list[tuple[str, str]]:
        """The id of the highlighted case, and what is wrong with the files."""
        return [("case id", self.rows.current), ("problems", self._problems)]

    def show(self, loaded: LoadedCases, folder: str) -> None:
        """Show the cases of a workspace. `folder` is where they were searched."""
        self.rows.set_rows(Row(case.id, partial(case_row, case)) for case in loaded.cases)
        note = self.query_one("#cases-note", Plain)
        note.display = not loaded.cases
        self.rows.display = bool(loaded.cases)  # an empty list would take the focus
        nothing = not loaded.cases and not loaded.problems
        note.update(f"No cases in {folder}." if nothing else "No case can be used.")
        self.query(Button).remove()
        if nothing:
            own = Button("Make a case ...", name="own", classes="make", compact=True)
            starter = Button("Make the starter cases", name="starter", classes="make", compact=True)
            self.mount(own, starter, after=note)
        self._show_problems([str(problem) for problem in loaded.problems])
        self.border_subtitle = str(len(loaded.cases)) if loaded.cases else ""

    def _show_problems(self, problems: list[str]) -> None:
        self._problems = "\n".join(problems)
        self.query(Problems).remove()
        if problems:
            self.mount(Problems(self._problems, fmt.plural(len(problems), "problem")))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Ask for the starter files, or for a case of the person's own."""
        event.stop()
        own = event.button.name == "own"
        self.post_message(self.OwnWanted() if own else self.StarterWanted())
