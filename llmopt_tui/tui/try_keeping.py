"""TryKeeping: how a prompt leaves Try: as a file, as a session, into an editor outside."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.notices import Notices
from llmopt_tui.tui.screens.dialogs import Ask, Confirm
from llmopt_tui.tui.try_choosing import TryChoosing
from llmopt_tui.tui.try_controller import SIDES
from llmopt_tui.tui.widgets.prompt_area import PromptArea

if TYPE_CHECKING:
    from textual.app import App

    from llmopt_tui.core.case import Case
    from llmopt_tui.core.prompt import Prompt

_MOST_FAULTS = 3


class TryKeeping(TryChoosing):
    """The part of the Try screen that keeps prompts."""

    @property
    def unsaved(self) -> bool:
        """Whether a text of the person would be lost with the screen."""
        if not self.is_mounted:
            return False
        return any(self.prompt_pane(side).draft.changed for side in SIDES)

    @work(group="keep", exclusive=True, exit_on_error=False)
    async def action_try_save(self) -> None:
        """Save the prompt of the column in use, under a name that the person gives."""
        from llmopt_tui.app.prompt_saving import (
            NotSaved,
            free_name,
            name_problem,
            prompt_file,
            save_prompt,
        )

        pane, workspace = self.prompt_pane(self.active), self.app.workspace
        if not pane.draft.prompt.text.strip():
            self.app.say("The prompt is empty: there is nothing to save.")
            return
        loaded = await asyncio.to_thread(workspace.load_prompts)
        name = await self.app.push_screen_wait(
            Ask(
                "Save the prompt",
                f"Its name, which becomes NAME.toml in {one_line(str(workspace.prompts), 200)}.",
                value=free_name(pane.draft.prompt.name, loaded.prompts),
                ok="Save",
                problem_with=name_problem,
            )
        )
        if name is None:
            return
        prompt = replace(pane.draft.prompt, name=name)
        file = prompt_file(workspace, name)
        taken = file.exists()
        if taken and not await self._ask_to_replace(name):
            return
        try:
            await asyncio.to_thread(save_prompt, workspace, prompt, replace=taken)
        except NotSaved as error:
            self.query_one(Notices).add(str(error))
            return
        pane.draft.save(name)
        self.app.say(f"Saved: prompts/{name}.toml")
        if self.case is not None and self.case.prompt.name != name:
            await self._offer_to_case(self.case, name)
        self.app.finding.look()
        self.draw_choices()

    async def _ask_to_replace(self, name: str) -> bool:
        return await self.app.push_screen_wait(
            Confirm(
                f"Replace the prompt {one_line(name, 40)}?",
                "There is a file of this name. What is in it, its comments included, is replaced.",
                yes="Replace",
                no="Keep it",
            )
        )

    async def _offer_to_case(self, case: Case, name: str) -> None:
        from llmopt_tui.app.prompt_saving import NotSaved, start_case_from

        wanted = await self.app.push_screen_wait(
            Confirm(
                f"Should runs of the case {one_line(case.id, 40)} start from {one_line(name, 40)}?",
                f"They start from the prompt {one_line(case.prompt.name, 40)} so far. "
                "One line of the case's file would be changed.",
                yes="Start from it",
                no="Leave the case",
            )
        )
        if not wanted:
            return
        try:
            await asyncio.to_thread(start_case_from, self.app.workspace, case.id, name)
        except NotSaved as error:
            self.query_one(Notices).add(str(error))
        else:
            self.app.say(f"The case {one_line(case.id, 60)} starts from {name} now.")

    def action_try_session(self) -> None:
        """Start a session of the model and the case with this prompt as the first, and show it."""
        model, case = self.models[self.active], self.case
        if case is None:
            self.query_one(Notices).add(
                "A session needs a case, with examples and criteria to score by: choose one."
            )
            return
        if not model:
            self.query_one(Notices).add(self.no_model_words())
            return
        if self.app.controller.running:
            self.query_one(Notices).add(
                "A run is under way: stop it in the Workbench before starting another."
            )
            return
        given = case_with(case, self.prompt_pane(self.active).draft.prompt)
        if problem := _why_unusable(given):
            self.query_one(Notices).add(f"No session can start from this prompt: {problem}.")
            return
        self.app.action_workbench()
        self.app.workbench.start_session(model, given)

    @work(group="outside", exclusive=True, exit_on_error=False)
    async def action_try_outside(self) -> None:
        """Edit the text that has the focus, else the prompt, in the person's own editor."""
        from llmopt_tui.tui.external_editor import EditorError, edit_outside
        from llmopt_tui.tui.screens.editor import editable

        app: App[object] = self.app  # type: ignore[assignment]
        focused = self.focused
        pane = self.prompt_pane(self.active)
        area = focused if isinstance(focused, PromptArea) else pane.text_area
        try:
            text, _ = editable(await edit_outside(app, area.text))
        except EditorError as error:
            self.query_one(Notices).add(str(error))
            return
        area.put(text)


def case_with(case: Case, prompt: Prompt) -> Case:
    """The case with another first prompt. Its digest says that it is not the case of the file."""
    if prompt.variant == case.prompt.variant:
        return case
    digest = hashlib.sha256(f"{case.sha256}\n{prompt.sha256}".encode()).hexdigest()
    return replace(case, prompt=prompt, sha256=digest)


def _why_unusable(case: Case) -> str:
    from llmopt_tui.core.case_checks import case_faults

    faults = case_faults(case)
    said = [f"{fault.where} {fault.message}".strip() for fault in faults[:_MOST_FAULTS]]
    more = len(faults) - len(said)
    return "; ".join([*said, *([f"and {more} more"] if more else [])])
