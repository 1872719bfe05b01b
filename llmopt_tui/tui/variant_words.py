"""What a variant shows and what an idea changes, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt

if TYPE_CHECKING:
    from llmopt_tui.core.changes import Change, Source
    from llmopt_tui.core.events import Outcome
    from llmopt_tui.core.loop.round import ProposalRecord
    from llmopt_tui.core.signals import SuggestionProposed
    from llmopt_tui.core.suggestion import Suggestion
    from llmopt_tui.core.variant import Constrain, Demonstration, Instructions, Variant

SOURCES: Mapping[Source, str] = {
    "interviewer": "interviewer",
    "playbook": "playbook",
    "chat": "your talk",
    "demonstrations": "demonstrations",
    "constraint": "output format",
    "person": "you",
    "earlier": "earlier session",
}
INSTRUCTIONS: Mapping[Instructions, str] = {
    "once": "instructions in the first turn",
    "each": "instructions in each turn",
    "system": "instructions as system message",
}
_CONSTRAINTS: Mapping[Constrain | None, str] = {
    None: "The output format is enforced as the case says.",
    "off": "No output format is enforced.",
    "format": "The output format is enforced while the answer is written.",
    "late": "A second answer says the first one again in the output format.",
}
OUTCOMES: Mapping[Outcome, str] = {"won": "won", "beaten": "beaten", "dropped": "dropped"}
_NAME_CHARS, _INPUT_CHARS, _ANSWER_CHARS = 60, 60, 160


def idea_name(suggestion: Suggestion) -> str:
    """What people call an idea: its kind, else the beginning of its rule, else its source."""
    rules = (one_line(change.text, _NAME_CHARS) for change in suggestion.changes if change.text)
    kind = one_line(suggestion.kind, _NAME_CHARS)
    return kind or next(rules, "") or f"a text by {SOURCES[suggestion.source]}"


def idea_title(suggestion: Suggestion) -> str:
    """An idea's name, with the examples that it shows: two that show others are called alike."""
    shown = [d.example_id for change in suggestion.changes for d in change.demonstrations]
    ids = ", ".join(filter(None, shown))
    return f"{idea_name(suggestion)} ({ids})" if ids else idea_name(suggestion)


def waiting_name(proposed: SuggestionProposed) -> str:
    """What an idea that waits is called: "Idea 2 of 3", or by its round where it is alone."""
    if proposed.proposals > 1:
        return f"Idea {proposed.proposal} of {proposed.proposals}"
    return f"Suggestion {proposed.interview}"


def ideas_left(running: int, all_of_them: int) -> str:
    """How many ideas are still in a race: "3 ideas", or "1 of 3 ideas"."""
    ideas = fmt.plural(all_of_them, "idea")
    return ideas if running == all_of_them else f"{running} of {ideas}"


def source_words(suggestion: Suggestion) -> str:
    """Where an idea comes from and what it is against: "playbook, against too long"."""
    cause = one_line(suggestion.cause, _NAME_CHARS)
    return SOURCES[suggestion.source] + (f", against {cause}" if cause else "")


def change_words(change: Change) -> str:
    """One change in a line: who suggests it, what it is, and what it is against."""
    what = one_line(change.name, _NAME_CHARS) or change.edit
    if change.edit == "add rule":
        where = "after the input" if change.last else "before the input"
        what = f"{what}, {where}" if change.name else f"a rule {where}"
    cause = one_line(change.cause, _NAME_CHARS)
    source = "" if change.source == change.edit else f"{SOURCES[change.source]}: "
    return source + what + (f", against {cause}" if cause else "")


def shown_words(variant: Variant) -> str:
    """How many demonstrations a variant shows, and where its instructions are; "" without any."""
    count = len(variant.demonstrations)
    if not count:
        return ""
    return f"{fmt.plural(count, 'demonstration')}, {INSTRUCTIONS[variant.instructions]}"


def constraint_words(variant: Variant) -> str:
    """Whether the model is held to the case's output format, as a sentence."""
    return _CONSTRAINTS[variant.constrain]


def demonstration_lines(variant: Variant) -> str:
    """A variant's demonstrations, one a line: example, first line of the input, answer."""
    return "\n".join(map(_demonstration_line, variant.demonstrations))


def _demonstration_line(demonstration: Demonstration) -> str:
    inputs = "\n".join(demonstration.inputs.values()).strip()
    first = one_line(inputs.split("\n", 1)[0], _INPUT_CHARS)
    answer = one_line(demonstration.answer, _ANSWER_CHARS)
    return f"{one_line(demonstration.example_id, 24) or 'your own'}  {first} → {answer}"


def fate_words(proposal: ProposalRecord) -> str:
    """What became of an idea: its decision, and how its race ended and why."""
    decision = proposal.decision
    if decision is None or decision.action == "none":
        return "waiting for a decision" if decision is None else "no decision"
    by = "by you" if decision.by == "person" else "automatically"
    note = f": {decision.note}" if decision.note else ""
    if decision.left_out:
        note = f", without change {', '.join(map(str, decision.left_out))}{note}"
    if proposal.suggestion.overruled:
        note = f", although refused: {' '.join(proposal.suggestion.overruled)}{note}"
    decided = f"{decision.action} {by}{note}"
    if proposal.outcome is None:
        return decided
    reason = f": {proposal.reason}" if proposal.reason else ""
    return f"{decided}, {OUTCOMES[proposal.outcome]}{reason}"
