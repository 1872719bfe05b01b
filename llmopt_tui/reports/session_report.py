"""optimization_report.md: what was asked, how each iteration did, what helped, how sure we are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from llmopt_tui.core.diff import diff_lines
from llmopt_tui.core.events import Run
from llmopt_tui.core.record import InterviewRecord, IterationRecord, SessionRecord, Status
from llmopt_tui.core.settings import StopReason
from llmopt_tui.reports.markdown import fenced, inline, paragraphs, table

STOP_WORDS: dict[StopReason, str] = {
    "target_reached": "the target was reached",
    "no_improvement_suggested": "the interviewer had no further improvement to suggest",
    "plateau": "scores stopped improving",
    "max_iterations": "the limit of iterations was reached",
    "stopped_by_user": "it was stopped by the person at the keyboard",
    "failed": "it failed",
}
_BARS = "▁▂▃▄▅▆▇█"


def session_report(record: SessionRecord, *, status: Status | None = None) -> str:
    """The report of a session, whatever its state. `status` overrides the record's."""
    parts = [
        _title(record),
        _summary(record, status or record.status),
        _iterations_table(record),
        _question(record),
        *(_iteration(record, iteration) for iteration in record.iterations),
        _best_prompt(record),
        _conditions(record),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def sparkline(scores: Sequence[float]) -> str:
    """One block character per score in [0, 1]."""
    return "".join(_BARS[min(7, max(0, int(score * 8)))] for score in scores)


def _title(record: SessionRecord) -> str:
    if record.started is None:
        return "# A session without a beginning"
    case = record.started.case
    return f"# {inline(str(case.get('title', '')))} with {inline(record.started.model.name)}"


def _summary(record: SessionRecord, status: Status) -> str:
    before, after, best = record.baseline_score, record.best_score, record.best
    if before is None or after is None or best is None:
        return f"Nothing was scored yet. {_ended(record, status)}"
    if best.n == 1:
        result = f"**The original prompt stays the best: {before:.2f}.**"
    else:
        result = (
            f"**{before:.2f} → {after:.2f}** ({after - before:+.2f}): the prompt of iteration "
            f"{best.n} is the best of {len(record.scored)}."
        )
    count = len({run.example_id for run in best.train_runs})
    certainty = (
        f"How sure: measured on the {count} examples that the prompts were chosen on, so expect "
        "somewhat less on new ones. Held-out examples have not been asked."
    )
    return "\n\n".join([result, _ended(record, status), certainty])


def _ended(record: SessionRecord, status: Status) -> str:
    if record.finished is None:
        return "The session broke off and can be continued." if status == "interrupted" else ""
    words = f"It ended because {STOP_WORDS[record.finished.stop_reason]}."
    error = record.finished.error_message
    return f"{words} {inline(error, 400)}" if error else words


def _iterations_table(record: SessionRecord) -> str:
    rows, best = [], None
    for i in record.scored:
        score = i.score or 0.0
        gain = "" if best is None else f"{score - best:+.2f}"
        best = score if best is None else max(best, score)
        speed = f"{i.tokens_per_second:.0f}" if i.tokens_per_second else ""
        mark = " **best**" if record.best and i.n == record.best.n else ""
        bars = sparkline([run.score for run in i.train_runs])
        rows.append(
            [
                f"{i.n}",
                i.origin + mark,
                f"{score:.2f}",
                gain,
                bars,
                f"{i.processing_time:.1f}",
                speed,
            ]
        )
    if not rows:
        return ""
    header = ["#:", "prompt", "score:", "gain:", "each example", "seconds:", "tokens/s:"]
    return f"{table(header, rows)}\n\nThe gain is against the best before it."


def _question(record: SessionRecord) -> str:
    if record.started is None:
        return ""
    case = record.started.case
    examples = case.get("examples", [])
    train = sum(example.get("split") == "train" for example in examples)
    criteria = "\n".join(
        f"- {inline(str(criterion.get('kind')))}, weight {criterion.get('weight', 1)}"
        for criterion in case.get("criteria", [])
    )
    description = inline(str(case.get("description", "")).strip(), 400)
    held_out = len(examples) - train
    return (
        f"## What was asked\n\n{description}\n\n{train} train examples, {held_out} held out. "
        f"Every answer is scored from 0 to 1 by:\n\n{criteria}"
    )


def _iteration(record: SessionRecord, iteration: IterationRecord) -> str:
    parts = [f"## Iteration {iteration.n}", _prompt(record, iteration)]
    parts += _criteria(iteration)
    if worst := iteration.worst_run:
        parts.append(_run("The weakest answer", worst))
    parts += [
        _interview(interview)
        for interview in record.interviews
        if interview.iteration == iteration.n
    ]
    return "\n\n".join(parts)


def _prompt(record: SessionRecord, iteration: IterationRecord) -> str:
    parent = record.iteration(iteration.parent) if iteration.parent else None
    if parent is None:
        return f"The original prompt:\n\n{fenced(iteration.prompt)}"
    lines = (f"{line.mark}{line.text}" for line in diff_lines(parent.prompt, iteration.prompt))
    return (
        f"The prompt ({iteration.origin}), against that of iteration {parent.n}:\n\n"
        f"{fenced(chr(10).join(lines), 'diff')}"
    )


def _criteria(iteration: IterationRecord) -> Iterator[str]:
    scores: dict[str, list[float]] = defaultdict(list)
    for run in iteration.train_runs:
        for criterion in run.criteria:
            scores[criterion.kind].append(criterion.score)
    if scores:
        rows = [
            [inline(kind), f"{sum(values) / len(values):.2f}", sparkline(values)]
            for kind, values in scores.items()
        ]
        yield table(["criterion", "mean:", "each example"], rows)


def _run(title: str, run: Run) -> str:
    feedback = [
        f"- {inline(c.kind)} {c.score:.2f}: {inline(c.feedback, 300)}" for c in run.criteria
    ]
    if run.error_message:
        feedback.append(f"- failed: {inline(run.error_message, 300)}")
    cut = " It was cut off at the limit of tokens." if run.metrics.truncated else ""
    return "\n\n".join(
        [
            f"{title}, to example {inline(run.example_id)}, scores {run.score:.2f}.{cut}",
            fenced(run.output or "(nothing)"),
            "\n".join(feedback),
        ]
    )


def _interview(interview: InterviewRecord) -> str:
    parts = [f"### The interviewer, after iteration {interview.iteration}"]
    if interview.analysis:
        parts.append(paragraphs(interview.analysis))
    if interview.problems:
        reasons = "\n".join(f"- {inline(problem, 300)}" for problem in interview.problems)
        parts.append(f"What could not be used:\n\n{reasons}")
    if interview.suggestion is None:
        parts.append("It suggested no improvement.")
    else:
        source = " (from the playbook)" if interview.suggestion.source == "playbook" else ""
        parts.append(f"It suggested another prompt{source}: {_decided(interview)}.")
    return "\n\n".join(parts)


def _decided(interview: InterviewRecord) -> str:
    decision = interview.decision
    if decision is None or decision.action == "none":
        return "nobody decided about it"
    by = "by the person" if decision.by == "person" else "automatically"
    note = f" ({inline(decision.note, 200)})" if decision.note else ""
    return f"{decision.action} {by}{note}"


def _best_prompt(record: SessionRecord) -> str:
    if record.best is None:
        return ""
    where = "Ready to use, also in `best_prompt.toml`."
    return f"## The best prompt\n\n{where}\n\n{fenced(record.best.prompt)}"


def _conditions(record: SessionRecord) -> str:
    started = record.started
    if started is None:
        return ""
    model = started.model
    facts = [
        ("session", started.session_id),
        ("model", f"{model.name} {model.parameter_size} {model.quantization}".strip()),
        ("digest", model.digest),
        ("interviewer", started.interviewer_model),
        ("options", ", ".join(f"{k} = {v}" for k, v in started.settings.options.items())),
        *started.environment.items(),
    ]
    rows = [[name, inline(value, 200)] for name, value in facts if value]
    return f"## Conditions\n\n{table(['what', 'value'], rows)}"
