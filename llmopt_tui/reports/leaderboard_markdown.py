"""The Leaderboard's table as Markdown."""

from __future__ import annotations

from llmopt_tui.reports.leaderboard_words import (
    TRAIN_MARK,
    called,
    gain_words,
    two_decimals,
    verdict_of,
)
from llmopt_tui.reports.suite_report import rank_words
from llmopt_tui.state.leaderboard import Leaderboard


def table_markdown(board: Leaderboard, case: str) -> str:
    """The ranking as a Markdown table."""
    title = called(case) if case else "Overall"
    lines = [
        f"## {markdown_cell(title)}",
        "",
        "| rank | model | before | after | gain | verdict | s/answer |",
        "|---:|---|---:|---:|---|---|---:|",
    ]
    for standing in board.standings.get(case, ()):
        gain = board.mean_gain(standing.model, case)
        seconds = board.mean_seconds(standing.model, case)
        cells = [
            rank_words(standing),
            markdown_cell(called(standing.model))
            + (" (baseline)" if standing.model == board.baseline else ""),
            "" if gain.baseline is None else two_decimals(gain.baseline),
            "" if gain.best is None else two_decimals(gain.best),
            gain_words(gain),
            verdict_of(gain),
            "" if seconds is None else f"{seconds:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    if (constant := board.constant(case)) is not None:
        lines.append(f"| | one answer to everything | | {two_decimals(constant)} | | | |")
    note = f"{TRAIN_MARK} on the examples that the prompt was tuned on. = shares its rank: noise."
    return "\n".join([*lines, "", note, ""])


def markdown_cell(text: str) -> str:
    """A text that cannot act in a table of Markdown."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
