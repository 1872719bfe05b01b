"""The next step of a session, as a pure function of what has happened in it.

`ModelTestSession` carries the steps out; a suite looks at them to decide which session is next.
Because the step depends on the record alone, a resumed session continues exactly where it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from llmopt_tui.core.case import Case
from llmopt_tui.core.events import Origin
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.parts import Part, parts_of
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import InterviewRecord, ProposalRecord
from llmopt_tui.core.scoring import verdicts_awaited
from llmopt_tui.core.settings import LoopSettings, StopReason
from llmopt_tui.core.variant import Variant


@dataclass(frozen=True, slots=True)
class Test:
    """Test a variant on the case's train examples.

    Where it has been answered on them in a race, `proposal` is its number in the last interview.
    """

    iteration: int
    variant: Variant
    origin: Origin
    parent: int | None
    proposal: int | None = None


@dataclass(frozen=True, slots=True)
class Interview:
    """After an iteration, have better variants suggested than `parent`, the best one so far.

    At most `most` of them, which is what the calls that are left can race.
    """

    interview: int
    iteration: int
    parent: IterationRecord
    most: int


@dataclass(frozen=True, slots=True)
class Decide:
    """Wait until a suggestion is accepted, edited or rejected."""

    interview: int
    proposal: ProposalRecord


@dataclass(frozen=True, slots=True)
class Race:
    """Race the accepted suggestions of an interview against `parent`, the best variant so far."""

    interview: InterviewRecord
    parent: IterationRecord


@dataclass(frozen=True, slots=True)
class Validate:
    """Run the original prompt and the best one on the validation examples."""

    iterations: tuple[IterationRecord, ...]


@dataclass(frozen=True, slots=True)
class AskPerson:
    """No source has a suggestion: ask the person what to do before the session ends."""

    interview: InterviewRecord


@dataclass(frozen=True, slots=True)
class Finish:
    """End the session: nothing is left to do."""

    reason: StopReason


@dataclass(frozen=True, slots=True)
class Explain:
    """Run the best variant without each of its parts on the train examples."""

    parts: tuple[Part, ...]


Step = Explain | Test | Interview | Decide | Race | AskPerson | Validate | Finish


def next_step(record: SessionRecord, case: Case, settings: LoopSettings) -> Step:
    """The next step, which follows from what has happened so far."""
    step = _loop_step(record, case, settings)
    if isinstance(step, Finish) and settings.validate and record.best:
        iterations = tuple({i.n: i for i in (record.iterations[0], record.best)}.values())
        planned = len(case.split("validation")) * settings.repeats
        missing = sum(
            (planned - len(i.validation_runs)) * calls_of(i.variant, case) for i in iterations
        )
        if missing > 0 and calls_left(record, settings) >= missing:
            return Validate(iterations)
    if isinstance(step, Finish) and settings.explain and record.best:
        parts, planned = parts_of(record), len(case.split("train")) * settings.repeats
        missing = sum(
            (planned - len(record.part_runs.get(part.n, ()))) * calls_of(part.without, case)
            for part in parts
        )
        if missing > 0 and calls_left(record, settings) >= missing:
            return Explain(parts)
    return step


def calls_left(record: SessionRecord, settings: LoopSettings) -> float:
    """How many calls the session may still make; infinite where nothing bounds them."""
    if settings.max_calls is None:
        return math.inf
    return settings.max_calls - record.totals.calls - record.interviewer_totals.calls


def least_calls(case: Case, settings: LoopSettings) -> int:
    """How many calls a session makes at least: the original prompt on every example."""
    held_out = len(case.split("validation")) if settings.validate else 0
    runs = (len(case.split("train")) + held_out) * settings.repeats
    return runs * calls_of(case.prompt.variant, case)


def calls_of(variant: Variant, case: Case) -> int:
    """How many calls one answer takes: two where it is said again in the output's format.

    Each model that judges it takes one more.
    """
    late = (variant.constrain or case.output.constrain) == "late"
    answered = 2 if late and case.output.constraint is not None else 1
    return answered + verdicts_awaited(case.criteria)


def _loop_step(record: SessionRecord, case: Case, settings: LoopSettings) -> Step:
    if not record.iterations:
        return Test(1, case.prompt.variant, "original", None)
    last, best = record.iterations[-1], record.best
    if last.score is None or best is None:
        return Test(last.n, last.variant, last.origin, last.parent, last.proposal)
    if adopted := record.adopted:
        edited = adopted.decision is not None and adopted.decision.action == "edited"
        origin: Origin = "edited" if edited else "accepted"
        proposal = adopted.n if adopted.outcome == "won" else None
        return Test(last.n + 1, adopted.variant(best.variant), origin, best.n, proposal)

    interview = record.interviews[-1] if record.interviews else None
    most = _affordable(record, case, settings)
    if interview:
        if interview.finished_at is None:
            return Interview(interview.n, last.n, best, max(1, most))
        if undecided := interview.undecided:
            return Decide(interview.n, undecided)
        if any(entrant.outcome is None for entrant in interview.entrants):
            return Race(interview, best)
        if not interview.proposals and interview.iteration == last.n:
            if interview.next is None and settings.mode == "manual":
                return AskPerson(interview)
            if interview.next != "again":
                return Finish("no_improvement_suggested")
    if reason := _stop_reason(record, settings):
        return Finish(reason)
    if most < 1:
        return Finish("max_calls")
    return Interview(interview.n + 1 if interview else 1, last.n, best, most)


def _stop_reason(record: SessionRecord, settings: LoopSettings) -> StopReason | None:
    if (record.best_score or 0.0) >= settings.target:
        return "target_reached"
    if record.stale_rounds(settings.min_gain) >= settings.patience:
        return "plateau"
    if len(record.iterations) >= settings.max_iterations:
        return "max_iterations"
    return None


MOST_QUESTIONS = 4
"""How many calls an interview may make."""


def _affordable(record: SessionRecord, case: Case, settings: LoopSettings) -> int:
    """How many suggestions the next round can test to the end, the held-out runs being certain."""
    left = calls_left(record, settings)
    if math.isinf(left):
        return settings.proposals
    # What costs two calls an answer may be among the ideas wherever there is a format.
    dearest = (2 if case.output.constraint is not None else 1) + verdicts_awaited(case.criteria)
    held_out = len(case.split("validation")) * settings.repeats if settings.validate else 0
    held_out *= dearest + calls_of(case.prompt.variant, case)
    tested = len(case.split("train")) * settings.repeats * dearest
    asked = MOST_QUESTIONS if record.asks_model else 0
    return min(settings.proposals, int((left - held_out - asked) // max(1, tested)))
