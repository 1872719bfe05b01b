"""The format that an answer must have, as it can be sent to a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from llmopt_tui.core.schema_patterns import PatternError, safe_schema
from llmopt_tui.llm.errors import FormatRefused

Format = Literal["json"] | Mapping[str, Any]


def sendable(asked: Format) -> Format:
    """The format with the patterns of its schema made safe: some would end the server's process.

    Raises FormatRefused for a pattern that cannot be made safe.
    """
    if not isinstance(asked, Mapping):
        return asked
    try:
        return safe_schema(asked)
    except PatternError as error:
        raise FormatRefused(f"The schema cannot be sent: {error}", hint="") from error
