"""Marking: a person's word on an answer, from any screen that shows a session.

A session that this app has open is marked through its own writer, so that journal and record stay
one; any other as the command line does it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.example_words import Asked
from llmopt_tui.tui.session_view import SessionView
from llmopt_tui.tui.widgets.plain import notify_plain
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from llmopt_tui.app.members import KeptMember
    from llmopt_tui.core.case import Case
    from llmopt_tui.core.events import Marking as MarkEvent
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.run import Run
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.panes.log_order import Place


class Marking(Screen[None]):
    """The part of a screen with a `SessionView` that marks answers and keeps them."""

    app: LlmoptApp

    @property
    def marked_folder(self) -> Path | None:
        """The folder of the session that is shown; None where there is none."""
        raise NotImplementedError

    def marked(self) -> None:
        """Show the session as it is after a mark, where nothing else tells of that."""

    def on_session_view_mark_wanted(self, event: SessionView.MarkWanted) -> None:
        """Ask for a score of the answer that is open, and keep it."""
        event.stop()
        self._mark()

    def on_session_view_keep_wanted(self, event: SessionView.KeepWanted) -> None:
        """Make the answer that is open the ideal answer of its example."""
        event.stop()
        self._keep_answer()

    @work(exclusive=True, group="mark", exit_on_error=False)
    async def _mark(self) -> None:
        from llmopt_tui.app.wrong_request import WrongRequest
        from llmopt_tui.store.disk import reason
        from llmopt_tui.store.lock import FolderTakenError
        from llmopt_tui.tui.screens.mark_answer import MarkAnswer

        found = await self._meant("Mark which answer?")
        folder = self.marked_folder
        if found is None or folder is None:
            return
        place, run = found
        said = await self.app.push_screen_wait(MarkAnswer(run, Asked.by(self._record())))
        if said is None:
            return
        try:
            await self._keep(folder, self._event(place, run, said.score, said.note))
        except (WrongRequest, FolderTakenError) as error:
            notify_plain(self, f"Not marked: {error}.", severity="error", timeout=15)
            return
        except OSError as error:
            notify_plain(self, f"Not marked: {reason(error)}.", severity="error", timeout=15)
            return
        name = one_line(run.example_id, 40)
        before = run.mark.scored if run.mark else run.score
        words = (
            f"{name}: {score_text(before)} by the criteria counts again"
            if said.score is None
            else f"{name} marked by hand: {score_text(said.score)}"
        )
        self.app.say(words)
        self.marked()

    def _event(self, place: Place, run: Run, score: float | None, note: str) -> MarkEvent:
        from llmopt_tui.app.marking import mark_of, taken_back

        record, at = self._record(), self.app.clock.now()
        n, idea = place.iteration, (place.interview, place.idea) if place.idea else None
        if score is None:
            return taken_back(
                record, run.example_id, at=at, iteration=n, idea=idea, repeat=run.repeat
            )
        return mark_of(
            record,
            run.example_id,
            score,
            at=at,
            iteration=n,
            idea=idea,
            repeat=run.repeat,
            note=note,
        )

    async def _keep(self, folder: Path, event: MarkEvent) -> None:
        """Keep the mark. Raises FolderTakenError, OSError."""
        suite, member = self.app.controller.suite, self._member(folder)
        if suite is not None and member is not None:
            await suite.person.mark(member, event)
            return
        from llmopt_tui.app.marking import keep_mark

        await keep_mark(folder, event)

    def _member(self, folder: Path) -> KeptMember | None:
        """The session in this folder, where the app itself has it open."""
        suite = self.app.controller.suite
        members = suite.everyone if suite else ()
        return next((m for m in members if m.opened and m.folder == folder), None)

    def _record(self) -> SessionRecord:
        state = self.query_one(SessionView).state
        assert state is not None
        return state.record

    async def _meant(self, question: str) -> tuple[Place, Run] | None:
        """The answer that is open, and the line of the log that it belongs to.

        Where it is not one, the person chooses.
        """
        from llmopt_tui.tui.screens.dialogs import Choose

        log = self.query_one(SessionView).log_pane
        place, runs = log.at, log.runs
        if not runs:
            self.app.say("Select an iteration or an idea with answers first.")
            return None
        opened = log.open_answers
        runs = [r for r in runs if (r.example_id, r.repeat) in opened] or runs
        if len(runs) == 1:
            return place, runs[0]
        runs = sorted(runs, key=lambda run: run.score)
        asked = Asked.by(self._record())
        choices = [(str(n), _line(run, asked)) for n, run in enumerate(runs)]
        chosen = await self.app.push_screen_wait(Choose(question, choices))
        return None if chosen is None else (place, runs[int(chosen)])

    @work(exclusive=True, group="mark", exit_on_error=False)
    async def _keep_answer(self) -> None:
        found = await self._meant("Keep which answer?")
        if found is None:
            return
        _, run = found
        record = self._record()
        loaded = await asyncio.to_thread(self.app.workspace.load_cases)
        case_id = record.started.case_id if record.started else ""
        case = next((case for case in loaded.cases if case.id == case_id), None)
        problem = _problem_with(record, case, case_id, run)
        if case is not None and not problem:
            problem = await self.app.desk.set_answer(case, run.example_id, run.output)
        if problem:
            notify_plain(self, problem, severity="error", timeout=15)
        else:
            name = one_line(run.example_id, 40)
            self.app.say(f"The answer is the ideal one of {name} now. Undo it under Cases.")


def _line(run: Run, asked: Asked) -> str:
    """An answer among others: its score, its example, the answer, and what was expected."""
    repeat = f" #{run.repeat}" if run.repeat > 1 else ""
    wanted = asked.expected_line(run.example_id)
    said = one_line(run.output, 40 if wanted else 70)
    expected = f" · expected: {one_line(wanted, 30)}" if wanted else ""
    return f"{score_text(run.score)}  {one_line(run.example_id, 24)}{repeat}  {said}{expected}"


def _problem_with(record: SessionRecord, case: Case | None, case_id: str, run: Run) -> str:
    """Why an answer cannot be kept with the case as it is now; "" if it can."""
    if not run.output.strip():
        return "The answer is empty."
    if case is None:
        return f"There is no case {one_line(case_id, 40)} that can be used any more."
    example = next((e for e in case.examples if e.id == run.example_id), None)
    name = one_line(run.example_id, 40)
    if example is None:
        return f"The case has no example {name} any more."
    from llmopt_tui.state.documents.case import RecordedCase

    asked = RecordedCase.read(record.started.case).examples if record.started else ()
    before = next((dict(e.inputs) for e in asked if e.id == run.example_id), None)
    if before is not None and before != dict(example.inputs):
        return f"The inputs of {name} are others by now, so the answer would not fit."
    return ""
