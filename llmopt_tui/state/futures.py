"""How the sessions of a suite may go on: a few hundred futures, played by what has been seen.

A session needs one iteration more or three, and nobody knows which: what is left is no number but
a distribution. Playing is the shortest way to it, and the only one that keeps together what hangs
together (a model is loaded once for all of its sessions). Needs numpy: import it where it is used.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from llmopt_tui.core.settings import LoopSettings
    from llmopt_tui.state.estimate import Progress

Numbers = NDArray[np.float64]

_GAIN_PRIOR = (2.0, 3.0)
"""Before anything is known: so many changed prompts that were better than the best, and not."""

_REACH_PRIOR = (0.5, 5.5)
"""So many gains that reached the target, and that did not; a first score counts as a gain."""

_REFUSAL_PRIOR = (0.5, 5.5)
"""So many interviews that suggested nothing, and that did."""


@dataclass(frozen=True, slots=True)
class Futures:
    """What sessions need yet, as numbers of futures x sessions.

    `gained` is whether a better prompt than the original has been found in the end.
    """

    tests: Numbers
    interviews: Numbers
    answers: Numbers
    gained: NDArray[np.bool_]


def play(
    sessions: Sequence[Progress], settings: LoopSettings, rng: np.random.Generator, count: int
) -> Futures:
    """So many futures of these sessions; of one that has ended nothing is left."""
    shape = count, len(sessions)
    # How often prompts gain is itself uncertain: every future has a share of its own.
    gains, reaches, refuses = (rng.beta(*odds, (count, 1)) for odds in _odds(sessions, settings))
    most = np.array([s.iterations or settings.max_iterations for s in sessions])
    done = np.zeros(shape) + [len(s.scores) for s in sessions]
    stale = np.zeros(shape) + [_stale(s.scores, settings.min_gain) for s in sessions]
    gained = np.zeros(shape, bool) | _which(_has_gained(s.scores) for s in sessions)
    on = (
        (done < most)
        & (stale < settings.patience)
        & _which(_goes_on(s, settings) for s in sessions)
    )
    # Where there is a suggestion, or nothing yet to ask about, a test comes first.
    asks = _which(s.interviewed < len(s.scores) for s in sessions)
    tests, interviews = np.zeros(shape), np.zeros(shape)
    while on.any():
        interviews += on & asks
        on &= ~asks | (rng.random(shape) >= refuses)
        tests += on
        done += on
        better = (done == 1) | (rng.random(shape) < gains)
        gained |= on & better & (done > 1)
        stale = np.where(better, 0, stale + 1)
        on &= ~(better & (rng.random(shape) < reaches))
        on &= (done < most) & (stale < settings.patience)
        asks = _which(True for _ in sessions)

    answers = tests * [s.train for s in sessions]
    answers -= np.minimum(answers, [s.tested for s in sessions])
    if settings.validate:
        prompts = (1 + gained) * _which(not s.ended for s in sessions)
        held_out = prompts * [s.validation for s in sessions]
        answers += np.maximum(0, held_out - [s.validated for s in sessions])
    return Futures(tests, interviews, answers, gained)


def with_transfer(futures: Futures, sessions: Sequence[Progress]) -> Futures:
    """The same, with the better prompts of all sessions tried on the other models of their case."""
    models = np.array([s.model for s in sessions])
    cases = np.array([s.case for s in sessions])
    tries = (cases[:, None] == cases) & (models[:, None] != models)
    examples = np.array([s.validation or s.train for s in sessions])
    more = (futures.gained.astype(float) @ tries) * examples
    return replace(futures, answers=futures.answers + more)


def _odds(sessions: Sequence[Progress], settings: LoopSettings) -> list[tuple[float, float]]:
    """Of gains, of targets reached by them and of interviews without a suggestion: for, against."""
    tried = gained = firsts = reached = held = refused = 0
    for session in sessions:
        best = -math.inf
        for n, score in enumerate(session.scores):
            gains = score >= best + settings.min_gain
            tried, gained = tried + (n > 0), gained + (n > 0 and gains)
            reached += gains and score >= settings.target
            best = max(best, score)
        firsts += bool(session.scores)
        held += session.interviewed
        unused = session.interviewed >= len(session.scores) > 0
        refused += session.ended and unused and best < settings.target
    counts = (gained, tried), (reached, gained + firsts), (refused, held)
    return [
        (happened + prior[0], of - happened + prior[1])
        for (happened, of), prior in zip(
            counts, (_GAIN_PRIOR, _REACH_PRIOR, _REFUSAL_PRIOR), strict=True
        )
    ]


def _which(answers: Iterable[bool]) -> NDArray[np.bool_]:
    return np.array(list(answers), bool)


def _goes_on(session: Progress, settings: LoopSettings) -> bool:
    """Whether a test may follow, as far as its end and the target are concerned."""
    reached = max(session.scores, default=0.0) >= settings.target
    return not (session.ended or session.validated or reached)


def _has_gained(scores: Sequence[float]) -> bool:
    return bool(scores) and max(scores) > scores[0]


def _stale(scores: Sequence[float], min_gain: float) -> int:
    """How many scores at the end are no gain."""
    best, stale = -math.inf, 0
    for score in scores:
        stale = 0 if score >= best + min_gain else stale + 1
        best = max(best, score)
    return stale
