"""DraftView: what an import would make: counts, first examples, notes, the prompt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from llmopt_tui.core.text.plain import one_line, visible
from llmopt_tui.tui.panes.example_table import expected_text, split_words
from llmopt_tui.tui.widgets.lines import Line, WrappedLines

if TYPE_CHECKING:
    from llmopt_tui.app.importing.drafting import Draft
    from llmopt_tui.app.importing.material import NoteKind

_FIRST = 3
_FLAG = re.compile(r"[;,] (use )?--\w+ [^;]*$")
_MOST_NOTES = 12
_LONGEST = 400
_NOTES: tuple[tuple[NoteKind, str, str], ...] = (
    ("warning", "! ", "draft--warning"),
    ("guess", "? ", ""),
    ("left", "– ", ""),
)


class DraftView(WrappedLines):
    """The preview, as text."""

    DEFAULT_CSS = """
    DraftView > .draft--title { text-style: bold; }
    DraftView > .draft--quiet { color: $text-muted; }
    DraftView > .draft--problem { color: $text-error; }
    DraftView > .draft--warning { color: $text-warning; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "draft--title",
        "draft--quiet",
        "draft--problem",
        "draft--warning",
    }
    gutter_width: ClassVar[int] = 2

    def show(self, draft: Draft) -> None:
        """Show what would be made."""
        self.set_lines(_lines(draft))

    def refuse(self, lines: Sequence[str]) -> None:
        """Show why nothing can be made so."""
        self.set_lines(
            [
                Line("Nothing can be made of it like this", "draft--title"),
                *(
                    Line(one_line(_without_flag(line), 1000), "draft--problem", "✗ ", "  ")
                    for line in lines
                ),
            ]
        )


def _without_flag(note: str) -> str:
    """The note without what the command line could be told: here the table says it."""
    return _FLAG.sub("", note)


def _lines(draft: Draft) -> Iterator[Line]:
    train = sum(example.split == "train" for example in draft.examples)
    held_out = len(draft.examples) - train
    kinds = ", ".join(one_line(str(table["kind"]), 40) for table in draft.criteria)
    yield Line(f"{train} train, {held_out} held out; scored by {kinds}", "draft--title")
    for kind, mark, style in _NOTES:
        notes = draft.said(kind)
        for note in notes[:_MOST_NOTES]:
            yield Line(one_line(_without_flag(note), _LONGEST), style, mark, "  ")
        if len(notes) > _MOST_NOTES:
            yield Line(f"and {len(notes) - _MOST_NOTES} more", "draft--quiet", mark, "  ")
    yield Line("")
    yield Line("the first examples", "draft--title")
    for example in draft.examples[:_FIRST]:
        yield Line(f"{one_line(example.id, 40)}  {split_words(example)}", "draft--quiet")
        for name, text in example.inputs.items():
            yield Line(f"{one_line(name, 40)}: {one_line(text, _LONGEST)}", "", "│ ", "│ ")
        if example.expected:
            yield Line(one_line(expected_text(example), _LONGEST), "", "→ ", "  ")
    yield Line("")
    yield Line("the prompt to begin with", "draft--title")
    prompt = draft.prompts[0]
    text = f"{prompt.system}\n{prompt.text}" if prompt.system else prompt.text
    for line in visible(text.strip("\n")).replace("\t", "    ").split("\n"):
        yield Line(line, "", "│ ", "│ ")
