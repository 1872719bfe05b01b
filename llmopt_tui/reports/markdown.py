"""Text from outside put into Markdown so that it stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from llmopt_tui.core.text.plain import one_line, visible

_MEANS_SOMETHING = re.compile(
    r"[\\`*\[\]<>|~$&#@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//)|(?<=www)\.", re.IGNORECASE
)
_OF_A_SESSION = re.compile(r"session_[A-Za-z0-9._-]+/[A-Za-z0-9_-][A-Za-z0-9._-]*")
_AT_THE_START = re.compile(r"\d+(?=[.)](?:\s|$))|(?=[-+=])")
_LONGEST = 4000


def fenced(text: str, language: str = "text", limit: int | None = None) -> str:
    """A fence that the text cannot close, however many backticks it holds.

    Beyond `limit` characters the text is cut, and a line below the fence says so.
    """
    shown = text if limit is None else text[:limit]
    body = visible(shown).rstrip("\n")
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", body)), 0)
    block = f"{fence}{language}\n{body}\n{fence}"
    rest = len(text) - len(shown)
    return f"{block}\n\n({rest} more characters are not shown.)" if rest else block


def inline(text: str, width: int = 120) -> str:
    """One line in which nothing is a link, a tag, a heading, a list or a table's border."""
    return _escaped(one_line(text, width))


def quoted(text: str) -> str:
    """Prose from outside as a quotation; line breaks are kept."""
    lines = visible(text[:_LONGEST]).strip().splitlines()
    if len(text) > _LONGEST:
        lines.append("…")
    # A backslash ends a line that another follows; before a blank one it would be text.
    return "\n".join(
        f"> {_escaped(line.strip())}{chr(92) if line.strip() and after.strip() else ''}".rstrip()
        for line, after in zip(lines, [*lines, ""][1:], strict=True)
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; a header that ends in ":" is right-aligned. Cells must be safe already."""
    names = [name.removesuffix(":") for name in header]
    rules = ["---:" if name.endswith(":") else "---" for name in header]
    lines = [names, rules, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bullets(lines: Iterable[str]) -> str:
    """Texts from outside as a list, a line each."""
    return "\n".join(f"- {inline(line, 600)}" for line in lines)


def link(path: str, shown: str) -> str:
    """A link to a session's file beside the text; the text alone where the path is another."""
    return f"[{inline(shown)}](<{path}>)" if _OF_A_SESSION.fullmatch(path) else inline(shown)


def _escaped(line: str) -> str:
    line = _MEANS_SOMETHING.sub(r"\\\g<0>", line)
    start = _AT_THE_START.match(line)
    return f"{start[0]}\\{line[start.end() :]}" if start else line
