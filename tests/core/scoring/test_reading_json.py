import json
import time

import pytest
from hypothesis import given, settings

from llmopt_tui.core.scoring.reading_json import (
    MAX_DEPTH,
    MAX_VALUES,
    REPAIR_CHARS,
    at_path,
    read_json,
)
from tests.core.scoring.samples import ANY_TEXT, JSONISH

SKILLS = {"skills": ["Java", "SQL"]}
TEXT = json.dumps(SKILLS)


@pytest.mark.parametrize(
    ("text", "state", "value"),
    [
        (TEXT, "whole", SKILLS),
        (f"\ufeff\n {TEXT} \n", "whole", SKILLS),
        ("42", "whole", 42),
        (f"```json\n{TEXT}\n```", "mended", SKILLS),
        (f"Sure!\n```\n{TEXT}\n```\nDone.", "mended", SKILLS),
        (f"```{TEXT}", "mended", SKILLS),
        (f'```\n{{"a": 1}}\n```\nbetter:\n```json\n{TEXT}\n```', "mended", SKILLS),
        (f"Here it is: {TEXT} Bye.", "mended", SKILLS),
        (f"As in [1]: {TEXT}", "mended", SKILLS),
        (f'{{"a": 1}} or rather {TEXT}', "mended", SKILLS),
        ('{"skills": ["Java", "SQL",]}', "mended", SKILLS),
        ("{'skills': ['Java', 'SQL']}", "mended", SKILLS),
        ('{"skills": ["Java", "SQL"', "mended", SKILLS),
        ('{skills: ["Java", "SQL"]}', "mended", SKILLS),
        ('```json\n{"skills": ["Java", "SQL",]}\n```', "mended", SKILLS),
        ('{"a": "two\nlines"}', "mended", {"a": "two\nlines"}),
        ('{"a": NaN, "b": 1}', "mended", {"a": None, "b": 1}),
        ('{"a": 1, "a": 2}', "whole", {"a": 2}),
        ("", "none", None),
        ("Java and SQL", "none", None),
        ("as in [1] and {x}", "none", None),
        ("I know [many] things", "none", None),
        ("[1e999]", "none", None),
        ("[" * 100_000, "none", None),
        ("9" * 5000, "none", None),
    ],
)
def test_replies_are_read_as_far_as_they_hold_json(text, state, value):
    reading = read_json(text)
    assert (reading.state, reading.value) == (state, value)
    assert (reading.note == "") == (reading.mode == "") == (state == "whole")


@settings(deadline=None)
@given(text=ANY_TEXT)
def test_any_text_is_read_without_an_error(text):
    reading = read_json(text)
    assert reading.found or reading.value is None


@settings(deadline=None)
@given(value=JSONISH)
def test_what_strict_json_says_is_read_unchanged(value):
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        return
    assert read_json(text).state == "whole"
    assert read_json(text).value == json.loads(text)


@pytest.mark.parametrize(("depth", "found"), [(MAX_DEPTH - 1, True), (MAX_DEPTH + 1, False)])
def test_depth_is_bounded_whatever_the_stack(depth, found):
    assert read_json("[" * depth + "]" * depth).found is found


@pytest.mark.parametrize(("entries", "found"), [(MAX_VALUES - 1, True), (MAX_VALUES, False)])
def test_the_number_of_values_is_bounded(entries, found):
    assert read_json(json.dumps([0] * entries)).found is found


@pytest.mark.parametrize("piece", ["{a: b c, ", '["a", "b', "{'a': 'it's fine', ", '{"a":', "[["])
def test_repair_is_cut_off_where_it_would_take_long(piece):
    text = piece * (REPAIR_CHARS // len(piece))
    start = time.process_time()
    read_json(text)
    read_json(text * 100)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("path", "there", "value"),
    [
        ("", True, {"a": [{"b": None}]}),
        ("a.0.b", True, None),
        ("a.1", False, None),
        ("a.b", False, None),
        ("a.0.b.c", False, None),
        ("a.99999999999999999999", False, None),
        ("x", False, None),
    ],
)
def test_paths_lead_into_objects_and_lists(path, there, value):
    assert at_path({"a": [{"b": None}]}, path) == (there, value)
