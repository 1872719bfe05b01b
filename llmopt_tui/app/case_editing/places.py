"""Where in a file a problem is: the line that an editor opens at."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui.app.case_editing.toml_examples import headers

if TYPE_CHECKING:
    from llmopt_tui.app.workspace import Workspace
    from llmopt_tui.config.problems import Problem

_LINE = re.compile(r"\bline (\d+)\b")
_NUMBERED = re.compile(r"(examples|criteria|sections|demonstrations) (\d+)")
_EXAMPLE = re.compile(r"example (.+?)(?:, [a-z_]+)?$", re.DOTALL)
_FILE_NAMED = re.compile(r"(prompts/[^/]+\.toml) has a problem")


def place_of(problem: Problem, workspace: Workspace) -> tuple[Path, int]:
    """The file to open and the line in it, from 1, that a problem is about."""
    file = workspace.root / problem.file
    if named := _FILE_NAMED.match(problem.message):
        inside = workspace.root / named.group(1)
        file = inside if inside.parent == workspace.prompts else file
        return file, max(1, _said(problem.message))
    text = _text(file)
    line = line_of(problem, text)
    if not line and (beside := _examples_file(text)):
        # Examples are checked together, wherever they are written.
        for other in (workspace.cases / beside,):
            if other.parent == workspace.cases and (line := line_of(problem, _text(other))):
                return other, line
    return file, line or 1


def line_of(problem: Problem, text: str) -> int:
    """The line of a text, from 1, that a problem is about; 0 where the text does not tell."""
    if line := _said(problem.where) or _said(problem.message):
        return line
    lines = text.split("\n")
    if numbered := _NUMBERED.match(problem.where):
        wanted = re.compile(rf"[ \t]*\[\[\s*{numbered.group(1)}\s*\]\]")
        found = [at for at in headers(text) if wanted.match(text, at)]
        nth = int(numbered.group(2))
        return text.count("\n", 0, found[nth - 1]) + 1 if nth <= len(found) else 0
    if example := _EXAMPLE.match(problem.where):
        name = re.escape(example.group(1))
        wanted = re.compile(rf"""(^\s*id\s*=\s*|"id"\s*:\s*)["']{name}["']""")
        found = [n for n, line in enumerate(lines, start=1) if wanted.search(line)]
        # Of two with one id, the second is the one too many.
        return (found or [0])[-1 if "another example" in problem.message else 0]
    name = re.escape(problem.where.partition(" ")[0].rpartition(".")[2])
    return _first(lines, re.compile(rf"\s*(\[\[?)?\s*{name}\s*(=|\])")) if name else 0


def _first(lines: list[str], wanted: re.Pattern[str]) -> int:
    found = (n for n, line in enumerate(lines, start=1) if wanted.search(line))
    return next(found, 0)


def _said(words: str) -> int:
    found = _LINE.search(words)
    return int(found.group(1)) if found else 0


def _examples_file(text: str) -> str:
    found = re.search(r"""^\s*examples_file\s*=\s*["']([^"'/\\]+)["']""", text, re.MULTILINE)
    return found.group(1) if found else ""


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
