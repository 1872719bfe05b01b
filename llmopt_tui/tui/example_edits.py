"""ExampleEdits: an example added, edited, copied, moved or deleted, on any screen that has one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.keys import key_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from llmopt_tui.app.case_editing.case_text import CaseText
    from llmopt_tui.core.case import Case, Example
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.case_desk import CaseDesk


class ExampleEdits(Screen["int | None"]):
    """The actions on the example that the screen shows or has selected.

    What a person does is saved at once and can be undone; a deletion is not asked about.
    """

    app: LlmoptApp

    def __init__(self) -> None:
        super().__init__()
        self._turns = asyncio.Lock()

    @property
    def desk(self) -> CaseDesk:
        """What reads and writes the files."""
        raise NotImplementedError

    @property
    def shown(self) -> tuple[Case, int] | None:
        """The case, and the number of the example that is meant; None where there is none."""
        raise NotImplementedError

    def wrong(self, problem: str) -> None:
        """Show a problem until it is dismissed."""
        raise NotImplementedError

    def goto(self, n: int) -> None:
        """Have the example of this number selected once the case is read again."""

    async def reread(self) -> None:
        """Show the files as they are now."""
        raise NotImplementedError

    def action_example_add(self) -> None:
        """Write a new example after the selected one."""
        self._do(self._add)

    async def _add(self, case: Case, n: int) -> None:
        from llmopt_tui.app.case_editing.case_text import free_id
        from llmopt_tui.core.case import Example as NewExample
        from llmopt_tui.tui.screens.example_form import ExampleForm

        like = case.examples[n]
        name = free_id(_next_id(like.id), {e.id for e in case.examples})
        empty = NewExample(name, dict.fromkeys(like.inputs, ""), like.split)

        async def save(example: Example) -> str:
            words = f"added {one_line(example.id, 40)}"
            return await self._saved(words, case, lambda text: text.added(example, n), n + 1)

        await self.app.push_screen_wait(ExampleForm(case, empty, save, title="A new example"))
        await self.reread()

    def action_example_edit(self) -> None:
        """Change the selected example."""
        self._do(self._edit)

    async def _edit(self, case: Case, n: int) -> None:
        from llmopt_tui.tui.screens.example_form import ExampleForm

        old = case.examples[n]

        async def save(example: Example) -> str:
            words = f"edited {one_line(old.id, 40)}"
            return await self._saved(words, case, lambda text: text.changed(n, example), n)

        await self.app.push_screen_wait(ExampleForm(case, old, save, title="Edit the example"))
        await self.reread()

    def action_example_copy(self) -> None:
        """Put a copy below the selected example."""
        self._do(self._copy)

    async def _copy(self, case: Case, n: int) -> None:
        from llmopt_tui.app.case_editing.case_text import duplicate

        copy = duplicate(case, n)
        words = f"duplicated {one_line(case.examples[n].id, 40)}"
        await self._save(words, case, lambda text: text.added(copy, n), n + 1)

    def action_example_move(self) -> None:
        """Move the selected example to the other split."""
        self._do(self._move)

    async def _move(self, case: Case, n: int) -> None:
        from llmopt_tui.app.case_editing.case_text import moved
        from llmopt_tui.tui.panes.example_table import split_words

        example = moved(case.examples[n])
        words = f"moved {one_line(example.id, 40)} to {split_words(example)}"
        await self._save(words, case, lambda text: text.changed(n, example), n)

    def action_example_delete(self) -> None:
        """Remove the selected example; undo brings it back."""
        self._do(self._delete)

    async def _delete(self, case: Case, n: int) -> None:
        words = f"deleted {one_line(case.examples[n].id, 40)}"
        await self._save(words, case, lambda text: text.removed(n), n)

    def action_open_in_try(self) -> None:
        """Open the case's prompt in Try, on the example that is meant."""
        if self.shown:
            case, n = self.shown
            self.app.open_in_try(case.prompt, case, case.examples[n].id)

    @work(group="edit", exit_on_error=False)
    async def _do(self, edit: Callable[[Case, int], Awaitable[None]]) -> None:
        """Carry out an edit of what is shown then: keys pressed quickly wait for one another."""
        async with self._turns:
            if self.shown:
                await edit(*self.shown)

    async def _save(
        self, words: str, case: Case, make: Callable[[CaseText], dict[Path, bytes]], n: int
    ) -> None:
        """Save a change and show it, or what is wrong with it."""
        if problem := await self._saved(words, case, make, n):
            self.wrong(problem)
        await self.reread()

    async def _saved(
        self, words: str, case: Case, make: Callable[[CaseText], dict[Path, bytes]], n: int
    ) -> str:
        """Save a change, and have the example of number `n` selected; what is wrong, else ""."""
        if problem := await self.desk.change(words, case, make):
            return problem
        self.goto(n)
        undo = key_of("case_undo", self.app.keymap)
        self.app.say(f"{words[0].upper()}{words[1:]}. {undo} undoes it.")
        return ""

    @work(group="edit", exit_on_error=False)
    async def action_undo(self) -> None:
        """Undo the last change."""
        async with self._turns:
            if problem := await self.desk.undo():
                self.wrong(problem.replace("Not saved", "Not undone"))
            await self.reread()


def _next_id(name: str) -> str:
    """The id with the number at its end counted up: "se-004" becomes "se-005"."""
    stem = name.rstrip("0123456789")
    number = name[len(stem) :]
    return f"{stem}{int(number) + 1:0{len(number)}}" if number and len(number) < 10 else f"{name}-2"
