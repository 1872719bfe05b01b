"""PromptEditor: placeholders are watched, nothing is lost by accident, nothing nasty acts."""

from __future__ import annotations

from collections import Counter

import pytest
from textual.screen import Screen
from textual.widgets import TextArea

from llmopt_tui.tui.screens.dialogs import Confirm
from llmopt_tui.tui.screens.editor import PromptEditor, editable, placeholder_problem
from llmopt_tui.tui.widgets.diff import DiffView
from llmopt_tui.tui.widgets.plain import Plain
from tests.nasty import bunches, naming
from tests.tui_sessions.host import Host, until
from tests.tui_widgets.screen_text import obeyed, screen_text

PARENT = "Describe the job.\n{{posting}}"
SUGGESTED = "Describe the job in two sentences.\n{{posting}}"


def editor_of(app: Host) -> PromptEditor:
    screen = app.screen
    assert isinstance(screen, PromptEditor)
    return screen


def status(app: Host) -> str:
    return str(editor_of(app).query_one("#editor-status", Plain).content)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{a}} {{b}}", ""),
        ("{{b}} then {{a}}", ""),
        ("{{a}}", "missing {{b}}"),
        ("{{a}} {{b}} {{c}}", "unknown {{c}}"),
        ("{{a}} {{b}} {{b}}", "{{b}} occurs 2 times, not 1"),
        ("none { a }", "missing {{a}}, {{b}}"),
    ],
)
def test_what_is_wrong_with_placeholders_is_named(text: str, problem: str) -> None:
    assert placeholder_problem(Counter({"a": 1, "b": 1}), text) == problem


def test_what_no_one_sees_is_left_out_and_counted() -> None:
    assert editable("a\x1b[0m\u202eb\r\n\tc") == ("a[0mb\n\tc", 2)


async def test_saving_gives_the_text_as_edited() -> None:
    app = Host(lambda: PromptEditor(SUGGESTED, PARENT))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("N", "o", "w", "space", "ctrl+s")
        assert app.results == ["Now " + SUGGESTED]


async def test_saving_is_refused_until_the_placeholders_are_right() -> None:
    app = Host(lambda: PromptEditor(SUGGESTED, PARENT))
    async with app.run_test() as pilot:
        await pilot.pause()
        editor = editor_of(app)
        editor.query_one(TextArea).text = "No placeholder {{other}}"
        await until(pilot, lambda: "missing {{posting}}; unknown {{other}}" in status(app))
        await pilot.press("ctrl+s")
        assert app.results == []
        await until(pilot, lambda: "Not used" in screen_text(app))
        editor.query_one(TextArea).text = "Here it is: {{posting}}"
        await until(pilot, lambda: status(app).startswith("✓"))
        await pilot.press("ctrl+s")
        assert app.results == ["Here it is: {{posting}}"]


async def test_an_empty_prompt_is_not_saved() -> None:
    app = Host(lambda: PromptEditor("No placeholders here."))
    async with app.run_test() as pilot:
        await pilot.pause()
        editor_of(app).query_one(TextArea).text = "  \n"
        await pilot.press("ctrl+s")
        assert app.results == []


async def test_escape_leaves_at_once_where_nothing_was_changed() -> None:
    app = Host(lambda: PromptEditor(SUGGESTED, PARENT))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("escape")
        assert app.results == [None]


@pytest.mark.parametrize(("answer", "results"), [("y", [None]), ("escape", [])])
async def test_escape_asks_where_something_would_be_lost(answer: str, results: list[None]) -> None:
    app = Host(lambda: PromptEditor(SUGGESTED, PARENT))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("x", "escape")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press(answer)
        await pilot.pause()
        assert app.results == results
        if not results:
            assert editor_of(app).text == "x" + SUGGESTED


@pytest.mark.parametrize(("width", "beside"), [(80, False), (120, True)])
async def test_what_it_changes_stands_beside_the_text_where_there_is_room(
    width: int, beside: bool
) -> None:
    app = Host(lambda: PromptEditor(SUGGESTED, PARENT))
    async with app.run_test(size=(width, 24)) as pilot:
        await pilot.pause()
        assert ("- Describe the job." in screen_text(app)) is beside
        await pilot.press("x")
        await pilot.pause()
        marks = editor_of(app).query_one(DiffView).marks
        assert marks == ["-", "+", ""]
        assert ("+ xDescribe the job in" in screen_text(app)) is beside


async def test_the_outside_editor_brings_its_text_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def edited(app: object, text: str) -> str:
        return text.replace("two", "three") + "\x1b"

    monkeypatch.setattr("llmopt_tui.tui.external_editor.edit_outside", edited)
    app = Host(lambda: PromptEditor(SUGGESTED, PARENT))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "three" in editor_of(app).text)
        await pilot.press("ctrl+s")
        assert app.results == [SUGGESTED.replace("two", "three")]


async def test_without_an_editor_it_says_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    app = Host(lambda: PromptEditor(SUGGESTED, PARENT))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "No editor is set." in screen_text(app))
        assert editor_of(app).text == SUGGESTED


@pytest.mark.long
async def test_nasty_suggestions_are_shown_inert() -> None:
    app = Host(Screen)
    async with app.run_test(size=(120, 40)) as pilot:
        for text in ("[bold red]not bold[/bold red]", *bunches()):
            with naming(text):
                await app.push_screen(PromptEditor(text, "before", title=text[:100]))
                await pilot.pause()
                assert not obeyed(screen_text(app))
                if text.startswith("[bold red]"):
                    assert screen_text(app).count(text) == 3
                await app.pop_screen()
