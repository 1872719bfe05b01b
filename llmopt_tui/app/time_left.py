"""TimeLeft: how long a suite still takes, estimated with every answer, counted down between two."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmopt_tui.app.suite_run import SuiteRun
    from llmopt_tui.core.ports import Clock
    from llmopt_tui.state.plan import Past
    from llmopt_tui.state.time_left import Estimate

_PAST_SUITES = 20
_SHARE = 50
"""How many times as long as it takes to make a slow estimate holds."""

_QUICK = 0.02
"""Seconds: an estimate that takes no longer is made at every answer."""


class TimeLeft:
    """The time left of the suite that runs. `past` may be set once it has been read."""

    def __init__(self, clock: Clock) -> None:
        self.past: Past | None = None
        self._clock = clock
        self._known: tuple[object, ...] = ()
        self._estimate: Estimate | None = None
        self._at = 0.0
        self._next = -math.inf

    def words(self, suite: SuiteRun) -> str:
        """The time left, always equally wide; "" while no speed is known."""
        from llmopt_tui.reports.durations import left_words

        return left_words(self.of(suite), self.seconds(suite))

    def of(self, suite: SuiteRun) -> Estimate:
        """The estimate of what the suite takes, made at its last answer or not long before."""
        began = self._clock.monotonic()
        same = self._known[:2] == (id(suite), self.past)
        if self._estimate is not None and same and began < self._next:
            return self._estimate
        known = (id(suite), self.past, *((m.record.facts, m.ended) for m in suite.everyone))
        if self._estimate is None or known != self._known:
            self._known, self._at = known, began
            self._estimate = self._estimated(suite)
            took = self._clock.monotonic() - began
            self._next = began + _SHARE * took if took > _QUICK else -math.inf
        return self._estimate

    def seconds(self, suite: SuiteRun) -> float | None:
        """Seconds left now; None while no speed is known. Never below one."""
        left = self.of(suite).seconds_left
        return None if left is None else max(1.0, left - (self._clock.monotonic() - self._at))

    def _estimated(self, suite: SuiteRun) -> Estimate:
        from llmopt_tui.state.progress import progress_of
        from llmopt_tui.state.time_left import estimate

        settings = suite.plan.settings
        once = {id(transfer.trial) for transfer in suite.transfers}
        progress = [
            progress_of(
                member.record,
                member.model,
                member.case.id,
                train=len(member.case.split("train")) * settings.repeats,
                validation=len(member.case.split("validation")) * settings.repeats,
                ended=member.ended,
                iterations=1 if id(member) in once else None,
                endpoints=(member.endpoint,) if member.endpoint else member.endpoints,
            )
            for member in suite.everyone
        ]
        speeds = self.past.speeds if self.past else None
        transfer = suite.plan.transfer and not suite.transfers
        return estimate(progress, settings, speeds, transfer=transfer)


def read_past(results: Path) -> Past:
    """What the newest suites of a results folder tell. Never raises."""
    from llmopt_tui.state.documents.suite import SuiteDocument
    from llmopt_tui.state.plan import past_of
    from llmopt_tui.state.suite_reading import leaderboard
    from llmopt_tui.store.reading import read_document
    from llmopt_tui.store.suite_summary import suite_files

    files = sorted(suite_files(results), key=_changed, reverse=True)[:_PAST_SUITES]
    return past_of(leaderboard(read_document(file, SuiteDocument)) for file in files)


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return -math.inf
