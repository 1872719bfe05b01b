"""The last part of a suite's report: its sessions, what failed, and how everything was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from llmopt_tui.core.scoring.wording import counted
from llmopt_tui.reports.lenient import Row, count, decimals, name, row, rows, score, text
from llmopt_tui.reports.markdown import bullets, inline, link, table

REPORT = "optimization_report.md"
_STATES: Mapping[str, str] = {
    "pending": "not begun",
    "interrupted": "broke off",
}
_METHOD = """\
- Prompts and models are compared on the same examples, matched by id. Repeats of an example are \
averaged first.
- Intervals of scores are 95% bootstrap intervals over examples, cases weighing the same. Beside a \
verdict stands the interval that goes with its test, wider where many comparisons are made.
- p is of a two-sided sign-flip test of the differences by example, exact where there are few, and \
adjusted by Holm for all comparisons made together: all gains, all models against the baseline, or \
all pairs of models in a ranking.
- Models share a rank (=) where their difference is within noise.
- Seconds are per answer, the time for loading the model apart."""


def conditions(document: Row) -> Iterator[str]:
    """The sections, each with its heading."""
    yield from _sessions(document)
    yield from _failures(document)
    yield from _measurement(document)
    yield from _settings(document)


def _sessions(document: Row) -> Iterator[str]:
    sessions = rows(document.get("sessions"))
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
                name(session, "case"),
                name(session, "model"),
                _folder(session),
                how_it_ended(session),
                score(session.get("baseline_score")),
                score(session.get("best_score")),
                str(count(session.get("iterations"))),
                decimals(session.get("mean_processing_time"), 1),
                decimals(session.get("tokens_per_second"), 0),
                str(count(session.get("calls"))),
                str(count(session.get("loads"))),
                str(count(session.get("truncated"))),
            ]
            for session in sessions
        ],
    )
    talked = sum(count(session.get("interviewer_loads")) for session in sessions)
    loaded = f" The interviewer was loaded {counted(talked, 'time')}." if talked else ""
    yield f"Scores are on train examples. A load is a call that waited for the model.{loaded}"


def _folder(session: Row) -> str:
    name, folder = text(session.get("session_id")), text(session.get("folder"))
    return link(f"{folder}/{REPORT}", name or folder) if folder else inline(name)


def how_it_ended(session: Row) -> str:
    """Why a session ended, or where it stands."""
    status, stop = text(session.get("status")), text(session.get("stop_reason"))
    words = stop if stop and status == "completed" else _STATES.get(status, status)
    return inline(words.replace("_", " "), 40)


def _failures(document: Row) -> Iterator[str]:
    failed = [s for s in rows(document.get("sessions")) if text(s.get("error_message"))]
    if failed:
        yield "## Failures"
        yield bullets(
            f"{text(s.get('model'))} on {text(s.get('case'))}: {text(s.get('error_message'))}"
            for s in failed
        )


def _measurement(document: Row) -> Iterator[str]:
    settings, snapshots = row(document.get("settings")), row(document.get("case_snapshots"))
    yield "## How it was measured"
    lines = []
    for case, snapshot in snapshots.items():
        examples = rows(row(row(snapshot).get("case")).get("examples"))
        splits = Counter(text(example.get("split")) for example in examples)
        held_out = splits["validation"]
        lines.append(
            f"- {inline(str(case))}: {counted(len(examples) - held_out, 'example')} to tune on, "
            f"{held_out} held out."
        )
    repeats = count(settings.get("repeats")) or 1
    often = "once" if repeats == 1 else f"{repeats} times"
    lines.append(f"- Every example is run {often} in an iteration.")
    yield "\n".join([*lines, _METHOD])


def _settings(document: Row) -> Iterator[str]:
    settings = dict(row(document.get("settings")))
    options = row(settings.pop("options", None))
    facts = {
        "baseline model": document.get("baseline_model"),
        "interviewer": document.get("interviewer_model"),
        "started": document.get("started_at"),
        "finished": document.get("finished_at"),
        **settings,
        **options,
    }
    cells = [
        [inline(str(name).replace("_", " ")), inline(str(value), 200)]
        for name, value in facts.items()
        if value not in (None, "")
    ]
    yield "## Settings"
    yield table(["what", "value"], cells)
