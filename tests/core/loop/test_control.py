"""RunControl alone: what a person's orders mean for what waits, now and later."""

from __future__ import annotations

import asyncio

from llmopt_tui.core.decisions import PendingDecision
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.signals import SuggestionProposed
from llmopt_tui.core.suggestion import Suggestion


def waits_for(pending: PendingDecision) -> tuple[str, SuggestionProposed]:
    """A session's id, and its suggestion that waits."""
    suggestion = Suggestion(pending.suggested, "", "playbook")
    return f"of {pending.suggested}", SuggestionProposed(1, suggestion, pending)


async def test_going_to_auto_leaves_what_waits_to_the_person_and_accepts_what_comes_later() -> None:
    control, first, later = RunControl("manual"), PendingDecision("a"), PendingDecision("b")
    with control.asking(*waits_for(first)):
        control.set_mode("auto")
        assert not first.resolved
        control.decide_by_rule()
        decision = await first.wait()
    assert (decision.action, decision.by) == ("accepted", "auto")
    assert control.mode == "auto"
    with control.asking(*waits_for(later)):
        assert later.resolved
    control.set_mode("manual")
    asked = PendingDecision("c")
    with control.asking(*waits_for(asked)):
        assert not asked.resolved


async def test_what_has_been_answered_is_no_longer_touched() -> None:
    control, gone = RunControl("manual"), PendingDecision("a")
    with control.asking(*waits_for(gone)):
        pass
    control.decide_by_rule()
    control.stop()
    assert not gone.resolved


async def test_a_stop_withdraws_what_waits_and_whatever_is_proposed_after_it() -> None:
    control, first, later = RunControl("manual"), PendingDecision("a"), PendingDecision("b")
    with control.asking(*waits_for(first)):
        control.stop()
    with control.asking(*waits_for(later)):
        pass
    assert [(await p.wait()).action for p in (first, later)] == ["none", "none"]
    assert control.stopped
    await asyncio.wait_for(control.until_stopped(), 5)


async def test_a_pause_holds_until_the_person_goes_on_or_stops() -> None:
    for release in (RunControl.go_on, RunControl.stop):
        control = RunControl()
        assert not control.paused
        await asyncio.wait_for(control.until_going(), 5)
        control.pause()
        assert control.paused
        held = asyncio.create_task(control.until_going())
        await asyncio.sleep(0)
        assert not held.done()
        release(control)
        await asyncio.wait_for(held, 5)
        assert not control.paused


async def test_a_server_that_is_waited_for_is_tried_when_the_person_says_so() -> None:
    control = RunControl()
    assert not control.waiting
    control.go_on()  # said before anyone waits: does not count
    waits = [asyncio.create_task(control.until_woken()) for _ in range(2)]
    await asyncio.sleep(0)
    assert control.waiting
    assert not any(wait.done() for wait in waits)
    control.go_on()
    await asyncio.wait_for(asyncio.gather(*waits), 5)
    assert not control.waiting
    given_up = asyncio.create_task(control.until_woken())
    await asyncio.sleep(0)
    assert control.waiting
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    assert not control.waiting


async def test_what_waits_is_known_by_its_session_the_oldest_first() -> None:
    control = RunControl("manual")
    (first, of_first), (later, of_later) = (
        waits_for(PendingDecision("a")),
        waits_for(PendingDecision("b")),
    )
    with control.asking(first, of_first), control.asking(later, of_later):
        assert control.undecided == (first, later)
        assert control.proposal(first) is of_first
        of_first.pending.accept()
        assert control.undecided == (later,)
        assert control.proposal(first) is None
    assert control.undecided == ()
    assert control.proposal(later) is None
