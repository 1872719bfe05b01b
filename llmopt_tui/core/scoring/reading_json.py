"""Reading JSON out of a model's reply: as it stands, mended, or not at all."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn

from llmopt_tui.core.scoring import modes

# A reply beyond these is no answer to anything; they bound time and recursion for all readers.
MAX_DEPTH: Final = 100
MAX_VALUES: Final = 5_000
# json_repair takes time that grows with the square of some texts: about a second at this length.
REPAIR_CHARS: Final = 6_000
_TRIES: Final = 50

_OPENING = re.compile(r"[{\[]")
_LIKE_JSON = re.compile(r"""\{\s*+(?:["'}]|[^\W\d]\w*+\s*+:)|\[\s*+["'{\[]""")
_INFO_STRING = re.compile(r"\s*+(?:json[c5]?\b)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class JsonReading:
    """JSON as it was found in a text.

    `state`: "whole" where the text is JSON and nothing else, "mended" where JSON was taken out of
    other text or its syntax put right, "none" where there is none. `note` says in words what was
    mended or why nothing was found, and `mode` is that as a failure mode; both empty when whole.
    """

    state: Literal["whole", "mended", "none"]
    value: Any = None
    note: str = ""
    mode: str = ""

    @property
    def found(self) -> bool:
        """Whether there is a value to look at."""
        return self.state != "none"


def read_json(text: str) -> JsonReading:
    """Read a reply, trying the next way only where the ones before fail.

    The ways: the whole text as strict JSON; what stands in a code fence, the last one first; an
    object or list in the midst of other words, unless it is a part of something broken; lenient
    repair of the first thing that looks like JSON. Never raises. Keys that stand twice count with
    their last value; numbers that are infinite or no numbers are no JSON.
    """
    text = text.strip().removeprefix("\ufeff").strip()
    if not text:
        return JsonReading("none", note="the reply is empty", mode=modes.EMPTY)
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return _mend(text)
    return _checked(JsonReading("whole", value))


def at_path(value: Any, path: str) -> tuple[bool, Any]:
    """Whether a dotted path ("result.skills", "items.0.name") leads anywhere, and what is there.

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


def _mend(text: str) -> JsonReading:
    fenced = text.split("```")[1::2]
    for block in reversed(fenced[-_TRIES:]):
        value = _lenient(_INFO_STRING.sub("", block, count=1))
        if isinstance(value, dict | list):
            return _mended(value, modes.CODE_FENCE, "it stands in a code fence")
    if _substantial(value := _lenient(text)):
        return _mended(value, modes.INVALID_JSON, "its syntax had to be mended")
    value, start = _embedded(text)
    # Sound JSON may be but a part of what is broken or cut off: then the whole of it comes first.
    around = _LIKE_JSON.search(text)
    if value is None or (around and around.start() < start):
        repaired = _repaired(fenced[-1] if fenced else text)
        if repaired is not None:
            return _mended(repaired, modes.INVALID_JSON, "its syntax had to be mended")
    if value is not None:
        return _mended(value, modes.EXTRA_TEXT, "there are other words around it")
    return JsonReading("none", note="the reply is not JSON", mode=modes.INVALID_JSON)


def _mended(value: Any, mode: str, note: str) -> JsonReading:
    return _checked(JsonReading("mended", value, note, mode))


def _decoder() -> json.JSONDecoder:
    # Line ends inside strings and NaN are what models get wrong most; both have a plain reading.
    return json.JSONDecoder(strict=False, parse_constant=lambda _: None)


def _lenient(text: str) -> Any:
    try:
        return _decoder().decode(text)
    except (ValueError, RecursionError):
        return None


def _embedded(text: str) -> tuple[Any, int]:
    """The longest object, or list of texts or objects, among other words, and where it begins.

    None if there is none.
    """
    decoder = _decoder()
    best, place, length, start = None, 0, 0, 0
    for _ in range(_TRIES):
        opening = _OPENING.search(text, start)
        if not opening:
            break
        try:
            value, end = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            start = opening.end()
            continue
        if end - opening.start() > length and _substantial(value):
            best, place, length = value, opening.start(), end - opening.start()
        start = end
    return best, place


def _repaired(text: str) -> Any:
    opening = _LIKE_JSON.search(text)
    if not opening or len(text) - opening.start() > REPAIR_CHARS:
        return None
    import json_repair

    try:
        value: Any = json_repair.loads(text[opening.start() :])
    except Exception:  # a guessing parser may stumble over any text, in any way
        return None
    if isinstance(value, list) and opening.group().startswith("{"):
        # Several objects in a row come back as a list: the one that says most is the answer.
        objects = [item for item in value if isinstance(item, dict)]
        value = max(objects, key=lambda item: len(str(item)), default=None)
    return value if _substantial(value) else None


def _substantial(value: Any) -> bool:
    """Whether a value is likely meant as JSON, unlike the "[1]" of a footnote."""
    if isinstance(value, list):
        return any(isinstance(item, str | dict) for item in value)
    return isinstance(value, dict) and bool(value)


def _checked(reading: JsonReading) -> JsonReading:
    """The reading, or none where its value is too deep, too large or not finite."""
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
