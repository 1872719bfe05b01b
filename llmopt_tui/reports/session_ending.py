"""The end of a session in a few sentences: what was gained, how sure it is, what can be done now.

The report says the same with all numbers; this is what a person sees first when a run has ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llmopt_tui.core.analysis.findings import Gain
from llmopt_tui.core.endings import ENDINGS
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.scoring.wording import counted
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.figures import score
from llmopt_tui.reports.idea_words import changes_of, idea_of, steps_back
from llmopt_tui.reports.session_result import held_out_gain, recommended_words
from llmopt_tui.state.constant_answers import constant_answer_of

_NAME = 60
_ERROR = 300


@dataclass(frozen=True, slots=True)
class SessionEnding:
    """What is said at the end of a session, plain text without markup.

    `verdict` is the word on the held-out gain, and the end of `claim`; "" where there is none.
    `use` says which prompt to use, `aside` what the session scored on train examples. `parts` are
    the changes that lead to the best prompt, the oldest first. `resumable` says that something of
    the session was left undone.
    """

    title: str
    claim: str
    verdict: str = ""
    use: str = ""
    aside: str = ""
    facts: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    resumable: bool = False


def session_ending(record: SessionRecord, *, gain: Gain | None = None) -> SessionEnding | None:
    """The end of a session; None while it has none.

    `gain` is the held-out gain as it was judged together with the other sessions of a suite;
    without it the session is judged by itself.
    """
    if record.finished is None:
        return None
    reason = record.finished.stop_reason
    title = f"Ended: {ENDINGS[reason].phrase}"
    resumable = reason in ("failed", "stopped_by_user")
    if reason == "failed":
        why = one_line(record.finished.error_message, _ERROR)
        kept = "Everything that was answered is kept; what is missing is asked again on resuming."
        facts = (kept, *_constant(record, None))
        return SessionEnding(
            title, f"It failed: {why}", aside=_on_train(record), facts=facts, resumable=True
        )
    best = record.best
    if best is None:
        return SessionEnding(
            title, "No score yet: no iteration was completed.", resumable=resumable
        )
    gain = gain if gain and gain.held_out else held_out_gain(record)
    claim, verdict = _claim(record, gain, resumable)
    return SessionEnding(
        title,
        claim,
        verdict,
        use=f"Use {recommended_words(record, best, gain)}",
        aside=_on_train(record),
        facts=tuple(_facts(record, gain)),
        parts=tuple(_parts(record, best)),
        resumable=resumable,
    )


def _claim(record: SessionRecord, gain: Gain | None, stopped: bool) -> tuple[str, str]:
    """The sentence that a person reads first, and the verdict at its end."""
    if gain is None:
        if stopped:
            return "Stopped before the held-out examples were run: nothing is proven.", ""
        return "No example was held out: what was gained is not proven.", ""
    examples = f"on {counted(gain.n, 'example')} nobody tuned on"
    if not gain.verdict:
        return f"{score(gain.best)} {examples}: the original prompt stayed the best.", ""
    return f"{score(gain.baseline)} → {score(gain.best)} {examples}: {gain.verdict}", gain.verdict


def _facts(record: SessionRecord, gain: Gain | None) -> Iterator[str]:
    """How sure it is, and what one answer would score."""
    if gain and gain.verdict:
        yield gain.reason
    yield from _constant(record, gain)


def _on_train(record: SessionRecord) -> str:
    """The scores on train examples, named as such; "" where there are none."""
    best, before = record.best, record.baseline_score
    if best is None or before is None:
        return ""
    n = len({run.example_id for run in best.train_runs})
    change = (
        f"{before:.2f}" if best is record.scored[0] else f"{before:.2f} → {best.score or 0:.2f}"
    )
    return f"On the {counted(n, 'train example')} that ideas are made from: {change}."


def _constant(record: SessionRecord, gain: Gain | None) -> Iterator[str]:
    """What one answer to everything would score on the examples that count."""
    constant = constant_answer_of(record)
    if constant is None:
        return
    alone = constant.validation_score if gain else constant.train_score
    reached = gain.best if gain else record.best_score
    if alone is not None:
        where = "held-out" if gain else "train"
        enough = reached is not None and round(alone - reached, 2) >= 0
        doubt = ", no less than the best prompt" if enough else ""
        yield f"One answer to everything would score {alone:.2f} on the {where} examples{doubt}."


def _parts(record: SessionRecord, best: IterationRecord) -> Iterator[str]:
    """A line for each change on the way from the original to the best prompt."""
    for step, parent in reversed(list(steps_back(record, best))):
        found = idea_of(record, step)
        if found is None:
            continue
        names = [change.name or change.edit for change in changes_of(found[1].suggestion)]
        what = one_line(" + ".join(names), 2 * _NAME)
        gained = (step.score or 0.0) - (parent.score or 0.0)
        yield f"iteration {step.n}: {what}, {gained:+.2f} on train"
