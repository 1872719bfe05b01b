"""SessionWriter: keeps a session's events as they happen, and the documents they complete."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

from llmopt_tui.core.events import (
    ChatExchanged,
    ConventionAnswered,
    Event,
    IdeaTried,
    InterviewFinished,
    InterviewGivenUp,
    IterationFinished,
    MarkTakenBack,
    OutputMarked,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    SuggestionDecided,
    SuggestionWritten,
    TrialEnded,
)
from llmopt_tui.core.loop.folding import fold, folded
from llmopt_tui.core.loop.record import SessionRecord, Status
from llmopt_tui.core.text.names import folder_slug
from llmopt_tui.store.atomic import remove_unfinished, write_text
from llmopt_tui.store.disk import at, sync_folder
from llmopt_tui.store.documents import (
    BEST_PROMPT,
    REPORT,
    SESSION_DATA,
    documents,
    interview_file,
    iteration_file,
)
from llmopt_tui.store.journal import FILE_NAME, Journal, read_journal
from llmopt_tui.store.lock import FILE_NAME as LOCK
from llmopt_tui.store.lock import FolderLock, owner_of

T = TypeVar("T")

_UNFINISHED = f".{FILE_NAME}.new"
_ID = re.compile(r"[A-Za-z0-9-]+")


def folder_name(session_id: str, model: str) -> str:
    """The name of a session's folder. Raises ValueError where the id has more than letters,
    digits and hyphens: it becomes part of a path.
    """
    if not _ID.fullmatch(session_id):
        raise ValueError(f"{session_id!r} is no session id")
    return f"session_{session_id}_{folder_slug(model)}"


class SessionWriter:
    """The folder of a session that is running. Events go to the journal before the documents.

    It is this writer's until `close`: no other process writes it meanwhile. `record` is the
    session's only record: an event is folded into it once the journal has it on disk, on the event
    loop, so its readers there never see more than the disk holds.

    Documents are made from what the journal says, so that a rebuild gives the same text. One that
    cannot be written is tried again with the next event, and at `close` at the latest: the
    journal has everything already.

    Made by `create` or `reopen`.
    """

    def __init__(
        self,
        folder: Path,
        lock: FolderLock,
        session_id: str,
        journal: Journal | None = None,
        record: SessionRecord | None = None,
    ) -> None:
        self.folder = folder
        self._lock = lock
        self.session_id = session_id
        self._journal = journal
        self.record = SessionRecord() if record is None else record
        self._order = asyncio.Lock()
        self._due: set[str] = set()
        self._failure: OSError | None = None
        self._closed = False

    @classmethod
    def create(
        cls, results: Path, session_id: str, model: str, record: SessionRecord | None = None
    ) -> SessionWriter:
        """A new session's folder. Its journal appears with the first fact, and never without one.

        The facts are folded into `record`, which is empty, or into one of the writer's own.
        Raises FileExistsError where the folder is taken: what is there is never written into.
        """
        folder = results / folder_name(session_id, model)
        results.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        try:
            return cls(folder, FolderLock(folder), session_id, record=record)
        except OSError:
            discard_unbegun(folder)
            raise

    @classmethod
    def reopen(cls, folder: Path) -> SessionWriter:
        """A folder whose session is to resume; its record holds what the journal does.

        Raises FolderTakenError where another process writes it, OSError where it cannot be read.
        """
        lock = FolderLock(folder)
        try:
            reading = read_journal(folder / FILE_NAME)
        except OSError:
            lock.release()
            raise
        session_id = str(reading.header.get("session_id", ""))
        record = folded(reading.events)
        writer = cls(folder, lock, session_id, Journal(folder / FILE_NAME), record)
        # An interrupted program may have left documents that are older than the journal, or none.
        writer._due = set(documents(record))
        remove_unfinished(folder, writer._due)
        return writer

    async def keep(self, event: Event) -> Event:
        """Keep a fact and fold it. Returns it as the journal has it; by then it is on disk.

        Facts are kept in the order of the calls. Being cancelled takes effect once the fact is
        kept. Raises OSError where the journal cannot be written: the record lacks it then, too.
        """
        return await _to_the_end(self._keep(event))

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder inside the block, even where the writer is closed.

        Raises FolderTakenError where another process writes into it by then.
        """
        lock = FolderLock(self.folder) if self._closed else None
        try:
            yield
        finally:
            if lock:
                lock.release()

    async def close(self) -> None:
        """Write what is still due. A session that has not ended is left as "interrupted".

        Raises OSError where a document cannot be written. A fact that comes after all is kept.
        """
        await _to_the_end(self._close())

    async def _keep(self, event: Event) -> Event:
        async with self._order:
            kept = await asyncio.to_thread(self._append, event)
            fold(self.record, kept)
            self._due |= _completed_by(kept, self.record)
            if self._due:
                await asyncio.to_thread(self._write_due)
            return kept

    def _append(self, event: Event) -> Event:
        return self._journal.append(event) if self._journal else self._begin(event)

    def _begin(self, event: Event) -> Event:
        unfinished = self.folder / _UNFINISHED
        with at(self.folder / FILE_NAME):
            unfinished.unlink(missing_ok=True)
            journal = Journal.create(unfinished, self.session_id)
            kept = journal.append(event)
            journal.path = unfinished.rename(self.folder / FILE_NAME)
        # From here on a power cut takes neither the folder nor the journal in it.
        sync_folder(self.folder)
        sync_folder(self.folder.parent)
        self._journal = journal
        return kept

    async def _close(self) -> None:
        async with self._order:
            self._closed = True
            if self.record.finished is None:
                self._due |= set(documents(self.record))
            await asyncio.to_thread(self._let_go)

    def _let_go(self) -> None:
        self._write_due()
        self._lock.release()
        discard_unbegun(self.folder)
        if self._failure:
            raise self._failure

    def _write_due(self) -> None:
        broke_off = self._closed and self.record.finished is None
        status: Status | None = "interrupted" if broke_off else None
        self._failure = None
        for name, text in documents(self.record, status=status).items():
            if name in self._due:
                try:
                    write_text(self.folder / name, text())
                except OSError as error:
                    self._failure = error
                else:
                    self._due.discard(name)


def rebuild(folder: Path) -> tuple[str, ...]:
    """Write every document of a session again, from its journal. Returns notes on the journal.

    A session without an end is "interrupted"; one without a beginning has no documents. Raises
    FolderTakenError where a living process writes the folder, and OSError.
    """
    lock = FolderLock(folder)
    try:
        reading = read_journal(folder / FILE_NAME)
        record = folded(reading.events)
        status: Status | None = None if record.finished else "interrupted"
        made = documents(record, status=status)
        for name, text in made.items():
            write_text(folder / name, text())
        remove_unfinished(folder, made)
    finally:
        lock.release()
    return reading.notes


def discard_unbegun(folder: Path) -> None:
    """Remove the folder of a session in which nothing has happened. Never raises."""
    with contextlib.suppress(OSError):
        if owner_of(folder) is None and not (folder / FILE_NAME).exists():
            for name in (LOCK, _UNFINISHED):
                (folder / name).unlink(missing_ok=True)
            folder.rmdir()  # which does nothing where anything else is kept in it


def _completed_by(event: Event, record: SessionRecord) -> set[str]:
    """The documents that an event completes or changes."""
    if record.finished:
        return set(documents(record))
    match event:
        case OutputMarked() | MarkTakenBack() if event.interview:
            talk = record.interview(event.interview)
            if talk is None or talk.finished_at is None:
                return set()
            # The next iteration's document names what lost the race before it.
            after = record.iteration(talk.iteration + 1)
            named_in = {iteration_file(after.n)} if after and after.finished_at else set()
            return {SESSION_DATA, REPORT, interview_file(talk.n), *named_in}
        case OutputMarked(iteration=n) | MarkTakenBack(iteration=n):
            marked = record.iteration(n)
            ended = marked is not None and marked.finished_at is not None
            return {SESSION_DATA, BEST_PROMPT, REPORT, iteration_file(n)} if ended else set()
        case SessionStarted() | SessionPaused() | SessionResumed():
            return {SESSION_DATA}
        case IterationFinished(iteration=n):
            return {SESSION_DATA, BEST_PROMPT, REPORT, iteration_file(n)}
        case (
            InterviewFinished()
            | ChatExchanged()
            | SuggestionDecided()
            | SuggestionWritten()
            | TrialEnded()
        ) if record.interview(event.interview):
            return {SESSION_DATA, REPORT, interview_file(event.interview)}
        case IdeaTried() | InterviewGivenUp() | ConventionAnswered():
            return {SESSION_DATA}
        case _:
            return set()


async def _to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Finish the work, and only then let a cancellation that came meanwhile take effect."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    result = task.result()
    if cancelled:
        raise cancelled
    return result
