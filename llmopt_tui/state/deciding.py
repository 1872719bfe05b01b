"""What a person looks at before deciding about a suggestion, as the record tells it.

Which failures it is meant to mend, and how the same kind of change has done before in the session.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmopt_tui.core.proposals.brief import rank_failures

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.loop.round import InterviewRecord, ProposalRecord
    from llmopt_tui.core.run import Run
    from llmopt_tui.core.suggestion import Suggestion


@dataclass(frozen=True, slots=True)
class Meant:
    """A train example that a suggestion is meant to mend, with the answer that fell short.

    `expected` is in words; `criticism` says what is wrong with the answer.
    """

    example_id: str
    inputs: Mapping[str, str]
    expected: str
    run: Run
    criticism: str


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier idea of the same kind, and how it did: `gain` over the best at that time.

    None where it was refused, or is not measured.
    """

    interview: int
    outcome: str
    gain: float | None


def meant_examples(record: SessionRecord, suggestion: Suggestion) -> list[Meant]:
    """The failed train examples of a suggestion's cause, the worst first.

    Where it names no cause, those of every failure.
    """
    best = record.best
    if best is None:
        return []
    found: dict[tuple[str, int], Meant] = {}
    causes = {suggestion.cause, *(change.cause for change in suggestion.changes)} - {""}
    examples = _examples(record)
    for failure in rank_failures(best.train_runs):
        if causes and failure.mode not in causes:
            continue
        for run, criticism in zip(failure.runs, failure.feedback, strict=True):
            example = examples.get(run.example_id, {})
            meant = Meant(
                run.example_id,
                _texts(example.get("inputs")),
                expected_words(example),
                run,
                criticism,
            )
            found.setdefault((run.example_id, run.repeat), meant)
    return sorted(found.values(), key=lambda meant: meant.run.score)


def meant_of(record: SessionRecord, example_ids: tuple[str, ...]) -> list[Meant]:
    """The answers of the best variant to some examples, with what was expected."""
    examples = _examples(record)
    runs = record.best.train_runs if record.best else []
    return [
        Meant(
            run.example_id,
            _texts(examples.get(run.example_id, {}).get("inputs")),
            expected_words(examples.get(run.example_id, {})),
            run,
            "; ".join(c.feedback for c in run.criteria if c.score < 1),
        )
        for run in runs
        if run.example_id in example_ids and run.repeat == 1
    ]


def same_kind(
    record: SessionRecord, suggestion: Suggestion, before: tuple[int, int]
) -> list[Before]:
    """How ideas of the same kind did earlier in the session, the newest first.

    `before` are the numbers of the suggestion's round and its own there: later ones do not count.
    """
    kinds = set(_kinds(suggestion))
    return [
        _before(record, interview, proposal)
        for interview in reversed(record.interviews)
        for proposal in interview.proposals
        if (interview.n, proposal.n) < before
        and proposal.decided
        and kinds & set(_kinds(proposal.suggestion))
    ]


def _kinds(suggestion: Suggestion) -> Iterator[str]:
    """What counts as the same kind of change: its name, else what it does and who suggests it."""
    for change in suggestion.changes:
        yield change.name or f"{change.edit} by {change.source}"
    if not suggestion.changes:
        yield suggestion.kind or f"replace text by {suggestion.source}"


def _before(record: SessionRecord, interview: InterviewRecord, proposal: ProposalRecord) -> Before:
    assert proposal.decision is not None
    if not proposal.accepted:
        return Before(interview.n, "rejected", None)
    parent = record.iteration_before(interview)
    runs = proposal.runs
    if not runs:
        tested = next((i for i in record.scored if i.n == interview.iteration + 1), None)
        if tested is None or parent is None or interview.raced:
            return Before(interview.n, proposal.decision.action, None)
        gain = (tested.score or 0.0) - (parent.score or 0.0)
        return Before(interview.n, "tested", gain)
    known = {(r.example_id, r.repeat): r.score for r in parent.train_runs} if parent else {}
    gains = [
        run.score - known[run.example_id, run.repeat]
        for run in runs
        if (run.example_id, run.repeat) in known
    ]
    return Before(
        interview.n, proposal.outcome or "in a race", sum(gains) / len(gains) if gains else None
    )


def _examples(record: SessionRecord) -> dict[str, Mapping[str, Any]]:
    case = record.started.case if record.started else {}
    listed = case.get("examples")
    return {
        str(example.get("id")): example
        for example in (listed if isinstance(listed, list | tuple) else ())
        if isinstance(example, Mapping)
    }


def _texts(inputs: object) -> dict[str, str]:
    given = inputs if isinstance(inputs, Mapping) else {}
    return {str(name): str(text) for name, text in given.items()}


def expected_words(example: Mapping[str, Any]) -> str:
    """What is expected of an answer, as a person reads it: the ideal answer, else the demands."""
    if answer := example.get("answer"):
        return str(answer)
    expected = example.get("expected")
    if not isinstance(expected, Mapping) or not expected:
        return ""
    if set(expected) == {"answer"}:
        return _said(expected["answer"])
    return "\n".join(f"{name}: {_said(value)}" for name, value in expected.items())


def _said(value: object) -> str:
    if isinstance(value, str):
        return value
    plain = str | int | float
    if isinstance(value, list | tuple) and all(isinstance(each, plain) for each in value):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False, default=str)
