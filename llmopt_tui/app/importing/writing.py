"""A draft checked by the workspace's own strict reader, and written; nothing is overwritten."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from llmopt_tui.app.importing.drafting import Draft
from llmopt_tui.app.workspace import Workspace
from llmopt_tui.config.problems import Problem


class FilesTaken(Exception):
    """Files of those names are there already. `paths` are relative to the workspace."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self.paths = paths
        super().__init__(f"there already: {', '.join(paths)}")


def problems_of(draft: Draft) -> tuple[Problem, ...]:
    """What the strict reader says of the draft's files, in a workspace of their own."""
    with tempfile.TemporaryDirectory(prefix="llmopt-import-") as folder:
        workspace = Workspace(Path(folder))
        _make_folders(workspace)
        for path, text in draft.files().items():
            (workspace.root / path).write_text(text, encoding="utf-8", newline="\n")
        return workspace.load_cases().problems


def taken(draft: Draft, workspace: Workspace) -> tuple[str, ...]:
    """Those of the draft's files that the workspace has already."""
    return tuple(path for path in draft.files() if (workspace.root / path).exists())


def write_draft(draft: Draft, workspace: Workspace, *, replace: bool = False) -> tuple[str, ...]:
    """Write the files and return their paths in the workspace, in the order of writing.

    Raises FilesTaken, with nothing written, where one is there already and `replace` is false;
    OSError where one cannot be written.
    """
    from llmopt_tui.store.atomic import write_text

    files = draft.files()
    _make_folders(workspace)
    reserved: list[Path] = []
    try:
        if not replace:
            # An empty file made by nobody else: what another program writes meanwhile is kept.
            for path in files:
                (workspace.root / path).open("xb").close()
                reserved.append(workspace.root / path)
        for path, text in files.items():
            write_text(workspace.root / path, text, private=False)
    except BaseException as error:
        for file in reserved:
            with contextlib.suppress(OSError):
                file.unlink()
        if isinstance(error, FileExistsError):
            raise FilesTaken(taken(draft, workspace)) from error
        raise
    return tuple(files)


def _make_folders(workspace: Workspace) -> None:
    for folder in (workspace.prompts, workspace.cases):
        folder.mkdir(parents=True, exist_ok=True)
