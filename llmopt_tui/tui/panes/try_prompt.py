"""PromptPane: the prompt that is tried: system message, text, demonstrations, and what is wrong."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.state.prompt_draft import PromptCheck, PromptDraft, check_prompt
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.screens.editor import editable
from llmopt_tui.tui.variant_words import demonstration_lines, shown_words
from llmopt_tui.tui.widgets.plain import Plain, plain_text
from llmopt_tui.tui.widgets.prompt_area import PromptArea

if TYPE_CHECKING:
    from llmopt_tui.core.prompt import Prompt
    from llmopt_tui.state.trying import Tries


class PromptPane(Vertical):
    """Edits a draft. The texts survive everything but another prompt that is opened here."""

    HELP = """\
The prompt to try: its system message above, its text below. Placeholders are marked; one that has
no input is underlined, and the line below says what is wrong with it. Everything typed stays while
you are on other screens. Ctrl+z undoes, even the opening of another prompt."""

    class Changed(Message):
        """The person changed the text, or another prompt was opened."""

    def __init__(self, draft: PromptDraft, *, id: str, title: str) -> None:
        super().__init__(id=id, classes="pane")
        self.draft = draft
        self._title = title
        self._inputs: Collection[str] | None = None
        self._wanted: tuple[str, ...] = ()
        self._removed = 0
        self._said = ""

    def compose(self) -> ComposeResult:
        """System message, text, demonstrations, and the check."""
        yield PromptArea(
            self.draft.system, placeholder="system message: none", id=f"{self.id}-system"
        )
        yield PromptArea(self.draft.text, placeholder="the prompt", id=f"{self.id}-text")
        with VerticalScroll(classes="try-demonstrations"):
            yield Plain()
        yield Plain(classes="try-check")

    def on_mount(self) -> None:
        """Check the prompt that the pane began with."""
        self._check()
        self._show_demonstrations()

    @property
    def text_area(self) -> PromptArea:
        """The editor of the text."""
        return self.query_one(f"#{self.id}-text", PromptArea)

    @property
    def system_area(self) -> PromptArea:
        """The editor of the system message."""
        return self.query_one(f"#{self.id}-system", PromptArea)

    @property
    def check(self) -> PromptCheck:
        """What is wrong with the prompt as it is now."""
        return check_prompt(self.draft.prompt, self._inputs, self._wanted)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The placeholders of the prompt as it is now, each once."""
        return tuple(self.draft.prompt.placeholders)

    def open(self, prompt: Prompt) -> None:
        """Edit this prompt from now on; undoing in the editor brings the previous texts back."""
        text, removed = editable(prompt.text)
        system, more = editable(prompt.system)
        self._removed = removed + more
        shown = prompt.with_text(text)
        self.draft = PromptDraft(shown)
        self.draft.system = system
        self._wanted = tuple(prompt.placeholders)
        self.text_area.put(text)
        self.system_area.put(system)
        self._check()
        self._show_demonstrations()
        self.post_message(self.Changed())

    def hold_against(self, inputs: Collection[str] | None) -> None:
        """Check the prompt against the inputs of these names; None: it has whatever it asks for."""
        self._inputs = inputs
        for area in (self.text_area, self.system_area):
            area.know(inputs)
        self._check()

    def describe(self, tries: Tries) -> None:
        """Show in the border which prompt this is, and whether it was tried."""
        prompt = self.draft.prompt
        changed = "  ● not saved" if self.draft.changed else ""  # before a name that may be cut
        self.border_title = plain_text(f"{self._title}{changed}  {one_line(prompt.name, 40)}")
        number = tries.prompt_number(prompt)
        tried = f"P{number} · " if number else ""
        self.border_subtitle = f"{tried}{len(prompt.text) + len(prompt.system):,} characters"

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.draft.text, self.draft.system = self.text_area.text, self.system_area.text
        self._check()
        self.post_message(self.Changed())

    def _check(self) -> None:
        check = self.check
        if check.errors:
            said = f"✗ {'; '.join(check.errors)}"
        elif check.losses:
            said = f"! {'; '.join(check.losses)}"
        else:
            names = "  ".join(f"{{{{{name}}}}}" for name in check.placeholders)
            said = f"✓ {names or 'no placeholders'}{self._left_out}"
        if said != self._said:  # an update lays out the whole screen, and each key comes here
            self._said = said
            line = self.query_one(".try-check", Plain)
            line.set_class(bool(check.errors), "-wrong")
            line.set_class(bool(check.losses) and not check.errors, "-lossy")
            line.update(said)

    @property
    def _left_out(self) -> str:
        if not self._removed:
            return ""
        return f"   {fmt.plural(self._removed, 'invisible character')} left out"

    def _show_demonstrations(self) -> None:
        variant, shown = self.draft.base.variant, self.query_one(".try-demonstrations")
        shown.display = bool(variant.demonstrations)
        title = Content.styled(shown_words(variant), "$foreground-muted")
        lines = plain_text(demonstration_lines(variant))
        shown.query_one(Plain).update(Content("\n").join([title, lines]))
