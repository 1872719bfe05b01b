"""FileEditor: a case's or prompt's file as text, checked while it is typed, saved once it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import TextArea
from textual.worker import Worker

from llmopt_tui.core.text.plain import one_line, visible
from llmopt_tui.tui import commands
from llmopt_tui.tui.error_words import failure_words
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.links import linked
from llmopt_tui.tui.widgets.plain import Plain, plain_text

if TYPE_CHECKING:
    from llmopt_tui.config.problems import Problem
    from llmopt_tui.tui.case_desk import CaseDesk, FileText

_PAUSE = 0.3
"""Seconds without a key after which the text is checked."""
_MOST_SHOWN = 3
_MARK = b"\xef\xbb\xbf"


class FileEditor(ModalScreen[None]):
    """The text of one file, at a line. Saving is refused while the strict reader refuses the text.

    A file that was broken when it was opened may also be saved broken, if the person insists: with
    many mistakes in it, it is mended step by step. Nothing in it changes but what is typed.
    """

    SCOPED_CSS = False
    CSS = "FileEditor { background: $background 60%; }"
    DEFAULT_CSS = """
    FileEditor { align: center middle; }
    FileEditor > #file-editor { width: 100%; max-width: 160; height: 100%; background: $surface; }
    FileEditor TextArea {
        height: 1fr; padding: 0; background: $surface; border: round $border;
        border-title-color: $foreground;
    }
    FileEditor TextArea:focus { border: heavy $foreground 70%; border-title-style: bold; }
    FileEditor #file-status {
        height: auto; max-height: 8; padding: 0 2; color: $text-muted; link-style: none;
        link-background: transparent; link-color: $text-error; link-style-hover: underline;
        link-background-hover: transparent; link-color-hover: $text-error;
    }
    FileEditor #file-note { height: auto; padding: 0 2; color: $text-warning; display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = commands.bindings("form", priority=True)
    HELP = """\
The file as you wrote it. What the program would not understand is named below, with its line; a
click on a problem goes there. ^s saves the text exactly as it is here."""

    def __init__(self, desk: CaseDesk, file: FileText, line: int = 1) -> None:
        super().__init__()
        self._desk, self._file, self._line = desk, file, line
        self._marked = file.content.startswith(_MARK)
        self._text = file.content.removeprefix(_MARK).decode("utf-8", "replace")
        self._problems: tuple[Problem, ...] = ()
        self._was_broken = False
        self._checked = False
        self._pause: Timer | None = None

    def compose(self) -> ComposeResult:
        """The text, what is wrong with it, and the keys."""
        shown = self._file.path.relative_to(self._desk.workspace.root).as_posix()
        with Vertical(id="file-editor"):
            area = TextArea(self._shown, show_line_numbers=True, id="file-text")
            area.border_title = plain_text(one_line(shown, 100))
            yield area
            yield Plain("checking …", id="file-status")
            yield Plain(id="file-note")
            yield KeyBar("form_save", "form_cancel", right=())

    @property
    def _shown(self) -> str:
        return visible(self._text) if self._hidden else self._text

    @property
    def _hidden(self) -> bool:
        """Whether the text holds characters that do not show, or that the editor would change."""
        return visible(self._text) != self._text.replace("\r\n", "\n")

    def on_mount(self) -> None:
        """Go to the line, and check the text as it is."""
        area = self.query_one(TextArea)
        if self._hidden or area.text != self._shown:
            # What cannot be shown as it is would not be saved as it is.
            area.read_only = True
            self._note("It holds hidden characters or mixed line ends: edit it in another program.")
        self.action_goto(self._line)
        area.focus()
        self._check(first=True)

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._checked = False
        if self._pause:
            self._pause.stop()
        self._pause = self.set_timer(_PAUSE, self._check)

    @property
    def content(self) -> bytes:
        """The file's bytes as they would be saved."""
        text = self.query_one(TextArea).text
        if text == self._text or self.query_one(TextArea).read_only:
            return self._file.content
        return _MARK * self._marked + text.encode("utf-8", "replace")

    @work(exclusive=True, group="check", exit_on_error=False)
    async def _check(self, first: bool = False) -> None:
        content = self.content
        self._problems = await self._found(content)
        if first:
            self._was_broken = bool(self._problems)
        self._checked = content == self.content
        self._draw()

    async def _found(self, content: bytes) -> tuple[Problem, ...]:
        """The problems of this file, and those that its text would bring into others."""
        path = self._file.path
        after = {path: content}
        everything = await self._desk.check(after)
        brought = {str(problem) for problem in await self._desk.problems(after)}
        shown = path.relative_to(self._desk.workspace.root).as_posix()
        return tuple(p for p in everything if p.file == shown or str(p) in brought)

    def _draw(self) -> None:
        status = self.query_one("#file-status", Plain)
        if not self._problems:
            status.update("✓ it can be read")
            return
        parts = []
        for problem in self._problems[:_MOST_SHOWN]:
            line = self._line_of(problem)
            text = plain_text(f"✗ {problem}", "$text-error")
            parts.append(linked(text, f"screen.goto({line})") if line else text)
        if rest := len(self._problems) - _MOST_SHOWN:
            parts += [Content(f"and {rest} more")] * (rest > 0)
        status.update(Content("\n").join(parts))

    def _line_of(self, problem: Problem) -> int:
        """The line in the text that a problem is about; 0 where it is about another file."""
        from llmopt_tui.app.case_editing.places import line_of

        shown = self._file.path.relative_to(self._desk.workspace.root).as_posix()
        return line_of(problem, self.query_one(TextArea).text) if problem.file == shown else 0

    def action_goto(self, line: int) -> None:
        """Put the cursor at the beginning of a line, counted from 1."""
        area = self.query_one(TextArea)
        area.move_cursor((max(0, min(line, area.document.line_count) - 1), 0), center=True)
        area.focus()

    def _note(self, text: str) -> None:
        note = self.query_one("#file-note", Plain)
        note.display = bool(text)
        note.update(text)

    @work(exclusive=True, group="save", exit_on_error=False)
    async def action_save(self) -> None:
        """Save the text if it can be read; ask where the file was broken from the beginning."""
        content = self.content
        if content == self._file.content:
            self.dismiss(None)
            return
        self._problems = await self._found(content)
        self._draw()
        if self._problems and not await self._insists():
            self._note("Not saved. Correct what is named above first.")
            self.app.bell()
            return
        words = f"changed {one_line(self._file.path.name, 60)}"
        if problem := await self._desk.save(
            words, {self._file.path: self._file.content}, {self._file.path: content}
        ):
            await self._clash(problem, content)
            return
        self.dismiss(None)

    async def _insists(self) -> bool:
        """Whether a file that was broken is to be saved although it still is."""
        if not self._was_broken:
            return False
        from llmopt_tui.tui.screens.dialogs import Confirm

        question = Confirm(
            "Save it with its mistakes?",
            "The file was broken before. Its case cannot be used until the rest is corrected.",
            yes="Save",
            no="Keep editing",
        )
        return await self.app.push_screen_wait(question)

    async def _clash(self, problem: str, content: bytes) -> None:
        """Say why it was not saved; where the file has changed, ask whose text is to stay."""
        found = await self._desk.read(self._file.path)
        if found.problem or found.content == self._file.content:
            self._note(problem)
            return
        from llmopt_tui.tui.screens.dialogs import Choose

        choice = await self.app.push_screen_wait(
            Choose(
                f"{one_line(self._file.path.name, 40)} has changed on disk meanwhile",
                (
                    ("keep", "Keep editing; nothing is saved"),
                    ("mine", "Save mine over it (u brings the other one back)"),
                    ("theirs", "Leave; what is on disk stays"),
                ),
            )
        )
        if choice == "mine":
            self._file = found
            problem = await self._desk.save(
                f"replaced {one_line(self._file.path.name, 60)}",
                {found.path: found.content},
                {found.path: content},
            )
        if choice == "theirs" or (choice == "mine" and not problem):
            self.dismiss(None)
        else:
            self._note(problem)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show an unexpected failure."""
        if said := failure_words(event):
            self._note(said)

    def action_cancel(self) -> None:
        """Close without saving; ask first if changes would be lost."""
        if self.content == self._file.content:
            self.dismiss(None)
            return
        from llmopt_tui.tui.screens.dialogs import ask_to_leave

        ask_to_leave(self, "Your changes to the file would be lost.")
