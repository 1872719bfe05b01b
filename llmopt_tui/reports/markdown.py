"""Text from outside put into Markdown so that it stays text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from llmopt_tui.core.plain import one_line, visible

_MEANS_SOMETHING = re.compile(r"([\\`*_{}\[\]()#+!|~$^=:/&<>@.-])")


def fenced(text: str, language: str = "text") -> str:
    """A fence that the text cannot close, however many backticks it holds."""
    runs = (len(run) for run in re.findall(r"`{3,}", text))
    fence = "`" * (max(runs, default=2) + 1)
    return f"{fence}{language}\n{visible(text).rstrip()}\n{fence}"


def inline(text: str, width: int = 120) -> str:
    """One line in which nothing is a link, a tag, a heading or a table's border."""
    return _escaped(one_line(text, width))


def paragraphs(text: str) -> str:
    """Prose from outside as quoted lines; line breaks are kept."""
    return "\n".join(f"> {_escaped(line)}  " for line in visible(text).strip().splitlines())


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; a header that ends in ":" is right-aligned. Cells must be safe already."""
    names = [name.removesuffix(":") for name in header]
    rules = ["---:" if name.endswith(":") else "---" for name in header]
    lines = [names, rules, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escaped(line: str) -> str:
    return _MEANS_SOMETHING.sub(r"\\\1", line)
