import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from llmopt_tui.cli.progress import BarProgress, PlainProgress, bar, event_line, make_progress
from llmopt_tui.core.decisions import Decision
from llmopt_tui.core.events import (
    InterviewFinished,
    InterviewStarted,
    IterationFinished,
    IterationStarted,
    Origin,
    RunFinished,
    SessionFinished,
    SessionPaused,
    SuggestionDecided,
    TrialEnded,
)
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.ports import Metrics
from llmopt_tui.core.run import Run
from llmopt_tui.core.signals import CallRetried, RunStreamed
from tests.raced import raced_events

AT = datetime(2026, 1, 2, tzinfo=UTC)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run_of(example: str, *, success: bool = True) -> Run:
    return Run(example, "train", 1, "", "", "", 15.6, success, "", 0.5, (), Metrics())


def iteration(n: int, score: float, *, success: bool = True):
    origin: Origin = "original" if n == 1 else "accepted"
    return [
        IterationStarted(
            at=AT, iteration=n, prompt="p", origin=origin, parent=None, planned_runs=2
        ),
        RunFinished(at=AT, iteration=n, run=run_of("a")),
        RunFinished(at=AT, iteration=n, run=run_of("b", success=success)),
        IterationFinished(at=AT, iteration=n, score=score),
    ]


def follow(progress, events):
    record = SessionRecord()
    for event in events:
        if hasattr(event, "at"):
            fold(record, event)
        progress.follow(event, record)
    return record


def test_an_iteration_is_one_plain_line_with_its_gain():
    stream = io.StringIO()
    follow(PlainProgress(stream), [*iteration(1, 0.42), *iteration(2, 0.63)])
    assert stream.getvalue().splitlines() == [
        "iteration 1  original  0.42  31.2 s",
        "iteration 2  accepted  0.63 (+0.21)  31.2 s",
    ]


def test_a_loss_and_failed_calls_are_said():
    stream = io.StringIO()
    follow(PlainProgress(stream), [*iteration(1, 0.5), *iteration(2, 0.25, success=False)])
    assert stream.getvalue().splitlines()[1] == (
        "iteration 2  accepted  0.25 (-0.25)  31.2 s  1 of 2 calls failed"
    )


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (SessionFinished(at=AT, stop_reason="max_iterations"), "max iterations"),
        (SessionFinished(at=AT, stop_reason="failed", error_message="a\nb"), "failed: a b"),
        (SessionPaused(at=AT, by="server", reason="gone", retry_in=5), "waiting: gone; trying "),
        (CallRetried(2, 1.0, "busy"), "attempt 2 in 1 s: busy"),
        (CallRetried(2, 0.0, "busy"), ""),
        (
            InterviewFinished(
                at=AT, interview=1, response="", analysis="", messages=(), problems=("empty",)
            ),
            "interview 1  no usable suggestion: empty",
        ),
        (RunStreamed(1, "a", 1, "text", ""), ""),
    ],
)
def test_other_events_are_lines_where_they_matter(event, line):
    assert event_line(event, SessionRecord()).startswith(line)


def test_among_several_sessions_every_line_says_whose_it_is():
    stream = io.StringIO()
    progress = PlainProgress(stream)
    progress.turn(1, 2, "a", "c")
    follow(progress, iteration(1, 0.42))
    progress.turn(2, 2, "b", "c")
    follow(progress, iteration(1, 0.5))
    progress.turn(1, 2, "a", "c")
    progress.tell("failed: gone")
    assert stream.getvalue().splitlines() == [
        "session 1/2  a × c",
        "1/2  a × c  iteration 1  original  0.42  31.2 s",
        "session 2/2  b × c",
        "2/2  b × c  iteration 1  original  0.50  31.2 s",
        "1/2  a × c  failed: gone",
    ]


def test_what_servers_and_models_say_cannot_act_on_the_terminal():
    nasty = "x\x1b[2J\r\x9b31m"
    stream = io.StringIO()
    progress = PlainProgress(stream)
    progress.turn(1, 2, nasty, nasty)
    follow(progress, [SessionFinished(at=AT, stop_reason="failed", error_message=nasty)])
    assert not {"\x1b", "\r", "\x9b"} & set(stream.getvalue())


def test_a_terminal_gets_a_bar_and_anything_else_plain_lines():
    assert isinstance(make_progress(Terminal(), {"TERM": "xterm"}), BarProgress)
    assert type(make_progress(Terminal(), {"TERM": "dumb"})) is PlainProgress
    assert type(make_progress(io.StringIO(), {"TERM": "xterm"})) is PlainProgress


def shown(stream: Terminal) -> list[str]:
    """The lines that are on the terminal, the last being the one that updates itself."""
    return [line.split("\x1b[K")[-1] for line in stream.getvalue().split("\n")]


def test_the_bar_stands_under_the_lines_and_tells_what_goes_on():
    now = 0.0
    stream = Terminal()
    progress = BarProgress(stream, clock=lambda: now)
    progress.turn(1, 2, "m", "c")
    assert shown(stream) == ["session 1/2  m × c", "1/2 starting 0 s"]
    follow(progress, iteration(1, 0.42)[:2])
    now = 12.0
    progress.tick()
    assert shown(stream)[-1] == "1/2 [##########----------] 1/2 testing iteration 1 12 s"
    follow(progress, [InterviewStarted(at=AT, interview=1, iteration=1, interview_prompt="")])
    assert shown(stream)[-1] == "1/2 asking the interviewer 0 s"
    progress.close()
    assert shown(stream) == [
        "session 1/2  m × c",
        "",
    ]
    progress.tick()
    assert shown(stream)[-1] == ""


def test_a_wait_is_counted_down_and_the_attempt_counted_up():
    now = 0.0
    stream = Terminal()
    progress = BarProgress(stream, clock=lambda: now)
    record = follow(progress, iteration(1, 0.42)[:1])
    lost = SessionPaused(at=AT, by="server", reason="gone", retry_in=12.0)
    progress.follow(lost, record)
    assert shown(stream)[-2:] == [
        "waiting: gone; trying again in 12 s",
        "[--------------------] 0/2 trying again in 12 s",
    ]
    for now, text in ((0.5, "in 12 s"), (1.0, "in 11 s"), (11.5, "in 1 s"), (14.0, "2 s")):  # noqa: B007
        progress.tick()
        assert shown(stream)[-1].endswith(f"trying again {text}")
    progress.follow(RunStreamed(1, "a", 1, "text", ""), record)
    assert shown(stream)[-1].endswith("testing iteration 1 0 s")
    progress.follow(CallRetried(2, 4.0, "busy"), record)
    assert shown(stream)[-1].endswith("trying again in 4 s")
    now = 18.0
    progress.follow(CallRetried(2, 0.0, "busy"), record)
    assert shown(stream)[-1].endswith("trying again 0 s")


def test_the_updating_line_never_wraps(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    stream = Terminal()
    progress = BarProgress(stream, clock=lambda: 0.0)
    follow(progress, iteration(1, 0.42)[:1])
    assert max(map(len, shown(stream))) < 30


@pytest.mark.parametrize(
    ("done", "planned", "text"),
    [
        (0, 4, "[" + "-" * 20 + "] 0/4"),
        (4, 4, "[" + "#" * 20 + "] 4/4"),
        (0, 0, "[" + "-" * 20 + "] 0/0"),
    ],
)
def test_the_bar_is_as_full_as_the_work_is_done(done, planned, text):
    assert bar(done, planned) == text


def test_a_race_is_told_when_it_begins_and_for_each_idea_that_leaves_it():
    stream = io.StringIO()
    follow(PlainProgress(stream), raced_events())
    assert stream.getvalue().splitlines()[1:6] == [
        "interview 1  3 ideas are raced",
        "idea 1, say each once: dropped after 2 answers: 0.30 behind the best so far on 2 examples",
        "idea 2, 1 demonstration: beaten after 4 answers: +0.20, and idea 3 +0.40",
        "idea 3, say each once + 1 demonstration: won with 4 answers: +0.40 on 4 examples",
        "iteration 2  accepted  0.80 (+0.40)  12.0 s",
    ]


def test_only_accepted_ideas_are_counted_and_none_is_no_race():
    decisions = [e for e in raced_events() if isinstance(e, SuggestionDecided)]
    begun = raced_events()[: raced_events().index(decisions[0])]
    refused = [replace(e, decision=Decision("rejected", "person")) for e in decisions]
    for events, lines in (
        ([*begun, *refused[:2], decisions[2]], ["interview 1  1 idea is raced"]),
        ([*begun, *refused], []),
    ):
        stream = io.StringIO()
        follow(PlainProgress(stream), events)
        assert stream.getvalue().splitlines()[1:] == lines


def test_the_bar_says_how_many_ideas_are_in_the_race():
    stream = Terminal()
    progress = BarProgress(stream, clock=lambda: 0.0)
    events = raced_events()
    begun = next(n for n, e in enumerate(events) if isinstance(e, TrialEnded))
    follow(progress, events[:begun])
    assert "racing 3 ideas 0 s" in stream.getvalue().split("\r")[-1]


def test_a_race_acts_on_no_terminal():
    stream = io.StringIO()
    events = [
        replace(e, reason="\x1b[2J\n" + "x" * 900) if isinstance(e, TrialEnded) else e
        for e in raced_events()
    ]
    follow(PlainProgress(stream), events)
    assert "\x1b" not in stream.getvalue()
    assert all(len(line) <= 300 for line in stream.getvalue().splitlines())


def test_the_end_says_held_out_scores_first():
    stream = io.StringIO()
    follow(PlainProgress(stream), raced_events())
    assert stream.getvalue().splitlines()[-1] == (
        "max iterations  held out 0.40 to 0.70 (+0.30); "
        "on train best 0.80 (+0.40 over the original)"
    )
