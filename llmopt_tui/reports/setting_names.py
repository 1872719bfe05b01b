"""The names of settings and of other recorded facts, as people read them."""

from __future__ import annotations

from collections.abc import Iterable

from llmopt_tui.reports.markdown import inline, table


def setting_name(name: str) -> str:
    """The name in words: "max iterations"."""
    return name.replace("_", " ")


def facts_table(facts: Iterable[tuple[str, object]]) -> str:
    """Facts by name as a Markdown table, without those that are not known."""
    rows = [
        [inline(setting_name(name)), inline(str(value), 200)]
        for name, value in facts
        if value not in (None, "")
    ]
    return table(["what", "value"], rows)
