"""CasePage: what a case asks for: its title, prompt and criteria; of a broken one, its problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from llmopt_tui.core.text.plain import one_line, visible
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.lines import Line, WrappedLines

if TYPE_CHECKING:
    from llmopt_tui.app.case_editing.listing import Entry
    from llmopt_tui.core.case import Case


class CaseLines(WrappedLines):
    """The text of the page."""

    DEFAULT_CSS = """
    CaseLines > .case--title { text-style: bold; }
    CaseLines > .case--quiet { color: $text-muted; }
    CaseLines > .case--problem { color: $text-error; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"case--title", "case--quiet", "case--problem"}
    gutter_width: ClassVar[int] = 2


class CasePage(VerticalScroll):
    """The case under the cursor, to be read."""

    BORDER_TITLE = "Prompt and criteria"
    HELP = """\
The prompt that the case begins with, and the criteria that score an answer. p edits the prompt's
file, t the case's, as text: comments and order stay as you wrote them. Nothing is saved until it
can be read, and u undoes it."""

    def compose(self) -> ComposeResult:
        """The text of the page, which scrolls."""
        yield CaseLines()

    def show(self, entry: Entry | None) -> None:
        """Show the case of a file, or what is wrong with that."""
        lines = [] if entry is None else _case(entry.case) if entry.case else _problems(entry)
        self.query_one(CaseLines).set_lines(lines)
        self.scroll_home(animate=False)

    def copyable(self) -> list[tuple[str, str]]:
        """The text of the page."""
        return [("prompt and criteria", self.query_one(CaseLines).shown)]


def _problems(entry: Entry) -> Iterator[Line]:
    count = fmt.plural(len(entry.problems), "problem")
    yield Line(f"{one_line(entry.name, 60)} cannot be used: {count}", "case--title")
    yield Line("enter opens the file at the line of the first.", "case--quiet")
    yield Line("")
    for problem in entry.problems:
        yield Line(str(problem), "case--problem", "✗ ", "  ")


def _case(case: Case) -> Iterator[Line]:
    yield Line(one_line(case.title, 200), "case--title")
    if case.description.strip():
        yield Line(one_line(case.description, 1000), "case--quiet")
    yield Line("")
    yield Line(f"prompt  {one_line(case.prompt.name, 60)}", "case--quiet")
    if case.prompt.system.strip():
        yield from _block(f"system: {case.prompt.system}")
    yield from _block(case.prompt.text)
    if shown := len(case.prompt.demonstrations):
        yield Line(fmt.plural(shown, "demonstration"), "case--quiet")
    yield Line("")
    yield Line("criteria", "case--quiet")
    whole = sum(criterion.weight for criterion in case.criteria) or 1.0
    for criterion in case.criteria:
        share = f"{criterion.weight / whole:4.0%}"
        must = " (required)" if criterion.required else ""
        said = f"{criterion.kind}{must}: {criterion.describe()}"
        yield Line(f"{share}  {one_line(said, 400)}", "", "", " " * 6)
    form = "a JSON Schema" if case.output.schema is not None else case.output.format
    yield Line(f"output {form}, at most {case.output.max_tokens:,} tokens", "case--quiet")


def _block(text: str) -> Iterator[Line]:
    for line in visible(text.strip("\n")).replace("\t", "    ").split("\n"):
        yield Line(line, "", "│ ", "│ ")
