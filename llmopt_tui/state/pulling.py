"""A model's download as it is shown: bytes that never decrease, speed, time left, words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

_WINDOW_SECONDS = 10.0
_SAMPLE_SECONDS = 0.5
_FIRST_SECONDS = 1.0
_MOST_BYTES = 2**63

_STAGES = (
    ("pulling manifest", "looking it up"),
    ("pulling", "downloading"),
    ("verifying", "checking it"),
    ("writing", "installing it"),
    ("removing", "tidying up"),
    ("success", "installed"),
)
_DOWNLOADING = "downloading"


@dataclass(frozen=True, slots=True)
class Layer:
    """A part of a model, in bytes: the most that has been downloaded of it, and its size."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Pull:
    """A download at one moment. Sizes are in bytes, times in seconds of a monotonic clock.

    A server announces one layer at a time, so `total` grows with each new one. A part that failed
    is downloaded again: `done` and `share` (0 to 1) stay where they were until it has caught up.
    `since` is when the present stage began.
    """

    model: str
    since: float
    status: str = ""
    share: float = 0.0
    layers: Mapping[str, Layer] = field(default_factory=dict)
    samples: tuple[tuple[float, int], ...] = ()
    """(time, bytes received by then), the newest last."""

    def after(
        self, status: str, digest: str, total: int | None, completed: int, *, at: float
    ) -> Pull:
        """The download after one more message of the server, which is not trusted."""
        before = self.layers.get(digest)
        layers, samples = self.layers, self.samples
        if total and 0 < total < _MOST_BYTES:
            known, highest = (before.total, before.done) if before else (0, 0)
            whole = max(total, known)
            layer = Layer(max(highest, min(completed, whole)), whole)
            layers = {**layers, digest: layer}
            # Bytes that are there when a layer is first announced were downloaded earlier.
            came = layer.done - before.done if before else 0
            samples = _with_sample(samples, at, (samples[-1][1] if samples else 0) + came)
        after = replace(self, status=status, layers=layers, samples=samples)
        share = after.done / after.total if after.total else 0.0
        return replace(
            after,
            share=max(self.share, share),
            since=self.since if after.stage == self.stage else at,
        )

    @property
    def done(self) -> int:
        """The bytes that are downloaded."""
        return sum(layer.done for layer in self.layers.values())

    @property
    def total(self) -> int:
        """The bytes of all layers announced so far."""
        return sum(layer.total for layer in self.layers.values())

    @property
    def stage(self) -> str:
        """What the server is doing, in words; an unknown status is in the server's own words."""
        words = (words for start, words in _STAGES if self.status.startswith(start))
        return next(words, self.status or "asking the server")

    def speed(self, now: float) -> float | None:
        """Bytes per second over the last ten seconds; None before the first second is over."""
        if not self.samples:
            return None
        began, moved = self.samples[0]
        for at, by_then in self.samples:
            if at <= now - _WINDOW_SECONDS:
                began, moved = at, by_then
        seconds = now - began
        return (self.samples[-1][1] - moved) / seconds if seconds >= _FIRST_SECONDS else None

    def seconds_left(self, now: float) -> float | None:
        """Seconds until all announced bytes are there at this speed; None where nothing arrives."""
        speed = self.speed(now)
        return (self.total - self.done) / speed if speed else None

    def facts(self, now: float) -> list[str]:
        """The state of the download in short pieces of text, the most important first."""
        if self.stage != _DOWNLOADING or not self.total:
            waited = now - self.since
            return [f"{self.stage} {waited:.0f} s" if waited >= 1 else self.stage]
        facts = [_amounts(self.done, self.total)]
        speed, left = self.speed(now), self.seconds_left(now)
        if speed is not None:
            facts.append(speed_text(speed) if speed else "no data arrives")
        if left is not None and self.done < self.total:
            facts.append(left_text(left))
        return facts


def speed_text(value: float) -> str:
    """Bytes per second in words: "42 MB/s", "1.4 MB/s", "80 kB/s"."""
    if value >= 100_000:
        return f"{value / 1e6:.{0 if value >= 1e7 else 1}f} MB/s"
    return f"{math.ceil(value / 1000)} kB/s"


def left_text(seconds: float) -> str:
    """The time left in words, rounded up: "40 s left", "3 min left"."""
    if seconds < 100:
        return f"{math.ceil(seconds)} s left"
    minutes = math.ceil(seconds / 60)
    hours = f"{minutes // 60} h " if minutes >= 60 else ""
    return f"{hours}{minutes % 60} min left"


def _amounts(done: int, total: int) -> str:
    for unit, size, digits in (("GB", 1_000_000_000, 1), ("MB", 1_000_000, 0), ("kB", 1000, 0)):
        if total >= size:
            return f"{done / size:.{digits}f} of {total / size:.{digits}f} {unit}"
    return f"{done} of {total} bytes"


def _with_sample(
    samples: tuple[tuple[float, int], ...], at: float, moved: int
) -> tuple[tuple[float, int], ...]:
    """The samples with one more; only those from which the speed is calculated are kept."""
    if len(samples) > 1 and samples[-1][0] - samples[-2][0] < _SAMPLE_SECONDS:
        samples = samples[:-1]  # samples a few milliseconds apart add nothing
    samples = (*samples, (at, moved))
    while samples[1:] and samples[1][0] <= at - _WINDOW_SECONDS:
        samples = samples[1:]
    return samples
