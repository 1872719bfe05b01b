"""How long answers, interviews and loads take, by those that were, and how sure that is.

Needs numpy: import it where it is used.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from llmopt_tui.state.futures import Futures, Numbers

if TYPE_CHECKING:
    from llmopt_tui.state.estimate import Progress, Span

_INTERVIEW_IN_ANSWERS = 3.0
"""How many answers an interview takes as long as, before the first has been held."""

_FEW_ANSWERS = 3

_SPREAD_OF_CALLS = 0.4
"""Standard deviation of the logarithm of how long the calls of one kind take."""

_SPREAD_OF_CASES = 0.3
"""The same of one model's mean on different cases."""

_SPREAD_OF_MODELS = 0.8
"""The same of different models."""


class Pace:
    """Made from sessions, some of which have run. `known` are models with a speed of their own.

    `speeds` are seconds per answer of models, from the past; they count where a model has not
    answered yet.
    """

    def __init__(self, sessions: Sequence[Progress], speeds: Mapping[str, float]) -> None:
        self._sessions = sessions
        self._answers: Counter[tuple[str, str]] = Counter()
        seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        for s in sessions:
            self._answers[s.model, s.case] += s.answers
            seconds[s.model, s.case] += s.seconds
        measured = {pair: took / self._answers[pair] for pair, took in seconds.items() if took}
        self._measured = {
            pair: mean for pair, mean in measured.items() if self._answers[pair] >= _FEW_ANSWERS
        }
        self._models, self._cases = _factors(measured)
        for model in dict.fromkeys(s.model for s in sessions):
            if speeds.get(model, 0.0) > 0:
                self._models.setdefault(model, speeds[model])
        self.known = frozenset(self._models)

    def seconds(self, futures: Futures, rng: np.random.Generator) -> Numbers | None:
        """Seconds of the clock that each future takes; None where no speed is known.

        Not less than the longest session: its steps follow one another.
        """
        if not self._models:
            return None
        shape = futures.tests.shape
        answer, spread = np.array([self._answer(s.model, s.case) for s in self._sessions]).T
        each = _varied(futures.answers, rng) * answer * _factor(spread, shape, rng)
        interview, unsure = self._interview()
        talks = _varied(futures.interviews, rng) * interview
        each += talks * _factor(unsure, (shape[0], 1), rng)
        at_once = _at_once(self._sessions)
        found: Numbers = np.maximum((each.sum(1) + self._loading(futures)) / at_once, each.max(1))
        return found

    def _answer(self, model: str, case: str) -> tuple[float, float]:
        """Seconds, and the spread of their logarithm."""
        if seconds := self._measured.get((model, case)):
            return seconds, _SPREAD_OF_CALLS / math.sqrt(self._answers[model, case])
        usual = self._models.get(model) or fmean(self._models.values())
        unsure = _SPREAD_OF_CASES if model in self.known else _SPREAD_OF_MODELS
        return usual * self._cases.get(case, 1.0), unsure

    def _interview(self) -> tuple[float, float]:
        """The same of an interview."""
        held = sum(s.interviewed for s in self._sessions)
        seconds = sum(s.interview_seconds for s in self._sessions)
        if held and seconds:
            return seconds / held, _SPREAD_OF_CALLS / math.sqrt(held)
        return _INTERVIEW_IN_ANSWERS * fmean(self._models.values()), _SPREAD_OF_MODELS

    def _loading(self, futures: Futures) -> Numbers:
        """Seconds of loading yet to come: as much a round as until now, for each model.

        A round is one test of all sessions of a model, or the interviews of all.
        """
        sessions: defaultdict[str, list[int]] = defaultdict(list)
        for n, session in enumerate(self._sessions):
            sessions[session.model].append(n)
        per_round = {}
        for model, places in sessions.items():
            own = [self._sessions[n] for n in places]
            if rounds := max(len(s.scores) + bool(s.tested) for s in own):
                per_round[model] = sum(s.load_seconds for s in own) / rounds
        usual = fmean(per_round.values()) if per_round else 0.0
        loading = np.zeros(len(futures.tests))
        for model, places in sessions.items():
            loading += per_round.get(model, usual) * futures.tests[:, places].max(1)
        if held := max(s.interviewed for s in self._sessions):
            per_round_of_talks = sum(s.interview_load_seconds for s in self._sessions) / held
            loading += per_round_of_talks * futures.interviews.max(1)
        return loading


def _factor(spread: Numbers | float, shape: tuple[int, int], rng: np.random.Generator) -> Numbers:
    """What a mean may be off by, for each future."""
    found: Numbers = np.exp(spread * rng.standard_normal(shape))
    return found


def _varied(calls: Numbers, rng: np.random.Generator) -> Numbers:
    """So many calls, some longer than others, as a number of calls of mean length."""
    found: Numbers = calls + _SPREAD_OF_CALLS * np.sqrt(calls) * rng.standard_normal(calls.shape)
    return np.maximum(found, calls / 2)


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


def _at_once(sessions: Sequence[Progress]) -> float:
    """How many sessions were worked on at once, in the mean; first, as many as endpoints."""
    spans: list[Span] = sorted(span for session in sessions for span in session.spans)
    if not spans:
        return max(1.0, len({name for session in sessions for name in session.endpoints}))
    worked = sum(end - start for start, end in spans)
    covered, until = 0.0, -math.inf
    for start, end in spans:
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    return max(1.0, worked / covered) if covered > 0 else 1.0
