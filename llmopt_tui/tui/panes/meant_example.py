"""An example that a decision is about: input, expected and answer together, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.widgets.plain import Plain, plain_text
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from llmopt_tui.core.events import IdeaTried
    from llmopt_tui.state.deciding import Meant

_SHOWN_CHARS = 900


def meant_example(meant: Meant) -> Plain:
    """A label with the whole example."""
    inputs = list(meant.inputs.items())
    parts: list[Content] = [
        Content.assemble(
            plain_text(one_line(meant.example_id, 40), "bold"),
            f"  {score_text(meant.run.score)}",
        )
    ]
    for name, text in inputs:
        parts += _labelled("input" if len(inputs) == 1 else one_line(name, 30), text)
    parts += _labelled("expected", meant.expected) if meant.expected else ()
    parts += _labelled("answer", meant.run.output or "(nothing)")
    if meant.criticism:
        parts.append(plain_text(f"✗ {one_line(meant.criticism, 400)}", "$text-warning"))
    return Plain(Content("\n").join(parts), classes="meant")


def tried_example(tried: IdeaTried, before: Meant | None) -> Plain:
    """A label with what the suggestion answered to an example, and the score beside today's."""
    run = tried.run
    was = f"{score_text(before.run.score)} → " if before else ""
    left_out = f", without change {', '.join(map(str, tried.left_out))}" if tried.left_out else ""
    parts = [
        Content.assemble(
            plain_text(one_line(run.example_id, 40), "bold"),
            f"  {was}",
            (score_text(run.score), "bold"),
            plain_text(left_out, "$foreground-muted"),
        ),
        *_labelled("answer now", run.output or run.error_message or "(nothing)"),
    ]
    faults = [c.feedback for c in run.criteria if c.score < 1]
    if faults:
        parts.append(plain_text(f"✗ {one_line('; '.join(faults), 400)}", "$text-warning"))
    return Plain(Content("\n").join(parts), classes="meant")


def _labelled(label: str, text: str) -> Iterator[Content]:
    shown = text.strip()
    if len(shown) > _SHOWN_CHARS:
        shown = f"{shown[:_SHOWN_CHARS]} … {len(shown) - _SHOWN_CHARS:,} characters more"
    yield Content.assemble(plain_text(f"{label}  ", "$foreground-muted"), plain_text(shown))
