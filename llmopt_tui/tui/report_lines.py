"""Our reports as lines to read: headings, tables and lists laid out, nothing of them obeyed.

This is no reader of Markdown. It knows the forms that `reports/markdown.py` writes, and shows
everything else as it is: a report holds text of models, which must become neither markup nor a
link. So there is nothing here that opens, links or runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from llmopt_tui.tui.widgets.lines import Line

_ROW = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\|( -+:? \|)+")
_ESCAPED = re.compile(r"\\([\\`*\[\]<>|~$&#@_:.=+\-])")
_BOLD = re.compile(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*")
_LINK = re.compile(r"(?<!\\)!?\[((?:\\.|[^\]\\])*)\]\(<[^<>]*>\)")
_SUMMARY = re.compile(r"<details><summary>(.*)</summary>")
_GAP = 2
_LEAST = 8


def report_lines(report: str, width: int) -> list[Line]:
    """The lines of a report in a widget of `width` cells. The text must be safe to show."""
    found: list[Line] = []
    block: list[str] = []
    fence = language = ""
    for text in [*report.split("\n"), ""]:
        if fence:
            if text == fence:
                fence = language = ""
            else:
                found.append(_in_fence(text, language))
            continue
        if text.startswith("| "):
            block.append(text)
            continue
        found += _table(block, width)
        block = []
        if text.startswith("```"):
            language = text.lstrip("`")
            fence = text.removesuffix(language)
        else:
            found += _line(text)
    return found[:-1]


def _in_fence(text: str, language: str) -> Line:
    kinds = {"-": "report--removed", "+": "report--added"} if language == "diff" else {}
    return Line("  " + text.replace("\t", "    "), kinds.get(text[:1], "report--quoted"))


def _line(text: str) -> Iterator[Line]:
    """A line outside of fences and tables, without the signs that say what it is."""
    if text.startswith("#"):
        yield Line(_plain(text.lstrip("#").strip()), "report--heading")
    elif summary := _SUMMARY.match(text):
        yield Line(f"{_plain(summary[1])}:", "report--label")
    elif text in ("</details>", "<details>"):
        return
    elif text.startswith("> ") or text == ">":
        yield Line(f"  {_plain(text[2:].removesuffix(chr(92)))}", "report--quoted")
    elif text.startswith("- "):
        yield Line(f"• {_plain(text[2:])}")
    else:
        yield Line(_plain(text.removesuffix("\\") if not text.endswith("\\\\") else text))


def _plain(text: str) -> str:
    """The words of a line: bold signs and links away, escaped characters as they are."""
    text = _LINK.sub(lambda found: found[1], text)
    text = _BOLD.sub(lambda found: found[1], text)
    text = _ESCAPED.sub(lambda found: found[1], text)
    return text.replace("\t", "    ")


def _table(block: Sequence[str], width: int) -> Iterator[Line]:
    """A table in columns where it fits; else each row as lines of "name: value"."""
    if len(block) < 2 or not _RULE.fullmatch(block[1]):
        yield from (Line(_plain(text)) for text in block)
        return
    right = [cell.strip().endswith(":") for cell in _cells(block[1])]
    header, *rows = (_cells(text) for text in (block[0], *block[2:]))
    widths = [
        max([cell_len(row[at]) for row in (header, *rows) if at < len(row)], default=0)
        for at in range(len(header))
    ]
    if sum(widths) + _GAP * (len(widths) - 1) > max(_LEAST, width):
        yield from _records(header, rows)
        return
    yield Line(_columns(header, widths, right), "report--label")
    yield from (Line(_columns(row, widths, right)) for row in rows)


def _records(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    for row in rows:
        first, *rest = zip(header, row, strict=False)
        yield Line(f"{first[0]} {first[1]}".strip(), "report--label")
        yield from (Line(f"  {name}: {value}".rstrip()) for name, value in rest if value)


def _cells(text: str) -> list[str]:
    return [_plain(cell.strip()) for cell in _ROW.split(text)[1:-1]]


def _columns(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = []
    for text, width, to_the_right in zip(row, widths, right, strict=False):
        room = " " * (width - cell_len(text))
        parts.append(room + text if to_the_right else set_cell_size(text, width))
    return (" " * _GAP).join(parts).rstrip()
