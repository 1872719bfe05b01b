"""The Cases screen, walked by keyboard alone and by mouse alone, on real files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Button, Input, TextArea

from llmopt_tui.app.workspace import Workspace
from llmopt_tui.core.case import Case
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.panes.case_list import CaseList
from llmopt_tui.tui.panes.cases import CasesPane
from llmopt_tui.tui.panes.draft_view import DraftView
from llmopt_tui.tui.panes.example_table import ExampleTable
from llmopt_tui.tui.screens.begin_case import BeginCase
from llmopt_tui.tui.screens.cases import CasesScreen
from llmopt_tui.tui.screens.dialogs import Choose
from llmopt_tui.tui.screens.example import ExampleScreen
from llmopt_tui.tui.screens.example_form import ExampleForm
from llmopt_tui.tui.screens.file_editor import FileEditor
from llmopt_tui.tui.screens.import_case import ColumnTable, ImportScreen
from llmopt_tui.tui.screens.pick_file import PickFile
from tests.app.case_editing.test_case_text import FIRST, HEAD, SECOND, make
from tests.tui.harness import Stage, text_of, until, words_of

NASTY = "[bold]fire[/] \x1b[2J"


def staged(root: Path, case: str = HEAD + FIRST + SECOND) -> Stage:
    """The app on a real workspace with one case, whose file has comments."""
    workspace = make(root / "ws", case)
    stage = Stage(root / "ws")
    stage.workspace = workspace  # type: ignore[assignment]
    return stage


async def opened(stage: Stage, pilot: Pilot[None]) -> CasesScreen:
    """Go to the Cases screen and wait until its list is there."""
    await stage.up(pilot)
    await pilot.press("C")
    await until(pilot, lambda: isinstance(stage.app.screen, CasesScreen))
    screen = stage.app.screen
    assert isinstance(screen, CasesScreen)
    await until(pilot, lambda: screen.is_mounted and screen.query_one(CaseList).current)
    return screen


def name_of(screen: Screen) -> str:
    """The name of the file under the list's cursor."""
    entry = screen.query_one(CaseList).current
    return entry.name if entry else ""


def only_case(workspace: Workspace) -> Case:
    loaded = workspace.load_cases()
    assert loaded.problems == ()
    return loaded.cases[0]


async def shown(stage: Stage, pilot: Pilot[None], kind: type) -> None:
    """Wait until a screen of this kind is mounted and drawn."""
    app = stage.app
    await until(pilot, lambda: isinstance(app.screen, kind) and app.screen.is_mounted)
    await until(pilot, lambda: text_of(app.screen).strip())


async def test_forty_rows_become_a_case_by_keyboard_alone_in_a_small_terminal(tmp_path):
    stage = staged(tmp_path)
    app, workspace = stage.app, stage.workspace
    with (workspace.root / "tickets.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Ticket", "Customer", "Priority"])
        for n in range(40):
            urgent = ("high", "low", "medium")[n % 3]
            rows.writerow([f"Printer {n} is on {NASTY}", f"Acme {n}", urgent])
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("n")
        await shown(stage, pilot, Choose)
        await pilot.press("1")
        await shown(stage, pilot, PickFile)
        await pilot.press(*"ticke", "right", "enter")
        await shown(stage, pilot, ImportScreen)
        columns = app.screen.query_one(ColumnTable)
        await until(pilot, lambda: len(columns.rows) == 3)
        assert [row.role for row in columns.rows] == ["input", "input", "expected"]
        assert "24 train, 16 held out; scored by choice" in app.screen.query_one(DraftView).shown
        assert "[bold]fire[/] ␛[2J" in app.screen.query_one(DraftView).shown
        assert "--" not in app.screen.query_one(DraftView).shown
        await pilot.press("down", "space")
        await until(pilot, lambda: columns.rows[1].role == "left out")
        await pilot.press("up", "space")
        await until(pilot, lambda: "Nothing can be made" in app.screen.query_one(DraftView).shown)
        await pilot.press("space", "space")
        await until(pilot, lambda: columns.rows[0].role == "input")
        await pilot.press("shift+tab", "shift+tab", "5", "0")
        await until(pilot, lambda: "20 train" in app.screen.query_one(DraftView).shown)
        await pilot.press("ctrl+s")
        await shown(stage, pilot, CasesScreen)
        case = next(c for c in workspace.load_cases().cases if c.id == "tickets")
        assert len(case.split("train")) == 20
        assert list(case.examples[0].inputs) == ["ticket"]
        screen = app.screen
        await until(pilot, lambda: name_of(screen) == "tickets")
        await pilot.press("u")
        await until(pilot, lambda: not (workspace.cases / "tickets.toml").exists())
        assert not (workspace.prompts / "tickets.toml").exists()


async def test_examples_are_changed_by_keyboard_and_the_file_keeps_its_comments(tmp_path):
    stage = staged(tmp_path)
    app, file = stage.app, stage.workspace.cases / "mail.toml"
    before = file.read_bytes()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(stage, pilot)
        await pilot.press("enter", "down", "enter")
        await shown(stage, pilot, ExampleScreen)
        await until(pilot, lambda: 'a "quoted" mail' in text_of(app.screen))
        await pilot.press("m")
        await until(pilot, lambda: only_case(stage.workspace).examples[1].split == "train")
        await until(pilot, lambda: "2 of 2" in text_of(app.screen))
        await pilot.press("e")
        await shown(stage, pilot, ExampleForm)
        form = app.screen
        form.query_one("#expected-0 TextArea", TextArea).focus()
        await pilot.press("down", "end", "enter", *"urgent!")
        await pilot.click("#example-pinned")
        form.query_one("#answer TextArea", TextArea).focus()
        await pilot.press(*"high", "ctrl+s")
        await shown(stage, pilot, ExampleScreen)
        example = only_case(stage.workspace).examples[1]
        expected = {"answer": ["high", "urgent", "urgent!"]}
        assert (example.expected, example.answer, example.pinned) == (expected, "high", True)
        await pilot.press("d")
        await until(pilot, lambda: len(only_case(stage.workspace).examples) == 3)
        await until(pilot, lambda: "3 of 3" in text_of(app.screen))
        await pilot.press("escape")
        await shown(stage, pilot, CasesScreen)
        table = screen.query_one(ExampleTable)
        await until(pilot, lambda: table.table.row_count == 3)
        await until(pilot, lambda: table.current == 2)
        assert "# the tricky ones" in file.read_text()
        await pilot.press("x")
        await until(pilot, lambda: table.table.row_count == 2)
        # A change that the strict reader refuses is not saved: the last train example stays.
        await pilot.press("u", "u", "u", "u")
        await until(pilot, lambda: file.read_bytes() == before)
        await pilot.press("home", "m")
        await until(pilot, lambda: "a prompt cannot be scored without" in text_of(screen))
        assert file.read_bytes() == before
        await pilot.press("w")
        await until(pilot, lambda: app.screen is stage.workbench)
        await until(pilot, lambda: stage.workbench.query_one(CasesPane).rows.keys == ["mail"])


@pytest.mark.long
async def test_a_case_is_begun_and_changed_by_mouse_alone(tmp_path):
    stage = staged(tmp_path)
    app = stage.app

    async def click_key(name: str) -> None:
        """Click an entry of the key bar."""
        bar = app.screen.query_one(KeyBar)
        await until(pilot, lambda: name in text_of(bar))
        at = text_of(bar).index(name)
        await pilot.click(bar, offset=(at, 0))

    async with app.run_test(size=(120, 40)) as pilot:
        await stage.up(pilot)
        bar = app.screen.query_one("TopBar")
        await until(pilot, lambda: "Cases" in text_of(bar))
        await pilot.click(bar, offset=(text_of(bar).index("Cases"), 0))
        await until(pilot, lambda: isinstance(app.screen, CasesScreen))
        screen = app.screen
        await until(pilot, lambda: screen.query_one(CaseList).current)
        await click_key("new case")
        await shown(stage, pilot, Choose)
        await pilot.click("OptionList", offset=(4, 1))
        await shown(stage, pilot, BeginCase)
        form = app.screen
        await pilot.click("#form-save")
        await until(pilot, lambda: "the id is missing" in text_of(form))
        form.query_one("#case-id", Input).value = "urgency"
        form.query_one("#case-prompt TextArea", TextArea).text = "How urgent is {{mail}}?"
        form.query_one("#case-labels TextArea", TextArea).text = "high, low"
        await until(pilot, lambda: len(form.query("#case-inputs Field TextArea")) == 1)
        form.query_one("#case-inputs TextArea", TextArea).text = "Fire!"
        form.query_one("#case-expected TextArea", TextArea).text = "high"
        await pilot.pause()
        await pilot.click("#form-save")
        await shown(stage, pilot, CasesScreen)
        await until(pilot, lambda: name_of(screen) == "urgency")
        await until(pilot, lambda: screen.query_one(ExampleTable).table.row_count == 1)
        table = screen.query_one(ExampleTable).table
        await pilot.click(table, offset=(5, 1))
        await shown(stage, pilot, ExampleScreen)
        await click_key("duplicate")
        await until(pilot, lambda: "2 of 2" in text_of(app.screen))
        await click_key("edit")
        await shown(stage, pilot, ExampleForm)
        await pilot.click("#example-split")
        split = app.screen.query_one("#example-split", Button)
        await until(pilot, lambda: str(split.label) == "held out")
        await pilot.click("#form-save")
        await shown(stage, pilot, ExampleScreen)
        case = next(c for c in stage.workspace.load_cases().cases if c.id == "urgency")
        assert [e.split for e in case.examples] == ["train", "validation"]
        await click_key("back")
        await shown(stage, pilot, CasesScreen)


async def test_a_broken_file_opens_at_its_line_and_is_saved_once_it_reads(tmp_path):
    stage = staged(tmp_path)
    app, file = stage.app, stage.workspace.cases / "mail.toml"
    broken = file.read_text().replace('kind = "equals"', 'kind = "equal"')
    file.write_text(broken)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(stage, pilot)
        await until(pilot, lambda: "1 problem" in text_of(screen.query_one(CaseList)))
        await pilot.press("enter")
        await shown(stage, pilot, FileEditor)
        area = app.screen.query_one(TextArea)
        await until(pilot, lambda: area.cursor_location == (6, 0))
        await until(pilot, lambda: "no criterion of this kind" in words_of(app.screen))
        await pilot.press("down", "end", "left", "s", "ctrl+s")
        await shown(stage, pilot, CasesScreen)
        assert file.read_text() == broken.replace('"equal"', '"equals"')
        await until(pilot, lambda: screen.query_one(ExampleTable).table.row_count == 2)
        # Of a file that reads, nothing is saved that does not.
        await pilot.press("p")
        await shown(stage, pilot, FileEditor)
        prompt = stage.workspace.prompts / "mail.toml"
        before = prompt.read_bytes()
        area = app.screen.query_one(TextArea)
        area.text = area.text.replace("{{mail}}", "{{letter}}")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Not saved" in words_of(app.screen))
        assert "letter" in text_of(app.screen.query_one("#file-status"))
        assert prompt.read_bytes() == before
        # What changed on disk meanwhile is not overwritten unasked.
        area.text = area.text.replace("{{letter}}", "this mail: {{mail}}")
        theirs = before + b"# theirs\n"
        prompt.write_bytes(theirs)
        await pilot.press("ctrl+s")
        await shown(stage, pilot, Choose)
        await pilot.press("3")
        await shown(stage, pilot, CasesScreen)
        assert prompt.read_bytes() == theirs


async def test_scores_of_past_sessions_are_beside_the_examples(tmp_path):
    stage = staged(tmp_path)
    app = stage.app
    async with app.run_test(size=(200, 60)) as pilot:
        await stage.run(pilot)
        await until(pilot, lambda: stage.app.controller.proposal is not None)
        screen = await opened(stage, pilot)
        await until(pilot, lambda: "0." in text_of(screen) or "1.00" in text_of(screen))
        await pilot.press("enter", "enter")
        await shown(stage, pilot, ExampleScreen)
        await until(pilot, lambda: "iteration 1" in text_of(app.screen))
        (folder,) = stage.workspace.results.glob("session_*")
        assert json.loads((folder / "events.jsonl").read_text().splitlines()[0])["session_id"] in (
            text_of(app.screen)
        )
