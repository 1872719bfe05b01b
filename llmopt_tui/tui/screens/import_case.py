"""ImportScreen: a file becomes a case: its columns mapped, the result previewed, then written."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import Worker

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import commands
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.error_words import failure_words
from llmopt_tui.tui.importing import ColumnRow, column_rows, turned
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.panes.draft_view import DraftView
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.row_table import Cell, RowTable, TableColumn

if TYPE_CHECKING:
    from llmopt_tui.app.importing.drafting import Choices, Draft
    from llmopt_tui.app.importing.material import Material
    from llmopt_tui.tui.case_desk import CaseDesk

_ROLE_WIDTH = 9
_PAUSE = 0.15
"""Seconds without a key in a field after which the case is drafted anew."""


class ColumnTable(RowTable[ColumnRow]):
    """The columns of the file. A click on a row, space or enter gives it its next role."""

    HELP = """\
What each column of the file is taken for: an input, which fills a placeholder of the prompt; what
is expected of an answer; or left out. Space, enter or a click changes it. Below is what would be
made; ^s makes it."""


class ImportScreen(Screen["str | None"]):
    """Drafts the case anew with each choice. Closes with the case's name, or with None."""

    DEFAULT_CSS = """
    ImportScreen #import-banner {
        height: auto; padding: 0 1; background: $surface; border-left: outer $border;
    }
    ImportScreen #import-line { height: 1; padding: 0 1; margin: 1 0; }
    ImportScreen .import--label { width: auto; padding: 0 1; color: $text-muted; }
    ImportScreen #import-line > Input, ImportScreen #import-line > Input:focus {
        width: 8; height: 1; border: none; padding: 0 1; background: $panel;
    }
    ImportScreen #import-line > Input:focus { text-style: bold; background: $surface-lighten-2; }
    ImportScreen #import-line > #import-name { width: 1fr; max-width: 40; }
    ImportScreen #import-problem { height: auto; padding: 0 2; color: $text-error; display: none; }
    ImportScreen #import-body { height: 1fr; }
    ImportScreen #import-columns { height: 2fr; }
    ImportScreen #import-preview {
        height: 3fr; padding: 0 1; scrollbar-size-vertical: 1;
    }
    ImportScreen.-wide #import-body { layout: horizontal; }
    ImportScreen.-wide #import-columns, ImportScreen.-wide #import-preview {
        width: 1fr; height: 1fr;
    }
    """
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-narrow"), (120, "-wide")]  # type: ignore[misc]
    AUTO_FOCUS = "#column-table"
    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("page"),
        *commands.bindings("import"),
    ]
    HELP = ColumnTable.HELP

    def __init__(self, desk: CaseDesk, file: Path) -> None:
        super().__init__()
        from llmopt_tui.app.importing.drafting import Choices, case_name

        self._desk, self._file = desk, file
        self._case_name = case_name(file.stem)
        self._material: Material | None = None
        self._choices: Choices = Choices()
        self._mapped = False
        self._draft: Draft | None = None
        self._taken: frozenset[str] = frozenset()

    def compose(self) -> ComposeResult:
        """The file, the name and the split, the columns, and the preview."""
        yield TopBar("cases")
        yield Plain(one_line(str(self._file), 200), id="import-banner")
        with Horizontal(id="import-line"):
            yield Plain("name", classes="import--label")
            yield Input(self._case_name, id="import-name")
            yield Plain("train %", classes="import--label")
            yield Input("", placeholder="60", id="import-train", restrict=r"\d{0,3}")
            yield Plain("seed", classes="import--label")
            yield Input("0", id="import-seed", restrict=r"\d{0,6}")
        yield Plain("", id="import-problem")
        with Vertical(id="import-body"):
            with Vertical(id="import-columns", classes="pane") as columns:
                columns.border_title = "Columns"
                yield ColumnTable(_cell, lambda row: row.name, id="column-table")
            with VerticalScroll(id="import-preview", classes="pane") as preview:
                preview.border_title = "What would be made"
                yield DraftView()
        yield KeyBar("import_save", "import_role", "back")

    def on_mount(self) -> None:
        """Read the file."""
        self._read()

    @property
    def _table(self) -> ColumnTable:
        return self.query_one(ColumnTable)

    @work(exclusive=True, group="read", exit_on_error=False)
    async def _read(self) -> None:
        from llmopt_tui.app.importing.material import ImportRefused
        from llmopt_tui.app.importing.reading import read_file

        entries = await self._desk.entries()
        prompts = await asyncio.to_thread(self._desk.workspace.load_prompts)
        self._taken = frozenset({entry.name for entry in entries} | set(prompts.prompts))
        try:
            self._material = await asyncio.to_thread(read_file, self._file)
        except ImportRefused as error:
            self._refuse(error.lines)
            return
        found = f"{self._material.format}, {len(self._material.rows):,} rows"
        banner = f"{one_line(str(self._file), 160)}   {found}"
        self.query_one("#import-banner", Plain).update(banner)
        await self._make()

    @work(exclusive=True, group="draft", exit_on_error=False)
    async def _redraft(self, pause: float = 0.0) -> None:
        await asyncio.sleep(pause)
        await self._make()

    async def _make(self) -> None:
        """Draft the case with the choices as they are, and show it."""
        from llmopt_tui.app.importing.drafting import draft_case
        from llmopt_tui.app.importing.material import ImportRefused

        if self._material is None:
            return
        if self._mapped and not self._choices.inputs:
            self._refuse(("take one column at least as an input",))
            return
        try:
            draft = await asyncio.to_thread(
                draft_case, self._material, self._case_name, self._file.name, self._choices
            )
        except ImportRefused as error:
            self._refuse(error.lines)
            return
        self._draft = draft
        self._table.set_rows(column_rows(self._material, draft.columns))
        self.query_one(DraftView).show(draft)
        self._name_problem()

    def _refuse(self, lines: tuple[str, ...]) -> None:
        """Show why there is no draft. The columns stay, so that another choice can be made."""
        self._draft = None
        self.query_one(DraftView).refuse(lines)
        if self._material is not None:
            from llmopt_tui.app.importing.columns import Columns

            inputs = dict.fromkeys(self._choices.inputs, "")
            columns = Columns(inputs, self._choices.expected)
            self._table.set_rows(column_rows(self._material, columns))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show an unexpected failure."""
        if said := failure_words(event):
            self._say(said)

    def _say(self, problem: str) -> None:
        said = self.query_one("#import-problem", Plain)
        said.display = bool(problem)
        said.update(f"✗ {problem}")

    def _name_problem(self) -> str:
        from llmopt_tui.app.case_editing.new_case import problem_with_id

        problem = problem_with_id(self._case_name, self._taken)
        self._say(problem)
        return problem

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        from dataclasses import replace

        event.stop()
        text = event.value.strip()
        match event.input.id:
            case "import-name":
                self._case_name = text
            case "import-train":
                share = min(100, max(1, int(text))) / 100 if text else None
                self._choices = replace(self._choices, train=share)
            case _:
                self._choices = replace(self._choices, seed=int(text or 0))
        self._redraft(_PAUSE)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    @on(RowTable.Resized)
    def _resized(self, event: RowTable.Resized) -> None:
        event.stop()
        left = max(20, self._table.size.width - _ROLE_WIDTH - 9)
        name = min(24, max(8, left // 3))
        placeholder = min(24, max(8, left // 4))
        self._table.set_columns(
            [
                TableColumn("name", "Column", name),
                TableColumn("role", "Is", _ROLE_WIDTH, strong=True),
                TableColumn("placeholder", "In the prompt", placeholder),
                TableColumn("sample", "First value", max(4, left - name - placeholder)),
            ]
        )

    @on(RowTable.Chosen)
    def _chosen(self, event: RowTable.Chosen) -> None:
        event.stop()
        self.action_role()

    def action_role(self) -> None:
        """Give the column under the cursor its next role."""
        row = self._table.current
        if row is not None:
            self._mapped = True
            self._choices = turned(self._table.rows, row.name, self._choices)
            self._redraft()

    @work(exclusive=True, group="save", exit_on_error=False)
    async def action_save(self) -> None:
        """Write the case, unless something is wrong with it."""
        from llmopt_tui.tui.case_desk import said

        await self._make()
        if self._draft is None:
            self._say("nothing can be made of the file like this")
            return
        if self._name_problem():
            self.query_one("#import-name").focus()
            return
        root = self._desk.workspace.root
        files = {root / path: text.encode() for path, text in self._draft.files().items()}
        if problems := await self._desk.problems(files):
            self._say(said(problems))
            return
        if problem := await self._desk.save(f"made {self._draft.name}", {}, files):
            self._say(problem)
            return
        self.dismiss(self._draft.name)

    def action_back(self) -> None:
        """Leave without making anything."""
        self.dismiss(None)


def _cell(row: ColumnRow, column: TableColumn) -> Cell:
    match column.key:
        case "name":
            return row.name, ""
        case "role":
            return row.role, "dim" if row.role == "left out" else "bold"
        case "placeholder":
            return (f"{{{{{row.placeholder}}}}}" if row.placeholder else ""), ""
    return row.sample, "dim"
