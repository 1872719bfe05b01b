"""Files written whole or not at all: private ones, and those that a person might have written."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from llmopt_tui.store.disk import BINARY, at, put_in_place, sync_folder
from llmopt_tui.store.values import json_text, toml_text

_SUFFIX = ".unfinished"
"""Tells what was begun here from what an editor puts beside a file."""


def write_text(path: Path, text: str, *, private: bool = True) -> None:
    """Replace a file by a new one with this text. Raises OSError; then the old one is unchanged.

    Lone surrogates, which a model's broken bytes may leave, are kept as escapes. Who may read the
    file is as in `write_bytes`.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"), private=private)


def write_bytes(path: Path, data: bytes, *, private: bool = True) -> None:
    """As `write_text`, with these bytes.

    A private file, as every result is, can be read by its owner alone. Any other (a prompt, a case,
    settings) keeps the permissions of the file that it replaces; a new one has those that the umask
    gives, as if an editor had saved it.
    """
    with at(path):
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_SUFFIX}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY
        try:
            with os.fdopen(os.open(temporary, flags, 0o600 if private else 0o666), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if not private:
                with contextlib.suppress(FileNotFoundError):
                    temporary.chmod(stat.S_IMODE(path.stat().st_mode))
            put_in_place(temporary, path)
            sync_folder(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
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
