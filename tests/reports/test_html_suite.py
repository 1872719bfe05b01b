"""The HTML export of suites: what is on the page, its plots, and that no text on it acts."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.reports.exports.html.suite import suite_page
from llmopt_tui.reports.exports.suite_plots import speed_plots
from llmopt_tui.state.documents.suite import Point, SuiteDocument
from tests.factories import THIRD, record_of, session_events
from tests.nasty import NASTY
from tests.raced import raced_events
from tests.reports.pages import Node, assert_nothing_acts, headings, part, read_page
from tests.reports.test_suite_document import a_suite
from tests.reports.troubled import troubled

nasty = pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:30])


def suite_of(document: dict[str, Any], *records: SessionRecord) -> Node:
    return read_page(suite_page(SuiteDocument.read(document), [(r, r.status) for r in records]))


def test_a_suite_says_what_to_use_who_is_best_and_what_each_session_did() -> None:
    document = a_suite()
    page = suite_of(document, record_of(raced_events()), record_of(session_events()))
    found = headings(page)
    assert found[:4] == [
        "Recommendation",
        "Who is best",
        "Quality and time",
        "Sessions on this page",
    ]
    assert found[4] == "What optimization gained"
    assert found[-5:] == ["Each session", "Sessions", "Failures", "How it was measured", "Settings"]
    for caveat in document["recommendation"]["caveats"]:
        assert caveat in page.text
    targets = {node.attributes["id"] for node in page if "id" in node.attributes}
    links = [node.attributes["href"] for node in page.all("a")]
    assert links == ["#session-1", "#session-2"]
    assert targets == {"session-1", "session-2"}
    sessions = [node for node in part(page, "sessions").children if isinstance(node, Node)][1:]
    assert [node.name for node in sessions] == ["details", "details"]
    assert [node.all("summary")[0].text for node in sessions] == [
        "Skills extraction: gemma3n:latestheld out 0.40 → 0.70, UNDERPOWERED",
        "Skills extraction: gemma3n:latesttrain 0.40 → 1.00",
    ]
    assert "Held-out examples0.40 → 0.70" in sessions[0].text
    assert "The best prompt" in headings(sessions[1], 4)
    assert THIRD in sessions[1].text
    assert_nothing_acts(page)


def test_a_suite_without_anything_has_a_page() -> None:
    page = suite_of({"suite_id": "e5f6a7b8"})
    assert "None: no session has ended with a score yet." in page.text
    assert not page.all("section", "sessions")


def test_of_many_sessions_only_the_recommended_ones_have_every_example() -> None:
    document = a_suite()
    chosen = document["recommendation"]["cases"][0]["session_id"]
    records = [record_of(session_events(f"e{n:07d}")) for n in range(24)]
    page = suite_of(document, *records)
    assert len(page.all("section", "examples")) == 24
    page = suite_of(document, *records, record_of(session_events(chosen)))
    assert len(page.all("section", "examples")) == 1
    assert len(page.all("section", "prompt")) == 25
    assert "only the recommended ones have every example" in part(page, "sessions").text


@nasty
def test_no_text_acts_on_a_page_of_a_suite(text: str) -> None:
    def everywhere(value: Any) -> Any:
        if isinstance(value, dict):
            named = ((text if key in ("x", "y") else key, item) for key, item in value.items())
            return {key: everywhere(item) for key, item in named}
        if isinstance(value, list):
            return [everywhere(item) for item in value]
        return text if isinstance(value, str) and value not in ("validation", "train") else value

    assert_nothing_acts(suite_of(everywhere(a_suite()), troubled(text)))


def test_quality_and_time_are_drawn_where_two_models_can_be_compared() -> None:
    points = [
        Point(case="x", model="quick", score=0.5, seconds=1.0, on_front=True),
        Point(case="x", model="slow", score=0.4, seconds=4.0, on_front=False),
        Point(case="y", model="quick", score=0.5, seconds=1.0),
        Point(case="y", model="slow", score=0.5, seconds=None),
    ]
    (plot,) = speed_plots(points)
    picture = read_page(plot.svg)
    dots = {c.attributes["cx"]: c.attributes["fill"] for c in picture.all("circle")}
    (quick, filled), (slow, empty) = dots.items()
    assert float(quick or 0) < float(slow or 0)
    assert filled != "none"
    assert empty == "none"
    assert {"quick", "slow"} <= {node.text for node in picture.all("text")}


def test_names_in_a_plot_are_not_written_upon_each_other() -> None:
    points = [
        Point(case="x", model=f"m{n}", score=0.5 + n / 1000, seconds=1.0, on_front=True)
        for n in range(12)
    ]
    (plot,) = speed_plots(points)
    names = [n for n in read_page(plot.svg).all("text") if re.fullmatch(r"m\d+", n.text)]
    heights = sorted(float(name.attributes["y"] or 0) for name in names)
    assert len(heights) == 12
    assert min(b - a for a, b in pairwise(heights)) >= 13
