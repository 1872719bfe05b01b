"""CasesScreen: the workspace's cases to read, write and make: prompts, criteria, examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus
from textual.worker import Worker

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import commands
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.error_words import failure_words
from llmopt_tui.tui.example_edits import ExampleEdits
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.notices import Notices
from llmopt_tui.tui.panes.case_list import CaseList
from llmopt_tui.tui.panes.case_page import CasePage
from llmopt_tui.tui.panes.example_table import ExampleTable
from llmopt_tui.tui.widgets.pane_tabs import PaneTabs

if TYPE_CHECKING:
    from pathlib import Path

    from llmopt_tui.app.case_editing.listing import Entry
    from llmopt_tui.app.last_answers import ModelAnswers
    from llmopt_tui.core.case import Case
    from llmopt_tui.tui.case_desk import CaseDesk

_TABS = {"case-list": "1 Cases", "case-page": "2 Prompt", "case-examples": "3 Examples"}
_STOPS = (
    ("case-list", "#case-table"),
    ("case-page", "#case-page"),
    ("case-examples", "#example-table"),
)
_KEYS = ("case_open", "case_new", "case_try", "prompt_text", "case_text", "case_undo")
_EXAMPLE_KEYS = ("case_open", "case_try", "example_add", "example_edit", "example_copy",
                 "example_move", "example_delete", "case_undo", "case_new", "prompt_text",
                 "case_text")  # fmt: skip


class CasesScreen(ExampleEdits):
    """The list of cases, and the one under the cursor: prompt and criteria above its examples."""

    TITLE = "Cases"
    DEFAULT_CSS = """
    CasesScreen #case-list { width: 38; height: 1fr; }
    CasesScreen.-spacious #case-list { width: 48; }
    CasesScreen #case-right { width: 1fr; height: 1fr; }
    CasesScreen #case-page { height: 2fr; padding: 0 1; scrollbar-size-vertical: 1; }
    CasesScreen #case-examples { height: 3fr; }
    CasesScreen.-narrow #case-right { height: 1fr; }
    CasesScreen.-narrow #case-list { width: 1fr; }
    """
    HORIZONTAL_BREAKPOINTS: ClassVar = [  # type: ignore[misc]
        (0, "-narrow"),
        (100, "-columns"),
        (160, "-spacious"),
    ]
    AUTO_FOCUS = "#case-table"
    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("cases"),
        *commands.bindings("examples"),
        Binding("escape", "pane('case-list')", "Back to the list", show=False),
    ]

    def __init__(self, desk: CaseDesk) -> None:
        super().__init__()
        self._desk, self._workspace = desk, desk.workspace
        self._case: Case | None = None
        self._answers: dict[str, tuple[ModelAnswers, ...]] = {}
        self._fresh: set[str] = set()
        self._wanted = ""
        self._goto: int | None = None
        self.tabs = PaneTabs(_TABS, ("case-right",), _STOPS)

    def compose(self) -> ComposeResult:
        """The bars, the list, and the case beside it."""
        yield TopBar("cases")
        yield self.tabs
        with Horizontal(classes="row"):
            yield CaseList(id="case-list", classes="pane")
            with Vertical(id="case-right"):
                yield CasePage(id="case-page", classes="pane -away")
                yield ExampleTable(id="case-examples", classes="pane -away")
        yield Notices()
        yield KeyBar(*_KEYS)

    def on_mount(self) -> None:
        """Choose the first tab; the files are read when the screen is shown."""
        self.tabs.select("case-list")

    def on_screen_resume(self) -> None:
        """Read everything again each time the screen is shown: files and scores may be others."""
        self.action_reload()

    def on_cases_changed(self) -> None:
        """Read the files again: one was written in the app."""
        self._read()

    def action_reload(self) -> None:
        """Read the files and the results again."""
        self._fresh.clear()
        self._read()

    @property
    def desk(self) -> CaseDesk:
        """What reads and writes the files."""
        return self._desk

    @property
    def shown(self) -> tuple[Case, int] | None:
        """The case, and the number of the example under the cursor."""
        n = self.query_one(ExampleTable).current
        return None if self._case is None or n is None else (self._case, n)

    def wrong(self, problem: str) -> None:
        """Show a problem until it is dismissed."""
        self.query_one(Notices).add(problem)

    def goto(self, n: int) -> None:
        """Have this example selected once the case is read again."""
        self._goto = n

    def choose(self, name: str) -> None:
        """Have the case of this name shown once the files are read again."""
        self._wanted = name

    @work(exclusive=True, group="read", exit_on_error=False)
    async def _read(self) -> None:
        await self.reread()

    async def reread(self) -> None:
        """Show the files as they are now."""
        entries = await self.desk.entries()
        listed = self.query_one(CaseList)
        folder = one_line(str(self._workspace.cases), 200)
        listed.show(entries, f"No cases in {folder}. n makes one.")
        if self._wanted:
            listed.select(self._wanted)
            self._wanted = ""
        self._draw()

    @on(CaseList.Selected)
    def _selected(self, event: CaseList.Selected) -> None:
        event.stop()
        self._draw()

    def _draw(self) -> None:
        """Show the case under the cursor."""
        entry = self.query_one(CaseList).current
        case = entry.case if entry else None
        table = self.query_one(ExampleTable)
        same = self._case is not None and case is not None and self._case.id == case.id
        kept = table.current if same else 0
        if case is not self._case or case is None:
            self._case = case
            self.query_one(CasePage).show(entry)
            table.show(case, self._answers.get(case.id, ()) if case else ())
            table.select((self._goto if same else None) or kept or 0)
            self._goto = None
        if case is not None and case.id not in self._fresh:
            self._read_answers(case)

    @work(exclusive=True, group="answers", exit_on_error=False)
    async def _read_answers(self, case: Case) -> None:
        """Read the last answers of a case; those of before are shown meanwhile."""
        found = await self.desk.answers(case)
        self._fresh.add(case.id)
        if found != self._answers.get(case.id, ()):
            self._answers[case.id] = found
            if self._case is not None and self._case.id == case.id:
                self.query_one(ExampleTable).show(self._case, found)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show an unexpected failure; the screen keeps working."""
        if said := failure_words(event):
            self.wrong(said)

    # What is opened

    def action_open(self) -> None:
        """Read the example under the cursor; in the list, go to the case or to what is wrong."""
        if self.query_one(CaseList).has_pseudo_class("focus-within"):
            self._open_entry()
        else:
            self._open_example()

    @on(CaseList.Chosen)
    def _case_chosen(self, event: CaseList.Chosen) -> None:
        event.stop()
        self._open_entry()

    @on(ExampleTable.Chosen)
    def _example_chosen(self, event: ExampleTable.Chosen) -> None:
        event.stop()
        self._open_example()

    def _open_entry(self) -> None:
        entry = self.query_one(CaseList).current
        if entry is None:
            return
        if entry.case is None:
            self._open_broken(entry)
        else:
            self.tabs.go("case-examples")

    def _open_broken(self, entry: Entry) -> None:
        from llmopt_tui.app.case_editing.places import place_of

        file, line = entry.file, 1
        if entry.problems:
            file, line = place_of(entry.problems[0], self._workspace)
        self._edit_file(file, line)

    def _open_example(self) -> None:
        if self.shown is None:
            return
        from llmopt_tui.tui.screens.example import ExampleScreen

        case, n = self.shown
        self.app.push_screen(
            ExampleScreen(self.desk, case, n, self._answers.get(case.id, ())), self._read_example
        )

    def _read_example(self, n: int | None) -> None:
        """Put the cursor on the example that was read last."""
        if n is not None:
            self.query_one(ExampleTable).select(n)

    def action_edit_case(self) -> None:
        """Edit the case's file as text."""
        entry = self.query_one(CaseList).current
        if entry is not None:
            self._edit_file(entry.file)

    def action_edit_prompt(self) -> None:
        """Edit the file of the case's prompt as text."""
        entry = self.query_one(CaseList).current
        if entry is not None and entry.case is not None:
            self._edit_file(self._workspace.prompts / f"{entry.case.prompt.name}.toml")
        elif entry is not None:
            self._open_broken(entry)

    @work(exclusive=True, group="edit", exit_on_error=False)
    async def _edit_file(self, file: Path, line: int = 1) -> None:
        from llmopt_tui.tui.screens.file_editor import FileEditor

        found = await self.desk.read(file)
        if found.problem:
            self.wrong(found.problem)
            return
        self.app.push_screen(FileEditor(self.desk, found, line))

    # New cases

    def action_new(self) -> None:
        """Make a case from a file or from scratch."""
        self._new()

    @work(exclusive=True, group="new", exit_on_error=False)
    async def _new(self) -> None:
        from llmopt_tui.tui.screens.dialogs import Choose

        ways = (("file", "From a file: CSV, JSON, promptfoo, ..."), ("scratch", "From scratch"))
        way = await self.app.push_screen_wait(Choose("A new case", ways))
        name: str | None = None
        if way == "file":
            from llmopt_tui.tui.screens.import_case import ImportScreen
            from llmopt_tui.tui.screens.pick_file import PickFile

            file = await self.app.push_screen_wait(PickFile(self._workspace.root))
            if file is not None:
                name = await self.app.push_screen_wait(ImportScreen(self.desk, file))
        elif way == "scratch":
            from llmopt_tui.tui.screens.begin_case import BeginCase

            name = await self.app.push_screen_wait(BeginCase(self.desk))
        if name:
            keymap = self.app.keymap
            trying, workbench = (key_of(each, keymap) for each in ("case_try", "workbench"))
            self.app.say(
                f"The case {one_line(name, 60)} is there. {trying} tries its prompt on an example; "
                f"in the Workbench ({workbench}) it can be run."
            )
            self.choose(name)
            self._read()

    # Where the focus goes

    def action_next_stop(self, by: int) -> None:
        """Focus the next pane, changing the tab in a narrow terminal."""
        if not self.tabs.go_on(by):
            self.focus_next() if by > 0 else self.focus_previous()

    def action_pane(self, name: str) -> None:
        """Go to the pane with this name."""
        self.tabs.go(name)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Show the pane that has the focus, and its keys."""
        self.tabs.show_focus(event.widget)
        examples = self.query_one(ExampleTable).has_pseudo_class("focus-within")
        keys = _EXAMPLE_KEYS if examples else tuple(dict.fromkeys((*_KEYS, *_EXAMPLE_KEYS)))
        self.query_one(KeyBar).show(*keys)
