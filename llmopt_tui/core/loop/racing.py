"""Racing: a round's race as the record tells it."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean

from llmopt_tui.core.case import Case
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import InterviewRecord
from llmopt_tui.core.race.blocks import blocks
from llmopt_tui.core.race.standing import Entrant, Standing, standing
from llmopt_tui.core.run import Run
from llmopt_tui.core.settings import LoopSettings


def race_standing(
    record: SessionRecord,
    interview: InterviewRecord,
    parent: IterationRecord,
    case: Case,
    settings: LoopSettings,
) -> Standing:
    """Where the race of an interview's suggestions against `parent` is now."""
    ours = _scores(parent.train_runs, 1)
    # What earlier rounds measured: this one's runs would change the order while it runs.
    earlier = [_scores(i.train_runs, 1) for i in record.scored]
    earlier += [
        _scores(p.runs, 1) for i in record.interviews if i.n < interview.n for p in i.proposals
    ]
    entrants = [
        Entrant(p.n, p.variant(parent.variant).length, _scores(p.runs, settings.repeats))
        for p in interview.entrants
    ]
    return standing(
        ours,
        entrants,
        blocks(ours, earlier, f"{record.draws}/{interview.n}"),
        min_gain=settings.min_gain,
        pinned=[example.id for example in case.split("train") if example.pinned],
    )


def _scores(runs: Iterable[Run], repeats: int) -> dict[str, float]:
    """The mean score by example, of those that were answered at least `repeats` times."""
    found: dict[str, list[float]] = {}
    for run in runs:
        if run.split == "train":
            found.setdefault(run.example_id, []).append(run.score)
    return {example: fmean(scores) for example, scores in found.items() if len(scores) >= repeats}
