"""RunControl: what a person may do to a running session. The loop reads it, front ends set it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from llmopt_tui.core.events import NothingSuggested, SuggestionProposed
from llmopt_tui.core.settings import Mode


class RunControl:
    """Pause, resume, stop and the mode, for one session or for several that run together.

    Only this object knows which suggestions wait for the person. Use it on one event loop; no
    method blocks.
    """

    def __init__(self, mode: Mode = "manual") -> None:
        self._mode: Mode = mode
        self._go = asyncio.Event()
        self._go.set()
        self._stopped = asyncio.Event()
        self._wake = asyncio.Event()
        self._waiting = 0
        self._open: dict[str, SuggestionProposed] = {}
        self._asking: dict[str, NothingSuggested] = {}

    @property
    def mode(self) -> Mode:
        """Who decides about suggestions: the person ("manual") or the rule ("auto")."""
        return self._mode

    def set_mode(self, mode: Mode) -> None:
        """Switch the mode while running: "auto" accepts every suggestion that waits."""
        self._mode = mode
        if mode == "auto":
            for proposed in self._open.values():
                proposed.pending.accept(by="auto")
            for asking in self._asking.values():
                asking.pending.finish()

    @property
    def paused(self) -> bool:
        """Whether the session must wait before its next call."""
        return not self._go.is_set()

    @property
    def waiting(self) -> bool:
        """Whether a session waits for a lost server, which `go_on` would try at once."""
        return self._waiting > 0

    @property
    def stopped(self) -> bool:
        """Whether the session must end."""
        return self._stopped.is_set()

    def pause(self) -> None:
        """Pause before the next call; the call under way is finished."""
        self._go.clear()

    def go_on(self) -> None:
        """Resume after a pause; where a session waits for a lost server, try it again at once."""
        self._go.set()
        self._wake.set()

    def stop(self) -> None:
        """End the session: cancel the call under way and keep everything that is finished."""
        self._stopped.set()
        self.go_on()
        for proposed in self._open.values():
            proposed.pending.withdraw("stopped")
        for asking in self._asking.values():
            asking.pending.finish()

    @property
    def undecided(self) -> tuple[str, ...]:
        """The ids of the sessions that wait for the person's decision, the oldest first."""
        proposed = [key for key, waits in self._open.items() if not waits.pending.resolved]
        asking = [key for key, waits in self._asking.items() if not waits.pending.resolved]
        return (*proposed, *asking)

    def proposal(self, session_id: str) -> SuggestionProposed | None:
        """The suggestion of a session that waits for the person; None where none does."""
        proposed = self._open.get(session_id)
        return proposed if proposed and not proposed.pending.resolved else None

    @contextmanager
    def proposing(self, session_id: str, proposed: SuggestionProposed) -> Iterator[None]:
        """Let a session's suggestion wait inside the block; in auto mode it is accepted at once."""
        self._open[session_id] = proposed
        if self._mode == "auto":
            proposed.pending.accept(by="auto")
        if self.stopped:
            proposed.pending.withdraw("stopped")
        try:
            yield
        finally:
            del self._open[session_id]

    def asking(self, session_id: str) -> NothingSuggested | None:
        """The question of a session without suggestions that waits for the person; else None."""
        asking = self._asking.get(session_id)
        return asking if asking and not asking.pending.resolved else None

    @contextmanager
    def wondering(self, session_id: str, asking: NothingSuggested) -> Iterator[None]:
        """Let a session ask inside the block what to do; in auto mode it ends at once."""
        self._asking[session_id] = asking
        if self._mode == "auto" or self.stopped:
            asking.pending.finish()
        try:
            yield
        finally:
            del self._asking[session_id]

    async def until_going(self) -> None:
        """Wait until the session is not paused."""
        await self._go.wait()

    async def until_stopped(self) -> None:
        """Wait until `stop` is called."""
        await self._stopped.wait()

    async def until_woken(self) -> None:
        """Wait for the next call of `go_on`; earlier calls do not count."""
        self._wake.clear()
        self._waiting += 1
        try:
            await self._wake.wait()
        finally:
            self._waiting -= 1
