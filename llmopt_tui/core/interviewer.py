"""Interviewer: reads how a candidate did, says why it fell short, suggests a better prompt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from llmopt_tui.core.brief import Brief
from llmopt_tui.core.checks import check_suggestion, is_unchanged
from llmopt_tui.core.events import Suggestion
from llmopt_tui.core.playbook import next_play
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
from llmopt_tui.core.questions import (
    ANALYST,
    ask_again,
    ask_for_prompt,
    interview_question,
    talk_context,
)
from llmopt_tui.core.reading import SUGGESTION_SCHEMA, read_suggestions

ANALYSIS_TOKENS = 500
PROMPT_TOKENS = 1500
TALK_TOKENS = 900

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
    """The playbook's next idea for a brief, as a finding."""
    play = next_play(brief)
    if play is None:
        nothing = "Nothing in the playbook fits what is still wrong."
        return Finding(response=nothing, analysis=nothing, problems=problems)
    text = f"{play.diagnosis} {play.reasoning}"
    return Finding(
        response=text,
        analysis=play.diagnosis,
        problems=problems,
        suggestion=Suggestion(play.prompt, play.reasoning, "playbook"),
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
                analysis = item.text.strip()
            else:
                yield item
        messages += [Message("assistant", analysis), Message("user", ask_for_prompt(brief))]
        for attempt in (1, 2):
            reply = ""
            async for item in self._ask(
                client, messages, PROMPT_TOKENS, problems, SUGGESTION_SCHEMA
            ):
                if isinstance(item, Reply):
                    reply = item.text
                elif not isinstance(item, Delta):  # JSON is nothing to watch being written
                    yield item
            messages.append(Message("assistant", reply))
            suggestion, wrong = await judge_reply(reply, brief)
            if suggestion or (wrong == [UNCHANGED]):
                yield Finding(reply, analysis, tuple(messages), (*problems, *wrong), suggestion)
                return
            problems += wrong
            if attempt == 1:
                messages.append(Message("user", ask_again(wrong)))
        fallback = await asyncio.to_thread(play_finding, brief, tuple(problems))
        yield Finding(reply, analysis, tuple(messages), fallback.problems, fallback.suggestion)

    async def chat(
        self, brief: Brief, history: Sequence[Message], text: str, controlled: Controlled
    ) -> AsyncIterator[Piece | Finding]:
        """See `Interviewer.chat`. A reply without a prompt in it is just talk."""
        talk = [message for message in history if message.role != "system"]
        messages = [
            Message("system", f"{ANALYST}\n\n{talk_context(brief)}"),
            *talk,
            Message("user", text),
        ]
        problems: list[str] = []
        answer = ""
        async for item in self._ask(controlled(self._client), messages, TALK_TOKENS, problems):
            if isinstance(item, Reply):
                answer = item.text
            else:
                yield item
        suggestion, wrong = await judge_reply(answer, brief)
        if suggestion is None and wrong == [NOTHING_FOUND]:
            wrong = []
        if suggestion:
            suggestion = Suggestion(suggestion.prompt, suggestion.reasoning, "chat")
        yield Finding(response=answer, problems=(*problems, *wrong), suggestion=suggestion)

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
            messages=tuple(messages),
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


async def judge_reply(reply: str, brief: Brief) -> tuple[Suggestion | None, list[str]]:
    """The suggestion in a reply, or why there is none that can be used."""
    readings = read_suggestions(reply)
    if not readings:
        return None, [NOTHING_FOUND]
    first_problems: list[str] = []
    for reading in readings:
        if is_unchanged(reading.prompt, brief.prompt):
            first_problems = first_problems or [UNCHANGED]
            continue
        # In a thread: telling languages apart loads a model of its own.
        problems = await asyncio.to_thread(
            check_suggestion, reading.prompt, brief.prompt, brief.case, brief.tried
        )
        if not problems:
            return Suggestion(reading.prompt, reading.reasoning, "interviewer"), []
        first_problems = first_problems or problems
    return None, first_problems
