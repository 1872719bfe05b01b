"""A promptfoo configuration: the prompt, its model, and the case's examples as tests.

The document is to be written as JSON, which YAML is a superset of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmopt_tui.core.prompt import PLACEHOLDER
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.exports.winner import Winner

if TYPE_CHECKING:
    from llmopt_tui.state.documents.case import RecordedExample

# What begins something in a template, at the end of a text too (more may follow it), and the end of
# a comment, which is an error where none began.
_ACTIVE = re.compile(r"\{(?=[{%#]|\Z)|#(?=\})")
# Values that begin so are read as files or run as code, wherever they stand.
_LOADED = ("file://", "package:")
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_ENVIRONMENT = re.compile(r"\{\{[^}]*\benv\b", re.DOTALL)
# Constructs of Python's expressions that JavaScript's lack.
_PYTHON_ONLY = re.compile(r"\(\?[^:=!<]|\(\?<[^=!]|\\[AZGKRXpPmM]|[+*?}]\+|\[\[")
_TRIMMED = "String(output).trim()"
_FOLDED = (
    "String(output).toLowerCase().replace(/\\s+/g, ' ')"
    ".replace(/^[\"'“”„‘’«»*` ]+|[\"'“”„‘’«»*` .]+$/g, '')"
)


def promptfoo_config(winner: Winner) -> dict[str, Any]:
    """The configuration. Its description says what could not be carried over."""
    tests, left_out = [], []
    for example in winner.examples:
        if all(_is_inert(str(text), example.inputs) for text in example.inputs.values()):
            tests.append(_test(winner, example))
        else:
            left_out.append(_label(example.id))
    absent = [
        str(criterion.get("kind", ""))
        for criterion in winner.criteria
        if not any(list(_asserts(criterion, example.expected)) for example in winner.examples)
    ]
    return {
        "description": _description(winner, absent, left_out),
        "prompts": [{"label": _label(winner.prompt.name), "raw": _chat(winner)}],
        "providers": [_provider(winner)],
        "defaultTest": {"threshold": winner.target},
        "tests": tests,
    }


def literal(text: str) -> str:
    """The text as a template that renders to it."""
    quoted = _ACTIVE.sub(r'{{ "\g<0>" }}', text)
    return f'{{{{ "" }}}}{quoted}' if text.startswith(_LOADED) else quoted


def template(text: str) -> str:
    """A prompt as a template: placeholders are variables, every other brace is itself."""
    parts = PLACEHOLDER.split(text)  # every second one is a placeholder's name
    return "".join(
        f"{{{{ {part} }}}}" if odd else literal(part)
        for part, odd in zip(parts, [False, True] * len(parts), strict=False)
    )


def _chat(winner: Winner) -> str:
    """The messages as JSON: then strings are rendered one by one, and inputs cannot break out.

    Of several lines, for a prompt of one line may be taken for a file's name.
    """
    messages = [{"role": "user", "content": template(winner.prompt.text)}]
    if winner.prompt.system:
        messages.insert(0, {"role": "system", "content": template(winner.prompt.system)})
    return json.dumps(messages, indent=2, ensure_ascii=False)


def _provider(winner: Winner) -> dict[str, Any]:
    config: dict[str, Any] = {**winner.options, "truncate": False}
    if winner.format is not None:
        # References inside a configuration would be looked up in the whole of it.
        config["format"] = "json" if "$ref" in json.dumps(winner.format) else winner.format
    if winner.think is not None:
        config["think"] = winner.think
    config["showThinking"] = False
    return {"id": f"ollama:chat:{winner.model.name}", "config": config}


def _test(winner: Winner, example: RecordedExample) -> dict[str, Any]:
    split = "held out" if example.held_out else "train"
    found = [a for c in winner.criteria for a in _asserts(c, example.expected)]
    return {
        "description": f"{_label(example.id)} ({split})",
        "vars": {name: str(text) for name, text in example.inputs.items()},
        **({"assert": found} if found else {}),
    }


def _asserts(criterion: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What promptfoo has for a criterion; nothing where it has nothing of the kind."""
    kind, weight = str(criterion.get("kind", "")), criterion.get("weight")
    weight = weight if isinstance(weight, int | float) else 1.0
    for found in _equivalents(kind, criterion, expected):
        share = found.pop("share", 1)
        yield {**found, "weight": weight / share, "metric": kind}


def _equivalents(
    kind: str, criterion: Mapping[str, Any], expected: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    match kind:
        case "json_valid":
            yield {"type": "is-json"}
        case "json_schema" if isinstance(schema := criterion.get("schema"), Mapping):
            yield {"type": "is-json", "value": literal(json.dumps(schema, ensure_ascii=False))}
        case "contains" | "not_contains":
            negation = "not-" if kind == "not_contains" else ""
            folded = "i" if criterion.get("ignore_case", True) else ""
            values = dict.fromkeys([*_texts(criterion.get("values")), *_texts(expected.get(kind))])
            for value in values:
                yield {
                    "type": f"{negation}{folded}contains",
                    "value": literal(value),
                    "share": len(values),
                }
        case "regex" if not _PYTHON_ONLY.search(pattern := str(criterion.get("pattern", ""))):
            whole = f"^(?:{pattern})$" if criterion.get("whole") else pattern
            yield {"type": "regex", "value": literal(whole), "transform": _TRIMMED}
        case "equals" if answers := _texts(expected.get("answer")):
            yield _equals(answers, exact=bool(criterion.get("exact")))
        case "length" if criterion.get("unit", "words") == "words":
            known = {key: criterion.get(key) for key in ("min", "max")}
            if bounds := {key: value for key, value in known.items() if isinstance(value, int)}:
                yield {"type": "word-count", "value": bounds}


def _equals(answers: Sequence[str], *, exact: bool) -> dict[str, Any]:
    if exact and len(answers) == 1:
        return {"type": "equals", "value": literal(answers[0])}
    plain = answers if exact else [_folded(answer) for answer in answers]
    choice = "|".join(re.sub(r"[.*+?^${}()|\[\]\\/]", r"\\\g<0>", answer) for answer in plain)
    found = {"type": "regex", "value": literal(f"^(?:{choice})$")}
    return found if exact else {**found, "transform": _FOLDED}


def _folded(text: str) -> str:
    """As `_FOLDED` has it."""
    return " ".join(text.lower().split()).lstrip("\"'“”„‘’«»*` ").rstrip("\"'“”„‘’«»*` .")


def _description(winner: Winner, absent: Sequence[str], left_out: Sequence[str]) -> str:
    sentences = [_label(f"{winner.case_title or winner.case_id}: {'; '.join(winner.provenance)}.")]
    if absent:
        kinds = ", ".join(dict.fromkeys(absent))
        sentences.append(_label(f"Criteria that promptfoo has no equivalent of: {kinds}."))
    if left_out:
        which = ", ".join(left_out)
        sentences.append(f"Left out, for promptfoo would not take an input as it is: {which}.")
    return " ".join(sentences)


def _is_inert(text: str, inputs: Mapping[str, Any]) -> bool:
    """Whether promptfoo takes an input as it is: files are loaded, other inputs and the
    environment filled in.
    """
    filled_in = any(name in inputs for name in _VARIABLE.findall(text))
    return not (text.startswith(_LOADED) or filled_in or _ENVIRONMENT.search(text))


def _label(text: str) -> str:
    """Text that is shown: no template in it, on one line."""
    return one_line(text.replace("{{", "{ {"), 600)


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [
        str(item).lower() if isinstance(item, bool) else str(item)
        for item in values
        if isinstance(item, str | int | float)
    ]
