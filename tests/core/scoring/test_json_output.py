import json

import pytest

from llmopt_tui.core.scoring import CRITERIA, modes

JsonValid, JsonSchema, Fields = (CRITERIA[k] for k in ("json_valid", "json_schema", "fields"))
SCHEMA = {
    "type": "object",
    "required": ["skills", "level"],
    "properties": {
        "skills": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "level": {"pattern": "^[a-c]+$"},
    },
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("output", "score", "mode", "says"),
    [
        ('{"a": 1}', 1.0, "", "valid"),
        ('```json\n{"a": 1}\n```', 0.5, modes.CODE_FENCE, "code fence"),
        ('Here: {"a": 1}', 0.5, modes.EXTRA_TEXT, "other words around it: 'Here: {"),
        ('{"a": 1,}', 0.5, modes.INVALID_JSON, "mended"),
        ("a: 1", 0.0, modes.INVALID_JSON, "not JSON"),
        ("", 0.0, modes.EMPTY, "empty"),
    ],
)
def test_validity_is_whole_half_or_nothing(output, score, mode, says):
    verdict = JsonValid().judge(output, {}, {})
    assert (verdict.score, verdict.mode) == (score, mode)
    assert says in verdict.feedback


@pytest.mark.parametrize(
    ("value", "score", "says"),
    [
        ({"skills": ["a"], "level": "a"}, 1.0, "fits"),
        ({"skills": ["a"]}, 1 / 2, "'level' is a required property"),
        ({"skills": ["a", 1], "level": "x"}, 1 / 3, "skills.1"),
        ({"skills": ["a", "a"], "level": "a"}, 1 / 2, "twice"),
        ({"skills": [], "level": "a", "more": 1}, 1 / 2, "more"),
        (["a"], 0.0, "the whole"),
    ],
)
def test_each_violation_of_a_schema_costs(value, score, says):
    verdict = JsonSchema(schema=SCHEMA).judge(json.dumps(value), {}, {})
    assert verdict.score == pytest.approx(score)
    assert verdict.mode == ("" if score == 1 else modes.WRONG_SHAPE)
    assert says in verdict.feedback


def test_a_schema_is_checked_in_mended_json_too():
    output = '```json\n{"skills": [], "level": "b"}\n```'
    assert JsonSchema(schema=SCHEMA).judge(output, {}, {}).score == 1


def test_local_references_are_followed():
    schema = {"$defs": {"n": {"type": "number"}}, "items": {"$ref": "#/$defs/n"}}
    assert JsonSchema(schema=schema).judge("[1, 2]", {}, {}).score == 1
    assert JsonSchema(schema=schema).judge('[1, "2"]', {}, {}).score == 0.5


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "objekt"}, "no JSON Schema"),
        ({"$ref": "https://example.org/schema.json"}, "refers to"),
        ({"items": {"$ref": "#/$defs/gone"}}, "refers to"),
    ],
)
def test_schemas_that_cannot_be_used_are_refused(schema, says):
    with pytest.raises(ValueError, match=says):
        JsonSchema(schema=schema)


def test_a_schema_without_end_is_no_error():
    verdict = JsonSchema(schema={"$ref": "#"}).judge("{}", {}, {})
    assert (verdict.score, verdict.mode) == (0, modes.WRONG_SHAPE)


def test_a_pattern_without_end_is_cut_off():
    criterion = JsonSchema(schema={"items": {"pattern": "^(a|aa)+$"}})
    assert criterion.judge(json.dumps(["a" * 5000 + "!"]), {}, {}).score < 1


EXPECTED = {"fields": {"name": "Ann Lee", "age": 42, "ok": True, "tags": ["x", "y"], "no": None}}
RIGHT = {"name": "Ann Lee", "age": 42, "ok": True, "tags": ["x", "y"], "no": None}


@pytest.mark.parametrize(
    ("change", "score", "mode"),
    [
        ({}, 1.0, ""),
        ({"more": 1}, 1.0, ""),
        ({"name": " ann  LEE"}, 1.0, ""),
        ({"age": "42"}, 1.0, ""),
        ({"age": 42.0}, 1.0, ""),
        ({"tags": ["y", "x"]}, 1.0, ""),
        ({"tags": ["y", "y"]}, 0.8, modes.WRONG_VALUES),
        ({"name": "Bob"}, 0.8, modes.WRONG_VALUES),
        ({"ok": 1}, 0.8, modes.WRONG_VALUES),
        ({"age": True}, 0.8, modes.WRONG_VALUES),
        ({"no": ""}, 0.8, modes.WRONG_VALUES),
        ({"name": ["Ann Lee"], "age": {}}, 0.6, modes.WRONG_VALUES),
    ],
)
def test_each_field_counts(change, score, mode):
    verdict = Fields().judge(json.dumps({**RIGHT, **change}), EXPECTED, {})
    assert (verdict.score, verdict.mode) == (pytest.approx(score), mode), verdict


def test_missing_and_wrong_fields_are_named():
    verdict = Fields().judge('{"name": "Bob", "ok": true, "no": null}', EXPECTED, {})
    assert verdict.score == pytest.approx(0.4)
    assert verdict.mode == modes.MISSING_ITEMS
    assert "2 of 5 fields missing: age, tags" in verdict.feedback
    assert "name is 'Bob', not 'Ann Lee'" in verdict.feedback


def test_fields_stand_under_a_path_and_in_depth():
    expected = {"fields": {"city.name": "Bonn", "zip": 5}}
    output = '{"who": {"city": {"name": "Bonn"}, "zip": 5}}'
    assert Fields(path="who").judge(output, expected, {}).score == 1
    assert Fields().judge(output, expected, {}).score == 0
    verdict = Fields(path="where").judge(output, expected, {})
    assert (verdict.score, verdict.mode) == (0, modes.WRONG_SHAPE)


def test_names_limit_the_comparison_and_must_be_expected():
    assert Fields(names=("age",)).judge('{"age": 42}', EXPECTED, {}).score == 1
    assert Fields(names=("size",)).problems(EXPECTED) == ["expected.fields has no 'size'"]


def test_case_counts_if_asked():
    assert (
        Fields(ignore_case=False, names=("name",)).judge('{"name": "ann lee"}', EXPECTED, {}).score
        == 0
    )
