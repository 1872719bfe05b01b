"""Tables as text: CSV, TSV and what Excel makes of them in other countries."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator

from llmopt_tui.app.importing.material import (
    MOST_ROWS,
    ImportRefused,
    Material,
    Note,
    Row,
)

_NAMES = {",": "CSV", ";": "CSV with semicolons", "\t": "TSV", "|": "CSV with bars"}
_LOOKED_AT = 500
_LONGEST_TITLE = 80
_Record = tuple[int, list[str]]


def read_delimited(text: str) -> Material:
    """The rows of a table whose first line names the columns. Raises ImportRefused.

    The delimiter is the one that cuts the most lines into as many cells as there are titles.
    """
    said, text = _said_delimiter(text)
    delimiter = said or max(_NAMES, key=lambda candidate: _fit(text, candidate))
    records = list(_records(text, delimiter))
    if not records:
        raise ImportRefused("is empty")
    notes: list[Note] = []
    if _is_title_row(records[0][1]):
        titles = _titles(records.pop(0)[1])
    else:
        titles = _titles([""] * max(len(cells) for _, cells in records))
        message = "the first line holds no titles: columns are called column_1 and so on"
        notes.append(Note("guess", "", message))
    if not records:
        raise ImportRefused("holds titles, and no row below them")
    rows = []
    for line, cells in records:
        if any(cell.strip() for cell in cells[len(titles) :]):
            message = f"has {len(cells)} cells where there are {len(titles)} titles"
            notes.append(Note("left", f"line {line}", message))
            continue
        padded = [*cells, *[""] * (len(titles) - len(cells))]
        rows.append(Row(f"line {line}", dict(zip(titles, padded, strict=False))))
    columns = tuple(title for title in titles if not _is_nothing(title, rows))
    rows = [Row(row.place, {name: row.values[name] for name in columns}) for row in rows]
    format_name = _NAMES.get(delimiter, "CSV")
    return Material(format_name, columns, tuple(rows), notes=tuple(notes))


def _said_delimiter(text: str) -> tuple[str, str]:
    """The delimiter that Excel's own first line names, as in "sep=;", and the text below it."""
    first, newline, rest = text.partition("\n")
    first = first.strip("\r \"'")
    if first.lower().startswith("sep=") and len(first) == 5 and newline:
        return first[4], rest
    return "", text


def _records(text: str, delimiter: str) -> Iterator[_Record]:
    """Each record with the line on which it begins; blank ones are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    count = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                count += 1
                if count > MOST_ROWS + 1:
                    raise ImportRefused(f"holds more than {MOST_ROWS:,} rows; import a part of it")
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise ImportRefused(
            f"line {line}: is no table: {error} (is a quotation mark open there?)"
        ) from error


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    """How well a delimiter cuts the text: the share of lines like the first, and their cells."""
    lengths: Counter[int] = Counter()
    width = 0
    try:
        for _, cells in _records(text, delimiter):
            width = width or len(cells)
            lengths[len(cells)] += 1
            if lengths.total() == _LOOKED_AT:
                break
    except ImportRefused:
        return 0.0, 0
    alike = lengths[width] / max(1, lengths.total())
    # A delimiter that is nowhere fits every line: any that cuts the titles is better.
    return (alike, width) if width > 1 else (alike - 1, width)


def _is_title_row(cells: list[str]) -> bool:
    return any(cell.strip() for cell in cells) and not any(
        len(cell) > _LONGEST_TITLE or _is_figure(cell) for cell in cells
    )


def _is_figure(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _titles(cells: list[str]) -> list[str]:
    """The titles, each different: an empty one is called by its number."""
    found: list[str] = []
    for number, cell in enumerate(cells, start=1):
        title = " ".join(cell.split()) or f"column_{number}"
        found.append(title if title not in found else f"{title}_{number}")
    return found


def _is_nothing(title: str, rows: list[Row]) -> bool:
    """Whether a column has neither a title nor a value: Excel leaves such ones at the side."""
    return title.startswith("column_") and not any(row.values[title].strip() for row in rows)
