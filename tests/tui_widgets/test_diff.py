"""Differences read without colour, and long unchanged stretches fold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.tui.widgets.diff import DiffView, diff_view_lines
from tests.nasty import NASTY, naming
from tests.tui_widgets.hosts import Host
from tests.tui_widgets.screen_text import obeyed, screen_text, widget_text

TEN = "\n".join(f"line {n}" for n in range(10))
PROMPT = st.lists(st.sampled_from(["a", "b", "c", "", "{{posting}}"]), max_size=14).map("\n".join)


async def test_lines_taken_out_and_put_in_are_marked() -> None:
    view = DiffView("Write a text.\n{{posting}}", "Summarize it.\n{{posting}}")
    async with Host(view).run_test(size=(30, 10)) as pilot:
        await pilot.pause()
        rows = [row.rstrip() for row in widget_text(view).split("\n")]
        assert rows == ["- Write a text.", "+ Summarize it.", "  {{posting}}"]


async def test_the_rows_that_a_changed_line_is_wrapped_to_are_marked_too() -> None:
    view = DiffView("old", "a new line that is longer")
    async with Host(view).run_test(size=(14, 10)) as pilot:
        await pilot.pause()
        rows = [row.rstrip() for row in widget_text(view).split("\n")]
        assert rows == ["- old", "+ a new line", "┊ that is", "┊ longer"]


def test_unchanged_lines_far_from_a_change_fold_into_a_note() -> None:
    lines = diff_view_lines(TEN, TEN.replace("line 9", "changed"))
    assert [line.text for line in lines] == [
        "7 lines unchanged",
        "line 7",
        "line 8",
        "line 9",
        "changed",
    ]


def test_a_single_line_is_not_folded() -> None:
    lines = diff_view_lines("a\nb\nc\nd", "a\nb\nc\nD")
    assert [line.text for line in lines] == ["a", "b", "c", "d", "D"]


@given(PROMPT, PROMPT)
def test_the_marks_rebuild_both_texts(old: str, new: str) -> None:
    lines = diff_view_lines(old, new)
    added = [line.text for line in lines if line.mark == "+"]
    removed = [line.text for line in lines if line.mark == "-"]
    kept = sum(line.mark == "" for line in lines)
    folded = sum(int(line.text.split()[0]) for line in lines if line.mark == "⋯")
    assert len(added) + kept + folded == len(new.splitlines())
    assert len(removed) + kept + folded == len(old.splitlines())


def test_whole_shows_the_new_text_without_marks() -> None:
    view = DiffView("a\nb", "a\nc", whole=True)
    assert (view.shown, set(view.marks)) == ("a\nc", {""})
    view.whole = False
    assert view.marks == ["", "-", "+"]


def test_a_first_prompt_is_shown_whole() -> None:
    assert set(DiffView("", "first\nprompt").marks) == {""}


def test_update_compares_other_texts() -> None:
    view = DiffView("a", "b")
    view.update("a", "a\nb")
    assert (view.shown, view.marks) == ("a\nb", ["", "+"])


@pytest.mark.long
async def test_nasty_prompts_are_shown_inert() -> None:
    app = Host()
    async with app.run_test(size=(60, 40)) as pilot:
        for text in NASTY:
            with naming(text):
                await app.show(
                    DiffView("old", text), DiffView(text, "new"), DiffView("", text, whole=True)
                )
                await pilot.pause()
                assert not obeyed(screen_text(app))
                if text.startswith("[bold red]"):
                    assert screen_text(app).count(text) == 3
