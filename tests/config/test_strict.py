from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.config.strict import UnreadableError, parse_json, parse_toml, version_fault
from llmopt_tui.core.tables import Fault, path_text, read_record


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    weight: float = 1.0

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    items: tuple[Item, ...] = ()
    count: int = 0
    mode: Literal["manual", "auto"] = "auto"
    keep: str | float = ""
    table: dict[str, Any] = field(default_factory=dict)
    flag: bool = False

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


def test_a_right_document_becomes_its_dataclass():
    data = {"title": "t", "items": [{"name": "a", "weight": 2}], "keep": 1.5}
    document, faults = read_record(Document, data)
    assert faults == []
    assert document == Document("t", (Item("a", 2.0),), keep=1.5)


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        ({}, "title", "is missing"),
        ({"title": 5}, "title", "must be text, not 5"),
        ({"title": "t", "count": "5"}, "count", 'must be a whole number, not "5"'),
        ({"title": "t", "count": 1.5}, "count", "must be a whole number, not 1.5"),
        ({"title": "t", "count": True}, "count", "must be a whole number, not true"),
        ({"title": "t", "flag": 1}, "flag", "must be true or false, not 1"),
        ({"title": "t", "keep": []}, "keep", "must be text or a number, not []"),
        ({"title": "t", "items": {}}, "items", "must be a list, not {}"),
        ({"title": "t", "table": []}, "table", "must be a table, not []"),
        ({"title": "t", "items": [3]}, "items 1", "must be a table, not 3"),
        ({"title": "t", "cuont": 1}, "cuont", 'unknown key; did you mean "count"?'),
        ({"title": "t", "zzzzzz": 1}, "zzzzzz", "unknown key"),
        (
            {"title": "t", "items": [{"name": "a"}, {"name": "b", "wieght": 1}]},
            "items 2, wieght",
            'unknown key; did you mean "weight"?',
        ),
        (
            {"title": "t", "mode": "aout"},
            "mode",
            'must be "manual" or "auto", not "aout"; did you mean "auto"?',
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(data, where, message):
    document, faults = read_record(Document, data)
    assert document is None
    assert faults == [Fault(where, message)]


def test_all_mistakes_are_reported_at_once():
    _, faults = read_record(Document, {"count": "x", "mode": 3, "items": [{}, {"nam": "a"}]})
    places = {fault.where for fault in faults}
    assert places == {"title", "count", "mode", "items 1, name", "items 2, name", "items 2, nam"}


def test_long_values_are_cut_in_messages():
    _, faults = read_record(Document, {"title": "t", "count": "x" * 10_000})
    assert len(faults[0].message) < 100


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = 1\nb = = 2\n", "is not valid TOML: Invalid value (at line 2, column 5)"),
        (b"a = 1\na = 2\n", "is not valid TOML: Cannot overwrite a value (at line 2, column 6)"),
        (b"a = 'x'\nb = '\xff'\n", "is not UTF-8 text (byte 0xff in line 2); save it as UTF-8"),
        (b"a = nan", "holds a number that is not finite, at a"),
        (b"a = [1, [inf]]", "holds a number that is not finite, at a 2, 1"),
        (b"a = 1_000_000_000_000_000_000_000", "holds a number that is too large, at a"),
        (b"a = " + b"[" * 4000, "is nested too deeply"),
        (b".".join([b"a"] * 3000) + b" = 1", "is nested too deeply (more than 32 levels)"),
    ],
    ids=range(8),
)
def test_unreadable_toml_says_where(content, message):
    with pytest.raises(UnreadableError) as caught:
        parse_toml(content)
    assert str(caught.value) == message


def test_a_byte_order_mark_and_dates_are_taken():
    assert parse_toml(b"\xef\xbb\xbfday = 2026-01-02") == {"day": "2026-01-02"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,}', "is not valid JSON: "),
        ("[]", "is not a JSON object"),
        ('{"a": NaN}', "holds NaN, which is not a number"),
        ('{"a": 1e999}', "holds a number that is not finite, at a"),
        ("[" * 100_000, "is nested too deeply"),
    ],
    ids=range(5),
)
def test_unreadable_json_says_why(text, message):
    with pytest.raises(UnreadableError) as caught:
        parse_json(text)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("version", "fragment"),
    [(2, "update llmopt-tui"), ("1", '"1" is not supported'), (True, "not supported"), (0, "0 is")],
)
def test_other_schema_versions_are_refused(version, fragment):
    fault = version_fault({"schema_version": version})
    assert fault
    assert fragment in fault.message


def test_a_missing_schema_version_is_told_how_to_write():
    fault = version_fault({})
    assert fault
    assert "schema_version = 1" in fault.message
    assert version_fault({}, required=False) is None
    assert version_fault({"schema_version": 1}) is None


def test_places_are_counted_from_one():
    assert path_text(("criteria", 1, "weight")) == "criteria 2, weight"
    assert path_text(("output", "format")) == "output.format"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content):
    with suppress(UnreadableError):
        assert isinstance(parse_toml(content), dict)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["title", "items", "count", "mode", "keep", "x"]), json_values, max_size=6
    )
)
def test_any_document_is_a_record_or_has_faults(data):
    document, faults = read_record(Document, data)
    assert (document is None) == bool(faults)
