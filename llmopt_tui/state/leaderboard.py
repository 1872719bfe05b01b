"""Leaderboard: a suite's document, and what its sessions do now, as what there is to see.

A document may be half written, edited by hand or somebody else's: whatever in it is missing or odd
is unknown here, never an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from statistics import fmean
from typing import Any

from llmopt_tui.state.run_state import RunState

Interval = tuple[float, float]
Key = tuple[str, str]
"""Model and case."""

OVERALL = ""
"""Stands for all cases together where a case is named."""

_MOST_SECONDS = 1e7


@dataclass(frozen=True, slots=True)
class Gain:
    """What a best prompt gained over the original, or a model over the baseline.

    `interval` is the one that the verdict rests on, wider than `ci95` where many comparisons are
    made; `held_out` says whether the examples took no
    part in tuning. `verdict` is "" where nothing is claimed.
    """

    before: float | None = None
    after: float | None = None
    difference: float | None = None
    interval: Interval | None = None
    n: int = 0
    verdict: str = ""
    reason: str = ""
    held_out: bool = False
    ci95: Interval | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One session: a model on a case. Scores are train means, seconds are per answer.

    `luck` is what the best of so many prompts would seem to gain if none were better. `activity`
    is what a session does now, with `done` of `planned` answers; "" for one that does not run.
    """

    model: str
    case: str
    session_id: str = ""
    folder: str = ""
    status: str = "pending"
    stop_reason: str = ""
    problem: str = ""
    scores: tuple[float, ...] = ()
    baseline: float | None = None
    best: float | None = None
    best_iteration: int = 0
    judged: Gain | None = None
    luck: float | None = None
    seconds: float | None = None
    tokens_per_second: float | None = None
    calls: int = 0
    loads: int = 0
    truncated: int = 0
    activity: str = ""
    done: int = 0
    planned: int = 0

    @property
    def ended(self) -> bool:
        """Whether it came to its end."""
        return self.status in ("completed", "failed")

    @property
    def trained(self) -> float | None:
        """The gain on the examples that the prompt was tuned on."""
        if self.best is None or self.baseline is None:
            return None
        return self.best - self.baseline

    @property
    def gain(self) -> Gain:
        """The gain to be shown: on held-out examples once it is measured, on train until then."""
        if self.judged:
            return self.judged
        return Gain(self.baseline, self.best, self.trained)


@dataclass(frozen=True, slots=True)
class Standing:
    """A model's place on a case, or over all. `rank` is None while it has none."""

    model: str
    score: float | None = None
    interval: Interval | None = None
    n: int = 0
    rank: int | None = None
    tied: bool = False
    differs_from_next: bool | None = None
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A model's quality and speed. `on_front` is None while that is not known."""

    model: str
    score: float
    seconds: float
    on_front: bool | None = None


@dataclass(frozen=True, slots=True)
class Insight:
    """A finding with the rows behind it and the sessions that it is about."""

    kind: str
    text: str
    numbers: tuple[tuple[str, str], ...] = ()
    sessions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What is recommended for a case. `prompt_file` is relative to the results folder."""

    case: str
    model: str
    session_id: str
    reason: str
    prompt_file: str
    expected: float | None
    interval: Interval | None
    seconds: float | None
    tokens_per_second: float | None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to use in production, and what to beware of. `model` is "" where none is best."""

    model: str
    reason: str
    choices: tuple[Choice, ...]
    caveats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """A suite as it is shown. `standings` and `points` have a key for each case, and `OVERALL`.

    `against` holds every other model against the baseline model, `prompts` each session's best.
    """

    suite_id: str = ""
    status: str = ""
    models: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    baseline: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cells: Mapping[Key, Cell] = field(default_factory=dict)
    standings: Mapping[str, Sequence[Standing]] = field(default_factory=dict)
    points: Mapping[str, Sequence[Point]] = field(default_factory=dict)
    against: Mapping[Key, Gain] = field(default_factory=dict)
    insights: tuple[Insight, ...] = ()
    recommendation: Recommendation | None = None
    prompts: Mapping[Key, str] = field(default_factory=dict)

    @property
    def views(self) -> tuple[str, ...]:
        """What can be looked at: all cases together where there are several, then each."""
        return (OVERALL, *self.cases) if len(self.cases) > 1 else self.cases

    @property
    def ended(self) -> int:
        """How many sessions have ended."""
        return sum(cell.ended for cell in self.cells.values())

    @property
    def seconds(self) -> float | None:
        """How long the suite took, if it has ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, (self.finished_at - self.started_at).total_seconds())

    def of_case(self, case: str) -> list[Cell]:
        """The sessions of a case, or all of them, in the order of the models."""
        wanted = self.cases if case == OVERALL else (case,)
        keys = ((model, name) for model in self.models for name in wanted)
        return [self.cells[key] for key in keys if key in self.cells]

    def of_model(self, model: str, case: str) -> list[Cell]:
        """A model's session on a case; on all cases its sessions."""
        return [cell for cell in self.of_case(case) if cell.model == model]

    def mean_gain(self, model: str, case: str) -> Gain:
        """A model's gain on a case; over all cases the mean, without a verdict on it.

        Means are taken only where every case has one, and all were measured alike.
        """
        cells = self.of_model(model, case)
        if len(cells) == 1:
            return cells[0].gain
        gains = [cell.gain for cell in cells]
        alike = len({gain.held_out for gain in gains}) == 1
        complete = len(gains) == len(self.cases) and alike
        return Gain(
            before=_mean([g.before for g in gains]) if complete else None,
            after=_mean([g.after for g in gains]) if complete else None,
            difference=_mean([g.difference for g in gains]) if complete else None,
            n=sum(gain.n for gain in gains),
            held_out=bool(gains) and gains[0].held_out,
        )

    def mean_seconds(self, model: str, case: str) -> float | None:
        """Seconds per answer; over all cases the mean of the cases."""
        return _mean([cell.seconds for cell in self.of_model(model, case)])

    def curve(self, model: str, case: str) -> tuple[float, ...]:
        """A session's score per iteration; over all cases the mean of the best so far."""
        cells = self.of_model(model, case)
        if case != OVERALL:
            return cells[0].scores if cells else ()
        curves = [_best_so_far(cell.scores) for cell in cells]
        if len(curves) < len(self.cases) or not all(curves):
            return ()
        longest = max(map(len, curves))
        return tuple(fmean(c[min(n, len(c) - 1)] for c in curves) for n in range(longest))


def leaderboard(
    document: Mapping[str, Any], live: Mapping[Key, RunState] | None = None
) -> Leaderboard:
    """What there is to see of a suite: its document, and over it the sessions that run now."""
    live = live or {}
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
        prompts={
            (_text(row.get("model")), _text(row.get("case"))): prompt
            for row in _dicts(document.get("optimized_prompts"))
            if (prompt := _text(row.get("prompt")))
        },
    )
    rankings = document.get("rankings")
    ranked = dict(rankings) if isinstance(rankings, dict) else {}
    ranked[OVERALL] = document.get("overall")
    return replace(
        board,
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
        loads=_count(row.get("loads")),
        truncated=_count(row.get("truncated")),
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
        loads=record.totals.loads,
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


def _best_so_far(scores: Sequence[float]) -> tuple[float, ...]:
    return tuple(max(scores[: n + 1]) for n in range(len(scores)))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None


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
