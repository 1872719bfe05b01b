"""What the screens of cases make of what a person enters, without the app."""

from __future__ import annotations

import pytest

from llmopt_tui.app.importing.drafting import Choices, draft_case
from llmopt_tui.app.importing.reading import read_content
from llmopt_tui.tui.importing import column_rows, turned
from llmopt_tui.tui.screens.example_form import as_meant, as_shown, shape_of

TABLE = b"Mail,Team,Urgency\n" + b"".join(
    f"mail {n},team {n % 2},{('high', 'low')[n % 2]}\n".encode() for n in range(8)
)


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("one\ntwo", "text"),
        (["a", "b"], "list"),
        ([" a"], "json"),
        (["a\nb"], "json"),
        (["a", 1], "json"),
        ({"a": 1.5}, "json"),
        (42, "json"),
        ([], "list"),
    ],
)
def test_an_expected_value_comes_back_as_it_was(value, shape):
    assert shape_of(value) == shape
    assert as_meant(as_shown(value, shape), shape) == value


def test_columns_take_turns_and_one_alone_is_expected():
    material = read_content(TABLE, "mail.csv")

    def roles(choices: Choices) -> dict[str, str]:
        columns = draft_case(material, "mail", "mail.csv", choices).columns
        return {row.name: row.role for row in column_rows(material, columns)}

    choices = Choices()
    draft = draft_case(material, "mail", "mail.csv", choices)
    rows = column_rows(material, draft.columns)
    assert roles(choices) == {"Mail": "input", "Team": "input", "Urgency": "expected"}
    assert rows[0].placeholder == "mail"
    assert rows[0].sample == "mail 0"
    choices = turned(rows, "Team", choices)
    assert roles(choices)["Team"] == "left out"
    rows = column_rows(material, draft_case(material, "mail", "mail.csv", choices).columns)
    choices = turned(rows, "Team", choices)
    assert roles(choices) == {"Mail": "input", "Team": "expected", "Urgency": "left out"}
    rows = column_rows(material, draft_case(material, "mail", "mail.csv", choices).columns)
    choices = turned(rows, "Team", choices)
    assert roles(choices) == {"Mail": "input", "Team": "input", "Urgency": "left out"}
    assert all(not e.expected for e in draft_case(material, "m", "m", choices).examples)
