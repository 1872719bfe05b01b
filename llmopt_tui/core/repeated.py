"""Warnings about examples of a case with the same inputs, and how they distort the scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import get_args

from llmopt_tui.core.case import Example, Split
from llmopt_tui.core.scoring.sameness import comparable
from llmopt_tui.core.scoring.wording import listed


def repeated_inputs(examples: Iterable[Example]) -> list[str]:
    """A sentence for each way in which examples repeat inputs; empty where none do.

    Inputs are the same where a reader sees no difference: case, white space and kinds of quotation
    marks do not matter.
    """
    groups: dict[tuple[tuple[str, str], ...], dict[Split, list[str]]] = defaultdict(dict)
    for example in examples:
        inputs = tuple(sorted((name, comparable(text)) for name, text in example.inputs.items()))
        groups[inputs].setdefault(example.split, []).append(example.id)
    found = []
    shared = [
        f"{group['validation'][0]} = {group['train'][0]}"
        for group in groups.values()
        if "train" in group and "validation" in group
    ]
    if shared:
        found.append(
            f"validation shares inputs with train ({listed(shared)}): there a prompt is measured "
            "on inputs that it was tuned on"
        )
    for split in get_args(Split):
        twice = [
            " = ".join(group[split]) for group in groups.values() if len(group.get(split, ())) > 1
        ]
        if twice:
            found.append(f"{split} holds the same inputs more than once ({listed(twice)})")
    return found
