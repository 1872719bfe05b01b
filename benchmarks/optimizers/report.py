"""The tables of a comparison in Markdown, losses included."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.optimizers.outcomes import Outcome
from benchmarks.optimizers.summary import (
    Coverage,
    Mean,
    Row,
    coverage,
    false_claims,
    mean_of,
    summarize,
)


def report(outcomes: Sequence[Outcome], reference: str, conditions: str) -> str:
    """The whole report. `reference` is the arm that the others are compared with."""
    rows = summarize(outcomes, reference)
    tasks = list(dict.fromkeys(row.task for row in rows))
    parts = [
        f"# Optimizers at equal calls\n\n{conditions}",
        *(_task_table(task, rows, reference) for task in tasks),
        _overall(rows, outcomes, reference),
        _claims(rows),
        _coverage(coverage(outcomes)),
        _failures(outcomes),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _task_table(task: str, rows: Sequence[Row], reference: str) -> str:
    head = (
        "arm", "held out", "gain", f"{reference} ahead by", "optimism", "corrected", "claims",
        "worse", "calls", "seconds",
    )  # fmt: skip
    of_task = sorted((r for r in rows if r.task == task), key=lambda row: -row.held_out.value)
    lines = [
        (
            row.arm,
            str(row.held_out),
            _signed(row.gain),
            "" if row.arm == reference else _signed(row.behind),
            _signed(row.optimism),
            _signed(row.corrected),
            f"{row.claims} of {row.held_out.n}",
            f"{row.worse} of {row.held_out.n}",
            f"{row.calls.value:.0f}",
            f"{row.seconds.value:.1f}",
        )
        for row in of_task
    ]
    return f"## {task}\n\n{_table(head, lines)}"


def _overall(rows: Sequence[Row], outcomes: Sequence[Outcome], reference: str) -> str:
    """Each arm over all tasks: the mean of their means, and where the reference lost to it."""
    arms = list(dict.fromkeys(row.arm for row in rows))
    lines = []
    for arm in arms:
        own = [row for row in rows if row.arm == arm]
        behind = [row for row in own if row.behind is not None]
        lost = [row.task for row in behind if row.behind and row.behind.value < -0.005]
        worst = max((outcome.calls for outcome in outcomes if outcome.arm == arm), default=0)
        lines.append(
            (
                arm,
                f"{mean_of([row.held_out.value for row in own]).value:.2f}",
                f"{mean_of([r.behind.value for r in behind if r.behind]).value:+.2f}"
                if behind and arm != reference
                else "",
                ", ".join(lost) or "none",
                str(worst),
            )
        )
    head = ("arm", "held out", f"{reference} ahead by", f"{reference} lost on", "most calls")
    return f"## All tasks\n\n{_table(head, lines)}"


def _claims(rows: Sequence[Row]) -> str:
    claims = false_claims(rows)
    if not claims:
        return ""
    lines = [(arm, f"{made} of {n}") for arm, (made, n) in claims.items()]
    return (
        "## False claims\n\nImprovements that were presented where nothing helps: a verdict of "
        "REAL, or, for arms without a verdict, a changed prompt with a higher train score.\n\n"
        + _table(("arm", "false claims"), lines)
    )


def _coverage(found: Sequence[Coverage]) -> str:
    if not found:
        return ""
    lines = [(one.arm, f"{one.covered} of {one.n}", f"{one.covered / one.n:.0%}") for one in found]
    return (
        "## Coverage\n\nHow often the 95% interval of a held-out gain held the true gain.\n\n"
        + _table(("arm", "covered", "share"), lines)
    )


def _failures(outcomes: Sequence[Outcome]) -> str:
    failed = [one for one in outcomes if one.error]
    if not failed:
        return ""
    lines = [f"- {one.arm}, {one.task}, seed {one.seed}: {_line(one.error)}" for one in failed]
    return "## Failures\n\nEach counts as the original prompt.\n\n" + "\n".join(lines)


def _line(text: str) -> str:
    return " ".join(text.split())[-200:].replace("|", "/").replace("`", "'")


def _signed(mean: Mean | None) -> str:
    if mean is None:
        return ""
    if mean.ci95 is None:
        return f"{mean.value:+.2f}"
    return f"{mean.value:+.2f} [{mean.ci95[0]:+.2f}, {mean.ci95[1]:+.2f}]"
