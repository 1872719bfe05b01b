"""KeptMember: a session of a run with the folder that keeps it, and who follows the run."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from llmopt_tui.app.sessions import OpenSession, why_ended
from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.core.events import Event
from llmopt_tui.core.loop.abridged import abridged
from llmopt_tui.core.loop.suite import SuiteMember
from llmopt_tui.core.signals import Signal
from llmopt_tui.state.run_state import RunState
from llmopt_tui.store.disk import reason
from llmopt_tui.store.journal import FILE_NAME as JOURNAL
from llmopt_tui.store.lock import FolderTakenError
from llmopt_tui.store.sessions import load_session
from llmopt_tui.store.writer import discard_unbegun, rebuild

if TYPE_CHECKING:
    from llmopt_tui.core.analysis.findings import ConstantAnswer
    from llmopt_tui.core.case import Case


@dataclass(slots=True, eq=False)
class KeptMember(SuiteMember):
    """A member with the folder that it is kept in, once it has begun.

    After `let_go`, `constant` is what one answer to everything would score, and the record has no
    texts any more.
    """

    folder: Path | None = None
    opened: OpenSession | None = None
    constant: ConstantAnswer | None = None

    @property
    def open_session(self) -> OpenSession:
        """The session while it is open. Only for one that has been opened."""
        assert self.opened is not None
        return self.opened

    @property
    def state(self) -> RunState | None:
        """The session as screens see it, while it runs."""
        return self.opened.state if self.opened else None

    def let_go(self) -> None:
        """Forget what is in the folder of a session that has ended, but for what a suite needs."""
        from llmopt_tui.state.constant_answers import constant_answer_of

        if self.ended and self.record.finished:
            self.constant = constant_answer_of(self.record)
            self.record = abridged(self.record)
            self.opened = self.session = None


class Follower(Protocol):
    """Watches a suite. Every method is called after what it tells of has been kept."""

    def began(self, member: KeptMember) -> None:
        """A session begins, or resumes."""
        ...

    def happened(self, member: KeptMember, event: Event) -> None:
        """A fact of a session, which is kept and in its record."""
        ...

    def signalled(self, member: KeptMember, signal: Signal) -> None:
        """A signal of a session, which its state has followed."""
        ...

    def warned(self, member: KeptMember, problem: str) -> None:
        """A session runs, but a part of it is known to fail."""
        ...

    def failed(self, member: KeptMember, problem: str) -> None:
        """A session could not begin, or broke."""
        ...


def kept_member(model: str, case: Case, folder: Path | None) -> KeptMember:
    """A member as its folder says; one whose session never began starts a new one."""
    member = KeptMember(model, case)
    if folder is None:
        return member
    try:
        loaded = load_session(folder)
    except FileNotFoundError:
        discard_unbegun(folder)
        return member
    except OSError as error:
        raise WrongRequest(f"{folder.name} cannot be read: {reason(error)}") from error
    if loaded.record.started:
        member.folder, member.record = folder, loaded.record
        member.ended = bool(why_ended(loaded.record))
    return member


def is_kept(member: KeptMember) -> bool:
    """Whether its folder holds a journal, so that it can be resumed."""
    journal = member.folder and member.folder / JOURNAL
    return bool(journal and id_of(member) and os.path.isfile(journal))  # noqa: PTH113


def id_of(member: KeptMember) -> str:
    """The id of its session; empty before it has begun."""
    return member.record.started.session_id if member.record.started else ""


def complete_documents(members: Sequence[KeptMember]) -> None:
    """Write the documents of sessions that were killed after their last event."""
    for member in members:
        if member.ended and member.folder and member.record.finished:
            with contextlib.suppress(FolderTakenError, OSError):
                rebuild(member.folder)
