r"""Patterns of a JSON Schema, rewritten so that every model server can make a model obey them.

A server turns the schema of an answer into a grammar. The grammars of llama.cpp, and so Ollama's,
know characters, classes, groups, alternatives and repeats; an escape such as \d ends the process
that runs the model, at every call. So escapes become classes, and what no grammar can express is
refused with a hint what to write instead. The schema of a case stays unchanged and judges answers.

A grammar describes the written JSON, where a quotation mark, a backslash and a line end need a
backslash before them. A class with one of these would end the text too early, so they are removed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Ranges = tuple[tuple[int, int], ...]
"""Characters by their code points: the first and the last of each range, both included."""

_LAST = 0x10FFFF
_DIGITS: Ranges = ((0x30, 0x39),)
_WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACE: Ranges = ((0x09, 0x0D), (0x20, 0x20))
_ESCAPED_IN_JSON: Ranges = ((0x00, 0x1F), (0x22, 0x22), (0x5C, 0x5C))
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "a": 7, "0": 0}
_REPEAT = re.compile(r"[*+?]|\{(\d+)?(,)?(\d+)?\}")
_DATA = frozenset({"const", "enum", "default", "examples"})
_BY_NAME = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})


class PatternError(ValueError):
    """A pattern that no server can make a model obey; the message says what to write instead."""


def safe_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with every pattern made safe. Raises PatternError, which names the place."""
    return {key: _safe_value(key, value, "") for key, value in schema.items()}


def safe_pattern(pattern: str) -> str:
    r"""An equal pattern made only of classes, groups, alternatives and repeats.

    It is anchored at both ends, as every grammar is. Classes mean ASCII, as in JSON Schema. Texts
    with characters that JSON escapes are not matched. Raises PatternError.
    """
    try:
        re.compile(pattern)
    except re.error as error:
        raise PatternError(f"{pattern!r} is no regular expression: {error}") from error
    return _Rewriter(pattern).whole()


def _safe_value(key: str, value: Any, path: str) -> Any:
    """The safe value of a schema's keyword. `path` is the schema's, such as "properties.year"."""
    place = f"{path}.{key}" if path else key
    if key in _DATA:
        return value
    if key == "pattern" and isinstance(value, str):
        return _placed(value, path)
    if isinstance(value, Mapping) and key in (*_BY_NAME, "patternProperties"):
        patterns = key == "patternProperties"
        return {
            _placed(name, path) if patterns else name: _safe_schema(sub, f"{place}.{name}")
            for name, sub in value.items()
        }
    return _safe_schema(value, place)


def _safe_schema(value: Any, path: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _safe_value(key, inner, path) for key, inner in value.items()}
    if isinstance(value, list):
        return [_safe_schema(inner, path) for inner in value]
    return value


def _placed(pattern: str, path: str) -> str:
    try:
        return safe_pattern(pattern)
    except PatternError as error:
        raise PatternError(f"{path}: {error}" if path else str(error)) from error


class _Rewriter:
    """Reads a pattern from left to right and writes it without escapes."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def whole(self) -> str:
        """The pattern, anchored at both ends."""
        branches = [self._top_branch()]
        while self._take("|"):
            branches.append(self._top_branch())
        inner = branches[0] if len(branches) == 1 else f"({'|'.join(branches)})"
        return f"^{inner}$"

    def _top_branch(self) -> str:
        """One alternative of the whole pattern, with any text around it where it has no anchor."""
        anchored = self._take("^") or self._take(r"\A")
        bounded = self._take(r"\b")
        any_text, apart = f"{self._written(_others(()))}*", self._written(_others(_WORD))
        before = "" if anchored else f"({any_text}{apart})?" if bounded else any_text
        body = self._branch()
        bounded = self._take(r"\b")
        anchored = self._take("$") or self._take(r"\Z")
        after = "" if anchored else f"({apart}{any_text})?" if bounded else any_text
        if not self._ends():
            raise self._refused(
                "^ and $ in its middle", "^ and $ only at the beginning and the end"
            )
        return before + body + after

    def _branch(self) -> str:
        """Atoms and their repeats, up to the end, an alternative, an anchor or a boundary."""
        written = ""
        while not self._ends() and not self._rest.startswith(("^", "$", r"\A", r"\Z", r"\b")):
            written += self._atom() + self._repeat()
        return written

    def _atom(self) -> str:
        char = self._next()
        match char:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case "\\":
                return self._escape()
            case ".":
                return self._written(_others(()))
            case _ if char in '{}]"':
                return self._written(((ord(char), ord(char)),))
        return char

    def _group(self) -> str:
        if self._take("?"):
            named = re.match(r":|P<\w+>", self._rest)
            if named is None:
                raise self._refused(
                    "a group that begins with (?" + self._rest[:1],
                    "out what may come, as in (cat|dog) or [Aa]",
                )
            self._at += named.end()
        branches = [self._branch()]
        while self._take("|"):
            branches.append(self._branch())
        if not self._take(")"):
            raise self._refused("^, $ or \\b inside a group", "them outside of the group")
        return f"({'|'.join(branches)})"

    def _repeat(self) -> str:
        found = _REPEAT.match(self._pattern, self._at)
        if found is None or found[0] in ("{}", "{,}"):
            return ""
        self._at = found.end()
        if self._take("+"):
            raise self._refused(f"the possessive {found[0]}+", f"{found[0]} without its +")
        self._take("?")  # a grammar has no greed: both ways match the same
        return f"{{0,{found[3]}}}" if found[0].startswith("{,") else found[0]

    def _escape(self) -> str:
        char = self._next()
        if char.isdigit() and char != "0":
            raise self._refused(f"\\{char}, which repeats a group", "the text of the group again")
        if char == "B":
            raise self._refused("\\B", "the characters that may come there, as in [a-z]")
        return self._written(self._escaped(char))

    def _escaped(self, char: str) -> Ranges:
        """The characters that an escape means, in a class or outside."""
        kinds = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
        if char.casefold() in kinds:
            ranges = kinds[char.casefold()]
            return ranges if char.islower() else _others(ranges)
        if char in _CONTROLS:
            code = _CONTROLS[char]
        elif char in "xuU":
            size = {"x": 2, "u": 4, "U": 8}[char]
            code = int(self._pattern[self._at : self._at + size], 16)
            self._at += size
        elif char.isalpha():
            raise self._refused(f"\\{char}", "the characters themselves, as in [A-Za-zäöü]")
        else:
            code = ord(char)
        return ((code, code),)

    def _class(self) -> str:
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self._rest.startswith("]"):
            first = False
            found = self._member()
            if len(found) == 1 and self._rest[:1] == "-" and self._rest[1:2] != "]":
                self._at += 1
                found = ((found[0][0], self._member()[0][1]),)
            ranges += found
        self._at += 1
        return self._written(_others(tuple(ranges)) if negated else tuple(ranges))

    def _member(self) -> Ranges:
        char = self._next()
        if char != "\\":
            return ((ord(char), ord(char)),)
        escaped = self._next()
        return ((8, 8),) if escaped == "b" else self._escaped(escaped)

    def _written(self, ranges: Ranges) -> str:
        """A class of these characters, without those that JSON escapes.

        Ranges that reach the last code point are written as a class of all other characters.
        """
        plain = _others((*_others(ranges), *_ESCAPED_IN_JSON))
        if not plain:
            raise self._refused("a character that JSON escapes", "it without that character")
        sign, runs = ("^", _others(plain)) if plain[-1][1] == _LAST else ("", plain)
        return f"[{sign}{''.join(map(_run, runs))}]"

    @property
    def _rest(self) -> str:
        return self._pattern[self._at :]

    def _ends(self) -> bool:
        return self._rest[:1] in ("", "|", ")")

    def _next(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1]

    def _take(self, text: str) -> bool:
        found = self._pattern.startswith(text, self._at)
        self._at += len(text) if found else 0
        return found

    def _refused(self, what: str, instead: str) -> PatternError:
        return PatternError(
            f"the pattern {self._pattern!r} has {what}, which no model server can follow: "
            f"write {instead}"
        )


def _merged(ranges: Ranges) -> Ranges:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def _others(ranges: Ranges) -> Ranges:
    """The ranges of all other characters."""
    others: list[tuple[int, int]] = []
    begin = 0
    for first, last in _merged(ranges):
        if first > begin:
            others.append((begin, first - 1))
        begin = last + 1
    return (*others, (begin, _LAST)) if begin <= _LAST else tuple(others)


def _run(ends: tuple[int, int]) -> str:
    first, last = (_character(code) for code in ends)
    return first if first == last else first + last if ends[1] == ends[0] + 1 else f"{first}-{last}"


def _character(code: int) -> str:
    """A character as both a grammar and a regular expression write it inside a class."""
    char = chr(code)
    if char in "[]\\":
        return f"\\{char}"
    if char in "^-" or code < 0x20 or code == 0x7F:
        return f"\\x{code:02X}"
    return char if char.isprintable() else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
