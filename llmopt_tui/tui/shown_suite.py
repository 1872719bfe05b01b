"""ShownSuite: the suite on the Leaderboard, from its document and the sessions under way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui.state.leaderboard import Cell, Key, Leaderboard, TrialKey
from llmopt_tui.state.suite_reading import leaderboard
from llmopt_tui.tui.suite_files import Found, look

if TYPE_CHECKING:
    from llmopt_tui.app.members import KeptMember
    from llmopt_tui.app.suite_run import SuiteRun
    from llmopt_tui.state.run_state import RunState
    from llmopt_tui.tui.controller import RunController


class ShownSuite:
    """The chosen suite, or else the one that runs, or else the newest.

    Every suite is read from its document, even one that runs; the states of the sessions under way
    then replace what the document says of them. `run` is None where nothing can run.
    """

    def __init__(self, results: Path, run: RunController | None) -> None:
        self._results, self._run = results, run
        self._chosen: Path | None = None
        self._chosen_beside: SuiteRun | None = None
        self._found = Found()

    @property
    def problem(self) -> str:
        """The error that prevents a suite from being shown; "" if there is none."""
        return self._found.problem

    @property
    def target(self) -> float | None:
        """The score at which the suite's sessions stop; None if unknown."""
        return self._found.target

    @property
    def file(self) -> Path | None:
        """The suite's document; None if none was found."""
        return self._found.stamp[0] if self._found.stamp else None

    @property
    def under_way(self) -> SuiteRun | None:
        """The suite that this app runs now, shown or not; None if nothing runs."""
        return self._run.suite if self._run and self._run.running else None

    @property
    def live(self) -> SuiteRun | None:
        """The suite of this app's last run, if it is the shown one."""
        suite = self._run.suite if self._run else None
        return suite if suite and suite.plan.suite_id == self._found.suite_id else None

    @property
    def runs_elsewhere(self) -> bool:
        """Whether another process runs the suite; then its document is the only source."""
        document = self._found.document
        return bool(document and document.running) and not (self.under_way and self.live)

    def choose(self, file: Path | None) -> None:
        """Show the suite of this document; None: the one that runs, or the newest."""
        self._chosen, self._chosen_beside = file, self.under_way

    async def read(self, known: Path | None = None) -> None:
        """Read the document if it has changed; without a `known` file, the newest suite's."""
        suite = self.under_way
        file = suite.file if suite and suite.plan.suite_id else None
        if file and suite is not self._chosen_beside:
            self._chosen = None  # a new run is shown instead of what was chosen before it
        wanted = self._chosen or file or known
        ours = wanted is not None and wanted == file
        self._found = await asyncio.to_thread(
            look, self._results, wanted, self._found, running=ours
        )

    def board(self) -> Leaderboard:
        """The current state of the suite."""
        document = self._found.document
        if document is None:
            return Leaderboard()
        return leaderboard(document, _states(self.live), _trying(self.live))

    def member(self, cell: Cell) -> KeptMember | None:
        """The session of a cell if it is under way; else None."""
        suite = self.live if self.under_way else None
        begun = [m for m in suite.everyone if m.folder] if suite else []
        return next((m for m in begun if m.folder and m.folder.name == cell.folder), None)


def _states(suite: SuiteRun | None) -> Mapping[Key, RunState]:
    members = suite.members if suite else ()
    return {(m.model, m.case.id): m.state for m in members if m.state and not m.error}


def _trying(suite: SuiteRun | None) -> Mapping[TrialKey, RunState]:
    """The states of the sessions that try prompts on other models, by trial."""
    return {
        (t.origin.model, t.target.model, t.origin.case.id): t.trial.state
        for t in (suite.transfers if suite else ())
        if t.trial.state and not t.trial.error
    }
