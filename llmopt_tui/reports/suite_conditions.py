"""The last part of a suite's report: its sessions, what failed, and how everything was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from llmopt_tui.core.endings import ending_phrase
from llmopt_tui.core.scoring.wording import counted
from llmopt_tui.reports.figures import decimals, score
from llmopt_tui.reports.markdown import bullets, inline, link, table
from llmopt_tui.reports.setting_names import facts_table

if TYPE_CHECKING:
    from llmopt_tui.state.documents.suite import SessionRow, SuiteDocument

REPORT = "optimization_report.md"
_STATES: Mapping[str, str] = {
    "pending": "not begun",
}
_METHOD = """\
- Prompts and models are compared on the same examples, matched by id. Repeats of an example are \
averaged first.
- Intervals of scores are 95% bootstrap intervals over examples, cases weighing the same. Beside a \
verdict is the interval that belongs to its test, wider where many comparisons are made.
- p is of a two-sided sign-flip test of the differences by example, exact where there are few, and \
adjusted by Holm for all comparisons made together: all gains, all models against the baseline, or \
all pairs of models in a ranking.
- Models share a rank (=) where nothing tells them apart. A lower rank begins with a model that is
  told apart from one of the rank above, not always from each of them.
- Seconds are per answer, the time for loading the model apart."""


def conditions(document: SuiteDocument) -> Iterator[str]:
    """The sections, each with its heading."""
    yield from _sessions(document)
    yield from _failures(document)
    yield from _measurement(document)
    yield from _settings(document)


def _sessions(document: SuiteDocument) -> Iterator[str]:
    sessions = document.sessions
    if not sessions:
        return
    yield "## Sessions"
    header = [
        *("case", "model", "session", "how it ended", "original:", "best:", "iterations:"),
        *("s/answer:", "tokens/s:", "calls:", "loads:", "cut off:"),
    ]
    yield table(
        header,
        [
            [
                inline(session.case),
                inline(session.model),
                _folder(session),
                how_it_ended(session),
                score(session.baseline_score),
                score(session.best_score),
                str(session.iterations),
                decimals(session.mean_processing_time, 1),
                decimals(session.tokens_per_second, 0),
                str(session.calls),
                str(session.loads),
                str(session.truncated),
            ]
            for session in sessions
        ],
    )
    talked = sum(session.interviewer_loads for session in sessions)
    loaded = f" The interviewer was loaded {counted(talked, 'time')}." if talked else ""
    yield f"Scores are on train examples. A load is a call that waited for the model.{loaded}"


def _folder(session: SessionRow) -> str:
    name, folder = session.session_id, session.folder
    return link(f"{folder}/{REPORT}", name or folder) if folder else inline(name)


def how_it_ended(session: SessionRow) -> str:
    """Why a session ended, or what it is doing."""
    status, stop = session.status, session.stop_reason
    word = ending_phrase(stop) if stop and status == "completed" else _STATES.get(status, status)
    return inline(word, 40)


def _failures(document: SuiteDocument) -> Iterator[str]:
    failed = [s for s in document.sessions if s.error_message]
    if failed:
        yield "## Failures"
        yield bullets(f"{s.model} on {s.case}: {s.error_message}" for s in failed)


def _measurement(document: SuiteDocument) -> Iterator[str]:
    from llmopt_tui.state.documents.case import RecordedCase

    yield "## How it was measured"
    lines = []
    for case, snapshot in document.case_snapshots.items():
        examples = RecordedCase.read(snapshot.case).examples
        held_out = sum(example.held_out for example in examples)
        lines.append(
            f"- {inline(case)}: {counted(len(examples) - held_out, 'example')} to tune on, "
            f"{held_out} held out."
        )
    repeats = document.settings.repeats if document.settings else 1
    often = "once" if repeats == 1 else f"{repeats} times"
    lines.append(f"- Every example is run {often} in an iteration.")
    yield "\n".join([*lines, _METHOD])


def _settings(document: SuiteDocument) -> Iterator[str]:
    settings = asdict(document.settings) if document.settings else {}
    options = settings.pop("options", {})
    facts = {
        "baseline model": document.baseline_model,
        "interviewer": document.interviewer_model,
        "started": document.started_at,
        "finished": document.finished_at,
        **settings,
        **options,
    }
    yield "## Settings"
    yield facts_table(facts.items())
