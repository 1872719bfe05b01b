"""A clock that never waits."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Fulfils `core.ports.Clock`: sleeping moves its hands, and is written down."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
