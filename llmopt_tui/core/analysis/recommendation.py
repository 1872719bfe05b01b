"""The recommendation: which model to use with which prompt, what to expect, and the caveats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from llmopt_tui.core.analysis.choice import Choice, choose
from llmopt_tui.core.analysis.findings import CaseChoice, Gain, Recommendation
from llmopt_tui.core.analysis.measure import (
    Result,
    backends,
    count,
    cut_off,
    failed,
    scores,
    seconds_per_answer,
)
from llmopt_tui.core.analysis.paired import mean_interval
from llmopt_tui.core.analysis.power import FEWEST_EXAMPLES
from llmopt_tui.core.analysis.suite import SuiteAnalysis
from llmopt_tui.core.analysis.verdict import Verdict
from llmopt_tui.core.analysis.wording import cut_off_of, joined, p_words, signed
from llmopt_tui.core.scoring.wording import counted


def recommend(results: Sequence[Result], analysis: SuiteAnalysis) -> Recommendation | None:
    """The model and prompt to use for each case and over all; None while no session has ended."""
    by_key = {r.key: r for r in results}
    sizes = {r.model: size for r in results if (size := _size(r))}
    cases = []
    for case, ranked in analysis.rankings.items():
        held_out = analysis.measured_on[case] == "validation"
        points = analysis.pareto.get(case, ())
        if chosen := choose(ranked, points, sizes, held_out=held_out):
            cases.append(_choice(case, chosen, by_key, analysis))
    if not cases:
        return None
    model, standing, reason = _overall(cases, sizes, analysis)
    return Recommendation(
        model=model,
        reason=reason,
        cases=tuple(cases),
        caveats=tuple(_caveats(cases, by_key, analysis)),
        standing=standing,
    )


def _overall(
    cases: Sequence[CaseChoice], sizes: Mapping[str, int], analysis: SuiteAnalysis
) -> tuple[str, str, str]:
    """The model for all cases, how it compares with the others, and the whole reason."""
    if len(analysis.rankings) == 1:
        return cases[0].model, cases[0].standing, cases[0].reason
    held_out = all(on == "validation" for on in analysis.measured_on.values())
    found = choose(analysis.overall, analysis.pareto.get("", ()), sizes, held_out=held_out)
    if found:
        standing = f"Over {len(analysis.rankings)} cases, {found.standing}"
        return found.model, standing, f"{standing} {_gains_words(found.model, analysis)}"
    model, standing = _chosen_most_often(cases)
    return model, standing, standing


def _chosen_most_often(cases: Sequence[CaseChoice]) -> tuple[str, str]:
    """A model where none has a score on every case, and why it is taken, in sentences."""
    times = Counter(choice.model for choice in cases)
    most = max(times.values())
    often = [model for model, count in times.items() if count == most]
    seconds = {
        model: fmean([c.seconds_per_answer or 0.0 for c in cases if c.model == model])
        for model in often
    }
    model = min(often, key=lambda model: (seconds[model], model))
    others = [other for other in often if other != model]
    faster = len(set(seconds.values())) > 1
    how = f"it is the choice for {most} of {counted(len(cases), 'case')}"
    if others:
        how += f", as {joined(others)} {'is' if len(others) == 1 else 'are'}"
        how += ", and the faster one" if faster else "; nothing tells them apart"
    return model, (
        "No model has been measured on every case, so none is proven best over all. "
        f"{model} is recommended because {how}."
    )


def _size(result: Result) -> int | None:
    """The size of a result's model, in bytes; None where that is unknown."""
    started = result.record.started
    return started.model.size if started else None


def _choice(
    case: str,
    chosen: Choice,
    by_key: Mapping[tuple[str, str], Result],
    analysis: SuiteAnalysis,
) -> CaseChoice:
    """The choice for a case: the model, and its best prompt where that is the one to use."""
    result = by_key[chosen.model, case]
    best, original = result.record.best, result.record.iterations[0]
    assert best is not None
    gain, on = analysis.gains.get(result.key), analysis.measured_on[case]
    prompt = best if gain is None or gain.recommends_best else original
    measured = scores(prompt, on)
    said = _prompt_words(best.n, gain) if gain else ""
    return CaseChoice(
        case=case,
        model=chosen.model,
        session_id=result.session_id,
        iteration=prompt.n,
        reason=" ".join(filter(None, (chosen.standing, said))),
        expected_score=fmean(measured.values()),
        ci95=mean_interval({"": measured}),
        seconds_per_answer=seconds_per_answer(prompt),
        tokens_per_second=prompt.tokens_per_second,
        standing=chosen.standing,
        original=prompt is original,
    )


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
        return (
            f"{so} that it was tuned on, which proves nothing: the original is recommended until "
            "held-out examples say that the other is at least as good."
        )
    instead = "" if gain.recommends_best else "; the original is recommended"
    if gain.is_real:
        return f"{so}: a REAL {'gain' if gain.size > 0 else 'loss'} ({p}){instead}."
    if gain.verdict == Verdict.NOT_PROVEN:
        return f"{so}: NOT PROVEN to be better ({p}){instead}."
    needed = max(gain.n_needed or 0, FEWEST_EXAMPLES)
    return f"{so}: UNDERPOWERED, it takes about {needed:,} examples to tell{instead}."


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
        yield "no example was held out, so what its best prompt gains is not known"
        if luck and luck.expected_gain >= 0.005:
            yield (
                f"the best of {luck.k} prompts would seem to gain {signed(luck.expected_gain)} "
                "by luck alone"
            )
    elif gain and gain.n < FEWEST_EXAMPLES:
        n = counted(gain.n, "held-out example")
        yield f"only {n}, so the expected score is a rough guess"
    if gain and gain.recommends_best and not gain.is_real:
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
