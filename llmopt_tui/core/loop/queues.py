"""Queues: who waits for which endpoint, by the model that is needed there.

Whose turn it is can then be told from the first of each group. To look at all members instead
took a tenth of the time of a suite of a thousand sessions.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Place = tuple[str, str]
"""An endpoint and a model that is called there."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Group:
    """Those who need the same model on an endpoint, for interviews or for something else."""

    model: str
    interviews: bool


class Queues(Generic[T]):
    """Members that wait, each in the queue of every place where its next step can be carried out.

    In each queue they are in the order of `members`, so that what was begun first ends first.
    """

    def __init__(self, members: Sequence[T]) -> None:
        self._members = members
        self._place = {member: place for place, member in enumerate(members)}
        self._anywhere: list[int] = []
        self._queues: dict[str, dict[Group, list[int]]] = {}
        self._where: dict[int, tuple[tuple[Place, ...], bool]] = {}

    def place(self, member: T) -> int:
        """The member's place among all, from 0."""
        return self._place[member]

    def add(self, member: T, places: tuple[Place, ...], interviews: bool) -> None:
        """Let a member wait for any of these places, or, without any, for none."""
        n = self._place[member]
        self._where[n] = places, interviews
        if not places:
            insort(self._anywhere, n)
        for endpoint, model in places:
            queue = self._queues.setdefault(endpoint, {}).setdefault(Group(model, interviews), [])
            insort(queue, n)

    def remove(self, member: T) -> None:
        """Take a member that waits out of every queue."""
        n = self._place[member]
        places, interviews = self._where.pop(n)
        if not places:
            del self._anywhere[bisect_left(self._anywhere, n)]
        for endpoint, model in places:
            group = Group(model, interviews)
            queue = self._queues[endpoint][group]
            del queue[bisect_left(queue, n)]
            if not queue:
                del self._queues[endpoint][group]

    def anywhere(self) -> list[T]:
        """Those whose next step calls no model."""
        return [self._members[n] for n in self._anywhere]

    def endpoints(self) -> list[str]:
        """The endpoints that anybody waits for, the one of the first member first."""
        waiting = {
            endpoint: min(queue[0] for queue in groups.values())
            for endpoint, groups in self._queues.items()
            if groups
        }
        return sorted(waiting, key=waiting.__getitem__)

    def first(self, endpoint: str) -> Iterator[tuple[Group, T]]:
        """The first member of each group that waits for an endpoint."""
        for group, queue in self._queues.get(endpoint, {}).items():
            yield group, self._members[queue[0]]

    def waiting(self, endpoint: str) -> list[T]:
        """Everybody who waits for an endpoint, in order."""
        found = {n for queue in self._queues.get(endpoint, {}).values() for n in queue}
        return [self._members[n] for n in sorted(found)]
