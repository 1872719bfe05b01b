"""The SHA-256 of a model file, by which sessions name the model. It is remembered on disk."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from llmopt_tui.llm.fetch_progress import Progress, Report, Step, in_thread

_BLOCK = 4 * 1024 * 1024


async def file_digest(file: Path, folder: Path, progress: Progress | None = None) -> str:
    """The SHA-256 of any model file, in hex; remembered in `folder` until the file changes.

    Raises OSError where the file cannot be read.
    """
    report = Report(progress)
    file = await asyncio.to_thread(file.resolve)
    status = await asyncio.to_thread(file.stat)
    key = hashlib.sha256(os.fsencode(file)).hexdigest()[:32]
    note = folder / "digests" / f"{key}.json"
    fingerprint = [status.st_size, status.st_mtime_ns]
    remembered = await asyncio.to_thread(_remembered_digest, note, fingerprint)
    if remembered is not None:
        return remembered
    checking = report.stage("checking", status.st_size)
    digest = await in_thread(lambda step: hashed(file, step), checking)
    with suppress(OSError):  # a memory that cannot be kept costs only time
        await asyncio.to_thread(_remember_digest, note, fingerprint, digest)
    return digest


def hashed(file: Path, step: Step) -> str:
    """The SHA-256 of a file, in hex. `step` is told how many bytes are read so far."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            step(stream.tell())
    return digest.hexdigest()


def _remembered_digest(note: Path, fingerprint: list[int]) -> str | None:
    try:
        remembered = json.loads(note.read_text("utf-8"))
        return str(remembered["sha256"]) if remembered["fingerprint"] == fingerprint else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember_digest(note: Path, fingerprint: list[int], digest: str) -> None:
    note.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".digest-", dir=note.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump({"fingerprint": fingerprint, "sha256": digest}, out)
    Path(name).replace(note)
