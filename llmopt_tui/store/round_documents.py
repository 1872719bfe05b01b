"""interview_N.json: a round of a session, with every suggestion of it and how its race ended."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import InterviewRecord, ProposalRecord
from llmopt_tui.core.variant import Variant

if TYPE_CHECKING:
    from llmopt_tui.state.documents.session import (
        Interview,
        Proposal,
        RecordedDecision,
        TrialCounts,
    )


def interview(record: SessionRecord, n: int) -> Interview:
    """interview_N.json. Raises KeyError for an interview that is not there."""
    from llmopt_tui.state.documents.session import Interview

    talk = record.interview(n)
    if talk is None:
        raise KeyError(n)
    suggestion, parent = talk.suggestion, record.parent_of(talk)
    return Interview(
        interview=talk.n,
        iteration=talk.iteration,
        interviewer_model=record.started.interviewer_model if record.started else "",
        interview_prompt=talk.interview_prompt,
        interview_response=talk.response,
        analysis=talk.analysis,
        improved_prompt=suggestion.prompt if suggestion else None,
        reasoning=suggestion.reasoning if suggestion else "",
        change=suggestion.kind if suggestion else "",
        source=suggestion.source if suggestion else None,
        has_improvement=suggestion is not None,
        problems=tuple(talk.problems),
        messages=tuple(talk.messages),
        decision=_decision(talk.shown),
        proposals=tuple(_proposal(talk, proposal, parent) for proposal in talk.proposals),
        refused=tuple(talk.refused),
        timestamp=(talk.finished_at or talk.started_at).isoformat(),
    )


def lost_before(record: SessionRecord, n: int) -> tuple[Proposal, ...]:
    """The suggestions that were raced in the round which led to iteration `n`, and lost."""
    talk = next((i for i in reversed(record.interviews) if i.iteration == n - 1), None)
    if talk is None:
        return ()
    parent = record.parent_of(talk)
    return tuple(_proposal(talk, p, parent) for p in talk.proposals if p.runs and _lost(p))


def trial_counts(record: SessionRecord) -> TrialCounts:
    """How many suggestions were raced, how their races ended, and how many answers that took."""
    from llmopt_tui.state.documents.session import TrialCounts

    raced = [p for talk in record.interviews for p in talk.proposals if p.runs]
    outcomes = [proposal.outcome for proposal in raced]
    return TrialCounts(
        raced=len(raced),
        won=outcomes.count("won"),
        beaten=outcomes.count("beaten"),
        dropped=outcomes.count("dropped"),
        answers=sum(len(proposal.runs) for proposal in raced),
    )


def _lost(proposal: ProposalRecord) -> bool:
    return proposal.outcome is not None and proposal.outcome != "won"


def _proposal(talk: InterviewRecord, proposal: ProposalRecord, parent: Variant) -> Proposal:
    from llmopt_tui.state.documents.session import Proposal

    suggestion = proposal.suggestion
    return Proposal(
        interview=talk.n,
        proposal=proposal.n,
        source=suggestion.source,
        cause=suggestion.cause,
        kind=suggestion.kind,
        reasoning=suggestion.reasoning,
        variant=proposal.variant(parent),
        changes=suggestion.changes,
        problems=suggestion.overruled,
        decision=_decision(proposal),
        scores=_scores(proposal),
        answers=len(proposal.runs),
        outcome=proposal.outcome,
        reason=proposal.reason,
    )


def _scores(proposal: ProposalRecord) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for run in proposal.runs:
        found.setdefault(run.example_id, []).append(run.score)
    return {example: fmean(found[example]) for example in sorted(found)}


def _decision(proposal: ProposalRecord | None) -> RecordedDecision:
    from llmopt_tui.state.documents.session import RecordedDecision

    if proposal is None or proposal.decision is None:
        return RecordedDecision()
    found, at = proposal.decision, proposal.decided_at
    return RecordedDecision(
        action=found.action,
        by=found.by,
        prompt=found.prompt,
        note=found.note,
        left_out=found.left_out,
        timestamp=at.isoformat() if at else None,
    )
