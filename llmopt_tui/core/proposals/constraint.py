"""The output constraint as a source: held to the format, free, or free first and the format later.

A hard constraint keeps small models from answering well; a free answer may be no JSON. Which of
them is better for a model has to be measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from llmopt_tui.core.changes import Change
from llmopt_tui.core.proposals.brief import Brief
from llmopt_tui.core.variant import Constrain

_WAYS: dict[Constrain, tuple[str, str]] = {
    "off": (
        "free answer",
        "Held to a format as they write, small models answer worse; a free answer can be read too.",
    ),
    "format": ("held to the format", "An answer that is held to the format can always be read."),
    "late": (
        "format later",
        "The model answers freely first, and says the same in the format in a second call.",
    ),
}


def constraint_ideas(brief: Brief) -> Iterator[Change]:
    """The other ways to ask for the case's output format; none where it has none."""
    output = brief.case.output
    if output.constraint is None:
        return
    now = brief.parent.constrain or output.constrain
    cause = brief.failures[0].mode if brief.failures else ""
    for constrain, (name, reason) in _WAYS.items():
        if constrain != now:
            yield Change("constraint", "constraint", name, cause, reason, constrain=constrain)
