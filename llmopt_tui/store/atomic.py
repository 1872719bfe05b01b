"""Files written whole or not at all, readable by their owner alone."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from llmopt_tui.store.disk import at, put_in_place, sync_folder
from llmopt_tui.store.values import json_text, toml_text

_SUFFIX = ".unfinished"
"""Tells what was begun here from what an editor puts beside a file."""


def write_text(path: Path, text: str) -> None:
    """Replace a file by a new one with this text. Raises OSError; then the old one is unchanged.

    Lone surrogates, which a model's broken bytes may leave, are kept as escapes.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """As `write_text`, with these bytes. `mode` is the new file's; None: its owner's alone."""
    with at(path):
        # mkstemp makes the file 0600: results may hold private text.
        descriptor, temporary = tempfile.mkstemp(_SUFFIX, f".{path.name}.", path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                Path(temporary).chmod(mode)
            put_in_place(Path(temporary), path)
            sync_folder(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise


def remove_unfinished(folder: Path, names: Iterable[str]) -> None:
    """Remove what a program that was killed left half written of these files. Never raises."""
    with contextlib.suppress(OSError):
        begun = tuple(f".{name}." for name in names)
        for entry in folder.iterdir():
            if entry.name.startswith(begun) and entry.name.endswith(_SUFFIX):
                entry.unlink(missing_ok=True)


def write_json(path: Path, document: Any) -> None:
    """Replace a file by this document as JSON. Raises OSError."""
    write_text(path, json_text(document))


def write_toml(path: Path, document: Mapping[str, Any]) -> None:
    """Replace a file by this document as TOML, long texts as blocks. Raises OSError."""
    write_text(path, toml_text(document))
