"""Readers of an example's `expected`: the values for a criterion, and the faults in them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.base import Verdict


def texts(expected: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The texts under a key; a single text counts as a list of one, other values are left out."""
    value = expected.get(key)
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(item for item in value if isinstance(item, str) and item.strip())
    return ()


def missing(expected: Mapping[str, Any], key: str) -> str:
    """A sentence saying that a key is missing, with the most similar key that is there."""
    near = difflib.get_close_matches(key, list(expected), n=1, cutoff=0.6)
    hint = f"; did you mean it by expected.{near[0]}?" if near else ""
    return f"expected.{key} is missing{hint}"


def list_problems(
    expected: Mapping[str, Any], key: str, *, needed: bool = True, filled: bool = True
) -> list[str]:
    """The faults of a list of texts: with `needed` it must be there, with `filled` not be empty."""
    if key not in expected:
        return [missing(expected, key)] if needed else []
    value = expected[key]
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        return [f"expected.{key} must be a list of texts"]
    if not all(item.strip() for item in value):
        return [f"expected.{key} holds an empty text"]
    return [f"expected.{key} is empty"] if filled and not value else []


def text_problems(expected: Mapping[str, Any], key: str) -> list[str]:
    """The faults of a text that must be there and not be blank."""
    if key not in expected:
        return [missing(expected, key)]
    value = expected[key]
    return [] if isinstance(value, str) and value.strip() else [f"expected.{key} must be a text"]


def unusable(problem: str) -> Verdict:
    """The verdict where an example lacks what a criterion compares with.

    Cases are checked when they are loaded, so this appears only where the check was skipped.
    """
    return Verdict(0.0, f"this example cannot be scored: {problem}", modes.UNUSABLE_CASE)
