"""What a person chooses about an import: which column is what, as a table shows and changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from llmopt_tui.core.text.plain import one_line

if TYPE_CHECKING:
    from llmopt_tui.app.importing.columns import Columns
    from llmopt_tui.app.importing.drafting import Choices
    from llmopt_tui.app.importing.material import Material

Role = Literal["input", "expected", "id", "split", "left out"]
_NEXT: Mapping[Role, Role] = {
    "input": "left out",
    "left out": "expected",
    "expected": "input",
    "id": "input",
    "split": "input",
}


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column of the file: what it is taken for, its placeholder, and its first value."""

    name: str
    role: Role
    placeholder: str
    sample: str


def column_rows(material: Material, columns: Columns) -> list[ColumnRow]:
    """The columns in the order of the file."""
    return [
        ColumnRow(name, _role(name, columns), columns.inputs.get(name, ""), _sample(material, name))
        for name in material.columns
    ]


def _role(name: str, columns: Columns) -> Role:
    if name in columns.inputs:
        return "input"
    if name == columns.expected:
        return "expected"
    if name == columns.id:
        return "id"
    return "split" if name == columns.split else "left out"


def _sample(material: Material, name: str) -> str:
    values: Any = (row.values.get(name) for row in material.rows)
    return next((one_line(str(value), 200) for value in values if value not in (None, "")), "")


def turned(rows: Sequence[ColumnRow], name: str, choices: Choices) -> Choices:
    """The choices once the column `name` has its next role. One column alone is expected."""
    roles = {row.name: row.role for row in rows}
    role = roles[name] = _NEXT[roles[name]]
    if role == "expected":
        roles.update({n: "left out" for n, r in roles.items() if r == "expected" and n != name})
    expected = next((n for n, r in roles.items() if r == "expected"), "")
    return replace(
        choices,
        inputs=tuple(n for n, r in roles.items() if r == "input"),
        expected=expected,
        nothing_expected=not expected,
    )
