"""What is wrong with a case: its prompt, criteria and examples held against each other.

Cases come from files, where every mistake is named with its place, and from Python code. Both ask
here, so a case that the one refuses is refused by the other too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmopt_tui.core.filling import placeholders_in
from llmopt_tui.core.schema_patterns import PatternError, safe_schema
from llmopt_tui.core.tables import Fault
from llmopt_tui.core.text.near import did_you_mean

if TYPE_CHECKING:
    from llmopt_tui.core.case import Case, Example
    from llmopt_tui.core.prompt import Prompt
    from llmopt_tui.core.scoring.base import Criterion


def case_faults(case: Case) -> list[Fault]:
    """Everything that keeps a case from being run."""
    faults = [] if case.criteria else [Fault("criteria", "there is none")]
    if not case.prompt.text.strip():
        faults.append(Fault("prompt", "is empty"))
    faults += [Fault(f"prompt, {f.where}", f.message) for f in prompt_faults(case.prompt)]
    faults += held_out_faults(case.prompt, case.examples)
    faults += criteria_faults(case.criteria)
    faults += examples_faults(case.examples)
    faults += expected_faults(case.examples, case.criteria)
    faults += inputs_faults(case.prompt, case.examples, "the prompt")
    faults += output_faults(case.output.max_tokens)
    if case.output.schema is not None and (said := schema_complaint(case.output.schema)):
        faults.append(Fault("output", said))
    return faults


def criteria_faults(criteria: Sequence[Criterion]) -> list[Fault]:
    """A fault where the criteria, of which there are some, have no weight together."""
    if criteria and not any(criterion.weight > 0 for criterion in criteria):
        return [Fault("criteria", "none has a weight above 0, so nothing can be scored")]
    return []


def examples_faults(examples: Sequence[Example], *, complete: bool = True) -> list[Fault]:
    """What is wrong with examples taken together.

    They are not `complete` where others could not be read: then none may be missing.
    """
    faults: list[Fault] = []
    seen: set[str] = set()
    for example in examples:
        if example.id in seen:
            faults.append(Fault(f"example {example.id}", "another example has this id"))
        seen.add(example.id)
        if example.pinned and example.split == "validation":
            message = "is held out and pinned: only train examples are raced on, so pin one of them"
            faults.append(Fault(f"example {example.id}", message))
    if complete and not any(example.split == "train" for example in examples):
        message = "none is in the train split: a prompt cannot be scored without"
        faults.append(Fault("examples", message if examples else "there is none"))
    return faults


def expected_faults(examples: Iterable[Example], criteria: Sequence[Criterion]) -> list[Fault]:
    """What the examples lack, or hold wrongly, for the criteria to score an answer."""
    return [
        Fault(f"example {example.id}, {criterion.kind}", message)
        for example in examples
        for criterion in criteria
        for message in criterion.problems(example.expected)
    ]


def inputs_faults(prompt: Prompt, examples: Iterable[Example], called: str) -> list[Fault]:
    """Placeholders of the prompt, which people know as `called`, and inputs without each other."""
    faults: list[Fault] = []
    placeholders = prompt.placeholders
    for example in examples:
        where = f"example {example.id}"
        for placeholder in placeholders:
            if placeholder not in example.inputs:
                unused = [name for name in example.inputs if name not in placeholders]
                message = f"has no input for the placeholder {{{{{placeholder}}}}} of {called}"
                faults.append(Fault(where, message + did_you_mean(placeholder, unused)))
        for name in example.inputs:
            if name not in placeholders:
                message = f'no placeholder of {called} uses the input "{name}"'
                faults.append(Fault(where, message + did_you_mean(name, placeholders)))
    return faults


def prompt_faults(prompt: Prompt) -> list[Fault]:
    """What is wrong with the demonstrations of a prompt."""
    faults: list[Fault] = []
    wanted, known = placeholders_in(prompt.text), prompt.placeholders
    for n, demonstration in enumerate(prompt.demonstrations, start=1):
        where = f"demonstrations {n}"
        if not demonstration.answer.strip():
            faults.append(Fault(f"{where}, answer", "is empty"))
        for placeholder in wanted:
            if placeholder not in demonstration.inputs:
                unused = [name for name in demonstration.inputs if name not in known]
                message = f"has no input for the placeholder {{{{{placeholder}}}}} of the text"
                faults.append(Fault(where, message + did_you_mean(placeholder, unused)))
        for name in demonstration.inputs:
            if name not in known:
                message = f'no placeholder of the prompt uses the input "{name}"'
                faults.append(Fault(where, message + did_you_mean(name, known)))
    return faults


def held_out_faults(prompt: Prompt, examples: Iterable[Example]) -> list[Fault]:
    """A fault for each demonstration that shows a held-out example: it would count as solved."""
    held_out = {example.id for example in examples if example.split == "validation"}
    return [
        Fault(
            f"example {demonstration.example_id}",
            "is a validation example, and the prompt shows its answer in a demonstration: "
            "show a train example",
        )
        for demonstration in prompt.demonstrations
        if demonstration.example_id in held_out
    ]


def output_faults(max_tokens: int) -> list[Fault]:
    """A fault where an answer may have no token."""
    if max_tokens < 1:
        return [Fault("output.max_tokens", f"must be 1 or more, not {max_tokens}")]
    return []


def schema_complaint(schema: Mapping[str, Any]) -> str:
    """Why a JSON Schema is not one, or cannot be sent to a server; empty where nothing is wrong."""
    from jsonschema import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for

    try:
        validator_for(schema, default=Draft202012Validator).check_schema(schema)
    except SchemaError as error:
        return f"is not a JSON Schema: {error.message}"
    except (RecursionError, ValueError):  # of a pattern in it
        return "is not a JSON Schema: a pattern in it is too much"
    try:
        safe_schema(schema)
    except PatternError as error:
        return str(error)
    return ""
