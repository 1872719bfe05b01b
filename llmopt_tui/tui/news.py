"""News: the messages by which every screen hears of the run and of downloads.

The controllers belong to the app and post to all screens. So no screen polls, and no screen needs
another one to exist. A screen handles the messages that concern it and ignores the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from textual.message import Message

from llmopt_tui.core.text.names import find_name

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any

    from textual.timer import Timer
    from textual.worker import Worker

    from llmopt_tui.app.members import KeptMember
    from llmopt_tui.core.case import Case
    from llmopt_tui.state.run_state import RunState


class News(Message, bubble=False):
    """A message to every screen. All get the same object, so no handler may change it."""


class NewsRoom(Protocol):
    """What a controller needs from the app: workers that outlive any screen, timers, messages."""

    def tell_screens(self, news: News) -> None:
        """Post a message to every screen, visible or not."""

    def run_worker(
        self, work: Awaitable[None], *, name: str, group: str, exclusive: bool, exit_on_error: bool
    ) -> Worker[Any]:
        """Run a coroutine as a worker of the app."""

    def set_timer(self, delay: float, callback: Any) -> Timer:
        """Call `callback` once after `delay` seconds."""

    def call_later(self, callback: Any) -> bool:
        """Call `callback` after the messages that are already queued."""


class SessionShown(News):
    """Another session is to be drawn."""

    def __init__(self, state: RunState) -> None:
        super().__init__()
        self.state = state


class SessionChanged(News):
    """Something happened in a session. Its state contains it already.

    `streamed` is true when only a piece of an answer arrived. Changes that follow one another
    quickly are one message.
    """

    def __init__(self, member: KeptMember, *, streamed: bool) -> None:
        super().__init__()
        self.member = member
        self.streamed = streamed


class RunChanged(News):
    """The run began, paused, resumed, changed its mode, got a question or ended."""


class SettingsChanged(News):
    """Other settings hold. `servers` says whether other servers are to be asked."""

    def __init__(self, *, servers: bool) -> None:
        super().__init__()
        self.servers = servers


class RunProblem(News):
    """Something went wrong. The text says what, and what the person can do."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class TalkFailed(News):
    """What the person said to the interviewer got no answer: `text` goes back to the input."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What was picked when the person pressed "run": names of models, ids of cases.

    `given` are cases that run as they are here, in place of the ones with their ids.
    """

    models: tuple[str, ...]
    cases: tuple[str, ...]
    given: tuple[Case, ...] = ()

    def as_installed(self, installed: Sequence[str]) -> RunRequest:
        """The same request, with the models' names as they are installed."""
        return replace(self, models=tuple(find_name(m, installed) or m for m in self.models))


class Found(News):
    """Models were asked for, or cases were read: there may be other ones now."""


class CasesChanged(News):
    """A case or prompt file was written or removed in the app."""


class PullsChanged(News):
    """A download began, failed, was cancelled or dismissed, or all of them ended."""


class PullAdvanced(News):
    """Another part of a model was downloaded."""


class Pulled(News):
    """New models are installed. `run` is set once the run that waited for them can start."""

    def __init__(self, models: Sequence[str], run: RunRequest | None) -> None:
        super().__init__()
        self.models = tuple(models)
        self.run = run
