"""Placeholders in a text, and the one way to fill them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\{\{([A-Za-z_][A-Za-z0-9_]*)\}\}")


def placeholders_in(text: str) -> Counter[str]:
    """How often each placeholder is in a text."""
    return Counter(PLACEHOLDER.findall(text))


def fill(text: str, inputs: Mapping[str, str]) -> str:
    """Put inputs in place of placeholders, in one literal pass.

    Braces of any other kind stay; what an input brings in is never filled again. A placeholder
    without an input raises KeyError: cases are checked when they are loaded.
    """
    return PLACEHOLDER.sub(lambda match: inputs[match.group(1)], text)
