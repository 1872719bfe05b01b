"""Figures of ways that were measured in turn, and the table that they are shown in."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "<!-- side by side: begin -->", "<!-- side by side: end -->"
HEADINGS = ("measure", "ours", "theirs", "ratio", "goal")


@dataclass(frozen=True, slots=True)
class Spent:
    """What one run took: seconds on the clock, and seconds of processor time where they count."""

    seconds: float
    cpu: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `ratio` is None where nothing is compared."""

    measure: str
    ours: str
    theirs: str = ""
    ratio: str = ""
    goal: str = ""


Way = Callable[[], Spent]


def in_turn(ways: Mapping[str, Way], rounds: int) -> dict[str, list[Spent]]:
    """Measure every way once a round, after a round that does not count."""
    found: dict[str, list[Spent]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            spent = way()
            if number:
                found[name].append(spent)
    return found


def ratio(ours: Sequence[Spent], theirs: Sequence[Spent]) -> str:
    """The median over the rounds of ours to theirs, by the clock and by processor time.

    What disturbs a whole round disturbs both alike, so it is not in the ratio.
    """
    pairs = list(zip(ours, theirs, strict=True))
    text = f"{statistics.median(a.seconds / b.seconds for a, b in pairs):.2f}"
    cpu = [a.cpu / b.cpu for a, b in pairs if a.cpu is not None and b.cpu]
    return f"{text} (CPU {statistics.median(cpu):.2f})" if cpu else text


def shown(spent: Sequence[Spent], unit: str = "s") -> str:
    """The median with its spread, the middle half, and the median of the processor time."""
    factor = {"s": 1.0, "ms": 1000.0}[unit]
    text = spread([each.seconds * factor for each in spent], unit)
    cpu = [each.cpu for each in spent if each.cpu is not None]
    return f"{text}, CPU {_digits(statistics.median(cpu) * factor)} {unit}" if cpu else text


def spread(values: Sequence[float], unit: str) -> str:
    """The median, and the middle half of the values in brackets."""
    middle = f"{_digits(statistics.median(values))} {unit}"
    if len(values) < 2:
        return middle
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{middle} ({_digits(low)} to {_digits(high)})"


def _digits(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def table(rows: Sequence[Row], conditions: str) -> str:
    """The rows as a Markdown table, with the conditions that they were measured under."""
    return "\n".join([*_lines(rows), "", conditions])


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    yield _line(HEADINGS)
    yield _line(("---",) * len(HEADINGS))
    for row in rows:
        yield _line((row.measure, row.ours, row.theirs, row.ratio, row.goal))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def write_between(file: Path, text: str) -> None:
    """Put a text between the two marker comments of a file. Raises ValueError without them."""
    before, begin, rest = file.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{file} needs two lines, {BEGIN} and {END}, for the table to go between")
    file.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")
