"""What a suite takes in calls and time, and what of it is left, by what its sessions have needed.

Times are those of answering and loading. What a person takes to decide is not foreseen.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean

from llmopt_tui.core.record import SessionRecord
from llmopt_tui.core.settings import LoopSettings

Span = tuple[float, float]

_INTERVIEW_IN_ANSWERS = 3.0
"""How many answers an interview takes as long as, before the first has been held."""

_GAIN_PRIOR = (2.0, 6.0)
"""Before anything is known, so many of so many changed prompts are better than the best."""

_END_PRIOR = (0.5, 6.0)
"""Of so many interviews, and of so many gains, this many end a session."""

_FEW_ANSWERS = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a session has come. Seconds are without loads, which stand apart.

    `train` and `validation` are answers that one prompt needs, repeats included; `tested` those
    of the iteration under way; `spans` when iterations were worked on, in seconds of any clock.
    """

    model: str
    case: str
    train: int
    validation: int
    scores: tuple[float, ...] = ()
    ended: bool = False
    tested: int = 0
    validated: int = 0
    interviewed: int = 0
    answers: int = 0
    seconds: float = 0.0
    load_seconds: float = 0.0
    interviews: int = 0
    interview_seconds: float = 0.0
    interview_load_seconds: float = 0.0
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a suite takes. `seconds_left` is None while no speed is known at all.

    `unknown` are the models whose own speed is not known: the others' stands for it.
    """

    sessions: int
    calls_done: int
    calls_left: int
    seconds_done: float
    seconds_left: float | None
    unknown: tuple[str, ...]

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1: by time where that is known, else by calls."""
        if self.seconds_left is not None:
            done, left = self.seconds_done, self.seconds_left
        else:
            done, left = float(self.calls_done), float(self.calls_left)
        return done / (done + left) if done else 0.0


def progress_of(
    record: SessionRecord, model: str, case: str, *, train: int, validation: int, ended: bool
) -> Progress:
    """How far a session has come by its record."""
    runs = [run for iteration in record.iterations for run in iteration.runs]
    current = record.iterations[-1] if record.iterations else None
    answers = [answer for interview in record.interviews for answer in interview.answers]
    loads = [run.metrics.load_seconds or 0.0 for run in runs]
    interview_loads = [answer.reply.metrics.load_seconds or 0.0 for answer in answers]
    talked = sum(answer.seconds for answer in answers)
    return Progress(
        model=model,
        case=case,
        train=train,
        validation=validation,
        scores=tuple(i.score or 0.0 for i in record.scored),
        ended=ended or record.finished is not None,
        tested=len(current.train_runs) if current and current.score is None else 0,
        validated=sum(run.split == "validation" for run in runs),
        interviewed=sum(interview.finished_at is not None for interview in record.interviews),
        answers=len(runs),
        seconds=sum(run.answer_seconds for run in runs),
        load_seconds=sum(loads),
        interviews=len(answers),
        interview_seconds=max(0.0, talked - sum(interview_loads)),
        interview_load_seconds=sum(interview_loads),
        spans=tuple(
            (i.started_at.timestamp(), i.finished_at.timestamp())
            for i in record.iterations
            if i.finished_at
        ),
    )


def estimate(
    sessions: Sequence[Progress], settings: LoopSettings, speeds: Mapping[str, float] | None = None
) -> Estimate:
    """What is left of these sessions. `speeds` are seconds per answer of models, from the past."""
    course = _Course(sessions, settings)
    left = [course.left(session) for session in sessions]
    pace = _Pace(sessions, speeds or {})
    done = sum(s.answers + s.interviews for s in sessions)
    to_do = [(s.model, s.case) for s, work in zip(sessions, left, strict=True) if work.answers]
    return Estimate(
        sessions=len(sessions),
        calls_done=done,
        calls_left=round(sum(work.answers + work.interviews for work in left)),
        seconds_done=sum(s.seconds + s.load_seconds for s in sessions)
        + sum(s.interview_seconds + s.interview_load_seconds for s in sessions),
        seconds_left=pace.seconds(sessions, left),
        unknown=tuple(dict.fromkeys(model for model, _ in to_do if model not in pace.known)),
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """What a session is expected to need yet: iterations, answers, interviews."""

    iterations: float = 0.0
    answers: float = 0.0
    interviews: float = 0.0


class _Course:
    """How sessions of this suite go on, as far as they have shown it: gains, stops, interviews."""

    def __init__(self, sessions: Sequence[Progress], settings: LoopSettings) -> None:
        self._settings = settings
        tried = gained = reached = held = refused = 0
        for session in sessions:
            best = -math.inf
            for n, score in enumerate(session.scores):
                gains = score >= best + settings.min_gain
                tried, gained = tried + (n > 0), gained + (n > 0 and gains)
                reached += gains and score >= settings.target
                best = max(best, score)
            held += session.interviewed
            unused = session.interviewed >= len(session.scores) > 0
            refused += session.ended and unused and max(session.scores) < settings.target
        firsts = sum(bool(session.scores) for session in sessions)
        self._gains = _share(gained, tried, _GAIN_PRIOR)
        self._reaches = _share(reached, gained + firsts, _END_PRIOR)
        self._refuses = _share(refused, held, _END_PRIOR)
        calls = sum(session.interviews for session in sessions)
        self._calls_per_interview = calls / held if held and calls else 1.0
        self._expected = lru_cache(maxsize=None)(self._expect)

    def left(self, session: Progress) -> _Work:
        """What a session is expected to need yet."""
        if session.ended:
            return _Work()
        settings, done = self._settings, len(session.scores)
        stale, best, best_at = 0, -math.inf, 0
        for n, score in enumerate(session.scores):
            stale = 0 if score >= best + settings.min_gain else stale + 1
            if score > best:
                best, best_at = score, n
        reached = best >= settings.target
        validates = settings.validate and session.validation
        if session.validated or not done:
            tests, interviews = (0.0, 0.0) if done else self._first()
        elif reached:
            tests, interviews = 0.0, 0.0
        else:
            tests, interviews = self._expected(done, stale)
            if session.interviewed >= done and tests:
                # The suggestion is there: the interview is behind it and the next test will come.
                goes_on = 1 - self._refuses
                interviews, tests = (interviews - 1) / goes_on, tests / goes_on
        answers = tests * session.train - min(session.tested, tests * session.train)
        if validates:
            chance = 1.0 if best_at else 1 - (1 - self._gains) ** tests
            prompts = 1 + chance
            answers += max(0.0, prompts * session.validation - session.validated)
        return _Work(tests, answers, max(0.0, interviews) * self._calls_per_interview)

    def _first(self) -> tuple[float, float]:
        tests, interviews = self._expected(1, 0)
        return 1 + (1 - self._reaches) * tests, (1 - self._reaches) * interviews

    def _expect(self, done: int, stale: int) -> tuple[float, float]:
        """Iterations and interviews that follow so many iterations, the last ones without gain."""
        if done >= self._settings.max_iterations or stale >= self._settings.patience:
            return 0.0, 0.0
        after_gain, after_none = self._expected(done + 1, 0), self._expected(done + 1, stale + 1)
        goes_on, gains = 1 - self._refuses, self._gains

        def mean(which: int) -> float:
            return gains * (1 - self._reaches) * after_gain[which] + (1 - gains) * after_none[which]

        return goes_on * (1 + mean(0)), 1 + goes_on * mean(1)


class _Pace:
    """How long answers, interviews and loads take. `known` are models with a speed of their own."""

    def __init__(self, sessions: Sequence[Progress], speeds: Mapping[str, float]) -> None:
        measured = {
            (s.model, s.case): s.seconds / s.answers for s in sessions if s.answers and s.seconds
        }
        self._measured = {
            (s.model, s.case): measured[s.model, s.case]
            for s in sessions
            if s.answers >= _FEW_ANSWERS and (s.model, s.case) in measured
        }
        self._models, self._cases = _factors(measured)
        self.known = set(self._models)
        for model, seconds in speeds.items():
            if seconds > 0 and model in {s.model for s in sessions}:
                self._models.setdefault(model, seconds)
                self.known.add(model)

    def seconds(self, sessions: Sequence[Progress], left: Sequence[_Work]) -> float | None:
        """Seconds of the clock for what is left; None where no speed is known."""
        if not self._models:
            return None
        both = list(zip(sessions, left, strict=True))
        answering = sum(work.answers * self._answer(s.model, s.case) for s, work in both)
        talking = sum(work.interviews for work in left) * self._interview(sessions)
        loading = _loads(both)
        return (answering + talking + loading) / _at_once(sessions)

    def _answer(self, model: str, case: str) -> float:
        if (model, case) in self._measured:
            return self._measured[model, case]
        usual = self._models.get(model) or fmean(self._models.values())
        return usual * self._cases.get(case, 1.0)

    def _interview(self, sessions: Sequence[Progress]) -> float:
        calls = sum(s.interviews for s in sessions)
        if calls:
            return sum(s.interview_seconds for s in sessions) / calls
        return _INTERVIEW_IN_ANSWERS * fmean(self._models.values())


def _factors(
    measured: Mapping[tuple[str, str], float],
) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds by model, and by case how many times that: their product is near what was measured.

    A model that has answered on one case only is so compared with others on the same case.
    """
    cases = dict.fromkeys((case for _, case in measured), 1.0)
    models: dict[str, float] = {}
    for _ in range(3):
        models = _means((m, seconds / cases[c]) for (m, c), seconds in measured.items())
        cases = _means((c, seconds / models[m]) for (m, c), seconds in measured.items())
    return models, cases


def _means(found: Iterable[tuple[str, float]]) -> dict[str, float]:
    by_name: defaultdict[str, list[float]] = defaultdict(list)
    for name, value in found:
        by_name[name].append(value)
    return {name: fmean(values) for name, values in by_name.items()}


def _loads(both: Sequence[tuple[Progress, _Work]]) -> float:
    """Seconds of loading yet to come: as much a round as until now, for each model.

    A round is one test of all sessions of a model, or the interviews of all.
    """
    rounds: defaultdict[str, float] = defaultdict(float)
    rounds_left: defaultdict[str, float] = defaultdict(float)
    spent: defaultdict[str, float] = defaultdict(float)
    for session, work in both:
        begun = len(session.scores) + bool(session.tested)
        rounds[session.model] = max(rounds[session.model], begun)
        rounds_left[session.model] = max(rounds_left[session.model], work.iterations)
        spent[session.model] += session.load_seconds
    per_round = {model: spent[model] / n for model, n in rounds.items() if n}
    usual = fmean(per_round.values()) if per_round else 0.0
    tests = sum(per_round.get(model, usual) * left for model, left in rounds_left.items())
    held = max((s.interviewed for s, _ in both), default=0)
    if not held:
        return tests
    talks_left = max((work.interviews for _, work in both), default=0.0)
    return tests + sum(s.interview_load_seconds for s, _ in both) / held * talks_left


def _at_once(sessions: Sequence[Progress]) -> float:
    """How many sessions were worked on at once, in the mean; at least one."""
    spans = sorted(span for session in sessions for span in session.spans)
    if not spans:
        return 1.0
    worked = sum(end - start for start, end in spans)
    covered, until = 0.0, -math.inf
    for start, end in spans:
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    return max(1.0, worked / covered) if covered > 0 else 1.0


def _share(count: float, of: float, prior: tuple[float, float]) -> float:
    return (count + prior[0]) / (of + prior[1])
