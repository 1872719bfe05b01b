"""Folding: how each event changes the record of its session, one case a kind of event.

A running session, a resumed one and one that is read from disk are folded in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable

from llmopt_tui.core.events import (
    ChatExchanged,
    ConventionAnswered,
    Event,
    IdeaTried,
    InterviewAnswered,
    InterviewFinished,
    InterviewGivenUp,
    InterviewStarted,
    IterationFinished,
    IterationStarted,
    MarkTakenBack,
    NextDecided,
    OutputMarked,
    PartRunFinished,
    RunFinished,
    SessionFinished,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    SuggestionDecided,
    SuggestionWritten,
    TrialEnded,
    TrialRunFinished,
    ValidationStarted,
)
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import ChatMessage, InterviewRecord, ProposalRecord

_AFTER_THE_END = (OutputMarked, MarkTakenBack, InterviewAnswered, ChatExchanged)
"""What a person may do to a session that has ended: it takes no longer by it."""


def fold(record: SessionRecord, event: Event) -> None:
    """Apply the next event to the record. One that refers to something unknown changes nothing."""
    if not (record.finished and isinstance(event, _AFTER_THE_END)):
        record.last_at = event.at
    record.facts += 1
    match event:
        case SessionStarted():
            record.started = event
        case IterationStarted():
            record.iterations.append(_new_iteration(record, event))
            record.adopted = None
        case RunFinished(iteration=n, run=run):
            if iteration := record.iteration(n):
                iteration.runs.append(run)
        case IterationFinished(iteration=n):
            if iteration := record.iteration(n):
                iteration.score, iteration.finished_at = event.score, event.at
        case ValidationStarted():
            record.validation = event
        case PartRunFinished(part=n):
            record.part_runs.setdefault(n, []).append(event.run)
        case OutputMarked() | MarkTakenBack():
            if answered := record.answered(event):
                answered.mark(event)
        case SessionPaused():
            record.paused = event
        case SessionResumed():
            _forget_failure(record)
            record.paused = record.finished = None
        case SessionFinished():
            record.finished, record.paused = event, None
        case _:
            _fold_into_round(record, event)


def _new_iteration(record: SessionRecord, event: IterationStarted) -> IterationRecord:
    parent = record.iteration(event.parent) if event.parent else None
    plain = parent.variant if parent else record.original
    won = record.adopted if event.proposal is not None else None
    return IterationRecord(
        event.iteration,
        event.prompt,
        event.origin,
        event.parent,
        event.planned_runs,
        event.at,
        runs=list(won.runs) if won else [],
        variant=event.variant or plain.with_text(event.prompt),
        proposal=event.proposal,
    )


def _forget_failure(record: SessionRecord) -> None:
    """Drop the failed runs of a failed session, so that they are made again on resuming."""
    if record.finished and record.finished.stop_reason == "failed" and record.iterations:
        last = record.iterations[-1]
        if last.score is None:
            last.runs = [run for run in last.runs if run.success]


def _fold_into_round(record: SessionRecord, event: Event) -> None:
    match event:
        case InterviewStarted(interview=n) if record.interview(n) is None:
            record.interviews.append(
                InterviewRecord(
                    n, event.iteration, event.interview_prompt, event.at, asked=event.asked
                )
            )
        case InterviewAnswered(interview=n) if interview := record.interview(n):
            interview.answers.append(event)
        case InterviewGivenUp(interview=n) if interview := record.interview(n):
            interview.attempt += event.follows == "again"
            interview.skipped = event.follows == "skipped"
        case InterviewFinished(interview=n) if interview := record.interview(n):
            interview.response, interview.analysis = event.response, event.analysis
            interview.problems.extend(event.problems)
            interview.refused.extend(event.refused)
            suggested = event.proposals or filter(None, (event.suggestion,))
            interview.proposals = [ProposalRecord(k, s) for k, s in enumerate(suggested, 1)]
            interview.finished_at = event.at
            for suggestion in record.written:
                interview.add(suggestion, event.at)
            if record.written and not interview.raced:
                record.adopted = interview.proposals[0]
            record.written = []
            interview.messages.extend(
                ChatMessage(m.role, m.content, event.at) for m in event.messages
            )
        case ChatExchanged(interview=n) if interview := record.interview(n):
            interview.messages.append(ChatMessage("user", event.question, event.at))
            interview.messages.append(ChatMessage("assistant", event.answer, event.at))
            interview.problems.extend(event.problems)
            interview.refused.extend(event.refused)
            if event.suggestion:
                interview.take(event.suggestion)
        case ConventionAnswered():
            record.conventions.append(event)
            if event.suggestion:
                record.written.append(event.suggestion)
        case IdeaTried(interview=n) if proposal := record.proposal(n, event.proposal):
            proposal.tries.append(event)
        case SuggestionDecided(interview=n) if proposal := record.proposal(n, event.proposal):
            proposal.decision, proposal.decided_at = event.decision, event.at
            if proposal.alone or not record.interviews[-1].raced:
                record.adopted = proposal if proposal.accepted else None
        case SuggestionWritten():
            _take_written(record, event)
        case NextDecided(interview=n) if interview := record.interview(n):
            interview.next = event.next
        case TrialRunFinished(interview=n) if proposal := record.proposal(n, event.proposal):
            proposal.runs.append(event.run)
        case TrialEnded(interview=n) if proposal := record.proposal(n, event.proposal):
            proposal.outcome, proposal.reason = event.outcome, event.reason
            if event.outcome == "won":
                record.adopted = proposal
        case _:
            pass


def _take_written(record: SessionRecord, event: SuggestionWritten) -> None:
    last = record.interviews[-1] if record.interviews else None
    if last is None or last.n != event.interview or last.finished_at is None:
        record.written.append(event.suggestion)
        return
    if not last.raced and last.proposals and last.iteration < record.iterations[-1].n:
        # The only suggestion of the round is tested already: there is nothing to race.
        record.written.append(event.suggestion)
        return
    last.add(event.suggestion, event.at)
    if not last.raced or last.proposals[-1].alone:
        record.adopted = last.proposals[-1]


def folded(events: Iterable[Event]) -> SessionRecord:
    """The record that events add up to."""
    record = SessionRecord()
    for event in events:
        fold(record, event)
    return record
