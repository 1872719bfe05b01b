"""The recommendation: which model with which prompt, what to expect of it, and what to watch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from llmopt_tui.core.analysis.measure import Result, count, seconds_per_answer
from llmopt_tui.core.analysis.pareto import ParetoPoint
from llmopt_tui.core.analysis.ranking import Ranked
from llmopt_tui.core.analysis.resampling import Interval
from llmopt_tui.core.analysis.suite import SuiteAnalysis
from llmopt_tui.core.analysis.verdict import Verdict

_FEW = 10


@dataclass(frozen=True, slots=True)
class CaseChoice:
    """The model for one case, with its own best prompt. Seconds are per answer, loads apart."""

    case: str
    model: str
    session_id: str
    iteration: int
    reason: str
    expected_score: float
    ci95: Interval | None
    seconds_per_answer: float | None
    tokens_per_second: float | None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The choices. `model` is the best over all cases, empty where only one case was run."""

    model: str
    reason: str
    cases: tuple[CaseChoice, ...]
    caveats: tuple[str, ...]


def recommend(results: Sequence[Result], analysis: SuiteAnalysis) -> Recommendation | None:
    """What to use. None while no session has ended."""
    by_key = {r.key: r for r in results}
    cases = tuple(
        _choice(case, ranked, by_key, analysis)
        for case, ranked in analysis.rankings.items()
        if ranked and ranked[0].score is not None
    )
    if not cases:
        return None
    overall = _chosen(analysis.overall, analysis.pareto.get("", ())) if analysis.overall else None
    model = overall.model if overall else ""
    reason = (
        f"Over {len(analysis.rankings)} cases {_standing(overall, analysis.overall)}"
        if overall
        else cases[0].reason
        if len(cases) == 1
        else "No model has been measured on every case, so none is recommended for all."
    )
    return Recommendation(model, reason, cases, tuple(_caveats(cases, by_key, analysis)))


def _choice(
    case: str,
    ranked: Sequence[Ranked],
    by_key: Mapping[tuple[str, str], Result],
    analysis: SuiteAnalysis,
) -> CaseChoice:
    chosen = _chosen(ranked, analysis.pareto.get(case, ()))
    assert chosen is not None
    result = by_key[chosen.model, case]
    best = result.record.best
    assert best is not None
    gain = analysis.gains.get(result.key)
    said = f"Its best prompt (iteration {best.n}): {gain.reason}" if gain else ""
    return CaseChoice(
        case=case,
        model=chosen.model,
        session_id=result.session_id,
        iteration=best.n,
        reason=f"{_standing(chosen, ranked)} {said}".strip(),
        expected_score=chosen.score or 0.0,
        ci95=chosen.ci95,
        seconds_per_answer=seconds_per_answer(best),
        tokens_per_second=best.tokens_per_second,
    )


def _chosen(ranked: Sequence[Ranked], points: Sequence[ParetoPoint]) -> Ranked | None:
    """The first of those that share the first rank and that no other of them beats in speed."""
    first = [r for r in ranked if r.rank == 1]
    names = {r.model for r in first}
    beaten = {p.model for p in points if names & set(p.beaten_by)}
    return next((r for r in first if r.model not in beaten), first[0] if first else None)


def _standing(chosen: Ranked, ranked: Sequence[Ranked]) -> str:
    """Where a model stands among the others, in a sentence."""
    score = f"{chosen.score or 0.0:.2f}"
    others = [r for r in ranked if r.model != chosen.model and r.score is not None]
    tied = [r.model for r in others if r.rank == chosen.rank]
    if not others:
        return f"{chosen.model} scores {score}; nothing else was run to compare it with."
    if not tied:
        runner_up = others[0]
        return (
            f"{chosen.model} scores {score}, beyond noise above {runner_up.model} "
            f"({runner_up.score or 0.0:.2f})."
        )
    if chosen is ranked[0]:
        return f"{chosen.model} has the highest score, {score}; {_names(tied)} may be as good."
    return (
        f"{chosen.model} scores {score} and is faster; no model that may be better "
        f"({_names(tied)}) is proven so."
    )


def _caveats(
    cases: Sequence[CaseChoice],
    by_key: Mapping[tuple[str, str], Result],
    analysis: SuiteAnalysis,
) -> Iterator[str]:
    for choice in cases:
        result = by_key[choice.model, choice.case]
        gain = analysis.gains.get(result.key)
        on, where = analysis.measured_on[choice.case], f"{choice.case}: "
        n = gain.comparison.n if gain else 0
        if on == "train":
            yield f"{where}measured on the examples it was tuned on; expect less in use."
        elif n < _FEW:
            yield f"{where}only {n} held-out examples; the expected score is a rough guess."
        if gain and gain.judgement and gain.judgement.verdict is not Verdict.REAL:
            yield f"{where}that its prompt is better than the original is not proven."
        best = result.record.best
        runs = best.runs if best else []
        if cut := count(runs, lambda run: run.metrics.truncated):
            yield f"{where}{cut} of {len(runs)} answers were cut off."
        if failed := count(runs, lambda run: not run.success):
            yield f"{where}{failed} of {len(runs)} calls failed."
        if best and not any(run.metrics.output_tokens for run in runs):
            yield f"{where}the server counts no tokens: speed is by the clock alone."
    left_out = [key for key, r in by_key.items() if not (r.record.finished and r.record.best)]
    if left_out:
        names = ", ".join(f"{model} on {case}" for model, case in left_out)
        yield f"Not compared, because it has no result: {names}."


def _names(models: Sequence[str]) -> str:
    return models[0] if len(models) == 1 else f"{', '.join(models[:-1])} and {models[-1]}"
