"""What a suite has found, in a few lines for the terminal: verdicts, ranking, recommendation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.lenient import (
    Row,
    count,
    decimals,
    row,
    rows,
    score,
    score_interval,
    text,
    texts,
)
from llmopt_tui.reports.suite_report import rank_words

_WIDTH = 400


def held_out_cells(session: Row) -> tuple[str, str]:
    """What the best prompt of a session gained on held-out examples, and the verdict on it."""
    gain = row(session.get("validation"))
    if not gain:
        return "", ""
    change = f"{score(gain.get('baseline'))} -> {score(gain.get('best'))}"
    return change, text(gain.get("verdict")) or "unchanged"


def ranking_cells(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The ranking of each case and the overall one: case, place, model, score and interval."""
    rankings = dict(row(document.get("rankings")))
    for case, ranking in (*rankings.items(), ("overall", document.get("overall"))):
        for ranked in rows(ranking):
            yield (
                str(case),
                rank_words(ranked),
                text(ranked.get("model")),
                score(ranked.get("score")),
                score_interval(ranked.get("ci95")),
                str(count(ranked.get("n"))),
            )


def recommendation_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """What to use, why, and what to watch; nothing where nothing is recommended."""
    recommended = row(document.get("recommendation"))
    choices = rows(recommended.get("cases"))
    if len(choices) > 1:
        yield _line(f"overall: {text(recommended.get('reason'))}")
    for choice in choices:
        yield _line(f"{text(choice.get('case'))}: {text(choice.get('reason'))}")
        yield _line(f"  {_expected(choice)}")
    for caveat in texts(recommended.get("caveats")):
        yield _line(f"  watch: {caveat}")


def _expected(choice: Row) -> str:
    interval = score_interval(choice.get("ci95"))
    seconds = decimals(choice.get("seconds_per_answer"), 1)
    parts = [
        f"expect {score(choice.get('expected_score'))}" + (f" ({interval})" if interval else ""),
        f"{seconds} s an answer" if seconds else "",
        f"prompt {text(choice.get('prompt_file'))}",
    ]
    return ", ".join(filter(None, parts))


def _line(words: str) -> str:
    indent = words[: len(words) - len(words.lstrip())]
    return indent + one_line(words, _WIDTH)
