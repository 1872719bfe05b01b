"""Answering: the person's decisions about the suggestion that waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmopt_tui.app.members import KeptMember
    from llmopt_tui.core.events import NothingSuggested, Suggestion, SuggestionProposed


class Answering:
    """Answers the suggestion of the session that is shown. Each answer returns whether it counted.

    It does not count where nothing waits, or where the suggestion was decided in the meantime.
    """

    def __init__(self) -> None:
        self._accepted_all: list[Suggestion] = []

    @property
    def shown(self) -> KeptMember | None:
        """The session that is shown; None if there is none."""
        raise NotImplementedError

    @property
    def proposal(self) -> SuggestionProposed | None:
        """The suggestion of the shown session that waits for the person's decision."""
        raise NotImplementedError

    def accept(self) -> bool:
        """Accept the suggestion."""
        proposal = self.proposal
        return proposal is not None and proposal.pending.accept()

    def accept_all(self) -> bool:
        """Accept the suggestion and those of its round that follow, as they are now."""
        proposal, member = self.proposal, self.shown
        interview = member.record.interview(proposal.interview) if member and proposal else None
        if interview:
            self._accepted_all = [p.suggestion for p in interview.proposals if not p.decided]
        return self.accept()

    def accepted_before(self, proposed: SuggestionProposed) -> bool:
        """Accept a suggestion that `accept_all` was about; do nothing with another one.

        One that came out of the talk in the meantime is another one: the person is asked.
        """
        if not any(proposed.suggestion is known for known in self._accepted_all):
            return False
        return proposed.pending.accept()

    @property
    def asking(self) -> NothingSuggested | None:
        """The question of the shown session what to do without a suggestion."""
        raise NotImplementedError

    def ask_again(self) -> bool:
        """Have the sources asked once more."""
        asking = self.asking
        return asking is not None and asking.pending.again()

    def finish(self) -> bool:
        """Let the session end, for which no source has a suggestion."""
        asking = self.asking
        return asking is not None and asking.pending.finish()

    def edit(self, text: str) -> bool:
        """Put the person's text in the place of the suggestion's."""
        proposal = self.proposal
        return proposal is not None and proposal.pending.edit(text)

    def reject(self, note: str = "") -> bool:
        """Reject the suggestion, with a reason."""
        proposal = self.proposal
        return proposal is not None and proposal.pending.reject(note)
