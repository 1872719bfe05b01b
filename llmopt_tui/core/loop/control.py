"""RunControl: what a person may do to a running session. The loop reads it, front ends set it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from llmopt_tui.core.loop.giving_up import Follows, GiveUp
from llmopt_tui.core.settings import Mode
from llmopt_tui.core.signals import SuggestionProposed, Waits


class RunControl:
    """Pause, resume, stop and the mode, for one session or for several that run together.

    Only this object knows what waits for the person. Use it on one event loop; no
    method blocks.
    """

    def __init__(self, mode: Mode = "manual") -> None:
        self._mode: Mode = mode
        self._go = asyncio.Event()
        self._go.set()
        self._stopped = asyncio.Event()
        self._wake = asyncio.Event()
        self._waiting = 0
        self._open: dict[str, Waits] = {}
        self._interviews: dict[str, GiveUp] = {}

    @property
    def mode(self) -> Mode:
        """Who decides about suggestions: the person ("manual") or the rule ("auto")."""
        return self._mode

    def set_mode(self, mode: Mode) -> None:
        """Switch the mode while running. What waits for the person already stays theirs."""
        self._mode = mode

    def decide_by_rule(self) -> None:
        """Answer everything that waits for the person as auto mode does."""
        for waits in self._open.values():
            waits.pending.by_rule()

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
        for waits in self._open.values():
            waits.pending.give_up("stopped")

    @property
    def undecided(self) -> tuple[str, ...]:
        """The ids of the sessions that wait for the person's decision, the oldest first."""
        return tuple(key for key, waits in self._open.items() if not waits.pending.resolved)

    def waits(self, session_id: str) -> Waits | None:
        """The question of a session that waits for the person; None where none does."""
        waits = self._open.get(session_id)
        return waits if waits and not waits.pending.resolved else None

    def proposal(self, session_id: str) -> SuggestionProposed | None:
        """The suggestion of a session that waits for the person; None where none does."""
        waits = self.waits(session_id)
        return waits if isinstance(waits, SuggestionProposed) else None

    @contextmanager
    def asking(self, session_id: str, waits: Waits) -> Iterator[None]:
        """Let a session's question wait inside the block; in auto mode it is answered at once."""
        self._open[session_id] = waits
        if self._mode == "auto":
            waits.pending.by_rule()
        if self.stopped:
            waits.pending.give_up("stopped")
        try:
            yield
        finally:
            del self._open[session_id]

    @contextmanager
    def interviewing(self, session_id: str) -> Iterator[GiveUp]:
        """Let the person give up a session's interview inside the block."""
        self._interviews[session_id] = give_up = GiveUp()
        try:
            yield give_up
        finally:
            del self._interviews[session_id]

    def give_up_interview(self, session_id: str, follows: Follows) -> bool:
        """Give up the interview of a session, to skip it or make it again. False without one."""
        give_up = self._interviews.get(session_id)
        if give_up is None or give_up.wanted:
            return False
        give_up.want(follows)
        return True

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
