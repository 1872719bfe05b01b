"""What expected answers have in common: labels and shapes, and nothing that few of them say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.scoring.answer_form import USES, common_shape, labels, nested, under
from llmopt_tui.core.scoring.reading_json import at_path

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


def test_labels_are_what_many_answers_share_the_commonest_first() -> None:
    assert labels(["yes", "no", "yes", "no", "no", "no"]) == ("no", "yes")
    assert labels(["yes", "no", "yes", "no", "yes", "yes"]) == ("yes", "no")
    assert labels(["b", "a", "b", "a", "b", "a"]) == ("a", "b")


@pytest.mark.parametrize(
    "answers",
    [
        [],
        ["yes", "yes", "yes"],
        ["yes", "no", "no", "yes", "maybe"],
        ["Oslo", "Bergen", "Tromsø"],
        [True, False] * 6,
        ["7"] * 6 + [7] * 6,
        [["yes"], ["no"]] * 6,
    ],
)
def test_answers_that_are_no_closed_set_have_no_labels(answers: list[Any]) -> None:
    assert labels(answers) == ()


@given(st.lists(st.text(max_size=2)))
def test_no_label_set_is_larger_than_its_answers_allow(answers: list[str]) -> None:
    assert len(labels(answers)) * USES <= len(answers)


def test_a_shape_has_the_keys_and_the_labels_but_no_content() -> None:
    values = [
        {"team": "night" if n % 2 else "day", "urgent": n > 3, "name": f"Ada {n}", "n": n, "of": []}
        for n in range(6)
    ]
    assert common_shape(values) == (
        '{"team": "day" or "night", "urgent": false or true, "name": "...", "n": ..., "of": [...]}'
    )


def test_the_commoner_truth_stands_first() -> None:
    assert common_shape([True, True, False]) == "true or false"
    assert common_shape([True, False, False]) == "false or true"


def test_only_keys_that_every_value_has_are_in_a_shape() -> None:
    assert common_shape([{"a": 1, "b": 2}, {"b": 3, "c": 4}]) == '{"b": ...}'


def test_dotted_names_become_objects_within_objects() -> None:
    tree = nested({"kinds.cleaning": True, "kinds.repair": False, "mood": "calm"})
    assert tree == {"kinds": {"cleaning": True, "repair": False}, "mood": "calm"}


def test_a_name_that_leads_through_another_value_is_left_out() -> None:
    assert nested({"a": 1, "a.b": 2}) == {"a": 1}
    assert nested({"a.b": 2, "a": 1}) == {"a": {"b": 2}}


@pytest.mark.parametrize(
    ("path", "shape"), [("", "[]"), ("a", '{"a": []}'), ("a.b", '{"a": {"b": []}}')]
)
def test_a_shape_stands_where_its_path_leads(path: str, shape: str) -> None:
    assert under(path, "[]") == shape


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_every_value_has_a_shape(values: list[Any]) -> None:
    assert common_shape(values)


@given(st.dictionaries(st.text("ab.", max_size=5), st.integers(), max_size=5))
def test_fields_are_found_where_they_were_put(fields: dict[str, int]) -> None:
    tree = nested(fields)
    for name, value in fields.items():
        found, what = at_path(tree, name) if name else (True, tree.get(""))
        assert not found or what == value or isinstance(what, dict)
