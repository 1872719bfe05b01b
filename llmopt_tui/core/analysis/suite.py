"""The analysis of a suite: which gains are real, which model is best, who beats the baseline.

Where any model of a case was measured on held-out examples, only those count: a model that was not
measured on them has no score there. There are three families of comparisons, each corrected for
its number of comparisons: gains; pairs of models, on all cases; and pairs of models over all cases
together. Ranks, the front, and differences to the baseline model follow the same judgements of
pairs, so that none of them contradicts another. What was not held out tells no models apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from llmopt_tui.core.analysis.findings import Gain, SelectionFloor
from llmopt_tui.core.analysis.measure import (
    Result,
    measured_on,
    scores,
    seconds,
    train_scores,
)
from llmopt_tui.core.analysis.paired import PairedComparison, Scores, compare
from llmopt_tui.core.analysis.pareto import ParetoPoint, pareto_points
from llmopt_tui.core.analysis.ranking import (
    Pair,
    Ranked,
    judged_pairs,
    rank_models,
    rank_overall,
    real_pairs,
    with_every_case,
)
from llmopt_tui.core.analysis.selection import selection_floor
from llmopt_tui.core.analysis.verdict import Judgement, judge
from llmopt_tui.core.case import Split
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.text.names import find_name

Key = tuple[str, str]
"""Model and case."""

UNCHANGED = "The original prompt stayed the best: there is no gain to judge."


@dataclass(frozen=True, slots=True)
class SuiteAnalysis:
    """What a suite's sessions show together. What was not measured is left out."""

    gains: Mapping[Key, Gain]
    rankings: Mapping[str, Sequence[Ranked]]
    measured_on: Mapping[str, Split]
    overall: Sequence[Ranked]
    against_baseline: Mapping[Key, Judgement]
    pareto: Mapping[str, Sequence[ParetoPoint]]
    luck: Mapping[Key, SelectionFloor]


def analyse(results: Sequence[Result], baseline_model: str) -> SuiteAnalysis:
    """Judge the sessions that have ended. `pareto` has the key "" for all cases together."""
    ended = [r for r in results if r.record.finished and r.record.best]
    cases = list(dict.fromkeys(r.case for r in ended))
    on = {case: _common_split([r for r in ended if r.case == case]) for case in cases}
    best = {r.key: _best_scores(r.record, on[r.case]) for r in ended}
    speed = {r.key: seconds(r.record.best) for r in ended if r.record.best}
    baseline = _known(baseline_model, ended)
    pairs = _judged_pairs(best, on, baseline)
    apart = {case: real_pairs(pairs[case]) for case in cases}
    rankings = {case: rank_models(_of_case(best, case), apart=apart[case]) for case in cases}
    pareto = {
        case: pareto_points(*_by_model(best, speed, [case]), apart=apart[case]) for case in cases
    }
    overall: Sequence[Ranked] = ()
    if len(cases) > 1:
        quality, times = _by_model(best, speed, cases)
        held_out = all(split == "validation" for split in on.values())
        over_all = real_pairs(judged_pairs(with_every_case(quality), held_out=held_out))
        overall = rank_overall(quality, apart=over_all)
        pareto[""] = pareto_points(quality, times, apart=over_all)
    floors = {r.key: _luck(r.record) for r in ended}
    return SuiteAnalysis(
        gains=judged_gains({r.key: r.record for r in ended}),
        rankings=rankings,
        measured_on=on,
        overall=overall,
        against_baseline=_against(pairs, baseline),
        pareto=pareto,
        luck={key: floor for key, floor in floors.items() if floor},
    )


def judged_gains(records: Mapping[Key, SessionRecord]) -> dict[Key, Gain]:
    """What optimization gained in each session that has a best prompt, as one family."""
    compared: dict[Key, tuple[Split, Scores, Scores]] = {}
    for key, record in records.items():
        on, best = measured_on(record), record.best
        if on and best and (original := scores(record.iterations[0], on)):
            compared[key] = (on, original, scores(best, on))
    comparisons = {key: compare(after, before) for key, (_, before, after) in compared.items()}
    judgements: dict[Key, Judgement] = {}
    for split, held_out in (("validation", True), ("train", False)):
        family = {
            key: comparisons[key]
            for key, (on, _, _) in compared.items()
            if on == split and _changed(records[key])
        }
        judgements |= judge(family, held_out=held_out)
    return {
        key: _gain(on, _mean(before), _mean(after), comparisons[key], judgements.get(key))
        for key, (on, before, after) in compared.items()
    }


def _gain(
    on: Split,
    baseline: float,
    best: float,
    compared: PairedComparison,
    judgement: Judgement | None,
) -> Gain:
    return Gain(
        measured_on=on,
        baseline=baseline,
        best=best,
        difference=compared.difference,
        ci95=compared.ci95,
        p_value=compared.p_value,
        test=compared.test,
        n=compared.n,
        fixed=compared.fixed,
        broken=compared.broken,
        adjusted_p_value=judgement.adjusted_p_value if judgement else None,
        interval=judgement.interval if judgement else None,
        n_needed=judgement.n_needed if judgement else None,
        verdict=str(judgement.verdict) if judgement else "",
        reason=judgement.reason if judgement else UNCHANGED,
    )


def judged_transfers(
    trials: Sequence[tuple[SessionRecord, SessionRecord]],
) -> list[Judgement | None]:
    """Prompts of other models against a model's own best one, as one family.

    Each trial is two sessions: the one that tried the prompt, and the model's own. The judgement is
    None where one of them was not measured.
    """
    families: dict[bool, dict[int, PairedComparison]] = {True: {}, False: {}}
    for place, (trial, own) in enumerate(trials):
        on = measured_on(own)
        if trial.best and trial.finished and own.best and on:
            compared = compare(scores(trial.best, "train"), scores(own.best, on))
            families[on == "validation"][place] = compared
    judged = judge(families[True]) | judge(families[False], held_out=False)
    return [judged.get(place) for place in range(len(trials))]


def _changed(record: SessionRecord) -> bool:
    return record.best is not None and record.best.n != record.iterations[0].n


def _common_split(results: Sequence[Result]) -> Split:
    """The split to compare on: "validation" where any session was measured on it, else "train"."""
    held_out = any(measured_on(r.record) == "validation" for r in results)
    return "validation" if held_out else "train"


def _best_scores(record: SessionRecord, on: Split) -> Scores:
    """The best prompt's scores; empty where the session was not measured on that split."""
    assert record.best is not None
    measured = on == "train" or measured_on(record) == on
    return scores(record.best, on) if measured else {}


def _known(model: str, results: Sequence[Result]) -> str:
    """The name of a model in a suite's sessions: people may leave out its tag."""
    return find_name(model, (r.model for r in results)) or model


def _of_case(best: Mapping[Key, Scores], case: str) -> dict[str, Scores]:
    return {model: found for (model, of), found in best.items() if of == case}


def _by_model(
    best: Mapping[Key, Scores], speed: Mapping[Key, Scores], cases: Sequence[str]
) -> tuple[dict[str, dict[str, Scores]], dict[str, dict[str, Scores]]]:
    models = dict.fromkeys(model for model, case in best if case in cases)
    quality: dict[str, dict[str, Scores]] = {model: {} for model in models}
    times: dict[str, dict[str, Scores]] = {model: {} for model in models}
    for (model, case), found in best.items():
        if case in cases:
            quality[model][case], times[model][case] = found, speed[model, case]
    return quality, times


def _judged_pairs(
    best: Mapping[Key, Scores], on: Mapping[str, Split], baseline_model: str
) -> dict[str, dict[Pair, Judgement]]:
    """Every pair of models on every case, by case; the pairs of all cases are one family.

    In a pair with the baseline model, the other one is compared with it.
    """
    judged: dict[str, dict[Pair, Judgement]] = {case: {} for case in on}
    for split, held_out in (("validation", True), ("train", False)):
        family = {
            (case, frozenset(pair)): compare(best[pair[0], case], best[pair[1], case])
            for case, of in on.items()
            if of == split
            for pair in combinations(_measured(best, case, baseline_model), 2)
        }
        for (case, pair), judgement in judge(family, held_out=held_out).items():
            judged[case][pair] = judgement
    return judged


def _measured(best: Mapping[Key, Scores], case: str, last: str) -> list[str]:
    """The models that have scores on a case, by name, but `last` at the end."""
    models = [model for (model, of), found in best.items() if of == case and found]
    return sorted(models, key=lambda model: (model == last, model))


def _against(
    pairs: Mapping[str, Mapping[Pair, Judgement]], baseline_model: str
) -> dict[Key, Judgement]:
    """Every other model's best prompt against the baseline model's, on the same examples."""
    return {
        (model, case): judgement
        for case, judged in pairs.items()
        for pair, judgement in judged.items()
        if baseline_model in pair
        for model in pair - {baseline_model}
    }


def _luck(record: SessionRecord) -> SelectionFloor | None:
    """How well the best of the prompts that were tried would look if none were better."""
    tried = [scores(iteration, "train") for iteration in record.scored]
    whole = set(tried[0]) if tried else set()
    raced = [p for interview in record.interviews for p in interview.proposals]
    lost = [train_scores(p.runs) for p in raced if p.outcome != "won"]
    tried += [found for found in lost if set(found) == whole]
    return selection_floor(tried) if len(tried) > 1 else None


def _mean(found: Scores) -> float:
    return sum(found.values()) / len(found) if found else 0.0
