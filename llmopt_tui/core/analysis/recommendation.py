"""The recommendation: which model to use with which prompt, what to expect, and the caveats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from llmopt_tui.core.analysis.findings import CaseChoice, Gain, Recommendation
from llmopt_tui.core.analysis.measure import (
    Result,
    backends,
    count,
    cut_off,
    failed,
    seconds_per_answer,
)
from llmopt_tui.core.analysis.pareto import ParetoPoint
from llmopt_tui.core.analysis.power import FEWEST_EXAMPLES
from llmopt_tui.core.analysis.ranking import Ranked
from llmopt_tui.core.analysis.resampling import DECIMALS
from llmopt_tui.core.analysis.suite import SuiteAnalysis
from llmopt_tui.core.analysis.verdict import Verdict
from llmopt_tui.core.analysis.wording import cut_off_of, joined, p_words, signed
from llmopt_tui.core.scoring.wording import counted


def recommend(results: Sequence[Result], analysis: SuiteAnalysis) -> Recommendation | None:
    """The model and prompt to use for each case; None while no session has ended."""
    by_key = {r.key: r for r in results}
    cases = tuple(
        _choice(case, chosen, ranked, by_key, analysis)
        for case, ranked in analysis.rankings.items()
        if (chosen := _chosen(ranked, analysis.pareto.get(case, ())))
    )
    if not cases:
        return None
    overall = _chosen(analysis.overall, analysis.pareto.get("", ()))
    if overall:
        standing = _standing(overall, analysis.overall)
        gained = _gains_words(overall.model, analysis)
        reason = f"Over {len(analysis.rankings)} cases, {standing} {gained}"
    elif len(cases) == 1:
        reason = cases[0].reason
    else:
        reason = "No model has been measured on every case, so none is recommended for all."
    return Recommendation(
        model=overall.model if overall else "",
        reason=reason,
        cases=cases,
        caveats=tuple(_caveats(cases, by_key, analysis)),
    )


def _choice(
    case: str,
    chosen: Ranked,
    ranked: Sequence[Ranked],
    by_key: Mapping[tuple[str, str], Result],
    analysis: SuiteAnalysis,
) -> CaseChoice:
    result = by_key[chosen.model, case]
    best = result.record.best
    assert best is not None
    gain = analysis.gains.get(result.key)
    said = [_standing(chosen, ranked), _prompt_words(best.n, gain) if gain else ""]
    return CaseChoice(
        case=case,
        model=chosen.model,
        session_id=result.session_id,
        iteration=best.n,
        reason=" ".join(filter(None, said)),
        expected_score=chosen.score or 0.0,
        ci95=chosen.ci95,
        seconds_per_answer=seconds_per_answer(best),
        tokens_per_second=best.tokens_per_second,
    )


def _chosen(ranked: Sequence[Ranked], points: Sequence[ParetoPoint]) -> Ranked | None:
    """The model with the highest score, or the fastest model that shares its rank and beats it."""
    if not ranked or ranked[0].score is None:
        return None
    best = ranked[0]
    beaten_by = next((point.beaten_by for point in points if point.model == best.model), ())
    as_good = {r.model: r for r in ranked if r.rank == best.rank and r.model in beaten_by}
    return next((as_good[point.model] for point in points if point.model in as_good), best)


def _standing(chosen: Ranked, ranked: Sequence[Ranked]) -> str:
    """How a model compares with the others, in a sentence."""
    score = f"{chosen.score or 0.0:.2f}"
    others = [r for r in ranked if r.model != chosen.model and r.score is not None]
    tied = [r for r in others if r.rank == chosen.rank]
    alike = [r.model for r in tied if not round((r.score or 0.0) - (chosen.score or 0.0), DECIMALS)]
    close = [r.model for r in tied if r.model not in alike]
    if not others:
        return f"{chosen.model} scores {score}; there is no other to compare it with."
    if not tied:
        next_best = others[0]
        return (
            f"{chosen.model} scores {score}, beyond noise above {next_best.model} "
            f"({next_best.score or 0.0:.2f})."
        )
    doubt = f"; {joined(close)} may be as good" if close else ""
    if chosen is not ranked[0]:
        do = "do" if len(alike) > 1 else "does"
        return f"{chosen.model} scores {score} as {joined(alike)} {do}, and is faster{doubt}."
    if alike:
        do = "do, and none is" if len(alike) > 1 else "does, and neither is"
        return f"{chosen.model} scores {score} as {joined(alike)} {do} proven faster{doubt}."
    few = f"{counted(chosen.n, 'example')} {'is' if chosen.n == 1 else 'are'} too few to tell"
    noise = few if chosen.n < FEWEST_EXAMPLES else "the difference is within noise"
    return f"{chosen.model} has the highest score, {score}{doubt}: {noise}."


def _gains_words(model: str, analysis: SuiteAnalysis) -> str:
    """What optimization gained for a model over all cases, in a sentence."""
    gains = [gain for (of, _), gain in analysis.gains.items() if of == model]
    size = signed(fmean(gain.size for gain in gains))
    real = sum(gain.is_real and gain.size > 0 for gain in gains)
    return f"Its best prompts gain {size} in the mean, REAL on {real} of {len(gains)}."


def _prompt_words(iteration: int, gain: Gain) -> str:
    """How the recommended prompt compares with the original one, in a sentence."""
    if not gain.verdict:
        return "Its original prompt stayed the best."
    examples = "held-out example" if gain.measured_on == "validation" else "example"
    so = (
        f"Its prompt of iteration {iteration} scores {gain.best or 0.0:.2f} where the original "
        f"scores {gain.baseline or 0.0:.2f}, on {counted(gain.n, examples)}"
    )
    p = p_words(gain.adjusted_p_value or 0.0)
    if gain.measured_on == "train":
        return f"{so} that it was tuned on, which proves nothing."
    if gain.is_real:
        return f"{so}: a REAL {'gain' if gain.size > 0 else 'loss'} ({p})."
    if gain.verdict == Verdict.NOT_PROVEN:
        return f"{so}: NOT PROVEN to be better ({p})."
    needed = max(gain.n_needed or 0, FEWEST_EXAMPLES)
    return f"{so}: UNDERPOWERED, it takes about {needed:,} examples to tell."


def _caveats(
    cases: Sequence[CaseChoice],
    by_key: Mapping[tuple[str, str], Result],
    analysis: SuiteAnalysis,
) -> Iterator[str]:
    for choice in cases:
        result = by_key[choice.model, choice.case]
        for caveat in _caveats_of(result, analysis):
            yield f"{choice.case}: {caveat}."
    unranked = [
        f"{ranked.model} on {case}"
        for case, ranking in analysis.rankings.items()
        for ranked in ranking
        if ranked.rank is None
    ]
    without = [
        f"{model} on {case}"
        for (model, case), r in by_key.items()
        if not (r.record.finished and r.record.best)
    ]
    endpoints = {r.record.started.model.endpoint for r in by_key.values() if r.record.started}
    if len(endpoints) > 1:
        yield f"Speeds were measured on {joined(sorted(endpoints))}: machines differ in speed too."
    if unranked:
        yield f"Not compared, because a score on held-out examples is missing: {joined(unranked)}."
    if without:
        yield f"Not compared, because a result is missing: {joined(without)}."


def _caveats_of(result: Result, analysis: SuiteAnalysis) -> Iterator[str]:
    gain, luck, best = (
        analysis.gains.get(result.key),
        analysis.luck.get(result.key),
        result.record.best,
    )
    runs = best.runs if best else []
    if gain and gain.measured_on == "train":
        yield "measured on the examples it was tuned on, so expect less in use"
        if luck and luck.expected_gain >= 0.005:
            yield (
                f"the best of {luck.k} prompts would seem to gain {signed(luck.expected_gain)} "
                "by luck alone"
            )
    elif gain and gain.n < FEWEST_EXAMPLES:
        n = counted(gain.n, "held-out example")
        yield f"only {n}, so the expected score is a rough guess"
    if gain and gain.is_real and gain.size < 0:
        yield "its prompt is worse than the original on held-out examples: use the original one"
    elif gain and gain.verdict and not gain.is_real:
        yield "that its prompt is better than the original is not proven"
    if cut := count(runs, cut_off):
        yield cut_off_of(cut, len(runs))
    if lost := count(runs, failed):
        yield f"{lost} of {counted(len(runs), 'call')} failed"
    if len(names := backends(result.record)) > 1:
        yield (
            f"{len(names)} backends took turns to answer ({joined(names)}): "
            "measure each of them by itself"
        )
    if not any(run.metrics.output_tokens for run in runs):
        yield "the server counts no tokens, so speed is by the clock alone"
