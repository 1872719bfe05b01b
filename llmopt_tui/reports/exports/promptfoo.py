"""A promptfoo configuration: the prompt, its model, and the case's examples as tests.

The document is to be written as JSON, which YAML is a superset of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmopt_tui.core.prompt import PLACEHOLDER
from llmopt_tui.core.scoring import recorded_criterion
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.exports.winner import Winner

if TYPE_CHECKING:
    from llmopt_tui.state.documents.case import RecordedExample

# What begins something in a template, at the end of a text too (more may follow it), and the end of
# a comment, which is an error where none began.
_ACTIVE = re.compile(r"\{(?=[{%#]|\Z)|#(?=\})")
# Values that begin so are read as files or run as code, wherever they are.
_LOADED = ("file://", "package:")
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_ENVIRONMENT = re.compile(r"\{\{[^}]*\benv\b", re.DOTALL)


_KNOWS_FORMAT = "0.123.1"


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
        if not any(_asserts(criterion, example.expected) for example in winner.examples)
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
    chat = winner.chat
    messages = [{"role": "system", "content": template(chat.system)}] if chat.system else []
    messages += [{"role": turn.role, "content": literal(turn.content)} for turn in chat.shown]
    messages.append({"role": "user", "content": template(chat.asked)})
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


def _asserts(table: Mapping[str, Any], expected: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What promptfoo has for a recorded criterion; nothing where it has nothing of the kind."""
    criterion = recorded_criterion(table)
    if criterion is None:
        return []
    found = criterion.promptfoo(expected)
    common = {"weight": criterion.weight / (len(found) or 1), "metric": criterion.kind}
    return [{**_rendered(assertion), **common} for assertion in found]


def _rendered(assertion: Mapping[str, Any]) -> Mapping[str, Any]:
    """The assertion with a template in place of the text that is compared with."""
    value = assertion.get("value")
    return {**assertion, "value": literal(value)} if isinstance(value, str) else assertion


def _description(winner: Winner, absent: Sequence[str], left_out: Sequence[str]) -> str:
    sentences = [_label(f"{winner.case_title or winner.case_id}: {'; '.join(winner.provenance)}.")]
    if winner.format is not None:
        sentences.append(f"It needs promptfoo {_KNOWS_FORMAT} or newer, which knows `format`.")
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
