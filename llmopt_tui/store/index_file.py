"""IndexFile: the SQLite file in which summaries and texts of sessions are kept ready.

It is a cache. A file that is damaged is emptied; where no file can be made, a temporary one is
used. It keeps no write-ahead log: anybody may delete it at any time, and a log that is left
behind would be played into the next file.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

from llmopt_tui.store.session_text import spaced

_VERSION = 2
_WAIT_SECONDS = 5.0
_CACHE_KIB = 16_000
"""Room for what one transaction changes: what does not fit is written twice."""
# Words, not trigrams: on texts like ours trigrams take five times the room and four times as long,
# and the two characters of many a Chinese word are no trigram. `words` holds no text of its own:
# that is in `texts`, compressed. Sessions come by the thousand or one at a time: to gather 8 MB of
# words before they are written, and to merge what was written only when sixteen pieces are there,
# takes a third less time than SQLite's defaults and makes no larger file.
_SCHEMA = (
    "CREATE TABLE sessions(id INTEGER PRIMARY KEY, name BLOB UNIQUE NOT NULL,"
    " signature TEXT NOT NULL, summary TEXT NOT NULL)",
    "CREATE TABLE texts(id INTEGER PRIMARY KEY, signature TEXT NOT NULL, text BLOB NOT NULL)",
    "CREATE VIRTUAL TABLE words USING fts5("
    "text, content='', tokenize='unicode61 remove_diacritics 2')",
    "INSERT INTO words(words, rank) VALUES ('hashsize', 8388608), ('automerge', 0)",
    f"PRAGMA user_version = {_VERSION}",
)

T = TypeVar("T")
U = TypeVar("U")


class PreparedText(NamedTuple):
    """The text of a session as the file keeps it: compressed, and with its words apart.

    `signature` is that of the folder as the text was read.
    """

    signature: str
    packed: bytes
    words: str

    @classmethod
    def of(cls, signature: str, text: str) -> Self:
        """A text, prepared without the file: while it is, others may use that."""
        return cls(signature, zlib.compress(text.encode(), 1), spaced(text))


class IndexFile:
    """What is known of each folder, by its name, with the signature it had when it was read.

    Nothing here raises. May be used from any thread. What another process holds up for too long
    is not kept, or not found, this time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._closed = False
        self._db: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file. From then on this index is empty."""
        self._closed = True
        with self._lock:
            if self._db:
                self._db.close()
            self._db = None

    def summaries(self) -> dict[str, tuple[str, str]]:
        """The signature and the summary of every folder."""
        return self._do(
            lambda db: {
                os.fsdecode(name): (signature, summary)
                for name, signature, summary in db.execute(
                    "SELECT name, signature, summary FROM sessions"
                )
            },
            {},
        )

    def signatures(self) -> dict[str, str] | None:
        """The signature of every folder as its summary was read; None where nobody can tell."""
        return self._do(
            lambda db: {
                os.fsdecode(name): signature
                for name, signature in db.execute("SELECT name, signature FROM sessions")
            },
            None,
        )

    def text_signatures(self) -> dict[str, str] | None:
        """The signature of every folder as its text was read; None where nobody can tell."""
        return self._do(
            lambda db: {
                os.fsdecode(name): signature
                for name, signature in db.execute(
                    "SELECT name, texts.signature FROM sessions JOIN texts USING (id)"
                )
            },
            None,
        )

    def keep_summaries(self, read: Mapping[str, tuple[str, str]]) -> None:
        """Keep signatures and summaries."""
        rows = [(os.fsencode(name), *values) for name, values in read.items()]
        self._do(
            lambda db: db.executemany(
                "INSERT INTO sessions(name, signature, summary) VALUES (?, ?, ?) ON CONFLICT (name)"
                " DO UPDATE SET signature = excluded.signature, summary = excluded.summary",
                rows,
            ),
            None,
        )

    def keep_texts(self, read: Mapping[str, PreparedText]) -> None:
        """Keep the texts of folders whose summaries are kept."""

        def keep(db: sqlite3.Connection) -> None:
            for name, (signature, packed, words) in read.items():
                row = _id(db, name)
                if row is None:
                    continue
                _forget_text(db, row)
                db.execute("INSERT INTO texts VALUES (?, ?, ?)", (row, signature, packed))
                db.execute("INSERT INTO words(rowid, text) VALUES (?, ?)", (row, words))

        self._do(keep, None)

    def forget(self, names: Iterable[str]) -> None:
        """Drop folders that are gone."""

        def forget(db: sqlite3.Connection) -> None:
            for name in names:
                row = _id(db, name)
                if row is not None:
                    _forget_text(db, row)
                    db.execute("DELETE FROM sessions WHERE id = ?", (row,))

        self._do(forget, None)

    def forget_texts(self, names: Iterable[str]) -> None:
        """Drop the texts of folders that hold no session any more."""

        def forget(db: sqlite3.Connection) -> None:
            for name in names:
                row = _id(db, name)
                if row is not None:
                    _forget_text(db, row)

        self._do(forget, None)

    def matching(self, expression: str) -> list[str]:
        """The folders whose text matches; of an empty expression all that have a text."""
        query = "SELECT name FROM sessions JOIN texts USING (id)"
        if expression:
            query = "SELECT name FROM words JOIN sessions ON id = words.rowid WHERE words MATCH ?"
        values = (expression,) if expression else ()
        return self._do(lambda db: [os.fsdecode(name) for (name,) in db.execute(query, values)], [])

    def text(self, name: str) -> str:
        """The text of a folder; empty where it has none."""

        def text(db: sqlite3.Connection) -> str:
            row = _id(db, name)
            return _text(db, row) if row is not None else ""

        return self._do(text, "")

    def _do(self, work: Callable[[sqlite3.Connection], T], otherwise: U) -> T | U:
        """Do the work as one transaction; on another file where this one is of no use."""
        ways = [_temporary, self._new_file, self._file]
        with self._lock:
            while not self._closed:
                try:
                    if self._db is None:
                        self._db = ways.pop()()
                    return _transaction(self._db, work)
                except (sqlite3.Error, OSError) as error:
                    if _is_busy(error):
                        if self._db:
                            break
                        del ways[1:]  # it is in use, so it is not to be removed
                    elif self._db:
                        self._db.close()
                        self._db = None
                    self._closed = not ways
        return otherwise

    def _file(self) -> sqlite3.Connection:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        os.close(os.open(self._path, flags, 0o600))
        return _connected(str(self._path))

    def _new_file(self) -> sqlite3.Connection:
        for suffix in ("", "-journal"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        return self._file()


def _temporary() -> sqlite3.Connection:
    """SQLite's own: outside of the memory where it grows large, gone with the connection."""
    return _connected("")


def _transaction(db: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    db.execute("BEGIN")
    try:
        result = work(db)
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise
    return result


def _connected(path: str) -> sqlite3.Connection:
    """A connection to a database of this version. Raises sqlite3.Error."""
    db = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        db.execute("BEGIN IMMEDIATE")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in _SCHEMA:
                db.execute(statement)
        elif version != _VERSION:
            raise sqlite3.DatabaseError("another version's index")
        db.execute("COMMIT")
    except BaseException:
        db.close()
        raise
    return db


def _is_busy(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    }


def _id(db: sqlite3.Connection, name: str) -> int | None:
    row = db.execute("SELECT id FROM sessions WHERE name = ?", (os.fsencode(name),)).fetchone()
    return row[0] if row else None


def _text(db: sqlite3.Connection, row: int) -> str:
    found = db.execute("SELECT text FROM texts WHERE id = ?", (row,)).fetchone()
    if not found:
        return ""
    try:
        return zlib.decompress(found[0]).decode()
    except (zlib.error, ValueError, TypeError) as error:
        raise sqlite3.DatabaseError("a text is damaged") from error


def _forget_text(db: sqlite3.Connection, row: int) -> None:
    if text := _text(db, row):
        # An index without texts must be told what it indexed.
        db.execute(
            "INSERT INTO words(words, rowid, text) VALUES ('delete', ?, ?)", (row, spaced(text))
        )
    db.execute("DELETE FROM texts WHERE id = ?", (row,))
