"""The order of the Live log: its cards, which of their lines can be selected, which are open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from llmopt_tui.state.races import race_under_way, was_raced, winner_of

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.loop.round import InterviewRecord, ProposalRecord


class Place(NamedTuple):
    """A line of the log: an iteration, the race of a round below it, or one of the race's ideas.

    `interview` and `idea` are 0 where the line is not about them.
    """

    iteration: int
    interview: int = 0
    idea: int = 0

    @property
    def card(self) -> Place:
        """The card that the line is in."""
        return self._replace(idea=0)


def newest_place(record: SessionRecord) -> Place:
    """The line where something happens: the race under way, else the last iteration."""
    last = record.iterations[-1].n if record.iterations else 0
    race = race_under_way(record)
    return Place(last, race.n if race else 0)


def cards(record: SessionRecord) -> list[Place]:
    """Every card of the log, from top to bottom.

    A race is below the iteration that it was to improve. Once it is won, what lost is below the
    iteration that won.
    """
    races: dict[int, list[Place]] = {}
    for interview in record.interviews:
        if was_raced(interview) and ideas_shown(record, interview):
            n = interview.iteration + has_won(record, interview)
            races.setdefault(n, []).append(Place(n, interview.n))
    return [
        place
        for iteration in record.iterations
        for place in (Place(iteration.n), *races.get(iteration.n, ()))
    ]


def has_won(record: SessionRecord, interview: InterviewRecord) -> bool:
    """Whether an idea of a round won and its iteration has begun."""
    following = record.iteration(interview.iteration + 1)
    return following is not None and winner_of(interview) is not None


def ideas_shown(record: SessionRecord, interview: InterviewRecord) -> list[ProposalRecord]:
    """The ideas that a race's card lists: without the winner once that is an iteration."""
    won = winner_of(interview) if has_won(record, interview) else None
    return [entrant for entrant in interview.entrants if entrant is not won]


def places(record: SessionRecord, opened: Callable[[Place], bool]) -> Iterator[Place]:
    """The lines that are shown and can be selected, from top to bottom."""
    for card in cards(record):
        interview = record.interview(card.interview)
        if interview is None:
            yield card
        elif is_shown(record, card, opened):
            yield card
            if opened(card):
                yield from (card._replace(idea=p.n) for p in ideas_shown(record, interview))


def is_shown(record: SessionRecord, card: Place, opened: Callable[[Place], bool]) -> bool:
    """Whether a card is shown: what lost to an iteration is a part of its open card."""
    interview = record.interview(card.interview)
    inside = interview is not None and has_won(record, interview)
    return not inside or opened(Place(card.iteration))


class Opened:
    """Which lines are open: as the person left them, else the selected one or a race under way."""

    def __init__(self) -> None:
        self._turned: dict[Place, bool] = {}

    def clear(self) -> None:
        """Forget what the person opened and closed."""
        self._turned.clear()

    def turn(self, place: Place, *, opened: bool) -> None:
        """Open or close a line."""
        self._turned[place] = opened

    def has(self, place: Place, record: SessionRecord, selected: Place) -> bool:
        """Whether a line is open while `selected` is the selected one."""
        if place in self._turned:
            return self._turned[place]
        if place.idea:
            return False
        if place.interview:
            race = race_under_way(record)
            return race is not None and race.n == place.interview
        # A race below an iteration is not a part of it unless the iteration won it.
        inside = not is_shown(record, selected.card, lambda _: False)
        return selected.iteration == place.iteration and (not selected.interview or inside)
