"""The one declaration of all actions."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest
from textual.binding import Binding

from llmopt_tui.tui import commands
from llmopt_tui.tui.keys import check_keymap, key_of, known_keys

DEFAULTS = {
    "run": "ctrl+r",
    "pause": "p",
    "stop": "s",
    "mode": "m",
    "accept": "a",
    "edit": "e",
    "reject": "r",
    "accept_all": "A",
    "interviewer": "i",
    "sessions": "b",
    "leaderboard": "l",
    "workbench": "w",
    "copy": "y",
    "follow": "f",
    "help": "question_mark",
    "palette": "ctrl+p",
    "quit": "q",
    "pick": "space",
}


@pytest.mark.parametrize(("name", "key"), DEFAULTS.items())
def test_default_keys_are_those_promised(name: str, key: str) -> None:
    assert commands.BY_ID[name].key == key


def test_no_id_means_two_things() -> None:
    ids = Counter(command.id for command in commands.COMMANDS)
    assert max(ids.values()) == 1


@pytest.mark.parametrize("screen", commands.SCREENS)
def test_no_key_means_two_things_on_one_screen(screen: str) -> None:
    scopes = commands.SCREENS[screen]
    used = Counter(key for c in commands.COMMANDS if c.scope in scopes for key in c.key.split(","))
    assert [key for key, count in used.items() if count > 1] == []
    assert list(check_keymap({})) == []


def test_every_scope_is_on_a_screen() -> None:
    assert {scope for scopes in commands.SCREENS.values() for scope in scopes} == set(
        get_args(commands.Scope)
    )


def test_every_binding_has_an_id_so_that_it_can_be_changed() -> None:
    made = [b for scope in get_args(commands.Scope) for b in commands.bindings(scope)]
    assert {b.id for b in made if isinstance(b, Binding)} == set(commands.BY_ID)


def test_the_same_key_may_serve_two_screens_but_not_one() -> None:
    assert list(check_keymap({"sort": "j", "pause": "j"})) == []
    (problem,) = check_keymap({"replay": "f"})
    assert '"f"' in problem
    assert "replay" in problem
    assert "follow" in problem


def test_a_clash_on_several_screens_is_one_problem() -> None:
    assert len(list(check_keymap({"help": "y"}))) == 1


@pytest.mark.parametrize(("written", "name"), [("/", "filter"), ("?", "help"), ("esc", "back")])
def test_a_key_may_be_written_as_it_is_shown(written: str, name: str) -> None:
    (problem,) = check_keymap({"report" if name != "back" else "replay": written})
    assert name in problem


def test_an_unknown_command_in_a_keymap_is_named_with_its_nearest() -> None:
    (problem,) = check_keymap({"acept": "x"})
    assert '"acept"' in problem
    assert '"accept"' in problem


def test_a_key_given_to_two_commands_is_a_problem() -> None:
    (problem,) = check_keymap({"accept": "f9", "edit": "f9"})
    assert '"f9"' in problem
    assert "accept" in problem
    assert "edit" in problem


def test_only_known_commands_with_a_key_are_used() -> None:
    assert known_keys({"accept": "x", "nothing": "z", "edit": " "}) == {"accept": "x"}


@pytest.mark.parametrize(
    ("name", "keymap", "shown"),
    [
        ("run", {}, "^r"),
        ("help", {}, "?"),
        ("accept", {"accept": "ctrl+y,x"}, "^y"),
        ("accept", {"accept": "+"}, "+"),
    ],
)
def test_keys_are_written_as_people_do(name: str, keymap: dict[str, str], shown: str) -> None:
    assert key_of(name, keymap) == shown
