"""Values of an example written as TOML, in the style of a person: tables in one line, long texts
as blocks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from llmopt_tui.app.case_editing.errors import NotEditableError
from llmopt_tui.store.values import toml_text

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def literal(value: Any, newline: str = "\n") -> str:
    """The value as TOML has it. Raises NotEditableError for null, which TOML lacks."""
    match value:
        case None:
            raise NotEditableError("TOML has no word for null: leave the key out")
        case Mapping():
            pairs = (f"{key(name)} = {literal(item, newline)}" for name, item in value.items())
            inside = ", ".join(pairs)
            return f"{{ {inside} }}" if inside else "{}"
        case list() | tuple():
            return f"[{', '.join(literal(item, newline) for item in value)}]"
    text = toml_text({"v": value}).removeprefix("v = ").removesuffix("\n")
    return text.replace("\n", newline)


def key(name: str) -> str:
    """The name as a key: bare where TOML allows that, else in quotes."""
    return name if _BARE.fullmatch(name) else literal(name.replace("\n", " "))
