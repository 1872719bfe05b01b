"""No two statements about a suite contradict each other, whatever its scores and times are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmopt_tui.core.analysis.measure import Result
from llmopt_tui.core.events import SessionStarted
from llmopt_tui.core.settings import LoopSettings, StopReason
from llmopt_tui.reports.leaderboard_words import headline
from llmopt_tui.reports.suite_document import SuiteSession, judge_suite, suite_document
from llmopt_tui.reports.suite_report import suite_report
from llmopt_tui.state.documents.suite import SuiteDocument
from llmopt_tui.state.leaderboard import OVERALL
from llmopt_tui.state.suite_reading import leaderboard
from tests.core.analysis_suite.records import AT, a_record, noisy, result
from tests.factories import session_events

MODELS = ("a", "b", "c", "d")
LEVELS = st.sampled_from([0.3, 0.5, 0.52, 0.56, 0.8])


@st.composite
def a_session(draw: st.DrawFn, model: str, case: str, n: int) -> Result:
    """A session with any scores, times and sizes; some were measured on train examples alone."""

    def some() -> list[float]:
        return noisy(draw(LEVELS), n, shift=draw(st.integers(0, 5)))

    held_out = (some(), some()) if draw(st.integers(0, 7)) else ()
    seconds = draw(st.sampled_from([0.5, 2.0, 2.1, 9.0]))
    stop: StopReason | None = "plateau" if draw(st.integers(0, 9)) else None
    record = a_record(some(), some(), held_out=held_out, stop=stop, processing_time=seconds)
    started = session_events()[0]
    assert isinstance(started, SessionStarted)
    size = draw(st.sampled_from([None, 1_000_000_000, 2_000_000_000]))
    record.started = replace(started, model=replace(started.model, name=model, size=size))
    return result(model, case, record)


@st.composite
def a_suite(draw: st.DrawFn) -> list[Result]:
    """A suite of up to four models on up to two cases, few or enough examples held out."""
    n = draw(st.sampled_from([4, 24]))
    models = MODELS[: draw(st.integers(1, 4))]
    cases = ("x", "y")[: draw(st.integers(1, 2))]
    return [draw(a_session(model, case, n)) for case in cases for model in models]


def document_of(results: list[Result]) -> SuiteDocument:
    """The document of a suite, as it is kept."""
    sessions = [SuiteSession(r.model, r.case, r.session_id, "", r.record) for r in results]
    return suite_document(
        suite_id="e5f6a7b8",
        status="completed",
        models=sorted({r.model for r in results}),
        cases=sorted({r.case for r in results}),
        baseline_model="a",
        interviewer_model="playbook",
        settings=LoopSettings(),
        sessions=sessions,
        started_at=AT,
        finished_at=AT + timedelta(hours=1),
        judged=judge_suite(sessions, "a"),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(a_suite())
def test_nothing_that_is_said_of_a_suite_contradicts_another_thing(results: list[Result]) -> None:
    document = document_of(results)
    ended = [r for r in results if r.record.finished]
    found = document.recommendation
    if not ended:
        assert found is None
        return
    assert found is not None
    assert found.model in document.models
    assert {choice.case for choice in found.cases} == {r.case for r in ended}
    places = {case: {s.model: s for s in ranks} for case, ranks in document.rankings.items()}
    if document.overall:
        places[OVERALL] = {s.model: s for s in document.overall}

    for against in document.against_baseline:
        mine, base = places[against.case][against.model], places[against.case]["a"]
        if against.verdict == "REAL":
            assert against.difference is not None
            assert (mine.rank or 0) != (base.rank or 0)
            assert ((mine.rank or 0) < (base.rank or 0)) == (against.difference > 0)

    named = {choice.case: choice.model for choice in found.cases}
    if any(s.rank for s in document.overall):
        named[OVERALL] = found.model
    for case, model in named.items():
        first = [s.model for s in places[case].values() if s.rank == 1]
        assert model in first
        points = {p.model: p for p in document.pareto if p.case == case}
        if model in points:
            assert not set(points[model].beaten_by) & set(points)
        for rival in first:
            # Who shares the first place is beaten by speed alone, never by score.
            for other in set(points[rival].beaten_by if rival in points else ()):
                assert points[other].seconds < points[rival].seconds  # type: ignore[operator]

    for choice in found.cases:
        shared = sum(s.rank == 1 for s in places[choice.case].values()) > 1
        assert ("shares the first place" in choice.standing) == shared
        assert ("beyond noise above" in choice.standing) <= (not shared)
        gain = next(
            (s.validation for s in document.sessions if s.session_id == choice.session_id), None
        )
        assert choice.original == (gain is None or not gain.recommends_best)

    board, report = leaderboard(document), suite_report(document)
    for view in board.views:
        if view in named:
            assert named[view] in headline(board, view).claim
    assert "is beaten by" not in report
    assert all("is beaten by" not in insight.text for insight in document.insights)
