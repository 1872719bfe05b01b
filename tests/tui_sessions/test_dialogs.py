"""Small questions: answered by key and by mouse, inert whatever their words are."""

from __future__ import annotations

import pytest
from textual.screen import Screen
from textual.widgets import Input

from llmopt_tui.tui.screens.dialogs import Ask, Choose, Confirm
from tests.nasty import bunches, naming
from tests.tui_sessions.host import Host, until
from tests.tui_widgets.screen_text import obeyed, screen_text


def no_spaces(text: str) -> str:
    return "Spaces are not allowed." if " " in text else ""


@pytest.mark.parametrize(
    ("keys", "answer"),
    [("y", True), ("n", False), ("escape", False), ("enter", False), ("right enter", True)],
)
async def test_confirm_is_answered_by_key_and_enter_is_harmless(keys: str, answer: bool) -> None:
    app = Host(lambda: Confirm("Sure?", "It would be lost.", yes="Delete", no="Keep"))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(*keys.split())
        assert app.results == [answer]


async def test_confirm_is_answered_by_mouse() -> None:
    app = Host(lambda: Confirm("Sure?"))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.click("#yes")
        assert app.results == [True]


async def test_ask_says_what_is_wrong_until_it_is_right() -> None:
    app = Host(lambda: Ask("A name", value="two words", problem_with=no_spaces))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("enter")
        assert app.results == []
        await until(pilot, lambda: "Spaces are not allowed." in screen_text(app))
        app.screen.query_one(Input).value = "one"
        await pilot.pause()
        assert "Spaces are not allowed." not in screen_text(app)
        await pilot.press("enter")
        assert app.results == ["one"]


@pytest.mark.parametrize(("button", "answer"), [("#ok", "old"), ("#cancel", None)])
async def test_ask_has_buttons(button: str, answer: str | None) -> None:
    app = Host(lambda: Ask("A name", value="old"))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.click(button)
        assert app.results == [answer]


@pytest.mark.parametrize(
    ("keys", "answer"), [("2", "b"), ("down enter", "b"), ("enter", "a"), ("escape", None)]
)
async def test_choose_takes_numbers_and_the_cursor(keys: str, answer: str | None) -> None:
    app = Host(lambda: Choose("Copy", [("a", "the prompt"), ("b", "the output")]))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(*keys.split())
        assert app.results == [answer]


async def test_a_number_without_a_choice_does_nothing() -> None:
    app = Host(lambda: Choose("Copy", [("a", "the prompt")]))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("7")
        assert app.results == []


@pytest.mark.long
async def test_nasty_words_are_shown_inert() -> None:
    app = Host(Screen)
    async with app.run_test(size=(80, 40)) as pilot:
        for text in ("[bold red]not bold[/bold red]", *bunches()):
            asking = (
                Confirm(text, text, yes="Go", no="Stay"),
                Choose(text, [("a", text)]),
                Ask(text, text, problem_with=lambda _: text),  # noqa: B023
            )
            for dialog in asking:
                with naming(text):
                    await app.push_screen(dialog)
                    if isinstance(dialog, Ask):
                        await pilot.press("enter")
                    await pilot.pause()
                    assert not obeyed(screen_text(app))
                    if text.startswith("[bold red]"):
                        assert screen_text(app).count(text) >= 2
                    await app.pop_screen()
