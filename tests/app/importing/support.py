"""Files of other programs made in tests, and the case that comes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from llmopt_tui.app.importing.drafting import Choices, Draft, draft_case
from llmopt_tui.app.importing.reading import read_content
from llmopt_tui.app.importing.writing import problems_of, write_draft
from llmopt_tui.app.workspace import Workspace
from llmopt_tui.core.case import Case


def drafted(content: str | bytes, name: str = "data.json", **choices: Any) -> Draft:
    """The draft that a file of that name and content makes."""
    data = content.encode() if isinstance(content, str) else content
    return draft_case(read_content(data, name), "made", name, Choices(**choices))


def loaded(draft: Draft, folder: Path) -> Case:
    """The draft's case as the strict reader reads it, without a problem."""
    assert problems_of(draft) == ()
    workspace = Workspace(folder)
    write_draft(draft, workspace)
    found = workspace.load_cases()
    assert found.problems == ()
    (case,) = found.cases
    return case


def json_lines(objects: Iterable[Any]) -> str:
    """The objects as JSON Lines."""
    return "".join(json.dumps(item) + "\n" for item in objects)


def kinds(draft: Draft) -> list[str]:
    """The kinds of the draft's criteria."""
    return [str(table["kind"]) for table in draft.criteria]


def inputs(draft: Draft) -> list[dict[str, str]]:
    """The inputs of the draft's examples."""
    return [dict(example.inputs) for example in draft.examples]


def expected(draft: Draft) -> list[dict[str, Any]]:
    """What the draft's examples expect."""
    return [dict(example.expected) for example in draft.examples]
