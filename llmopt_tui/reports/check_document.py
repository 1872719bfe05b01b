"""check_ID_TIME.json: the results of recorded winners that were run again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from llmopt_tui.core.case import Split
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.ports import ModelInfo
from llmopt_tui.core.run import Run

if TYPE_CHECKING:
    from llmopt_tui.core.analysis.regression import Change
    from llmopt_tui.state.documents.check import Check, CheckDocument, CheckedRun, Comparison


@dataclass(frozen=True, slots=True)
class Rerun:
    """A recorded session's best prompt, run again on the examples that it is judged by.

    `now` holds the single iteration of the rerun; `error_message` says why there is none. `model`
    is what the server has under the name now.
    """

    folder: str
    then: SessionRecord
    split: Split
    model: ModelInfo | None = None
    now: SessionRecord | None = None
    error_message: str = ""


def check_document(
    identity: str, reruns: Sequence[Rerun], *, checked_at: datetime, score_only: bool = False
) -> CheckDocument:
    """The document. With `score_only` speed is reported and makes no regression."""
    from llmopt_tui.state.documents.check import CheckDocument

    scores, seconds = _judged(reruns)
    checks = tuple(
        _check(rerun, scores.get(n), seconds.get(n), score_only=score_only)
        for n, rerun in enumerate(reruns)
    )
    return CheckDocument(
        id=identity,
        checked_at=checked_at.isoformat(),
        score_only=score_only,
        regressed=any(check.regressed for check in checks),
        failed=any(check.error_message for check in checks),
        checks=checks,
    )


def _judged(reruns: Sequence[Rerun]) -> tuple[Mapping[int, Change], Mapping[int, Change]]:
    """What became of scores and seconds, by the place of the rerun."""
    from llmopt_tui.core.analysis import measure
    from llmopt_tui.core.analysis.regression import score_changes, speed_changes

    sides = {
        n: (rerun.then.best, rerun.split, rerun.now.best)
        for n, rerun in enumerate(reruns)
        if rerun.now
    }
    scores = {
        n: (measure.scores(then, split), measure.scores(now, "train"))
        for n, (then, split, now) in sides.items()
        if then and now
    }
    seconds = {
        n: (measure.seconds(then), measure.seconds(now))
        for n, (then, _, now) in sides.items()
        if then and now
    }
    return score_changes(scores), speed_changes(seconds)


def _check(
    rerun: Rerun, score: Change | None, seconds: Change | None, *, score_only: bool
) -> Check:
    from llmopt_tui.state.documents.check import Check, Digest

    started, best = rerun.then.started, rerun.then.best
    assert started is not None
    assert best is not None
    runs = rerun.now.iterations[0].runs if rerun.now and rerun.now.iterations else []
    slower = bool(seconds and seconds.regressed and not score_only)
    digests = started.model.digest, rerun.model.digest if rerun.model else ""
    return Check(
        session_id=started.session_id,
        folder=rerun.folder,
        model=started.model.name,
        case=started.case_id,
        iteration=best.n,
        measured_on=rerun.split,
        measured_at=(best.finished_at or best.started_at).isoformat(),
        error_message=rerun.error_message,
        regressed=bool(score and score.regressed) or slower,
        score=_change(score),
        seconds=_change(seconds),
        digest=Digest(
            then=digests[0],
            now=digests[1],
            changed=all(digests) and digests[0] != digests[1],
        ),
        calls=len(runs),
        failed_calls=sum(not run.success for run in runs),
        runs=tuple(_run(run) for run in runs),
    )


def _change(change: Change | None) -> Comparison | None:
    if change is None:
        return None
    from llmopt_tui.state.documents.check import Comparison

    compared = change.comparison
    return Comparison(
        then=change.then,
        now=change.now,
        then_ci95=change.then_ci95,
        now_ci95=change.now_ci95,
        difference=compared.difference,
        ci95=compared.ci95,
        p_value=compared.p_value,
        adjusted_p_value=change.adjusted_p_value,
        test=compared.test,
        n=compared.n,
        regressed=change.regressed,
        reason=change.reason,
    )


def _run(run: Run) -> CheckedRun:
    from llmopt_tui.state.documents.check import CheckedRun

    return CheckedRun(
        example_id=run.example_id,
        repeat=run.repeat,
        full_prompt=run.full_prompt,
        output=run.output,
        thinking=run.thinking,
        processing_time=run.processing_time,
        success=run.success,
        error_message=run.error_message,
        score=run.score,
        criteria=run.criteria,
        metrics=run.metrics,
    )
