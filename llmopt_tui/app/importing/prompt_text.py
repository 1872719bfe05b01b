"""A first prompt for a case that brings none: what is to be done, then every input by its name."""

from __future__ import annotations

from llmopt_tui.app.importing.columns import Columns
from llmopt_tui.app.importing.material import Material, Note, PromptText
from llmopt_tui.app.importing.proposing import Proposal

_PLAIN_TASK = "Read the following and answer."


def made_prompt(
    columns: Columns, proposal: Proposal, material: Material
) -> tuple[PromptText, list[Note]]:
    """The prompt, with a placeholder for each input, and notes of what could not be part of it.

    Texts of the source that hold what begins a placeholder are left out: they would be filled.
    """
    notes: list[Note] = []
    task = _usable(material.task, "the instructions", notes)
    asked = [task.strip(), _usable(proposal.task, "what is asked for", notes)]
    names = list(columns.inputs.values())
    if names == [_only_message(material)] and material.system:
        inputs = [f"{{{{{names[0]}}}}}"]  # the system message says what is to be done
        asked = []
    else:
        inputs = [f"{_title(name)}:\n{{{{{name}}}}}" for name in names]
    head = [part for part in asked if part] or ([] if not asked else [_PLAIN_TASK])
    text = "\n\n".join([*head, *inputs]) + "\n"
    return PromptText(text, _usable(material.system, "the system message", notes)), notes


def _usable(text: str, what: str, notes: list[Note]) -> str:
    if "{{" not in text and "{%" not in text:
        return text
    message = f"{what} cannot be part of the prompt, for it holds what would be taken for inputs"
    notes.append(Note("left", "", message))
    return ""


def _only_message(material: Material) -> str:
    inputs = material.roles.inputs or ()
    return inputs[0] if len(inputs) == 1 else ""


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
