"""A race and its ideas as lines: the same columns for each idea, as many as the width allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.state.races import race_under_way, raced_against, standings
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.panes.log_order import has_won, ideas_shown
from llmopt_tui.tui.variant_words import OUTCOMES, SOURCES, idea_name, ideas_left
from llmopt_tui.tui.widgets.score import score_text, spark

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.loop.round import InterviewRecord
    from llmopt_tui.state.races import Standing

_FATE = 8
_COLUMNS = 1 + 4 + 6 + 6 + _FATE
"""Cells of the columns that every line has besides the name: mark, number, gain, score, fate."""
_SHORTEST_NAME, _LONGEST_NAME = 12, 31


def race_line(record: SessionRecord, interview: InterviewRecord, *, opened: bool) -> Content:
    """The line of a race: how far it is, or how it ended."""
    shown = ideas_shown(record, interview)
    ideas = standings(record, interview)
    against = raced_against(record, interview)
    count = f"{sum(i.answered for i in ideas)}/{sum(i.planned for i in ideas)} answers"
    if race_under_way(record) is interview:
        running = sum(idea.proposal.outcome is None for idea in ideas)
        begun = "racing" if record.finished is None else "unfinished race of"
        text, more = f"{begun} {ideas_left(running, len(ideas))}", count
        if against and against.score is not None:
            more += f"  against iteration {against.n}"
    elif has_won(record, interview):
        text, more = f"{fmt.plural(len(shown), 'idea')} lost the race", ""
    else:
        won = interview.lost
        text, more = ("no idea won" if won else "race"), f"{fmt.plural(len(ideas), 'idea')} raced"
    return Content.assemble(
        ("▾ " if opened else "▸ ", "$text-muted"),
        "  ",
        (text, "bold"),
        (f"  {more}", "$text-muted"),
    )


def idea_line(idea: Standing, *, opened: bool, width: int) -> Content:
    """An idea: mark, number, name, gain over the best so far, score, fate, answers, their bars."""
    proposal, gain = idea.proposal, idea.gain
    room = max(_SHORTEST_NAME, min(_LONGEST_NAME, width - _COLUMNS - 10))
    source = SOURCES[proposal.suggestion.source]
    name = idea_name(proposal.suggestion)
    if len(source) + len(name) + 3 <= room and source not in name:
        name = f"{source} · {name}"
    won = proposal.outcome == "won"
    gain_style = "$text-muted" if not gain else "$text-success" if gain > 0 else "$text-error"
    parts: list[str | tuple[str, str]] = [
        ("▾" if opened else "▸", "$text-muted"),
        (f"{proposal.n:>2}. ", "bold"),
        one_line(name, room).ljust(room + 1),
        (f"{fmt.gain(gain)} ", gain_style),
        (f"{score_text(idea.score)} ", "bold" if won else ""),
        (OUTCOMES[proposal.outcome].ljust(_FATE) if proposal.outcome else " " * _FATE, ""),
    ]
    used = 1 + 4 + room + 1 + 6 + 5 + _FATE
    counted = f"{idea.answered:>3}/{idea.planned}"
    for text in (counted, "  " + spark(run.score for run in proposal.runs)):
        if used + len(text) <= width:
            parts.append((text, "$text-muted"))
            used += len(text)
    return Content.assemble(*parts).truncate(max(1, width))
