"""Insights: what a suite shows beyond its ranking, each with the numbers behind it.

Where there are no numbers, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from llmopt_tui.core.analysis.measure import Result, count, seconds_per_answer
from llmopt_tui.core.analysis.suite import SuiteAnalysis
from llmopt_tui.core.analysis.verdict import Verdict
from llmopt_tui.core.events import Run
from llmopt_tui.core.record import InterviewRecord, IterationRecord, SessionRecord

_NOTEWORTHY = 0.02
"""A change of score that is worth a sentence."""
_FREQUENT = 0.05
"""The share of answers that may go wrong before it is worth a sentence."""
_SLOWER = 1.5
"""How many times slower is slow."""


@dataclass(frozen=True, slots=True)
class Insight:
    """One thing to know: a sentence or two, the numbers behind it, the sessions they are from."""

    kind: str
    text: str
    numbers: tuple[tuple[str, str], ...]
    sessions: tuple[str, ...] = ()


def insights(results: Sequence[Result], analysis: SuiteAnalysis) -> list[Insight]:
    """What the sessions that have ended show, in the order of its weight."""
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
    rows, real, models = [], [], list(dict.fromkeys(r.model for r in results))
    for model in models:
        gains = {case: gain for (of, case), gain in analysis.gains.items() if of == model}
        if not gains:
            continue
        mean = fmean(gain.best - gain.baseline for gain in gains.values())
        proven = sum(
            gain.judgement is not None
            and gain.judgement.verdict is Verdict.REAL
            and gain.best > gain.baseline
            for gain in gains.values()
        )
        rows.append((model, f"{mean:+.2f} in the mean, REAL on {proven} of {len(gains)}"))
        if proven:
            real.append(f"{model} ({mean:+.2f})")
    if not rows:
        return
    if real:
        text = f"Optimization brought a real gain for {_and(real)}."
    elif any(gain.on == "validation" for gain in analysis.gains.values()):
        text = "Optimization brought no gain that these examples can prove, for any model."
    else:
        text = "No gain can be proven: no session was measured on held-out examples."
    yield Insight("responders", text, tuple(rows), tuple(r.session_id for r in results))


def _contradictions(results: Sequence[Result], analysis: SuiteAnalysis) -> Iterator[Insight]:
    """Where train promised what held-out examples do not keep."""
    for result in results:
        gain, record = analysis.gains.get(result.key), result.record
        if gain is None or gain.on != "validation" or not record.improvement:
            continue
        held_out = gain.best - gain.baseline
        if record.improvement < _NOTEWORTHY or held_out > 0:
            continue
        yield Insight(
            "overfitted",
            f"{result.model} on {result.case} gained {record.improvement:+.2f} on the examples it "
            f"was tuned on and {held_out:+.2f} on held-out ones: do not trust this prompt.",
            (
                ("gain on train", f"{record.improvement:+.3f}"),
                ("gain on held-out", f"{held_out:+.3f}"),
                ("held-out examples", str(gain.comparison.n)),
            ),
            (result.session_id,),
        )


def _kinds_of_change(results: Sequence[Result]) -> Iterator[Insight]:
    """Which kinds of prompt change helped or hurt, over all sessions."""
    changes: dict[str, list[float]] = {}
    for result in results:
        for kind, gain in prompt_changes(result.record):
            changes.setdefault(kind, []).append(gain)
    if not changes:
        return
    means = {kind: fmean(gains) for kind, gains in changes.items()}
    order = sorted(means, key=lambda kind: -means[kind])
    rows = tuple(
        (
            kind,
            f"{means[kind]:+.3f} on train in the mean of {len(changes[kind])}, "
            f"helped {count_above(changes[kind])}, hurt {count_below(changes[kind])}",
        )
        for kind in order
    )
    helped = [f"{kind} ({means[kind]:+.2f})" for kind in order if means[kind] >= _NOTEWORTHY]
    hurt = [f"{kind} ({means[kind]:+.2f})" for kind in order if means[kind] <= -_NOTEWORTHY]
    said = [f"{_and(helped)} helped" if helped else "", f"{_and(hurt)} hurt" if hurt else ""]
    text = "; ".join(part for part in said if part) or "no kind of change made a difference"
    yield Insight("prompt_changes", f"Of the prompt changes tried, {text}.", rows)


def prompt_changes(record: SessionRecord) -> Iterator[tuple[str, float]]:
    """Each tested change of the prompt: its kind, and the train score it won over its parent."""
    adopted = [i for i in record.interviews if i.decision and i.decision.prompt is not None]
    for interview, iteration in zip(adopted, record.iterations[1:], strict=False):
        parent = record.iteration(iteration.parent) if iteration.parent else None
        if parent and parent.score is not None and iteration.score is not None:
            yield _kind(interview, iteration), iteration.score - parent.score


def _kind(interview: InterviewRecord, iteration: IterationRecord) -> str:
    if iteration.origin == "edited":
        return "edited by the person"
    suggestion = interview.suggestion
    if suggestion and suggestion.kind:
        return suggestion.kind
    return "agreed in talk" if suggestion and suggestion.source == "chat" else "interviewer's own"


def count_above(gains: Iterable[float]) -> int:
    """How many gains are noteworthy."""
    return sum(gain >= _NOTEWORTHY for gain in gains)


def count_below(gains: Iterable[float]) -> int:
    """How many losses are noteworthy."""
    return sum(gain <= -_NOTEWORTHY for gain in gains)


def _speed_against_quality(analysis: SuiteAnalysis) -> Iterator[Insight]:
    """Who is worth having for speed or quality, where there is a choice to be made."""
    for case, points in analysis.pareto.items():
        front = [point for point in points if point.on_front]
        if len(points) < 2 or ("" in analysis.pareto and case):
            continue
        where = f" on {case}" if case else ""
        rows = tuple((p.model, f"{p.score:.2f} in {p.seconds:.1f} s an answer") for p in points)
        names = _and([f"{p.model} ({p.score:.2f}, {p.seconds:.1f} s)" for p in front])
        beaten = [p.model for p in points if not p.on_front]
        rest = f" {_and(beaten)} {_is(beaten)} beaten in both." if beaten else ""
        verb = "is the one" if len(front) == 1 else "are the ones"
        yield Insight("speed_quality", f"{names} {verb} worth having{where}.{rest}", rows)


def _thinking(results: Sequence[Result], analysis: SuiteAnalysis) -> Iterator[Insight]:
    """Where thinking costs time without gain: slower than a model as good that does not think."""
    for result in results:
        best = result.record.best
        if best is None or not any(run.thinking for run in best.runs):
            continue
        own = seconds_per_answer(best)
        ranks = {r.model: r for r in analysis.rankings.get(result.case, ())}
        for other in results:
            rival = other.record.best
            if other.case != result.case or rival is None or any(r.thinking for r in rival.runs):
                continue
            theirs = seconds_per_answer(rival)
            mine, its = ranks.get(result.model), ranks.get(other.model)
            if not (own and theirs and mine and its and mine.rank and its.rank):
                continue
            if own >= _SLOWER * theirs and its.rank <= mine.rank:
                yield Insight(
                    "thinking",
                    f"{result.model} thinks on {result.case} and takes {own:.1f} s an answer; "
                    f"{other.model} does not, takes {theirs:.1f} s and is no worse.",
                    (
                        (result.model, f"{mine.score or 0:.2f} in {own:.1f} s"),
                        (other.model, f"{its.score or 0:.2f} in {theirs:.1f} s"),
                    ),
                    (result.session_id, other.session_id),
                )
                break


def _truncations(results: Sequence[Result]) -> Iterator[Insight]:
    """Answers that were cut off, and calls that failed."""
    for result in results:
        runs = [run for iteration in result.record.iterations for run in iteration.runs]
        where = f"{result.model} on {result.case}"
        for kind, hit, said in (
            ("truncated", count(runs, _cut_off), "answers were cut off: allow more tokens"),
            ("failures", count(runs, lambda run: not run.success), "calls failed"),
        ):
            if runs and hit >= max(1.0, _FREQUENT * len(runs)):
                text = f"{where}: {hit} of {len(runs)} {said}."
                numbers = (("calls", str(len(runs))), (said.partition(":")[0], str(hit)))
                yield Insight(kind, text, numbers, (result.session_id,))


def _cut_off(run: Run) -> bool:
    return run.metrics.truncated or run.metrics.done_reason == "length"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
