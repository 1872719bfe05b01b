"""PromptEditor: edits a suggestion, and checks its placeholders while the person types."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import TextArea

from llmopt_tui.core.prompt import placeholders_in
from llmopt_tui.tui import commands
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.widgets.diff import DiffView
from llmopt_tui.tui.widgets.plain import Plain, plain_text

_UNEDITABLE = frozenset({"Cc", "Cf", "Cs"})


def editable(text: str) -> tuple[str, int]:
    """The text without invisible control characters, and how many were removed."""
    text = text.replace("\r\n", "\n")
    kept = "".join(
        char for char in text if char in "\n\t" or unicodedata.category(char) not in _UNEDITABLE
    )
    return kept, len(text) - len(kept)


def placeholder_problem(required: Counter[str], text: str) -> str:
    """Which placeholders are missing, repeated or unknown in a text; "" if all are right."""
    found = placeholders_in(text)
    missing = [name for name in required if not found[name]]
    unknown = [name for name in found if name not in required]
    uneven = [name for name in required if found[name] and found[name] != required[name]]
    parts = [
        f"{word} {', '.join('{{' + name + '}}' for name in names)}"
        for word, names in (("missing", missing), ("unknown", unknown))
        if names
    ]
    parts += [f"{{{{{name}}}}} occurs {found[name]} times, not {required[name]}" for name in uneven]
    return "; ".join(parts)


class PromptEditor(ModalScreen[str | None]):
    """Edits a suggested prompt. Closes with the text as edited, or with None when cancelled.

    `parent` is the prompt that the suggestion would replace. If there is room, the differences to
    it are shown beside the text. The text must keep the placeholders of `required`, by default the
    suggestion's. `note` is said under the text.
    """

    # The screen below stays visible, even though the style sheet gives screens a background.
    CSS = "PromptEditor { background: $background 60%; }"
    DEFAULT_CSS = """
    PromptEditor { align: center middle; }
    PromptEditor > #editor {
        width: 100%; max-width: 180; height: 100%; max-height: 50; background: $surface;
    }
    PromptEditor #editor-sides { height: 1fr; }
    PromptEditor TextArea {
        width: 1fr; height: 1fr; padding: 0 1; background: $surface; border: round $border;
        border-title-color: $foreground;
    }
    PromptEditor TextArea:focus { border: heavy $foreground 70%; border-title-style: bold; }
    PromptEditor #editor-diff {
        display: none; width: 1fr; padding: 0 1; border: round $border;
        border-title-color: $foreground; scrollbar-size-vertical: 1;
    }
    PromptEditor.-wide #editor-diff { display: block; }
    PromptEditor #editor-status { height: auto; padding: 0 2; color: $text-muted; }
    PromptEditor #editor-status.-wrong { color: $text-error; }
    PromptEditor #editor-note { height: auto; padding: 0 2; color: $text-warning; display: none; }
    """
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-narrow"), (100, "-wide")]  # type: ignore[misc]
    BINDINGS: ClassVar[list[BindingType]] = commands.bindings("editor", priority=True)

    def __init__(
        self,
        suggested: str,
        parent: str = "",
        *,
        title: str = "Edit the suggestion",
        required: str = "",
        note: str = "",
    ) -> None:
        super().__init__()
        self._said = note
        self._suggested, self._removed = editable(suggested)
        self._before = parent
        self._heading = title
        self._required = placeholders_in(required or suggested)

    def compose(self) -> ComposeResult:
        """The text, its differences to the parent, the placeholders, and the keys."""
        with Vertical(id="editor"):
            with Horizontal(id="editor-sides"):
                area = TextArea(self._suggested, id="editor-text")
                area.border_title = plain_text(self._heading)
                yield area
                side = VerticalScroll(id="editor-diff", can_focus=False)
                side.border_title = "What it changes"
                with side:
                    yield DiffView(self._before, self._suggested)
            yield Plain(id="editor-status")
            yield Plain(id="editor-note")
            yield KeyBar("save", "outside", "cancel", right=())

    def on_mount(self) -> None:
        """Check the suggested text."""
        self._check()
        self._note(self._said)
        if self._removed:
            count = (
                "1 invisible character"
                if self._removed == 1
                else (f"{self._removed} invisible characters")
            )
            self._note(f"{count} of the suggestion left out here.")

    @property
    def text(self) -> str:
        """The prompt as it is in the editor now."""
        return self.query_one(TextArea).text

    @property
    def problem(self) -> str:
        """Why the prompt cannot be saved; "" if it can."""
        if not self.text.strip():
            return "The prompt is empty."
        return placeholder_problem(self._required, self.text)

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._check()
        self.query_one(DiffView).update(self._before, self.text)

    def _check(self) -> None:
        status = self.query_one("#editor-status", Plain)
        problem = self.problem
        status.set_class(bool(problem), "-wrong")
        if problem:
            status.update(f"✗ {problem}")
        elif self._required:
            names = "  ".join("{{" + name + "}}" for name in self._required)
            status.update(Content.assemble("✓ placeholders  ", plain_text(names)))
        else:
            status.update("✓ no placeholders")

    def _note(self, text: str) -> None:
        note = self.query_one("#editor-note", Plain)
        note.display = bool(text)
        note.update(text)

    def action_save(self) -> None:
        """Close with the text, unless its placeholders are wrong."""
        if self.problem:
            self._note("Not used: correct the placeholders first, the inputs take their place.")
            self.app.bell()
        else:
            self.dismiss(self.text)

    def action_cancel(self) -> None:
        """Close without the text; if changes would be lost, ask first."""
        if self.text == self._suggested:
            self.dismiss(None)
            return
        from llmopt_tui.tui.screens.dialogs import ask_to_leave

        ask_to_leave(self, "Your changes to the suggestion would be lost.")

    @work(exclusive=True, exit_on_error=False)
    async def action_outside(self) -> None:
        """Edit the text in the person's own editor, and use the result here."""
        from llmopt_tui.tui.external_editor import EditorError, edit_outside

        try:
            text, _ = editable(await edit_outside(self.app, self.text))
        except EditorError as error:
            self._note(str(error))
            return
        self._note(self._said)
        if text != self.text:
            self.query_one(TextArea).replace(text, (0, 0), self.query_one(TextArea).document.end)
