"""The examples of a case file in TOML: where each one's text is, and that text changed.

The file is cut at its `[[examples]]` headers and only the piece of one example is written anew, so
the rest cannot change. To change the document as a whole would not do: libraries count a comment
above an example as a part of the previous one, and take it away with that.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from llmopt_tui.app.case_editing.errors import NotEditableError
from llmopt_tui.app.case_editing.toml_values import literal

if TYPE_CHECKING:
    from llmopt_tui.core.case import Example

Span = tuple[int, int]
"""Where a text begins and ends in a file, in characters."""

_HEADER = re.compile(r"[ \t]*\[")
_EXAMPLE = re.compile(r"""[ \t]*\[\[[ \t]*(?:examples|"examples"|'examples')[ \t]*\]\]""")
_PART = re.compile(r"""[ \t]*\[\[?[ \t]*(?:examples|"examples"|'examples')[ \t]*\.""")
_SIGN = re.compile(r"#[^\n]*|\"{3}|'{3}|\"(?:\\.|[^\"\\\n])*\"?|'[^'\n]*'?|[\[\]{}]|\n")
_BLOCK_END = {
    '"""': re.compile(r'(?:\\.|[^\\])*?"{3,5}', re.DOTALL),
    "'''": re.compile(r".*?'{3,5}", re.DOTALL),
}
_BLANK = re.compile(r"[ \t]*(#[^\n]*)?\r?")


def example_spans(text: str) -> list[Span]:
    """Where each `[[examples]]` is, from its header to its last line, line end included.

    Comments and blank lines above the next header belong to none. Raises NotEditableError where
    the examples are not written so.
    """
    places = [*headers(text), len(text)]
    spans: list[Span] = []
    begun: int | None = None
    for at in places:
        if begun is not None and at < len(text) and _PART.match(text, at):
            continue
        if begun is not None:
            spans.append((begun, _trimmed(text, begun, at)))
        begun = at if _EXAMPLE.match(text, at) else None
    _check(text, spans)
    return spans


def headers(text: str) -> Iterator[int]:
    """Where the lines with headers of tables begin: none in a text, a list or a comment."""
    at, depth = 0, 0
    while at < len(text):
        if depth == 0 and _HEADER.match(text, at):
            yield at
            end = text.find("\n", at)
            at = len(text) if end < 0 else end + 1
            continue
        at, depth = _line_end(text, at, depth)


def _line_end(text: str, at: int, depth: int) -> tuple[int, int]:
    """Where the next line outside of a text begins, and how many brackets are open there."""
    while found := _SIGN.search(text, at):
        sign, at = found.group(), found.end()
        if sign == "\n":
            return at, depth
        if sign in _BLOCK_END:
            closed = _BLOCK_END[sign].match(text, at)
            at = closed.end() if closed else len(text)
        elif sign in "[{":
            depth += 1
        elif sign in "]}":
            depth = max(0, depth - 1)
    return len(text), depth


def _trimmed(text: str, start: int, end: int) -> int:
    """The end without the blank lines and comments before it."""
    while end > start:
        line = text.rfind("\n", start, end - 1) + 1
        if line <= start or not _BLANK.fullmatch(text[line:end].rstrip("\n")):
            return end
        end = line
    return end


def _check(text: str, spans: list[Span]) -> None:
    """Raise NotEditableError unless the pieces say what the whole document does."""
    whole = tomllib.loads(text).get("examples", [])
    pieces = [tomllib.loads(text[start:end]).get("examples", []) for start, end in spans]
    if pieces != [[example] for example in whole]:
        raise NotEditableError(
            "its examples are not written as [[examples]] one below the other: edit them as text"
        )


def written(example: Example, newline: str = "\n") -> str:
    """A new example as a table, with a line end."""
    fields: dict[str, Any] = {"id": example.id, "split": example.split}
    fields["inputs"] = dict(example.inputs)
    if example.expected:
        fields["expected"] = dict(example.expected)
    if example.answer:
        fields["answer"] = example.answer
    if example.pinned:
        fields["pinned"] = True
    lines = [f"{name} = {literal(value, newline)}" for name, value in fields.items()]
    return newline.join(["[[examples]]", *lines, ""])


def rewritten(piece: str, changes: Mapping[str, Any], newline: str = "\n") -> str:
    """The piece of an example with changed fields; None removes one. Comments in it stay.

    Raises NotEditableError where the piece would not say what is wanted.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    wanted = tomllib.loads(piece)["examples"][0]
    try:
        document = tomlkit.parse(piece)
        table = document["examples"][0]
        _change(table, wanted, changes, newline)
        text = tomlkit.dumps(document)
        if tomllib.loads(text) != {"examples": [wanted]}:
            raise NotEditableError("its text cannot be changed in place: edit it as text")
    except (TOMLKitError, tomllib.TOMLDecodeError, TypeError) as error:
        raise NotEditableError("its text cannot be changed in place: edit it as text") from error
    return text


def _change(table: Any, wanted: dict[str, Any], changes: Mapping[str, Any], newline: str) -> None:
    """Set the fields in tomlkit's table and in a plain copy; tables are changed key by key."""
    import tomlkit

    for name, value in changes.items():
        if value is None:
            if name in table:
                del table[name]
                del wanted[name]
        elif isinstance(value, Mapping) and isinstance(wanted.get(name), dict):
            literal(value)  # which refuses what TOML cannot say
            inside = wanted[name]
            differing = {k: v for k, v in value.items() if k not in inside or inside[k] != v}
            gone = dict.fromkeys(k for k in inside if k not in value)
            _change(table[name], inside, {**differing, **gone}, newline)
        else:
            item = tomlkit.value(literal(value, newline))
            table[name] = item
            wanted[name] = tomllib.loads(f"v = {literal(value)}")["v"]
