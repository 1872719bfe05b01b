"""Reading JSON out of a model's reply: unchanged, mended, or not at all."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn

from llmopt_tui.core.scoring import modes

# A reply beyond these is not an answer; the limits bound time and recursion for all readers.
MAX_DEPTH: Final = 100
MAX_VALUES: Final = 5_000
# json_repair takes time that grows with the square of some texts: about a second at this length.
REPAIR_CHARS: Final = 6_000
_TRIES: Final = 50

_OPENING = re.compile(r"[{\[]")
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
_CORRECTION = re.compile(
    r"\b(?:rather|better|correct(?:ed|ion)?|actually|final(?:ly)?|revised?|instead|improved|updated"
    r"|wait|sorry|no,)\b",
    re.IGNORECASE,
)
_INFO_STRING = re.compile(r"\s*+(?:json[c5]?\b)?", re.IGNORECASE)


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


Fit = Callable[[Any], float]
"""How well a value fits what was asked for, from 0 (not at all) to 1."""


def _anything(value: Any) -> float:
    return 1.0


def read_json(text: str, fit: Fit = _anything) -> JsonReading:
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
    best: _Candidate | None = None
    for form in dict.fromkeys((text, text.translate(_STRAIGHT))):
        if _substantial(value := _lenient(form)):
            return _mended(value, modes.INVALID_JSON, _SYNTAX)
        candidates = list(_candidates(form))
        # Valid JSON may be a part of JSON that is broken or cut off: then the whole comes first.
        around = _LIKE_JSON.search(form)
        first = min((candidate.start for candidate in candidates), default=len(form))
        if around and around.start() < first and (repaired := _repaired(form)) is not None:
            return _mended(repaired, modes.INVALID_JSON, _SYNTAX)
        best = _best(candidates, form, fit)
        if best is not None:
            break
    if best is None:
        return JsonReading("none", note="the reply is not JSON", mode=modes.INVALID_JSON)
    if best.fenced:
        return _mended(best.value, modes.CODE_FENCE, "it stands in a code fence")
    return _mended(best.value, modes.EXTRA_TEXT, "there are other words around it")


_SYNTAX = "its syntax had to be mended"


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A complete value inside other text, from `start` to `end`."""

    start: int
    end: int
    value: Any
    fenced: bool = False


def _best(candidates: Sequence[_Candidate], text: str, fit: Fit) -> _Candidate | None:
    """The first of the candidates that fit best, or a later one that corrects it."""
    ranked = [
        (fit(candidate.value), _meant(candidate, text), candidate) for candidate in candidates
    ]
    likely = [rank for rank in ranked if rank[0] > 0 and rank[1]] or [
        # "[2, 3]" is a list where a list was asked for, and a footnote elsewhere.
        rank
        for rank in ranked
        if rank[0] > 0 and fit is not _anything
    ]
    likely = likely or [rank for rank in ranked if rank[1]]
    if not likely:
        return None
    most = max(rank[0] for rank in likely)
    best, *others = [candidate for score, _, candidate in likely if score == most]
    end = best.end
    for other in others:
        if _CORRECTION.search(text[max(end, other.start - 80) : other.start]):
            best = other
        end = other.end
    return best


def _meant(candidate: _Candidate, text: str) -> bool:
    """Whether a value is likely meant as JSON: it is substantial, or a colon announces it."""
    if candidate.fenced or _substantial(candidate.value):
        return True
    before = text[max(0, candidate.start - 80) : candidate.start].rstrip(" \t")
    after = text[candidate.end : candidate.end + 1]
    return before.rstrip()[-1:] in (":", "=") or (before[-1:] in ("", "\n") and after in ("", "\n"))


def _mended(value: Any, mode: str, note: str) -> JsonReading:
    return _checked(JsonReading("mended", value, note, mode))


def _decoder() -> json.JSONDecoder:
    # Models' commonest mistakes are line ends inside strings and NaN; both are easy to read.
    return json.JSONDecoder(strict=False, parse_constant=lambda _: None)


def _lenient(text: str) -> Any:
    try:
        return _decoder().decode(text)
    except (ValueError, RecursionError):
        return None


def _candidates(text: str) -> Iterator[_Candidate]:
    """The complete objects and lists in a text, in order, up to a limit of attempts."""
    decoder = _decoder()
    fences = list(itertools.islice(_fences(text), _TRIES))
    start = 0
    for _ in range(_TRIES):
        opening = _OPENING.search(text, start)
        if not opening:
            return
        fence = next((fence for fence in fences if fence[0] <= opening.start() < fence[1]), None)
        if fence is not None:
            fences.remove(fence)
            value = _lenient(_INFO_STRING.sub("", text[fence[0] : fence[1]], count=1))
            if isinstance(value, dict | list):
                yield _Candidate(fence[0], fence[1], value, fenced=True)
                start = fence[1]
                continue
        try:
            value, end = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            start = opening.end()
            continue
        yield _Candidate(opening.start(), end, value)
        start = end


def _fences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the text in each code fence; the last fence may not be closed."""
    marks = [match.end() for match in itertools.islice(re.finditer("```", text), 2 * _TRIES)]
    for begin, end in itertools.zip_longest(marks[::2], marks[1::2]):
        yield begin, len(text) if end is None else end - 3


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
    return value if _substantial(value) else None


def _substantial(value: Any) -> bool:
    """Whether a value is likely meant as JSON and not, like "[1]", as a footnote."""
    if isinstance(value, list):
        return any(isinstance(item, str | dict) for item in value)
    return isinstance(value, dict) and bool(value)


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
