"""Editing a text in the person's own editor, while the session keeps running."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from textual.app import App, SuspendNotSupported


class EditorError(Exception):
    """The text could not be edited outside. Its text is for the person."""


def editor_command(environment: Mapping[str, str]) -> list[str]:
    """The editor that `VISUAL` or `EDITOR` names, with its arguments. Raises `EditorError`."""
    for name in ("VISUAL", "EDITOR"):
        value = environment.get(name, "").strip()
        if not value:
            continue
        try:
            command = shlex.split(value)
        except ValueError as error:
            raise EditorError(f"{name} cannot be read as a command: {error}.") from error
        if command:
            return command
    raise EditorError("No editor is set. Set VISUAL or EDITOR, or edit the prompt here.")


async def edit_outside(
    app: App[object], text: str, environment: Mapping[str, str] = os.environ
) -> str:
    """The text as the person left it in the editor.

    The editor is started without a shell, on a file that only its owner can read. If the editor
    adds a line end at the end of the text, it is removed. Raises `EditorError`.
    """
    command = editor_command(environment)
    with _file_with(text) as path:
        await _run(app, [*command, str(path)])
        return _read(path, text)


@contextmanager
def _file_with(text: str) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix="prompt-", suffix=".txt")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", errors="replace"))
        yield Path(name)
    except OSError as error:
        raise EditorError(f"The file for the editor failed: {error.strerror or error}.") from error
    finally:
        Path(name).unlink(missing_ok=True)


def _read(path: Path, before: str) -> str:
    edited = path.read_bytes().decode("utf-8", errors="replace").replace("\r\n", "\n")
    return edited if before.endswith("\n") else edited.removesuffix("\n")


async def _run(app: App[object], command: Sequence[str]) -> None:
    try:
        # The session keeps running meanwhile. A suspended terminal takes no drawing, and after
        # some frames the program would block on it: the batch holds the frames back.
        with app.suspend(), app.batch_update(), _interrupts_are_the_editors():
            process = await asyncio.create_subprocess_exec(*command)
            code = await process.wait()
    except SuspendNotSupported as error:
        raise EditorError("This terminal cannot be handed over to an editor.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise EditorError(f"{command[0]} could not be started: {reason}.") from error
    if code:
        raise EditorError(f"{command[0]} ended with code {code}. The prompt is as it was.")


@contextmanager
def _interrupts_are_the_editors() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
