"""Compare optimizers at equal calls, paired by seed, in simulated worlds or on real data.

    python -m benchmarks.optimizers --seeds 10 --out DIR
    python -m benchmarks.optimizers --data DIR --model FILE.gguf --tasks urgency skills --out DIR

Every arm gets the same examples and at most `--calls` model calls for its search. A measurement
that was interrupted is resumed by the same command: what OUT has is not measured again.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.optimizers.ours import OWN, Own, original, run_own
from benchmarks.optimizers.outcomes import Outcome, OutcomeFile
from benchmarks.optimizers.peers import PEERS, Peer, install, peers_folder, run_peer
from benchmarks.optimizers.plot import plot
from benchmarks.optimizers.report import report
from benchmarks.optimizers.summary import ORIGINAL, summarize
from benchmarks.optimizers.tasks import Task, real_case, simulated_task
from benchmarks.optimizers.worlds import NAMES, worlds
from benchmarks.real_gain import TASKS

Arm = Own | Peer

ARMS: dict[str, Arm] = {own.name: own for own in OWN} | {peer.name: peer for peer in PEERS}


def main() -> None:
    """Read the arguments, measure what is missing, and write the report and the plot."""
    given = _arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    conditions = _conditions(given)
    _same_conditions(given.out / "conditions.txt", conditions)
    arms = [ARMS[name] for name in given.arms]
    if given.data is not None and given.interviewer is None:
        # The playbook is then the interviewer of every arm of ours: these would be measured twice.
        arms = [arm for arm in arms if isinstance(arm, Peer) or not arm.playbook]
    python = install(given.peers) if any(isinstance(arm, Peer) for arm in arms) else None
    kept = OutcomeFile(given.out / "outcomes.jsonl")
    asyncio.run(_measure(given, arms, python, kept))
    outcomes = kept.read()
    names = [arm.name for arm in arms]
    reference = next((name for name in ("ours", "former loop", ORIGINAL) if name in names), "")
    text = report(outcomes, reference or ORIGINAL, conditions)
    (given.out / "report.md").write_text(text, "utf-8")
    rows = summarize(outcomes, reference or ORIGINAL)
    (given.out / "held_out.svg").write_text(plot(rows, reference or ORIGINAL), "utf-8")
    print(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.optimizers", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--out", type=Path, required=True, help="the folder of outcomes, report and plot")
    add("--arms", nargs="+", choices=ARMS, default=list(ARMS), metavar="ARM",
        help=f"of: {', '.join(ARMS)}")  # fmt: skip
    add("--seeds", type=int, default=5, help="how many; each is a world or a draw of examples")
    add("--first-seed", type=int, default=0)
    add("--calls", type=int, default=250, help="model calls of a search at most")
    add("--train", type=int, default=24, help="examples to tune on")
    add("--held-out", type=int, default=60, help="examples of the verdict")
    add("--limit", type=float, default=3600, help="seconds that a peer may take for an attempt")
    add("--peers", type=Path, default=peers_folder(), help="where the peers are installed")
    add("--worlds", nargs="+", choices=NAMES, default=list(NAMES), metavar="WORLD",
        help=f"of: {', '.join(NAMES)}")  # fmt: skip
    add("--data", type=Path, help="a folder of jsonl files: real tasks instead of worlds")
    add("--tasks", nargs="+", choices=TASKS, default=["urgency", "skills", "facility_json"])
    add("--model", type=Path, help="the candidate of real tasks, a GGUF file")
    add("--interviewer", type=Path, help="the interviewer of real tasks, a GGUF file")
    return parser.parse_args()


def _conditions(given: argparse.Namespace) -> str:
    """What the numbers depend on besides seeds and arms, in a sentence."""
    if given.data is None:
        place = "Simulated worlds"
    else:
        model = given.model.name if given.model else "the embedded model"
        interviewer = given.interviewer.name if given.interviewer else "none"
        place = f"Real examples; candidate {model}, interviewer {interviewer}"
    return (
        f"{place}. At most {given.calls} calls a search, {given.train} train examples and "
        f"{given.held_out} held out."
    )


def _same_conditions(file: Path, conditions: str) -> None:
    """Refuse to mix measurements: outcomes of other conditions do not compare."""
    if file.is_file() and file.read_text("utf-8") != conditions:
        raise SystemExit(f"{file.parent} holds a measurement of another kind: choose another --out")
    file.write_text(conditions, "utf-8")


async def _measure(
    given: argparse.Namespace, arms: Sequence[Arm], python: Path | None, kept: OutcomeFile
) -> None:
    done = {outcome.key for outcome in kept.read()}
    async with _tasks(given) as tasks:
        for task in tasks:
            key = (task.name, task.seed, ORIGINAL)
            if key not in done:
                kept.add(await original(task))
            for arm in arms:
                if (task.name, task.seed, arm.name) not in done:
                    outcome = await _outcome(given, arm, task, python)
                    kept.add(outcome)
                    print(_line(outcome), file=sys.stderr, flush=True)


async def _outcome(given: argparse.Namespace, arm: Arm, task: Task, python: Path | None) -> Outcome:
    if isinstance(arm, Own):
        return await run_own(arm, task, given.calls)
    assert python is not None
    return await run_peer(arm, task, given.calls, python, given.limit)


def _line(outcome: Outcome) -> str:
    failed = f" FAILED: {outcome.error[-120:]}" if outcome.error else ""
    return (
        f"{outcome.task} {outcome.seed}: {outcome.arm} held out {outcome.held_out:.2f}, train "
        f"{outcome.train:.2f}, {outcome.calls} calls, {outcome.seconds:.1f} s{failed}"
    )


@asynccontextmanager
async def _tasks(given: argparse.Namespace) -> AsyncIterator[list[Task]]:
    """Every task, seed after seed, so that an interrupted measurement is still balanced."""
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    if given.data is None:
        yield [
            simulated_task(worlds(seed)[name], given.train, given.held_out)
            for seed in seeds
            for name in given.worlds
        ]
        return
    from llmopt_tui.llm.embedded import EmbeddedEngine

    async with EmbeddedEngine(given.model) as client:
        [model] = await client.models()
        tasks = [
            Task(name, seed, real_case(given.data, name, seed, given.train, given.held_out),
                 client, model)
            for seed in seeds
            for name in given.tasks
        ]  # fmt: skip
        if given.interviewer is None:
            yield tasks
            return
        async with EmbeddedEngine(given.interviewer) as other:
            [interviewer] = await other.models()
            yield [
                replace(task, interviewer=other, interviewer_model=interviewer.name)
                for task in tasks
            ]


if __name__ == "__main__":
    main()
