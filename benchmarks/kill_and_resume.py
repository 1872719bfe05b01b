"""Kill a run at random instants, resume it, and see that nothing was lost, repeated or changed.

    python benchmarks/kill_and_resume.py [--kills 200] [--seed 1] [--workers 2]

Each trial runs `llmopt-tui run` (two models, two cases) against a scripted Ollama of its own, kills
it with SIGKILL at a random instant, and lets `llmopt-tui resume` finish; a third of the resumed
runs are killed once more. A trial holds when

- no line that stood whole in a journal at the kill is missing or changed afterwards,
- the resumed run makes exactly the calls that no journal held (those in flight are made again),
- scores, prompts, answers, decisions and stop reasons equal those of a run never disturbed.

Exits 1 where a trial does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from llmopt_tui.app.workspace import init_workspace  # noqa: E402
from llmopt_tui.core.events import (  # noqa: E402
    InterviewAnswered,
    PartRunFinished,
    RunFinished,
    TrialRunFinished,
)
from llmopt_tui.store.journal import read_journal  # noqa: E402
from tests.fakes.ollama import FakeOllama, default_models  # noqa: E402

REQUEST = (
    "--model", "gemma3n", "qwen3", "--case", "concise_description", "skills_extraction",
    "--max-iterations", "3", "--explain",
)  # fmt: skip
CALLS = InterviewAnswered | RunFinished | TrialRunFinished | PartRunFinished
AGAIN = 1 / 3
DONE = "done"


@dataclass
class Trial:
    """One run in a workspace of its own, on a server of its own."""

    folder: Path
    server: FakeOllama
    expected: int = 0
    kills: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def results(self) -> Path:
        """Where everything is kept."""
        return self.folder / "results"

    @property
    def calls(self) -> int:
        """Chats that the server was asked for."""
        return sum(
            r.path == "/api/chat" and bool(r.json.get("messages")) for r in self.server.requests
        )

    def suite(self) -> str | None:
        """The suite's id, once there is one."""
        for file in self.results.glob("optimization_suite_*.json"):
            return file.stem.rsplit("_", 1)[1]
        return None

    def journals(self) -> dict[str, bytes]:
        """What stands whole in every journal."""
        return {
            str(path): data[: data.rfind(b"\n") + 1]
            for path in self.results.glob("session_*/events.jsonl")
            if (data := path.read_bytes())
        }

    def finished_calls(self) -> int:
        """The calls that are facts."""
        return sum(
            isinstance(event, CALLS)
            for path in self.results.glob("session_*/events.jsonl")
            for event in read_journal(path).events
        )

    def outcome(self) -> dict[str, Any]:
        """What every session came to, but for ids and times."""
        return {
            f"{data['model']['name']} x {data['case']['id']}": [
                data["status"],
                data["stop_reason"],
                data["best_prompt"],
                [
                    [i["score"], i["validation_score"], i["prompt_sha256"], i["accepted"]]
                    for i in data["iterations"]
                ],
                [
                    [run["example_id"], run["output"], run["score"]]
                    for n in range(1, len(data["iterations"]) + 1)
                    for run in _json(path.parent / f"test_iteration_{n}.json")["runs"]
                ],
                [
                    [
                        document["interview_response"],
                        document["decision"]["action"],
                        [[p["kind"], p["scores"], p["reason"]] for p in document["proposals"]],
                    ]
                    for talk in sorted(path.parent.glob("interview_*.json"))
                    for document in [_json(talk)]
                ],
                data["parts"],
            ]
            for path in sorted(self.results.glob("session_*/session_data.json"))
            for data in [_json(path)]
        }

    async def call(self, *arguments: str, kill_after: float | None = None) -> str:
        """Run the program; "killed", or "done" where it came to its end before."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("LLMOPT_", "OLLAMA_"))
        } | {
            "LLMOPT_CONFIG_DIR": str(self.folder / "config"),
            "LLMOPT_CACHE": "false",  # calls that reach the server are what is counted
            "PYTHONPATH": str(ROOT),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "llmopt_tui", *arguments,
            "--workspace", str(self.folder), "--host", self.server.url,
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        reading = asyncio.create_task(process.communicate())
        try:
            _, errors = await asyncio.wait_for(asyncio.shield(reading), kill_after)
        except TimeoutError:
            process.send_signal(signal.SIGKILL)
            await reading
            self.kills += 1
            return "killed"
        if process.returncode:
            said = errors.decode(errors="replace").strip().splitlines()[-1:]
            self.problems.append(f"{arguments[0]} ended with {process.returncode}: {said}")
        return DONE

    async def go_on(self, kill_after: float | None = None) -> None:
        """Resume, or run anew where nothing had begun, and compare what is called with what is
        not there yet."""
        before, missing = self.journals(), self.expected - self.finished_calls()
        calls, suite = self.calls, self.suite()
        request = ("resume", suite) if suite else ("run", *REQUEST)
        ended = await self.call(*request, kill_after=kill_after)
        after = self.journals()
        for path, data in before.items():
            if not after.get(path, b"").startswith(data):
                self.problems.append(f"{path} lost lines")
        if ended == DONE and self.calls - calls != missing:
            self.problems.append(f"{self.calls - calls} calls were made, {missing} were missing")


async def undisturbed(folder: Path) -> tuple[Trial, float]:
    """A run from beginning to end, and the seconds that it took."""
    trial = await _trial(folder)
    began = time.monotonic()
    await trial.call("run", *REQUEST)
    seconds = time.monotonic() - began
    await trial.server.stop()
    return trial, seconds


async def disturbed(folder: Path, whole: Trial, seconds: float, rng: random.Random) -> Trial:
    """A run that is killed at a random instant and resumed."""
    trial = await _trial(folder)
    trial.expected = whole.finished_calls()
    instant, again, second = rng.uniform(0, seconds), rng.random() < AGAIN, rng.random()
    ended = await trial.call("run", *REQUEST, kill_after=instant)
    if ended == "killed":
        if again:
            await trial.go_on(kill_after=second * seconds)
        await trial.go_on()
    if trial.finished_calls() != trial.expected:
        trial.problems.append(f"{trial.finished_calls()} finished calls, not {trial.expected}")
    if trial.outcome() != whole.outcome():
        trial.problems.append("the results differ")
    await trial.server.stop()
    return trial


async def measure(kills: int, seed: int, workers: int) -> int:
    """Trials until there were so many kills. Returns the exit code."""
    rng = random.Random(seed)
    trials: list[Trial] = []
    with TemporaryDirectory() as base:
        whole, seconds = await undisturbed(Path(base, "whole"))
        if whole.problems:
            print("the undisturbed run failed:", *whole.problems, sep="\n  ")
            return 1
        print(f"undisturbed: {whole.finished_calls()} calls in {seconds:.1f} s", flush=True)
        began = time.monotonic()
        while sum(t.kills for t in trials) < kills:
            some = [Path(base, f"{len(trials) + n}") for n in range(workers)]
            trials += await asyncio.gather(
                *(disturbed(folder, whole, seconds, rng) for folder in some)
            )
            done = sum(t.kills for t in trials)
            bad = sum(bool(t.problems) for t in trials)
            print(f"\r{done} kills, {len(trials)} trials, {bad} do not hold", end="", flush=True)
    print(f"   {time.monotonic() - began:.0f} s")
    for number, trial in enumerate(trials):
        for problem in trial.problems:
            print(f"trial {number}: {problem}")
    return 1 if any(t.problems for t in trials) else 0


async def _trial(folder: Path) -> Trial:
    init_workspace(folder)
    server = FakeOllama(default_models())
    await server.start(0)
    return Trial(folder, server)


def _json(path: Path) -> Any:
    return json.loads(path.read_text())


def main() -> int:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    return asyncio.run(measure(arguments.kills, arguments.seed, arguments.workers))


if __name__ == "__main__":
    raise SystemExit(main())
