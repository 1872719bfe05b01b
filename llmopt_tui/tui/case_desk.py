"""CaseDesk: case files read, changed and undone for the screens, off the loop that draws.

It belongs to the app, so that there is one list of changes to undo, wherever they were made. Every
screen hears of what it writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.news import CasesChanged

if TYPE_CHECKING:
    from llmopt_tui.app.case_editing.case_text import CaseText
    from llmopt_tui.app.case_editing.listing import Entry
    from llmopt_tui.app.case_editing.saving import Edits
    from llmopt_tui.app.last_answers import ModelAnswers
    from llmopt_tui.app.workspace import Workspace
    from llmopt_tui.config.problems import Problem
    from llmopt_tui.core.case import Case
    from llmopt_tui.tui.app import LlmoptApp

_MOST_PROBLEMS = 4


@dataclass(frozen=True, slots=True)
class FileText:
    """A file as it was read. `problem` says why it cannot be; then `content` is empty."""

    path: Path
    content: bytes
    problem: str = ""


class CaseDesk:
    """Reads and changes the workspace's cases. What changes something returns a problem, or ""."""

    def __init__(self, app: LlmoptApp, workspace: Workspace) -> None:
        self._app = app
        self.workspace = workspace
        self._order = asyncio.Lock()

    @cached_property
    def _edits(self) -> Edits:
        from llmopt_tui.app.case_editing.saving import Edits

        return Edits(self.workspace)

    @property
    def last(self) -> str:
        """What would be undone, in words; "" if there is nothing."""
        return self._edits.last

    async def entries(self) -> tuple[Entry, ...]:
        """The case files, and prompts with problems."""
        from llmopt_tui.app.case_editing.listing import entries

        loaded = await asyncio.to_thread(self.workspace.load_cases)
        return entries(self.workspace, loaded)

    async def answers(self, case: Case) -> tuple[ModelAnswers, ...]:
        """What models answered last to the case's examples."""
        from llmopt_tui.app.last_answers import last_answers

        return await asyncio.to_thread(last_answers, self.workspace.results, case.id)

    async def change(
        self, words: str, case: Case, make: Callable[[CaseText], dict[Path, bytes]]
    ) -> str:
        """Save what `make` makes of the case's files, if the strict reader has nothing against it.

        `case` is as it is shown: where its files differ by now, nothing is written.
        """
        return await self._do(lambda: self._change(words, case, make))

    async def set_answer(self, case: Case, example_id: str, answer: str) -> str:
        """Make a text the ideal answer of an example of the case."""
        from dataclasses import replace

        n = next(n for n, example in enumerate(case.examples) if example.id == example_id)
        example = replace(case.examples[n], answer=answer)
        words = f"kept an answer of {one_line(example_id, 40)}"
        return await self.change(words, case, lambda text: text.changed(n, example))

    async def save(self, words: str, before: Mapping[Path, bytes], after: dict[Path, bytes]) -> str:
        """Save whole files that were read as `before`; one that is not in it is new."""
        return await self._do(lambda: self._edits.save(words, before, after))

    async def undo(self) -> str:
        """Undo the last change."""
        words = self.last
        problem = await self._do(self._edits.undo)
        if not problem:
            self._app.say(f"Undone: {words}")
        return problem

    async def problems(self, after: Mapping[Path, bytes]) -> tuple[Problem, ...]:
        """What would be wrong that is not wrong now, if these contents were saved."""
        return await asyncio.to_thread(self._edits.problems, after)

    async def check(self, after: Mapping[Path, bytes]) -> tuple[Problem, ...]:
        """Everything that the strict reader would say if these contents were saved."""
        loaded = await asyncio.to_thread(self.workspace.load_cases, after)
        return loaded.problems

    async def read(self, path: Path) -> FileText:
        """A file's content, to be edited as text."""
        return await asyncio.to_thread(_read, path)

    def _change(
        self, words: str, shown: Case, make: Callable[[CaseText], dict[Path, bytes]]
    ) -> None:
        from llmopt_tui.app.case_editing.case_text import read_case_text
        from llmopt_tui.app.case_editing.errors import EditError

        cases = {case.id: case for case in self.workspace.load_cases().cases}
        case = cases.get(shown.id)
        if case is None or case.sha256 != shown.sha256:
            raise EditError(f"{shown.id} has changed on disk; it is read again")
        text = read_case_text(self.workspace, case)
        after = make(text)
        if problems := self._edits.problems(after):
            raise EditError(said(problems))
        if after:
            self._edits.save(words, text.contents, after)

    async def _do(self, work: Callable[[], object]) -> str:
        """Do the work in a thread, and tell every screen; what went wrong, in words."""
        from llmopt_tui.app.case_editing.errors import EditError
        from llmopt_tui.store.disk import cannot_be_written

        problem = ""
        async with self._order:
            try:
                await asyncio.to_thread(work)
            except EditError as error:
                problem = f"Not saved: {error}."
            except OSError as error:
                problem = cannot_be_written(error, self.workspace.root, "do it again")
        self._app.tell_screens(CasesChanged())
        return problem


def said(problems: tuple[Problem, ...]) -> str:
    """The first of the problems, a line each, and how many more there are."""
    lines = [str(problem) for problem in problems[:_MOST_PROBLEMS]]
    if len(problems) > _MOST_PROBLEMS:
        lines.append(f"and {len(problems) - _MOST_PROBLEMS} more")
    return "\n".join(lines)


def _read(path: Path) -> FileText:
    from llmopt_tui.config.case_files import read_bytes
    from llmopt_tui.config.strict import UnreadableError

    try:
        return FileText(path, read_bytes(path))
    except UnreadableError as error:
        return FileText(path, b"", f"{path.name} {error}")
