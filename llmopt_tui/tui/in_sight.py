"""InSight: chooses the session of a run that the Workbench draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmopt_tui.app.members import KeptMember


class InSight:
    """Shows the session whose suggestion waits, else the one that is at work.

    A session that the person asked for stays until it ends or another one asks something. `changed`
    is called with the newly chosen session. In every method, `waiting` holds the sessions whose
    suggestion waits for the person.
    """

    def __init__(self, changed: Callable[[KeptMember], None]) -> None:
        self.shown: KeptMember | None = None
        self._working: KeptMember | None = None
        self._wanted: KeptMember | None = None
        self._changed = changed

    def clear(self) -> None:
        """Forget the sessions of the previous run."""
        self.shown = self._working = self._wanted = None

    def begun(self, member: KeptMember, waiting: Sequence[KeptMember]) -> None:
        """Show a session that has begun or has a new suggestion, unless the shown one waits."""
        if self.shown not in waiting:
            self._show(member)

    def decided(self, member: KeptMember, waiting: Sequence[KeptMember]) -> None:
        """The session's suggestion has been decided: show the next one that waits, if any."""
        if waiting and self.shown is member and member not in waiting:
            self._show(waiting[0])

    def works(self, member: KeptMember, waiting: Sequence[KeptMember]) -> None:
        """Show a session that is at work, unless another one waits or the person asked for it."""
        self._working = member
        kept = self._wanted is not None and self._wanted is self.shown and not self._wanted.ended
        if self.shown not in waiting and not kept:
            self._show(member)

    def want(self, member: KeptMember) -> None:
        """Show the session that the person asked for."""
        self._wanted = member
        self._show(member)

    def turn(self, waiting: Sequence[KeptMember]) -> None:
        """Go to the next session whose suggestion waits, else to the one that is at work."""
        self._wanted = None
        if waiting:
            place = waiting.index(self.shown) + 1 if self.shown in waiting else 0
            self._show(waiting[place % len(waiting)])
        elif self._working:
            self._show(self._working)

    def _show(self, member: KeptMember) -> None:
        if member is not self.shown and member.state:
            self.shown = member
            self._changed(member)
