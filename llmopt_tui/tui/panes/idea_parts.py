"""What the card of an idea says of it: its round, why it is suggested, what it is meant to mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.state.deciding import Before, same_kind
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.links import linked
from llmopt_tui.tui.panes.meant_example import meant_example
from llmopt_tui.tui.variant_words import fate_words, idea_title
from llmopt_tui.tui.widgets.plain import Plain, plain_text

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.loop.round import ProposalRecord
    from llmopt_tui.core.signals import SuggestionProposed
    from llmopt_tui.core.suggestion import Suggestion
    from llmopt_tui.state.deciding import Meant

_SHOWN_EXAMPLES = 5
_SHOWN_BEFORE = 4


def ideas_of_round(round_: Sequence[ProposalRecord], here: int) -> Iterator[Plain]:
    """A line for each idea of the round: the one that is shown, and those decided already."""
    if len(round_) < 2:
        return
    for other in round_:
        shown = other.n == here
        name = plain_text(
            f"{other.n}. {one_line(idea_title(other.suggestion), 60)}", "bold" if shown else ""
        )
        if not shown and not other.decided:
            name = linked(name, f"screen.turn_to_idea({other.n})")
        state = plain_text(f"  {_state_words(other, shown)}", "$foreground-muted")
        yield Plain(Content.assemble("▸ " if shown else "  ", name, state), classes="idea")


def why(suggestion: Suggestion) -> Iterator[Plain]:
    """What it is against, and why it should help."""
    yield Plain("Why", classes="heading")
    if suggestion.cause:
        yield Plain(f"against {one_line(suggestion.cause, 60)}", "$foreground-muted")
    said = dict.fromkeys(
        text.strip()
        for text in (
            suggestion.reasoning,
            suggestion.diagnosis,
            *(change.reason for change in suggestion.changes),
        )
    )
    for text in filter(None, said):
        if text == suggestion.reasoning.strip() or text not in suggestion.reasoning:
            yield Plain(text)
    if not any(said):
        yield Plain("No reason was given.", "$foreground-muted")


def same_kind_before(record: SessionRecord, proposal: SuggestionProposed) -> Iterator[Plain]:
    """How the same kind of change has done before in this session."""
    here = (proposal.interview, proposal.proposal)
    earlier = same_kind(record, proposal.suggestion, here)
    if not earlier:
        return
    yield Plain("The same kind of change before", classes="heading")
    for each in earlier[:_SHOWN_BEFORE]:
        yield Plain(_before_words(each))


def meant_to_mend(meant: Sequence[Meant]) -> Iterator[Plain]:
    """The examples that it is meant to mend."""
    count = len(meant)
    if not count:
        return
    shown = meant[:_SHOWN_EXAMPLES]
    more = f", the worst {len(shown)} here" if count > len(shown) else ""
    yield Plain(f"Meant to mend: {fmt.plural(count, 'answer')}{more}", classes="heading")
    for each in shown:
        yield meant_example(each)


def _state_words(proposal: ProposalRecord, shown: bool) -> str:
    if proposal.decided:
        return fate_words(proposal)
    return "" if shown else "waits"


def _before_words(before: Before) -> str:
    """How an earlier idea of the same kind did, in a line."""
    gain = f" {fmt.gain(before.gain).strip()}" if before.gain is not None else ""
    return f"round {before.interview}: {before.outcome}{gain}"
