"""Cases read back from the records of sessions: tolerant of what other versions wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, cast

from llmopt_tui.core.case import Case, Example, OutputSpec
from llmopt_tui.core.prompt import Prompt, Provenance
from llmopt_tui.core.scoring import CRITERIA, read_criterion
from llmopt_tui.core.tables import Fault, path_text, read_record
from llmopt_tui.core.variant import Constrain, Demonstration, Instructions


class SnapshotError(ValueError):
    """A recorded case that this version cannot work with; the message says why."""


@dataclass(frozen=True, slots=True)
class _Output:
    format: Literal["text", "json"] = "text"
    schema: Mapping[str, Any] | None = None
    max_tokens: int = 1024
    constrain: Constrain = "format"


@dataclass(frozen=True, slots=True)
class _Example:
    id: str
    inputs: Mapping[str, str]
    split: Literal["train", "validation"] = "train"
    expected: Mapping[str, Any] = field(default_factory=dict)
    answer: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class _Prompt:
    name: str
    text: str
    description: str = ""
    system: str = ""
    demonstrations: tuple[Demonstration, ...] = ()
    instructions: Instructions = "once"
    constrain: Constrain | None = None
    locked: tuple[str, ...] = ()
    spares: tuple[Demonstration | None, ...] = ()
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class _Snapshot:
    id: str
    title: str
    criteria: tuple[dict[str, Any], ...]
    examples: tuple[_Example, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    output: _Output = field(default_factory=_Output)
    sha256: str = ""


def case_from_snapshot(case: Mapping[str, Any], prompt: Mapping[str, Any]) -> Case:
    """The case that `Case.snapshot` wrote, with its prompt. Unknown keys are passed over.

    Raises SnapshotError where something is missing or a criterion's kind is unknown.
    """
    snapshot, faults = read_record(_Snapshot, dict(case))
    template, prompt_faults = read_record(_Prompt, dict(prompt))
    if snapshot is None or template is None:
        raise _error([*faults, *prompt_faults])
    criteria = []
    for n, table in enumerate(snapshot.criteria):
        criterion, faults = read_criterion(_known(table))
        if criterion is None:
            raise _error(
                [Fault(path_text(("criteria", n)) + f", {f.where}", f.message) for f in faults]
            )
        criteria.append(criterion)
    output = snapshot.output
    return Case(
        id=snapshot.id,
        title=snapshot.title,
        prompt=Prompt(
            name=template.name,
            text=template.text,
            description=template.description,
            system=template.system,
            demonstrations=template.demonstrations,
            instructions=template.instructions,
            constrain=template.constrain,
            locked=template.locked,
            spares=template.spares,
            provenance=template.provenance,
        ),
        criteria=tuple(criteria),
        examples=tuple(
            Example(e.id, e.inputs, e.split, e.expected, e.answer, e.pinned)
            for e in snapshot.examples
        ),
        description=snapshot.description,
        tags=snapshot.tags,
        output=OutputSpec(output.format, output.schema, output.max_tokens, output.constrain),
        sha256=snapshot.sha256,
    )


def _known(table: Mapping[str, Any]) -> dict[str, Any]:
    """A criterion's table without parameters that this version has no word for."""
    criterion = CRITERIA.get(cast(str, table.get("kind")))
    if criterion is None:
        return dict(table)
    names = {"kind", *(f.name for f in fields(criterion))}
    return {key: value for key, value in table.items() if key in names}


def _error(faults: list[Fault]) -> SnapshotError:
    said = "; ".join(f"{fault.where}: {fault.message}" for fault in faults)
    return SnapshotError(f"The recorded case cannot be read: {said}")
