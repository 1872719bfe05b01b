"""Every run as a row of a CSV file (RFC 4180), safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.run import Run

_BEFORE = (
    "session",
    "model",
    "case",
    "iteration",
    "example",
    "split",
    "repeat",
    "score",
    "seconds",
    "tokens_per_second",
)
_AFTER = ("success", "error_message", "output")
# What makes a spreadsheet calculate, their full-width forms, and what it would skip before them.
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def runs_csv(records: Sequence[SessionRecord]) -> str:
    """All runs of these sessions in the order in which they were made, under one header.

    Each criterion has a column, `criterion_KIND`, with a number behind it where a kind is there
    more than once. A text that a spreadsheet would take for a formula has an apostrophe before
    it, and so has one that begins with an apostrophe: taking off the first gives the text back.
    The text begins with a byte order mark: without one, Excel does not read it as UTF-8.
    """
    rows = [(*row, _scores(row[-1])) for row in _rows(records)]
    criteria = list(dict.fromkeys(name for *_, scores in rows for name in scores))
    file = io.StringIO(newline="")
    file.write("\ufeff")
    writer = csv.writer(file)
    writer.writerow([*_BEFORE, *criteria, *_AFTER])
    for session, model, case, iteration, run, scores in rows:
        speed = run.metrics.tokens_per_second
        writer.writerow(
            [
                *map(inert, (session, model, case)),
                iteration,
                inert(run.example_id),
                run.split,
                run.repeat,
                run.score,
                run.processing_time,
                "" if speed is None else speed,
                *(scores.get(name, "") for name in criteria),
                str(run.success).lower(),
                inert(run.error_message),
                inert(run.output),
            ]
        )
    return file.getvalue()


def inert(text: str) -> str:
    """The text as a cell that no spreadsheet calculates."""
    return f"'{text}" if text.startswith((*_ACTIVE, "'")) else text


def _rows(records: Iterable[SessionRecord]) -> Iterator[tuple[str, str, str, int, Run]]:
    for record in records:
        if started := record.started:
            names = (started.session_id, started.model.name, started.case_id)
            for iteration in record.iterations:
                yield from ((*names, iteration.n, run) for run in iteration.runs)


def _scores(run: Run) -> dict[str, float]:
    seen: Counter[str] = Counter()
    scores = {}
    for criterion in run.criteria:
        seen[criterion.kind] += 1
        again = f"_{seen[criterion.kind]}" if seen[criterion.kind] > 1 else ""
        scores[f"criterion_{criterion.kind}{again}"] = criterion.score
    return scores
