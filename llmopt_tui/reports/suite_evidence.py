"""The evidence in a suite's report: gains, comparisons, speed, luck, and what else was found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from llmopt_tui.reports.figures import (
    decimals,
    difference,
    difference_interval,
    p_value,
    score,
)
from llmopt_tui.reports.markdown import bullets, inline, table

if TYPE_CHECKING:
    from llmopt_tui.state.documents.suite import SessionRow, SuiteDocument

HELD_OUT = "held-out examples, which neither the interviewer nor the choice among prompts has seen"
_VERDICTS = (
    "REAL: more than noise. NOT PROVEN: noise could explain it, and a gain worth having would most "
    "likely have shown. UNDERPOWERED: too few examples to tell."
)


def evidence(document: SuiteDocument) -> Iterator[str]:
    """The sections, each with its heading."""
    yield from _gains(document)
    yield from _against_baseline(document)
    yield from _transfer(document)
    yield from _speed(document)
    yield from _luck(document)
    yield from _insights(document)


def _gains(document: SuiteDocument) -> Iterator[str]:
    """The best prompt of every session against its original one, on held-out examples."""
    measured = [(s, gain) for s in document.sessions if (gain := s.validation)]
    ended = [s for s in document.sessions if s.scored]
    if not ended or (document.running and not measured):
        return
    yield "## What optimization gained"
    if not measured:
        yield "No session was measured on held-out examples: no gain can be proven."
        return
    header = [
        *("case", "model", "original:", "best:", "gain:", "interval", "better/worse:"),
        *("p adjusted:", "examples:", "needed:", "verdict"),
    ]
    yield table(
        header,
        [
            [
                inline(session.case),
                inline(session.model),
                score(gain.baseline),
                score(gain.best),
                difference(gain.difference),
                difference_interval(gain.shown_interval),
                f"{gain.fixed}/{gain.broken}",
                p_value(gain.adjusted_p_value),
                str(gain.n),
                f"{gain.n_needed:,}" if gain.n_needed else "",
                inline(gain.verdict) or "unchanged",
            ]
            for session, gain in measured
        ],
    )
    yield f"On {HELD_OUT}; better/worse counts examples. {_VERDICTS}"
    yield bullets(
        f"{session.model} on {session.case}: {gain.reason}"
        for session, gain in measured
        if gain.reason
    )
    if without := [s for s in ended if not s.validation]:
        names = ", ".join(f"{s.model} on {s.case}" for s in without)
        yield f"Not measured on held-out examples: {inline(names, 600)}."


def _against_baseline(document: SuiteDocument) -> Iterator[str]:
    """Every model's best prompt against the best one of the baseline model."""
    judged = document.against_baseline
    if not judged:
        return
    yield f"## Against the baseline, {inline(document.baseline_model)}"
    header = [
        *("case", "model", "difference:", "95% interval", "p adjusted:", "examples:"),
        *("measured on", "verdict"),
    ]
    yield table(
        header,
        [
            [
                inline(against.case),
                inline(against.model),
                difference(against.difference),
                difference_interval(against.ci95),
                p_value(against.adjusted_p_value),
                str(against.n),
                {"validation": "held-out", "train": "train"}.get(against.measured_on, ""),
                inline(against.verdict),
            ]
            for against in judged
        ],
    )
    yield bullets(
        f"{against.model} on {against.case}: {against.reason}"
        for against in judged
        if against.reason
    )


def _transfer(document: SuiteDocument) -> Iterator[str]:
    """Each model's best prompt on the other models, against their own best ones."""
    if not document.transfer:
        return
    yield "## Prompts on other models"
    header = [
        *("case", "prompt of", "on", "score:", "against its own:", "95% interval"),
        *("p adjusted:", "examples:", "verdict"),
    ]
    yield table(
        header,
        [
            [
                inline(trial.case),
                inline(trial.prompt_of),
                inline(trial.model),
                score(trial.score),
                difference(trial.difference),
                difference_interval(trial.ci95),
                p_value(trial.adjusted_p_value),
                str(trial.n),
                inline(trial.verdict),
            ]
            for trial in document.transfer
        ],
    )


def _speed(document: SuiteDocument) -> Iterator[str]:
    if not document.pareto:
        return
    yield "## Speed against quality"
    yield table(
        ["case", "model", "score:", "seconds:", "worth having"],
        [
            [
                inline(point.case) or "over all",
                inline(point.model),
                score(point.score),
                decimals(point.seconds, 1),
                "yes" if point.on_front else f"no: see {inline(', '.join(point.beaten_by), 300)}",
            ]
            for point in document.pareto
        ],
    )
    yield (
        "A model is not worth having where another scores higher beyond noise and is not slower, "
        "or is faster beyond noise and scores no less."
    )


def _luck(document: SuiteDocument) -> Iterator[str]:
    """How well the best of so many prompts would look if none were better."""
    chosen = [(s, luck) for s in document.sessions if (luck := s.selection)]
    if not chosen:
        return
    yield "## Luck of the choice"
    header = ["case", "model", "prompts:", "examples:", "gain on train:", "by luck:", "p:"]
    yield table(
        header,
        [
            [
                inline(session.case),
                inline(session.model),
                str(luck.k),
                str(luck.n),
                _trained(session),
                difference(luck.expected_gain),
                p_value(luck.p_value),
            ]
            for session, luck in chosen
        ],
    )
    yield (
        "By luck: what the best of so many prompts would seem to gain on train examples if all "
        "were equally good; p: how often luck does as well."
    )


def _trained(session: SessionRow) -> str:
    """The gain on the examples that the prompt was tuned on."""
    before, after = session.baseline_score, session.best_score
    return "" if before is None or after is None else difference(after - before)


def _insights(document: SuiteDocument) -> Iterator[str]:
    if document.insights:
        yield "## What else it shows"
    for insight in document.insights:
        yield inline(insight.text, 1000)
        yield bullets(f"{name}: {number}" for name, number in insight.numbers)
