"""Prompt files with demonstrations and sections, read strictly."""

from __future__ import annotations

import pytest

from llmopt_tui.config.prompt_files import read_prompt_file
from llmopt_tui.core.prompt import Demonstration, Prompt

SHOWN = """\
schema_version = 1
name = "greet"
text = "Greet {{name}}."
instructions = "system"
constrain = "late"

[[demonstrations]]
example_id = "g-1"
inputs = { name = "Ada" }
answer = "Hello, Ada."

[[demonstrations]]
inputs = { name = "Bo" }
answer = "Hello, Bo."
"""
PARTS = """\
schema_version = 1
name = "greet"

[[sections]]
name = "task"
text = "Greet the person."

[[sections]]
name = "house rules"
locked = true
text = '''
Never use first names.
Never shout.
'''

[[sections]]
name = "input"
text = "Name: {{name}}"
"""


def read(text: str) -> Prompt:
    found = read_prompt_file(text.encode(), "greet")
    assert found.faults == ()
    assert found.prompt is not None
    return found.prompt


def faults(text: str) -> list[tuple[str, str]]:
    found = read_prompt_file(text.encode(), "greet")
    assert found.prompt is None
    return [(fault.where, fault.message) for fault in found.faults]


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def test_demonstrations_are_read_with_where_the_instructions_go() -> None:
    prompt = read(SHOWN)
    assert prompt.demonstrations == (
        Demonstration({"name": "Ada"}, "Hello, Ada.", "g-1"),
        Demonstration({"name": "Bo"}, "Hello, Bo."),
    )
    assert (prompt.instructions, prompt.constrain) == ("system", "late")


def test_a_plain_prompt_has_none_of_it() -> None:
    prompt = read('schema_version = 1\nname = "greet"\ntext = "Greet {{name}}."\n')
    assert prompt == Prompt("greet", "Greet {{name}}.")


def test_sections_are_joined_by_blank_lines_and_locked_ones_are_kept_apart() -> None:
    prompt = read(PARTS)
    assert prompt.text == (
        "Greet the person.\n\nNever use first names.\nNever shout.\n\nName: {{name}}\n"
    )
    assert prompt.locked == ("Never use first names.\nNever shout.",)


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ("answer = ", "anser = ", "demonstrations 1, anser", 'unknown key; did you mean "answer"?'),
        ("demonstrations", "demonstratons", "demonstratons", "did you mean "),
        ('"system"', '"sytem"', "instructions", 'did you mean "system"?'),
        ('"late"', '"latest"', "constrain", 'must be "off" or "format" or "late"'),
        ('"Hello, Ada."', '"  "', "demonstrations 1, answer", "is empty"),
        (
            'name = "Ada"',
            'nam = "Ada"',
            "demonstrations 1",
            "has no input for the placeholder {{name}} of the text; did you mean",
        ),
        (
            'name = "Bo"',
            'name = "Bo", title = "Dr"',
            "demonstrations 2",
            'no placeholder of the prompt uses the input "title"',
        ),
        ('{ name = "Bo" }', "{ name = 5 }", "demonstrations 2, inputs.name", "must be text, not 5"),
    ],
)
def test_a_mistake_in_a_demonstration_is_named(
    old: str, new: str, where: str, message: str
) -> None:
    found = [said for place, said in faults(changed(SHOWN, old, new)) if place == where]
    assert any(message in said for said in found), faults(changed(SHOWN, old, new))


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ('name = "greet"', 'name = "greet"\ntext = "x"', "sections", "cannot be there together"),
        ('"Greet the person."', '" "', "sections 1, text", "is empty"),
        ('"house rules"', '"task"', "sections 2, name", 'another section is called "task"'),
        ("locked", "loked", "sections 2, loked", 'unknown key; did you mean "locked"?'),
    ],
)
def test_a_mistake_in_sections_is_named(old: str, new: str, where: str, message: str) -> None:
    found = [said for place, said in faults(changed(PARTS, old, new)) if place == where]
    assert any(message in said for said in found), faults(changed(PARTS, old, new))


@pytest.mark.parametrize(
    ("rest", "where", "message"),
    [
        ("", "text", "is missing"),
        ("sections = []", "sections", "there is none"),
        ('text = "a b"\nlocked = ["c"]', "locked 1", "is no part of the text"),
    ],
)
def test_a_prompt_says_something_in_one_way(rest: str, where: str, message: str) -> None:
    ((place, said),) = faults(f'schema_version = 1\nname = "greet"\n{rest}\n')
    assert place == where
    assert message in said


def test_a_placeholder_of_the_system_message_may_be_shown_with_an_input_or_without() -> None:
    system = changed(SHOWN, 'name = "greet"', 'name = "greet"\nsystem = "Today is {{day}}."')
    assert len(read(system).demonstrations) == 2
    assert read(changed(system, '"Ada" }', '"Ada", day = "Monday" }')).demonstrations[0].inputs == {
        "name": "Ada",
        "day": "Monday",
    }
