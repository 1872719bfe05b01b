"""The embedded engine's process as its parent sees it: started, guarded, ended, explained.

The engine is native code: when it crashes, the program must not crash with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import signal
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.llm import embedded_server
from llmopt_tui.llm.errors import (
    LlmError,
    LoadFailed,
    LoadStalled,
    OutOfMemoryLoading,
    RequestError,
    RunnerCrashed,
)
from llmopt_tui.reports.install_hint import install_command

# Loading reports nothing while it lasts; large files on slow disks take minutes.
LOAD_SECONDS = 900.0
_GRACE_SECONDS = 2.0
_KEPT_LOGS = 5
_TAIL_BYTES = 16 * 1024
_ILLEGAL_INSTRUCTION = {-4, 0xC000001D, 0xC000001D - 2**32}  # SIGILL and its Windows sibling
_KILLED = -9
_REASON = re.compile(r"error loading model: (.+)")


class EngineUnavailable(RequestError):
    """The embedded engine is not installed, or cannot run on this machine."""

    summary = "The embedded engine is not available"


@dataclass(frozen=True, slots=True)
class Launch:
    """What an engine is started with: `context` in tokens, `logs` a folder, `threads` to use."""

    model_file: Path
    alias: str
    context: int
    logs: Path
    threads: int = 1


class EngineProcess:
    """A running engine. Made by `start`, which returns once requests are answered."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self.log = log
        self.api_key = secrets.token_urlsafe(32)
        self.url = ""
        self.engine = ""

    @classmethod
    async def start(cls, launch: Launch) -> EngineProcess:
        """Start the child and wait until it serves the model.

        Cancelling ends the child. Raises EngineUnavailable, LoadFailed, LoadStalled,
        OutOfMemoryLoading, RunnerCrashed; all but the first name the log.
        """
        log, stream = await asyncio.to_thread(_open_log, launch.logs)
        with stream:
            process = await asyncio.create_subprocess_exec(
                # By path, so that neither working directory nor import path matter; -P keeps the
                # modules beside the script from hiding the standard library's.
                *(sys.executable, "-P", embedded_server.__file__),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stream,
                env=os.environ | {"OMP_WAIT_POLICY": "passive"},
            )
        self = cls(process, log)
        try:
            await self._become_ready(launch)
        except BaseException:
            await self.kill()
            raise
        return self

    @property
    def alive(self) -> bool:
        """Whether the process runs, as far as is known by now."""
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._process.pid

    async def died(self) -> RunnerCrashed | None:
        """The reason why calls fail, if it is the child's death; None while it lives."""
        if not await self._ended_within(1.0):
            return None
        return RunnerCrashed(f"The embedded engine died ({self._how()})", hint=self._log_hint())

    async def stop(self) -> None:
        """End the child: close its input, then ask, then force. A clean end removes its log."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            if not await self._ended_within(_GRACE_SECONDS):
                with suppress(ProcessLookupError):
                    self._process.terminate()
                await self._ended_within(_GRACE_SECONDS)
        finally:
            await self.kill()
        if self._process.returncode == 0:
            with suppress(OSError):
                await asyncio.to_thread(self.log.unlink)

    async def kill(self) -> None:
        """End the child at once."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def _become_ready(self, launch: Launch) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {
            "model_file": str(launch.model_file),
            "alias": launch.alias,
            # Through the pipe: arguments and environments can be read by others.
            "api_key": self.api_key,
            "context": launch.context,
            "threads": launch.threads,
        }
        # A child that is already dead cannot read; the missing answer tells as much.
        with suppress(ConnectionError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            await self._process.stdin.drain()
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                line = await self._process.stdout.readline()
        except TimeoutError as error:
            raise LoadStalled(
                f"The embedded engine did not load {launch.model_file.name} within "
                f"{LOAD_SECONDS:g} s",
                hint=self._log_hint(),
            ) from error
        answer = _object(line)
        if "url" not in answer:
            raise await self._start_error(answer, launch)
        self.url, self.engine = answer["url"], answer.get("engine", "")

    async def _start_error(self, answer: dict[str, str], launch: Launch) -> LlmError:
        detail = answer.get("detail", "")
        match answer.get("problem"):
            case "not_installed":
                return EngineUnavailable(
                    f"The embedded engine is not installed: {detail}", hint=_install_hint()
                )
            case "library":
                return EngineUnavailable(
                    f"The embedded engine cannot be loaded: {detail}", hint=_library_hint(detail)
                )
            case "model":
                reason = one_line(await asyncio.to_thread(_reason_in, self.log) or detail, 300)
                return LoadFailed(
                    f"The embedded engine cannot load {launch.model_file.name}: {reason}",
                    hint=self._log_hint(),
                )
        if not await self._ended_within(_GRACE_SECONDS):
            return LoadFailed("The embedded engine answers nonsense", hint=self._log_hint())
        if self._process.returncode in _ILLEGAL_INSTRUCTION:
            return EngineUnavailable(
                "This machine's processor cannot run the embedded engine, which needs AVX2",
                hint="Use a model server instead",
            )
        if self._process.returncode == _KILLED:
            return OutOfMemoryLoading(
                f"The embedded engine was killed while it loaded {launch.model_file.name}, "
                "most likely because memory ran out"
            )
        return RunnerCrashed(
            f"The embedded engine died while it loaded {launch.model_file.name} ({self._how()})",
            hint=self._log_hint(),
        )

    async def _ended_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._process.wait()
        except TimeoutError:
            return False
        return True

    def _how(self) -> str:
        code = self._process.returncode
        if code is not None and code < 0:
            with suppress(ValueError):
                return signal.Signals(-code).name
        return f"exit status {code}"

    def _log_hint(self) -> str:
        return f"Its log is {self.log}"


def _install_hint() -> str:
    """What to do where the engine is missing."""
    return f"Install it with: {install_command('embedded')}"


def usable_cores() -> int:
    """The processors this process may use, which in a container are fewer than there are."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _open_log(folder: Path) -> tuple[Path, IO[bytes]]:
    """A new log of our own; engines run side by side. Old ones go, but for the last few."""
    folder.mkdir(parents=True, exist_ok=True)
    logs = sorted(folder.glob("engine-*.log"), key=_age)
    for old in logs[: -_KEPT_LOGS + 1]:
        with suppress(OSError):
            old.unlink()
    descriptor, name = tempfile.mkstemp(prefix="engine-", suffix=".log", dir=folder)
    return Path(name), os.fdopen(descriptor, "wb")


def _age(log: Path) -> float:
    try:
        return log.stat().st_mtime
    except OSError:
        return 0.0


def _reason_in(log: Path) -> str:
    """Why the model was refused, in the engine's own words."""
    with suppress(OSError), log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        if found := _REASON.search(stream.read().decode("utf-8", "replace")):
            return found[1].strip()
    return ""


def _library_hint(detail: str) -> str:
    if "libgomp" in detail:
        return "Install the system's libgomp (Debian, Ubuntu: apt install libgomp1)"
    return f"Reinstall it. {_install_hint()}"


def _object(line: bytes) -> dict[str, str]:
    with suppress(ValueError):
        value = json.loads(line)
        if isinstance(value, dict):
            return value
    return {}
