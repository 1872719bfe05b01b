"""The progress of a suite's session in numbers, from which the time left is estimated."""

from __future__ import annotations

from dataclasses import dataclass

from llmopt_tui.core.loop.record import SessionRecord

Span = tuple[float, float]
"""A beginning and an end, in seconds."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a session has come. `seconds` are without loads, `interview_seconds` with them.

    `train` and `validation` are how many answers one prompt needs, repeats included; `tested` how
    many the iteration under way has. `spans` are the beginnings and ends of finished iterations, in
    seconds of any clock, and `span_seconds` the sum of their calls' seconds, which is more where
    several calls were made at once. `iterations` is the highest number of iterations, where the
    settings do not say it; `endpoints` are those where its model may be called.
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
    runs = [run for iteration in record.iterations for run in iteration.runs]
    current = record.iterations[-1] if record.iterations else None
    answers = [answer for interview in record.interviews for answer in interview.answers]
    finished = [(i, i.finished_at) for i in record.iterations if i.finished_at]
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
        spans=tuple((i.started_at.timestamp(), end.timestamp()) for i, end in finished),
        span_seconds=sum(run.answer_seconds for i, _ in finished for run in i.train_runs),
        iterations=iterations,
        endpoints=endpoints,
    )
