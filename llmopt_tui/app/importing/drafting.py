"""The draft of a case: rows and columns become examples, criteria and a prompt. Nothing is written.

A screen shows the draft and makes another with other choices; the command line writes it at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from llmopt_tui.app.importing.columns import Columns, map_columns
from llmopt_tui.app.importing.examples import ExampleMaker
from llmopt_tui.app.importing.material import (
    ImportRefused,
    Material,
    Note,
    NoteKind,
    PromptText,
    grouped,
)
from llmopt_tui.app.importing.prompt_text import made_prompt
from llmopt_tui.app.importing.proposing import Proposal, propose
from llmopt_tui.app.importing.splits import dealt
from llmopt_tui.core.case import Example
from llmopt_tui.core.prompt import placeholders_in
from llmopt_tui.core.scoring import Criterion, read_criterion
from llmopt_tui.core.text.names import folder_slug
from llmopt_tui.core.text.near import listed
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.store.values import json_lines, toml_text

DEFAULT_TRAIN_SHARE = 0.6
_LONGEST_NAME = 60
_LONGEST_SOURCE = 120


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person decides about an import; empty values leave it to the program.

    `train` is the share of examples, above 0 and at most 1, that prompts are tuned on. None: what
    the source itself says, else `DEFAULT_TRAIN_SHARE`. With `nothing_expected` no column of answers
    is looked for.
    """

    inputs: tuple[str, ...] = ()
    expected: str = ""
    train: float | None = None
    seed: int = 0
    nothing_expected: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A case that is to be written: `prompts` are its own and, after it, others of the source."""

    name: str
    source: str
    format: str
    columns: Columns
    prompts: tuple[PromptText, ...]
    criteria: tuple[Mapping[str, Any], ...]
    examples: tuple[Example, ...]
    notes: tuple[Note, ...]

    def said(self, kind: NoteKind) -> list[str]:
        """The notes of a kind as sentences, each said once."""
        return grouped(note for note in self.notes if note.kind == kind)

    def files(self) -> dict[str, str]:
        """What is to be written: texts by their paths in a workspace, the case itself last."""
        found = {}
        for number, prompt in enumerate(self.prompts, start=1):
            name = self.name if number == 1 else f"{self.name}_{number}"
            document = {
                "schema_version": 1,
                "name": name,
                "description": f"{prompt.label}. Imported from {self.source}.".removeprefix(". "),
                "system": prompt.system,
                "text": prompt.text,
            }
            found[f"prompts/{name}.toml"] = toml_text(document)
        found[f"cases/{self.name}.jsonl"] = json_lines(map(_example_line, self.examples))
        found[f"cases/{self.name}.toml"] = toml_text(
            {
                "schema_version": 1,
                "id": self.name,
                "title": self.name.replace("_", " ").replace("-", " ").capitalize(),
                "description": f"Imported from {self.source}, {self.format}.",
                "prompt": self.name,
                "examples_file": f"{self.name}.jsonl",
                "criteria": [dict(table) for table in self.criteria],
            }
        )
        return found


def case_name(text: str) -> str:
    """A name for a case out of any text, as a file's name without its ending."""
    slug = folder_slug(text[:_LONGEST_NAME]).lower().strip("._-")
    while "__" in slug:
        slug = slug.replace("__", "_")
    return folder_slug(slug) if slug else "imported"


def draft_case(material: Material, name: str, source: str, choices: Choices) -> Draft:
    """The case that the material makes. Raises ImportRefused where that would hold no example."""
    if choices.expected and material.criteria:
        message = "the assertions are not taken over, for --expected names what is expected"
        rows = tuple(replace(row, expected=None) for row in material.rows)
        left = (*material.notes, Note("left", "", message))
        material = replace(material, criteria=(), rows=rows, notes=left)
    columns, told = map_columns(
        material, choices.inputs, choices.expected, guess=not choices.nothing_expected
    )
    notes: list[Note] = [*material.notes, *told]
    values = [row.values.get(columns.expected) for row in material.rows]
    title = " ".join(columns.expected.replace("_", " ").lower().split())
    proposal = propose(values if columns.expected else (), title)
    tables = material.criteria or proposal.criteria
    notes += _on_criteria(material, columns, proposal)
    prompts = material.prompts
    if prompts:
        _check_inputs(prompts[0], columns)
    else:
        prompt, more = made_prompt(columns, proposal, material)
        prompts = (prompt,)
        notes += more
    kept, criteria, more = _usable(tables)
    notes += more
    examples, more = ExampleMaker(columns, proposal, criteria, prompts[0]).make(material.rows)
    notes += more
    if not examples:
        raise ImportRefused("no example can be made", *grouped(n for n in notes if n.where))
    examples, more = _with_splits(examples, bool(columns.split), choices)
    notes += more
    return Draft(
        name,
        one_line(source, _LONGEST_SOURCE),
        material.format,
        columns,
        prompts,
        tuple(kept),
        tuple(examples),
        tuple(notes),
    )


def _with_splits(
    examples: Sequence[Example], said: bool, choices: Choices
) -> tuple[list[Example], list[Note]]:
    """The examples dealt out to the splits, unless the source has `said` how they are."""
    from llmopt_tui.core.repeated import repeated_inputs

    if said and choices.train is None:
        found = list(examples)
    else:
        share = DEFAULT_TRAIN_SHARE if choices.train is None else choices.train
        splits = dealt([example.inputs for example in examples], share, choices.seed)
        found = [replace(e, split=split) for e, split in zip(examples, splits, strict=True)]
    if not any(example.split == "train" for example in found):
        raise ImportRefused("every row is held out, so none is left to tune on; use --train SHARE")
    notes = [Note("warning", "", message) for message in repeated_inputs(found)]
    if not any(example.split == "validation" for example in found):
        message = "nothing is held out, so a gain cannot be told from luck"
        notes.append(Note("warning", "", message))
    return found, notes


def _on_criteria(material: Material, columns: Columns, proposal: Proposal) -> list[Note]:
    if material.criteria:
        return []
    kinds = " and ".join(str(table["kind"]) for table in proposal.criteria)
    if columns.expected:
        message = f'"{columns.expected}" holds {proposal.why}: scored by {kinds}'
        return [Note("guess", "", message)]
    message = f"nothing says what is expected: answers are scored by {kinds} alone; add criteria"
    return [Note("warning", "", message)]


def _usable(
    tables: Sequence[Mapping[str, Any]],
) -> tuple[list[Mapping[str, Any]], list[Criterion], list[Note]]:
    """The tables that make criteria, and these. Raises ImportRefused where there is none."""
    kept, criteria, notes = [], [], []
    for table in tables:
        criterion, faults = read_criterion(table)
        if criterion is None:
            said = "; ".join(f"{fault.where} {fault.message}" for fault in faults)
            message = f"the criterion {table['kind']} cannot be used: {said}"
            notes.append(Note("left", "", message))
        else:
            kept.append(table)
            criteria.append(criterion)
    if not criteria:
        raise ImportRefused(*(note.message for note in notes))
    return kept, criteria, notes


def _check_inputs(prompt: PromptText, columns: Columns) -> None:
    """Raises ImportRefused where the source's own prompt does not fit the inputs."""
    wanted = placeholders_in(prompt.system) + placeholders_in(prompt.text)
    if not wanted:
        raise ImportRefused("its first prompt has no variables, so no input reaches the model")
    if lacking := [name for name in wanted if name not in columns.inputs.values()]:
        raise ImportRefused(
            f"its first prompt uses {listed(lacking)}, which no row has as an input; "
            f"the inputs are {listed(columns.inputs.values())}"
        )


def _example_line(example: Example) -> dict[str, Any]:
    return {
        "id": example.id,
        "split": example.split,
        "inputs": dict(example.inputs),
        "expected": dict(example.expected),
    }
