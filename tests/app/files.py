"""A small right workspace, and ways to break it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from llmopt_tui.app.workspace import Workspace

PROMPT = """\
schema_version = 1
name = "greet"
description = "Greets."
text = "Greet {{name}}."
"""

CASE = """\
schema_version = 1
id = "greet"
title = "Greeting"
prompt = "greet"
tags = ["small"]

[output]
format = "text"
max_tokens = 50

[[criteria]]
kind = "contains"
values = ["hello"]

[[criteria]]
kind = "length"
weight = 2
unit = "words"
max = 20

[[examples]]
id = "g-1"
inputs = { name = "Ada" }

[[examples]]
id = "g-2"
split = "validation"
inputs = { name = "Bo" }
"""


def make_workspace(
    root: Path,
    cases: Mapping[str, str | bytes] | None = None,
    prompts: dict[str, str | bytes] | None = None,
) -> Workspace:
    """A workspace with these files; by default the right case and its prompt."""
    for folder, files in (
        ("cases", {"greet.toml": CASE} if cases is None else cases),
        ("prompts", {"greet.toml": PROMPT} if prompts is None else prompts),
    ):
        (root / folder).mkdir(parents=True)
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (root / folder / name).write_bytes(data)
    return Workspace(root)
