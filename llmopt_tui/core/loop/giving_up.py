"""Giving up: how a person ends a call of the interviewer that takes too long."""

from __future__ import annotations

import asyncio
from typing import Literal

Follows = Literal["skipped", "again"]
"""What follows an interview that was given up: the round without it, or another try at it."""


class GivenUp(Exception):
    """Raised where the person gives up the call that is under way."""


class GiveUp:
    """The person's wish to give up what is under way; `follows` says what comes then."""

    def __init__(self) -> None:
        self.follows: Follows = "skipped"
        self._wanted = asyncio.Event()

    @property
    def wanted(self) -> bool:
        """Whether the person wants it."""
        return self._wanted.is_set()

    def want(self, follows: Follows = "skipped") -> None:
        """Give up what is under way."""
        self.follows = follows
        self._wanted.set()

    async def until_wanted(self) -> None:
        """Wait until the person wants it."""
        await self._wanted.wait()
