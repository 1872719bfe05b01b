"""A session that begins with an iteration of another: its prompt whole, and where it is from."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from llmopt_tui.app.branching import Branch, branched_case
from llmopt_tui.app.workspace import case_from_snapshot
from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.core.prompt import Provenance
from llmopt_tui.core.variant import Demonstration, Variant
from llmopt_tui.reports.idea_words import branched_words
from llmopt_tui.reports.session_report import session_report
from tests.factories import SECOND, make_started, record_of, session_events


def test_the_variant_is_taken_whole_and_says_where_it_is_from() -> None:
    record = record_of(session_events())
    shown = Demonstration({"posting": "a baker"}, "[]", "se-001")
    spare = Demonstration({"posting": "a smith"}, "{}", "se-002")
    variant = Variant(SECOND, "Be exact.", (shown,), "system", "late", (spare,))
    record.iterations[1].variant = variant
    case = branched_case(Branch(record, 2, 5))
    assert case.prompt.variant == variant
    assert case.prompt.provenance == Provenance("a1b2c3d4", 2)
    assert case.sha256 != branched_case(Branch(record, 1, 5)).sha256

    # As a record keeps it, and as a session is resumed with it.
    kept = json.loads(json.dumps([case.snapshot(), case.prompt.snapshot()]))
    assert case_from_snapshot(*kept) == case
    again = record_of([make_started("b1b2b3b4", prompt=kept[1]), *session_events()[1:]])
    assert branched_words(again) == "branched from session a1b2c3d4, iteration 2"
    assert "branched from session a1b2c3d4, iteration 2" in session_report(again)
    assert branched_words(record) == ""


def test_what_cannot_be_branched_from_is_refused() -> None:
    record = record_of(session_events())
    with pytest.raises(WrongRequest, match="no iteration 9"):
        branched_case(Branch(record, 9, 5))
    assert record.started is not None
    record.started = replace(record.started, case={"id": "x"})
    with pytest.raises(WrongRequest, match="cannot be read"):
        branched_case(Branch(record, 1, 5))
