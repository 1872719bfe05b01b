"""How a run begins: with what is picked, resumed, or with an iteration of another session.

Each function returns what makes the run once there is a control for it. The engine is imported only
then, so that the first frame need not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from llmopt_tui.app.branching import Branch
    from llmopt_tui.app.endpoints import Endpoints
    from llmopt_tui.app.members import Follower
    from llmopt_tui.app.suite_run import SuiteRun
    from llmopt_tui.core.case import Case
    from llmopt_tui.core.loop.control import RunControl
    from llmopt_tui.state.documents.suite import SuiteDocument
    from llmopt_tui.store.sessions import LoadedSession

    Make = Callable[[RunControl], SuiteRun]


@dataclass(frozen=True, slots=True)
class Beginning:
    """Makes runs with these endpoints, kept in this folder and followed by this follower."""

    endpoints: Endpoints
    results: Path
    follower: Follower

    def of_picked(self, pairs: Sequence[tuple[str, Case]], *, transfer: bool) -> Make:
        """A suite of these models on these cases."""

        def make(control: RunControl) -> SuiteRun:
            from llmopt_tui.app.suite_run import SuiteRun

            return SuiteRun.new(
                self.endpoints,
                self.results,
                pairs,
                control=control,
                follower=self.follower,
                transfer=transfer,
            )

        return make

    def of_found(self, found: LoadedSession | SuiteDocument) -> Make:
        """A session that resumes, or a suite by its document."""

        def make(control: RunControl) -> SuiteRun:
            from llmopt_tui.app.suite_reopening import reopen_session, reopen_suite
            from llmopt_tui.store.sessions import LoadedSession

            reopen: Callable[..., SuiteRun] = (
                reopen_session if isinstance(found, LoadedSession) else reopen_suite
            )
            return reopen(
                self.endpoints, self.results, found, control=control, follower=self.follower
            )

        return make

    def of_branch(self, branch: Branch) -> Make:
        """A session that begins with an iteration of another one."""

        def make(control: RunControl) -> SuiteRun:
            from llmopt_tui.app.branching import branched_run

            return branched_run(
                self.endpoints, self.results, branch, control=control, follower=self.follower
            )

        return make
