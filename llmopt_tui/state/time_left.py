"""The calls and the time that a suite takes, and how much is left: a figure, and a range around it.

Nobody knows whether a session needs one more iteration or three, and the mean of the two is seldom
the truth. So the time left of a session is a list of outcomes with their chances. The outcomes of
all sessions are added up, and the figure is the one that most of the sums are near. Times are those
of answering and loading; the time that a person takes to decide is not included.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import fmean

from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.state.courses import answers_in_round, courses, share_allowed
from llmopt_tui.state.progress import Progress, Span

Chances = Mapping[float, float]
"""Outcomes in seconds, each with its chance; the chances add up to 1."""

_SPREAD_OF_CALLS, _SPREAD_OF_CASES, _SPREAD_OF_MODELS = 0.4, 0.3, 0.8
"""Relative errors of a mean: for a single call, for a model that is known only on another case,
and for a model of which nothing is known."""

_SPREAD_OF_ALL = 0.15
"""The smallest relative error of the whole estimate."""

_NORMAL = (-1.59, -0.97, -0.59, -0.28, 0.0, 0.28, 0.59, 0.97, 1.59)
"""Nine equally likely values of a standard normal variable."""

_OUTCOMES = 24
"""How many different outcomes a sum keeps."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a suite takes. `seconds_left` is None while no speed is known at all.

    It is the figure that is most likely to be within a third of the truth; `between` is a range
    around it, in seconds, that holds the truth four times in five. `unknown` are the models whose
    own speed is not known: the speeds of the others are used instead.
    """

    sessions: int
    calls_done: int
    calls_left: int
    seconds_done: float
    seconds_left: float | None
    unknown: tuple[str, ...]
    between: Span | None = None

    @property
    def share(self) -> float:
        """The share that is done, from 0 to 1: by time where that is known, else by calls."""
        if self.seconds_left is not None:
            done, left = self.seconds_done, self.seconds_left
        else:
            done, left = float(self.calls_done), float(self.calls_left)
        return done / (done + left) if done else 0.0


def estimate(
    sessions: Sequence[Progress],
    settings: LoopSettings,
    speeds: Mapping[str, float] | None = None,
    *,
    transfer: bool = False,
) -> Estimate:
    """What is left of these sessions. `speeds` are models' seconds per answer in past suites.

    With `transfer`, each better prompt that is found is also tried on the other models later.
    """
    pace = _Pace(sessions, speeds or {})
    in_round = answers_in_round(sessions, settings)
    whole: Chances = {0.0: 1.0}
    calls_left = unsure = longest = 0.0
    unknown: dict[str, None] = {}
    for s, ways in zip(sessions, courses(sessions, settings), strict=True):
        answer, spread = pace.answer(s)
        others = sessions if transfer else ()
        tries = [
            (other.validation or other.train, pace.answer(other)[0])
            for other in others
            if other.case == s.case and other.model != s.model
        ]
        had_gained = bool(s.scores) and max(s.scores) > s.scores[0]
        outcomes: defaultdict[float, float] = defaultdict(float)
        calls = alone = 0.0
        for (tests, gains), chance in ways.items():
            gained = gains or had_gained
            first = tests > 0 and not s.scores
            needed = (first + (tests - first) * in_round) * s.train
            answers = max(0.0, needed - s.tested - s.racing)
            if settings.validate and not s.ended:
                answers += max(0, (1 + gained) * s.validation - s.validated)
            # Before every round but the first there is an interview, unless it is over already.
            rounds = len(s.scores) + len(s.lost) + tests
            talks = max(0.0, rounds - 1 - s.interviewed) if tests else 0.0
            share = share_allowed(s, settings, answers + talks * pace.interview_calls)
            answers, talks = share * answers, share * talks
            took = answers * answer + tests * pace.loads[s.model] + talks * pace.interview
            outcomes[took + gained * sum(n * seconds for n, seconds in tries)] += chance
            answers += gained * sum(n for n, _ in tries)
            calls += chance * (answers + talks * pace.interview_calls)
            alone += chance * took
        whole = _sum(whole, _merged(outcomes))
        calls_left += calls
        unsure = math.hypot(unsure, alone * spread)
        longest = max(longest, alone / _at_once([s]))
        if calls and s.model not in pace.models:
            unknown[s.model] = None
    found = pace.models and _figures(whole, unsure, _at_once(sessions), longest)
    return Estimate(
        sessions=len(sessions),
        calls_done=sum(s.answers + s.interviews for s in sessions),
        calls_left=round(calls_left),
        seconds_done=sum(s.seconds + s.load_seconds + s.interview_seconds for s in sessions),
        seconds_left=found[0] if found else None,
        unknown=tuple(unknown),
        between=found[1] if found else None,
    )


class _Pace:
    """Seconds that calls take, from the calls made so far. `models` have a known speed."""

    def __init__(self, sessions: Sequence[Progress], speeds: Mapping[str, float]) -> None:
        self._answers: Counter[tuple[str, str]] = Counter()
        seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        for s in sessions:
            self._answers[s.model, s.case] += s.answers
            seconds[s.model, s.case] += s.seconds
        self._means = {pair: took / self._answers[pair] for pair, took in seconds.items() if took}
        # A mean is about a model's seconds times a case's factor. Each is found from the other, so
        # that a model that has answered on one case is compared with others on that case.
        self._cases = dict.fromkeys((case for _, case in self._means), 1.0)
        for _ in range(3):
            self.models = _by_name((m, t / self._cases[c]) for (m, c), t in self._means.items())
            self._cases = _by_name((c, t / self.models[m]) for (m, c), t in self._means.items())
        for s in sessions:
            if speeds.get(s.model, 0.0) > 0:
                self.models.setdefault(s.model, speeds[s.model])
        self._usual = fmean(self.models.values()) if self.models else 0.0
        held = sum(s.interviewed for s in sessions)
        self.interview_calls = max(1.0, sum(s.interviews for s in sessions) / held) if held else 1.0
        # Before the first, an interview is taken to be as long as three answers.
        talked = sum(s.interview_seconds for s in sessions)
        self.interview = talked / held if held and talked else 3 * self._usual
        self.loads = _loads(sessions)

    def answer(self, session: Progress) -> tuple[float, float]:
        """Seconds per answer, and their relative error."""
        pair = session.model, session.case
        if pair in self._means and self._answers[pair] >= 3:
            return self._means[pair], _SPREAD_OF_CALLS / math.sqrt(self._answers[pair])
        if session.model in self.models:
            return self.models[session.model] * self._cases.get(session.case, 1), _SPREAD_OF_CASES
        return self._usual * self._cases.get(session.case, 1), _SPREAD_OF_MODELS


def _by_name(found: Iterable[tuple[str, float]]) -> dict[str, float]:
    """The mean of each name's values, by name."""
    values: defaultdict[str, list[float]] = defaultdict(list)
    for name, value in found:
        values[name].append(value)
    return {name: fmean(several) for name, several in values.items()}


def _loads(sessions: Sequence[Progress]) -> dict[str, float]:
    """Seconds of loading for each test of a model. One load serves all of its sessions."""
    known = {}
    for model in {s.model for s in sessions}:
        own = [s for s in sessions if s.model == model]
        if rounds := max(len(s.scores) + len(s.lost) + bool(s.tested) for s in own):
            shares = rounds * max(1, sum(not s.ended for s in own))
            known[model] = sum(s.load_seconds for s in own) / shares
    usual = fmean(known.values()) if known else 0.0
    return {s.model: known.get(s.model, usual) for s in sessions}


def _sum(first: Chances, second: Chances) -> Chances:
    """The outcomes of the sum of both."""
    found: defaultdict[float, float] = defaultdict(float)
    for one, chance in first.items():
        for other, another in second.items():
            found[one + other] += chance * another
    return _merged(found)


def _merged(outcomes: Chances) -> Chances:
    """At most `_OUTCOMES` + 1 outcomes: those that are close to each other become one."""
    low = min(outcomes)
    width = (max(outcomes) - low) / _OUTCOMES or 1.0
    near: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for seconds, chance in outcomes.items():
        near[int((seconds - low) / width)].append((seconds, chance))
    chances = {place: sum(chance for _, chance in some) for place, some in near.items()}
    return {
        sum(seconds * chance for seconds, chance in some) / chances[place]: chances[place]
        for place, some in near.items()
    }


def _figures(whole: Chances, unsure: float, at_once: float, longest: float) -> tuple[float, Span]:
    """The seconds most likely to be within a third of the truth, and where four of five lie.

    `unsure` is the error of the whole in seconds. A suite takes at least as long as its longest
    session, because a session makes one step after another.
    """
    mean = sum(seconds * chance for seconds, chance in whole.items())
    spread = math.hypot(unsure / mean if mean else 0.0, _SPREAD_OF_ALL)
    outcomes = []
    for seconds, chance in whole.items():
        for z in _NORMAL:
            one = seconds * math.exp(spread * z)
            outcomes.append((max(one / at_once, min(one, longest)), chance / len(_NORMAL)))
    outcomes.sort()
    times = [seconds for seconds, _ in outcomes]
    until = [0.0, *accumulate(chance for _, chance in outcomes)]  # chances of less than each
    # A figure is within a third of all truths from 3/4 to 3/2 of it: the last is twice the first.
    ends = [bisect_right(times, 2 * first) for first in times]
    best = max(range(len(times)), key=lambda n: until[ends[n]] - until[n])
    left = (times[best] / 0.75 + times[ends[best] - 1] / 1.5) / 2
    low, high = (times[bisect_left(until, share * until[-1]) - 1] for share in (0.1, 0.9))
    return left, (min(low, left), max(high, left))


def _at_once(sessions: Sequence[Progress]) -> float:
    """The mean number of calls worked on at once; before any was made, one per endpoint."""
    spans = sorted(span for session in sessions for span in session.spans)
    if not spans:
        return float(max(1, len({name for session in sessions for name in session.endpoints})))
    covered, until = 0.0, -math.inf
    for start, end in spans:
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    worked = sum(session.span_seconds for session in sessions)
    return max(1.0, worked / covered) if covered > 0 else 1.0
