"""The next step of a session, as a pure function of what has happened in it.

`ModelTestSession` carries the steps out; a suite looks at them to decide which session is next.
Because the step depends on the record alone, a resumed session continues exactly where it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from llmopt_tui.core.case import Case
from llmopt_tui.core.events import Origin, Suggestion
from llmopt_tui.core.loop.record import IterationRecord, SessionRecord
from llmopt_tui.core.settings import LoopSettings, StopReason


@dataclass(frozen=True, slots=True)
class Test:
    """Test a prompt on the case's train examples."""

    iteration: int
    prompt: str
    origin: Origin
    parent: int | None


@dataclass(frozen=True, slots=True)
class Interview:
    """After an iteration, ask the interviewer about `parent`, the best prompt so far."""

    interview: int
    iteration: int
    parent: IterationRecord


@dataclass(frozen=True, slots=True)
class Decide:
    """Wait until a suggestion is accepted, edited or rejected."""

    interview: int
    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class Validate:
    """Run the original prompt and the best one on the validation examples."""

    iterations: tuple[IterationRecord, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """End the session: nothing is left to do."""

    reason: StopReason


Step = Test | Interview | Decide | Validate | Finish


def next_step(record: SessionRecord, case: Case, settings: LoopSettings) -> Step:
    """The next step, which follows from what has happened so far."""
    step = _loop_step(record, case.prompt.text, settings)
    if isinstance(step, Finish) and settings.validate and record.best:
        iterations = tuple({i.n: i for i in (record.iterations[0], record.best)}.values())
        planned = len(case.split("validation")) * settings.repeats
        if any(len(iteration.validation_runs) < planned for iteration in iterations):
            return Validate(iterations)
    return step


def _loop_step(record: SessionRecord, original_prompt: str, settings: LoopSettings) -> Step:
    if not record.iterations:
        return Test(1, original_prompt, "original", None)
    last, best = record.iterations[-1], record.best
    if last.score is None or best is None:
        return Test(last.n, last.prompt, last.origin, last.parent)
    if adopted := record.adopted:
        origin: Origin = "edited" if adopted.action == "edited" else "accepted"
        return Test(last.n + 1, adopted.prompt or "", origin, best.n)

    interview = record.interviews[-1] if record.interviews else None
    if interview:
        if interview.finished_at is None:
            return Interview(interview.n, last.n, best)
        if record.undecided and interview.suggestion:
            return Decide(interview.n, interview.suggestion)
        if interview.suggestion is None and interview.iteration == last.n:
            return Finish("no_improvement_suggested")
    if reason := _stop_reason(record, settings):
        return Finish(reason)
    return Interview(interview.n + 1 if interview else 1, last.n, best)


def _stop_reason(record: SessionRecord, settings: LoopSettings) -> StopReason | None:
    if (record.best_score or 0.0) >= settings.target:
        return "target_reached"
    if record.stale_iterations(settings.min_gain) >= settings.patience:
        return "plateau"
    if len(record.iterations) >= settings.max_iterations:
        return "max_iterations"
    return None
