"""What a list of cases shows: each case file, usable or not, with what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmopt_tui.app.workspace import LoadedCases, Workspace
    from llmopt_tui.config.problems import Problem
    from llmopt_tui.core.case import Case


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the list. `case` is None where the problems keep it from being used.

    A prompt is listed only where something is wrong with its file.
    """

    file: Path
    case: Case | None
    problems: tuple[Problem, ...] = ()

    @property
    def is_prompt(self) -> bool:
        """Whether this is a prompt's file and no case's."""
        return self.file.parent.name == "prompts"

    @property
    def name(self) -> str:
        """The file's name without its ending, with the folder's before it for a prompt."""
        return f"prompts/{self.file.stem}" if self.is_prompt else self.file.stem


def entries(workspace: Workspace, loaded: LoadedCases) -> tuple[Entry, ...]:
    """Every case by its name, then the prompts with problems."""
    found = {case.id: Entry(workspace.cases / f"{case.id}.toml", case) for case in loaded.cases}
    broken: dict[Path, list[Problem]] = {}
    for problem in loaded.problems:
        file = workspace.cases / f"{problem.case}.toml" if problem.case else None
        broken.setdefault(file or workspace.root / problem.file, []).append(problem)
    others = [Entry(file, None, tuple(problems)) for file, problems in broken.items()]
    cases = [*found.values(), *(entry for entry in others if not entry.is_prompt)]
    return (*sorted(cases, key=lambda e: e.name), *(e for e in others if e.is_prompt))
