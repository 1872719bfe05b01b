"""optimization_suite_ID.md: a suite's document for people; every number is one of the document's.

What the document lacks is left out, so that any suite has a report at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from llmopt_tui.core.scoring.wording import counted
from llmopt_tui.reports.figures import (
    decimals,
    score,
    score_interval,
)
from llmopt_tui.reports.markdown import bullets, inline, link, table
from llmopt_tui.reports.suite_conditions import conditions
from llmopt_tui.reports.suite_evidence import HELD_OUT, evidence

if TYPE_CHECKING:
    from llmopt_tui.core.analysis.findings import CaseChoice
    from llmopt_tui.state.documents.suite import Standing, SuiteDocument

_TUNED_ON = "the examples that the prompts were tuned on: expect less in use"


def suite_report(document: SuiteDocument) -> str:
    """The report. Scores are in [0, 1], times in seconds.

    Names and texts cannot act in the Markdown: they are escaped, control characters shown.
    """
    parts = [*decision(document), *evidence(document), *conditions(document)]
    return "\n\n".join(part for part in parts if part) + "\n"


def decision(document: SuiteDocument) -> Iterator[str]:
    """What comes first: how far the suite came, what is recommended, and who is best."""
    yield _title(document)
    yield from _recommendation(document)
    yield from _rankings(document)


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
    if len(found.cases) > 1:
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
    elif choice.original:
        yield "Prompt: the original one"
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
            yield f"Measured on {HELD_OUT if held_out else _TUNED_ON}."
    if alone := [line for case in document.constant_answers if (line := _alone(document, case))]:
        yield "What one answer to everything would score:"
        yield bullets(alone)


def _alone(document: SuiteDocument, case: str) -> str:
    """What one answer to everything would score on the examples that a case is ranked on."""
    constant = document.constant_answers[case]
    held_out = any(standing.held_out for standing in document.rankings.get(case, ()))
    found = constant.validation_score if held_out else constant.train_score
    return "" if found is None else f"{case}: {score(found)}"


def _ranking(ranking: Sequence[Standing]) -> str:
    header = ["rank:", "model", "score:", "95% interval", "examples:"]
    cells = [
        [
            rank_words(standing),
            inline(standing.model),
            score(standing.score),
            score_interval(standing.ci95),
            str(standing.n),
        ]
        for standing in ranking
    ]
    return table(header, cells)


def rank_words(standing: Standing) -> str:
    """A place in a ranking, "2=" where it is shared; "" while there is none."""
    return f"{standing.rank}{'=' if standing.tied else ''}" if standing.rank else ""


def _sentence(words: str) -> str:
    return inline(words, 1000)
