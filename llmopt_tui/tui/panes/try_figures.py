"""An answer in figures and lines: its score, time and tokens, and what each criterion says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.links import link
from llmopt_tui.tui.widgets.lines import Line
from llmopt_tui.tui.widgets.score import score_bar, score_text

if TYPE_CHECKING:
    from llmopt_tui.core.scoring.base import CriterionScore
    from llmopt_tui.state.trying import Answered, LiveTry

LONGEST = 600
"""How many characters of a criticism are shown."""
_BAR, _NAME = 10, 40


def figures(answered: Answered, beside: Answered | None) -> Content:
    """An answer in one line. `beside` is the one in the other column: the difference is said."""
    tried = answered.tried
    metrics = tried.reply.metrics
    parts: list[Content] = []
    if tried.score is not None:
        filled, empty = score_bar(tried.score, _BAR)
        score = Content.assemble((score_text(tried.score), "bold"), " ", filled)
        parts.append(score.append(Content.styled(empty, "$foreground-disabled")))
        other = beside.tried if beside else None
        if other and other.score is not None and other.attempt.example == tried.attempt.example:
            parts.append(Content.styled(fmt.gain(tried.score - other.score), "bold"))
    parts.append(Content(fmt.seconds(tried.seconds).strip()))
    if metrics.output_tokens is not None:
        parts.append(Content(fmt.plural(metrics.output_tokens, "token")))
    if metrics.tokens_per_second is not None:
        parts.append(Content(fmt.speed(metrics.tokens_per_second).strip()))
    if metrics.truncated:
        parts.append(Content.styled("cut off at its limit", "bold"))
    if tried.reply.thinking:
        thought = f"thought {len(tried.reply.thinking):,} characters"
        parts.append(link(thought, "screen.try_thoughts", "underline"))
    if metrics.load_seconds is not None and metrics.load_seconds >= 1:
        parts.append(Content(f"loaded in {metrics.load_seconds:.1f} s"))
    return Content("   ").join(parts)


def live_figures(live: LiveTry, now: float, spinner: str, cancel_key: str) -> Content:
    """What an attempt does and for how long, with a link that cancels it. `now` is in seconds."""
    seconds = fmt.seconds(live.seconds(now)).strip()
    if live.ended:
        return Content.styled(f"after {seconds}", "$foreground-muted")
    if live.began_at is None:
        doing = "waits for a free place on the server"
    elif live.retrying and live.retrying.wait_seconds:
        left = max(0.0, live.retrying.wait_seconds - live.seconds(now))
        doing = f"waits for the server, tries again in {left:.0f} s"
    elif live.text:
        doing = f"about {fmt.plural(live.pieces, 'token')}"
    elif live.thinking:
        doing = f"thinks, about {fmt.plural(live.pieces, 'token')}"
    else:
        doing = "waits for the first word"
    cancel = link(f"{cancel_key} cancels", "screen.try_cancel", "underline")
    return Content.assemble(f"{spinner} {seconds}   {doing}   ", cancel)


def criteria_lines(criteria: tuple[CriterionScore, ...]) -> Iterator[Line]:
    """A line a criterion, the worst first, with its criticism below."""
    for found in sorted(criteria, key=lambda c: (c.score, -c.weight)):
        weight = f"  weight {found.weight:g}" if found.weight != 1 else ""
        bar = "".join(score_bar(found.score, _BAR))
        name = f"{bar} {one_line(found.kind, _NAME)}{weight}"
        yield Line(name, "criticism--name", score_text(found.score))
        yield Line(one_line(found.feedback, LONGEST), "criticism--words")
