"""optimization_suite_ID.md: a suite's document for people; every number is one of the document's.

What the document lacks is left out, so that any suite has a report at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from llmopt_tui.core.scoring.wording import counted
from llmopt_tui.reports.figures import (
    decimals,
    difference,
    difference_interval,
    p_value,
    score,
    score_interval,
)
from llmopt_tui.reports.markdown import bullets, inline, link, table
from llmopt_tui.reports.suite_conditions import conditions

if TYPE_CHECKING:
    from llmopt_tui.core.analysis.findings import CaseChoice
    from llmopt_tui.state.documents.suite import SessionRow, Standing, SuiteDocument

_HELD_OUT = "held-out examples, which neither the interviewer nor the choice among prompts has seen"
_TUNED_ON = "the examples that the prompts were tuned on: expect less in use"
_VERDICTS = (
    "REAL: more than noise. NOT PROVEN: noise could explain it, and a gain worth having would most "
    "likely have shown. UNDERPOWERED: too few examples to tell."
)


def suite_report(document: SuiteDocument) -> str:
    """The report. Scores are in [0, 1], times in seconds.

    Names and texts cannot act in the Markdown: they are escaped, control characters shown.
    """
    sections = (
        _recommendation(document),
        _rankings(document),
        _gains(document),
        _against_baseline(document),
        _transfer(document),
        _speed(document),
        _luck(document),
        _insights(document),
        conditions(document),
    )
    parts = [_title(document), *(part for section in sections for part in section if part)]
    return "\n\n".join(parts) + "\n"


def _title(document: SuiteDocument) -> str:
    models, cases = counted(len(document.models), "model"), counted(len(document.cases), "case")
    ended = sum(session.status == "completed" for session in document.sessions)
    status = inline(document.status) or "status unknown"
    return (
        f"# Suite {inline(document.suite_id)}\n\n"
        f"{models} on {cases}: {status}, "
        f"{ended} of {counted(len(document.sessions), 'session')} completed."
    )


def _recommendation(document: SuiteDocument) -> Iterator[str]:
    found = document.recommendation
    yield "## Recommendation"
    if found is None or not found.cases:
        yield "None: no session has ended with a score yet."
        return
    if len(found.cases) > 1 or found.model:
        best = f"**{inline(found.model)}**: " if found.model else ""
        yield best + _sentence(found.reason)
    for choice in found.cases:
        yield f"### {inline(choice.case)}: {inline(choice.model)}"
        yield _sentence(choice.reason)
        yield "\n".join(f"- {line}" for line in _choice(choice))
    if found.caveats:
        yield "What to watch:"
        yield bullets(found.caveats)


def _choice(choice: CaseChoice) -> Iterator[str]:
    """What to use and what to expect of it."""
    if file := choice.prompt_file:
        yield f"Prompt: {link(file, file)} (iteration {choice.iteration})"
    if expected := score(choice.expected_score):
        interval = score_interval(choice.ci95)
        yield f"Expected score: {expected}" + (f" (95% interval {interval})" if interval else "")
    seconds = decimals(choice.seconds_per_answer, 1)
    tokens = decimals(choice.tokens_per_second, 0)
    speed = [f"{seconds} s an answer" if seconds else "", f"{tokens} tokens/s" if tokens else ""]
    if any(speed):
        yield f"Expected speed: {', '.join(filter(None, speed))}"
    if session := inline(choice.session_id):
        yield f"To see whether it still holds: llmopt-tui check {session}"


def _rankings(document: SuiteDocument) -> Iterator[str]:
    found = [(f"### {inline(case)}", ranking) for case, ranking in document.rankings.items()]
    found.append(("### Over all cases", document.overall))
    if any(ranking for _, ranking in found):
        yield "## Who is best"
    for title, ranking in found:
        if ranking:
            yield title
            yield _ranking(ranking)
            held_out = all(standing.held_out for standing in ranking)
            yield f"Measured on {_HELD_OUT if held_out else _TUNED_ON}."


def _ranking(ranking: Sequence[Standing]) -> str:
    header = ["rank:", "model", "score:", "95% interval", "examples:", "ahead of the next"]
    cells = [
        [
            rank_words(standing),
            inline(standing.model),
            score(standing.score),
            score_interval(standing.ci95),
            str(standing.n),
            _noise(standing.differs_from_next),
        ]
        for standing in ranking
    ]
    return table(header, cells)


def rank_words(standing: Standing) -> str:
    """A place in a ranking, "2=" where it is shared; "" while there is none."""
    return f"{standing.rank}{'=' if standing.tied else ''}" if standing.rank else ""


def _noise(differs: bool | None) -> str:
    return {True: "beyond noise", False: "within noise", None: ""}[differs]


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
    yield f"On {_HELD_OUT}; better/worse counts examples. {_VERDICTS}"
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
                "yes"
                if point.on_front
                else f"no: beaten by {inline(', '.join(point.beaten_by), 300)}",
            ]
            for point in document.pareto
        ],
    )
    yield (
        "A model is beaten by one that is better beyond noise and not slower, or faster beyond "
        "noise and scores no less."
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
        yield _sentence(insight.text)
        yield bullets(f"{name}: {number}" for name, number in insight.numbers)


def _sentence(words: str) -> str:
    return inline(words, 1000)
