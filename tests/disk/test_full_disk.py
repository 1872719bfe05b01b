"""A disk that fills up, at every moment at which it can: said, survived, resumed."""

from __future__ import annotations

import errno
import gc
import re
from pathlib import Path
from typing import Any

import pytest

from llmopt_tui.core.events import RunFinished, TrialRunFinished
from llmopt_tui.store.journal import read_journal
from tests.disk.stage import INTERVIEWER, RUN, Disk, Program, half_written

ONE = ("--model", "gemma3n", "--case", "greet", "--max-iterations", "2")
SENTENCE = re.compile(
    r"llmopt-tui: (?P<place>/\S+) cannot be written: No space left on device\. "
    r"Free some space and (resume with: llmopt-tui resume (?P<id>[0-9a-f]{8})|run it again)"
)


def undisturbed(root: Path, run: tuple[str, ...]) -> tuple[dict[Any, Any], int, int]:
    """What a run comes to on a sound disk, its calls, and how often it asks the disk."""
    with pytest.MonkeyPatch.context() as patch:
        program, disk = Program(root, patch), Disk(patch)
        assert program("run", *run) == 0
        return program.outcome(), program.calls.total(), disk.count


def sentence(err: str) -> re.Match[str]:
    """What is said about the fault: one line, the last."""
    told = [line for line in err.splitlines() if line.startswith("llmopt-tui:")]
    assert len(told) == 1, told
    found = SENTENCE.fullmatch(told[0])
    assert found, told[0]
    return found


@pytest.mark.parametrize(
    ("run", "step"),
    [pytest.param(ONE, 1, marks=pytest.mark.long), (RUN, 19)],
    ids=["one session", "two"],
)
def test_wherever_the_disk_fills_up_the_run_is_gone_on_with(
    run: tuple[str, ...],
    step: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    whole, calls, count = undisturbed(tmp_path / "whole", run)
    for moment in range(1, count + 1, step):
        with pytest.MonkeyPatch.context() as patch:
            program, disk = Program(tmp_path / str(moment), patch), Disk(patch)
            disk.fail_at = moment
            capsys.readouterr()
            assert program("run", *run) == 1, moment
            told = sentence(capsys.readouterr().err)
            assert Path(told["place"]).is_relative_to(program.results)
            assert list(half_written(program.results)) == [], moment
            kept = [read_journal(folder / "events.jsonl") for folder in program.folders]
            assert not any(reading.notes for reading in kept)
            answered = program.calls.total() - program.calls[INTERVIEWER]
            runs = sum(
                isinstance(e, RunFinished | TrialRunFinished)
                for reading in kept
                for e in reading.events
            )
            # Of each session at most the one that there was no room for.
            under_way = range(len(program.folders) + 1)
            assert answered - runs in under_way
            disk.fail_at = None
            again = ("resume", told["id"]) if told["id"] else ("run", *run)
            assert told["id"] or not kept
            assert program(*again) == 0, capsys.readouterr().err
            assert program.outcome() == whole, moment
            assert program.calls.total() - calls in under_way, moment
            assert list(half_written(program.results)) == []
    gc.collect()  # a failure that nobody looked at would be told now
    assert caplog.records == []


def test_a_fault_that_passes_costs_no_call_that_was_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, calls, count = undisturbed(tmp_path / "whole", ONE)
    ended = set()
    for moment in range(1, count + 1, 9):
        with pytest.MonkeyPatch.context() as patch:
            program, disk = Program(tmp_path / str(moment), patch), Disk(patch, errno.EIO)
            disk.fail_at, disk.once = moment, True
            capsys.readouterr()
            code = program("run", *ONE)
            ended.add(code)
            err = capsys.readouterr().err
            if code:
                assert "cannot be written: Input/output error. " in err
                disk.fail_at = None
                resume = re.search(r"[Rr]esume with: llmopt-tui (resume \w+)", err)
                again = resume[1].split() if resume else ("run", *ONE)
                assert program(*again) == 0, capsys.readouterr().err
            assert list(half_written(program.results)) == [], moment
            assert program.outcome() == whole, moment
            assert program.calls.total() - calls in (0, 1), moment
    assert ended == {0, 1}
