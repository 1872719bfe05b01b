"""optimization_suite_ID.md: a suite's document for people; every number is one of the document's.

What the document lacks or has oddly is left out, so that any suite has a report at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llmopt_tui.core.scoring.wording import counted
from llmopt_tui.reports.lenient import (
    Row,
    count,
    decimals,
    difference,
    difference_interval,
    name,
    p_value,
    row,
    rows,
    score,
    score_interval,
    sentence,
    text,
    texts,
)
from llmopt_tui.reports.markdown import bullets, inline, link, table
from llmopt_tui.reports.suite_conditions import conditions

_HELD_OUT = "held-out examples, which neither the interviewer nor the choice among prompts has seen"
_TUNED_ON = "the examples that the prompts were tuned on: expect less in use"
_VERDICTS = (
    "REAL: more than noise. NOT PROVEN: noise could explain it, and a gain worth having would most "
    "likely have shown. UNDERPOWERED: too few examples to tell."
)


def suite_report(document: Mapping[str, Any]) -> str:
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


def _title(document: Row) -> str:
    models, cases = texts(document.get("models")), texts(document.get("cases"))
    sessions = rows(document.get("sessions"))
    ended = sum(session.get("status") == "completed" for session in sessions)
    status = name(document, "status") or "status unknown"
    return (
        f"# Suite {name(document, 'suite_id')}\n\n"
        f"{counted(len(models), 'model')} on {counted(len(cases), 'case')}: {status}, "
        f"{ended} of {counted(len(sessions), 'session')} completed."
    )


def _recommendation(document: Row) -> Iterator[str]:
    recommended = row(document.get("recommendation"))
    choices = rows(recommended.get("cases"))
    yield "## Recommendation"
    if not choices:
        yield "None: no session has ended with a score yet."
        return
    if len(choices) > 1 or recommended.get("model"):
        best = f"**{model}**: " if (model := name(recommended, "model")) else ""
        yield best + sentence(recommended, "reason")
    for choice in choices:
        yield f"### {name(choice, 'case')}: {name(choice, 'model')}"
        yield sentence(choice, "reason")
        yield "\n".join(f"- {line}" for line in _choice(choice))
    if caveats := texts(recommended.get("caveats")):
        yield "What to watch:"
        yield bullets(caveats)


def _choice(choice: Row) -> Iterator[str]:
    """What to use and what to expect of it."""
    if file := text(choice.get("prompt_file")):
        yield f"Prompt: {link(file, file)} (iteration {count(choice.get('iteration'))})"
    if expected := score(choice.get("expected_score")):
        interval = score_interval(choice.get("ci95"))
        yield f"Expected score: {expected}" + (f" (95% interval {interval})" if interval else "")
    seconds = decimals(choice.get("seconds_per_answer"), 1)
    tokens = decimals(choice.get("tokens_per_second"), 0)
    speed = [f"{seconds} s an answer" if seconds else "", f"{tokens} tokens/s" if tokens else ""]
    if any(speed):
        yield f"Expected speed: {', '.join(filter(None, speed))}"
    if session := name(choice, "session_id"):
        yield f"To see whether it still holds: llmopt-tui check {session}"


def _rankings(document: Row) -> Iterator[str]:
    rankings = row(document.get("rankings"))
    found = [(f"### {inline(str(case))}", rows(ranking)) for case, ranking in rankings.items()]
    found.append(("### Over all cases", rows(document.get("overall"))))
    if any(ranking for _, ranking in found):
        yield "## Who is best"
    for title, ranking in found:
        if ranking:
            yield title
            yield _ranking(ranking)
            held_out = all(ranked.get("measured_on") == "validation" for ranked in ranking)
            yield f"Measured on {_HELD_OUT if held_out else _TUNED_ON}."


def _ranking(ranking: Sequence[Row]) -> str:
    header = ["rank:", "model", "score:", "95% interval", "examples:", "ahead of the next"]
    cells = [
        [
            rank_words(ranked),
            name(ranked, "model"),
            score(ranked.get("score")),
            score_interval(ranked.get("ci95")),
            str(count(ranked.get("n"))),
            _noise(ranked.get("differs_from_next")),
        ]
        for ranked in ranking
    ]
    return table(header, cells)


def rank_words(ranked: Row) -> str:
    """A place in a ranking; "2=" where it is shared."""
    rank = count(ranked.get("rank"))
    return f"{rank}{'=' if ranked.get('tied') is True else ''}" if rank else ""


def _noise(differs: object) -> str:
    return "beyond noise" if differs is True else "within noise" if differs is False else ""


def _gains(document: Row) -> Iterator[str]:
    """The best prompt of every session against its original one, on held-out examples."""
    sessions = rows(document.get("sessions"))
    measured = [(s, gain) for s in sessions if (gain := row(s.get("validation")))]
    ended = [s for s in sessions if s.get("best_score") is not None]
    if not ended or (document.get("status") == "running" and not measured):
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
                name(session, "case"),
                name(session, "model"),
                score(gain.get("baseline")),
                score(gain.get("best")),
                difference(gain.get("difference")),
                difference_interval(gain.get("interval") or gain.get("ci95")),
                f"{count(gain.get('fixed'))}/{count(gain.get('broken'))}",
                p_value(gain.get("adjusted_p_value")),
                str(count(gain.get("n"))),
                f"{needed:,}" if (needed := count(gain.get("n_needed"))) else "",
                name(gain, "verdict") or "unchanged",
            ]
            for session, gain in measured
        ],
    )
    yield f"On {_HELD_OUT}; better/worse counts examples. {_VERDICTS}"
    yield bullets(
        f"{text(session.get('model'))} on {text(session.get('case'))}: {reason}"
        for session, gain in measured
        if (reason := text(gain.get("reason")))
    )
    if without := [s for s in ended if not s.get("validation")]:
        names = ", ".join(f"{text(s.get('model'))} on {text(s.get('case'))}" for s in without)
        yield f"Not measured on held-out examples: {inline(names, 600)}."


def _against_baseline(document: Row) -> Iterator[str]:
    """Every model's best prompt against the best one of the baseline model."""
    judged, baseline = rows(document.get("against_baseline")), name(document, "baseline_model")
    if not judged:
        return
    yield f"## Against the baseline, {baseline}"
    header = [
        *("case", "model", "difference:", "95% interval", "p adjusted:", "examples:"),
        *("measured on", "verdict"),
    ]
    yield table(
        header,
        [
            [
                name(against, "case"),
                name(against, "model"),
                difference(against.get("difference")),
                difference_interval(against.get("ci95")),
                p_value(against.get("adjusted_p_value")),
                str(count(against.get("n"))),
                _split(against.get("measured_on")),
                name(against, "verdict"),
            ]
            for against in judged
        ],
    )
    yield bullets(
        f"{text(against.get('model'))} on {text(against.get('case'))}: {reason}"
        for against in judged
        if (reason := text(against.get("reason")))
    )


def _transfer(document: Row) -> Iterator[str]:
    """Each model's best prompt on the other models, against their own best ones."""
    tried = rows(document.get("transfer"))
    if not tried:
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
                name(trial, "case"),
                name(trial, "prompt_of"),
                name(trial, "model"),
                score(trial.get("score")),
                difference(trial.get("difference")),
                difference_interval(trial.get("ci95")),
                p_value(trial.get("adjusted_p_value")),
                str(count(trial.get("n"))),
                name(trial, "verdict"),
            ]
            for trial in tried
        ],
    )


def _split(measured_on: object) -> str:
    return {"validation": "held-out", "train": "train"}.get(text(measured_on), "")


def _speed(document: Row) -> Iterator[str]:
    points = rows(document.get("pareto"))
    if not points:
        return
    yield "## Speed against quality"
    yield table(
        ["case", "model", "score:", "seconds:", "worth having"],
        [
            [
                name(point, "case") or "over all",
                name(point, "model"),
                score(point.get("score")),
                decimals(point.get("seconds"), 1),
                "yes"
                if point.get("on_front") is True
                else f"no: beaten by {inline(', '.join(texts(point.get('beaten_by'))), 300)}",
            ]
            for point in points
        ],
    )
    yield (
        "A model is beaten by one that is better beyond noise and not slower, or faster beyond "
        "noise and scores no less."
    )


def _luck(document: Row) -> Iterator[str]:
    """How well the best of so many prompts would look if none were better."""
    sessions = [s for s in rows(document.get("sessions")) if row(s.get("selection"))]
    if not sessions:
        return
    yield "## Luck of the choice"
    cells = []
    for session in sessions:
        luck = row(session.get("selection"))
        cells.append(
            [
                name(session, "case"),
                name(session, "model"),
                str(count(luck.get("k"))),
                str(count(luck.get("n"))),
                _gain(session),
                difference(luck.get("expected_gain")),
                p_value(luck.get("p_value")),
            ]
        )
    header = ["case", "model", "prompts:", "examples:", "gain on train:", "by luck:", "p:"]
    yield table(header, cells)
    yield (
        "By luck: what the best of so many prompts would seem to gain on train examples if all "
        "were equally good; p: how often luck does as well."
    )


def _gain(session: Row) -> str:
    before, after = session.get("baseline_score"), session.get("best_score")
    if not score(before) or not score(after):
        return ""
    return difference(float(after) - float(before))  # type: ignore[arg-type]


def _insights(document: Row) -> Iterator[str]:
    insights = rows(document.get("insights"))
    if insights:
        yield "## What else it shows"
    for insight in insights:
        yield sentence(insight, "text")
        numbers = insight.get("numbers")
        pairs = [texts(number) for number in numbers] if isinstance(numbers, list) else []
        yield bullets(f"{pair[0]}: {pair[1]}" for pair in pairs if len(pair) == 2)
