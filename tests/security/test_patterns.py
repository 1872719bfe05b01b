"""Patterns of cases cost what they may, whatever the pattern and whatever the answer."""

from __future__ import annotations

import contextlib
import json
import time

import pytest

from llmopt_tui.core.scoring import json_output
from llmopt_tui.core.scoring.answers import Regex
from llmopt_tui.core.scoring.json_output import JsonSchema

SLOW = (r"^(a|aa)+$", r"^(a|a?)+$", r"(?b)(?:abcdefghijklmnop){e<=9}", r"^(.?a){40}$")
TEXT = "a" * 4000 + "xaybzc" * 500 + "!"
MOST_SECONDS = 2.0


def test_a_pattern_without_end_is_an_answer_that_does_not_match() -> None:
    began = time.process_time()  # a busy machine must not matter
    for pattern in SLOW:
        verdict = Regex(pattern=pattern, whole=True).judge(TEXT, {}, {})
        assert verdict.score == 0, pattern
        assert verdict.feedback
    assert time.process_time() - began < MOST_SECONDS


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "@"},
        {"items": {"pattern": "@"}},
        {"patternProperties": {"@": {}}},
        {"propertyNames": {"pattern": "@"}},
        {"patternProperties": {"@": {}}, "additionalProperties": False},
        {"properties": {"x": {}}, "patternProperties": {"@": False}, "additionalProperties": {}},
        {"$schema": "http://json-schema.org/draft-07/schema#", "patternProperties": {"@": {}}},
        {"not": {"patternProperties": {"@": False}}},
        {"additionalProperties": {"anyOf": [{"pattern": "@"}, {"pattern": "@$"}]}},
    ],
    ids=json.dumps,
)
def test_schemas_cannot_hang(schema: dict[str, object], monkeypatch) -> None:
    monkeypatch.setattr(json_output, "_PATTERN_SECONDS", 0.05)
    criterion = JsonSchema(schema=json.loads(json.dumps(schema).replace("@", SLOW[0])))
    began = time.perf_counter()
    for value in (TEXT, [TEXT] * 20, {TEXT: TEXT, "y": 1}, {f"{TEXT}{n}": TEXT for n in range(20)}):
        verdict = criterion.judge(json.dumps(value), {}, {})
        assert verdict.score == 1 or verdict.feedback
    assert time.perf_counter() - began < MOST_SECONDS


def test_patterns_of_names_mean_what_they_mean_elsewhere() -> None:
    criterion = JsonSchema(
        schema={
            "properties": {"id": {"type": "string"}},
            "patternProperties": {"^n_": {"type": "number"}, "_t$": {"type": "string"}},
            "additionalProperties": False,
        }
    )
    for value, score in (
        ({"id": "x", "n_a": 1, "b_t": "y"}, 1),
        ({"n_a": "1"}, 0),
        ({"n_a": "1", "b_t": "y"}, 1 / 2),
        ({"n_a": "1", "b_t": 2, "z": 0}, 1 / 4),
        ({"other": 1}, 1 / 2),
        ([1], 1),
    ):
        assert criterion.judge(json.dumps(value), {}, {}).score == pytest.approx(score), value
    verdict = criterion.judge('{"other": 1}', {}, {})
    assert "'other' was unexpected" in verdict.feedback
    assert "n_a" in criterion.judge('{"n_a": "1"}', {}, {}).feedback


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("a{999999999}", "repeats something more than"),
        ("(?:(?:a{900}){900}){900}", "repeats something more than"),
        ("(?x) a{ 9 9 9 9 9 9 9 9 }", "repeats something more than"),
        ("a{9000}" * 100, "repeats something more than"),
        ("(" * 20_000 + ")" * 20_000, "nested too deeply"),
        ("(", "no regular expression"),
        ("a{" + "9" * 5000 + "}", "repeats something more than"),
    ],
    ids=lambda text: text[:20],
)
def test_patterns_that_would_fill_the_memory_are_refused(pattern: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Regex(pattern=pattern)
    for schema in (
        {"items": {"pattern": pattern}},
        {"items": {"patternProperties": {pattern: {}}}},
    ):
        with contextlib.suppress(ValueError):  # it may be refused when it is read, or fit nothing
            assert JsonSchema(schema=schema).judge('[{"a": 1}, "a"]', {}, {}).score < 1


@pytest.mark.parametrize(
    "pattern", [r"\d{4}-\d{2}-\d{2}", r"^(\w{1,80} ){3,1000}", r"((a{9}){9}){9}"]
)
def test_patterns_that_people_write_are_not(pattern: str) -> None:
    Regex(pattern=pattern)


def test_what_checks_patterns_without_a_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="both unevaluatedProperties and patternProperties"):
        JsonSchema(
            schema={"patternProperties": {"^a": {}}, "allOf": [{"unevaluatedProperties": False}]}
        )
