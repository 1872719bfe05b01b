"""The next step of a session, as a pure function of what has happened in it.

`ModelTestSession` carries the steps out; a suite looks at them to decide which session is next.
Because the step depends on the record alone, a resumed session continues exactly where it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from llmopt_tui.core.case import Case
from llmopt_tui.core.doubt import Doubt
from llmopt_tui.core.events import Asked, Origin
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.parts import Part, parts_of
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import InterviewRecord, ProposalRecord
from llmopt_tui.core.proposals.conventions import doubt_of
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

    At most `most` of them, which is what the calls that are left can race. `asked` says which
    sources are asked: all of them, the playbook alone, or nobody, where the person wrote one.
    """

    interview: int
    iteration: int
    parent: IterationRecord
    most: int
    asked: Asked = "all"


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
    """The session would end for `reason`: ask the person first. In auto mode the rule answers."""

    interview: InterviewRecord
    reason: StopReason


@dataclass(frozen=True, slots=True)
class AskConvention:
    """Ask the person what tells two labels apart that answers confuse."""

    doubt: Doubt


@dataclass(frozen=True, slots=True)
class Finish:
    """End the session: nothing is left to do."""

    reason: StopReason


@dataclass(frozen=True, slots=True)
class Explain:
    """Run the best variant without each of its parts on the train examples."""

    parts: tuple[Part, ...]


Step = Explain | Test | Interview | Decide | Race | AskPerson | AskConvention | Validate | Finish


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


def can_try(record: SessionRecord, case: Case, settings: LoopSettings, variant: Variant) -> bool:
    """Whether the calls that are left allow to try a variant on one example, beside the round.

    Every suggestion of the last round that was not refused can then still be tested.
    """
    left = calls_left(record, settings)
    last = record.interviews[-1] if record.interviews else None
    tested = [p for p in last.proposals if p.accepted or not p.decided] if last else []
    held_out, one = _planned_calls(case, settings)
    return left - held_out - len(tested) * one >= calls_of(variant, case)


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
    most = affordable(record, case, settings)
    if interview:
        if interview.finished_at is None:
            return Interview(interview.n, last.n, best, max(1, most), interview.asked)
        if undecided := interview.undecided:
            return Decide(interview.n, undecided)
        if any(entrant.outcome is None for entrant in interview.entrants):
            return Race(interview, best)
    if limit := _limit_reached(record, settings):
        return Finish(limit)
    asked: Asked = "all"
    if reason := _nothing_more(record, settings):
        if interview is None or most < 1:
            return Finish(reason)
        if record.written:
            # A prompt of the person is tested, even where everything else is at an end.
            return Interview(interview.n + 1, last.n, best, most, "nobody")
        match interview.next:
            case "again":
                pass
            case "playbook":
                asked = "playbook"
            case "finish":
                return Finish(reason)
            case _:
                return AskPerson(interview, reason)
    if most < 1:
        return Finish("max_calls")
    if settings.mode == "manual" and asked == "all" and (doubt := doubt_of(record, case)):
        return AskConvention(doubt)
    return Interview(interview.n + 1 if interview else 1, last.n, best, most, asked)


def _limit_reached(record: SessionRecord, settings: LoopSettings) -> StopReason | None:
    """The end that the person's settings demand."""
    if (record.best_score or 0.0) >= settings.target:
        return "target_reached"
    return "max_iterations" if len(record.iterations) >= settings.max_iterations else None


def _nothing_more(record: SessionRecord, settings: LoopSettings) -> StopReason | None:
    """Why there seems to be nothing more to find after the last round: the person may disagree."""
    interview = record.interviews[-1] if record.interviews else None
    if interview and not interview.proposals and interview.iteration == record.iterations[-1].n:
        return "no_improvement_suggested"
    stale = record.stale_rounds(settings.min_gain) >= settings.patience
    return "plateau" if stale else None


MOST_QUESTIONS = 4
"""How many calls an interview may make."""


def affordable(record: SessionRecord, case: Case, settings: LoopSettings) -> int:
    """How many suggestions the next round can test to the end, the held-out runs being certain."""
    left = calls_left(record, settings)
    if math.isinf(left):
        return settings.proposals
    held_out, tested = _planned_calls(case, settings)
    asked = MOST_QUESTIONS if record.asks_model else 0
    return min(settings.proposals, int((left - held_out - asked) // max(1, tested)))


def _planned_calls(case: Case, settings: LoopSettings) -> tuple[int, int]:
    """How many calls the held-out runs take at most, and the test of one suggestion."""
    # What costs two calls an answer may be among the ideas wherever there is a format.
    dearest = (2 if case.output.constraint is not None else 1) + verdicts_awaited(case.criteria)
    held_out = len(case.split("validation")) * settings.repeats if settings.validate else 0
    held_out *= dearest + calls_of(case.prompt.variant, case)
    return held_out, len(case.split("train")) * settings.repeats * dearest
