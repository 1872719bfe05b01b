"""The workspace: where prompts/, cases/ and results/ are, what is in them, and making one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmopt_tui.config.paths import SETTINGS_FILE, user_settings_file
from llmopt_tui.config.problems import Problem

if TYPE_CHECKING:
    from llmopt_tui.config.load import LoadedSettings
    from llmopt_tui.config.prompt_files import PromptFile
    from llmopt_tui.core.case import Case
    from llmopt_tui.core.prompt import Prompt

WORKSPACE_VARIABLE = "LLMOPT_WORKSPACE"
_STARTER_SUFFIXES = (".toml", ".jsonl", ".json")


class WorkspaceError(Exception):
    """The folder cannot serve as a workspace; the message says what to do."""


@dataclass(frozen=True, slots=True)
class LoadedCases:
    """The cases that can be run, by id, and everything wrong with the other files."""

    cases: tuple[Case, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class LoadedPrompts:
    """The prompts that can be used, by name, and everything wrong with the other files."""

    prompts: Mapping[str, Prompt]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class InitReport:
    """What `init_workspace` did, in paths relative to the workspace."""

    root: Path
    created: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with prompts/, cases/ and results/. Making an instance touches no file."""

    root: Path

    @property
    def prompts(self) -> Path:
        """The folder of prompt files."""
        return self.root / "prompts"

    @property
    def cases(self) -> Path:
        """The folder of case files."""
        return self.root / "cases"

    @property
    def results(self) -> Path:
        """The folder that sessions are kept in; it need not exist."""
        return self.root / "results"

    @property
    def settings_file(self) -> Path:
        """The workspace's own settings, whether or not they exist."""
        return self.root / SETTINGS_FILE

    @classmethod
    def find(
        cls, chosen: Path | None = None, environ: Mapping[str, str] | None = None
    ) -> Workspace:
        """The workspace: the chosen folder, else LLMOPT_WORKSPACE, else the current directory.

        Raises WorkspaceError where that is no folder.
        """
        named = (os.environ if environ is None else environ).get(WORKSPACE_VARIABLE)
        root = (chosen or Path(named or Path())).expanduser().absolute()
        if not root.is_dir():
            raise WorkspaceError(f"{root} is not a folder. Make a workspace: llmopt-tui init DIR")
        return cls(root)

    def load_settings(
        self,
        flags: Mapping[str, str] | None = None,
        options: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        unsaved: Mapping[str, Any] | None = None,
    ) -> LoadedSettings:
        """The settings: the user's file, then this workspace's, the environment, and the flags.

        `flags` and `options` hold texts as given on the command line, `unsaved` values that hold
        for this time only. Never raises.
        """
        from llmopt_tui.config.load import load_settings

        variables = os.environ if environ is None else environ
        return load_settings(
            user_file=user_settings_file(variables),
            workspace_file=self.settings_file,
            environ=variables,
            flags=flags,
            options=options,
            unsaved=unsaved,
        )

    def load_cases(self, unsaved: Mapping[Path, bytes] | None = None) -> LoadedCases:
        """Every prompt and case file, read strictly; a broken one does not hide the others.

        `unsaved` holds contents by their paths that count in place of those on disk. Never raises.
        """
        from llmopt_tui.config.case_files import read_case_file

        problems: list[Problem] = []
        unsaved = unsaved or {}
        prompts = self._load_prompts(problems, unsaved)
        cases = []
        for file in _toml_files(self.cases, problems, unsaved):
            case, found = read_case_file(file, self.root, prompts, unsaved)
            problems += found
            if case is not None:
                cases.append(case)
        return LoadedCases(tuple(cases), tuple(problems))

    def load_prompts(self) -> LoadedPrompts:
        """Every prompt file, read strictly; a broken one does not hide the others. Never raises."""
        problems: list[Problem] = []
        files = self._load_prompts(problems, {})
        prompts = {name: file.prompt for name, file in files.items() if file.prompt is not None}
        return LoadedPrompts(prompts, tuple(problems))

    def _load_prompts(
        self, problems: list[Problem], unsaved: Mapping[Path, bytes]
    ) -> dict[str, PromptFile]:
        from llmopt_tui.config.case_files import read_bytes
        from llmopt_tui.config.prompt_files import PromptFile, read_prompt_file
        from llmopt_tui.config.strict import UnreadableError
        from llmopt_tui.core.tables import Fault

        prompts = {}
        for file in _toml_files(self.prompts, problems, unsaved):
            try:
                content = unsaved[file] if file in unsaved else read_bytes(file)
                prompt = read_prompt_file(content, file.stem)
            except UnreadableError as error:
                prompt = PromptFile(b"", None, (Fault("", str(error)),))
            prompts[file.stem] = prompt
            shown = file.relative_to(self.root).as_posix()
            problems += [Problem(shown, fault.where, fault.message) for fault in prompt.faults]
        return prompts


def case_from_snapshot(case: Mapping[str, Any], prompt: Mapping[str, Any]) -> Case:
    """The case that `Case.snapshot` wrote, with its prompt. Raises SnapshotError."""
    from llmopt_tui.config.snapshots import case_from_snapshot as read

    return read(case, prompt)


def init_workspace(folder: Path) -> InitReport:
    """Make `folder` a workspace with the starter prompts and cases; nothing is overwritten.

    Raises WorkspaceError where the folder cannot be written.
    """
    created: list[str] = []
    kept: list[str] = []
    try:
        for part, source in _starter_files():
            (folder / part).mkdir(parents=True, exist_ok=True)
            shown = f"{part}/{source.name}"
            try:
                with (folder / part / source.name).open("xb") as target:
                    target.write(source.read_bytes())
            except FileExistsError:
                kept.append(shown)
            else:
                created.append(shown)
        results = folder / "results"
        (kept if results.is_dir() else created).append("results/")
        results.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        where = error.filename or folder
        raise WorkspaceError(f"{where} cannot be written: {error.strerror}") from error
    return InitReport(folder, tuple(created), tuple(kept))


def _starter_files() -> list[tuple[str, Path]]:
    """The starter files with the folder that each belongs in."""
    package = Path(__file__).parents[1]
    # A wheel carries them; in a source checkout they are the repository's own.
    base = package / "starter" if (package / "starter").is_dir() else package.parent
    return [
        (part, file)
        for part in ("prompts", "cases")
        for file in sorted((base / part).iterdir())
        if file.suffix in _STARTER_SUFFIXES
    ]


def _toml_files(folder: Path, problems: list[Problem], unsaved: Mapping[Path, bytes]) -> list[Path]:
    """The TOML files of a folder by name; hidden ones are an editor's business."""
    new = {file for file in unsaved if file.parent == folder}
    try:
        files = sorted({*folder.iterdir(), *new})
    except FileNotFoundError:
        files = sorted(new)
    except OSError as error:
        problems.append(Problem(f"{folder.name}/", "", f"cannot be read: {error.strerror}"))
        return []
    return [file for file in files if file.suffix == ".toml" and not file.name.startswith(".")]
