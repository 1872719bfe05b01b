"""AnswerCache: the SQLite file in which a workspace keeps its models' answers, to ask only once.

It is in a folder of its own, because it has a write-ahead log: several processes read and write at
the same time, and whoever deletes it deletes the folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from llmopt_tui.core.ports import Reply
from llmopt_tui.store.reading import parse_json
from llmopt_tui.store.values import plain

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FOLDER = ".cache"
FILE_NAME = "answers.sqlite"
MOST_BYTES = 200_000_000
"""How much the kept answers may take, compressed, before the least recently used are dropped."""

_VERSION = 1
_WAIT_SECONDS = 2.0
_PRUNED_EVERY = 50
"""After so many answers kept by this process, the size is looked at."""
_SAME_USE_SECONDS = 3600.0
"""A use is noted when the last noted one is older than this: most reads then write nothing."""
_SCHEMA = (
    "CREATE TABLE answers(key TEXT PRIMARY KEY, reply BLOB NOT NULL, bytes INTEGER NOT NULL,"
    " used REAL NOT NULL)",
    "CREATE INDEX by_use ON answers(used, bytes)",
    f"PRAGMA user_version = {_VERSION}",
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CacheSize:
    """How many answers are kept, and how many bytes the file has."""

    answers: int
    bytes: int


class AnswerCache:
    """Replies by the key of their call. May be used from any thread; nothing here raises.

    A damaged file is replaced. Where no file can be made, or another process holds it for longer
    than two seconds, nothing is found and nothing kept until the program ends: a run is never held
    up for the cache's sake.
    """

    def __init__(self, file: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self._file = file
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._off = False
        self._kept = 0

    @classmethod
    def of(cls, results: Path) -> AnswerCache:
        """The cache of the workspace with this results folder. Makes nothing until it is used."""
        return cls(results / FOLDER / FILE_NAME)

    def close(self) -> None:
        """Close the file. The next use opens it again."""
        with self._lock:
            if self._db:
                self._db.close()
            self._db = None

    def get(self, key: str, now: float) -> Reply | None:
        """The reply that is kept under a key; None where none is. `now` is in epoch seconds."""

        def read(db: sqlite3.Connection) -> Reply | None:
            row = db.execute("SELECT reply, used FROM answers WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            if row[1] < now - _SAME_USE_SECONDS:
                db.execute("UPDATE answers SET used = ? WHERE key = ?", (now, key))
            return _unpacked(row[0])

        return self._do(read)

    def keep(self, key: str, reply: Reply, now: float) -> None:
        """Keep a reply under a key; `now` is in epoch seconds."""
        packed = _packed(reply)

        def write(db: sqlite3.Connection) -> None:
            row = (key, packed, len(packed), now)
            db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", row)
            if self._kept % _PRUNED_EVERY == 0:
                _prune(db, self._most_bytes)
            self._kept += 1

        self._do(write)

    def size(self) -> CacheSize | None:
        """How much is kept; None where there is no file or it cannot be read. Makes no file."""
        if not self._file.is_file():
            return None

        def count(db: sqlite3.Connection) -> int:
            (answers,) = db.execute("SELECT COUNT(*) FROM answers").fetchone()
            return int(answers)

        answers = self._do(count)
        if answers is None:
            return None
        with contextlib.suppress(OSError):
            parts = self._file.parent.glob(f"{FILE_NAME}*")
            return CacheSize(answers, sum(part.stat().st_size for part in parts))
        return None

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do the work as one transaction; None where the file is of no use."""
        with self._lock:
            if self._off:
                return None
            for open_file in (self._opened, self._new_file):
                try:
                    if self._db is None:
                        self._db = open_file()
                    return _transaction(self._db, work)
                except (sqlite3.Error, OSError) as error:
                    if self._db is not None:
                        self._db.close()
                        self._db = None
                    if not _is_damage(error):
                        break
            self._off = True
            return None

    def _opened(self) -> sqlite3.Connection:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        os.close(os.open(self._file, flags, 0o600))
        return _connected(self._file)

    def _new_file(self) -> sqlite3.Connection:
        for suffix in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        return self._opened()


def _connected(file: Path) -> sqlite3.Connection:
    """A connection to a database of this version. Raises sqlite3.Error."""
    db = sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        # A power cut may take the last answers with it; the file stays whole.
        db.execute("PRAGMA synchronous = NORMAL")
        _transaction(db, _prepare, "BEGIN IMMEDIATE")
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        for statement in _SCHEMA:
            db.execute(statement)
    elif version != _VERSION:
        raise sqlite3.DatabaseError("another version's cache")


def _transaction(
    db: sqlite3.Connection, work: Callable[[sqlite3.Connection], T], begin: str = "BEGIN"
) -> T:
    db.execute(begin)
    try:
        result = work(db)
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise
    return result


def _prune(db: sqlite3.Connection, most_bytes: int) -> None:
    """Drop the least recently used answers until nine tenths of the room are taken."""
    (taken,) = db.execute("SELECT COALESCE(SUM(bytes), 0) FROM answers").fetchone()
    if taken <= most_bytes:
        return
    dropped = []
    for key, size in db.execute("SELECT key, bytes FROM answers ORDER BY used"):
        if taken <= most_bytes * 0.9:
            break
        dropped.append((key,))
        taken -= size
    db.executemany("DELETE FROM answers WHERE key = ?", dropped)


def _is_damage(error: Exception) -> bool:
    """Whether the file itself is at fault, and neither the disk nor another process."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError
    )


def _packed(reply: Reply) -> bytes:
    return zlib.compress(json.dumps(plain(reply), ensure_ascii=True).encode("ascii"), 1)


def _unpacked(packed: bytes) -> Reply:
    try:
        reply: Reply = _adapter().validate_python(parse_json(zlib.decompress(packed)))
    except (zlib.error, ValueError, TypeError) as error:
        raise sqlite3.DatabaseError("an answer is damaged") from error
    return reply


@cache
def _adapter() -> TypeAdapter[Reply]:
    from pydantic import TypeAdapter

    return TypeAdapter(Reply)
