"""The result of a session in a few lines: held-out scores first, how sure they are, what to use."""

from __future__ import annotations

from collections.abc import Iterator

from llmopt_tui.core.analysis.findings import ConstantAnswer, Gain
from llmopt_tui.core.endings import ending_clause
from llmopt_tui.core.events import SessionStarted
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord, Status
from llmopt_tui.core.loop.totals import Totals
from llmopt_tui.core.scoring.wording import counted
from llmopt_tui.reports.figures import difference, score
from llmopt_tui.reports.markdown import inline

_STATUS_WORDS: dict[Status, str] = {
    "running": "it has not: the session is running",
    "paused": "it has not: the session is paused",
    "interrupted": "it was interrupted before its end; everything until then is kept",
}


def session_result(
    record: SessionRecord,
    started: SessionStarted,
    status: Status,
    constant: ConstantAnswer | None,
) -> str:
    """A line each: scores, how sure they are, what is recommended, why the session ended."""
    best, lines = record.best, []
    if best is None or record.baseline_score is None:
        lines.append("**No score yet**: no iteration was completed.")
    else:
        gain = held_out_gain(record)
        if gain:
            lines.append(f"**Held out:** {_held_out(gain, constant)}")
            verdict = f"{gain.verdict}. " if gain.verdict else ""
            lines.append(f"**How sure:** {verdict}{gain.reason}")
            lines.append(f"**On train examples:** {_on_train(record, best, constant)}")
        else:
            count = len({run.example_id for run in best.train_runs})
            lines.append(f"**Score:** {_on_train(record, best, constant)}")
            lines.append(
                f"**How sure:** measured on the {counted(count, 'example')} it was tuned on; "
                "not checked on held-out examples."
            )
        if record.finished:
            lines.append(f"**Recommended:** {recommended_words(record, best, gain)}")
    lines += _mixed(record)
    totals = record.totals
    cached = totals.cached + record.interviewer_totals.cached
    kept = f" {counted(cached, 'call')} of the session came from the cache." if cached else ""
    effort = (
        f"{counted(totals.calls, 'answer')} took {totals.seconds:.1f} s.{kept}{_reused(totals)}"
    )
    lines.append(f"**Why it ended:** {_why_ended(record, started, status)}. {effort}")
    return "\\\n".join(lines)


def _reused(totals: Totals) -> str:
    """How much of the prompts the server did not have to read again; "" where it never said."""
    if not totals.reused_tokens:
        return ""
    share = totals.reused_tokens / max(1, totals.known_tokens)
    return f" {share:.0%} of the prompt tokens came from the server's prefix cache."


def _mixed(record: SessionRecord) -> Iterator[str]:
    """A line that names the backends, where more than one answered."""
    from llmopt_tui.core.analysis.measure import backends

    if len(names := backends(record)) > 1:
        yield (
            f"**Mind**: {len(names)} backends took turns to answer "
            f"({inline(', '.join(names), 300)}), so scores of one may be due to the other."
        )


def held_out_gain(record: SessionRecord) -> Gain | None:
    """What the best prompt gains on held-out examples; None where that is not measured."""
    best = record.best
    if not record.finished or best is None or not best.validation_runs:
        return None
    from llmopt_tui.core.analysis.suite import judged_gains

    gain = next(iter(judged_gains({("", ""): record}).values()), None)
    return gain if gain and gain.held_out else None


def constant_words(value: float | None) -> str:
    """What one answer to everything scores, as the end of a sentence; "" where that is unknown."""
    return "" if value is None else f"; one answer to everything would score {score(value)}"


def _held_out(gain: Gain, constant: ConstantAnswer | None) -> str:
    examples = counted(gain.n, "example")
    against = constant_words(constant.validation_score if constant else None)
    if not gain.verdict:
        return f"{score(gain.best)} on {examples} with the original prompt{against}."
    change = f"{score(gain.baseline)} → {score(gain.best)} ({difference(gain.size)})"
    return f"{change} on {examples} that no idea was made from{against}."


def _on_train(record: SessionRecord, best: IterationRecord, constant: ConstantAnswer | None) -> str:
    before, after = record.baseline_score or 0.0, best.score or 0.0
    against = constant_words(constant.train_score if constant else None)
    if best is record.scored[0]:
        tested = len(record.scored) - 1 + len(record.trials)
        others = f"none of {tested} others did better" if tested else "no other was tested"
        return f"{before:.2f} with the original prompt, {others}{against}."
    return (
        f"{before:.2f} → {after:.2f} ({after - before:+.2f}) with the prompt of iteration "
        f"{best.n}, the best of {len(record.scored)}{against}."
    )


def recommended_words(record: SessionRecord, best: IterationRecord, gain: Gain | None) -> str:
    """Which prompt to use: the original, unless the best is at least as good on held-out ones."""
    if best is record.scored[0]:
        return "the original prompt."
    if gain is None:
        return (
            "the original prompt, until held-out examples say that the prompt of iteration "
            f"{best.n} is at least as good."
        )
    if not gain.recommends_best:
        return f"the original prompt: that of iteration {best.n} scores less on held-out examples."
    return f"the prompt of iteration {best.n}."


def _why_ended(record: SessionRecord, started: SessionStarted, status: Status) -> str:
    if record.finished is None:
        return _STATUS_WORDS.get(status, status)
    words = ending_clause(record.finished.stop_reason, started.settings)
    error = record.finished.error_message
    return f"{words}: {inline(error, 400).rstrip('.')}" if error else words
