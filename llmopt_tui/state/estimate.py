"""What a suite takes in calls and time, and what of it is left, by what its sessions have needed.

Times are those of answering and loading. What a person takes to decide is not foreseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.settings import LoopSettings

if TYPE_CHECKING:
    from llmopt_tui.state.futures import Numbers

Span = tuple[float, float]

_FUTURES = 500
_CENTRAL = (10, 90)
"""The percentiles that the range reaches from and to."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a session has come. Seconds are without loads, which stand apart.

    `train` and `validation` are answers that one prompt needs, repeats included; `tested` those
    of the iteration under way; `spans` when iterations were worked on, in seconds of any clock.
    `iterations` is how many there are at most, where the settings do not say it; `endpoints` where
    its model may be asked: every endpoint works for itself.
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
    iterations: int | None = None
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a suite takes. `seconds_left` is None while no speed is known at all.

    It is the figure that is most likely to be within a third of the truth; `between` is where the
    truth lies in four of five futures, and holds it. `unknown` are the models whose own speed is
    not known: the others' stands for it.
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
        """How much is done, from 0 to 1: by time where that is known, else by calls."""
        if self.seconds_left is not None:
            done, left = self.seconds_done, self.seconds_left
        else:
            done, left = float(self.calls_done), float(self.calls_left)
        return done / (done + left) if done else 0.0


def progress_of(
    record: SessionRecord,
    model: str,
    case: str,
    *,
    train: int,
    validation: int,
    ended: bool,
    iterations: int | None = None,
    endpoints: tuple[str, ...] = (),
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
        iterations=iterations,
        endpoints=endpoints,
    )


def estimate(
    sessions: Sequence[Progress],
    settings: LoopSettings,
    speeds: Mapping[str, float] | None = None,
    *,
    transfer: bool = False,
) -> Estimate:
    """What is left of these sessions. `speeds` are seconds per answer of models, from the past.

    With `transfer`, each better prompt that is found is yet to be tried on the other models.
    """
    import numpy as np

    from llmopt_tui.state.futures import play, with_transfer
    from llmopt_tui.state.pace import Pace

    rng = np.random.default_rng(0)  # the same futures from the same facts: the figure stands still
    futures = play(sessions, settings, rng, _FUTURES)
    if transfer:
        futures = with_transfer(futures, sessions)
    pace = Pace(sessions, speeds or {})
    seconds = pace.seconds(futures, rng)
    held = sum(s.interviewed for s in sessions)
    calls_of_one = max(1.0, sum(s.interviews for s in sessions) / held) if held else 1.0
    calls = futures.answers + futures.interviews * calls_of_one
    left = between = None
    if seconds is not None:
        left = likeliest(seconds)
        between = _central(seconds, left)
    to_do = [s.model for s, some in zip(sessions, calls.max(0), strict=True) if some]
    return Estimate(
        sessions=len(sessions),
        calls_done=sum(s.answers + s.interviews for s in sessions),
        calls_left=round(float(calls.sum(1).mean())),
        seconds_done=sum(s.seconds + s.load_seconds for s in sessions)
        + sum(s.interview_seconds + s.interview_load_seconds for s in sessions),
        seconds_left=left,
        between=between,
        unknown=tuple(dict.fromkeys(model for model in to_do if model not in pace.known)),
    )


def likeliest(seconds: Numbers) -> float:
    """The figure that is within a third of the truth in the most futures."""
    import numpy as np

    first = np.sort(seconds)
    # Those are the truths from 3/4 to 3/2 of it: the last is twice the first.
    last = np.searchsorted(first, 2 * first, side="right") - 1
    n = int(np.argmax(last - np.arange(len(first))))
    return float(first[n] / 0.75 + first[last[n]] / 1.5) / 2


def _central(seconds: Numbers, left: float) -> Span:
    import numpy as np

    low, high = np.percentile(seconds, _CENTRAL)
    return min(float(low), left), max(float(high), left)
