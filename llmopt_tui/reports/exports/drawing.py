"""The pieces that plots are drawn from, as SVG: small, without scripts, legible on light and dark.

Every function but `up` and `inside` returns SVG, with the text in it escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmopt_tui.reports.exports.escaping import escaped

# Grey and blue with enough contrast on white as well as on black: a page may be either.
TEXT, LINE = "#757b82", "#3f86e8"
WIDTH, LEFT, RIGHT, TOP, HEIGHT = 640, 48, 24, 46, 220


def svg(title: str, height: float, parts: Sequence[str]) -> str:
    """A whole picture: a title above the parts. `height` is in units of its own, WIDTH across."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
            f'width="{WIDTH}" height="{height:.0f}" role="img" '
            f'font-family="system-ui, sans-serif" font-size="12">',
            f"<title>{escaped(title)}</title>",
            label(12, 20, title, "start", size=14),
            *parts,
            "</svg>",
            "",
        ]
    )


def grid() -> Iterator[str]:
    """Lines across the picture for scores from 0 to 1, with their numbers."""
    for score in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = up(score)
        yield rule(LEFT, y, WIDTH - RIGHT, y)
        yield label(LEFT - 8, y + 4, f"{score:.2f}", "end")


def up(score: float) -> float:
    """The y of a score in [0, 1]."""
    return TOP + HEIGHT * (1 - inside(score))


def inside(score: float) -> float:
    """The score, moved to the nearest end where it is outside of [0, 1]."""
    return min(1.0, max(0.0, score))


def rule(x1: float, y1: float, x2: float, y2: float, *, dash: str = "") -> str:
    """A straight line, thin and pale; `dash` is the length of dashes and gaps."""
    style = f'stroke-dasharray="{dash}"' if dash else 'stroke-opacity="0.3"'
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{TEXT}" {style}/>'
    )


def dot(x: float, y: float, *, filled: bool) -> str:
    """A small circle."""
    fill = LINE if filled else "none"
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{LINE}"/>'


def diamond(x: float, y: float) -> str:
    """A small diamond, which is never filled."""
    return (
        f'<path d="M{x:.1f},{y - 6:.1f} l6,6 -6,6 -6,-6 z" fill="none" '
        f'stroke="{LINE}" stroke-width="1.5"/>'
    )


def label(x: float, y: float, text: str, anchor: str = "middle", *, size: int = 12) -> str:
    """A text. `anchor` is which part of it is at x: "start", "middle" or "end"."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{TEXT}" '
        f'font-size="{size}" xml:space="preserve">{escaped(text)}</text>'
    )
