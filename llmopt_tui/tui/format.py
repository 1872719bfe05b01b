"""Numbers as the app writes them: fixed decimals and widths, so that columns do not shift."""

from __future__ import annotations

from llmopt_tui.reports.durations import clock

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
"""The pictures of a sign that turns while something is under way, one after the other."""


def gain(value: float | None) -> str:
    """A difference of scores with its sign: "+0.00", 5 characters."""
    return " " * 5 if value is None else f"{value:+.2f}"


def seconds(value: float | None) -> str:
    """A duration: "0.0 s", or "12:05" from two minutes on; 6 characters."""
    if value is None:
        return " " * 6
    return f"{value:.1f} s".rjust(6) if value < 120 else clock(value).rjust(6)


def speed(value: float | None) -> str:
    """Tokens per second without decimals: " 18 tok/s", 9 characters."""
    return " " * 9 if value is None else f"{value:3.0f} tok/s"


def size(value: int | None) -> str:
    """Bytes in decimal units: "7.5 GB", "93 MB"; 6 characters."""
    if value is None:
        return " " * 6
    if value >= 1_000_000_000:
        return f"{value / 1e9:.1f} GB".rjust(6)
    return f"{value / 1e6:.0f} MB".rjust(6)


def short_model(name: str) -> str:
    """A model's name without the tag ":latest"."""
    return name.removesuffix(":latest")


def model_in(name: str, width: int) -> str:
    """A model's name in about `width` cells. The end is kept: long names differ there."""
    short = short_model(name)
    return "…/" + short.rsplit("/", 1)[1] if len(short) > width and "/" in short else short


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun, in the singular or the plural."""
    return f"{count} {one if count == 1 else many or one + 's'}"
