"""Ending: what the Workbench shows when a session has ended, and what a person does with it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from llmopt_tui.tui.panes.end_panel import EndPanel
from llmopt_tui.tui.panes.live_log import LiveLog
from llmopt_tui.tui.panes.log_cards import Cards

if TYPE_CHECKING:
    from llmopt_tui.app.members import KeptMember
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.reports.session_ending import SessionEnding
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.controller import RunController


class Ending(Screen[None]):
    """The part of the Workbench that shows the end of the shown session."""

    app: LlmoptApp
    controller: RunController
    _ending_of: object = None

    def draw_ending(self) -> None:
        """Show the end of the shown session, or nothing while it has none."""
        member = self.controller.shown
        ended = member is not None and member.record.finished is not None
        if member is None or not ended:
            self._ending_of = None
            self.query_one(EndPanel).display = False
            return
        suite = self.controller.suite
        gain = suite.gain_of(member) if suite else None
        shown = member, member.record.facts, gain, self.controller.running
        if shown != self._ending_of:
            self._ending_of = shown
            self._draw_ending(member)

    @work(group="ending", exclusive=True, exit_on_error=False)
    async def _draw_ending(self, member: KeptMember) -> None:
        from llmopt_tui.reports.session_ending import session_ending

        suite = self.controller.suite
        gain = suite.gain_of(member) if suite else None
        ending = await asyncio.to_thread(session_ending, member.record, gain=gain)
        if ending is None or member is not self.controller.shown:
            return
        panel = self.query_one(EndPanel)
        fresh = not panel.display
        panel.display = True
        panel.show(
            ending,
            self._more(member, ending),
            self._actions(member, ending),
            _offers(member.record, ending),
            self.app.keymap,
        )
        if fresh and self.query_one(LiveLog).following and isinstance(self.focused, Cards):
            panel.focus()

    def _more(self, member: KeptMember, ending: SessionEnding) -> list[str]:
        """Which prompt to use, where the best one is, and what the suite recommends at its end."""
        from llmopt_tui.store.documents import BEST_PROMPT

        found = [ending.use] if ending.use else []
        if member.folder and member.record.best:
            folder, root = member.folder, self.app.workspace.root
            place = folder.relative_to(root) if folder.is_relative_to(root) else folder
            found.append(f"The best prompt: {place / BEST_PROMPT}")
        suite = self.controller.suite
        if suite and len(suite.members) > 1 and not self.controller.running:
            recommended = suite.recommendation
            if recommended and recommended.standing:
                found.append(f"The suite: {recommended.standing}")
        return found

    def _actions(self, member: KeptMember, ending: SessionEnding) -> list[str]:
        """The ids of the commands that make sense now."""
        suite = self.controller.suite
        best = ["copy", "save_best", "export", "run_longer"] if member.record.best else []
        resume = ["resume_shown"] if ending.resumable and not self.controller.running else []
        board = ["leaderboard"] if suite and len(suite.members) > 1 else []
        return [*resume, *best, *board]

    def _ended(self) -> KeptMember | None:
        """The shown session if it has ended; otherwise say so."""
        member = self.controller.shown
        if member is None or member.record.finished is None:
            self.app.say("This can be done once a session has ended.")
            return None
        return member

    @work(group="keep", exclusive=True, exit_on_error=False)
    async def action_save_best(self) -> None:
        """Ask for a name, and save the best prompt under it in the workspace."""
        from llmopt_tui.app.prompt_saving import NotSaved, free_name, name_problem, prompt_file
        from llmopt_tui.app.saving_best import best_prompt_of, save_best_prompt
        from llmopt_tui.tui.screens.dialogs import Ask

        member, workspace = self._ended(), self.app.workspace
        if member is None:
            return
        prompt = best_prompt_of(member.record)
        if prompt is None:
            self.app.say("There is no prompt to save: none has a score.")
            return
        taken = [file.stem for file in workspace.prompts.glob("*.toml")]

        def problem(name: str) -> str:
            if found := name_problem(name):
                return found
            exists = prompt_file(workspace, name).exists()
            return f"There is a prompt {name} already: type another name." if exists else ""

        name = await self.app.push_screen_wait(
            Ask(
                "Save the best prompt",
                f"As a file in {workspace.prompts}, ready for a case to start from.",
                value=free_name(prompt.name, taken),
                ok="Save",
                problem_with=problem,
            )
        )
        if name is None:
            return
        try:
            file = await asyncio.to_thread(save_best_prompt, workspace, member.record, name)
        except NotSaved as error:
            self._say_problem(str(error))
        else:
            self.app.say(f"Saved: {file}")

    @work(group="keep", exclusive=True, exit_on_error=False)
    async def action_export(self) -> None:
        """Ask for the form and the file, and write the session's results there."""
        from llmopt_tui.app.export_writing import NotExportedError, write_export
        from llmopt_tui.app.exporting import FORMATS, SUFFIXES
        from llmopt_tui.core.text.names import folder_slug
        from llmopt_tui.tui.screens.dialogs import Ask, Choose

        member = self._ended()
        if member is None:
            return
        offers = [(to, f"{to:<10}  {what}") for to, what in FORMATS.items()]
        to = await self.app.push_screen_wait(Choose("Export as", offers))
        if to is None:
            return
        stem = folder_slug(f"{member.case.id}_{member.model}")
        file = await self.app.push_screen_wait(
            Ask(
                f"Export as {to}",
                "Nothing that exists is overwritten.",
                value=str(self.app.workspace.root / f"{stem}{SUFFIXES[to]}"),
                ok="Write",
                problem_with=_no_free_file,
            )
        )
        if file is None:
            return
        try:
            path = await asyncio.to_thread(write_export, member.record, to, Path(file))
        except NotExportedError as error:
            self._say_problem(str(error))
        else:
            self.app.say(f"Written: {path}")

    @work(group="keep", exclusive=True, exit_on_error=False)
    async def action_resume_shown(self) -> None:
        """Resume the shown session, or the suite that it belongs to."""
        from llmopt_tui.tui.resuming import NotResumableError, resumable_at

        member, suite = self._ended(), self.controller.suite
        if member is None or member.folder is None:
            return
        files = [suite.file] if suite and suite.plan.suite_id else []
        problem = ""
        for place in (*files, member.folder):
            try:
                found = await asyncio.to_thread(resumable_at, place)
            except NotResumableError as error:
                problem = str(error)
            else:
                self.app.resume(found)
                return
        self._say_problem(problem)

    def _say_problem(self, text: str) -> None:
        from llmopt_tui.tui.notices import Notices

        self.query_one(Notices).add(text)


def _offers(record: SessionRecord, ending: SessionEnding) -> list[tuple[str, str]]:
    """What can be copied: the best prompt, and the sentences of the panel."""
    prompt = record.best.prompt if record.best else ""
    said = "\n".join(
        (ending.title, ending.claim, ending.aside, ending.use, *ending.facts, *ending.parts)
    )
    return [("best prompt", prompt), ("what was gained", said)]


def _no_free_file(text: str) -> str:
    """Why nothing can be written to this file; "" if it can."""
    if not text.strip():
        return "Type the file to write."
    return "There is such a file already: name another." if Path(text).expanduser().exists() else ""
