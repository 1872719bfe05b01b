"""Ideas in words: who had them, what they change, how their races ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmopt_tui.core.changes import Change, Source
from llmopt_tui.core.events import Outcome
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import InterviewRecord, ProposalRecord
from llmopt_tui.core.scoring.wording import counted
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.core.text.plain import one_line

SOURCES: Mapping[Source, str] = {
    "interviewer": "from the interviewer",
    "playbook": "from the playbook",
    "chat": "from the talk with the interviewer",
    "demonstrations": "from the train examples",
    "constraint": "from the output's format",
    "person": "from the person",
    "earlier": "from an earlier session",
}
"""Where a change comes from, to be put behind what it is."""

_INSTRUCTIONS = {
    "once": "the instructions in the first turn alone",
    "each": "the instructions in each turn",
    "system": "the instructions in the system message",
}


def idea_of(
    record: SessionRecord, iteration: IterationRecord
) -> tuple[InterviewRecord, ProposalRecord] | None:
    """The round and the suggestion that an iteration tests; None for the original prompt.

    None, too, where the record does not hold the suggestion.
    """
    for interview in reversed(record.interviews):
        if interview.iteration >= iteration.n:
            continue
        if iteration.proposal is not None:
            found = interview.proposal(iteration.proposal)
            return (interview, found) if found else None
        for proposal in interview.proposals:
            if proposal.decision and proposal.decision.prompt == iteration.prompt:
                return interview, proposal
    return None


def steps_back(
    record: SessionRecord, iteration: IterationRecord
) -> Iterator[tuple[IterationRecord, IterationRecord]]:
    """An iteration and the one that it changed, then that one and its own, back to the original."""
    seen = set()
    while iteration.n not in seen and (parent := record.iteration(iteration.parent or 0)):
        seen.add(iteration.n)
        yield iteration, parent
        iteration = parent


def changes_of(suggestion: Suggestion) -> tuple[Change, ...]:
    """The changes of a suggestion; of one that names none, a single change of its text."""
    whole = Change(
        "replace text", suggestion.source, suggestion.kind, suggestion.cause, suggestion.reasoning
    )
    return suggestion.changes or (whole,)


def change_words(change: Change) -> str:
    """One change: what it is, where it comes from, and the failure that it is meant against."""
    against = f', against "{change.cause}"' if change.cause else ""
    return f"{change.name or change.edit}, {SOURCES.get(change.source, change.source)}{against}"


def idea_words(proposal: ProposalRecord) -> str:
    """An idea's number and what it changes: "idea 2, 3 demonstrations"."""
    names = [change.name or change.edit for change in changes_of(proposal.suggestion)]
    return f"idea {proposal.n}, {proposal.suggestion.kind or ' + '.join(names)}"


def outcome_words(outcome: Outcome, answers: int, reason: str) -> str:
    """How a race ended for an idea: "dropped after 8 answers: 0.12 behind the best so far"."""
    how = {"won": "won with", "beaten": "beaten after", "dropped": "dropped after"}[outcome]
    return f"{how} {counted(answers, 'answer')}{f': {reason}' if reason else ''}"


def lost_lines(interview: InterviewRecord) -> Iterator[str]:
    """A line for each idea of a round that did not win."""
    for proposal in interview.proposals:
        if proposal.outcome is not None and proposal.outcome != "won":
            ended = outcome_words(proposal.outcome, len(proposal.runs), proposal.reason)
            yield f"{idea_words(proposal)}: {ended}"
        elif proposal.decision and proposal.decision.action == "rejected":
            note = f": {proposal.decision.note}" if proposal.decision.note else ""
            yield f"{idea_words(proposal)}: rejected{note}"


def demonstrations_words(count: int, instructions: str) -> str:
    """How demonstrations are sent: "2 demonstrations as earlier turns, the instructions ..."."""
    turns = counted(count, "demonstration")
    return f"{turns} as earlier turns of the chat, {_INSTRUCTIONS.get(instructions, instructions)}"


def branched_words(record: SessionRecord) -> str:
    """Which iteration of which session the first prompt was taken from; "" where it is a file's."""
    from llmopt_tui.state.documents.case import RecordedPrompt

    if record.started is None or "provenance" not in record.started.prompt:
        return ""
    return one_line(RecordedPrompt.read(record.started.prompt).branched_from)
