"""Reading what a world reacts to out of a chat of any optimizer.

The program writes instructions around the input, DSPy puts them into a system message with markers
for its fields, gepa makes them the whole system message. A world treats all of them alike.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from benchmarks.optimizers.worlds import (
    LABELS,
    PROMPT,
    TOPICS,
    Demonstration,
    Features,
    Instructions,
    Message,
    World,
)
from llmopt_tui.core import ports

_TICKET = re.compile(r"\(ticket (\d{6})\)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_MARKER = re.compile(r"\[\[ ## (\w+) ## \]\]")
_OBJECTIVE = re.compile(r"your objective is:\s*(.*)\Z", re.DOTALL)
_FRAME = re.compile(
    r"^(?:\[\[ ## .*|Respond with (?:the corresponding output fields|a JSON object in).*)$",
    re.MULTILINE,
)
_TAG = re.compile(r"</?[\w:-]+>")
_BARE = re.compile(
    r"\b(?:nothing else|only|just|one word|single word|exactly one|answer itself)\b", re.IGNORECASE
)
_ORIGINAL = {part.casefold() for part in _SENTENCE.split(PROMPT) if part.strip()}
_LABEL = re.compile(rf"\b({'|'.join(LABELS)})\b", re.IGNORECASE)


def asked_about(world: World, messages: Sequence[ports.Message]) -> Message | None:
    """The message that a chat asks about: the last one that its last turn holds."""
    tickets = _TICKET.findall(messages[-1].content) if messages else []
    return world.message(int(tickets[-1])) if tickets else None


def read_features(world: World, messages: Sequence[ports.Message]) -> Features:
    """The features of the prompt behind a chat. What it asks about takes no part in them."""
    system = [_instructions(world, m.content) for m in messages if m.role == "system"]
    asked = [_instructions(world, m.content) for m in messages if m.role == "user"]
    sentences = list(dict.fromkeys(_sentences("\n".join([*asked, *system]))))
    rules, wrong = _rules(world, sentences)
    labelled = {label.casefold() for part in sentences for label in _LABEL.findall(part)}
    return Features(
        labels_named=labelled == set(LABELS),
        bare=any(_BARE.search(sentence) for sentence in sentences),
        instructions_last=_ends_with_instructions(world, messages[-1].content),
        rules=rules - wrong,
        wrong_rules=wrong,
        junk=sum(1 for sentence in sentences if _is_junk(sentence)),
        demonstrations=tuple(_demonstrations(world, messages)),
        instructions=_placed(any(system), asked),
        fingerprint=_fingerprint(world, messages),
    )


def _instructions(world: World, text: str) -> str:
    """The text of a turn without the inputs that it holds and without the frame of DSPy."""
    for ticket in _TICKET.findall(text):
        text = text.replace(world.message(int(ticket)).text, "")
    if objective := _OBJECTIVE.search(text):
        text = objective.group(1)
    return _TAG.sub("", _FRAME.sub("", text)).strip()


def _sentences(text: str) -> Iterator[str]:
    for part in _SENTENCE.split(text):
        if part.strip():
            yield part.strip()


def _rules(world: World, sentences: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The topics with a hidden convention that a sentence states, and those it states wrongly."""
    right, wrong = set(), set()
    for sentence in sentences:
        said = {label.casefold() for label in _LABEL.findall(sentence)}
        for topic, label in world.conventions.items():
            if len(said) == 1 and re.search(rf"\b{topic}", sentence, re.IGNORECASE):
                (right if said == {label} else wrong).add(topic)
    return frozenset(right), frozenset(wrong)


def _is_junk(sentence: str) -> bool:
    if sentence.casefold() in _ORIGINAL or len(sentence.split()) <= 2:
        return False
    topical = any(re.search(rf"\b{topic}", sentence, re.IGNORECASE) for topic in TOPICS)
    return not (topical or _LABEL.search(sentence) or _BARE.search(sentence))


def _demonstrations(world: World, messages: Sequence[ports.Message]) -> Iterator[Demonstration]:
    """The earlier turns that show an answer, and the inputs pasted into the last turn."""
    for asked, answered in pairwise(messages):
        tickets = _TICKET.findall(asked.content)
        if asked.role == "user" and answered.role == "assistant" and tickets:
            message = world.message(int(tickets[-1]))
            yield Demonstration(message.number, _answer_of(answered.content) == message.label)
    pasted = [m.content for m in messages if m.role == "system"] + [messages[-1].content]
    tickets = [t for text in pasted for t in _TICKET.findall(text)][:-1]
    for ticket in dict.fromkeys(tickets):
        message = world.message(int(ticket))
        after = " ".join(pasted).partition(f"(ticket {ticket})")[2][:80]
        shown = _LABEL.search(after)
        if shown:
            yield Demonstration(message.number, shown.group(1).casefold() == message.label)


def _answer_of(text: str) -> str:
    return _MARKER.sub("", text).strip().casefold()


def _ends_with_instructions(world: World, text: str) -> bool:
    tickets = list(_TICKET.finditer(text))
    if not tickets:
        return False
    behind = _TAG.sub("", _FRAME.sub("", text[tickets[-1].end() :]))
    return len(behind.split()) > 2


def _placed(system: bool, asked: Sequence[str]) -> Instructions:
    """Where the instructions are, by the text around the inputs of the person's turns."""
    if len(asked) > 1 and len(asked[-1].split()) > 2:
        return "each"
    return "system" if system else "once"


def _fingerprint(world: World, messages: Sequence[ports.Message]) -> str:
    """Identifies the words of a chat without the message that it asks about."""
    asked = asked_about(world, messages)
    parts = [f"{m.role}:{m.content}" for m in messages]
    if asked is not None:
        parts[-1] = parts[-1].replace(asked.text, "")
    return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()
