"""Examples made of rows: inputs, what is expected, ids; a row that cannot be one is told of."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from llmopt_tui.app.importing.columns import Columns, split_of
from llmopt_tui.app.importing.material import Note, PromptText, Row
from llmopt_tui.app.importing.proposing import Proposal, as_text
from llmopt_tui.core.case import Example
from llmopt_tui.core.prompt import placeholders_in
from llmopt_tui.core.scoring import Criterion
from llmopt_tui.core.text.near import listed
from llmopt_tui.core.text.plain import one_line

_LONGEST_ID = 80


class _NotTaken(Exception):
    """A row cannot be an example; the message says why."""


class ExampleMaker:
    """Makes examples of rows, once: it remembers the ids and rows that it has seen."""

    def __init__(
        self,
        columns: Columns,
        proposal: Proposal,
        criteria: Sequence[Criterion],
        prompt: PromptText,
    ) -> None:
        self._columns = columns
        self._proposal = proposal
        self._criteria = criteria
        self._wanted = placeholders_in(prompt.system) + placeholders_in(prompt.text)
        self._seen: dict[str, str] = {}
        self._used: set[str] = set()
        self._repeats: Counter[str] = Counter()

    def make(self, rows: Sequence[Row]) -> tuple[list[Example], list[Note]]:
        """The examples, each with the split that its row says, else train; and what to know."""
        examples, notes = [], []
        for row in rows:
            try:
                examples.append(self._made(row))
            except _NotTaken as why:
                notes.append(Note("left", row.place, str(why)))
                continue
            if lacking := [name for name in self._columns.inputs if name not in row.values]:
                message = f"has no {listed(lacking)}, which is taken as empty"
                notes.append(Note("warning", row.place, message))
        return examples, notes

    def _made(self, row: Row) -> Example:
        inputs = {
            name: _clean(as_text(row.values.get(column)))
            for column, name in self._columns.inputs.items()
            if name in self._wanted
        }
        if not any(text.strip() for text in inputs.values()):
            raise _NotTaken("its inputs are empty")
        expected = self._expected(row)
        if expected is None:
            raise _NotTaken(f'has nothing under "{self._columns.expected}"')
        for criterion in self._criteria:
            if problems := criterion.problems(expected):
                raise _NotTaken(f"cannot be scored by {criterion.kind}: {problems[0]}")
        key = json.dumps([inputs, expected], sort_keys=True)
        if key in self._seen:
            raise _NotTaken(f"is the same as {self._seen[key]}, which is taken over")
        self._seen[key] = row.place
        split = split_of(row.values.get(self._columns.split)) if self._columns.split else None
        return Example(self._id(row), inputs, split or "train", expected)

    def _expected(self, row: Row) -> dict[str, Any] | None:
        """What the example expects; None where its column is empty."""
        if row.expected is not None:
            found: dict[str, Any] = _clean(dict(row.expected))
            return found
        if not self._columns.expected:
            return {}
        value = row.values.get(self._columns.expected)
        if value is None or (isinstance(value, str | tuple) and not "".join(value).strip()):
            return None
        cleaned: dict[str, Any] = _clean(self._proposal.expected_of(value))
        return cleaned

    def _id(self, row: Row) -> str:
        """The id that the row has, else its place in the source; one that is used gets a number."""
        given = one_line(as_text(row.values.get(self._columns.id)), _LONGEST_ID)
        base = name = given if self._columns.id and given else row.place.replace(" ", "-")
        while name in self._used:
            self._repeats[base] += 1
            name = f"{base}-{self._repeats[base] + 1}"
        self._used.add(name)
        return name


def _clean(value: Any) -> Any:
    """The value with U+FFFD in place of lone surrogates, which no file can hold."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case Mapping():
            return {_clean(str(key)): _clean(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
    return value
