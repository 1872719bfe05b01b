"""What an import works on: rows as a file has them, and notes of what a person should know.

Every format is read into this one form, so that columns, criteria and splits are worked out in one
place and not once a format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

NoteKind = Literal["left", "guess", "warning"]

_NUMBER = re.compile(r"\d+")

MOST_ROWS = 20_000
"""More rows than this are refused: no one waits for a case of that size to be run."""


class ImportRefused(Exception):
    """Nothing can be made of a file. Each line says one thing that is wrong, and what to do."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to know about an import.

    "left": something that is not taken over; "guess": a choice that the program made, which a flag
    may overrule; "warning": something that is taken over and may be wrong. `where` is a place in
    the source such as "line 3"; empty for the whole of it.
    """

    kind: NoteKind
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row, line or item of a source: its place there, and its values by column.

    `expected` is what a case file has under `expected`; None where a column is still to be read
    for it.
    """

    place: str
    values: Mapping[str, Any]
    expected: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Roles:
    """What columns are for. None and "" mean that nothing is said about it."""

    inputs: tuple[str, ...] | None = None
    expected: str = ""
    id: str = ""
    split: str = ""


@dataclass(frozen=True, slots=True)
class PromptText:
    """A prompt that the source brings: text and system message with `{{placeholders}}`."""

    text: str
    system: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """All that a format says, before anything is decided.

    `roles` are those that the format itself fixes. `task` and `system` go into the prompt that is
    made where the source brings none of its own in `prompts`. `criteria` are tables of a case
    file; they score each row's own `expected`.
    """

    format: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    roles: Roles = field(default_factory=Roles)
    prompts: tuple[PromptText, ...] = ()
    task: str = ""
    system: str = ""
    criteria: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[Note, ...] = ()


def columns_of(rows: Iterable[Row]) -> tuple[str, ...]:
    """Every column that any of the rows has, in the order in which they first occur."""
    return tuple(dict.fromkeys(name for row in rows for name in row.values))


def grouped(notes: Iterable[Note]) -> list[str]:
    """A sentence for each different note; one that is said of many places is said once.

    Notes that differ in their numbers alone, as in the column of a mistake, are the same.
    """
    groups: dict[tuple[str, str, str], list[Note]] = {}
    for note in notes:
        unit = note.where.rpartition(" ")[0]
        message = _NUMBER.sub("0", note.message) if unit else note.message
        groups.setdefault((note.kind, unit, message), []).append(note)
    return [
        _sentence(unit, alike[0].message, [note.where for note in alike])
        for (_, unit, _), alike in groups.items()
    ]


def _sentence(unit: str, message: str, places: list[str]) -> str:
    first, others = places[0], len(places) - 1
    said = f"{first}: {message}" if first else message
    if not others:
        return said
    if others == 1:
        return f"{said} (the same in {places[1] or 'another place'})"
    return f"{said} (the same in {others:,} {unit or 'place'}s)"
