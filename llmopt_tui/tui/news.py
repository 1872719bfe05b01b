"""News: the messages by which every screen hears of the run and of downloads.

The controllers belong to the app and post to all screens, so that none has to ask again and again
and none needs another one to exist. A screen takes what concerns it and lets the rest go by.
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
    from llmopt_tui.state.run_state import RunState


class News(Message, bubble=False):
    """A message to every screen. One object goes to all: no handler changes it."""


class NewsRoom(Protocol):
    """What a controller needs of the app: workers that outlive any screen, a timer, and readers."""

    def tell_screens(self, news: News) -> None:
        """Post a message to every screen, in sight or not."""

    def run_worker(
        self, work: Awaitable[None], *, name: str, group: str, exclusive: bool, exit_on_error: bool
    ) -> Worker[Any]:
        """Carry something out beside everything else."""

    def set_timer(self, delay: float, callback: Any) -> Timer:
        """Call something after so many seconds."""

    def call_later(self, callback: Any) -> bool:
        """Call something after the messages that are under way."""


class SessionShown(News):
    """Another session is the one to be drawn."""

    def __init__(self, state: RunState) -> None:
        super().__init__()
        self.state = state


class SessionChanged(News):
    """Something happened in a session; its state holds it already.

    `streamed` says that nothing but a piece of an answer came. Several changes within a moment
    are one message.
    """

    def __init__(self, member: KeptMember, *, streamed: bool) -> None:
        super().__init__()
        self.member = member
        self.streamed = streamed


class RunChanged(News):
    """The run began, paused, resumed, changed its mode, got a question or ended."""


class RunProblem(News):
    """Something went wrong, in words for a person: what, and what to do."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What was picked when "run" was asked for: names of models, ids of cases."""

    models: tuple[str, ...]
    cases: tuple[str, ...]

    def as_installed(self, installed: Sequence[str]) -> RunRequest:
        """The same with models by the names under which they are installed."""
        return replace(self, models=tuple(find_name(m, installed) or m for m in self.models))


class PullsChanged(News):
    """A download began, failed, was cancelled or dismissed, or all of them ended."""


class PullAdvanced(News):
    """More of a model has come."""


class Pulled(News):
    """Models are installed that were not. `run` is given once nothing keeps it from starting."""

    def __init__(self, models: Sequence[str], run: RunRequest | None) -> None:
        super().__init__()
        self.models = tuple(models)
        self.run = run
