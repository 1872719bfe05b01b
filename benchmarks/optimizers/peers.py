"""Other projects' optimizers: installed apart from this project, and run as child processes."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import environments
from benchmarks.optimizers.gateway import Gateway
from benchmarks.optimizers.ours import original
from benchmarks.optimizers.outcomes import Outcome
from benchmarks.optimizers.tasks import Task
from llmopt_tui.core.prompt import PLACEHOLDER
from llmopt_tui.core.scoring import ideal_answer

_HERE = Path(__file__).parent
_SAID = 400
"""How many characters of a failed child's last words are kept."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One optimizer of another project, with its defaults or with one tuned setting."""

    name: str
    optimizer: str
    tuned: bool = False


PEERS = tuple(
    Peer(f"{name}, tuned" if tuned else name, optimizer, tuned)
    for name, optimizer in (
        ("gepa", "gepa"),
        ("DSPy random search", "dspy-bootstrap"),
        ("DSPy MIPROv2", "dspy-mipro"),
        ("DSPy GEPA", "dspy-gepa"),
    )
    for tuned in (False, True)
)


class PeerFailed(RuntimeError):
    """A peer ended without a result; the message is the end of what it said."""


ATTEMPTS = 3
"""How often a peer that fails is started, each time on what is left of its calls."""


def peers_folder() -> Path:
    """Where the peers are installed unless another folder is named."""
    return environments.environments_folder() / "optimizers"


def install(folder: Path) -> Path:
    """The interpreter of an environment that has the peers. Raises CalledProcessError."""
    requirements = (_HERE / "requirements.txt").read_text("utf-8")
    return environments.install(folder, requirements.splitlines())


async def run_peer(peer: Peer, task: Task, calls: int, python: Path, limit: float) -> Outcome:
    """What a peer comes to with at most so many calls, in at most `limit` seconds an attempt.

    Its winner then answers the train examples and the held-out ones, which is not counted. In a
    simulated world one held-out example is enough: what is sent for it tells the true quality. A
    peer that fails for good counts as the original prompt, which people keep then.
    """
    began, error = time.monotonic(), ""
    outcome: Outcome | None = None
    with Gateway(task, calls) as gateway:
        for attempt in range(ATTEMPTS):
            try:
                found = await _attempt(peer, task, gateway, python, limit, attempt)
            except PeerFailed as failed:
                error = str(failed)
                if gateway.budget.used >= calls:
                    break
            else:
                outcome = _outcome(peer, task, gateway, found)
                break
    if outcome is None:
        outcome = replace(await original(task), arm=peer.name, error=error)
    return replace(outcome, calls=gateway.budget.used, seconds=time.monotonic() - began)


async def _attempt(
    peer: Peer, task: Task, gateway: Gateway, python: Path, limit: float, attempt: int
) -> dict[str, Any]:
    """The answers of a peer's winner by example id, and whether it changed anything.

    Raises `PeerFailed`. Nothing of an earlier attempt is left but the calls that it used.
    """
    held_out = task.case.split("validation")
    asked = [*task.case.split("train"), *(held_out[:1] if task.world else held_out)]
    with TemporaryDirectory() as scratch:
        result = Path(scratch) / "result.json"
        job = {
            "optimizer": peer.optimizer,
            "tuned": peer.tuned,
            "seed": task.seed + 1_000 * attempt,
            "calls": gateway.budget.limit,
            "url": gateway.url,
            "scratch": scratch,
            "result": str(result),
            "instructions": PLACEHOLDER.sub("", task.case.prompt.text).strip(),
            "max_tokens": task.case.output.max_tokens + 40,
            "train": [
                {"id": e.id, "text": e.inputs["text"], "answer": _answer(task, e.id)}
                for e in task.case.split("train")
            ],
            "asked": [{"id": e.id, "text": e.inputs["text"]} for e in asked],
        }
        await _child(python, job, scratch, limit)
        found: dict[str, Any] = json.loads(result.read_text("utf-8"))
        return found


def _outcome(peer: Peer, task: Task, gateway: Gateway, found: dict[str, Any]) -> Outcome:
    scores = task.scores(found["answers"])
    train = [scores[example.id] for example in task.case.split("train")]
    held_out = task.true_quality(gateway.probe)
    if held_out is None:
        tested = task.case.split("validation")
        held_out = sum(scores[example.id] for example in tested) / len(tested)
    return Outcome(
        task.name,
        task.seed,
        peer.name,
        held_out,
        sum(train) / len(train),
        changed=bool(found["changed"]),
    )


async def _child(python: Path, job: dict[str, Any], scratch: str, limit: float) -> None:
    """Run one job. Raises `PeerFailed` where it fails or takes too long."""
    process = await asyncio.create_subprocess_exec(
        str(python),
        str(_HERE / "peer_child.py"),
        cwd=scratch,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(json.dumps(job).encode()), limit)
    except TimeoutError as error:
        raise PeerFailed(f"took longer than {limit:.0f} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise PeerFailed(said.decode(errors="replace").strip()[-_SAID:])


def _answer(task: Task, example_id: str) -> str:
    """The right answer to a train example as text, for optimizers that show examples."""
    example = next(e for e in task.case.examples if e.id == example_id)
    answer = ideal_answer(task.case.criteria, example.expected, example.inputs)
    return json.dumps(dict(example.expected)) if answer is None else answer
