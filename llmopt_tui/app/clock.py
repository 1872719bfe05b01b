"""SystemClock: the real time, for everything that is handed a clock."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime


class SystemClock:
    """The machine's clock. See `core.ports.Clock`."""

    def now(self) -> datetime:
        """The wall clock, with the local offset."""
        return datetime.now().astimezone()

    def monotonic(self) -> float:
        """Seconds from an arbitrary start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        await asyncio.sleep(seconds)
