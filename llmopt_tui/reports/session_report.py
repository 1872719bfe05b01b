"""optimization_report.md: the result of a session, how sure it is, and how it was reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from statistics import fmean
from typing import TYPE_CHECKING, Any

from llmopt_tui.core.case import Example
from llmopt_tui.core.endings import ending_clause
from llmopt_tui.core.events import Run, SessionStarted
from llmopt_tui.core.loop.marks import BY_HAND, by_hand, marks_in
from llmopt_tui.core.loop.record import InterviewRecord, IterationRecord, SessionRecord, Status
from llmopt_tui.core.repeated import repeated_inputs
from llmopt_tui.core.text.diff import diff_lines
from llmopt_tui.reports.figures import score
from llmopt_tui.reports.markdown import fenced, inline, quoted, table
from llmopt_tui.reports.setting_names import facts_table

if TYPE_CHECKING:
    from llmopt_tui.state.documents.case import RecordedCase, RecordedExample

_BARS = "▁▂▃▄▅▆▇█"
_MOST_BARS = 40
_OUTPUT_CHARS = 4000
_STATUS_WORDS: Mapping[Status, str] = {
    "running": "it has not: the session is running",
    "paused": "it has not: the session is paused",
    "interrupted": "it was interrupted before its end; everything until then is kept",
}


def session_report(
    record: SessionRecord,
    *,
    status: Status | None = None,
    plots: Sequence[tuple[str, str]] = (),
) -> str:
    """The report of a session in any state. `status` overrides the record's.

    `plots` are pictures beside the report: what each shows, and its relative address.

    Scores are in [0, 1], times in seconds. Text from models and files cannot act in the Markdown:
    it is fenced, quoted or escaped, with control characters shown as symbols.
    """
    started = record.started
    if started is None:
        return "# A session without a beginning\n"
    parts = [
        f"# {_case_title(started)} with {inline(started.model.name)}",
        _summary(record, started, status or record.status),
        _iterations_table(record),
        _judge(record),
        *(f"![{inline(title)}](<{address}>)" for title, address in plots),
        _question(started),
        *_course(record),
        _best_prompt(record, started),
        _conditions(started),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def sparkline(scores: Sequence[float]) -> str:
    """One block character per score in [0, 1], at most 40."""
    bars = "".join(_BARS[round(7 * min(1.0, max(0.0, score)))] for score in scores[:_MOST_BARS])
    return bars if len(scores) <= _MOST_BARS else f"{bars}…"


def _case_title(started: SessionStarted) -> str:
    case = _case(started)
    return inline(case.title or case.id or "A case")


def _case(started: SessionStarted) -> RecordedCase:
    from llmopt_tui.state.documents.case import RecordedCase

    return RecordedCase.read(started.case)


def _summary(record: SessionRecord, started: SessionStarted, status: Status) -> str:
    """Three lines: the result, how sure it is, and why the session ended."""
    before, best = record.baseline_score, record.best
    lines = []
    if best is None or best.score is None or before is None:
        lines.append("**No score yet**: no iteration was completed.")
    else:
        if best is record.scored[0]:
            tested = len(record.scored) - 1
            others = f"none of {tested} others did better" if tested else "no other was tested"
            lines.append(f"**Score {before:.2f}** with the original prompt; {others}.")
        else:
            gain = best.score - before
            lines.append(
                f"**Score {before:.2f} → {best.score:.2f} ({gain:+.2f})** with the prompt of "
                f"iteration {best.n}, the best of {len(record.scored)}."
            )
        lines.append(f"**How sure:** {_how_sure(record, best)}")
    totals = record.totals
    cached = totals.cached + record.interviewer_totals.cached
    kept = f" {_plural(cached, 'call')} of the session came from the cache." if cached else ""
    effort = f"{_plural(totals.calls, 'answer')} took {totals.seconds:.1f} s.{kept}"
    lines.append(f"**Why it ended:** {_why_ended(record, started, status)}. {effort}")
    return "\\\n".join(lines)


def _how_sure(record: SessionRecord, best: IterationRecord) -> str:
    """What held-out examples say of the best prompt, or that they have not been asked."""
    if record.finished and best.validation_runs:
        from llmopt_tui.core.analysis.suite import judged_gains

        gain = next(iter(judged_gains({("", ""): record}).values()), None)
        if gain and gain.held_out:
            examples, after = _plural(gain.n, "held-out example"), score(gain.best)
            if not gain.verdict:
                return f"on {examples} it scores {after}. {gain.reason}"
            change = f"{score(gain.baseline)} → {after}"
            return f"{gain.verdict}. On {examples}: {change}. {gain.reason}"
    count = len({run.example_id for run in best.train_runs})
    return (
        f"measured on the {_plural(count, 'example')} it was tuned on; "
        "not checked on held-out examples."
    )


def _why_ended(record: SessionRecord, started: SessionStarted, status: Status) -> str:
    if record.finished is None:
        return _STATUS_WORDS.get(status, status)
    words = ending_clause(record.finished.stop_reason, started.settings)
    error = record.finished.error_message
    return f"{words}: {inline(error, 400).rstrip('.')}" if error else words


def _iterations_table(record: SessionRecord) -> str:
    rows = []
    for iteration in record.scored:
        score, parent = iteration.score or 0.0, record.iteration(iteration.parent or 0)
        speed = iteration.tokens_per_second
        rows.append(
            [
                f"**{iteration.n}** (best)" if iteration is record.best else f"{iteration.n}",
                _came_about(record, iteration),
                f"{score:.2f}",
                f"{score - parent.score:+.2f}" if parent and parent.score is not None else "",
                sparkline([run.score for run in iteration.train_runs]),
                f"{iteration.processing_time:.1f}",
                "" if speed is None else f"{speed:.0f}",
            ]
        )
    if not rows:
        return ""
    header = ["#:", "prompt", "score:", "gain:", "each example", "seconds:", "tokens/s:"]
    curve = sparkline([iteration.score or 0.0 for iteration in record.scored])
    notes = f"Score over the iterations: {curve}. A gain is over the prompt that was changed."
    if any(marks_in(iteration.runs) for iteration in record.scored):
        notes += f" Answers that a person marked count with that mark ({BY_HAND})."
    return f"## Iterations\n\n{table(header, rows)}\n\n{notes}"


def _came_about(record: SessionRecord, iteration: IterationRecord) -> str:
    """How an iteration's prompt came to be tested."""
    if iteration.origin == "original":
        return "the original"
    for interview in reversed(record.interviews):
        decision = interview.decision
        if decision and decision.prompt == iteration.prompt and interview.iteration < iteration.n:
            return f"suggestion {interview.n}, {decision.action} {_by(decision.by)}"
    return f"a suggestion, {iteration.origin}"


def _by(decider: str) -> str:
    return "by the person" if decider == "person" else "automatically"


def _question(started: SessionStarted) -> str:
    case = _case(started)
    held_out = sum(example.held_out for example in case.examples)
    parts = ["## What was asked"]
    if description := case.description.strip():
        parts.append(quoted(description))
    parts.append(
        f"{_plural(len(case.examples) - held_out, 'example')} to tune on, {held_out} held out. "
        "Every answer is scored from 0 to 1 by these criteria:"
    )
    rows = [
        [inline(str(c.get("kind"))), inline(str(c.get("weight", 1)), 20), _demand(c)]
        for c in case.criteria
    ]
    parts.append(table(["criterion", "weight:", "what it demands"], rows))
    repeated = repeated_inputs(map(_example, case.examples))
    parts += [f"**Mind**: {inline(message, 600)}." for message in repeated]
    return "\n\n".join(parts)


def _example(recorded: RecordedExample) -> Example:
    """A recorded example, as far as its inputs go."""
    texts = {str(name): str(text) for name, text in recorded.inputs.items()}
    return Example(recorded.id, texts, "validation" if recorded.held_out else "train")


def _demand(criterion: Mapping[str, Any]) -> str:
    """What a recorded criterion demands, in words; its parameters where it is not known here."""
    from llmopt_tui.core.scoring import recorded_criterion

    known = recorded_criterion(criterion)
    words = known.describe() if known else ""
    shown = {k: v for k, v in criterion.items() if k not in ("kind", "weight", "required")}
    words = words or ", ".join(f"{key} = {value}" for key, value in shown.items())
    required = ", or else the whole answer scores 0" if criterion.get("required") else ""
    return inline(words, 300) + required


def _course(record: SessionRecord) -> Iterator[str]:
    """Every iteration with the interviews that followed it."""
    if record.iterations:
        yield "## The course of the session"
    for iteration in record.iterations:
        yield from _iteration(record, iteration)
        for interview in record.interviews:
            if interview.iteration == iteration.n:
                yield from _interview(record, interview)


def _iteration(record: SessionRecord, iteration: IterationRecord) -> Iterator[str]:
    how = _came_about(record, iteration)
    score = "unfinished" if iteration.score is None else f"score {iteration.score:.2f}"
    if marked := by_hand(marks_in(iteration.runs), len(iteration.runs)):
        score += f" ({marked})"
    yield f"### Iteration {iteration.n}: {how}, {score}"
    if parent := record.iteration(iteration.parent or 0):
        yield f"The prompt, as a change of the one of iteration {parent.n}:"
        yield _diff(parent.prompt, iteration.prompt)
    else:
        yield "The prompt:"
        yield fenced(iteration.prompt)
    yield _criteria_table(iteration)
    failed = sum(not run.success for run in iteration.runs)
    if failed:
        yield f"{failed} of {_plural(len(iteration.runs), 'call')} failed."
    if worst := iteration.worst_run:
        cut = " It was cut off at the limit of tokens." if worst.metrics.truncated else ""
        yield f"The weakest answer, to example {inline(worst.example_id)}: {worst.score:.2f}.{cut}"
        yield fenced(worst.output, limit=_OUTPUT_CHARS) if worst.output else "It is empty."
        if worst.mark:
            yield _marked(worst)
        feedback = [
            f"- {inline(c.kind)} {c.score:.2f}: {inline(c.feedback, 400)}" for c in worst.criteria
        ]
        if worst.error_message:
            feedback.append(f"- the call failed: {inline(worst.error_message, 400)}")
        yield "\n".join(feedback)


def _marked(run: Run) -> str:
    mark = run.mark
    assert mark is not None
    note = f": {inline(mark.note, 400)}" if mark.note else "."
    return f"It is {BY_HAND}; the criteria gave it {mark.scored:.2f}{note}"


def _judge(record: SessionRecord) -> str:
    """How far the judge agrees with the person, where a model judges."""
    from llmopt_tui.core.analysis.agreement import judge_agreement

    found = judge_agreement(record)
    return f"**The judge against marks by hand:** {found.words()}." if found else ""


def _diff(old: str, new: str) -> str:
    lines = diff_lines(old, new)
    if all(line.mark == " " for line in lines):
        return "No line of it differs."
    return fenced("\n".join(f"{line.mark}{line.text}" for line in lines), "diff")


def _criteria_table(iteration: IterationRecord) -> str:
    """The mean of each criterion over the answers; by place, as a kind may be there twice."""
    scored = [run.criteria for run in iteration.train_runs if run.criteria]
    if not scored:
        return ""
    rows = []
    for column in zip(*scored, strict=False):
        scores = [criterion.score for criterion in column]
        rows.append([inline(column[0].kind), f"{fmean(scores):.2f}", sparkline(scores)])
    return table(["criterion", "mean:", "each example"], rows)


def _interview(record: SessionRecord, interview: InterviewRecord) -> Iterator[str]:
    yield f"### Interview {interview.n}, after iteration {interview.iteration}"
    if said := (interview.analysis or interview.response).strip():
        yield quoted(said)
    for message in interview.messages:
        # What was said when the interview ended is the interview itself.
        if message.at != interview.finished_at and message.role != "system":
            yield "The person:" if message.role == "user" else "The interviewer:"
            yield quoted(message.content)
    if interview.problems:
        reasons = "\n".join(f"- {inline(problem, 400)}" for problem in interview.problems)
        yield f"What could not be used, and why:\n\n{reasons}"
    if interview.suggestion is None:
        unfinished = "It was not finished." if interview.finished_at is None else ""
        yield unfinished or "It ended without a usable suggestion."
        return
    if reasoning := interview.suggestion.reasoning.strip():
        yield f"Why the suggestion should help:\n\n{quoted(reasoning)}"
    yield _decision(interview)
    if interview.decision is None or interview.decision.prompt is None:
        before = [i for i in record.scored if i.n <= interview.iteration]
        changed = max(before, key=lambda i: (i.score or 0.0, -i.n), default=None)
        yield "It was:"
        yield _diff(changed.prompt if changed else "", interview.suggestion.prompt)


def _decision(interview: InterviewRecord) -> str:
    decision, suggestion = interview.decision, interview.suggestion
    known = [
        "from the playbook" if suggestion and suggestion.source == "playbook" else "",
        inline(suggestion.kind) if suggestion else "",
    ]
    about = ", ".join(filter(None, known))
    source = f" ({about})" if about else ""
    if decision is None or decision.action == "none":
        return f"Suggestion {interview.n}{source} was left undecided."
    note = f": {inline(decision.note, 400)}" if decision.note else "."
    return f"Suggestion {interview.n}{source} was {decision.action} {_by(decision.by)}{note}"


def _best_prompt(record: SessionRecord, started: SessionStarted) -> str:
    if record.best is None:
        return ""
    parts = [
        "## The best prompt",
        f"From iteration {record.best.n}, ready to use; it is in `best_prompt.toml` as well.",
        fenced(record.best.prompt),
    ]
    from llmopt_tui.state.documents.case import RecordedPrompt

    if system := RecordedPrompt.read(started.prompt).system:
        parts += ["With this system message:", fenced(system)]
    return "\n\n".join(parts)


def _conditions(started: SessionStarted) -> str:
    model, settings = started.model, started.settings
    facts: list[tuple[str, Any]] = [
        ("session", started.session_id),
        ("suite", started.suite_id),
        ("started", started.at.isoformat(sep=" ", timespec="seconds")),
        ("model", f"{model.name} {model.parameter_size} {model.quantization}"),
        ("digest", model.digest),
        ("endpoint", model.endpoint),
        ("interviewer", started.interviewer_model),
        *((f.name, getattr(settings, f.name)) for f in fields(settings) if f.name != "options"),
        *settings.options.items(),
        *started.environment.items(),
    ]
    return f"## Settings and environment\n\n{facts_table(facts)}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
