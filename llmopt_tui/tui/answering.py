"""Answering: what a person does in the session that is shown: decide, try, write, talk."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from llmopt_tui.tui.news import NewsRoom, RunChanged, RunProblem, TalkFailed

if TYPE_CHECKING:
    from llmopt_tui.app.members import KeptMember
    from llmopt_tui.app.suite_run import SuiteRun
    from llmopt_tui.core.drafts import RefusedDraft
    from llmopt_tui.core.loop.control import RunControl
    from llmopt_tui.core.loop.giving_up import Follows, GiveUp
    from llmopt_tui.core.signals import ConventionAsked, NothingSuggested, SuggestionProposed, Waits
    from llmopt_tui.core.suggestion import Suggestion


class Answering:
    """Answers the question of the session that is shown. Each answer returns whether it counted.

    It does not count where nothing waits, or where the question was answered in the meantime.
    `unused` is a prompt that the person wrote and that could not be used, "" for none.
    """

    suite: SuiteRun | None
    _app: NewsRoom
    _control: RunControl | None

    def __init__(self) -> None:
        self.unused = ""
        self._accepted_all: list[Suggestion] = []
        self._talks: list[GiveUp] = []
        self._tries: list[tuple[KeptMember, str]] = []

    @property
    def shown(self) -> KeptMember | None:
        """The session that is shown; None if there is none."""
        raise NotImplementedError

    def _words(self, error: Exception) -> str:
        raise NotImplementedError

    # What waits

    def waits_of(self, member: KeptMember | None) -> Waits | None:
        """The question of a session that waits for the person; None where none does."""
        if self._control is None or member is None or member.opened is None:
            return None
        return self._control.waits(member.opened.session.session_id)

    @property
    def waits(self) -> Waits | None:
        """The question of the shown session that waits for the person."""
        return self.waits_of(self.shown)

    @property
    def proposal(self) -> SuggestionProposed | None:
        """The suggestion of the shown session that waits for the person's decision."""
        return self.proposal_of(self.shown)

    def proposal_of(self, member: KeptMember | None) -> SuggestionProposed | None:
        """The suggestion of a session that waits for the person's decision."""
        from llmopt_tui.core.signals import SuggestionProposed

        waits = self.waits_of(member)
        return waits if isinstance(waits, SuggestionProposed) else None

    @property
    def asking(self) -> NothingSuggested | None:
        """The question of the shown session what to do before it ends."""
        from llmopt_tui.core.signals import NothingSuggested

        waits = self.waits
        return waits if isinstance(waits, NothingSuggested) else None

    @property
    def doubting(self) -> ConventionAsked | None:
        """The question of the shown session what tells two labels apart."""
        from llmopt_tui.core.signals import ConventionAsked

        waits = self.waits
        return waits if isinstance(waits, ConventionAsked) else None

    @property
    def deciding(self) -> bool:
        """Whether the shown session waits for the person."""
        return self.waits is not None

    # Deciding about an idea

    def accept(self, left_out: tuple[int, ...] = ()) -> bool:
        """Accept the suggestion, without the changes that are left out."""
        proposal = self.proposal
        if proposal is None:
            return False
        if not left_out:
            return proposal.pending.accept()
        kept = self._kept(proposal, left_out)
        return proposal.pending.accept(prompt=kept.prompt, left_out=left_out)

    def _kept(self, proposal: SuggestionProposed, left_out: tuple[int, ...]) -> Suggestion:
        assert self.shown is not None
        record = self.shown.record
        interview = record.interview(proposal.interview)
        parent = record.parent_of(interview) if interview else record.original
        return proposal.suggestion.without(left_out, parent)

    def accept_all(self, left_out: tuple[int, ...] = ()) -> bool:
        """Accept the suggestion and those of its round that wait too, as they are now."""
        proposal, member = self.proposal, self.shown
        interview = member.record.interview(proposal.interview) if member and proposal else None
        if interview:
            self._accepted_all = [p.suggestion for p in interview.proposals if not p.decided]
        return self.accept(left_out)

    def accepted_before(self, proposed: SuggestionProposed) -> bool:
        """Accept a suggestion that `accept_all` was about; do nothing with another one.

        One that came out of the talk in the meantime is another one: the person is asked.
        """
        if not any(proposed.suggestion is known for known in self._accepted_all):
            return False
        return proposed.pending.accept()

    def edit(self, text: str, left_out: tuple[int, ...] = ()) -> bool:
        """Put the person's text in the place of the suggestion's."""
        proposal = self.proposal
        if proposal is None:
            self.unused = text
            return False
        if left_out and text == self._kept(proposal, left_out).prompt:
            return self.accept(left_out)
        return proposal.pending.edit(text, left_out=left_out)

    def reject(self, note: str = "") -> bool:
        """Reject the suggestion, with a reason."""
        proposal = self.proposal
        return proposal is not None and proposal.pending.reject(note)

    def turn_to(self, number: int = 0) -> bool:
        """Decide about another idea of the round first: one by its number, else the next one."""
        proposal, member = self.proposal, self.shown
        interview = member.record.interview(proposal.interview) if member and proposal else None
        if proposal is None or interview is None:
            return False
        here = proposal.proposal
        open_ones = [p.n for p in interview.proposals if not p.decided and p.n != here]
        later = [n for n in open_ones if n > here]
        wanted = number or next(iter(later or open_ones), 0)
        return wanted in open_ones and proposal.pending.turn_to(wanted)

    # What follows, and what tells labels apart

    def ask_again(self) -> bool:
        """Have the sources asked once more: the interview under way, or before the end."""
        if (asking := self.asking) is not None:
            return asking.pending.again()
        return self.give_up_interview("again")

    def take_from_playbook(self) -> bool:
        """Have the playbook's next idea tested."""
        asking = self.asking
        return asking is not None and asking.pending.playbook()

    def finish(self) -> bool:
        """Let the session end."""
        asking = self.asking
        return asking is not None and asking.pending.finish()

    def explain_labels(self, text: str) -> bool:
        """Say what tells the labels apart; "" skips the question."""
        doubting = self.doubting
        return doubting is not None and doubting.pending.answer(text)

    def give_up_interview(self, follows: Follows) -> bool:
        """Give up the interview of the shown session, to skip it or to have it made again."""
        member = self.shown
        if self._control is None or member is None or member.opened is None:
            return False
        return self._control.give_up_interview(member.opened.session.session_id, follows)

    # A prompt of one's own, and a refused draft

    @property
    def best_prompt(self) -> str | None:
        """The best prompt of the shown session, where a prompt of the person can be tested."""
        member = self.shown
        if member is None or member.session is None or not member.session.can_write:
            return None
        best = member.record.best
        return best.prompt if best else None

    @property
    def drafts(self) -> list[RefusedDraft]:
        """The refused drafts of the shown session's last round that can still be used."""
        member = self.shown
        if member is None or self.best_prompt is None or not member.record.interviews:
            return []
        return list(member.record.interviews[-1].refused)

    def write(self, text: str, draft: RefusedDraft | None = None) -> bool:
        """Have a prompt of the person's own tested. Returns False where it is too late."""
        if (asking := self.asking) is not None:
            return asking.pending.write(text, draft)
        member, suite = self.shown, self.suite
        if member is None or suite is None or self.best_prompt is None:
            self.unused = text
            return False
        self._work(
            "write", suite.person.write(member, text, draft), "Your prompt could not be kept"
        )
        return True

    # Trying, and talking

    @property
    def trying(self) -> str:
        """The id of the example on which an idea of the shown session is tried now; "" if none."""
        return next((example for member, example in self._tries if member is self.shown), "")

    def try_idea(self, example: str, left_out: tuple[int, ...]) -> str:
        """Try the idea that waits on one train example. Returns why that cannot be, "" if it is."""
        proposal, member, suite = self.proposal, self.shown, self.suite
        if proposal is None or member is None or suite is None or member.session is None:
            return "No idea waits."
        if self.trying:
            return "One is being tried already."
        interview = member.record.interview(proposal.interview)
        parent = member.record.parent_of(interview) if interview else member.record.original
        if not member.session.can_try(self._kept(proposal, left_out).variant_of(parent)):
            return "The calls that are left are needed for the ideas of this round."
        entry = (member, example)
        self._tries.append(entry)
        trying = suite.person.try_idea(
            member, proposal.interview, proposal.proposal, example, left_out
        )
        self._work("try", trying, "It could not be tried", lambda: self._tries.remove(entry))
        return ""

    @property
    def chatting(self) -> bool:
        """Whether the interviewer is answering the person."""
        return bool(self._talks)

    def chat(self, text: str) -> bool:
        """Send a text to the session's interviewer. Returns False if there is no interview."""
        from llmopt_tui.core.loop.giving_up import GiveUp

        member, suite = self.shown, self.suite
        if member is None or suite is None or member.session is None:
            return False
        if not member.session.can_chat:
            return False
        give_up = GiveUp()
        self._talks.append(give_up)
        self._work(
            "chat",
            suite.person.chat(member, text, give_up),
            "The interviewer could not answer",
            lambda: self._talks.remove(give_up),
            unsent=text,
        )
        return True

    def give_up_talk(self) -> bool:
        """Give up the answer that the interviewer is writing in the talk."""
        for give_up in self._talks:
            give_up.want()
        return bool(self._talks)

    def _work(
        self,
        name: str,
        work: Coroutine[Any, Any, None],
        problem: str,
        done: Callable[[], object] = lambda: None,
        *,
        unsent: str = "",
    ) -> None:
        """Do something beside the run. `problem` says what failed, where it does; then what was
        `unsent` goes back to where it was typed."""

        async def carry_out() -> None:
            from llmopt_tui.core.loop.calls import Stopped
            from llmopt_tui.core.loop.giving_up import GivenUp

            try:
                await work
            except (GivenUp, Stopped):
                self._app.tell_screens(TalkFailed(unsent))
            except Exception as error:
                self._app.tell_screens(RunProblem(f"{problem}: {self._words(error)}"))
                self._app.tell_screens(TalkFailed(unsent))
            finally:
                done()
                self._app.tell_screens(RunChanged())

        self._app.run_worker(
            carry_out(), name=name, group="chat", exclusive=False, exit_on_error=False
        )
        self._app.tell_screens(RunChanged())
