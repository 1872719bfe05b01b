"""The plots of a session's report as SVG: small, without scripts, legible on light and on dark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from xml.sax.saxutils import escape

from llmopt_tui.core.case import Split
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.text.plain import one_line

# Grey and blue with enough contrast on white as well as on black: a page may be either.
_TEXT, _LINE = "#757b82", "#3f86e8"
_WIDTH, _LEFT, _RIGHT, _TOP = 640, 48, 24, 46
_HEIGHT, _ROW, _LABELS, _NUMBERS = 220, 20, 180, 110
_LONGEST_NAME = 22
_MOST_ROWS, _MOST_TICKS = 60, 20
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    bottom = _TOP + _HEIGHT
    span = _WIDTH - _LEFT - _RIGHT
    xs = [_LEFT + span * (n + 0.5) / len(scored) for n in range(len(scored))]
    points = [(x, _up(iteration.score or 0.0)) for x, iteration in zip(xs, scored, strict=True)]
    parts = [*_grid(bottom)]
    if record.started:
        target = record.started.settings.target
        parts.append(_rule(_LEFT, _up(target), _WIDTH - _RIGHT, _up(target), dash="4 4"))
        parts.append(_label(_LEFT + 4, _up(target) + 14, f"target {target:.2f}", "start"))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{_LINE}" stroke-width="2"/>')
    step = -(-len(scored) // _MOST_TICKS)
    for n, ((x, y), iteration) in enumerate(zip(points, scored, strict=True)):
        parts.append(_dot(x, y, filled=True))
        if n % step == 0:
            parts.append(_label(x, bottom + 18, str(iteration.n)))
        if iteration is best:
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="none" stroke="{_LINE}"/>')
            parts.append(_label(x, y + 22, f"best {iteration.score:.2f}"))
        if held_out := [run.score for run in iteration.validation_runs]:
            parts.append(_diamond(x, _up(fmean(held_out))))
    parts.append(_label(_LEFT + span / 2, bottom + 36, "iteration"))
    legend = "● train examples"
    if any(iteration.validation_runs for iteration in scored):
        legend += "   ◇ held-out examples"
    parts.append(_label(_WIDTH - _RIGHT, 20, legend, "end"))
    return Plot("iterations", title, _svg(title, bottom + 46, parts))


def _examples(record: SessionRecord) -> Plot:
    """Each example's score with the original prompt and with the best one."""
    first, best = record.scored[0], record.best or record.scored[0]
    title = "Each example, before and after"
    rows = [*_changes(first, best, "train"), *_changes(first, best, "validation")]
    count = len(rows)
    if count > _MOST_ROWS:
        rows = sorted(rows, key=lambda row: -abs(row[2] - row[1]))[:_MOST_ROWS]
    top, span = _TOP + 8, _WIDTH - _LABELS - _NUMBERS
    parts = []
    for score in (0.0, 0.5, 1.0):
        x = _LABELS + span * score
        parts.append(_rule(x, top - 12, x, top + len(rows) * _ROW - 8))
        parts.append(_label(x, top + len(rows) * _ROW + 8, f"{score:.1f}"))
    for n, (name, before, after) in enumerate(rows):
        y = top + n * _ROW
        left, right = _LABELS + span * _inside(before), _LABELS + span * _inside(after)
        parts.append(_label(_LABELS - 12, y + 4, name, "end"))
        parts.append(
            f'<line x1="{left:.1f}" y1="{y}" x2="{right:.1f}" y2="{y}" '
            f'stroke="{_LINE}" stroke-width="2"/>'
        )
        parts += [_dot(left, y, filled=False), _dot(right, y, filled=True)]
        parts.append(_label(_WIDTH - 12, y + 4, f"{before:.2f} → {after:.2f}", "end"))
    legend = "○ original   ● best"
    if best.validation_runs:
        legend += "   ◇ held out"
    if len(rows) < count:
        legend += f"   {_MOST_ROWS} of {count}, those that changed most"
    parts.append(_label(_WIDTH - 12, 20, legend, "end"))
    return Plot("examples", title, _svg(title, top + len(rows) * _ROW + 20, parts))


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


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" '
            f'width="{_WIDTH}" height="{height:.0f}" role="img" '
            f'font-family="system-ui, sans-serif" font-size="12">',
            f"<title>{_text(title)}</title>",
            _label(12, 20, title, "start", size=14),
            *parts,
            "</svg>",
            "",
        ]
    )


def _grid(bottom: float) -> Iterator[str]:
    for score in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _up(score)
        yield _rule(_LEFT, y, _WIDTH - _RIGHT, y)
        yield _label(_LEFT - 8, y + 4, f"{score:.2f}", "end")


def _up(score: float) -> float:
    return _TOP + _HEIGHT * (1 - _inside(score))


def _inside(score: float) -> float:
    return min(1.0, max(0.0, score))


def _rule(x1: float, y1: float, x2: float, y2: float, *, dash: str = "") -> str:
    style = f'stroke-dasharray="{dash}"' if dash else 'stroke-opacity="0.3"'
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{_TEXT}" {style}/>'
    )


def _dot(x: float, y: float, *, filled: bool) -> str:
    fill = _LINE if filled else "none"
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{_LINE}"/>'


def _diamond(x: float, y: float) -> str:
    return (
        f'<path d="M{x:.1f},{y - 6:.1f} l6,6 -6,6 -6,-6 z" fill="none" '
        f'stroke="{_LINE}" stroke-width="1.5"/>'
    )


def _label(x: float, y: float, text: str, anchor: str = "middle", *, size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_TEXT}" '
        f'font-size="{size}" xml:space="preserve">{_text(text)}</text>'
    )


def _text(text: str) -> str:
    return escape(_NO_XML.sub("\ufffd", text))
