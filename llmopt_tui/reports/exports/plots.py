"""The plots of a session's report as SVG: small, without scripts, legible on light and on dark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean

from llmopt_tui.core.case import Split
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.exports.drawing import (
    HEIGHT,
    LEFT,
    LINE,
    RIGHT,
    TOP,
    WIDTH,
    diamond,
    dot,
    grid,
    inside,
    label,
    rule,
    svg,
    up,
)

_ROW, _LABELS, _NUMBERS = 20, 180, 110
_CROWDED = 32
_LONGEST_NAME = 22
_MOST_ROWS, _MOST_TICKS = 60, 20


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture: a word for its file's name, what it shows in words, and its SVG."""

    name: str
    title: str
    svg: str


def plots(record: SessionRecord) -> list[Plot]:
    """The plots that there is something for."""
    found = []
    if record.scored:
        found.append(_iterations(record))
    if record.improvement:
        found.append(_examples(record))
    return found


def _iterations(record: SessionRecord) -> Plot:
    """Score over iterations, with the target and, where it was measured, the held-out score."""
    scored, best = record.scored, record.best
    title = "Score over the iterations"
    bottom = TOP + HEIGHT
    span = WIDTH - LEFT - RIGHT
    xs = [LEFT + span * (n + 0.5) / len(scored) for n in range(len(scored))]
    points = [(x, up(iteration.score or 0.0)) for x, iteration in zip(xs, scored, strict=True)]
    parts = [*grid()]
    if record.started:
        target = record.started.settings.target
        parts.append(rule(LEFT, up(target), WIDTH - RIGHT, up(target), dash="4 4"))
        parts.append(label(LEFT + 4, up(target) + 14, f"target {target:.2f}", "start"))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{LINE}" stroke-width="2"/>')
    step = -(-len(scored) // _MOST_TICKS)
    for n, ((x, y), iteration) in enumerate(zip(points, scored, strict=True)):
        parts.append(dot(x, y, filled=True))
        if n % step == 0:
            parts.append(label(x, bottom + 18, str(iteration.n)))
        if iteration is best:
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="none" stroke="{LINE}"/>')
        held_out = [run.score for run in iteration.validation_runs]
        if held_out:
            parts.append(diamond(x, up(fmean(held_out))))
        if iteration is best:
            crowded = bool(held_out) and 0 < up(fmean(held_out)) - y < _CROWDED
            parts.append(label(x, y - 13 if crowded else y + 22, f"best {iteration.score:.2f}"))
    parts.append(label(LEFT + span / 2, bottom + 36, "iteration"))
    legend = "● train examples"
    if any(iteration.validation_runs for iteration in scored):
        legend += "   ◇ held-out examples"
    parts.append(label(WIDTH - RIGHT, 20, legend, "end"))
    return Plot("iterations", title, svg(title, bottom + 46, parts))


def _examples(record: SessionRecord) -> Plot:
    """Each example's score with the original prompt and with the best one."""
    first, best = record.scored[0], record.best or record.scored[0]
    title = "Each example, before and after"
    rows = [*_changes(first, best, "train"), *_changes(first, best, "validation")]
    count = len(rows)
    if count > _MOST_ROWS:
        rows = sorted(rows, key=lambda row: -abs(row[2] - row[1]))[:_MOST_ROWS]
    top, span = TOP + 8, WIDTH - _LABELS - _NUMBERS
    parts = []
    for score in (0.0, 0.5, 1.0):
        x = _LABELS + span * score
        parts.append(rule(x, top - 12, x, top + len(rows) * _ROW - 8))
        parts.append(label(x, top + len(rows) * _ROW + 8, f"{score:.1f}"))
    for n, (name, before, after) in enumerate(rows):
        y = top + n * _ROW
        left, right = _LABELS + span * inside(before), _LABELS + span * inside(after)
        parts.append(label(_LABELS - 12, y + 4, name, "end"))
        parts.append(
            f'<line x1="{left:.1f}" y1="{y}" x2="{right:.1f}" y2="{y}" '
            f'stroke="{LINE}" stroke-width="2"/>'
        )
        parts += [dot(left, y, filled=False), dot(right, y, filled=True)]
        parts.append(label(WIDTH - 12, y + 4, f"{before:.2f} → {after:.2f}", "end"))
    legend = "○ original   ● best"
    if best.validation_runs:
        legend += "   ◇ held out"
    if len(rows) < count:
        legend += f"   {_MOST_ROWS} of {count}, those that changed most"
    parts.append(label(WIDTH - 12, 20, legend, "end"))
    return Plot("examples", title, svg(title, top + len(rows) * _ROW + 20, parts))


def _changes(
    first: IterationRecord, best: IterationRecord, split: Split
) -> Iterator[tuple[str, float, float]]:
    """Name, score before and score after of every example of a split that has both."""
    before, after = _means(first, split), _means(best, split)
    mark = "◇ " if split == "validation" else ""
    for example, score in before.items():
        if example in after:
            yield mark + one_line(example, _LONGEST_NAME), score, after[example]


def _means(iteration: IterationRecord, split: Split) -> dict[str, float]:
    scores: dict[str, list[float]] = {}
    for run in iteration.runs:
        if run.split == split:
            scores.setdefault(run.example_id, []).append(run.score)
    return {example: fmean(found) for example, found in scores.items()}
