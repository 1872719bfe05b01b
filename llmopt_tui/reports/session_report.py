"""optimization_report.md: the result of a session, how sure it is, and how it was reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from llmopt_tui.core.case import Example
from llmopt_tui.core.events import SessionStarted
from llmopt_tui.core.loop.record import SessionRecord, Status
from llmopt_tui.core.repeated import repeated_inputs
from llmopt_tui.core.scoring.wording import counted
from llmopt_tui.reports.markdown import inline, quoted, table
from llmopt_tui.reports.session_course import iterations_table, session_course
from llmopt_tui.reports.session_result import session_result
from llmopt_tui.reports.session_winner import best_variant
from llmopt_tui.reports.setting_names import facts_table
from llmopt_tui.state.constant_answers import constant_answer_of

if TYPE_CHECKING:
    from llmopt_tui.state.documents.case import RecordedCase, RecordedExample


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
    constant = constant_answer_of(record)
    parts = [
        f"# {inline(case_name(started))} with {inline(started.model.name)}",
        session_result(record, started, status or record.status, constant),
        iterations_table(record, constant),
        _judge(record),
        *(f"![{inline(title)}](<{address}>)" for title, address in plots),
        question(started),
        *session_course(record),
        *best_variant(record),
        session_conditions(record, started),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def case_name(started: SessionStarted) -> str:
    """What a session's case is called; plain text from its file."""
    case = _case(started)
    return case.title or case.id or "A case"


def _case(started: SessionStarted) -> RecordedCase:
    from llmopt_tui.state.documents.case import RecordedCase

    return RecordedCase.read(started.case)


def question(started: SessionStarted) -> str:
    """The section on the case: its examples and criteria."""
    case = _case(started)
    held_out = sum(example.held_out for example in case.examples)
    parts = ["## What was asked"]
    if description := case.description.strip():
        parts.append(quoted(description))
    parts.append(
        f"{counted(len(case.examples) - held_out, 'example')} to tune on, {held_out} held out. "
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


def _judge(record: SessionRecord) -> str:
    """How far the judge agrees with the person, where a model judges."""
    from llmopt_tui.core.analysis.agreement import judge_agreement

    found = judge_agreement(record)
    return f"**The judge against marks by hand:** {found.words()}." if found else ""


def session_conditions(record: SessionRecord, started: SessionStarted) -> str:
    """The section on settings and environment."""
    from llmopt_tui.core.analysis.measure import backends

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
        ("backends", ", ".join(backends(record))),
    ]
    return f"## Settings and environment\n\n{facts_table(facts)}"
