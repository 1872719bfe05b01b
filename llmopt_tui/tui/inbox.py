"""The inbox: the suggestions that wait for a decision, the oldest first, and for how long."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.durations import clock
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.variant_words import waiting_name

if TYPE_CHECKING:
    from llmopt_tui.app.members import KeptMember
    from llmopt_tui.core.signals import SuggestionProposed
    from llmopt_tui.tui.controller import RunController


def inbox_rows(run: RunController, now: datetime) -> list[str]:
    """A line for each session whose suggestion waits: how long, model, case, and its number."""
    return [_row(member, run.proposal_of(member), now) for member in run.waiting]


def _row(member: KeptMember, proposal: SuggestionProposed | None, now: datetime) -> str:
    names = f"{one_line(fmt.short_model(member.model), 30)} × {one_line(member.case.id, 40)}"
    if proposal is None:
        return names
    interview = member.record.interview(proposal.interview)
    since = interview.finished_at if interview else None
    waits = f"{clock(max(0.0, (now - since).total_seconds()))}  " if since else ""
    return f"{waits}{names}  {waiting_name(proposal).lower()}"
