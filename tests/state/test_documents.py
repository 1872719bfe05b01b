"""Stored documents: written and read back they are the same, and no value in them is an error."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmopt_tui.state.documents.base import Document
from llmopt_tui.state.documents.case import RecordedCase
from llmopt_tui.state.documents.moments import moment
from llmopt_tui.state.documents.session import Interview, IterationDocument, SessionData
from llmopt_tui.state.documents.suite import SessionRow, SuiteDocument
from llmopt_tui.store.values import json_text, plain
from tests import suites
from tests.factories import make_case_snapshot
from tests.nasty import NASTY

RESULTS = Path(__file__).parents[1] / "recorded" / "results"
FILES: dict[type[Document], str] = {
    SessionData: "session_*/session_data.json",
    IterationDocument: "session_*/test_iteration_*.json",
    Interview: "session_*/interview_*.json",
    SuiteDocument: "optimization_suite_*.json",
}
RECORDED = [(kind, file) for kind, shape in FILES.items() for file in sorted(RESULTS.glob(shape))]


def largest(kind: type[Document]) -> dict[str, Any]:
    found = [file.read_text("utf-8") for of, file in RECORDED if of is kind]
    document: dict[str, Any] = json.loads(max(found, key=len))
    return document


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything in a document."""
    found = [path] if path else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in pairs:
        within = isinstance(item, dict | list)
        found += places(item, (*path, key)) if within else [(*path, key)]
    return found


def among(written: Any, again: Any) -> bool:
    """Whether a document holds all of an earlier one: later versions add fields, no others go."""
    match written, again:
        case dict(), dict():
            return all(key in again and among(item, again[key]) for key, item in written.items())
        case list(), list():
            pairs = zip(written, again, strict=False)
            return len(written) == len(again) and all(among(*pair) for pair in pairs)
        case _:
            return bool(written == again)


def keys(document: Any) -> list[Any]:
    """The names of all fields, in their order."""
    return [path for path in places(document) if isinstance(path[-1], str)]


WHOLE: list[tuple[type[Document], dict[str, Any]]] = [
    *((kind, largest(kind)) for kind in FILES),
    (SuiteDocument, suites.with_transfer(suites.suite(["a", "b"], ["c", "d"]))),
    (RecordedCase, make_case_snapshot()),
]
PLACES = [(n, place) for n, (_, document) in enumerate(WHOLE) for place in places(document)]
TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from([*NASTY, "\ud800", "running"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("kind", "file"), RECORDED, ids=[f"{f.parent.name}/{f.name}" for _, f in RECORDED]
)
def test_what_was_written_is_read_and_written_again_as_it_was(
    kind: type[Document], file: Path
) -> None:
    written = json.loads(file.read_text("utf-8"))
    again = json.loads(json_text(kind.read(written)))
    assert among(written, again)
    known = keys(written)
    assert [key for key in keys(again) if key in known] == known


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(PLACES), VALUES)
def test_any_value_in_place_of_any_is_read_without_an_error(
    where: tuple[int, tuple[Any, ...]], value: Any
) -> None:
    n, path = where
    kind, whole = WHOLE[n]
    document = copy.deepcopy(whole)
    target: Any = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    found = kind.read(document)
    # What could not be read is unknown, so the second reading finds nothing odd any more.
    again = plain(kind.read(plain(found)))
    assert again == plain(found)
    json_text(found)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_a_document_of_anything_is_read(document: dict[str, Any]) -> None:
    kinds: list[Any] = [*FILES, RecordedCase]
    for kind in kinds:
        assert kind.read(document).model_fields_set <= document.keys()


@pytest.mark.parametrize("value", [None, [], "text", 7, True])
def test_what_is_no_object_is_an_empty_document(value: object) -> None:
    assert plain(SuiteDocument.read(value)) == plain(SuiteDocument())


@given(st.dictionaries(TEXTS.map(lambda name: f"x{name}"), TEXTS | st.integers(), max_size=3))
def test_unknown_fields_are_kept_and_given_to_the_document_that_replaces_it(
    extra: dict[str, Any],
) -> None:
    readable = {name: value for name, value in extra.items() if name.isprintable()}
    earlier = SuiteDocument.read({"suite_id": "a", **readable})
    assert plain(earlier).items() >= readable.items()
    kept = plain(SuiteDocument(suite_id="b").keeping(earlier))
    assert kept.items() >= readable.items()
    assert kept["suite_id"] == "b"


def test_a_field_that_is_missing_or_odd_is_unknown_and_the_others_are_read() -> None:
    row = SessionRow.read({"model": "m", "best_score": "high", "calls": True, "scores": [0.5, "x"]})
    assert (row.model, row.best_score, row.calls, row.scores) == ("m", None, 0, (0.5,))
    assert row.knows("model", "scores")
    assert not row.knows("best_score")
    assert not row.knows("folder")


def test_an_item_of_the_wrong_kind_is_left_out_of_its_list() -> None:
    rows = [{"model": "a"}, "no row", {"model": "b", "best_score": []}]
    document = SuiteDocument.read(
        {"sessions": rows, "rankings": {"x": [{"model": "a"}, 7], "y": 0}}
    )
    assert [row.model for row in document.sessions] == ["a", "b"]
    assert {case: len(found) for case, found in document.rankings.items()} == {"x": 1}


@pytest.mark.parametrize("odd", [{"best": 7.0}, {"interval": [0.3, 0.1]}, {"ci95": [2, -2]}])
def test_a_gain_that_cannot_be_true_is_no_gain(odd: dict[str, Any]) -> None:
    gain = {"measured_on": "validation", "baseline": 0.2, "best": 0.4, "n": 12, "verdict": "REAL"}
    assert SessionRow.read({"validation": gain}).validation is not None
    assert SessionRow.read({"validation": gain | odd}).validation is None


def test_settings_with_an_odd_value_are_unknown_as_a_whole() -> None:
    assert SuiteDocument.read({"settings": {"target": 0.8, "not_known_yet": 1}}).settings
    assert SuiteDocument.read({"settings": {"target": "high"}}).settings is None


def test_times_have_an_offset_and_what_is_none_is_unknown() -> None:
    assert moment("2026-11-02T14:03:00") == moment("2026-11-02T14:03:00+00:00")
    assert moment("2026-11-02T14:03:00Z") is not None
    assert [moment(text) for text in (None, "", "yesterday", "0001-01-01T00:00:00+23:59")] == [
        *[None] * 4
    ]
