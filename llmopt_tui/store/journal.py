"""The journal of a session: its events, one a line, on disk before anything else sees them."""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from llmopt_tui.core.events import FACTS, Event
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.core.version import __version__
from llmopt_tui.store.disk import BINARY, at
from llmopt_tui.store.reading import parse_json
from llmopt_tui.store.values import plain

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA_VERSION = 1
FILE_NAME = "events.jsonl"
_KINDS: Mapping[str, type[Event]] = {kind.__name__: kind for kind in FACTS}


@dataclass(frozen=True, slots=True)
class JournalReading:
    """What a journal holds. `notes` say which lines could not be used, and why."""

    header: dict[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    notes: tuple[str, ...] = ()


class Journal:
    """Appends events to a file that exists. Every method raises OSError where the disk fails."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, session_id: str) -> Journal:
        """A new journal with its first line. Raises FileExistsError where there is one."""
        header = {
            "schema_version": SCHEMA_VERSION,
            "session_id": session_id,
            "program": "llmopt-tui",
            "version": __version__,
        }
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, 0o600))
        journal = cls(path)
        journal._write(_line(header))
        return journal

    def append(self, event: Event) -> Event:
        """Keep one event; on return it is on disk. Returns it as a reader will get it.

        Raises ValueError, and writes nothing, where it could not be read back.
        """
        kept = _decode(_parsed(_event_line(event)), [])
        self._write(_event_line(kept))
        return kept

    def _write(self, line: bytes) -> None:
        with at(self.path):
            self._append_line(line)

    def _append_line(self, line: bytes) -> None:
        # Opened for each line: nothing to close, and what failed leaves no buffer behind.
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | BINARY)
        try:
            end = os.lseek(descriptor, 0, os.SEEK_END)
            if end and _last_byte(descriptor) != b"\n":
                line = b"\n" + line  # an earlier program died while it wrote
            try:
                while line:
                    line = line[os.write(descriptor, line) :]
                os.fsync(descriptor)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, end)
                raise
        finally:
            os.close(descriptor)


def read_journal(path: Path) -> JournalReading:
    """Read what can be read. Torn, foreign and unknown lines are noted, never raised.

    Raises OSError where the file itself cannot be read.
    """
    if not path.is_file():  # a pipe would be waited for
        raise FileNotFoundError(errno.ENOENT, "no journal there", str(path))
    header: dict[str, Any] = {}
    events: list[Event] = []
    notes: list[str] = []
    unknown: set[str] = set()
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if raw.isspace():
                continue
            found: list[str] = []
            try:
                line = _parsed(raw)
                if number == 1 and "event" not in line:
                    header = line
                    notes += _version_notes(line)
                    continue
                events.append(_decode(line, found))
            except _UnusableError as error:
                notes.append(f"line {number} {error} and is left out")
            # Another version's field is in every line of its kind: said once.
            for name in (name for name in found if name not in unknown):
                unknown.add(name)
                notes.append(f"line {number} has a field that is not known, {name}: passed over")
    if not header:
        notes.insert(0, "line 1 is no header")
    return JournalReading(header, tuple(events), tuple(notes))


class _UnusableError(ValueError):
    """What is wrong with a line, to be put after "line N"."""


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        line = parse_json(raw, parse_constant=_refuse_number, parse_float=_finite)
    except ValueError as error:
        whole = raw.endswith(b"\n")
        raise _UnusableError("is no JSON" if whole else "is cut off") from error
    if not isinstance(line, dict):
        raise _UnusableError("is no JSON object")
    return line


def _decode(line: dict[str, Any], unknown: list[str]) -> Event:
    """The event in a line; the names of fields that it should not have are added to `unknown`."""
    name = line.get("event")
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise _UnusableError(f"holds no event that is known ({one_line(repr(name), 40)})")
    known = {field.name for field in fields(kind)}
    unknown += [
        f"{kind.__name__}.{one_line(key, 40)}" for key in line if key not in known | {"event"}
    ]
    try:
        values = {key: value for key, value in line.items() if key in known}
        event: Event = _adapter(kind.__name__).validate_python(
            {**values, "at": _time(values.get("at"))}
        )
    except (ValueError, RecursionError) as error:
        raise _UnusableError(f"does not fit {kind.__name__} ({_place(error)})") from error
    return event


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(_KINDS[name])


def _time(text: Any) -> datetime:
    """A time with its offset; one that a person wrote without is taken for UTC."""
    if not isinstance(text, str):
        raise ValueError("at")
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _place(error: Exception) -> str:
    """Where in a line the first mistake is."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return "at"
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return one_line(".".join(str(part) for part in details[0]["loc"]), 60)


def _version_notes(header: Mapping[str, Any]) -> list[str]:
    version = header.get("schema_version")
    if version == SCHEMA_VERSION:
        return []
    return [f"line 1 says format {one_line(repr(version), 20)}: read as {SCHEMA_VERSION}"]


def _event_line(event: Event) -> bytes:
    return _line({"event": type(event).__name__, **plain(event)})


def _line(value: Mapping[str, Any]) -> bytes:
    """One line of ASCII: escapes carry any text, lone surrogates too."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"


def _last_byte(descriptor: int) -> bytes:
    os.lseek(descriptor, -1, os.SEEK_END)
    return os.read(descriptor, 1)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_number(text)


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"{text[:20]} is no number of JSON")
