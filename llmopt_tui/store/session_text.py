"""The text of a session, and how the words that a person types are found in it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.store.reading import unlimited_json

_MOST_CHARACTERS = 4_000_000
"""More than a person reads in a year; a model that never stopped is not to fill the memory."""

# Scripts written without spaces: each character is a word, so that any part of a text is found.
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])"
)


def session_text(journal: Path) -> str:
    """Prompts, inputs, answers and talk of a session, each once, a line between them.

    Thoughts are left out, and so are the prompts as filled in: their parts are there. Never
    raises; what cannot be read is not there.
    """
    found: dict[str, None] = {}
    length = 0
    with contextlib.suppress(OSError):
        if not journal.is_file():  # a pipe would be waited for
            return ""
        with journal.open("rb") as file:
            for line in file:
                for text in _texts(_parsed(line)):
                    if text not in found:
                        found[text] = None
                        length += len(text)
                if length > _MOST_CHARACTERS:
                    break
    return storable("\n".join(found)[:_MOST_CHARACTERS])


def storable(text: str) -> str:
    """The text without what a database takes for an end, or refuses."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")


def spaced(text: str) -> str:
    """The text with its words apart, as they are indexed."""
    return text if text.isascii() else _UNSPACED.sub(r" \1 ", text)


def match_expression(query: str) -> str:
    """What FTS5 is asked: every word, the last as the beginning of one.

    Nothing in the query is syntax. Empty where no word has a letter or a digit.
    """
    words = [word for word in storable(query).split() if any(map(str.isalnum, word))]
    phrases = ['"' + spaced(word).replace('"', '""') + '"' for word in words]
    if words and words[-1][-1].isalnum():
        phrases[-1] += " *"
    return " ".join(phrases)


def literal_words(query: str) -> list[str]:
    """The words of a query that hold more than letters and digits, in folded case.

    An index of words cannot tell "C++" from "C": the text must hold these as they are.
    """
    return [word.casefold() for word in storable(query).split() if not word.isalnum()]


def excerpt(text: str, query: str, width: int = 120) -> str:
    """The place where a text holds the query, in one line; empty where that cannot be told."""
    words = sorted(query.split(), key=len, reverse=True)
    for pattern in (r"(?<!\w){}", "{}"):
        for word in words:
            if found := re.search(pattern.format(re.escape(word)), text, re.IGNORECASE):
                return _around(text, *found.span(), width)
    return ""


def _around(text: str, begin: int, end: int, width: int) -> str:
    start = max(0, begin - width // 3)
    before = text[start:begin]
    if start and (space := re.search(r"\s", before)):
        before = before[space.end() :]
    lead = "… " if start else ""
    after = text[begin : begin + width]
    tail = " …" if begin + width < len(text) else ""
    return one_line(f"{lead}{before}{after}", width - len(tail)) + tail


def _parsed(line: bytes) -> Mapping[str, Any]:
    try:
        value = unlimited_json(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _texts(event: Mapping[str, Any]) -> Iterator[str]:
    """What there is to read in a line of the journal."""
    for value in _values(event):
        if isinstance(value, str) and value:
            yield value


def _values(event: Mapping[str, Any]) -> Iterator[Any]:
    match event.get("event"):
        case "SessionStarted":
            yield _table(event, "prompt").get("text")
            examples = _table(event, "case").get("examples")
            for example in examples if isinstance(examples, list) else ():
                if isinstance(example, dict):
                    yield from _table(example, "inputs").values()
        case "IterationStarted":
            yield event.get("prompt")
        case "RunFinished":
            run = _table(event, "run")
            yield from (run.get("output"), run.get("error_message"))
        case "InterviewFinished":
            yield from (event.get("response"), event.get("analysis"))
            yield from _table(event, "suggestion").values()
        case "ChatExchanged":
            yield from (event.get("question"), event.get("answer"))
            yield from _table(event, "suggestion").values()
        case "SuggestionDecided":
            decision = _table(event, "decision")
            yield from (decision.get("prompt"), decision.get("note"))
        case "SessionFinished":
            yield event.get("error_message")


def _table(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = holder.get(key)
    return value if isinstance(value, dict) else {}
