"""The program on a scripted model, and a disk that fails at a chosen moment."""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
import stat
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from llmopt_tui.app.workspace import Workspace
from llmopt_tui.cli.main import main
from llmopt_tui.core.ports import ChatRequest, ModelInfo
from llmopt_tui.store.journal import read_journal
from tests.app.files import CASE, make_workspace
from tests.cli.support import clean_environment, set_environment
from tests.fakes.models import MODELS, ScriptedClient, candidate, interviewer

INTERVIEWER = "llama3.2:latest"
RUN = ("--model", "gemma3n", "qwen3", "--case", "greet", "--max-iterations", "2")

Injected = Callable[..., Any]


def answer(request: ChatRequest) -> str:
    """The candidate's or the interviewer's words, by the model that is asked."""
    return interviewer(request) if request.model == INTERVIEWER else candidate(request)


class PromptClient(ScriptedClient):
    """Loses no time between words: runs are many here."""

    async def _pass(self) -> None:
        return None


class Program:
    """The command line in process, on a workspace of its own, with every call counted."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        set_environment(monkeypatch, clean_environment(root))
        second = CASE.replace('"greet"', '"second"', 1)
        cases: dict[str, str | bytes] = {"greet.toml": CASE, "second.toml": second}
        self.workspace: Workspace = make_workspace(root / "ws", cases=cases)
        self.client = PromptClient(answer, (*MODELS, ModelInfo(INTERVIEWER, "ollama")))
        monkeypatch.setattr("llmopt_tui.app.endpoints.connect", lambda _: (self.client, "http://x"))

    def __call__(self, command: str, *arguments: object) -> int:
        """Run a command on the workspace. Returns its exit code."""
        where = ("--workspace", str(self.workspace.root))
        return main([command, *where, *map(str, arguments)])

    @property
    def results(self) -> Path:
        """The workspace's results."""
        return self.workspace.results

    @property
    def calls(self) -> Counter[str]:
        """How often each model was asked."""
        return Counter(request.model for request in self.client.requests)

    @property
    def suite_file(self) -> Path:
        """The document of the one suite."""
        (file,) = self.results.glob("optimization_suite_*.json")
        return file

    @property
    def folders(self) -> list[Path]:
        """The session folders, in the order of their names."""
        return sorted(self.results.glob("session_*"))

    def outcome(self) -> dict[tuple[str, str], Any]:
        """What the suite came to, but for ids and times."""
        found = {}
        for row in json.loads(self.suite_file.read_bytes())["sessions"]:
            data = json.loads((self.results / row["folder"] / "session_data.json").read_bytes())
            keys = ("status", "stop_reason", "best_prompt", "best_score", "baseline_score")
            scores = [(i["n"], i["score"], i["validation_score"]) for i in data["iterations"]]
            found[row["model"], row["case"]] = [*(data[key] for key in keys), scores]
        return found


class Disk:
    """Counts what is asked of the disk, and refuses from the `fail_at`th time on, 1 the first."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, code: int = errno.ENOSPC) -> None:
        self.count = 0
        self.fail_at: int | None = None
        self.once = False
        self._code = code
        for name in ("write", "fsync", "mkdir", "open", "replace", "rename"):
            monkeypatch.setattr(os, name, self._counted(name, getattr(os, name)))

    def _fails(self) -> bool:
        if self.fail_at is None or self.once:
            return self.count == self.fail_at
        return self.count >= self.fail_at

    def _counted(self, name: str, real: Injected) -> Injected:
        def call(*args: Any, **more: Any) -> Any:
            if name == "open" and not (len(args) > 1 and args[1] & os.O_CREAT):
                return real(*args, **more)
            if name == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode):
                return None  # asked for in vain on some systems: nobody is told
            self.count += 1
            if self._fails():
                if name == "write":  # a disk takes what it has room for
                    real(args[0], args[1][: len(args[1]) // 2])
                raise OSError(self._code, os.strerror(self._code))
            # What is on the disk after a power cut is not what is looked at here.
            return None if name == "fsync" else real(*args, **more)

        return call


def at_call(program: Program, call: int, what: Callable[[], object]) -> None:
    """Let something happen while the program waits for its so-many-th answer."""
    numbers = itertools.count(1)

    def then(request: ChatRequest) -> str:
        if next(numbers) == call:
            what()
        return answer(request)

    program.client._answer = then


def remove(folder: Path) -> None:
    """Remove a folder that the program may be writing in."""
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def half_written(results: Path) -> Iterator[str]:
    """The documents in a results folder that are not whole, and what should not be there."""
    for path in sorted(results.rglob("*")):
        if path.is_dir():
            continue
        try:
            match path.suffix:
                case ".json":
                    json.loads(path.read_bytes())
                case ".toml":
                    tomllib.loads(path.read_text("utf-8"))
                case ".md":
                    assert path.read_text("utf-8").endswith("\n")
                case ".jsonl":
                    assert read_journal(path).events
                case ".sqlite":
                    pass
                case _:
                    yield f"{path.name} is left behind"
        except (ValueError, AssertionError):
            yield f"{path.name} is not whole"


def modes(results: Path) -> set[tuple[bool, int]]:
    """Whether folder, and mode, of everything in a results folder and of itself."""
    return {
        (path.is_dir(), stat.S_IMODE(path.lstat().st_mode))
        for path in (results, *results.rglob("*"))
    }
