"""Sessions in which a text from outside is in every place that such a text can be in."""

from __future__ import annotations

import re
from dataclasses import replace

from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.variant import Demonstration
from tests.factories import iteration_events, make_case_snapshot, make_run, make_started, record_of
from tests.raced import raced_events


def troubled(text: str) -> SessionRecord:
    """A session that holds a text in every place where a text may be."""
    case = make_case_snapshot([text, "se-002"])
    case["title"] = case["id"] = text
    for example in case["examples"]:
        example["inputs"]["posting"] = text
        example["expected"] = {"answer": [text], "contains": [text]}
    case["criteria"] = [
        {"kind": "contains", "values": [text], "weight": 1.0},
        {"kind": "regex", "pattern": re.escape(text), "weight": 1.0},
        {"kind": "equals", "exact": True},
        {"kind": text},
    ]
    settings = LoopSettings(options={"stop": [text], "temperature": 0.5, text: 1})
    run = make_run(text, 0.25, output=text, error_message=text, success=False)
    started = make_started(
        case=case,
        settings=settings,
        prompt={"name": "p", "text": "x", "system": text, "description": text},
    )
    prompt = f"{text}\n{{{{posting}}}}{text}"
    return record_of([started, *iteration_events(1, prompt, [run], start=1)])


def troubled_race(text: str) -> SessionRecord:
    """A session with a race, in which its ideas, its winner and its answers are such a text."""
    record = record_of(raced_events())
    for interview in record.interviews:
        interview.analysis = interview.response = text
        interview.problems.append(text)
        for proposal in interview.proposals:
            changes = tuple(
                replace(change, name=text, cause=text, reason=text, text=text)
                for change in proposal.suggestion.changes
            )
            proposal.suggestion = replace(
                proposal.suggestion, kind=text, reasoning=text, cause=text, changes=changes
            )
            proposal.reason = text
    shown = (Demonstration({text: text}, text, text),)
    for iteration in record.iterations:
        iteration.prompt = text
        iteration.variant = replace(iteration.variant, text=text, system=text, demonstrations=shown)
        iteration.runs = [
            replace(
                run,
                output=text,
                error_message=text,
                criteria=tuple(replace(c, kind=text, feedback=text) for c in run.criteria),
            )
            for run in iteration.runs
        ]
    return record
