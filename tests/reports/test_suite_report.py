"""optimization_suite_ID.md: the numbers of the JSON, whatever else is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from llmopt_tui.core.text.plain import visible
from llmopt_tui.reports import suite_report as report_module
from llmopt_tui.reports.figures import decimals, p_value, score_interval
from llmopt_tui.reports.markdown import inline, link
from llmopt_tui.state.documents.suite import SuiteDocument
from tests.core.analysis_suite.records import a_record
from tests.factories import make_case_snapshot
from tests.nasty import NASTY
from tests.reports.test_suite_document import LOW, a_suite, document_of, session

MARKDOWN = MarkdownIt("gfm-like")
MARKDOWN.linkify.set({"fuzzy_link": False, "fuzzy_email": False})  # type: ignore[union-attr]


def suite_report(document: dict[str, Any]) -> str:
    """The report of a document as it is read."""
    return report_module.suite_report(SuiteDocument.read(document))


@pytest.fixture(scope="module")
def suite() -> dict[str, Any]:
    snapshot = make_case_snapshot()
    return a_suite() | {"case_snapshots": {"x": {"case": snapshot, "prompt": {}}}}


@pytest.fixture(scope="module")
def report(suite: dict[str, Any]) -> str:
    return suite_report(suite)


def table(report: str, heading: str) -> list[dict[str, str]]:
    """The rows of the first table under a heading, by the names of the columns."""
    part = report.split(f"{heading}\n", maxsplit=1)[1]
    lines = part[part.index("| ") :].split("\n\n", maxsplit=1)[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def two(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def gained(value: float) -> str:
    return f"{value:+.2f}".replace("-0.00", "+0.00")


def p(value: float) -> str:
    return "< 0.001" if value < 0.0005 else f"{value:.3f}"


def test_rankings_have_the_numbers_of_the_document(suite: dict[str, Any], report: str) -> None:
    for heading, ranking in (
        *((f"### {case}", found) for case, found in suite["rankings"].items()),
        ("### Over all cases", suite["overall"]),
    ):
        rows = table(report, heading)
        assert [row["model"] for row in rows] == [ranked["model"] for ranked in ranking]
        assert [row["score"] for row in rows] == [two(ranked["score"]) for ranked in ranking]
        assert [row["examples"] for row in rows] == [str(ranked["n"]) for ranked in ranking]
        for row, ranked in zip(rows, ranking, strict=True):
            low_and_high = ranked["ci95"] and " to ".join(map(two, ranked["ci95"]))
            assert row["95% interval"] == (low_and_high or "")
            assert row["rank"].rstrip("=") == str(ranked["rank"] or "")
            assert row["rank"].endswith("=") == ranked["tied"]


def test_gains_have_the_numbers_of_the_document(suite: dict[str, Any], report: str) -> None:
    measured = [s for s in suite["sessions"] if s["validation"]]
    rows = table(report, "## What optimization gained")
    assert len(rows) == len(measured) == 3
    for row, found in zip(rows, measured, strict=True):
        gain = found["validation"]
        assert (row["case"], row["model"]) == (found["case"], found["model"])
        assert (row["original"], row["best"]) == (two(gain["baseline"]), two(gain["best"]))
        assert row["gain"] == gained(gain["difference"])
        assert row["interval"] == " to ".join(map(gained, gain["interval"]))
        assert row["better/worse"] == f"{gain['fixed']}/{gain['broken']}"
        assert row["p adjusted"] == p(gain["adjusted_p_value"])
        assert (row["examples"], row["verdict"]) == (str(gain["n"]), gain["verdict"])
        assert row["needed"] == (f"{gain['n_needed']:,}" if gain["n_needed"] else "")
        assert f"- {found['model']} on {found['case']}: {inline(gain['reason'], 600)}" in report
    assert "Not measured on held-out examples: b on y." in report


def test_the_baseline_speed_and_luck_have_the_numbers_of_the_document(
    suite: dict[str, Any], report: str
) -> None:
    (against,) = suite["against_baseline"]
    (row,) = table(report, "## Against the baseline, a")
    assert row["difference"] == gained(against["difference"])
    assert (row["p adjusted"], row["verdict"]) == (
        p(against["adjusted_p_value"]),
        against["verdict"],
    )
    points = table(report, "## Speed against quality")
    assert [(row["case"], row["score"], row["seconds"]) for row in points] == [
        (point["case"] or "over all", two(point["score"]), f"{point['seconds']:.1f}")
        for point in suite["pareto"]
    ]
    for row, found in zip(table(report, "## Luck of the choice"), suite["sessions"], strict=True):
        luck = found["selection"]
        assert (row["prompts"], row["examples"]) == (str(luck["k"]), str(luck["n"]))
        assert row["by luck"] == gained(luck["expected_gain"])
        assert row["gain on train"] == gained(found["best_score"] - found["baseline_score"])
        assert row["p"] == p(luck["p_value"])


def test_sessions_have_the_numbers_of_the_document_and_lead_to_their_reports(
    suite: dict[str, Any], report: str
) -> None:
    for row, found in zip(table(report, "## Sessions"), suite["sessions"], strict=True):
        assert (row["original"], row["best"]) == (
            two(found["baseline_score"]),
            two(found["best_score"]),
        )
        assert row["s/answer"] == f"{found['mean_processing_time']:.1f}"
        assert row["tokens/s"] == f"{found['tokens_per_second']:.0f}"
        assert [row[name] for name in ("iterations", "calls", "loads", "cut off")] == [
            str(found[key]) for key in ("iterations", "calls", "loads", "truncated")
        ]
        assert f"](<{found['folder']}/optimization_report.md>)" in row["session"]
    assert "- b on y: the server is gone" in report.split("## Failures\n")[1]


def test_the_recommendation_comes_first_with_all_that_it_takes_to_use_it(
    suite: dict[str, Any], report: str
) -> None:
    first = report.partition("## Who is best")[0]
    recommended = suite["recommendation"]
    assert inline(recommended["reason"], 600) in first
    for choice in recommended["cases"]:
        assert inline(choice["reason"], 600) in first
        file = f"](<{choice['prompt_file']}>) (iteration {choice['iteration']})"
        assert ("Prompt: the original one" if choice["original"] else file) in first
        low_and_high = " to ".join(map(two, choice["ci95"]))
        assert f"Expected score: {two(choice['expected_score'])} (95% interval {low_and_high})" in (
            first
        )
        assert f"Expected speed: {choice['seconds_per_answer']:.1f} s an answer, 20 tokens/s" in (
            first
        )
        assert f"llmopt-tui check {choice['session_id']}" in first
    assert all(f"- {caveat}" in first for caveat in recommended["caveats"])


def test_insights_stand_with_their_numbers(suite: dict[str, Any], report: str) -> None:
    assert suite["insights"]
    for insight in suite["insights"]:
        assert inline(insight["text"], 600) in report
        assert all(f"- {label}: {value}" in report for label, value in insight["numbers"])


def test_how_it_was_measured_and_with_what(report: str) -> None:
    assert "- x: 2 examples to tune on, 0 held out." in report
    assert "run once in an iteration" in report
    assert {"what": "seed", "value": "0"} in table(report, "## Settings")
    assert {"what": "baseline model", "value": "a"} in table(report, "## Settings")


def test_a_suite_that_knows_nothing_yet_says_so() -> None:
    report = suite_report(document_of(status="running", judged=None))
    assert "None: no session has ended with a score yet." in report
    assert "0 models on 0 cases: running, 0 of 0 sessions completed." in report


def test_without_held_out_examples_no_gain_is_tabled() -> None:
    report = suite_report(document_of(session("a", "x", a_record(LOW))))
    assert "No session was measured on held-out examples: no gain can be proven." in report
    assert "Measured on the examples that the prompts were tuned on: expect less in use." in report


def test_it_needs_nothing_and_survives_anything() -> None:
    assert suite_report({}).startswith("# Suite \n")
    assert "1 model on 0 cases" in suite_report({"models": ["a"], "cases": {"x": 1}})


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a document."""
    yield path
    keys = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    for key in keys:
        yield from paths(value[key], (*path, key))


WHOLE = a_suite()


@given(st.sampled_from([path for path in paths(WHOLE) if path]), ODD)
@example(("insights", 0, "numbers", 0), ["two", "texts", 3])
def test_whatever_stands_where_something_else_should_there_is_a_report(
    path: tuple[Any, ...], odd: Any
) -> None:
    document = json.loads(json.dumps(WHOLE))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = odd
    report = suite_report(document)
    assert report.startswith("# Suite ")
    assert "nan" not in report
    assert "| inf" not in report


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:30])
def test_no_text_from_outside_acts(text: str) -> None:
    def everywhere(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                (text if key in ("x", "y") else key): everywhere(item)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [everywhere(item) for item in value]
        return text if isinstance(value, str) and value not in ("validation", "train") else value

    report = suite_report(everywhere(WHOLE))
    tokens = [
        inner for token in MARKDOWN.parse(report) for inner in (token, *(token.children or ()))
    ]
    # Their text is all that a name may become: no link, image, code, emphasis or tag of its own.
    kinds = {token.type for token in tokens if token.nesting >= 0}
    assert not kinds & {"image", "html_inline", "html_block", "code_inline", "fence", "code_block"}
    assert not kinds & {"em_open", "s_open", "blockquote_open", "ordered_list_open", "hr"}
    assert all(
        str(token.attrs["href"]).startswith("session_")
        for token in tokens
        if token.type == "link_open"
    )
    assert visible(report) == report


def test_a_link_leads_nowhere_but_down() -> None:
    assert link("session_a/best_prompt.toml", "it") == "[it](<session_a/best_prompt.toml>)"
    for path in (
        "../x",
        "/etc/passwd",
        "a/../b",
        "a/b",
        "con",
        "session_a",
        "https://example.org",
        ".x",
        "a b",
        "",
    ):
        assert "](" not in link(path, path)


def test_figures_are_rounded_and_what_is_unknown_is_empty() -> None:
    assert score_interval((0.123, 0.456)) == "0.12 to 0.46"
    assert (decimals(-0.001, 2), decimals(None, 2)) == ("0.00", "")
    assert (p_value(0.0001), p_value(0.03125), p_value(None)) == ("< 0.001", "0.031", "")
