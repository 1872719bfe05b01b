"""Standing: who is still in a race, who left it and why, and which examples come next."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from llmopt_tui.core.events import Outcome

Scores = Mapping[str, float]
"""A variant's score by example, repeats averaged."""

BEHIND_PARENT = 1.0
"""How many standard errors behind the best variant so far an entrant is dropped."""
BEHIND_BEST = 1.5
"""How many standard errors behind the best entrant an entrant is dropped."""
EARLY = 4.0
"""Both are more by this over the number of examples: a single block must not decide lightly."""
LEAD = 0.5
"""How many standard errors the winner has to lead by: less is what luck gives one of several."""

_PRIOR_VARIANCE = 0.1
_PRIOR_EXAMPLES = 4
"""A block says little of the spread of differences: this is taken to be known before it."""
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Entrant:
    """One suggestion in a race. `length` is how many characters it sends besides the input."""

    n: int
    length: int
    scores: Scores


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a race. `block` has the examples that `running` are to answer next.

    `ended` says how the race ended for the others, and why; the race is over where none is running.
    """

    running: tuple[int, ...]
    block: tuple[str, ...]
    ended: Mapping[int, tuple[Outcome, str]] = field(default_factory=dict)


def standing(
    parent: Scores,
    entrants: Sequence[Entrant],
    order: Sequence[Sequence[str]],
    *,
    min_gain: float,
    pinned: Collection[str] = (),
) -> Standing:
    """The state of a race, from what each entrant has scored so far.

    It depends on whole blocks alone, so not on the order in which answers came. `order` has the
    blocks of examples; `pinned` are examples on which no winner may score less than `parent`.
    """
    running = {entrant.n: entrant for entrant in entrants}
    ended: dict[int, tuple[Outcome, str]] = {}
    done: list[str] = []
    for block in order:
        if any(example not in e.scores for e in running.values() for example in block):
            return Standing(tuple(running), tuple(block), ended)
        done += block
        dropped = _breaking(parent, running.values(), block, pinned)
        if len(done) < sum(map(len, order)):  # at the end, it is said by how much each gained
            dropped = _left_behind(parent, list(running.values()), done) | dropped
        for n, reason in dropped.items():
            ended[n] = ("dropped", reason)
            del running[n]
    ended |= _finished(parent, list(running.values()), done, min_gain)
    return Standing((), (), ended)


def gain(parent: Scores, scores: Scores, examples: Sequence[str]) -> tuple[float, float]:
    """The mean difference to the parent on these examples, and its standard error."""
    differences = [scores[example] - parent[example] for example in examples]
    mean = fmean(differences)
    squares = math.fsum((d - mean) ** 2 for d in differences)
    variance = (squares + _PRIOR_EXAMPLES * _PRIOR_VARIANCE) / (
        len(differences) - 1 + _PRIOR_EXAMPLES
    )
    return mean, math.sqrt(variance / len(differences))


def _breaking(
    parent: Scores, running: Iterable[Entrant], block: Sequence[str], pinned: Collection[str]
) -> dict[int, str]:
    """The entrants that do worse on an example that must not break, with the reason."""
    found: dict[int, str] = {}
    for entrant in running:
        for example in block:
            if example in pinned and entrant.scores[example] < parent[example] - _SAME:
                found[entrant.n] = f"{example}, which must not get worse, got worse"
    return found


def _left_behind(parent: Scores, running: Sequence[Entrant], done: Sequence[str]) -> dict[int, str]:
    """The entrants that are too far behind after these examples, with the reason."""
    found: dict[int, str] = {}
    doubt = EARLY / len(done)
    best = max(running, key=lambda e: (math.fsum(e.scores[x] for x in done), -e.n), default=None)
    for entrant in running:
        lead, error = gain(parent, entrant.scores, done)
        if lead + (BEHIND_PARENT + doubt) * error < 0:
            found[entrant.n] = f"{-lead:.2f} behind the best so far on {len(done)} examples"
        elif best is not None and entrant is not best:
            lead, error = gain(best.scores, entrant.scores, done)
            if lead + (BEHIND_BEST + doubt) * error < 0:
                found[entrant.n] = f"{-lead:.2f} behind idea {best.n} on {len(done)} examples"
    return found


def _finished(
    parent: Scores, finishers: Sequence[Entrant], done: Sequence[str], min_gain: float
) -> dict[int, tuple[Outcome, str]]:
    """How the race ended for those that answered every example."""
    if not finishers:
        return {}
    gains = {e.n: gain(parent, e.scores, done) for e in finishers}
    # Of equal ones the shorter wins, then the older.
    first = min(finishers, key=lambda e: (-round(gains[e.n][0], 9), e.length, e.n))
    lead, error = gains[first.n]
    wins = lead >= min_gain - _SAME and lead > LEAD * error
    found: dict[int, tuple[Outcome, str]] = {}
    for entrant in finishers:
        own, _ = gains[entrant.n]
        if entrant is first and wins:
            found[entrant.n] = "won", f"{own:+.2f} on {len(done)} examples"
        elif wins and own > 0:
            found[entrant.n] = "beaten", f"{own:+.2f}, and idea {first.n} {lead:+.2f}"
        else:
            found[entrant.n] = "dropped", f"{own:+.2f} on {len(done)} examples: no clear gain"
    return found
