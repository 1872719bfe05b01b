"""Insights: what a suite shows beyond its ranking, each with the numbers behind it.

An insight is left out where its numbers are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import fmean

from llmopt_tui.core.analysis.findings import Gain, Insight
from llmopt_tui.core.analysis.measure import (
    Result,
    count,
    cut_off,
    failed,
    seconds_per_answer,
)
from llmopt_tui.core.analysis.pareto import ParetoPoint
from llmopt_tui.core.analysis.power import FEWEST_EXAMPLES
from llmopt_tui.core.analysis.suite import SuiteAnalysis
from llmopt_tui.core.analysis.verdict import WORTH_HAVING
from llmopt_tui.core.analysis.wording import cut_off_of, joined, signed
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import InterviewRecord
from llmopt_tui.core.scoring.wording import counted

NOTEWORTHY = 0.02
"""A change of score that is worth a sentence."""
_FREQUENT = 0.05
"""The share of answers that may go wrong before it is worth a sentence."""
_SLOWER = 1.5
"""How many times slower is slow."""
_SAID_KINDS = 3
"""How many kinds of change are named as helpful at most, and how many as harmful."""
_QUICK = 0.1
"""Seconds per answer that nobody notices; shorter times count as this long."""


def insights(results: Sequence[Result], analysis: SuiteAnalysis) -> list[Insight]:
    """The insights from the sessions that have ended, the most important first."""
    ended = [r for r in results if r.record.finished and r.record.best]
    found = (
        *_responders(ended, analysis),
        *_contradictions(ended, analysis),
        *_kinds_of_change(ended),
        *_speed_against_quality(analysis),
        *_thinking(ended, analysis),
        *_truncations(ended),
    )
    return list(found)


def _responders(results: Sequence[Result], analysis: SuiteAnalysis) -> Iterator[Insight]:
    """Which models respond to optimization."""
    gains = {r.key: analysis.gains[r.key] for r in results if r.key in analysis.gains}
    if not gains:
        return
    by_model: dict[str, list[Gain]] = {}
    for (model, _), gain in gains.items():
        by_model.setdefault(model, []).append(gain)
    held_out = any(gain.measured_on == "validation" for gain in gains.values())
    better = _proven(by_model, lambda gain: gain.is_real and gain.size > 0)
    worse = _proven(by_model, lambda gain: gain.is_real and gain.size < 0)
    if not any(gain.verdict for gain in gains.values()):
        said = ["No prompt did better than the original one in any session."]
    elif not held_out:
        said = ["No gain can be proven: no session was measured on held-out examples."]
    else:
        rest = [model for model in by_model if model not in better and model not in worse]
        said = [
            f"Optimization brought a real gain for {joined(list(better.values()))}."
            if better
            else "Optimization brought no gain that these examples can prove.",
            f"For {joined(rest)} none is proven." if better and rest else "",
            f"The optimized prompt is worse, beyond noise, for {joined(list(worse.values()))}."
            if worse
            else "",
        ]
    yield Insight(
        "responders",
        " ".join(filter(None, said)),
        tuple((model, _mean_gain(found)) for model, found in by_model.items()),
        tuple(r.session_id for r in results if r.key in gains),
    )


def _proven(
    by_model: Mapping[str, Sequence[Gain]], holds: Callable[[Gain], bool]
) -> dict[str, str]:
    """The models with a gain for which `holds` is true: model -> its name, mean gain and cases."""
    said = {}
    for model, gains in by_model.items():
        if sizes := [gain.size for gain in gains if holds(gain)]:
            where = f" on {len(sizes)} of {len(gains)} cases" if len(gains) > 1 else ""
            said[model] = f"{model} ({signed(fmean(sizes))}{where})"
    return said


def _mean_gain(gains: Sequence[Gain]) -> str:
    """A model's mean gain over cases, in words; of held-out examples wherever those were run."""
    on = "validation" if any(gain.measured_on == "validation" for gain in gains) else "train"
    sizes = [gain.size for gain in gains if gain.measured_on == on]
    where = "held-out examples" if on == "validation" else "the examples it was tuned on"
    cases = f", mean of {len(sizes)} cases" if len(sizes) > 1 else ""
    real = f"; REAL on {sum(g.is_real for g in gains)}" if on == "validation" else ""
    return f"{signed(fmean(sizes))} on {where}{cases}{real}"


def _contradictions(results: Sequence[Result], analysis: SuiteAnalysis) -> Iterator[Insight]:
    """Sessions that gained on train examples and did not gain on held-out ones."""
    for result in results:
        gain, on_train = analysis.gains.get(result.key), result.record.improvement
        if gain is None or gain.measured_on != "validation" or not on_train:
            continue
        held_out, n = gain.size, gain.n
        if on_train < NOTEWORTHY or held_out > 0:
            continue
        lost = f"lost {-held_out:.2f}" if round(held_out, 2) else "gained nothing"
        doubt = f", though {n} {'is' if n == 1 else 'are'} too few to be sure"
        yield Insight(
            "overfitted",
            f"{result.model} on {result.case} gained {on_train:.2f} on the examples it was tuned "
            f"on and {lost} on {counted(n, 'held-out example')}: nothing shows that its prompt "
            f"carries over{doubt if n < FEWEST_EXAMPLES else ''}.",
            (
                ("gain on train", signed(on_train)),
                ("gain on held-out examples", signed(held_out)),
                ("held-out examples", str(n)),
            ),
            (result.session_id,),
        )


def _kinds_of_change(results: Sequence[Result]) -> Iterator[Insight]:
    """Which kinds of prompt change helped or hurt, over all sessions.

    An interviewer may name each of its changes differently: the sentence names only a few kinds,
    and says how often each was tried; the numbers hold them all.
    """
    changes: dict[str, list[float]] = {}
    sessions: list[str] = []
    for result in results:
        for kind, gain in prompt_changes(result.record):
            changes.setdefault(kind, []).append(gain)
            sessions.append(result.session_id)
    if not changes:
        return
    means = {kind: fmean(gains) for kind, gains in changes.items()}
    order = sorted(means, key=lambda kind: -means[kind])
    helped = _most_tried({k: gains for k, gains in changes.items() if means[k] >= NOTEWORTHY})
    hurt = _most_tried({k: gains for k, gains in changes.items() if means[k] <= -NOTEWORTHY})
    said = [f"{joined(helped)} helped" if helped else "", f"{joined(hurt)} hurt" if hurt else ""]
    text = "; ".join(filter(None, said)) or "no kind made a difference"
    yield Insight(
        "prompt_changes",
        "Kinds of prompt change, the playbook's or as the interviewer named them, by the scores on "
        f"train examples: {text}.",
        tuple((kind, _over_all(changes[kind])) for kind in order),
        tuple(dict.fromkeys(sessions)),
    )


def _most_tried(changes: Mapping[str, Sequence[float]]) -> list[str]:
    """The kinds that were tried most often, each with its mean gain and the number of tries."""
    order = sorted(changes.items(), key=lambda item: (-len(item[1]), -abs(fmean(item[1]))))
    return [
        f"{kind} ({signed(fmean(gains))} in {counted(len(gains), 'try', 'tries')})"
        for kind, gains in order[:_SAID_KINDS]
    ]


def _over_all(gains: Sequence[float]) -> str:
    helped = sum(gain >= NOTEWORTHY for gain in gains)
    hurt = sum(gain <= -NOTEWORTHY for gain in gains)
    tried = f"mean of {len(gains)} tries" if len(gains) > 1 else "one try"
    return f"{signed(fmean(gains))} ({tried}; helped {helped}, hurt {hurt})"


def prompt_changes(record: SessionRecord) -> Iterator[tuple[str, float]]:
    """Each tested change of the prompt: its kind, and its train score less its parent's."""
    for iteration in record.scored:
        parent = record.iteration(iteration.parent) if iteration.parent else None
        if parent and parent.score is not None and iteration.score is not None:
            yield _kind(record.interviews, iteration), iteration.score - parent.score


def _kind(interviews: Sequence[InterviewRecord], iteration: IterationRecord) -> str:
    """The kind of change that led to an iteration, found by the suggestion with the same prompt."""
    if iteration.origin == "edited":
        return "edited by the person"
    suggestions = (i.suggestion for i in reversed(interviews) if i.iteration < iteration.n)
    made = next((s for s in suggestions if s and s.prompt == iteration.prompt), None)
    if made and made.kind:
        return made.kind
    return "agreed in talk" if made and made.source == "chat" else "the interviewer's own"


def _speed_against_quality(analysis: SuiteAnalysis) -> Iterator[Insight]:
    """Which models are worth using for speed or quality, where there are at least two."""
    overall = analysis.pareto.get("", ())
    choices = {"": overall} if len(overall) > 1 else analysis.pareto
    for case, points in choices.items():
        if len(points) < 2:
            continue
        front = [point for point in points if point.on_front]
        beaten = [_beaten(point) for point in points if not point.on_front]
        where = f"On {case}, worth" if case else "Worth"
        alone = "only " if beaten and len(front) == 1 else ""
        rest = f" {'; '.join(beaten)}." if beaten else ""
        yield Insight(
            "speed_quality",
            f"{where} having for quality or speed: {alone}{_points(front)}.{rest}",
            tuple((p.model, f"{p.score:.2f} in {p.seconds:.1f} s an answer") for p in points),
        )


def _beaten(point: ParetoPoint) -> str:
    """Why a model is not worth having, in words that its shared rank does not contradict."""
    if point.outscored_by:
        return f"{point.model} scores lower than {joined(point.outscored_by)} and is no faster"
    return f"{point.model} is slower than {joined(point.beaten_by)} and scores no more"


def _points(points: Sequence[ParetoPoint]) -> str:
    return joined([f"{p.model} ({p.score:.2f}, {p.seconds:.1f} s an answer)" for p in points])


def _thinking(results: Sequence[Result], analysis: SuiteAnalysis) -> Iterator[Insight]:
    """Models whose thinking gains nothing: an equal model that does not think is faster."""
    for result in results:
        ranks = {r.model: r for r in analysis.rankings.get(result.case, ()) if r.rank}
        mine, own = ranks.get(result.model), _seconds(result)
        if mine is None or own is None or not _thinks(result):
            continue
        rivals = sorted(
            (theirs, other)
            for r in results
            if r.case == result.case and not _thinks(r) and (theirs := _seconds(r)) is not None
            if (other := r.model) in ranks and (ranks[other].rank or 0) <= (mine.rank or 0)
            if (mine.score or 0.0) - (ranks[other].score or 0.0) <= WORTH_HAVING
        )
        if not rivals or own < _SLOWER * max(_QUICK, rivals[0][0]):
            continue
        theirs, rival = rivals[0]
        score, its = mine.score or 0.0, ranks[rival].score or 0.0
        so = "scores no less" if its >= score else "is not proven to be worse"
        yield Insight(
            "thinking",
            f"{result.model} thinks on {result.case} and takes {own:.1f} s an answer; {rival} does "
            f"not, takes {theirs:.1f} s and {so}.",
            (
                (result.model, f"{score:.2f} in {own:.1f} s"),
                (rival, f"{its:.2f} in {theirs:.1f} s"),
                ("examples", str(mine.n)),
            ),
            tuple(r.session_id for r in results if r.key in (result.key, (rival, result.case))),
        )


def _thinks(result: Result) -> bool:
    best = result.record.best
    return best is not None and any(run.thinking for run in best.runs)


def _seconds(result: Result) -> float | None:
    return seconds_per_answer(result.record.best) if result.record.best else None


def _truncations(results: Sequence[Result]) -> Iterator[Insight]:
    """Answers that were cut off, and calls that failed."""
    for result in results:
        runs = [run for iteration in result.record.iterations for run in iteration.runs]
        cut, lost = count(runs, cut_off), count(runs, failed)
        for kind, hit, said in (
            ("truncated", cut, f"{cut_off_of(cut, len(runs))}; raise the case's max_tokens"),
            ("failures", lost, f"{lost} of {counted(len(runs), 'call')} failed"),
        ):
            if hit >= max(1.0, _FREQUENT * len(runs)):
                yield Insight(
                    kind,
                    f"{result.model} on {result.case}: {said}.",
                    (("calls", str(len(runs))), (kind, str(hit))),
                    (result.session_id,),
                )
