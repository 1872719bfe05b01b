"""Interviewer: reads how a candidate did, says why it fell short, suggests a better prompt.

An interview is a conversation without a connection: a generator that yields what is to be asked
and is sent what came. Whoever carries it out makes the calls, keeps them, and can take a recorded
answer for one, so an interview knows nothing of servers, pauses, stops and resuming.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from llmopt_tui.core.events import Suggestion
from llmopt_tui.core.ports import (
    ChatRequest,
    Message,
    ModelClient,
    OptionValue,
    Reply,
    Think,
)
from llmopt_tui.core.prompt import PLACEHOLDER
from llmopt_tui.core.proposals.brief import Brief
from llmopt_tui.core.proposals.checks import check_suggestion, is_unchanged
from llmopt_tui.core.proposals.playbook import next_play
from llmopt_tui.core.proposals.questions import (
    ANALYST,
    INTERVIEWED,
    ask_again,
    ask_for_prompt,
    interview_question,
    talk_context,
)
from llmopt_tui.core.proposals.reading import (
    SUGGESTION_SCHEMA,
    Reading,
    read_suggestions,
    without_thoughts,
)

ANALYSIS_TOKENS = 500
PROMPT_TOKENS = 1500
TALK_TOKENS = 900
RECENT_CHARACTERS = 8_000
"""So much of a talk is sent again with each turn: some 2,000 tokens."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What an interview, or one turn of talk, ended in. Fields as in `InterviewFinished`."""

    response: str = ""
    analysis: str = ""
    messages: tuple[Message, ...] = ()
    problems: tuple[str, ...] = ()
    suggestion: Suggestion | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of an interview. `shown` says whether people watch the answer being written."""

    request: ChatRequest
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a question: the reply, and with `error` how the model failed before its end."""

    reply: Reply
    error: str = ""


Conversation = Generator[Ask, Told, Finding]
"""Yields what is to be asked, is sent what came of it, returns the finding.

Its own part, the checks of a suggestion among it, may take a second: it belongs in a thread.
"""


class Interviewer(Protocol):
    """Whoever suggests better prompts: a model, or the playbook."""

    @property
    def name(self) -> str:
        """The interviewer's model, or "playbook"."""
        ...

    @property
    def client(self) -> ModelClient | None:
        """Who answers its questions; None where it asks none."""
        ...

    def question(self, brief: Brief) -> str:
        """What the interviewer gets to read."""
        ...

    def interview(self, brief: Brief) -> Conversation:
        """An interview about the best prompt so far."""
        ...

    def talk(self, brief: Brief, history: Sequence[Message], text: str) -> Conversation:
        """One turn of the person's talk with it."""
        ...


class PlaybookInterviewer:
    """The built-in catalogue of proven edits as an interviewer. Needs no model."""

    name = "playbook"
    client = None

    def question(self, brief: Brief) -> str:
        """The question a model would get: the record reads the same whoever answers."""
        return interview_question(brief)

    def interview(self, brief: Brief) -> Conversation:
        """The first edit of the catalogue that fits what went wrong."""
        return play_finding(brief)
        yield  # a conversation that asks nothing

    def talk(self, brief: Brief, history: Sequence[Message], text: str) -> Conversation:
        """The playbook cannot talk: it says so and offers its next idea."""
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
    return Finding(
        response=text,
        analysis=play.diagnosis,
        problems=problems,
        suggestion=Suggestion(play.prompt, play.reasoning, "playbook", play.kind),
    )


class ModelInterviewer:
    """A model as interviewer: a free analysis first, then the improved prompt as JSON.

    Where nothing usable comes of it, the playbook's idea is suggested in its place, and says so.
    """

    def __init__(
        self,
        client: ModelClient,
        model: str,
        *,
        options: Mapping[str, OptionValue],
        think: Think = "auto",
        think_tokens: int = 0,
        keep_alive: str | float | None = None,
    ) -> None:
        self.name = model
        self.client = client
        self._options = options
        self._think: Think = think
        self._think_tokens = think_tokens
        self._keep_alive = keep_alive

    def question(self, brief: Brief) -> str:
        """The prompt, how it did, and what was tried, in words."""
        return interview_question(brief)

    def interview(self, brief: Brief) -> Conversation:
        """See `Interviewer.interview`."""
        messages = [Message("system", ANALYST), Message("user", self.question(brief))]
        problems: list[str] = []
        analysis = without_thoughts((yield from self._ask(messages, ANALYSIS_TOKENS, problems)))
        messages += [Message("assistant", analysis), Message("user", ask_for_prompt(brief))]
        for asked_again in (False, True):
            reply = yield from self._ask(messages, PROMPT_TOKENS, problems, SUGGESTION_SCHEMA)
            messages.append(Message("assistant", without_thoughts(reply)))
            suggestion, wrong = judge_readings(read_suggestions(reply), brief)
            problems += wrong
            # Only unasked is it the interviewer's opinion that nothing should change.
            if suggestion or (wrong == [UNCHANGED] and not asked_again):
                return Finding(reply, analysis, tuple(messages), tuple(problems), suggestion)
            if not asked_again:
                messages.append(Message("user", ask_again(wrong)))
        fallback = play_finding(brief, tuple(problems))
        return Finding(reply, analysis, tuple(messages), fallback.problems, fallback.suggestion)

    def talk(self, brief: Brief, history: Sequence[Message], text: str) -> Conversation:
        """See `Interviewer.talk`. A reply without a prompt in it is just talk."""
        messages = [
            Message("system", f"{ANALYST}\n\n{talk_context(brief)}"),
            *_recent(history),
            Message("user", text),
        ]
        problems: list[str] = []
        answer = yield from self._ask(messages, TALK_TOKENS, problems)
        # A fence without placeholders is an example of an answer, or the like.
        offers = [
            reading
            for reading in read_suggestions(answer)
            if reading.rung != "fence" or PLACEHOLDER.search(reading.prompt)
        ]
        suggestion, wrong = judge_readings(offers, brief)
        if suggestion:
            # Whatever the reply calls it, it is what the two agreed on.
            suggestion = replace(suggestion, source="chat", kind="")
        elif wrong in ([NOTHING_FOUND], [UNCHANGED]):
            wrong = []
        return Finding(
            response=without_thoughts(answer), problems=(*problems, *wrong), suggestion=suggestion
        )

    def _ask(
        self,
        messages: Sequence[Message],
        tokens: int,
        problems: list[str],
        schema: Mapping[str, Any] | None = None,
    ) -> Generator[Ask, Told, str]:
        """The text that one question brings. A failure of the model becomes a problem."""
        request = ChatRequest(
            model=self.name,
            messages=_alternating(messages),
            options={**self._options, "num_predict": tokens + self._think_tokens},
            format=schema,
            think=self._think,
            keep_alive=self._keep_alive,
        )
        told = yield Ask(request, shown=schema is None)  # JSON is nothing to watch being written
        if told.error:
            problems.append(f"The interviewer's answer broke off: {told.error}")
        return told.reply.text


NOTHING_FOUND = "The reply holds no prompt."
UNCHANGED = "The interviewer suggests no change."


def judge_readings(
    readings: Sequence[Reading], brief: Brief
) -> tuple[Suggestion | None, list[str]]:
    """The first reading that can be used, as a suggestion, or why there is none."""
    if not readings:
        return None, [NOTHING_FOUND]
    refused: list[list[str]] = []
    for reading in readings:
        if is_unchanged(reading.prompt, brief.prompt):
            continue
        problems = check_suggestion(reading.prompt, brief.prompt, brief.case, brief.tried)
        if not problems:
            found = Suggestion(reading.prompt, reading.reasoning, "interviewer", reading.kind)
            return found, []
        refused.append(problems)
    # The reading with the least against it is the one that was meant.
    return None, min(refused, key=len, default=[UNCHANGED])


def _recent(history: Sequence[Message]) -> list[Message]:
    """The end of a conversation that a small context can take, beginning with a question.

    The system message goes, and so does the question that followed it: the one of the talk says
    the same, as it stands now.
    """
    talk = [message for message in history if message.role != "system"]
    if len(talk) < len(history) and talk:
        talk[0] = Message("user", INTERVIEWED)
    length = 0
    for start in range(len(talk) - 1, -1, -1):
        length += len(talk[start].content)
        if length > RECENT_CHARACTERS:
            talk = talk[start + 1 :]
            break
    while talk and talk[0].role != "user":
        talk.pop(0)
    return talk


def _alternating(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Messages as every server takes them: none empty, and never two of one role in a row."""
    merged: list[Message] = []
    for message in messages:
        if not message.content.strip():
            continue
        if merged and merged[-1].role == message.role:
            content = f"{merged[-1].content}\n\n{message.content}"
            merged[-1] = Message(message.role, content)
        else:
            merged.append(message)
    return tuple(merged)
