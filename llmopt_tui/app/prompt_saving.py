"""Saving a prompt as a file of the workspace, and making it the prompt that a case starts from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from llmopt_tui.app.workspace import Workspace
from llmopt_tui.config.prompt_files import read_prompt_file
from llmopt_tui.config.strict import UnreadableError, decode, parse_toml
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.text.names import folder_slug

_PROMPT_LINE = re.compile(r"""^(\s*prompt\s*=\s*)("[^"\n]*"|'[^'\n]*')""", re.MULTILINE)
_FIRST_TABLE = re.compile(r"^\s*\[", re.MULTILINE)


class NotSaved(Exception):
    """The prompt or the case was not written; the message says why and what to do."""


def name_problem(name: str) -> str:
    """Why a prompt file cannot have this name; "" if it can."""
    if not name.strip():
        return "A prompt needs a name."
    if name != folder_slug(name) or name.startswith("."):
        return 'A name has letters, digits, ".", "_" and "-", and no other characters.'
    return ""


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name, or the first of "name-2", "name-3" ... that no prompt has."""
    used = set(taken)
    numbered = (f"{name}-{n}" for n in range(2, len(used) + 3))
    return next((each for each in (name, *numbered) if each not in used), name)


def prompt_file(workspace: Workspace, name: str) -> Path:
    """The file of the prompt with this name, whether or not it exists."""
    return workspace.prompts / f"{name}.toml"


def save_prompt(workspace: Workspace, prompt: Prompt, *, replace: bool = False) -> Path:
    """Write a prompt to the file of its name, and return the file.

    Raises NotSaved where the name or the prompt cannot be used, where the file cannot be written,
    and where there is one and `replace` is false.
    """
    from llmopt_tui.store.atomic import write_text
    from llmopt_tui.store.prompt_document import prompt_document
    from llmopt_tui.store.values import toml_text

    if problem := name_problem(prompt.name):
        raise NotSaved(problem)
    text = toml_text(prompt_document(prompt))
    if (read := read_prompt_file(text.encode("utf-8"), prompt.name)).prompt is None:
        raise NotSaved(f"The prompt cannot be saved: {read.summary}.")
    file = prompt_file(workspace, prompt.name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not replace:
            # An empty file made by nobody else: what another program writes meanwhile is kept.
            file.open("xb").close()
        write_text(file, text, private=False)
    except FileExistsError as error:
        raise NotSaved(f"There is a prompt {prompt.name} already.") from error
    except OSError as error:
        raise NotSaved(f"{file} cannot be written: {error.strerror or error}.") from error
    return file


def start_case_from(workspace: Workspace, case_id: str, prompt_name: str) -> None:
    """Have the case start from another prompt of the workspace; all else in its file stays.

    Raises NotSaved where that cannot be done by changing one line.
    """
    from llmopt_tui.store.atomic import write_text

    file = workspace.cases / f"{case_id}.toml"
    try:
        content = file.read_bytes()
        text, before = decode(content), parse_toml(content)
    except OSError as error:
        raise NotSaved(f"{file} cannot be read: {error.strerror or error}.") from error
    except UnreadableError as error:
        raise NotSaved(f"{file} {error}.") from error
    head = _FIRST_TABLE.search(text)
    end = head.start() if head else len(text)
    changed = _PROMPT_LINE.sub(rf'\g<1>"{prompt_name}"', text[:end], count=1) + text[end:]
    try:
        after = parse_toml(changed.encode("utf-8"))
    except UnreadableError:
        after = {}
    if after != {**before, "prompt": prompt_name}:
        raise NotSaved(f'Write prompt = "{prompt_name}" in {file} yourself: its line is unusual.')
    try:
        write_text(file, changed, private=False)
    except OSError as error:
        raise NotSaved(f"{file} cannot be written: {error.strerror or error}.") from error
