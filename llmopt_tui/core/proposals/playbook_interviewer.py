"""The playbook as an interviewer: the built-in catalogue of proven edits, which needs no model."""

from __future__ import annotations

from collections.abc import Sequence

from llmopt_tui.core.events import InterviewAnswered
from llmopt_tui.core.ports import (
    Message,
)
from llmopt_tui.core.proposals.brief import Brief
from llmopt_tui.core.proposals.interviewer import Conversation, Finding
from llmopt_tui.core.proposals.playbook import next_play
from llmopt_tui.core.proposals.questions import (
    interview_question,
)
from llmopt_tui.core.proposals.reading import (
    without_thoughts,
)
from llmopt_tui.core.settings import PLAYBOOK


class PlaybookInterviewer:
    """The built-in catalogue of proven edits as an interviewer. Needs no model."""

    name = PLAYBOOK
    client = None

    def question(self, brief: Brief) -> str:
        """The question that a model would get, so that the record is the same for both."""
        return interview_question(brief)

    def interview(self, brief: Brief) -> Conversation:
        """Suggest the first edit of the catalogue that helps against a failure."""
        return play_finding(brief)
        yield  # a conversation that asks nothing

    def talk(self, brief: Brief, history: Sequence[Message], text: str) -> Conversation:
        """Answer that the playbook cannot talk, and suggest its next idea."""
        finding = play_finding(brief)
        answer = f"The playbook holds fixed ideas and cannot discuss them. {finding.response}"
        return Finding(response=answer, suggestion=finding.suggestion)
        yield  # a conversation that asks nothing


def play_finding(brief: Brief, problems: tuple[str, ...] = ()) -> Finding:
    """The playbook's next idea for a brief, as a finding. Checking its ideas takes time."""
    play = next_play(brief)
    if play is None:
        nothing = "Nothing in the playbook fits what is still wrong."
        return Finding(response=nothing, analysis=nothing, problems=problems)
    text = f"{play.diagnosis} {play.reasoning}"
    return Finding(response=text, analysis=play.diagnosis, problems=problems, suggestion=play)


SKIPPED = "The interview was skipped."


def skipped_finding(brief: Brief, answers: Sequence[InterviewAnswered]) -> Finding:
    """What is left of an interview that the person skipped: what was said by then.

    The playbook has the idea where the round asks no other source.
    """
    analysis = without_thoughts(answers[0].reply.text) if answers else ""
    asked = [Message("user", interview_question(brief)), Message("assistant", analysis)]
    fallback = play_finding(brief).suggestion if brief.ideas == 1 else None
    return Finding(analysis, analysis, tuple(asked) if analysis else (), (SKIPPED,), fallback)
