"""The progress of a suite's session in numbers, from which the time left is estimated."""

from __future__ import annotations

from dataclasses import dataclass

from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import InterviewRecord
from llmopt_tui.state.races import race_under_way, was_raced

Span = tuple[float, float]
"""A beginning and an end, in seconds."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a session has come. `seconds` are without loads, `interview_seconds` with them.

    `train` and `validation` are how many answers one prompt needs, repeats included; `tested` how
    many the iteration under way has. `spans` are the beginnings and ends of finished iterations, in
    seconds of any clock, and `span_seconds` the sum of their calls' seconds, which is more where
    several calls were made at once. `iterations` is the highest number of iterations, where the
    settings do not say it; `endpoints` are those where its model may be called. `races` are the
    answers that each finished race took, `racing` those of the race under way. `lost` has a number
    for each round that no idea won: how many iterations had a score by then.
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
    spans: tuple[Span, ...] = ()
    span_seconds: float = 0.0
    iterations: int | None = None
    endpoints: tuple[str, ...] = ()
    races: tuple[int, ...] = ()
    racing: int = 0
    lost: tuple[int, ...] = ()


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
    """The progress of a session, read from its record."""
    runs = record.runs
    current = record.iterations[-1] if record.iterations else None
    answers = [answer for interview in record.interviews for answer in interview.answers]
    # The runs of an iteration that won a race were made before it began.
    tested = [(i, i.finished_at) for i in record.iterations if i.finished_at and i.proposal is None]
    race = race_under_way(record)
    raced = [i for i in record.interviews if was_raced(i) and i is not race]
    spans = [(span, i) for i in raced if (span := _race_span(record, i))]
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
        load_seconds=sum(run.metrics.load_seconds or 0.0 for run in runs),
        interviews=len(answers),
        interview_seconds=sum(answer.seconds for answer in answers),
        spans=(
            *((i.started_at.timestamp(), end.timestamp()) for i, end in tested),
            *(span for span, _ in spans),
        ),
        span_seconds=sum(run.answer_seconds for i, _ in tested for run in i.train_runs)
        + sum(run.answer_seconds for _, i in spans for p in i.entrants for run in p.runs),
        iterations=iterations,
        endpoints=endpoints,
        races=tuple(_answers(i) for i in raced),
        racing=_answers(race) if race else 0,
        lost=tuple(
            sum(i.n <= interview.iteration for i in record.scored)
            for interview in record.interviews
            if interview.lost
        ),
    )


def _answers(interview: InterviewRecord) -> int:
    """How many answers a round's race has taken."""
    return sum(len(entrant.runs) for entrant in interview.entrants)


def _race_span(record: SessionRecord, interview: InterviewRecord) -> Span | None:
    """When a race began and ended; None where nothing has followed that says when it ended."""
    begun = max(p.decided_at for p in interview.entrants if p.decided_at)
    followed = [i.started_at for i in record.iterations if i.n > interview.iteration]
    followed += [i.started_at for i in record.interviews if i.n > interview.n]
    return (begun.timestamp(), min(followed).timestamp()) if followed else None
