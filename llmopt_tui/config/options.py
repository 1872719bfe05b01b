"""The options of a model call: Ollama's names for them, their types, and reading them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from llmopt_tui.config.strict import MOST_BITS
from llmopt_tui.core.ports import OptionValue
from llmopt_tui.core.tables import Fault
from llmopt_tui.core.text.near import did_you_mean

# A server answers an unknown name with silence and a wrong type with status 500.
_KINDS: Mapping[str, type] = {
    "temperature": float,
    "seed": int,
    "num_ctx": int,
    "num_predict": int,
    "num_keep": int,
    "top_k": int,
    "top_p": float,
    "min_p": float,
    "typical_p": float,
    "repeat_last_n": int,
    "repeat_penalty": float,
    "presence_penalty": float,
    "frequency_penalty": float,
    "mirostat": int,
    "mirostat_tau": float,
    "mirostat_eta": float,
    "stop": list,
    "num_batch": int,
    "num_gpu": int,
    "main_gpu": int,
    "num_thread": int,
    "use_mmap": bool,
    "draft_num_predict": int,
}
_WORDS: Mapping[type, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list of texts",
}
_LEAST: Mapping[str, float] = {
    "temperature": 0,
    "top_k": 0,
    "top_p": 0,
    "min_p": 0,
    "num_ctx": 4,
    "num_batch": 1,
    "repeat_penalty": 0,
}


def option_faults(options: Mapping[str, object]) -> list[Fault]:
    """Unknown names, wrong types and impossible values."""
    return [
        Fault(f"options.{name}", message)
        for name, value in options.items()
        if (message := _complaint(name, value))
    ]


def option_from_text(name: str, text: str) -> OptionValue:
    """The value that `--option NAME=TEXT` gives. Raises ValueError with a message for people."""
    kind = _KINDS.get(name)
    if kind is None:
        raise ValueError("unknown option" + did_you_mean(name, _KINDS))
    try:
        if kind is list:
            value = json.loads(text) if text.startswith("[") else [text]
        elif kind is bool:
            value = {"true": True, "false": False}[text.casefold()]
        else:
            value = kind(text)
    except (ValueError, KeyError, RecursionError):
        raise ValueError(f'must be {_WORDS[kind]}, not "{text}"') from None
    if complaint := _complaint(name, value):
        raise ValueError(complaint)
    return value


def _complaint(name: str, value: object) -> str:
    kind = _KINDS.get(name)
    if kind is None:
        return "unknown option" + did_you_mean(name, _KINDS)
    if kind is list:
        fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    elif kind is float:
        fits = type(value) is int or (type(value) is float and math.isfinite(value))
    else:
        fits = type(value) is kind
    if fits and type(value) is int and value.bit_length() > MOST_BITS:
        return "is too large a number"
    if not fits:
        return f"must be {_WORDS[kind]}, not {json.dumps(value)}"
    least = _LEAST.get(name)
    if least is not None and value < least:  # type: ignore[operator]  # only numbers have a least
        return f"must be {least:g} or more, not {value}"
    return ""
