"""Rounds on record: an interview, the suggestions that followed it, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from llmopt_tui.core.decisions import Decision, Next
from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.events import Asked, IdeaTried, InterviewAnswered, Marking, Outcome
from llmopt_tui.core.loop.iteration import run_of
from llmopt_tui.core.loop.marks import marked_runs
from llmopt_tui.core.ports import Role
from llmopt_tui.core.run import Run
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.core.variant import Variant


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a recorded interview."""

    role: Role
    content: str
    at: datetime


@dataclass(slots=True)
class ProposalRecord:
    """One suggestion of a round: what was decided about it, and how it did in its race.

    `n` counts from 1 in the round. `outcome` is None until the race has ended for it, or where
    there was none: with `alone`, it came after the race and is tested as the next iteration.
    `tries` are runs by which the person looked at it before the decision; no score counts them.
    """

    n: int
    suggestion: Suggestion
    alone: bool = field(default=False, kw_only=True)
    decision: Decision | None = None
    decided_at: datetime | None = None
    runs: list[Run] = field(default_factory=list)
    outcome: Outcome | None = None
    reason: str = ""
    tries: list[IdeaTried] = field(default_factory=list)

    @property
    def decided(self) -> bool:
        """Whether it was accepted, edited or rejected: a stop withdraws the question only."""
        return self.decision is not None and self.decision.action != "none"

    @property
    def accepted(self) -> bool:
        """Whether it is to be tested."""
        return self.decision is not None and self.decision.prompt is not None

    def run(self, example_id: str, repeat: int) -> Run | None:
        """The finished run of an example in the race, if there is one."""
        return run_of(self.runs, example_id, repeat)

    def mark(self, event: Marking) -> None:
        """Let a person's mark overrule a run's score, or no longer."""
        self.runs = marked_runs(self.runs, event)

    def kept(self, parent: Variant) -> Suggestion:
        """The suggestion without the changes that the decision left out."""
        left_out = self.decision.left_out if self.decision else ()
        return self.suggestion.without(left_out, parent) if left_out else self.suggestion

    def variant(self, parent: Variant) -> Variant:
        """What is sent to test it, with the person's wording where there is one."""
        suggested = self.kept(parent).variant_of(parent)
        decision = self.decision
        if decision is None or decision.prompt is None or decision.action != "edited":
            return suggested
        return suggested.with_text(decision.prompt)


@dataclass(slots=True)
class InterviewRecord:
    """A round: one conversation with the interviewer, and the suggestions that followed it.

    `next` is what was said to do where the session would have ended after it. `refused` are drafts
    that the checks rejected. `asked` says which sources were asked. `attempt` counts how often it
    was begun anew, from 0; with `skipped`, the interviewer is asked no more in it.
    """

    n: int
    iteration: int
    interview_prompt: str
    started_at: datetime
    answers: list[InterviewAnswered] = field(default_factory=list)
    response: str = ""
    analysis: str = ""
    messages: list[ChatMessage] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    proposals: list[ProposalRecord] = field(default_factory=list)
    finished_at: datetime | None = None
    next: Next | None = None
    refused: list[RefusedDraft] = field(default_factory=list)
    attempt: int = 0
    skipped: bool = False
    asked: Asked = "all"

    @property
    def undecided(self) -> ProposalRecord | None:
        """The first suggestion that waits for a decision; None where none does."""
        return next((p for p in self.proposals if not p.decided), None)

    @property
    def accepted(self) -> list[ProposalRecord]:
        """The suggestions that are to be tested."""
        return [p for p in self.proposals if p.accepted]

    @property
    def entrants(self) -> list[ProposalRecord]:
        """The suggestions that take part in the round's race."""
        return [p for p in self.accepted if not p.alone] if self.raced else []

    @property
    def raced(self) -> bool:
        """Whether its suggestions are raced: a single one is tested as the next iteration."""
        return len(self.proposals) > 1

    @property
    def lost(self) -> bool:
        """Whether every suggestion was raced and none of them won."""
        ended = [p.outcome for p in self.entrants]
        return bool(ended) and all(outcome in ("dropped", "beaten") for outcome in ended)

    @property
    def shown(self) -> ProposalRecord | None:
        """The suggestion to show for the round: the one that waits, won, was accepted, or the
        first; None without any."""
        if self.undecided:
            return self.undecided
        won = (p for p in self.proposals if p.outcome == "won")
        return next(won, None) or next(iter(self.accepted or self.proposals), None)

    @property
    def suggestion(self) -> Suggestion | None:
        """The suggestion of `shown`."""
        return self.shown.suggestion if self.shown else None

    @property
    def decision(self) -> Decision | None:
        """What was decided about the suggestion of `shown`."""
        return self.shown.decision if self.shown else None

    @property
    def decided_at(self) -> datetime | None:
        """When that was decided."""
        return self.shown.decided_at if self.shown else None

    @property
    def over(self) -> bool:
        """Whether its suggestions are tested, so that no other one can take part."""
        return self.raced and self.undecided is None and all(p.outcome for p in self.entrants)

    def add(self, suggestion: Suggestion, at: datetime) -> None:
        """Let a suggestion of the person take part, which needs no decision."""
        decided = Decision("accepted", "person", suggestion.prompt)
        n = len(self.proposals) + 1
        self.proposals.append(ProposalRecord(n, suggestion, decided, at, alone=self.over))

    def take(self, suggestion: Suggestion) -> None:
        """Put a suggestion that came out of a talk in the place of the one that waits."""
        if (waits := self.undecided) is not None:
            waits.suggestion = suggestion
        elif self.raced:
            n = len(self.proposals) + 1
            self.proposals.append(ProposalRecord(n, suggestion, alone=self.over))
        else:
            self.proposals = [ProposalRecord(1, suggestion)]

    def proposal(self, n: int) -> ProposalRecord | None:
        """The suggestion with this number; None where there is none."""
        return self.proposals[n - 1] if 0 < n <= len(self.proposals) else None
