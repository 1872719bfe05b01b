"""Interviewer: reads how a candidate did, says why it fell short, suggests a better prompt.

An interview is a generator that yields each question and is sent its answer. The caller makes the
calls, records them, and may use a recorded answer instead of a call. So an interview knows nothing
of servers, pauses, stops and resuming.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from llmopt_tui.core.changes import Change
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
from llmopt_tui.core.proposals.brief import Brief, Failure
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
from llmopt_tui.core.proposals.small_changes import (
    change_question,
    change_schema,
    read_change,
    suggestion_of,
)

ANALYSIS_TOKENS = 500
PROMPT_TOKENS = 1500
CHANGE_TOKENS = 400
ASKED_CAUSES = 2
"""For how many failures a rule is asked for: with the analysis and a whole text, four calls."""
TALK_TOKENS = 900
RECENT_CHARACTERS = 8_000
"""Characters of a talk that are sent again with each turn: some 2,000 tokens."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of an interview, or of one turn of talk. Fields as in `InterviewFinished`."""

    response: str = ""
    analysis: str = ""
    messages: tuple[Message, ...] = ()
    problems: tuple[str, ...] = ()
    suggestion: Suggestion | None = None
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of an interview. With `shown`, people see the answer while it is written."""

    request: ChatRequest
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to a question. Where the model failed, `error` says how and `reply` is partial."""

    reply: Reply
    error: str = ""


Conversation = Generator[Ask, Told, Finding]
"""A generator that yields questions, is sent their answers and returns the finding.

Run it in a thread: between questions it may take a second, for instance to check a suggestion.
"""


class Interviewer(Protocol):
    """The one that suggests better prompts: a model, or the playbook."""

    @property
    def name(self) -> str:
        """The interviewer's model, or "playbook"."""
        ...

    @property
    def client(self) -> ModelClient | None:
        """The client that answers its questions; None where it asks none."""
        ...

    def question(self, brief: Brief) -> str:
        """The question about a brief, as the record shows it."""
        ...

    def interview(self, brief: Brief) -> Conversation:
        """Interview about the best prompt so far, which the brief describes."""
        ...

    def talk(self, brief: Brief, history: Sequence[Message], text: str) -> Conversation:
        """One turn of the person's talk with the interviewer. `text` is what the person says."""
        ...


class PlaybookInterviewer:
    """The built-in catalogue of proven edits as an interviewer. Needs no model."""

    name = "playbook"
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


class ModelInterviewer:
    """A model as interviewer: a free analysis first, then the improved prompt as JSON.

    Where its reply is not usable, the playbook's idea is suggested instead, with that source.
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
        """The question in words: the prompt, its results, and what was tried."""
        return interview_question(brief)

    def interview(self, brief: Brief) -> Conversation:
        """Ask for an analysis, then for small changes, or where one idea is wanted for a prompt."""
        if brief.ideas > 1:
            return (yield from self._small_changes(brief))
        return (yield from self._whole_prompt(brief))

    def _small_changes(self, brief: Brief) -> Conversation:
        """Ask for an analysis, then for a rule against each of the costliest failures.

        Of a model that manages it, a whole text is asked for too.
        """
        messages = [Message("system", ANALYST), Message("user", self.question(brief))]
        problems: list[str] = []
        found: list[Suggestion] = []
        analysis = without_thoughts((yield from self._ask(messages, ANALYSIS_TOKENS, problems)))
        messages.append(Message("assistant", analysis))
        reply = analysis
        for failure in _different(brief.failures)[:ASKED_CAUSES]:
            chat = change_question(brief, failure, analysis)
            reply = yield from self._ask(chat, CHANGE_TOKENS, problems, change_schema(brief))
            messages += [chat[-1], Message("assistant", without_thoughts(reply))]
            change = read_change(reply, brief, failure)
            made, wrong = suggestion_of(change, brief) if change else (None, [NO_RULE])
            problems += wrong
            if made and all(made.prompt != other.prompt for other in found):
                found.append(made)
        if brief.rewrites:
            asked = Message("user", ask_for_prompt(brief))
            reply = yield from self._ask(
                [*messages[:3], asked], PROMPT_TOKENS, problems, SUGGESTION_SCHEMA
            )
            messages += [asked, Message("assistant", without_thoughts(reply))]
            whole, wrong = judge_readings(read_suggestions(reply), brief)
            problems += [] if wrong == [UNCHANGED] else wrong
            # Who manages a whole text is a better writer than who needs a form for a rule.
            found = [*([whole] if whole else []), *found]
        return Finding(
            reply,
            analysis,
            tuple(messages),
            tuple(problems),
            found[0] if found else None,
            tuple(found),
        )

    def _whole_prompt(self, brief: Brief) -> Conversation:
        """Ask for an analysis, then for a prompt, and once more where that is not usable."""
        messages = [Message("system", ANALYST), Message("user", self.question(brief))]
        problems: list[str] = []
        analysis = without_thoughts((yield from self._ask(messages, ANALYSIS_TOKENS, problems)))
        messages += [Message("assistant", analysis), Message("user", ask_for_prompt(brief))]
        for asked_again in (False, True):
            reply = yield from self._ask(messages, PROMPT_TOKENS, problems, SUGGESTION_SCHEMA)
            messages.append(Message("assistant", without_thoughts(reply)))
            suggestion, wrong = judge_readings(read_suggestions(reply), brief)
            problems += wrong
            # Only in its first reply is an unchanged prompt the interviewer's own opinion.
            if suggestion or (wrong == [UNCHANGED] and not asked_again):
                return Finding(reply, analysis, tuple(messages), tuple(problems), suggestion)
            if not asked_again:
                messages.append(Message("user", ask_again(wrong)))
        fallback = play_finding(brief, tuple(problems))
        return Finding(reply, analysis, tuple(messages), fallback.problems, fallback.suggestion)

    def talk(self, brief: Brief, history: Sequence[Message], text: str) -> Conversation:
        """Answer one message of the person. A reply without a prompt has no suggestion."""
        messages = [
            Message("system", f"{ANALYST}\n\n{talk_context(brief)}"),
            *_recent(history),
            Message("user", text),
        ]
        problems: list[str] = []
        answer = yield from self._ask(messages, TALK_TOKENS, problems)
        # A fence without placeholders is not a prompt, but for instance an example of an answer.
        offers = [
            reading
            for reading in read_suggestions(answer)
            if reading.rung != "fence" or PLACEHOLDER.search(reading.prompt)
        ]
        suggestion, wrong = judge_readings(offers, brief)
        if suggestion:
            # The reply's own name for the change does not count: the two agreed on it in talk.
            said = tuple(replace(c, source="chat", name="") for c in suggestion.changes)
            suggestion = replace(suggestion, source="chat", kind="", changes=said)
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
        """The text of the answer to one question. A failure of the model becomes a problem."""
        request = ChatRequest(
            model=self.name,
            messages=_alternating(messages),
            options={**self._options, "num_predict": tokens + self._think_tokens},
            format=schema,
            think=self._think,
            keep_alive=self._keep_alive,
        )
        told = yield Ask(request, shown=schema is None)  # nobody wants to read JSON
        if told.error:
            problems.append(f"The interviewer's answer ended early: {told.error}")
        return told.reply.text


NO_RULE = "The reply holds no rule."
NOTHING_FOUND = "The reply holds no prompt."
UNCHANGED = "The interviewer suggests no change."


def judge_readings(
    readings: Sequence[Reading], brief: Brief
) -> tuple[Suggestion | None, list[str]]:
    """The first usable reading as a suggestion, or None with the reasons why there is none."""
    if not readings:
        return None, [NOTHING_FOUND]
    refused: list[list[str]] = []
    for reading in readings:
        if is_unchanged(reading.prompt, brief.prompt):
            continue
        problems = check_suggestion(reading.prompt, brief.prompt, brief.case, brief.tried)
        if not problems:
            edit = Change(
                "replace text", "interviewer", reading.kind, "", reading.reasoning, reading.prompt
            )
            found = Suggestion(
                reading.prompt,
                reading.reasoning,
                "interviewer",
                reading.kind,
                brief.parent.with_text(reading.prompt),
                (edit,),
            )
            return found, []
        refused.append(problems)
    # The reading with the fewest problems is most likely the one that was meant.
    return None, min(refused, key=len, default=[UNCHANGED])


def _different(failures: Sequence[Failure]) -> list[Failure]:
    """The costliest failure of each mode."""
    found: dict[str, Failure] = {}
    for failure in failures:
        found.setdefault(failure.mode, failure)
    return list(found.values())


def _recent(history: Sequence[Message]) -> list[Message]:
    """The last messages of a talk that fit a small context, beginning with one of the person.

    The system message and the question after it are left out: the talk's own system message says
    the same, up to date.
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
    """Messages in a form that every server accepts: none empty, never two of one role in a row."""
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
