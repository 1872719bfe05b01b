"""PickFile: asks for a file, typed with a suggestion or picked in a tree."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from rich.text import Text, TextType
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.suggester import Suggester
from textual.widgets import Button, DirectoryTree, Input

from llmopt_tui.core.text.plain import one_line, visible
from llmopt_tui.tui.screens.dialogs import Dialog
from llmopt_tui.tui.widgets.plain import Plain

_ENDINGS = frozenset(
    {".csv", ".tsv", ".tab", ".txt", ".json", ".jsonl", ".ndjson", ".yaml", ".yml"}
)


class FileTree(DirectoryTree):
    """Folders, and the files that can be imported. Names are shown as plain text."""

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    ICON_FILE = "  "

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """Without hidden files, and without those that no import reads."""
        return [
            path
            for path in paths
            if not path.name.startswith(".")
            and (path.suffix.lower() in _ENDINGS or _is_folder(path))
        ]

    def process_label(self, label: TextType) -> Text:
        """The name as one visible line, whatever is in it."""
        return Text(one_line(str(label), 120) or " ")


class PathSuggester(Suggester):
    """Completes a path by the first name in its folder that begins so."""

    def __init__(self, root: Path) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._root = root

    async def get_suggestion(self, value: str) -> str | None:
        """The path with its last name completed."""
        return await asyncio.to_thread(self._completed, value)

    def _completed(self, value: str) -> str | None:
        folder, slash, begun = value.rpartition("/")
        place = Path(f"{folder}{slash}" or ".").expanduser()
        try:
            names = sorted(entry.name for entry in (self._root / place).iterdir())
        except OSError:
            return None
        for name in names:
            hidden = name.startswith(".") and not begun
            if name.startswith(begun) and name == visible(name) and not hidden:
                return f"{folder}{slash}{name}"
        return None


class PickFile(Dialog["Path | None"]):
    """Closes with a file, or with None. Relative paths begin at `root`."""

    DEFAULT_CSS = """
    PickFile > .dialog { width: 90; height: 90%; max-height: 36; padding: 0 2; }
    PickFile FileTree {
        height: 1fr; margin-top: 1; padding: 0; background: transparent; scrollbar-size: 1 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def compose(self) -> ComposeResult:
        """The path to type, the tree to pick from, what is wrong, and the ways out."""
        with Vertical(classes="dialog"):
            yield Plain("A case from a file", classes="dialog--title")
            yield Input(
                placeholder="path of the file; → completes it, or pick it below",
                suggester=PathSuggester(self._root),
                id="file-path",
            )
            yield FileTree(self._root, id="file-tree")
            yield Plain("", classes="dialog--problem")
            with Horizontal(classes="dialog--buttons"):
                yield Button("Folder above", id="above", compact=True)
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Open", id="open", compact=True)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._open()

    @on(DirectoryTree.FileSelected)
    def _picked(self, event: DirectoryTree.FileSelected) -> None:
        event.stop()
        self.dismiss(event.path)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "open":
                self._open()
            case "above":
                tree = self.query_one(FileTree)
                tree.path = Path(tree.path).absolute().parent
            case _:
                self.dismiss(None)

    def _open(self) -> None:
        """Close with the file that is typed, else with the one under the tree's cursor."""
        typed = self.query_one("#file-path", Input).value.strip()
        tree = self.query_one(FileTree)
        if typed:
            path = self._root / Path(typed).expanduser()
        elif tree.cursor_node is not None and tree.cursor_node.data is not None:
            path = tree.cursor_node.data.path
        else:
            return
        if _is_folder(path):
            tree.path = path
            tree.focus()
            return
        try:
            found = path.is_file()
        except (OSError, ValueError):
            found = False
        if found:
            self.dismiss(path)
        else:
            self.query_one(".dialog--problem", Plain).update("There is no such file.")

    def action_cancel(self) -> None:
        """Close without a file."""
        self.dismiss(None)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
