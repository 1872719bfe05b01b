"""Interviewer: reads how a candidate did, says why it fell short, suggests a better prompt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from llmopt_tui.core.events import Suggestion
from llmopt_tui.core.ports import (
    ChatRequest,
    Delta,
    Message,
    ModelClient,
    ModelError,
    OptionValue,
    Piece,
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

Controlled = Callable[[ModelClient], ModelClient]


@dataclass(frozen=True, slots=True)
class Finding:
    """What an interview, or one turn of talk, ended in. Fields as in `InterviewFinished`."""

    response: str = ""
    analysis: str = ""
    messages: tuple[Message, ...] = ()
    problems: tuple[str, ...] = ()
    suggestion: Suggestion | None = None


class Interviewer(Protocol):
    """Whoever suggests better prompts: a model, or the playbook."""

    @property
    def name(self) -> str:
        """The interviewer's model, or "playbook"."""
        ...

    @property
    def endpoint(self) -> str:
        """The endpoint that its model is on; empty where it needs none."""
        ...

    def question(self, brief: Brief) -> str:
        """What the interviewer gets to read."""
        ...

    def interview(self, brief: Brief, controlled: Controlled) -> AsyncIterator[Piece | Finding]:
        """Pieces of the analysis as they come, a `Finding` last. Raises `ModelError`.

        `controlled` puts a client under the session's control before it is called.
        """
        ...

    def chat(
        self, brief: Brief, history: Sequence[Message], text: str, controlled: Controlled
    ) -> AsyncIterator[Piece | Finding]:
        """One turn of talk: pieces of the answer, a `Finding` last. Raises `ModelError`."""
        ...


class PlaybookInterviewer:
    """The built-in catalogue of proven edits as an interviewer. Needs no model."""

    name = "playbook"
    endpoint = ""

    def question(self, brief: Brief) -> str:
        """The question a model would get: the record reads the same whoever answers."""
        return interview_question(brief)

    async def interview(
        self, brief: Brief, controlled: Controlled
    ) -> AsyncIterator[Piece | Finding]:
        """The first edit of the catalogue that fits what went wrong."""
        finding = await asyncio.to_thread(play_finding, brief)
        yield Delta(finding.response)
        yield finding

    async def chat(
        self, brief: Brief, history: Sequence[Message], text: str, controlled: Controlled
    ) -> AsyncIterator[Piece | Finding]:
        """The playbook cannot talk: it says so and offers its next idea."""
        finding = await asyncio.to_thread(play_finding, brief)
        answer = f"The playbook holds fixed ideas and cannot discuss them. {finding.response}"
        yield Delta(answer)
        yield Finding(response=answer, suggestion=finding.suggestion)


def play_finding(brief: Brief, problems: tuple[str, ...] = ()) -> Finding:
    """The playbook's next idea for a brief, as a finding. Takes time: its ideas are checked too."""
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
        self.endpoint = client.endpoint
        self._client = client
        self._options = options
        self._think: Think = think
        self._think_tokens = think_tokens
        self._keep_alive = keep_alive

    def question(self, brief: Brief) -> str:
        """The prompt, how it did, and what was tried, in words."""
        return interview_question(brief)

    async def interview(
        self, brief: Brief, controlled: Controlled
    ) -> AsyncIterator[Piece | Finding]:
        """See `Interviewer.interview`."""
        client = controlled(self._client)
        messages = [Message("system", ANALYST), Message("user", self.question(brief))]
        problems: list[str] = []
        analysis = ""
        async for item in self._ask(client, messages, ANALYSIS_TOKENS, problems):
            if isinstance(item, Reply):
                analysis = without_thoughts(item.text)
            else:
                yield item
        messages += [Message("assistant", analysis), Message("user", ask_for_prompt(brief))]
        for asked_again in (False, True):
            reply = ""
            async for item in self._ask(
                client, messages, PROMPT_TOKENS, problems, SUGGESTION_SCHEMA
            ):
                if isinstance(item, Reply):
                    reply = item.text
                elif not isinstance(item, Delta):  # JSON is nothing to watch being written
                    yield item
            messages.append(Message("assistant", without_thoughts(reply)))
            suggestion, wrong = await judge_readings(read_suggestions(reply), brief)
            problems += wrong
            # Only unasked is it the interviewer's opinion that nothing should change.
            if suggestion or (wrong == [UNCHANGED] and not asked_again):
                yield Finding(reply, analysis, tuple(messages), tuple(problems), suggestion)
                return
            if not asked_again:
                messages.append(Message("user", ask_again(wrong)))
        fallback = await asyncio.to_thread(play_finding, brief, tuple(problems))
        yield Finding(reply, analysis, tuple(messages), fallback.problems, fallback.suggestion)

    async def chat(
        self, brief: Brief, history: Sequence[Message], text: str, controlled: Controlled
    ) -> AsyncIterator[Piece | Finding]:
        """See `Interviewer.chat`. A reply without a prompt in it is just talk."""
        messages = [
            Message("system", f"{ANALYST}\n\n{talk_context(brief)}"),
            *_recent(history),
            Message("user", text),
        ]
        problems: list[str] = []
        answer = ""
        async for item in self._ask(controlled(self._client), messages, TALK_TOKENS, problems):
            if isinstance(item, Reply):
                answer = item.text
            else:
                yield item
        # A fence without placeholders is an example of an answer, or the like.
        offers = [
            reading
            for reading in read_suggestions(answer)
            if reading.rung != "fence" or PLACEHOLDER.search(reading.prompt)
        ]
        suggestion, wrong = await judge_readings(offers, brief)
        if suggestion:
            # Whatever the reply calls it, it is what the two agreed on.
            suggestion = replace(suggestion, source="chat", kind="")
        elif wrong in ([NOTHING_FOUND], [UNCHANGED]):
            wrong = []
        yield Finding(
            response=without_thoughts(answer), problems=(*problems, *wrong), suggestion=suggestion
        )

    async def _ask(
        self,
        client: ModelClient,
        messages: Sequence[Message],
        tokens: int,
        problems: list[str],
        schema: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[Piece | Reply]:
        """One call. A failure that is the model's own becomes a problem and an empty reply."""
        request = ChatRequest(
            model=self.name,
            messages=_alternating(messages),
            options={**self._options, "num_predict": tokens + self._think_tokens},
            format=schema,
            think=self._think,
            keep_alive=self._keep_alive,
        )
        try:
            async for piece in client.chat(request):
                yield piece
        except ModelError as error:
            if error.blame != "model":
                raise
            problems.append(f"The interviewer's answer broke off: {error}")
            yield error.partial or Reply("")


NOTHING_FOUND = "The reply holds no prompt."
UNCHANGED = "The interviewer suggests no change."


async def judge_readings(
    readings: Sequence[Reading], brief: Brief
) -> tuple[Suggestion | None, list[str]]:
    """The first reading that can be used, as a suggestion, or why there is none."""
    if not readings:
        return None, [NOTHING_FOUND]
    refused: list[list[str]] = []
    for reading in readings:
        if is_unchanged(reading.prompt, brief.prompt):
            continue
        # In a thread: telling languages apart loads a model of its own.
        problems = await asyncio.to_thread(
            check_suggestion, reading.prompt, brief.prompt, brief.case, brief.tried
        )
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
