"""Sentences of the Leaderboard about the whole board, not about one of its panes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.leaderboard_words import VERDICTS
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.widgets.plain import plain_text

if TYPE_CHECKING:
    from llmopt_tui.store.sessions import SessionSummary


def nothing_yet(results: Path, problem: str, keymap: Mapping[str, str]) -> str:
    """What to do while no suite is shown. `problem` is the error that prevents it, "" for none."""
    if problem:
        return f"{problem}\n\nPress o for another suite, b for past sessions."
    workbench, pick, run = (key_of(name, keymap) for name in ("workbench", "pick", "run"))
    return (
        "No suite yet.\n\n"
        f"Press {workbench} for the Workbench, pick models and cases with {pick}, and run them "
        f"with {run}.\nThis screen fills while they run, and shows past suites without a server."
        f"\n\nLooked in {results}"
    )


def waiting_words(count: int, key: str) -> str:
    """How many suggestions wait, and the key that leads to them; "" where none waits."""
    what = "a suggestion waits" if count == 1 else f"{count} suggestions wait"
    return f"{what}: {key}" if count else ""


def with_verdict(text: str, verdict: str) -> Content:
    """The sentence of evidence, with its verdict in bold."""
    content = plain_text(text)
    start = text.find(verdict) if verdict in VERDICTS else -1
    if start < 0:
        return content
    style = "bold $text-success" if verdict == "REAL" else "bold $text-warning"
    return content.stylize(style, start, start + len(verdict))


def suite_words(summary: SessionSummary) -> str:
    """A suite as one line of a list: start time, status, case and models."""
    began = summary.started_at.strftime("%Y-%m-%d %H:%M") if summary.started_at else "no date"
    models = ", ".join(map(fmt.short_model, summary.model.split(", "))) or summary.note
    return f"{began}  {summary.status:<11}  {one_line(summary.case_id, 30)}: {one_line(models, 60)}"
