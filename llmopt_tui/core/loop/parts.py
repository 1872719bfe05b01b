"""Parts: what the winner is made of, and the winner without each part, for telling which did it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llmopt_tui.core.changes import Change, Source
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import ProposalRecord
from llmopt_tui.core.variant import Variant


@dataclass(frozen=True, slots=True)
class Part:
    """A change that the best variant is made of, and the best variant without it.

    `n` counts from 1.
    """

    n: int
    change: Change
    without: Variant


def parts_of(record: SessionRecord) -> tuple[Part, ...]:
    """The parts of the best variant, in the order in which they came; none for the original."""
    best = record.best
    if best is None:
        return ()
    changes = _lasting(list(changes_to(record, best)))
    found: list[Part] = []
    for change in changes:
        without = record.original
        for other in changes:
            if other is not change:
                without = other.apply(without) or without
        if without != best.variant:
            found.append(Part(len(found) + 1, change, without))
    return tuple(found)


def changes_to(record: SessionRecord, iteration: IterationRecord) -> Iterator[Change]:
    """The changes that lead from the original to an iteration's variant, oldest first."""
    parent = record.iteration(iteration.parent) if iteration.parent else None
    if parent is None:
        return
    yield from changes_to(record, parent)
    proposal = proposal_of(record, iteration)
    if proposal is None or iteration.origin == "edited" or not proposal.suggestion.changes:
        source: Source = "person" if iteration.origin == "edited" else "interviewer"
        yield Change("replace text", source, text=iteration.variant.text)
    else:
        yield from proposal.kept(parent.variant).changes


def proposal_of(record: SessionRecord, iteration: IterationRecord) -> ProposalRecord | None:
    """The suggestion that an iteration tests; None for the original."""
    before = [i for i in record.interviews if i.iteration < iteration.n]
    for interview in reversed(before):
        if iteration.proposal is not None:
            return interview.proposal(iteration.proposal)
        for proposal in reversed(interview.accepted):
            if proposal.outcome is None:
                return proposal
    return None


def _lasting(changes: Sequence[Change]) -> list[Change]:
    """The changes without those that later ones replaced."""
    lasting: list[Change] = []
    for change in changes:
        match change.edit:
            case "replace text":
                kept = ("demonstrations", "constraint")
                lasting = [c for c in lasting if c.edit in kept]
            case "demonstrations" | "constraint":
                lasting = [c for c in lasting if c.edit != change.edit]
            case _:
                pass
        lasting.append(change)
    return lasting
