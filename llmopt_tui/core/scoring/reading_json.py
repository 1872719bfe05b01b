"""Reading JSON out of a model's reply: unchanged, mended, or not at all."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.json_values import (
    Candidate,
    Fit,
    anything,
    best_value,
    complete_values,
    is_substantial,
    lenient,
)

# A reply beyond these is not an answer; the limits bound time and recursion for all readers.
MAX_DEPTH: Final = 100
MAX_VALUES: Final = 5_000
# json_repair takes time that grows with the square of some texts: about a second at this length.
REPAIR_CHARS: Final = 6_000

_LIKE_JSON = re.compile(r"""\{\s*+(?:["'}]|[^\W\d]\w*+\s*+:)|\[\s*+["'{\[]""")
# Signs that a person, or a model that imitates one, types in place of JSON's own.
_STRAIGHT = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″＂", '"'),
        **dict.fromkeys("‘’‚‛", "'"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000", " "),
        **dict.fromkeys("\u200b\u2060\ufeff", ""),
        "：": ":",
        "，": ",",
        "｛": "{",
        "｝": "}",
        "［": "[",
        "］": "]",
    }
)
_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"


@dataclass(frozen=True, slots=True)
class JsonReading:
    """JSON as it was found in a text.

    `state`: "whole" where the text is JSON and nothing else, "mended" where JSON was taken out of
    other text or its syntax was repaired, "none" where there is none. `note` says in words what was
    mended or why nothing was found, and `mode` is its failure mode; both are "" when whole.
    """

    state: Literal["whole", "mended", "none"]
    value: Any = None
    note: str = ""
    mode: str = ""

    @property
    def found(self) -> bool:
        """Whether the text holds a JSON value."""
        return self.state != "none"


def read_json(text: str, fit: Fit = anything) -> JsonReading:
    """Read a reply, trying the next way only where the previous ones fail.

    The ways: the whole text as strict JSON; the first value in it, in a code fence or among other
    words, that fits best what was asked, unless it is a part of something broken; lenient repair
    of the first thing that looks like JSON. What follows the first value replaces it only where it
    is announced as a correction. Never raises. A key that is there twice counts with its last
    value; infinite numbers and NaN are not JSON.
    """
    text = text.strip().strip(_INVISIBLE).strip()
    if not text:
        return JsonReading("none", note="the reply is empty", mode=modes.EMPTY)
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return _mend(text, fit)
    if isinstance(value, str) and isinstance(inner := lenient(value), dict | list):
        return _mended(inner, modes.INVALID_JSON, "it is written as a text inside JSON")
    return _checked(JsonReading("whole", value))


def at_path(value: Any, path: str) -> tuple[bool, Any]:
    """Whether a dotted path ("result.skills", "items.0.name") exists, and the value there.

    The empty path is the value itself.
    """
    for step in path.split(".") if path else ():
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and _index(step) < len(value):
            value = value[_index(step)]
        else:
            return False, None
    return True, value


def _index(step: str) -> int:
    return int(step[:9])


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _mend(text: str, fit: Fit) -> JsonReading:
    best: Candidate | None = None
    for form in dict.fromkeys((text, text.translate(_STRAIGHT))):
        if is_substantial(value := lenient(form)):
            return _mended(value, modes.INVALID_JSON, _SYNTAX)
        candidates = list(complete_values(form))
        # Valid JSON may be a part of JSON that is broken or cut off: then the whole comes first.
        around = _LIKE_JSON.search(form)
        first = min((candidate.start for candidate in candidates), default=len(form))
        if around and around.start() < first and (repaired := _repaired(form)) is not None:
            return _mended(repaired, modes.INVALID_JSON, _SYNTAX)
        best = best_value(candidates, form, fit)
        if best is not None:
            break
    if best is None:
        return JsonReading("none", note="the reply is not JSON", mode=modes.INVALID_JSON)
    if best.fenced:
        return _mended(best.value, modes.CODE_FENCE, "it is in a code fence")
    return _mended(best.value, modes.EXTRA_TEXT, "there are other words around it")


_SYNTAX = "its syntax had to be mended"


def _mended(value: Any, mode: str, note: str) -> JsonReading:
    return _checked(JsonReading("mended", value, note, mode))


def _repaired(text: str) -> Any:
    opening = _LIKE_JSON.search(text)
    if not opening:
        return None
    # Text after a fence does not belong to its content.
    broken = text[opening.start() :].partition("```")[0]
    if len(broken) > REPAIR_CHARS:
        return None
    import json_repair

    try:
        value: Any = json_repair.loads(broken)
    except Exception:  # a guessing parser may fail on any text, in any way
        return None
    if isinstance(value, list) and opening.group().startswith("{"):
        # Several objects in a row come back as a list.
        value = next((item for item in value if isinstance(item, dict) and item), None)
    return value if is_substantial(value) else None


def _checked(reading: JsonReading) -> JsonReading:
    """The reading, or one of state "none" where its value is too deep, too large or not finite."""
    level, depth, total = [reading.value], 0, 0
    while level:
        depth, total = depth + 1, total + len(level)
        if depth > MAX_DEPTH:
            return _refused(f"it is nested more than {MAX_DEPTH} levels deep")
        if total > MAX_VALUES:
            return _refused(f"it holds more than {MAX_VALUES:,} values")
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, float) and not math.isfinite(value):
                return _refused("it holds a number that is infinite")
        level = below
    return reading


def _refused(why: str) -> JsonReading:
    return JsonReading("none", note=f"the JSON cannot be used: {why}", mode=modes.INVALID_JSON)
