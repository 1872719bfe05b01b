"""An Ollama Modelfile, and the request that makes the same model: who it is based on, system text,
parameters, demonstrations.

A Modelfile's TEMPLATE is about the roles of a chat; it has no placeholders for a caller to fill. So
a text with placeholders stays with the caller, and is written here as a comment. Demonstrations are
turns that the server puts between the system text and what the caller sends.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llmopt_tui.core.ports import Message, OptionValue
from llmopt_tui.core.prompt import placeholders_in
from llmopt_tui.core.text.plain import visible
from llmopt_tui.reports.exports.winner import Winner

# What Ollama calls an unknown parameter is an error; a wrong type is one as well.
_PARAMETERS: Mapping[str, type] = {
    "num_keep": int,
    "seed": int,
    "num_predict": int,
    "top_k": int,
    "top_p": float,
    "min_p": float,
    "typical_p": float,
    "repeat_last_n": int,
    "temperature": float,
    "repeat_penalty": float,
    "presence_penalty": float,
    "frequency_penalty": float,
    "stop": list,
    "num_ctx": int,
    "num_batch": int,
    "num_gpu": int,
    "main_gpu": int,
    "num_thread": int,
    "use_mmap": bool,
    "draft_num_predict": int,
}
# Ollama first takes what follows FROM for a path, so nothing but a name may follow it.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(?:[/:][A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_CLOSED_EARLY = re.compile(r'"""[ \t]*[\r\n]')
_SURROGATE = re.compile("[\ud800-\udfff]")


class InexpressibleError(ValueError):
    """A format has no way to say this. The message is for people."""


def modelfile(winner: Winner) -> str:
    """The Modelfile. Raises InexpressibleError.

    Characters that Ollama's reader leaves out anyway (control and format characters, blanks other
    than the space) are not written.
    """
    name = winner.model.name
    if not _NAME.fullmatch(name):
        raise InexpressibleError("the model's name is none that a Modelfile can be based on")
    comments = [
        "A model made of what llmopt-tui found.",
        *winner.provenance,
        "",
        "ollama create NAME -f THIS_FILE",
        "",
        *remarks(winner),
    ]
    lines = [f"# {line}".rstrip() for line in comments]
    if question := question_text(winner):
        lines += ["#", "# The prompt:", *_commented(question)]
    lines += ["", f"FROM {name}"]
    for option, value in parameters(winner).items():
        for item in value if isinstance(value, list) else [value]:
            lines.append(f"PARAMETER {option} {_argument(item)}")
    if system := system_text(winner):
        lines.append(f"SYSTEM {_argument(system)}")
    lines += [f"MESSAGE {turn.role} {_argument(turn.content)}" for turn in shown_turns(winner)]
    return "\n".join(lines) + "\n"


def system_text(winner: Winner) -> str:
    """What the model is to be told before every chat; empty where that depends on the input."""
    if winner.prompt.demonstrations:
        system = "" if placeholders_in(winner.chat.system) else winner.chat.system
        return _SURROGATE.sub("\ufffd", system)
    prompt = winner.prompt
    parts = [part for part in (prompt.system, prompt.text) if not placeholders_in(part)]
    if placeholders_in(prompt.system):
        # The text without its own system message would be another prompt.
        parts = []
    return _SURROGATE.sub("\ufffd", "\n\n".join(part for part in parts if part.strip()))


def question_text(winner: Winner) -> str:
    """What the caller fills and sends as the user's message; empty where the model has it all."""
    chat = winner.chat
    return chat.asked if chat.shown or placeholders_in(chat.asked) else ""


def shown_turns(winner: Winner) -> tuple[Message, ...]:
    """The demonstrations as turns of the chat. Raises InexpressibleError.

    The server puts them before everything that the caller sends, so before a system message that
    the caller has to fill, too: that would be another chat than the one that was measured.
    """
    chat = winner.chat
    if chat.shown and placeholders_in(chat.system):
        raise InexpressibleError(
            "a model of Ollama cannot have demonstrations after a system message with "
            "placeholders; --to python gives a script that sends them"
        )
    return tuple(Message(turn.role, _SURROGATE.sub("\ufffd", turn.content)) for turn in chat.shown)


def parameters(winner: Winner) -> dict[str, OptionValue]:
    """The options that Ollama knows as parameters, each of its type."""
    found: dict[str, OptionValue] = {}
    for name, value in winner.options.items():
        kind = _PARAMETERS.get(name)
        if kind in (int, float) and isinstance(value, int | float) and not isinstance(value, bool):
            if kind is float or value == int(value):
                found[name] = value if kind is float else int(value)
        elif kind in (bool, list) and isinstance(value, kind):
            found[name] = value
    return found


def remarks(winner: Winner) -> tuple[str, ...]:
    """What users of such a model have to know, in sentences."""
    return tuple(_remarks(winner))


def _remarks(winner: Winner) -> Iterator[str]:
    prompt = winner.prompt
    if names := _shown(placeholders_in(prompt.system)):
        yield f"The system message has placeholders ({names}): fill them and send it with the chat."
    elif prompt.system.strip():
        yield "The system message of the prompt is the model's own."
    if count := len(prompt.demonstrations):
        turns = "1 demonstration" if count == 1 else f"{count} demonstrations"
        yield f"Every chat begins with {turns}, as it was measured."
        if winner.chat.asked != prompt.text:
            yield "The instructions are before them: send the rest of the prompt alone."
    if names := _shown(placeholders_in(prompt.text)):
        yield f"The prompt has placeholders ({names}): fill them and send it as the user's message."
    elif system_text(winner) and not prompt.demonstrations:
        yield "The prompt has no placeholders: it is part of the system text."
        yield "It was measured as the user's message, so the scores hold for that."
    if winner.format is not None:
        what = "JSON" if winner.format == "json" else "a JSON Schema"
        yield f'Answers were held to {what}: send "format" with each request to have that again.'
    if winner.think is not None:
        yield f'Send "think": {str(winner.think).lower()} with each request, as it was measured.'


def _shown(names: Iterable[str]) -> str:
    return ", ".join(f"{{{{{name}}}}}" for name in names)


def _commented(text: str) -> Iterator[str]:
    yield from (f"#   {line}".rstrip() for line in visible(text).strip("\n").split("\n"))


def _argument(value: Any) -> str:
    """A value as Ollama's reader takes it: no escapes, and quotes that end at a line's end."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return repr(value)
    text = "".join(filter(_is_read, value))
    if _CLOSED_EARLY.search(text):
        raise InexpressibleError(
            'a Modelfile cannot hold a line that ends in """; --to ollama sends the text whole'
        )
    return f'"""{text}"""'


def _is_read(char: str) -> bool:
    # Go's strconv.IsPrint: letters, marks, numbers, punctuation, symbols and the plain space.
    return char in " \t\n\r" or unicodedata.category(char)[0] in "LMNPS"
