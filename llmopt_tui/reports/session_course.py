"""The course of a session in its report: every iteration, the rounds between, and what lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from llmopt_tui.core.analysis.findings import ConstantAnswer
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.marks import BY_HAND, by_hand, marks_in
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import InterviewRecord
from llmopt_tui.core.run import Mark
from llmopt_tui.core.scoring.wording import counted
from llmopt_tui.core.text.diff import diff_lines
from llmopt_tui.reports.figures import score as score_text
from llmopt_tui.reports.idea_words import (
    branched_words,
    change_words,
    changes_of,
    demonstrations_words,
    idea_of,
    idea_words,
    lost_lines,
    outcome_words,
)
from llmopt_tui.reports.markdown import bullets, fenced, inline, quoted, table

_BARS = "▁▂▃▄▅▆▇█"
_MOST_BARS = 40
_OUTPUT_CHARS = 4000


def sparkline(scores: Sequence[float]) -> str:
    """One block character per score in [0, 1], at most 40."""
    bars = "".join(_BARS[round(7 * min(1.0, max(0.0, score)))] for score in scores[:_MOST_BARS])
    return bars if len(scores) <= _MOST_BARS else f"{bars}…"


def iterations_table(record: SessionRecord, constant: ConstantAnswer | None) -> str:
    """Every scored iteration as a row; empty before the first."""
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
    if constant is not None:
        notes += f" One answer to everything would score {score_text(constant.train_score)}."
    if any(marks_in(iteration.runs) for iteration in record.scored):
        notes += f" Answers that a person marked count with that mark ({BY_HAND})."
    return f"## Iterations\n\n{table(header, rows)}\n\n{notes}"


def _came_about(record: SessionRecord, iteration: IterationRecord) -> str:
    """How an iteration's prompt came to be tested."""
    if iteration.origin == "original":
        return branched_words(record) or "the original"
    found = idea_of(record, iteration)
    if found is None:
        return f"a suggestion, {iteration.origin}"
    interview, proposal = found
    if interview.raced:
        return f"idea {proposal.n} of interview {interview.n}"
    decision = proposal.decision
    decided = f", {decision.action} {_by(decision.by)}" if decision else ""
    return f"suggestion {interview.n}{decided}"


def _by(decider: str) -> str:
    return "by the person" if decider == "person" else "automatically"


def session_course(record: SessionRecord) -> Iterator[str]:
    """Every iteration with the interviews that followed it."""
    if record.iterations:
        yield "## The course of the session"
    for iteration in record.iterations:
        yield from _iteration(record, iteration)
        for interview in record.interviews:
            if interview.iteration == iteration.n:
                yield from _interview(record, interview)


def _marked(mark: Mark) -> str:
    note = f": {inline(mark.note, 400)}" if mark.note else "."
    return f"It is {BY_HAND}; the criteria gave it {mark.scored:.2f}{note}"


def _marks(iteration: IterationRecord) -> str:
    """The marks of other answers than the weakest, which has its mark beside it; "" for none."""
    marked = [run for run in iteration.runs if run.mark and run is not iteration.worst_run]
    lines = [
        f"- {inline(run.example_id)} {run.score:.2f}. {_marked(run.mark)}"
        for run in marked
        if run.mark
    ]
    return "\n".join(lines)


def _iteration(record: SessionRecord, iteration: IterationRecord) -> Iterator[str]:
    how = _came_about(record, iteration)
    score = "unfinished" if iteration.score is None else f"score {iteration.score:.2f}"
    if marked := by_hand(marks_in(iteration.runs), len(iteration.runs)):
        score += f" ({marked})"
    yield f"### Iteration {iteration.n}: {how}, {score}"
    if parent := record.iteration(iteration.parent or 0):
        yield from changes_since(record, iteration, parent)
        yield f"The prompt, as a change of the one of iteration {parent.n}:"
        yield _diff(parent.prompt, iteration.prompt)
        if iteration.variant.demonstrations != parent.variant.demonstrations:
            yield f"With {_shown(iteration)}."
    else:
        yield "The prompt:"
        yield fenced(iteration.prompt)
    yield _criteria_table(iteration)
    failed = sum(not run.success for run in iteration.runs)
    if failed:
        yield f"{failed} of {counted(len(iteration.runs), 'call')} failed."
    yield _marks(iteration)
    if worst := iteration.worst_run:
        cut = " It was cut off at the limit of tokens." if worst.metrics.truncated else ""
        yield f"The weakest answer, to example {inline(worst.example_id)}: {worst.score:.2f}.{cut}"
        yield fenced(worst.output, limit=_OUTPUT_CHARS) if worst.output else "It is empty."
        if worst.mark:
            yield _marked(worst.mark)
        feedback = [
            f"- {inline(c.kind)} {c.score:.2f}: {inline(c.feedback, 400)}" for c in worst.criteria
        ]
        if worst.error_message:
            feedback.append(f"- the call failed: {inline(worst.error_message, 400)}")
        yield "\n".join(feedback)


def changes_since(
    record: SessionRecord, iteration: IterationRecord, parent: IterationRecord
) -> Iterator[str]:
    """What an iteration changed of its parent, who suggested it, and what it gained."""
    found = idea_of(record, iteration)
    if found is None:
        return
    yield "What was changed:"
    yield bullets(change_words(change) for change in changes_of(found[1].suggestion))
    if iteration.score is not None and parent.score is not None:
        gained = iteration.score - parent.score
        yield f"It gained {gained:+.2f} over iteration {parent.n}, on train examples."


def _shown(iteration: IterationRecord) -> str:
    shown = iteration.variant.demonstrations
    if not shown:
        return "no demonstrations any more"
    examples = ", ".join(inline(d.example_id, 40) for d in shown if d.example_id)
    words = demonstrations_words(len(shown), iteration.variant.instructions)
    return f"{words}: {examples}" if examples else words


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
    if interview.raced:
        yield from _race(interview)
        return
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


def _race(interview: InterviewRecord) -> Iterator[str]:
    """The ideas of a round: those that are raced or won, and those that lost."""
    asked = counted(len(interview.proposals), "idea")
    yield f"{asked} came of it, {len(interview.accepted)} of them accepted."
    for proposal in interview.proposals:
        if proposal.outcome == "won":
            won = outcome_words("won", len(proposal.runs), proposal.reason)
            yield f"{inline(idea_words(proposal), 300)}: {inline(won, 300)}."
            if reasoning := proposal.suggestion.reasoning.strip():
                yield quoted(reasoning)
    if lost := list(lost_lines(interview)):
        yield "Ideas that did not win:"
        yield bullets(lost)


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
