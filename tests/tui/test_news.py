"""The run is heard of by messages: what becomes one, how many, and which session comes in sight."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from llmopt_tui.app.members import KeptMember
from llmopt_tui.core.decisions import Decision
from llmopt_tui.core.events import SessionPaused, SuggestionDecided
from llmopt_tui.core.signals import RunStarted, RunStreamed
from llmopt_tui.tui.following import Following
from llmopt_tui.tui.in_sight import InSight
from llmopt_tui.tui.news import News, RunChanged, RunProblem, SessionChanged
from tests.tui.harness import make_case

AT = datetime(2026, 11, 2, tzinfo=UTC)


class Room:
    """What the controllers need of the app: keeps what is told, and calls timers by hand."""

    def __init__(self) -> None:
        self.told: list[News] = []
        self.timers: list[Callable[[], None]] = []

    def tell_screens(self, news: News) -> None:
        self.told.append(news)

    def set_timer(self, delay: float, callback: Callable[[], None]) -> object:
        self.timers.append(callback)
        return object()

    def pass_time(self) -> None:
        timers, self.timers = self.timers, []
        for timer in timers:
            timer()


class Run:
    """A follower with all that is around it."""

    def __init__(self) -> None:
        self.room = Room()
        self.waiting: list[KeptMember] = []
        self.seen: list[KeptMember] = []
        self.sight = InSight(self.seen.append)
        self.accepted: list[object] = []
        self.follower = Following(
            cast(Any, self.room),
            self.sight,
            lambda: self.waiting,
            lambda proposed: proposed in self.accepted,
        )

    def member(self) -> KeptMember:
        member = KeptMember("gemma3n:latest", make_case())
        member.opened = cast(Any, _Opened())
        return member


class _Opened:
    state = object()


def streamed(text: str) -> RunStreamed:
    return RunStreamed(1, "cd-001", 1, text, "")


def test_pieces_of_answers_are_one_message_a_session() -> None:
    run = Run()
    one, other = run.member(), run.member()
    for member in (one, one, other, one):
        run.follower.signalled(member, streamed("a"))
    assert run.room.told == []
    run.room.pass_time()
    changes = [news for news in run.room.told if isinstance(news, SessionChanged)]
    assert [(news.member, news.streamed) for news in changes] == [(one, True), (other, True)]
    run.room.pass_time()
    assert len(run.room.told) == 2


def test_a_fact_among_the_pieces_is_not_lost() -> None:
    run = Run()
    member = run.member()
    run.follower.signalled(member, streamed("a"))
    run.follower.happened(member, SessionPaused(at=AT, by="person", reason=""))
    run.follower.signalled(member, streamed("b"))
    run.room.pass_time()
    (change,) = run.room.told
    assert isinstance(change, SessionChanged)
    assert not change.streamed


def test_a_session_that_asks_stays_in_sight_while_others_work() -> None:
    run = Run()
    asking, working = run.member(), run.member()
    run.follower.began(asking)
    run.waiting.append(asking)
    run.follower.began(working)
    run.follower.signalled(working, RunStarted(1, "cd-001", 1, "prompt"))
    assert run.sight.shown is asking
    run.waiting[:] = [working]
    decided = SuggestionDecided(at=AT, interview=1, decision=Decision("accepted", "person"))
    run.follower.happened(asking, decided)
    assert run.sight.shown is working
    assert any(isinstance(news, RunChanged) for news in run.room.told)


def test_a_session_that_breaks_is_named() -> None:
    run = Run()
    run.follower.failed(run.member(), "the disk is full")
    (news,) = run.room.told
    assert isinstance(news, RunProblem)
    assert news.text == "gemma3n:latest × concise_description: the disk is full"
