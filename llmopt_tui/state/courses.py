"""The ways in which sessions may continue, and how many answers a round takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from statistics import fmean

from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.state.progress import Progress

Courses = Mapping[tuple[int, bool], float]
"""Ways in which a session may continue, each with its chance: how many rounds it still has, the
original's test among them, and whether one of them brings a prompt better than the best so far. A
round tests one prompt, or races several ideas."""

_KEPT_IN_RACE = 0.7
"""The share of a race's answers that is needed, before any race: ideas drop out on the way."""


def answers_in_round(sessions: Sequence[Progress], settings: LoopSettings) -> float:
    """How many times the train examples are answered in a round after the first.

    Once where a round tests one idea. Where several are raced, that is learnt from the races so
    far; before any, some of the ideas are taken to drop out early.
    """
    if settings.proposals == 1:
        return 1.0
    seen = [took / s.train for s in sessions if s.train for took in s.races]
    return fmean([settings.proposals * _KEPT_IN_RACE, *seen])


def share_allowed(session: Progress, settings: LoopSettings, calls: float) -> float:
    """The share of these calls that a session may still make under the settings' limit."""
    if settings.max_calls is None or not calls:
        return 1.0
    left = settings.max_calls - session.answers - session.interviews
    return min(1.0, max(0, left) / calls)


def courses(sessions: Sequence[Progress], settings: LoopSettings) -> list[Courses]:
    """The ways in which each session may continue.

    Their chances come from two habits of all sessions: how often a round gains (two of five
    before any was tried), and how often a session stops early after a test, because the
    target is reached or nothing more is suggested (one of nine).
    """
    tried = gains = stops = begun = 0
    open_ones = []
    for s in sessions:
        found, stale = _gains(s.scores, settings.min_gain)
        left = (s.iterations or settings.max_iterations) - len(s.scores)
        done = s.ended or s.validated > 0 or max(s.scores, default=0.0) >= settings.target
        stale += s.lost.count(len(s.scores))
        open_ones.append((0 if done else left, settings.patience - stale, not s.scores))
        begun += bool(s.scores)
        tried += max(0, len(s.scores) - 1) + len(s.lost)
        gains += found
        stops += done and bool(s.scores) and left > 0 and stale < settings.patience
    gain, stop = (gains + 2) / (tried + 5), (stops + 0.7) / (tried + begun + 6)

    @cache
    def after(left: int, patience: int, first: bool) -> Courses:
        """The courses of at most `left` tests that `patience` rounds in a row without a gain end.

        A race that no idea wins is a round, but no test.
        """
        if left <= 0 or patience <= 0:
            return {(0, False): 1.0}
        better = 1.0 if first else gain
        ends: defaultdict[tuple[int, bool], float] = defaultdict(float)
        ends[1, not first] += better * stop
        ends[1, False] += (1 - better) * stop
        for (tests, also), chance in after(left - 1, settings.patience, False).items():
            ends[tests + 1, also or not first] += better * (1 - stop) * chance
        lost = left if settings.proposals > 1 and not first else left - 1
        for (tests, also), chance in after(lost, patience - 1, False).items():
            ends[tests + 1, also] += (1 - better) * (1 - stop) * chance
        return {end: chance for end, chance in ends.items() if chance}

    return [after(*one) for one in open_ones]


def _gains(scores: Sequence[float], min_gain: float) -> tuple[int, int]:
    """How many scores after the first are gains, and how many at the end are not."""
    gains, stale = 0, 0
    for n, score in enumerate(scores[1:], start=1):
        gained = score >= max(scores[:n]) + min_gain
        gains, stale = gains + gained, 0 if gained else stale + 1
    return gains, stale
