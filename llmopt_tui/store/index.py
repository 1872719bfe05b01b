"""SessionIndex: thousands of sessions listed at once and searched in full text.

A cache over the results folder: the folders are right, and what disagrees with them is read again.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from llmopt_tui.store.documents import SESSION_DATA
from llmopt_tui.store.index_file import IndexFile, PreparedText
from llmopt_tui.store.journal import FILE_NAME as JOURNAL
from llmopt_tui.store.labels import labels_file
from llmopt_tui.store.session_text import excerpt, literal_words, match_expression, session_text
from llmopt_tui.store.sessions import (
    PREFIX,
    SessionSummary,
    as_they_stand,
    newest_first,
    read_summary,
)
from llmopt_tui.store.suite_summary import PREFIX as SUITE_PREFIX
from llmopt_tui.store.suite_summary import SUFFIX as SUITE_SUFFIX
from llmopt_tui.store.suite_summary import read_suite

INDEX_FILE = ".index.sqlite"
_BATCH = 64
_BATCH_CHARACTERS = 8_000_000
"""So many characters of texts are kept in one transaction; the last text may exceed it."""
_FIELDS = {field.name for field in fields(SessionSummary)}

Progress = Callable[[int, int], object]
"""Is told how many are done, and of how many."""


def _unheard(done: int, of: int) -> None:
    """Ignores how far it is."""


def _go_on() -> bool:
    """Never asks to stop."""
    return False


class SessionIndex:
    """What a results folder holds, kept ready in a file within it.

    Made at once with what was known last: `look` finds what has changed since, and `read_texts`
    makes the texts of new sessions searchable. Both keep their results as they go: after an
    interruption the next call continues there. Any thread may ask while one of them is at work.

    No damage to the file, and no other program at it, makes anything here fail.
    """

    def __init__(self, results: Path) -> None:
        self._results = results
        self._file = IndexFile(results / INDEX_FILE)
        self._closed = False
        self._known: dict[str, SessionSummary] = {}
        self._signatures: dict[str, str] = {}
        for name, (signature, packed) in self._file.summaries().items():
            summary = _unpacked(results, name, packed)
            if summary:
                self._known[name] = summary
            if summary or not packed:
                self._signatures[name] = signature

    def close(self) -> None:
        """Close the file, and end the work of other threads on it."""
        self._closed = True
        self._file.close()

    def listing(self) -> list[SessionSummary]:
        """Every session and suite that is known, newest first."""
        return newest_first(as_they_stand(list(self._known.values())))

    def look(self, progress: Progress = _unheard) -> bool:
        """Read what has changed in the results folder. Says whether anything has.

        Raises OSError where the folder is there and cannot be read.
        """
        found = dict(_found(self._results))
        kept = self._file.signatures()
        if kept is None:
            kept = self._signatures
        gone = (kept.keys() | self._known.keys()) - found.keys()
        for name in gone:
            self._known.pop(name, None)
            self._signatures.pop(name, None)
        if gone:
            self._file.forget(gone)
        changed = [
            name
            for name, signature in found.items()
            if not kept.get(name) == self._signatures.get(name) == signature
        ]
        for start in range(0, len(changed), _BATCH):
            if self._closed:
                break
            progress(start, len(changed))
            self._read_summaries({name: found[name] for name in changed[start : start + _BATCH]})
        return bool(gone or changed)

    def _read_summaries(self, signatures: dict[str, str]) -> None:
        read = {}
        for name, signature in signatures.items():
            path = self._results / name
            is_suite = name.startswith(SUITE_PREFIX)
            summary = read_suite(path) if is_suite else read_summary(path)
            if summary is None:
                self._known.pop(name, None)
            else:
                self._known[name] = summary
            self._signatures[name] = signature
            read[name] = (signature, _packed(summary))
        self._file.keep_summaries(read)
        if empty := [name for name in read if name not in self._known]:
            self._file.forget_texts(empty)

    def unread(self) -> list[str]:
        """The folders whose texts cannot be searched so far, newest first."""
        kept = self._file.text_signatures()
        if kept is None:
            return []
        due = [
            summary
            for name, summary in list(self._known.items())
            if summary.kind == "session" and kept.get(name) != self._signatures.get(name)
        ]
        return [summary.folder.name for summary in newest_first(due)]

    def read_texts(self, progress: Progress = _unheard, stop: Callable[[], bool] = _go_on) -> None:
        """Make the texts of all known sessions searchable. Never raises."""
        due = self.unread()
        whole = sum(summary.kind == "session" for summary in list(self._known.values()))
        done = whole - len(due)
        # SQLite leaves Python's lock to others, so that the next texts are read meanwhile.
        with ThreadPoolExecutor(1) as keeper:
            keeping: Future[None] | None = None
            for read in self._texts(due, stop):
                progress(done, whole)
                if keeping:
                    keeping.result()  # no more than two batches are in memory
                keeping = keeper.submit(self._file.keep_texts, read)
                done += len(read)

    def _texts(
        self, names: Sequence[str], stop: Callable[[], bool]
    ) -> Iterator[dict[str, PreparedText]]:
        """The texts of folders, in batches, until it is to stop."""
        read: dict[str, PreparedText] = {}
        length = 0
        for name in names:
            if self._closed or stop():
                break
            text = session_text(self._results / name / JOURNAL)
            read[name] = PreparedText.of(self._signatures.get(name, ""), text)
            length += len(text)
            if len(read) == _BATCH or length >= _BATCH_CHARACTERS:
                yield read
                read, length = {}, 0
        if read:
            yield read

    def search(self, query: str, stop: Callable[[], bool] = _go_on) -> set[str]:
        """The folders of sessions whose texts hold every word of the query. Never raises.

        The last word may be the beginning of one. Case and accents of letters make no difference.
        """
        words = literal_words(query)
        expression = match_expression(query)
        if not words and not expression:
            return set()
        names = self._file.matching(expression)
        if words:
            names = [name for name in names if not stop() and self._holds(name, words)]
        return set(names)

    def _holds(self, name: str, words: Sequence[str]) -> bool:
        text = self._file.text(name).casefold()
        return all(word in text for word in words)

    def excerpt(self, name: str, query: str) -> str:
        """Where the text of a session holds a query, in one line; empty where it does not."""
        return excerpt(self._file.text(name), query)

    def search_whole(self, query: str, progress: Progress = _unheard) -> set[str]:
        """`search`, once every text can be searched. Raises OSError as `look` does."""
        for _ in range(2):
            self.look(progress)
            self.read_texts(progress)
            found = self.search(query)
            if not self.unread():
                break  # else the file was of no use, and has been emptied
        return found


def _found(results: Path) -> Iterator[tuple[str, str]]:
    """What may be a session or a suite, each with what changes when its files do."""
    try:
        entries = os.scandir(results)
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and _is(entry.is_dir):
                parts = (_stamp(f"{entry.path}{os.sep}{name}") for name in (JOURNAL, SESSION_DATA))
                yield entry.name, " ".join((*parts, *_labels(entry.path)))
            elif (
                entry.name.startswith(SUITE_PREFIX)
                and entry.name.endswith(SUITE_SUFFIX)
                and _is(entry.is_file)
            ):
                yield entry.name, " ".join((_stamp(entry.path), *_labels(entry.path)))


def _is(kind: Callable[[], bool]) -> bool:
    try:
        return kind()
    except OSError:  # a link to where nobody may look
        return False


def _labels(path: str) -> Iterator[str]:
    """What tells a session's or suite's labels from what they were; nothing where it has none."""
    file = str(labels_file(Path(path)))
    if os.path.exists(file):  # noqa: PTH110  (as for the stamps)
        yield _stamp(file)


def _stamp(path: str) -> str:
    """Tells a file from what it was before: a new one in its place, another size, other rights."""
    try:
        stat = os.stat(path)  # noqa: PTH116  (twenty thousand of them, at every look)
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, "?")
    return f"{stat.st_ino}.{stat.st_mtime_ns}.{stat.st_ctime_ns}.{stat.st_size}"


def _packed(summary: SessionSummary | None) -> str:
    if summary is None:
        return ""
    values = asdict(summary)
    values["folder"] = None
    values["started_at"] = summary.started_at and summary.started_at.isoformat()
    return json.dumps(values)


def _unpacked(results: Path, name: str, packed: str) -> SessionSummary | None:
    """The summary; None for a folder that holds none, and where it cannot be made out."""
    try:
        values: dict[str, Any] = json.loads(packed)
        if values.keys() != _FIELDS:
            return None
        values["folder"] = results / name
        if values["started_at"]:
            values["started_at"] = datetime.fromisoformat(values["started_at"]).astimezone()
        values["tags"] = tuple(values["tags"])
        values["members"] = tuple((member, verdict) for member, verdict in values["members"])
        return SessionSummary(**values)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
