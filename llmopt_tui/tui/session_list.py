"""SessionList: the rows of past sessions as they are shown: sorted, filtered, suites opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.session_table import DATE, Column, Row, ordered

_CLOSED, _OPEN, _INSIDE = "▸ ", "▾ ", "└ "


class SessionList:
    """Rows in the order of a column, and the filter that chooses which are shown.

    A suite of several sessions is one row, and its sessions are shown below it once it is opened. A
    suite of one session is not shown, its session is. `in_texts` has the keys of sessions whose
    texts match the filter, `by_text` the keys of rows that are shown only because of their texts.
    `opened` has the keys of the suites that are open.
    """

    def __init__(self) -> None:
        self.column, self.descending = DATE, True
        self.query = ""
        self.in_texts: set[str] = set()
        self.by_text: set[str] = set()
        self.opened: set[str] = set()
        self._rows: list[Row] = []
        self._tops: list[Row] = []
        self._inside: dict[str, list[Row]] = {}

    @property
    def rows(self) -> list[Row]:
        """All sessions and suites, sorted, each a row of its own."""
        return self._rows

    @rows.setter
    def rows(self, rows: list[Row]) -> None:
        self._rows = rows
        self._arrange()

    def sort(self, column: Column, *, descending: bool) -> None:
        """Sort the rows by a column."""
        self.column, self.descending = column, descending
        self.rows = ordered(self._rows, column, descending=descending)

    def ask(self, query: str) -> None:
        """Change the filter. If it only grew, text matches stay until the next search."""
        if not (self.query and query.startswith(self.query)):
            self.in_texts = set()
        self.query = query

    def members(self, row: Row) -> Sequence[Row]:
        """The rows of a suite's sessions; none of a session."""
        return self._inside.get(row.key, ())

    def suite_of(self, row: Row) -> Row | None:
        """The row of the suite that a session is shown under; None where it is under none."""
        if not row.child:
            return None
        return next((top for top in self._tops if row in self.members(top)), None)

    def fold(self, row: Row) -> str:
        """The sign before a row: whether it can be opened, is open, or is inside."""
        if row.child:
            return _INSIDE
        if not self.members(row):
            return ""
        return _OPEN if row.key in self.opened else _CLOSED

    def shown(self) -> list[Row]:
        """The rows that match the filter: all words are in their names, or all in their texts.

        A suite is shown where it or one of its sessions matches; if only sessions do, it is open.
        """
        self.by_text = set()
        words = self.query.casefold().split()
        if not words:
            return list(self._unfiltered())
        found = []
        for top in self._tops:
            own = self._matches(top, words)
            inside = [row for row in self.members(top) if self._matches(row, words)]
            if own or inside:
                found.append(top)
            if inside and (not own or top.key in self.opened):
                found += inside
        return found

    def _unfiltered(self) -> Iterator[Row]:
        for top in self._tops:
            yield top
            if top.key in self.opened:
                yield from self.members(top)

    def _matches(self, row: Row, words: list[str]) -> bool:
        if all(word in row.names for word in words):
            return True
        if self.in_texts and row.key in self.in_texts:
            self.by_text.add(row.key)
            return True
        return False

    def _arrange(self) -> None:
        """Put the sessions of each suite of several under its row."""
        by_suite: dict[str, list[Row]] = {}
        for row in self._rows:
            if row.summary.kind == "session" and row.summary.suite_id:
                by_suite.setdefault(row.summary.suite_id, []).append(row)
        self._inside, inside, hidden = {}, set(), set()
        for row in self._rows:
            if row.summary.kind != "suite":
                continue
            own = by_suite.get(row.summary.suite_id, [])
            if len(row.summary.members) > 1 and own:
                verdicts = dict(row.summary.members)
                self._inside[row.key] = [_as_child(each, verdicts) for each in own]
                inside |= {each.key for each in own}
            elif len(own) == 1:
                hidden.add(row.key)
        elsewhere = inside | hidden
        self._tops = [row for row in self._rows if row.key not in elsewhere]


def _as_child(row: Row, verdicts: dict[str, str]) -> Row:
    """A session under its suite, with the verdict that the suite as a whole came to."""
    verdict = verdicts.get(row.summary.session_id, "")
    if verdict in ("", row.summary.verdict):
        return Row(row.summary, row.names, child=True)
    summary = replace(row.summary, verdict=verdict)
    return Row(summary, f"{row.names}\n{verdict.casefold()}", child=True)


def nothing_matches(query: str) -> str:
    """The text that is shown when no row matches the filter."""
    return f"No session matches “{one_line(query, 40)}”. Escape clears the filter."


def nothing_yet(results: Path) -> str:
    """The text that is shown when there is no session."""
    return (
        "No sessions yet.\n\n"
        "Press w for the Workbench, pick a model and a case with space, and run with ctrl+r.\n"
        "Everything that happens is kept and can be read here later, without a server.\n\n"
        f"Looked in {results}"
    )


def how_many(rows: list[Row]) -> str:
    """The number of sessions and of suites, in words."""
    suites = sum(row.summary.kind == "suite" for row in rows)
    counts = ((len(rows) - suites, "session"), (suites, "suite"))
    return ", ".join(f"{n:,} {name}{'s' * (n != 1)}" for n, name in counts if n)


def worth_searching(query: str) -> bool:
    """Whether a filter is longer than one letter: every text contains a single letter."""
    return len(query.strip()) > 1 or not query.isascii()
