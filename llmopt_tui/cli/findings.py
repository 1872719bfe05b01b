"""What a suite has found, in a few lines for the terminal: verdicts, ranking, recommendation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.figures import decimals, score, score_interval
from llmopt_tui.reports.suite_report import rank_words

if TYPE_CHECKING:
    from llmopt_tui.core.analysis.findings import CaseChoice
    from llmopt_tui.state.documents.suite import SessionRow, SuiteDocument

_WIDTH = 400


def held_out_cells(session: SessionRow) -> tuple[str, str]:
    """What the best prompt of a session gained on held-out examples, and the verdict on it."""
    gain = session.validation
    if gain is None:
        return "", ""
    return f"{score(gain.baseline)} -> {score(gain.best)}", gain.verdict or "unchanged"


def ranking_cells(document: SuiteDocument) -> Iterator[tuple[str, ...]]:
    """The ranking of each case and the overall one: case, place, model, score and interval."""
    for case, ranking in (*document.rankings.items(), ("overall", document.overall)):
        for standing in ranking:
            yield (
                case,
                rank_words(standing),
                standing.model,
                score(standing.score),
                score_interval(standing.ci95),
                str(standing.n),
            )


def recommendation_lines(document: SuiteDocument) -> Iterator[str]:
    """What to use, why, and what to watch; nothing where nothing is recommended."""
    found = document.recommendation
    if found is None:
        return
    if len(found.cases) > 1:
        yield _line(f"overall: {found.reason}")
    for choice in found.cases:
        yield _line(f"{choice.case}: {choice.reason}")
        yield _line(f"  {_expected(choice)}")
    for caveat in found.caveats:
        yield _line(f"  watch: {caveat}")


def _expected(choice: CaseChoice) -> str:
    interval = score_interval(choice.ci95)
    seconds = decimals(choice.seconds_per_answer, 1)
    parts = [
        f"expect {score(choice.expected_score)}" + (f" ({interval})" if interval else ""),
        f"{seconds} s an answer" if seconds else "",
        f"prompt {choice.prompt_file}" if choice.prompt_file else "the original prompt",
    ]
    return ", ".join(filter(None, parts))


def _line(words: str) -> str:
    indent = words[: len(words) - len(words.lstrip())]
    return indent + one_line(words, _WIDTH)
