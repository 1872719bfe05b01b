"""DSPy: examples as its objects keep them, and the demonstrations of a saved program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmopt_tui.app.importing.material import ImportRefused, Material, Note, Roles, Row, columns_of
from llmopt_tui.app.importing.structured import Structure

_THOUGHTS = ("reasoning", "rationale", "augmented")
_FIELD = re.compile(r"\$\{(\w+)\}")


def is_dspy(structure: Structure) -> bool:
    """Whether it is a saved program, or a list of `Example` objects written as they are."""
    if structure.document is not None:
        return any(True for _ in _predictors(structure.document))
    return bool(structure.items) and "_store" in structure.items[0].value


def read_dspy(structure: Structure) -> Material:
    """The examples, or the demonstrations of the program's predictors. Raises ImportRefused."""
    if structure.document is not None:
        return _read_program(structure.document)
    notes = list(structure.notes)
    rows = []
    keys: list[str] = []
    for item in structure.items:
        store = item.value.get("_store")
        if not isinstance(store, Mapping):
            notes.append(Note("left", item.place, 'has no object under "_store"'))
            continue
        given = item.value.get("_input_keys")
        keys += [str(key) for key in given] if isinstance(given, list) else []
        rows.append(_row(item.place, store, notes))
    columns = columns_of(rows)
    inputs = tuple(name for name in columns if name in keys)
    others = [name for name in columns if name not in keys]
    roles = Roles(inputs, others[0] if len(others) == 1 else "") if inputs else Roles()
    return Material("DSPy examples", columns, tuple(rows), roles, notes=tuple(notes))


def _read_program(document: Mapping[str, Any]) -> Material:
    predictors = list(_predictors(document))
    name, state = max(predictors, key=lambda pair: len(pair[1]["demos"]))
    notes = [
        Note("left", "", f'the predictor "{other}" is not taken over')
        for other, _ in predictors
        if other != name
    ]
    demos = [demo for demo in state["demos"] if isinstance(demo, Mapping)]
    if not demos:
        raise ImportRefused("the program holds no demonstrations, so there are no examples in it")
    rows = tuple(_row(f"demo {n}", demo, notes) for n, demo in enumerate(demos, start=1))
    signature = state.get("signature")
    given = signature if isinstance(signature, Mapping) else {}
    described = given.get("fields")
    fields = [
        match.group(1)
        for field in (described if isinstance(described, list) else [])
        if isinstance(field, Mapping)
        and (match := _FIELD.fullmatch(str(field.get("description", ""))))
    ]
    columns = tuple(
        dict.fromkeys([*(f for f in fields if f in columns_of(rows)), *columns_of(rows)])
    )
    task = given.get("instructions")
    return Material(
        "a DSPy program",
        columns,
        rows,
        task=task if isinstance(task, str) else "",
        notes=tuple(notes),
    )


def _row(place: str, values: Mapping[str, Any], notes: list[Note]) -> Row:
    """The fields without what the model thought."""
    for name in _THOUGHTS:
        if name in values and name != "augmented":
            notes.append(Note("left", place, f'"{name}" is what a model thought, not an input'))
    return Row(place, {str(key): v for key, v in values.items() if key not in _THOUGHTS})


def _predictors(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each predictor of a saved program by its name: an object with demos and a signature."""
    for name, state in document.items():
        if not isinstance(state, Mapping):
            continue
        if isinstance(state.get("demos"), list) and ("signature" in state or "traces" in state):
            yield name, state
