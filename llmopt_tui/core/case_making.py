"""Cases made in Python: objects and plain tables put together, and checked as a case file is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from llmopt_tui.core.case import Case, Example, OutputSpec
from llmopt_tui.core.case_checks import case_faults
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.scoring import Criterion, read_criterion
from llmopt_tui.core.tables import Fault, read_record

_MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class _Example:
    inputs: Mapping[str, str]
    expected: Mapping[str, Any] = field(default_factory=dict)
    split: Literal["train", "validation"] = "train"
    id: str = ""
    answer: str = ""
    pinned: bool = False

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


def make_case(
    prompt: str | Prompt,
    criteria: Iterable[Criterion | Mapping[str, Any]],
    examples: Iterable[Example | Mapping[str, Any]],
    *,
    held_out: float = 0.0,
    output: Literal["text", "json"] | Mapping[str, Any] = "text",
    max_tokens: int = 1024,
    id: str = "case",
    title: str = "",
    description: str = "",
) -> Case:
    """A case made in Python, held to what a case file is held to.

    `criteria` and `examples` are objects, or tables with the keys of a case file, as
    `{"kind": "equals"}` and `{"inputs": {...}, "expected": {...}}`; a table without an `id` is
    given its number. `prompt` is a text, or a `Prompt`, which may have demonstrations. With
    `held_out`, a share from 0 up to 1, so many of the examples become validation examples whatever
    they say themselves: always the same ones, in whatever order they come, and none that is pinned
    or that the prompt shows in a demonstration. `output` is what answers are constrained to: free
    text, any JSON, or a JSON Schema. Raises ValueError with a sentence for each mistake.
    """
    faults: list[Fault] = []
    if not 0 <= held_out < 1:
        faults.append(Fault("held_out", f"must be a share from 0 up to 1, not {held_out}"))
    if not isinstance(output, Mapping) and output not in ("text", "json"):
        faults.append(Fault("output", 'must be "text", "json" or a JSON Schema'))
    made = [_criterion(given, f"criteria {n}", faults) for n, given in enumerate(criteria, 1)]
    read = [_example(given, n, faults) for n, given in enumerate(examples, 1)]
    if faults:
        raise refusal(faults)
    kept = [example for example in read if example is not None]
    demonstrations = () if isinstance(prompt, str) else prompt.demonstrations
    shown = {demonstration.example_id for demonstration in demonstrations}
    case = Case(
        id=id,
        title=title or id,
        prompt=Prompt(id, prompt) if isinstance(prompt, str) else prompt,
        criteria=tuple(criterion for criterion in made if criterion is not None),
        examples=tuple(_held_out(kept, held_out, shown) if held_out else kept),
        description=description,
        output=OutputSpec("json", output, max_tokens)
        if isinstance(output, Mapping)
        else OutputSpec(output, None, max_tokens),
    )
    check_case(case)
    return replace(case, sha256=_digest(case))


def check_case(case: Case) -> None:
    """Raise ValueError with a sentence for each thing that keeps a case from being run."""
    if faults := case_faults(case):
        raise refusal(faults)


def refusal(faults: Sequence[Fault]) -> ValueError:
    """The error that names the mistakes in a case, one a line: of many, the first ones."""
    lines = [f"- {fault.where}: {fault.message}" for fault in faults[:_MOST_SHOWN]]
    if len(faults) > _MOST_SHOWN:
        lines.append(f"- and {len(faults) - _MOST_SHOWN} more")
    return ValueError("\n".join(["the case cannot be used", *lines]))


def _criterion(
    given: Criterion | Mapping[str, Any], where: str, faults: list[Fault]
) -> Criterion | None:
    if isinstance(given, Criterion):
        return given
    table = _table(given, where, "a criterion", faults)
    if table is None:
        return None
    made, found = read_criterion(table)
    faults += [Fault(f"{where}, {fault.where}", fault.message) for fault in found]
    return made


def _example(given: Example | Mapping[str, Any], n: int, faults: list[Fault]) -> Example | None:
    if isinstance(given, Example):
        return given
    where = f"example {n}"
    table = _table(given, where, "an example", faults)
    if table is None:
        return None
    entry, found = read_record(_Example, table)
    faults += [Fault(f"{where}, {fault.where}", fault.message) for fault in found]
    if entry is None:
        return None
    return Example(
        entry.id or str(n), entry.inputs, entry.split, entry.expected, entry.answer, entry.pinned
    )


def _table(given: object, where: str, wanted: str, faults: list[Fault]) -> dict[str, Any] | None:
    """A copy of a table in JSON's terms: what a record of the session could not keep is a fault."""
    if not isinstance(given, Mapping):
        faults.append(Fault(where, f"must be {wanted} or a table, not {type(given).__name__}"))
        return None
    try:
        table: dict[str, Any] = json.loads(json.dumps(dict(given), allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        faults.append(Fault(where, f"holds what JSON cannot hold: {error}"))
        return None
    return table


def _held_out(examples: Sequence[Example], share: float, shown: Collection[str]) -> list[Example]:
    """The examples dealt out to the splits; one at least stays in train.

    Pinned ones and those whose ids are `shown` stay there, too.

    By digests of their inputs: people list examples by kind, or kinds in turns, so neither a part
    of the list nor every second of it is a fair sample.
    """
    count = min(round(share * len(examples)), len(examples) - 1)
    free = [n for n, e in enumerate(examples) if not e.pinned and e.id not in shown]
    chosen = frozenset(sorted(free, key=lambda n: _drawn(examples[n]))[:count])
    return [
        replace(example, split="validation" if n in chosen else "train")
        for n, example in enumerate(examples)
    ]


def _drawn(example: Example) -> str:
    text = json.dumps(dict(example.inputs), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(case: Case) -> str:
    text = json.dumps([case.snapshot(), case.prompt.snapshot()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
