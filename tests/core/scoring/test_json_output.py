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


WITH_NAME = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
WHICH = [
    ({"type": "array"}, "Here: [1, 2, 3]", 1),
    ({"type": "array"}, "Result:\n[]", 1),
    ({"type": "array"}, "[1] Smith says: [4, 5]", 1),
    ({"type": "array"}, "The list = [1,2]", 1),
    ({"type": "array"}, "no list", 0),
    (WITH_NAME, "{\u201cname\u201d: \u201cAnn\u201d}", 1),
    (WITH_NAME, "{\u201ename\u201c: \u201eAnn\u201c}", 1),
    (WITH_NAME, "{'name': 'Ann'}", 1),
    (WITH_NAME, "｛\u201cname\u201d：\u201cAnn\u201d｝", 1),
    (WITH_NAME, '{"name": "Ann"} For example {"name": 5, "x": "long long"}', 1),
    (WITH_NAME, 'First {"x": 1}, then {"name": "Ann"}', 1),
    (
        WITH_NAME,
        '```json\n{"name": "Ann"}\n```\nExample:\n```json\n{"name": 3, "b": "bbbbbbbbbbbbb"}\n```',
        1,
    ),
    (WITH_NAME, '{"name":\xa0"Ann"}', 1),
    (WITH_NAME, '\u200b{"name": "Ann"}', 1),
    ({"type": "array", "items": {"type": "string"}}, 'See [1]. The names: ["a", "b"]', 1),
    ({"type": "array", "minItems": 1}, "I found [x] and [1, 2]", 1),
]
FORMATS = [
    ("date", "2024-02-29", 1),
    ("date", "2023-02-29", 0),
    ("date", "2024-2-9", 0),
    ("date", "20240229", 0),
    ("email", "a@b.org", 1),
    ("email", "a.b+c@sub.b.org", 1),
    ("email", "a@", 0),
    ("email", "a b@c.org", 0),
    ("email", "not", 0),
    ("email", "a@b@c", 0),
    ("date-time", "2024-05-01T10:00:00Z", 1),
    ("date-time", "2024-05-01T10:00:00+02:00", 1),
    ("date-time", "2024-05-01", 0),
    ("date-time", "2024-05-01T25:00:00Z", 0),
    ("time", "10:00:00Z", 1),
    ("time", "10:00", 0),
    ("ipv4", "1.2.3.4", 1),
    ("ipv4", "1.2.3.400", 0),
    ("ipv6", "::1", 1),
    ("ipv6", "1::2::3", 0),
    ("uri", "https://a.org/x?y=1", 1),
    ("uri", "a.org", 0),
    ("uri", "http://a b", 0),
    ("uuid", "123e4567-e89b-12d3-a456-426614174000", 1),
    ("uuid", "123", 0),
    ("hostname", "a-b.org", 1),
    ("hostname", "-a.org", 0),
    ("hostname", "a_b.org", 0),
    ("duration", "P1DT2H", 1),
    ("duration", "1 day", 0),
    ("json-pointer", "/a/0", 1),
    ("json-pointer", "a", 0),
    ("regex", "^a+$", 1),
    ("regex", "(", 0),
    ("unknown-format", "anything", 1),
]
ANSWERS = [
    ("{\u201cname\u201d: \u201cAnn\u201d, \u201ctotal\u201d: 5}", 1),
    ('Sure: {"name": "Ann", "total": 5} e.g. {"name": "Bob", "total": 7, "note": "longer"}', 1),
    ('{"name": "Bob", "total": 1}. Sorry, corrected: {"name": "Ann", "total": 5}', 1),
    ("name: Ann", 0),
    ('{"name": "Ann", "total": "5"}\n\n{"name": "Example", "total": 0}', 1),
    ('```\n{"name": "Ann", "total": 5}\n```\n```\n{"name": "Cy", "total": 6}\n```', 1),
    ("{'name': \u201cAnn\u201d, 'total': 5,}", 1),
]


@pytest.mark.parametrize(("schema", "output", "score"), WHICH)
def test_the_first_json_that_fits_is_the_answer(schema, output, score):
    verdict = JsonSchema(schema=schema).judge(output, {}, {})
    assert verdict.score == score, verdict.feedback


@pytest.mark.parametrize(("output", "score"), ANSWERS)
def test_examples_that_follow_replace_no_answer(output, score):
    verdict = Fields().judge(output, {"fields": {"name": "Ann", "total": 5}}, {})
    assert verdict.score == score, verdict.feedback


@pytest.mark.parametrize(("name", "text", "score"), FORMATS)
def test_formats_are_checked(name, text, score):
    schema = {"type": "object", "properties": {"d": {"type": "string", "format": name}}}
    assert JsonSchema(schema=schema).judge(json.dumps({"d": text}), {}, {}).score == score


def test_a_value_in_which_nothing_fits_scores_nothing():
    schema = {"properties": {"a": {"type": "number"}, "b": {"properties": {"c": {"enum": [1]}}}}}
    for value, score in (
        ({"a": "x", "b": {"c": 2}}, 0),
        ({"a": 1, "b": {"c": 2}}, 1 / 2),
        ({"a": "x", "b": {"c": 1}}, 1 / 2),
        ({"a": [1, 2], "b": {"c": 2}}, 0),
        ({"a": 1}, 1),
    ):
        assert JsonSchema(schema=schema).judge(json.dumps(value), {}, {}).score == score, value
