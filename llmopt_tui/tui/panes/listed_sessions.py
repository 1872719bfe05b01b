"""ListedSessions: reads the results folder for a list, in threads, and keeps it up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import work
from textual.containers import Vertical
from textual.worker import Worker

from llmopt_tui.tui.session_list import SessionList, worth_searching
from llmopt_tui.tui.session_table import rows_of

if TYPE_CHECKING:
    from llmopt_tui.store.index import SessionIndex
    from llmopt_tui.store.sessions import SessionSummary

_TICK = 0.4
"""Seconds between two updates while sessions are read."""


class ListedSessions(Vertical):
    """The part of the list that reads: what is known at once, then what changed, then all texts.

    What draws it says what is done with new rows (`fill`), while something is read (`count`), and
    where nothing can be read (`say`).
    """

    def __init__(self, results: Path, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._results = results
        self._index: SessionIndex | None = None
        self._list = SessionList()
        self._looked = self._look_again = False
        self._keeping_up: Worker[None] | None = None
        self._doing = ""

    def fill(self) -> None:
        """Show the rows as they are now."""
        raise NotImplementedError

    def count(self, found: int | None = None) -> None:
        """Say how many sessions there are, and what is being read."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Show a text in place of the rows."""
        raise NotImplementedError

    def on_unmount(self) -> None:
        """Close the index. What was read is kept, and reading resumes the next time."""
        if self._index:
            self._index.close()

    def found_in_texts(self, summary: SessionSummary) -> bool:
        """Whether the session's texts match the filter."""
        return summary.folder.name in self._list.in_texts

    def excerpt(self, summary: SessionSummary, query: str) -> str:
        """The place in a session's texts that matches a filter, "" if none. Reads the index."""
        return self._index.excerpt(summary.folder.name, query) if self._index and query else ""

    def refresh_sessions(self) -> None:
        """Read the results folder again, before any texts that are still to be read."""
        self._look_again = True
        if self._keeping_up is None or self._keeping_up.is_finished:
            self._keeping_up = self._keep_up()

    @work(group="list", exit_on_error=False)
    async def _keep_up(self) -> None:
        try:
            while self._look_again:
                self._look_again = False
                await self._look()
        except OSError as error:
            self._list.rows = []
            self.say(f"{self._results} cannot be read: {error.strerror or error}.")
        finally:
            self._doing = ""
            self.count()

    async def _look(self) -> None:
        """Show the known sessions, then those that changed, then make all texts searchable."""
        again = self._index is not None
        if self._index is None:
            self._index = await asyncio.to_thread(_open, self._results)
            await self._take()
        index = self._index
        changed = await self._during(self._take, index.look, self._hear("reading"))
        self._looked = True
        if again or changed or not self._list.rows:
            await self._take()
        stop = lambda: self._look_again  # noqa: E731
        await self._during(self._tick, index.read_texts, self._hear("indexing"), stop)
        if self._list.query.strip():
            self._search_texts()

    async def _during(
        self, tick: Callable[[], Awaitable[None]], work: Callable[..., Any], *values: object
    ) -> Any:
        """Do the work in a thread, and call `tick` regularly. Returns the work's result."""
        working = asyncio.ensure_future(asyncio.to_thread(work, *values))
        while not (await asyncio.wait({working}, timeout=_TICK))[0]:
            await tick()
        return working.result()

    def _hear(self, doing: str) -> Callable[[int, int], None]:
        def hear(done: int, of: int) -> None:
            self._doing = f"{doing} {done:,} of {of:,}"

        return hear

    async def _tick(self) -> None:
        self.count()

    async def _take(self) -> None:
        """List the sessions that the index has now."""
        assert self._index
        listed = self._list
        order = (listed.column, listed.descending)
        rows = await asyncio.to_thread(rows_of, self._index.listing, *order, listed.rows)
        if rows is None:
            return
        listed.rows = rows
        if order != (listed.column, listed.descending):
            listed.sort(listed.column, descending=listed.descending)
        self.fill()

    @work(exclusive=True, group="texts", exit_on_error=False)
    async def _search_texts(self) -> None:
        query, index = self._list.query, self._index
        if index is None or not worth_searching(query):
            return  # `_look` searches them once the index is open
        changed = lambda: self._list.query != query  # noqa: E731
        found = await asyncio.to_thread(index.search, query, changed)
        if self._list.query == query and found != self._list.in_texts:
            self._list.in_texts = found
            self.fill()


def _open(results: Path) -> SessionIndex:
    from llmopt_tui.store.index import SessionIndex

    return SessionIndex(results)
