"""BeginCase: a case from scratch: id, first prompt, criterion, first example."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Button, Input, TextArea

from llmopt_tui.app.case_editing.new_case import (
    STARTS,
    Beginning,
    beginning_files,
    problem_with,
    problem_with_id,
)
from llmopt_tui.core.filling import placeholders_in
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.case_desk import said
from llmopt_tui.tui.screens.form import Field, Form
from llmopt_tui.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from llmopt_tui.tui.case_desk import CaseDesk

_MOST_INPUTS = 8


class BeginCase(Form["str | None"]):
    """Closes with the new case's id. The example's fields follow the prompt's placeholders."""

    heading = "A new case from scratch"
    saves = "Make the case"

    def __init__(self, desk: CaseDesk) -> None:
        super().__init__()
        self._desk = desk
        self._start = STARTS[0]
        self._inputs: dict[str, Field] = {}

    def fields(self) -> Iterable[Widget]:
        """Id, prompt, criterion, then the first example."""
        yield Horizontal(
            Plain("id", classes="form--label"),
            Input(placeholder="mail_urgency", id="case-id"),
            classes="form--line",
        )
        yield Field("prompt; {{name}} is where an input goes", id="case-prompt")
        yield Horizontal(
            Plain("right is", classes="form--label"),
            Button(self._start_words, id="case-start", compact=True),
            classes="form--line",
        )
        yield Field("labels, with commas between them", id="case-labels")
        yield Plain("the first example", "bold")
        yield Vertical(id="case-inputs")
        yield Field("expected", id="case-expected")

    @property
    def _start_words(self) -> str:
        return f"{self._start.words}  ({self._start.kind})"

    def on_mount(self) -> None:
        """Show the fields that the first criterion needs."""
        self.query_one("#case-inputs").styles.height = "auto"
        self._show_start()

    @on(Button.Pressed, "#case-start")
    def _choose_start(self, event: Button.Pressed) -> None:
        from llmopt_tui.tui.screens.dialogs import Choose

        event.stop()
        choices = [(start.kind, f"{start.words}  ({start.kind})") for start in STARTS]
        self.app.push_screen(Choose("What is a right answer?", choices), self._chosen)

    def _chosen(self, kind: str | None) -> None:
        if kind is not None:
            self._start = next(start for start in STARTS if start.kind == kind)
            self.query_one("#case-start", Button).label = self._start_words
            self._show_start()

    def _show_start(self) -> None:
        self.query_one("#case-labels").display = self._start.kind == "choice"
        self.query_one("#case-expected").display = self._start.shape != "none"

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        if event.text_area is self.query_one("#case-prompt TextArea"):
            self._follow(list(placeholders_in(event.text_area.text))[:_MOST_INPUTS])

    def _follow(self, names: list[str]) -> None:
        """Have a field for each placeholder; what was typed for one that comes back is kept."""
        box = self.query_one("#case-inputs")
        for name in names:
            if name not in self._inputs:
                self._inputs[name] = Field(f"input {one_line(name, 60)}")
                box.mount(self._inputs[name])
        for name, field in self._inputs.items():
            field.display = name in names

    @property
    def changed(self) -> bool:
        """Whether anything was typed."""
        return bool(self.query_one("#case-id", Input).value) or super().changed

    async def finish(self) -> str:
        """What is missing or wrong; with "" the case is there and the form has closed."""
        workspace = self._desk.workspace
        entries = await self._desk.entries()
        prompts = await asyncio.to_thread(workspace.load_prompts)
        taken = {entry.name for entry in entries} | set(prompts.prompts)
        name = self.query_one("#case-id", Input).value.strip()
        if problem := problem_with_id(name, taken):
            self.query_one("#case-id").focus()
            return problem
        labels = self.query_one("#case-labels", Field).text.replace("\n", ",").split(",")
        beginning = Beginning(
            name,
            self.query_one("#case-prompt", Field).text,
            self._start,
            {name: field.text for name, field in self._inputs.items()},
            self.query_one("#case-expected", Field).text,
            tuple(dict.fromkeys(label.strip() for label in labels if label.strip())),
        )
        if problem := problem_with(beginning):
            return problem
        files = beginning_files(beginning, workspace)
        if problems := await self._desk.problems(files):
            return said(problems)
        if problem := await self._desk.save(f"made {name}", {}, files):
            return problem
        self.dismiss(name)
        return ""
