"""A suite's document read into a Leaderboard, with what its sessions do now.

It may be half written, edited by hand or somebody else's: whatever in it is missing or odd is
unknown then, never an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from statistics import fmean
from typing import Any

from llmopt_tui.state.leaderboard import (
    OVERALL,
    Cell,
    Choice,
    Gain,
    Insight,
    Interval,
    Key,
    Leaderboard,
    Point,
    Recommendation,
    Standing,
    TrialKey,
)
from llmopt_tui.state.run_state import RunState

_MOST_SECONDS = 1e7


def leaderboard(
    document: Mapping[str, Any],
    live: Mapping[Key, RunState] | None = None,
    trying: Mapping[TrialKey, RunState] | None = None,
) -> Leaderboard:
    """What there is to see of a suite: its document, and over it the sessions that run now.

    `live` are those of a model on a case, `trying` those that try a prompt on another model.
    """
    live, trying = live or {}, trying or {}
    rows = _dicts(document.get("sessions"))
    models = _names(document.get("models"), (row.get("model") for row in rows))
    cases = _names(document.get("cases"), (row.get("case") for row in rows))
    found = [cell for row in rows if (cell := _cell(row))]
    cells = {(c.model, c.case): _with_live(c, live.get((c.model, c.case))) for c in found}
    board = Leaderboard(
        suite_id=_text(document.get("suite_id")),
        status=_text(document.get("status")),
        models=models,
        cases=cases,
        baseline=_text(document.get("baseline_model")),
        started_at=_time(document.get("started_at")),
        finished_at=_time(document.get("finished_at")),
        cells=cells,
        against={
            (_text(row.get("model")), _text(row.get("case"))): _gain(row)
            for row in _dicts(document.get("against_baseline"))
        },
        insights=tuple(
            Insight(
                _text(row.get("kind")),
                text,
                tuple(_pairs(row.get("numbers"))),
                tuple(_texts(row.get("sessions"))),
            )
            for row in _dicts(document.get("insights"))
            if (text := _text(row.get("text")))
        ),
        recommendation=_recommendation(document.get("recommendation")),
        transfer=isinstance(document.get("transfer"), list),
        prompts={
            (_text(row.get("model")), _text(row.get("case"))): prompt
            for row in _dicts(document.get("optimized_prompts"))
            if (prompt := _text(row.get("prompt")))
        },
    )
    found_trials = [
        trial for row in _dicts(document.get("transfer")) if (trial := _trial(row, board))
    ]
    rankings = document.get("rankings")
    ranked = dict(rankings) if isinstance(rankings, dict) else {}
    ranked[OVERALL] = document.get("overall")
    return replace(
        board,
        trials={key: _with_live(cell, trying.get(key)) for key, cell in found_trials},
        standings={view: _standings(ranked.get(view), board) for view in board.views},
        points={view: _points(document.get("pareto"), view, board) for view in board.views},
    )


def _cell(row: Mapping[str, Any]) -> Cell | None:
    model, case = _text(row.get("model")), _text(row.get("case"))
    if not model or not case:
        return None
    validation, selection = row.get("validation"), row.get("selection")
    return Cell(
        model=model,
        case=case,
        session_id=_text(row.get("session_id")),
        folder=_text(row.get("folder")),
        status=_text(row.get("status")) or "pending",
        stop_reason=_text(row.get("stop_reason")),
        problem=_text(row.get("error_message")),
        scores=tuple(s for s in map(_score, _list(row.get("scores"))) if s is not None),
        baseline=_score(row.get("baseline_score")),
        best=_score(row.get("best_score")),
        best_iteration=_count(row.get("best_iteration")),
        judged=_gain(validation) if isinstance(validation, dict) else None,
        luck=_score(selection.get("expected_gain")) if isinstance(selection, dict) else None,
        seconds=_seconds(row.get("mean_processing_time")),
        tokens_per_second=_seconds(row.get("tokens_per_second")),
        calls=_count(row.get("calls")),
        loads=_count(row.get("loads")) + _count(row.get("interviewer_loads")),
        truncated=_count(row.get("truncated")),
    )


def _trial(row: Mapping[str, Any], board: Leaderboard) -> tuple[TrialKey, Cell] | None:
    """A session that tries a model's prompt on another: its score, against the other's own best.

    The document does not say how it stands: that follows from what it has.
    """
    origin, model, case = (_text(row.get(name)) for name in ("prompt_of", "model", "case"))
    own = board.cells.get((model, case))
    if not origin or own is None or origin not in board.models or origin == model:
        return None
    score, folder = _score(row.get("score")), _text(row.get("folder"))
    problem = "" if score is not None else _text(row.get("reason"))
    if score is not None:
        status = "completed"
    elif problem:
        status = "failed"
    elif folder:
        status = "running" if board.status == "running" else "interrupted"
    else:
        status = "pending"
    gain = replace(_gain(row), before=own.gain.after, after=score, held_out=own.gain.held_out)
    return (origin, model, case), Cell(
        model=model,
        case=case,
        session_id=_text(row.get("session_id")),
        folder=folder,
        status=status,
        problem=problem,
        best=score,
        judged=gain if gain.after is not None and gain.difference is not None else None,
    )


def _with_live(cell: Cell, state: RunState | None) -> Cell:
    """The cell with what its session has come to since the document was written."""
    if state is None or state.record.started is None:
        return cell
    record, current = state.record, state.current
    best = record.best
    answered = [run.answer_seconds for i in record.iterations for run in i.runs if run.success]
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
    if record.validation:
        done = sum(len(iteration.validation_runs) for iteration in record.iterations)
        planned = record.validation.planned_runs
        activity = "validating" if activity == "testing" else activity
    return replace(cell, status="running", activity=activity, done=done, planned=planned)


def _gain(row: Mapping[str, Any]) -> Gain:
    return Gain(
        before=_score(row.get("baseline")),
        after=_score(row.get("best")),
        difference=_score(row.get("difference")),
        interval=_interval(row.get("interval")) or _interval(row.get("ci95")),
        n=_count(row.get("n")),
        verdict=_text(row.get("verdict")),
        reason=_text(row.get("reason")),
        held_out=row.get("measured_on", "validation") == "validation",
        ci95=_interval(row.get("ci95")),
    )


def _standings(rows: object, board: Leaderboard) -> list[Standing]:
    """The ranked models, best first, then those without a rank in the order of the suite."""
    ranked = [
        Standing(
            model=_text(row.get("model")),
            score=_score(row.get("score")),
            interval=_interval(row.get("ci95")),
            n=_count(row.get("n")),
            rank=_count(row.get("rank")) or None,
            tied=row.get("tied") is True,
            differs_from_next=_flag(row.get("differs_from_next")),
            held_out=row.get("measured_on") == "validation",
        )
        for row in _dicts(rows)
        if row.get("model") in board.models
    ]
    ranked = list({standing.model: standing for standing in reversed(ranked)}.values())[::-1]
    ranked.sort(key=lambda standing: standing.rank or math.inf)
    named = {standing.model for standing in ranked}
    return ranked + [Standing(model) for model in board.models if model not in named]


def _points(rows: object, case: str, board: Leaderboard) -> list[Point]:
    """Who is how good how fast; until that is judged, as far as it has been measured."""
    judged = [
        Point(model, score, seconds, _flag(row.get("on_front")))
        for row in _dicts(rows)
        if row.get("case") == case
        and (model := _text(row.get("model"))) in board.models
        and (score := _score(row.get("score"))) is not None
        and (seconds := _seconds(row.get("seconds")))
    ]
    if judged:
        return judged
    return [
        Point(model, after, seconds)
        for model in board.models
        if (after := board.mean_gain(model, case).after) is not None
        and (seconds := board.mean_seconds(model, case))
    ]


def _recommendation(value: object) -> Recommendation | None:
    if not isinstance(value, dict):
        return None
    choices = tuple(
        Choice(
            case=_text(row.get("case")),
            model=model,
            session_id=_text(row.get("session_id")),
            reason=_text(row.get("reason")),
            prompt_file=_text(row.get("prompt_file")),
            expected=_score(row.get("expected_score")),
            interval=_interval(row.get("ci95")),
            seconds=_seconds(row.get("seconds_per_answer")),
            tokens_per_second=_seconds(row.get("tokens_per_second")),
        )
        for row in _dicts(value.get("cases"))
        if (model := _text(row.get("model")))
    )
    return Recommendation(
        _text(value.get("model")),
        _text(value.get("reason")),
        choices,
        tuple(_texts(value.get("caveats"))),
    )


def _names(value: object, more: Iterable[object]) -> tuple[str, ...]:
    """The names in a list, and those that are found elsewhere only, each once."""
    found = [*_list(value), *more]
    return tuple(dict.fromkeys(name for name in found if isinstance(name, str) and name))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: object) -> list[dict[str, Any]]:
    return [row for row in _list(value) if isinstance(row, dict)]


def _texts(value: object) -> list[str]:
    return [text for text in _list(value) if isinstance(text, str)]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _pairs(value: object) -> Iterable[tuple[str, str]]:
    for row in _list(value):
        if isinstance(row, list) and len(row) == 2:
            yield str(row[0]), str(row[1])


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _score(value: object) -> float | None:
    """A score or a difference of scores."""
    number = _number(value)
    return number if number is not None and -1 <= number <= 1 else None


def _seconds(value: object) -> float | None:
    number = _number(value)
    return number if number is not None and 0 <= number < _MOST_SECONDS else None


def _count(value: object) -> int:
    number = _number(value)
    return int(number) if number is not None and 0 <= number < _MOST_SECONDS else 0


def _interval(value: object) -> Interval | None:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    low, high = _number(value[0]), _number(value[1])
    if low is None or high is None or low > high:
        return None
    return max(-1.0, low), min(1.0, high)


def _time(value: object) -> datetime | None:
    """A time with its zone; one without is taken for UTC."""
    try:
        at = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
