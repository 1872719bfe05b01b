"""Saving the best prompt of a session among the prompts of the workspace."""

from __future__ import annotations

from pathlib import Path

from llmopt_tui.app.prompt_saving import NotSaved, save_prompt
from llmopt_tui.app.workspace import Workspace
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.state.documents.case import RecordedPrompt


def best_prompt_of(record: SessionRecord, name: str = "") -> Prompt | None:
    """The best prompt of a session, under its own name unless another is given; None before one
    is scored.
    """
    started, best = record.started, record.best
    if started is None or best is None:
        return None
    original = RecordedPrompt.read(started.prompt)
    locked = tuple(part for part in original.locked if part in best.variant.text)
    prompt = Prompt(name or original.name, "", original.description, locked=locked)
    return prompt.with_variant(best.variant)


def save_best_prompt(workspace: Workspace, record: SessionRecord, name: str) -> Path:
    """Save the best prompt as a new file that says where it comes from, and return the file.

    Raises NotSaved, as `save_prompt` does; nothing is overwritten.
    """
    from llmopt_tui.store.atomic import write_text
    from llmopt_tui.store.best_prompt import best_prompt
    from llmopt_tui.store.values import toml_text

    prompt, document = best_prompt_of(record, name), best_prompt(record)
    if prompt is None or document is None:
        raise NotSaved("There is no prompt to save: none has a score.")
    file = save_prompt(workspace, prompt)
    try:
        write_text(file, toml_text(document | {"name": name}), private=False)
    except OSError as error:
        raise NotSaved(f"{file} cannot be written: {error.strerror or error}.") from error
    return file
