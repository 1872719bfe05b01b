"""A model as an interviewer: what it is asked, in which order, and what is made of its answers."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.ports import (
    ChatRequest,
    Message,
    ModelClient,
    OptionValue,
    Think,
)
from llmopt_tui.core.proposals.brief import Brief, Failure
from llmopt_tui.core.proposals.interviewer import Ask, Conversation, Finding, Told
from llmopt_tui.core.proposals.judging import (
    UNCHANGED,
    Judged,
    judge_readings,
    judge_talk,
    suggestion_of,
)
from llmopt_tui.core.proposals.playbook_interviewer import play_finding
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
    read_suggestions,
    without_thoughts,
)
from llmopt_tui.core.proposals.small_changes import (
    change_question,
    change_schema,
    read_change,
)
from llmopt_tui.core.signals import Doing
from llmopt_tui.core.suggestion import Suggestion

ANALYSIS_TOKENS = 500
PROMPT_TOKENS = 1500
CHANGE_TOKENS = 400
ASKED_CAUSES = 2
"""For how many failures a rule is asked for: with the analysis and a whole text, four calls."""
TALK_TOKENS = 900
AGAIN_TEMPERATURE = 0.7
"""The least temperature with which the same is asked once more."""
RECENT_CHARACTERS = 8_000
"""Characters of a talk that are sent again with each turn: some 2,000 tokens."""
NO_RULE = "The reply holds no rule."


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
        refused: list[RefusedDraft] = []
        analysis = without_thoughts(
            (yield from self._ask("analysis", messages, ANALYSIS_TOKENS, problems, brief))
        )
        messages.append(Message("assistant", analysis))
        reply = analysis
        for failure in _different(brief.failures)[:ASKED_CAUSES]:
            chat = change_question(brief, failure, analysis)
            schema = change_schema(brief)
            reply = yield from self._ask("rule", chat, CHANGE_TOKENS, problems, brief, schema)
            messages += [chat[-1], Message("assistant", without_thoughts(reply))]
            change = read_change(reply, brief, failure)
            judged = suggestion_of(change, brief) if change else Judged(problems=(NO_RULE,))
            problems += judged.problems
            refused += judged.refused
            made = judged.suggestion
            if made and all(made.prompt != other.prompt for other in found):
                found.append(made)
        if brief.rewrites:
            asked = Message("user", ask_for_prompt(brief))
            chat = [*messages[:3], asked]
            reply = yield from self._ask(
                "prompt", chat, PROMPT_TOKENS, problems, brief, SUGGESTION_SCHEMA
            )
            messages += [asked, Message("assistant", without_thoughts(reply))]
            judged = judge_readings(read_suggestions(reply), brief)
            problems += () if judged.problems == (UNCHANGED,) else judged.problems
            refused += judged.refused
            # Who manages a whole text is a better writer than who needs a form for a rule.
            found = [*([judged.suggestion] if judged.suggestion else []), *found]
        return Finding(
            reply,
            analysis,
            tuple(messages),
            tuple(problems),
            found[0] if found else None,
            tuple(found),
            tuple(refused),
        )

    def _whole_prompt(self, brief: Brief) -> Conversation:
        """Ask for an analysis, then for a prompt, and once more where that is not usable."""
        messages = [Message("system", ANALYST), Message("user", self.question(brief))]
        problems: list[str] = []
        refused: list[RefusedDraft] = []
        analysis = without_thoughts(
            (yield from self._ask("analysis", messages, ANALYSIS_TOKENS, problems, brief))
        )
        messages += [Message("assistant", analysis), Message("user", ask_for_prompt(brief))]
        suggestion: Suggestion | None = None
        for asked_again in (False, True):
            reply = yield from self._ask(
                "prompt", messages, PROMPT_TOKENS, problems, brief, SUGGESTION_SCHEMA
            )
            messages.append(Message("assistant", without_thoughts(reply)))
            judged = judge_readings(read_suggestions(reply), brief)
            problems += judged.problems
            refused += judged.refused
            suggestion = judged.suggestion
            # Only in its first reply is an unchanged prompt the interviewer's own opinion.
            if suggestion or (judged.problems == (UNCHANGED,) and not asked_again):
                break
            if not asked_again:
                messages.append(Message("user", ask_again(list(judged.problems))))
        else:
            suggestion = play_finding(brief).suggestion
        return Finding(
            reply,
            analysis,
            tuple(messages),
            tuple(problems),
            suggestion,
            refused=tuple(refused),
        )

    def talk(self, brief: Brief, history: Sequence[Message], text: str) -> Conversation:
        """Answer one message of the person. A reply without a prompt has no suggestion."""
        messages = [
            Message("system", f"{ANALYST}\n\n{talk_context(brief)}"),
            *_recent(history),
            Message("user", text),
        ]
        problems: list[str] = []
        answer = yield from self._ask("talk", messages, TALK_TOKENS, problems, brief)
        judged = judge_talk(answer, brief)
        return Finding(
            response=without_thoughts(answer),
            problems=(*problems, *judged.problems),
            suggestion=judged.suggestion,
            refused=judged.refused,
        )

    def _ask(
        self,
        doing: Doing,
        messages: Sequence[Message],
        tokens: int,
        problems: list[str],
        brief: Brief,
        schema: Mapping[str, Any] | None = None,
    ) -> Generator[Ask, Told, str]:
        """The text of the answer to one question. A failure of the model becomes a problem."""
        request = ChatRequest(
            model=self.name,
            messages=_alternating(messages),
            options={
                **another_try(self._options, brief.attempt),
                "num_predict": tokens + self._think_tokens,
            },
            format=schema,
            think=self._think,
            keep_alive=self._keep_alive,
        )
        told = yield Ask(request, doing)
        if told.error:
            problems.append(f"The interviewer's answer ended early: {told.error}")
        return told.reply.text


def another_try(options: Mapping[str, OptionValue], attempt: int) -> dict[str, OptionValue]:
    """The options for asking the same again: with those of before, the answer would be the same."""
    if not attempt:
        return dict(options)
    seed, warmth = options.get("seed"), options.get("temperature")
    return {
        **options,
        "seed": (seed if isinstance(seed, int) else 0) + attempt,
        "temperature": max(AGAIN_TEMPERATURE, warmth if isinstance(warmth, int | float) else 0.0),
    }


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
