"""Transfer: each model's best prompt on the other models of a suite.

One model's prompt on another model is a session of one iteration, on the examples that claims rest
on: the held-out ones, where there are any. So it is kept, resumed and browsed as every session is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmopt_tui.core.case import Case
from llmopt_tui.core.loop.suite import SuitePlan

if TYPE_CHECKING:
    from llmopt_tui.app.members import KeptMember
    from llmopt_tui.state.documents.suite import SuiteDocument, Trial


@dataclass(frozen=True, slots=True)
class Transfer:
    """`origin`'s best prompt on the model of `target`; `trial` is the session that tries it."""

    origin: KeptMember
    target: KeptMember
    trial: KeptMember


def transfer_plan(plan: SuitePlan) -> SuitePlan:
    """The plan of a session that tries a prompt once."""
    return replace(plan, settings=plan.settings.once())


def pairs(members: Sequence[KeptMember]) -> Iterator[tuple[KeptMember, KeptMember]]:
    """Whose prompt is to be tried on whose model: where a better prompt than the original was
    found, on every other model of the case that has a prompt of its own to compare it with."""
    ended = [m for m in members if m.record.finished and m.record.best]
    for origin in ended:
        best = origin.record.best
        if best is None or best.n == 1:
            continue
        for target in ended:
            own = target.record.best
            if target.case.id != origin.case.id or target.model == origin.model or own is None:
                continue
            if own.variant != best.variant:
                yield origin, target


def case_of(origin: KeptMember) -> Case:
    """The case with the prompt that is tried, and the examples that it is tried on."""
    best = origin.record.best
    assert best is not None
    case = origin.case
    examples = case.split("validation") or case.split("train")
    return replace(
        case,
        title=f"{case.title}, with the prompt of {origin.model}",
        prompt=case.prompt.with_variant(best.variant),
        examples=tuple(replace(example, split="train") for example in examples),
    )


def transfer_rows(transfers: Sequence[Transfer]) -> list[Trial]:
    """What the suite's document says of each: the score, against the model's own best prompt."""
    from llmopt_tui.core.analysis.suite import judged_transfers
    from llmopt_tui.state.documents.suite import Trial

    judged = judged_transfers([(t.trial.record, t.target.record) for t in transfers])
    return [
        Trial(
            case=transfer.origin.case.id,
            prompt_of=transfer.origin.model,
            model=transfer.target.model,
            session_id=_session_id(transfer.trial),
            folder=transfer.trial.folder.name if transfer.trial.folder else "",
            score=transfer.trial.record.best_score,
            difference=judgement.comparison.difference if judgement else None,
            ci95=judgement.comparison.ci95 if judgement else None,
            adjusted_p_value=judgement.adjusted_p_value if judgement else None,
            n=judgement.comparison.n if judgement else 0,
            verdict=judgement.verdict.value if judgement else "",
            reason=judgement.reason if judgement else transfer.trial.error,
        )
        for transfer, judgement in zip(transfers, judged, strict=True)
    ]


def folders_in(document: SuiteDocument) -> dict[tuple[str, str, str], str]:
    """The folders of the trials that a suite's document lists, by case, prompt and model."""
    return {
        (trial.case, trial.prompt_of, trial.model): trial.folder
        for trial in document.transfer or ()
    }


def _session_id(member: KeptMember) -> str:
    return member.record.started.session_id if member.record.started else ""
