"""A suite's document turned into a Leaderboard, updated with what its sessions do now."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from llmopt_tui.core.analysis.findings import Gain
from llmopt_tui.state.documents.moments import moment
from llmopt_tui.state.documents.suite import Point, SessionRow, Standing, SuiteDocument, Trial
from llmopt_tui.state.leaderboard import OVERALL, Cell, Key, Leaderboard, TrialKey
from llmopt_tui.state.races import standings
from llmopt_tui.state.run_state import RunState


def leaderboard(
    document: SuiteDocument,
    live: Mapping[Key, RunState] | None = None,
    trying: Mapping[TrialKey, RunState] | None = None,
) -> Leaderboard:
    """The leaderboard of a suite: its document, updated with the sessions that run now.

    `live` are sessions of a model on a case, `trying` those that try a prompt on another model.
    """
    live, trying = live or {}, trying or {}
    rows = [row for row in document.sessions if row.model and row.case]
    cells = {(r.model, r.case): _with_live(_cell(r), live.get((r.model, r.case))) for r in rows}
    board = Leaderboard(
        suite_id=document.suite_id,
        status=document.status,
        models=_names([*document.models, *(row.model for row in document.sessions)]),
        cases=_names([*document.cases, *(row.case for row in document.sessions)]),
        baseline=document.baseline_model,
        started_at=moment(document.started_at),
        finished_at=moment(document.finished_at),
        cells=cells,
        against={(row.model, row.case): row for row in document.against_baseline},
        insights=tuple(insight for insight in document.insights if insight.text),
        recommendation=document.recommendation,
        constants=document.constant_answers,
        transfer=document.transfer is not None,
        prompts={(row.model, row.case): row.prompt for row in document.optimized_prompts},
    )
    trials = {
        key: _with_live(trial, trying.get(key))
        for row in document.transfer or ()
        for key in [(row.prompt_of, row.model, row.case)]
        if (trial := _trial(row, board))
    }
    ranked = {**document.rankings, OVERALL: document.overall}
    return replace(
        board,
        trials=trials,
        standings={view: _standings(ranked.get(view, ()), board) for view in board.views},
        points={view: _points(document.pareto, view, board) for view in board.views},
    )


def _cell(row: SessionRow) -> Cell:
    return Cell(
        model=row.model,
        case=row.case,
        session_id=row.session_id,
        folder=row.folder,
        status=row.status or "pending",
        stop_reason=row.stop_reason or "",
        problem=row.error_message,
        scores=row.scores,
        baseline=row.baseline_score,
        best=row.best_score,
        best_iteration=row.best_iteration or 0,
        judged=row.validation,
        luck=row.selection.expected_gain if row.selection else None,
        seconds=row.mean_processing_time,
        tokens_per_second=row.tokens_per_second,
        calls=row.calls,
        loads=row.loads + row.interviewer_loads,
        truncated=row.truncated,
    )


def _trial(row: Trial, board: Leaderboard) -> Cell | None:
    """A session that tries a model's prompt on another model, compared with that model's best.

    The document does not say whether the session runs: that follows from its fields.
    """
    own = board.cells.get((row.model, row.case))
    if not row.prompt_of or own is None or row.prompt_of not in board.models:
        return None
    if row.prompt_of == row.model:
        return None
    problem = "" if row.score is not None else row.reason
    if row.score is not None:
        status = "completed"
    elif problem:
        status = "failed"
    elif row.folder:
        status = "running" if board.status == "running" else "interrupted"
    else:
        status = "pending"
    gain = Gain(
        measured_on=own.gain.measured_on,
        baseline=own.gain.best,
        best=row.score,
        difference=row.difference,
        ci95=row.ci95,
        adjusted_p_value=row.adjusted_p_value,
        n=row.n,
        verdict=row.verdict,
        reason=row.reason,
    )
    return Cell(
        model=row.model,
        case=row.case,
        session_id=row.session_id,
        folder=row.folder,
        status=status,
        problem=problem,
        best=row.score,
        judged=gain if row.score is not None and row.difference is not None else None,
    )


def _with_live(cell: Cell, state: RunState | None) -> Cell:
    """The cell updated with what its session has done since the document was written."""
    if state is None or state.record.started is None:
        return cell
    record, current = state.record, state.current
    best = record.best
    answered = [run.answer_seconds for run in record.runs if run.success]
    cell = replace(
        cell,
        scores=tuple(i.score or 0.0 for i in record.scored),
        baseline=record.baseline_score,
        best=record.best_score,
        best_iteration=best.n if best else 0,
        calls=record.totals.calls,
        loads=record.totals.loads + record.interviewer_totals.loads,
        seconds=fmean(answered) if answered else None,
    )
    if record.finished or current is None:
        return cell
    done, planned = len(current.train_runs), current.planned_runs
    activity = str(state.activity)
    if race := state.race:
        standing = standings(record, race)
        done = sum(idea.answered for idea in standing)
        planned = sum(idea.planned for idea in standing)
    if record.validation:
        done = sum(len(iteration.validation_runs) for iteration in record.iterations)
        planned = record.validation.planned_runs
        activity = "validating" if activity == "testing" else activity
    return replace(cell, status="running", activity=activity, done=done, planned=planned)


def _standings(ranking: Sequence[Standing], board: Leaderboard) -> list[Standing]:
    """The ranked models, best first, then those without a rank in the order of the suite."""
    known: dict[str, Standing] = {}
    for standing in ranking:
        if standing.model in board.models:
            known.setdefault(standing.model, standing)
    ranked = sorted(known.values(), key=lambda standing: standing.rank or math.inf)
    return ranked + [Standing(model=model) for model in board.models if model not in known]


def _points(points: Sequence[Point], case: str, board: Leaderboard) -> list[Point]:
    """Each model's quality and speed; before they are judged, those measured so far."""
    judged = [
        point
        for point in points
        if point.case == case and point.model in board.models
        if point.score is not None and point.seconds
    ]
    if judged:
        return judged
    return [
        Point(case=case, model=model, score=score, seconds=seconds)
        for model in board.models
        if (score := board.mean_gain(model, case).best) is not None
        and (seconds := board.mean_seconds(model, case))
    ]


def _names(found: Sequence[str]) -> tuple[str, ...]:
    """Each name once, in the order of its first appearance."""
    return tuple(dict.fromkeys(name for name in found if name))
