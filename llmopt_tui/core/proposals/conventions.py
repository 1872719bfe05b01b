"""Conventions: labels that answers confuse, and the rule made of what a person says about them.

Which e-mail is *high* and which *normal* is nobody's to guess: a model that draws the border
elsewhere is not wrong about the text but about a convention, and only the person knows that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from llmopt_tui.core.case import Case
from llmopt_tui.core.changes import Change
from llmopt_tui.core.doubt import Doubt
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.run import Run
from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.answers import Equals
from llmopt_tui.core.scoring.choice import Choice
from llmopt_tui.core.scoring.sameness import bare
from llmopt_tui.core.scoring.settling import settled_label
from llmopt_tui.core.suggestion import Suggestion

MOST_LABELS = 8
MOST_ASKED = 2
"""How many such questions a session asks."""
LEAST_DISPUTED, MOST_DISPUTED = 2, 3
"""How many answers must confuse two labels, and how many of them are named."""
LABEL_LENGTH = 40
CONVENTION = "your convention"


def doubt_of(record: SessionRecord, case: Case) -> Doubt | None:
    """The two labels that the best variant's answers confuse most; None where none are in doubt.

    None too where the person was asked often enough, or did not want to say.
    """
    asked = record.conventions
    if record.best is None or len(asked) >= MOST_ASKED or any(not a.answer for a in asked):
        return None
    if any(suggestion.kind == CONVENTION for suggestion in record.written):
        return None  # one question a round: its answer may settle more than that
    known = {frozenset((bare(a.doubt.label), bare(a.doubt.other))) for a in asked}
    confused: dict[tuple[str, str], list[str]] = defaultdict(list)
    expected = {example.id: example.expected.get("answer") for example in case.split("train")}
    labels = _labels(case, list(expected.values()))
    if not labels:
        return None
    for run in record.best.train_runs:
        wanted = expected.get(run.example_id)
        if (read := _read(run, labels)) and isinstance(wanted, str) and bare(wanted) != bare(read):
            confused[wanted, read].append(run.example_id)
    pairs = {
        pair: list(dict.fromkeys(ids))
        for pair, ids in confused.items()
        if frozenset(map(bare, pair)) not in known
    }
    most = max(pairs, key=lambda pair: len(pairs[pair]), default=None)
    if most is None or len(pairs[most]) < LEAST_DISPUTED:
        return None
    return Doubt(*most, tuple(pairs[most][:MOST_DISPUTED]), modes.WRONG_ANSWER)


def convention_rule(doubt: Doubt, answer: str, record: SessionRecord) -> Suggestion | None:
    """The rule made of what the person said; None where they said nothing."""
    if not answer or record.best is None:
        return None
    said = answer.rstrip(" .")
    rule = f'Answer "{doubt.label}" and not "{doubt.other}" where this holds: {said}.'
    if bare(doubt.label) in bare(said).split():
        rule = f"{said[0].upper()}{said[1:]}."
    parent = record.best.variant
    reason = f'You said what makes an input "{doubt.label}" and not "{doubt.other}".'
    change = Change("add rule", "person", CONVENTION, doubt.cause, reason, rule)
    variant = change.apply(parent)
    if variant is None:
        return None
    return Suggestion(
        variant.text, reason, "person", CONVENTION, variant, (change,), cause=doubt.cause
    )


def _labels(case: Case, expected: Sequence[object]) -> tuple[str, ...]:
    """The few labels that the case's criteria tell apart; none where it is no such case."""
    for criterion in case.criteria:
        match criterion:
            case Choice(labels=labels):
                return labels if len(labels) <= MOST_LABELS else ()
            case Equals():
                return tuple(_distinct(expected))
            case _:
                pass
    return ()


def _distinct(expected: Sequence[object]) -> Iterator[str]:
    """The expected texts, each once, where they are few and short and several examples share one.

    Otherwise they are no labels.
    """
    texts = [text for text in expected if isinstance(text, str)]
    found = {bare(text): text for text in texts}
    short = all(0 < len(text) <= LABEL_LENGTH for text in texts)
    if short and 2 <= len(found) <= min(MOST_LABELS, len(texts) // 2):
        yield from found.values()


def _read(run: Run, labels: tuple[str, ...]) -> str | None:
    """The label that a failed answer settles on."""
    if not run.success or run.mark is not None or not run.output.strip():
        return None
    return settled_label(run.output, labels).label
