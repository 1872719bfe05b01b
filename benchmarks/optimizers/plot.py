"""A plot of held-out quality as SVG: a panel a task, a line an arm, means with their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from benchmarks.optimizers.summary import Row

_LABELS, _WIDTH, _RIGHT = 190, 420, 30
"""Pixels: the arms' names, the scale from 0 to 1, and the margin behind it."""

_LINE, _HEAD, _GAP = 20, 34, 26
"""Pixels: the height of an arm's line and of a panel's title with its scale, and between panels."""

_OURS, _OTHERS, _QUIET = "#0b6e4f", "#5a6472", "#d5d9de"


def plot(rows: Sequence[Row], reference: str) -> str:
    """The plot as an SVG document. `reference` is the arm that is drawn in colour."""
    panels = {task: [r for r in rows if r.task == task] for task in dict.fromkeys(
        row.task for row in rows
    )}  # fmt: skip
    height = sum(_HEAD + _LINE * len(panel) + _GAP for panel in panels.values())
    width = _LABELS + _WIDTH + _RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    top = 0
    for task, panel in panels.items():
        parts += _panel(task, panel, reference, top)
        top += _HEAD + _LINE * len(panel) + _GAP
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(task: str, panel: Sequence[Row], reference: str, top: int) -> Iterator[str]:
    bottom = top + _HEAD + _LINE * len(panel)
    yield f'<text x="8" y="{top + 16}" font-weight="bold">{escape(task)}: held out</text>'
    for tick in range(0, 11, 2):
        x = _x(tick / 10)
        yield f'<line x1="{x}" y1="{top + _HEAD}" x2="{x}" y2="{bottom}" stroke="{_QUIET}"/>'
        yield f'<text x="{x}" y="{top + _HEAD - 4}" text-anchor="middle">{tick / 10:.1f}</text>'
    for place, row in enumerate(sorted(panel, key=lambda row: -row.held_out.value)):
        yield from _arm(row, row.arm == reference, top + _HEAD + _LINE * place + _LINE // 2)


def _arm(row: Row, ours: bool, y: int) -> Iterator[str]:
    colour = _OURS if ours else _OTHERS
    weight = ' font-weight="bold"' if ours else ""
    mean = row.held_out
    yield (
        f'<text x="{_LABELS - 10}" y="{y + 4}" text-anchor="end" fill="{colour}"{weight}>'
        f"{escape(row.arm)}</text>"
    )
    if mean.ci95 is not None:
        low, high = (_x(end) for end in mean.ci95)
        yield f'<line x1="{low}" y1="{y}" x2="{high}" y2="{y}" stroke="{colour}" stroke-width="2"/>'
    yield f'<circle cx="{_x(mean.value)}" cy="{y}" r="4" fill="{colour}"/>'


def _x(quality: float) -> float:
    return round(_LABELS + _WIDTH * min(1.0, max(0.0, quality)), 1)
