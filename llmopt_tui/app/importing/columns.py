"""Which column is what: guessed from names and values, and mapped where a person says so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmopt_tui.app.importing.material import ImportRefused, Material, Note, Row
from llmopt_tui.core.case import Split
from llmopt_tui.core.tables import shown
from llmopt_tui.core.text.near import did_you_mean, listed

_EXPECTED = (
    "expected", "expected_output", "expected_answer", "expectedoutput", "target", "ideal",
    "ground_truth", "gold", "gold_answer", "reference", "reference_answer", "correct_answer",
    "label", "labels", "answer", "answers", "output", "outputs", "completion", "response",
    "solution", "class", "category", "sentiment", "intent", "priority", "summary", "result",
    "erwartet", "antwort", "ergebnis", "kategorie", "klasse", "zusammenfassung",
)  # fmt: skip
"""Names of the column of expected answers, the surest first."""

_IDS = ("id", "example_id", "row_id", "sample_id", "uuid", "key")
_SPLITS = ("split", "fold", "subset", "partition")
_ASIDE = (
    "metadata", "created_at", "createdat", "updated_at", "updatedat", "timestamp", "source",
    "url", "notes", "comment", "comments", "author", "index", "row", "nr", "no",
)  # fmt: skip
_SPLIT_NAMES: Mapping[str, Split] = {
    **dict.fromkeys(("train", "training", "dev_train"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "test", "testing", "dev", "eval", "held_out",
                     "heldout", "holdout"), "validation"),
}  # fmt: skip
_NOT_NAME = re.compile(r"[^A-Za-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Columns:
    """What each column is: `inputs` by their placeholders, and "" for what there is none of."""

    inputs: Mapping[str, str]
    expected: str = ""
    id: str = ""
    split: str = ""


def map_columns(
    material: Material, inputs: Sequence[str] = (), expected: str = "", *, guess: bool = True
) -> tuple[Columns, list[Note]]:
    """The columns as the flags say, else as the format does, else as their names tell.

    Without `guess` a column of answers is not looked for. Notes tell of each guess and of each
    column that is not taken over. Raises ImportRefused.
    """
    wanted = [_found(name, material, "--input") for name in dict.fromkeys(inputs)]
    answer = _found(expected, material, "--expected") if expected else ""
    if answer in wanted:
        raise ImportRefused(f'"{answer}" cannot be both an input and what is expected')
    roles, notes = material.roles, list[Note]()
    if material.prompts and (
        unused := [name for name in wanted if name not in (roles.inputs or ())]
    ):
        raise ImportRefused(f"--input: the file's own prompt does not use {listed(unused)}")
    identity = roles.id or _id_column(material, {*wanted, answer})
    split = roles.split or _split_column(material, {*wanted, answer})
    if not answer and guess and not material.criteria:
        known = wanted or list(roles.inputs or ())
        answer = roles.expected or _expected_column(material, known, {identity, split}, notes)
    if not wanted:
        wanted = list(roles.inputs or _rest(material, {answer, identity, split}))
    wanted = [name for name in wanted if name != answer]
    if not wanted:
        raise ImportRefused(
            f"has no column for an input; name one with --input of {listed(material.columns)}"
        )
    # The placeholders of the source's own prompt are its columns' names.
    names = {name: name for name in wanted} if material.prompts else placeholder_names(wanted)
    for name in material.columns:
        if name not in {*wanted, answer, identity, split}:
            message = f'the column "{name}" is not taken over'
            if not material.prompts:
                message += f'; --input "{name}" makes it an input'
            notes.append(Note("left", "", message))
    return Columns(names, answer, identity, split), notes


def placeholder_names(columns: Sequence[str]) -> dict[str, str]:
    """Each column with the placeholder for it: letters, digits and underscores."""
    found: dict[str, str] = {}
    for number, column in enumerate(columns, start=1):
        name = plain_name(column)
        if not name or name[0].isdigit():
            name = f"input_{name or number}"
        while name in found.values():
            name = f"{name}_{number}"
        found[column] = name
    return found


def split_of(value: Any) -> Split | None:
    """The split that a value of a split column means; None where it means none."""
    return _SPLIT_NAMES.get(plain_name(str(value)))


def plain_name(text: str) -> str:
    """A name in ASCII and lower case, words joined by underscores; it may be empty."""
    folded = _CAMEL.sub("_", text[:200]).casefold()
    ascii_text = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return _NOT_NAME.sub("_", ascii_text).strip("_")[:40]


def _found(name: str, material: Material, flag: str) -> str:
    if name in material.columns:
        return name
    same = [c for c in material.columns if c.strip().casefold() == name.strip().casefold()]
    if len(same) == 1:
        return same[0]
    hint = did_you_mean(name, material.columns) or f"; there is {listed(material.columns)}"
    raise ImportRefused(f"{flag}: there is no column {shown(name)}{hint}")


def _id_column(material: Material, taken: set[str]) -> str:
    for name in _named(material, _IDS, taken):
        values = [row.values.get(name) for row in material.rows]
        if all(isinstance(value, str | int) and str(value).strip() for value in values) and len(
            {str(value) for value in values}
        ) == len(values):
            return name
    return ""


def _split_column(material: Material, taken: set[str]) -> str:
    for name in _named(material, _SPLITS, taken):
        if all(split_of(row.values.get(name)) for row in material.rows):
            return name
    return ""


def _expected_column(
    material: Material, inputs: Sequence[str], others: set[str], notes: list[Note]
) -> str:
    """The column whose name says it, else the last one that is left; "" where there is none."""
    taken = {*inputs, *others}
    if name := next(_named(material, _EXPECTED, taken), ""):
        if not material.roles.inputs:
            message = f'"{name}" is taken for what is expected; --expected names another column'
            notes.append(Note("guess", "", message))
        return name
    aside = (*_IDS, *_SPLITS, *_ASIDE)
    left = [n for n in material.columns if n not in taken and plain_name(n) not in aside]
    # One column has to be left for the input, and where the source has a prompt of its own, what
    # it does not use may be anything.
    if material.prompts or len(left) < (1 if inputs else 2):
        return ""
    message = (
        f'"{left[-1]}", the last column, is taken for what is expected; '
        "--expected names another one"
    )
    notes.append(Note("guess", "", message))
    return left[-1]


def _named(material: Material, names: Sequence[str], taken: set[str]) -> Iterator[str]:
    """The columns with one of the names that are not taken, in the order of the names."""
    by_name = {plain_name(name): name for name in material.columns if name not in taken}
    return (by_name[name] for name in names if name in by_name)


def _rest(material: Material, taken: set[str]) -> list[str]:
    """The columns that may be inputs: neither about the row nor empty throughout."""
    left = [name for name in material.columns if name not in taken]
    inputs = [
        name
        for name in left
        if plain_name(name) not in (*_ASIDE, *_IDS, *_SPLITS) and _is_filled(name, material.rows)
    ]
    return inputs or left


def _is_filled(name: str, rows: Sequence[Row]) -> bool:
    return any(row.values.get(name) not in (None, "") for row in rows)
