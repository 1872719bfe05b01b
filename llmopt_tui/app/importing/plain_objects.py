"""Flat objects, one for each example: their keys are the columns."""

from __future__ import annotations

from llmopt_tui.app.importing.material import Material, Row, columns_of
from llmopt_tui.app.importing.structured import Structure


def read_objects(structure: Structure) -> Material:
    """The objects as rows."""
    rows = tuple(Row(item.place, item.value) for item in structure.items)
    return Material(structure.format, columns_of(rows), rows, notes=structure.notes)
