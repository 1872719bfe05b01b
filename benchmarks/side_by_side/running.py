"""Running: a session and a suite against a bare loop that makes the same calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.prefix_cache import server as llama_server
from benchmarks.scripted import ROOT, scripted_ollama
from benchmarks.side_by_side.bare import Call, NotedEndpoints, Wave, replay, waves
from benchmarks.side_by_side.bench import Bench
from benchmarks.side_by_side.figures import Row, Spent, in_turn, ratio, shown
from benchmarks.suite_order import Nobody
from llmopt_tui.app.suite_run import SuiteRun
from llmopt_tui.app.workspace import Workspace
from llmopt_tui.config.settings import Endpoint, Settings
from llmopt_tui.core.case import Case
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.llm.model_file import cache_folder, starter_model_file

_ITERATIONS = 3
_EXAMPLES, _ENGINE_EXAMPLES = 24, 8
"""Examples of each split, on a script and on the engine, which is slower."""


def scripted(bench: Bench) -> Iterator[Row]:
    """A session and a suite on a scripted server with four and with sixteen slots."""
    examples = 8 if bench.quick else _EXAMPLES
    cases = [_short(case, examples) for case in Workspace(ROOT).load_cases().cases]
    for slots in (4, 16):
        goal = "1.05" if slots == 16 else ""
        with scripted_ollama("--slots", str(slots)) as url:
            endpoint = Endpoint("scripted", url, parallel=slots)
            session = [("gemma3n:latest", cases[0])]
            suite = [
                (model, case) for model in ("gemma3n:latest", "qwen3:latest") for case in cases
            ]
            for what, pairs in (("session", session), ("suite of 2 x 2", suite)):
                name = f"{what} on a scripted server with {slots} slots, against a bare loop"
                yield _against_bare(bench, name, endpoint, pairs, "llama3.2:latest", goal)


def on_engine(bench: Bench) -> Iterator[Row]:
    """A session on llama.cpp's server with four slots, which answers from the embedded model."""
    file = asyncio.run(starter_model_file(cache_folder(), None))
    running = llama_server(file, 4)
    url: str = running.listening_address  # type: ignore[attr-defined]
    case = next(c for c in Workspace(ROOT).load_cases().cases if c.id == "concise_description")
    examples = 2 if bench.quick else _ENGINE_EXAMPLES
    endpoint = Endpoint("llamacpp", url, kind="openai", parallel=4)
    pairs = [("model", _short(case, examples))]
    name = "session on llama.cpp's server with 4 slots, against a bare loop"
    yield _against_bare(bench, name, endpoint, pairs, "playbook", "")


def _short(case: Case, examples: int) -> Case:
    """The case with so many examples of each split."""
    kept = (*case.split("train")[:examples], *case.split("validation")[:examples])
    return replace(case, examples=kept)


def _against_bare(
    bench: Bench,
    name: str,
    endpoint: Endpoint,
    pairs: list[tuple[str, Case]],
    interviewer: str,
    goal: str,
) -> Row:
    made: list[Wave] = []

    def run() -> Spent:
        seconds, calls = asyncio.run(_run(endpoint, pairs, interviewer))
        made[:] = waves(calls)
        return Spent(seconds)

    def bare() -> Spent:
        return Spent(asyncio.run(replay(endpoint.url, endpoint.kind, made)))

    found = in_turn({"ours": run, "bare": bare}, bench.rounds(5))
    calls, at_once = sum(len(w.requests) for w in made), max(w.at_once for w in made)
    return Row(
        f"{name} ({calls} calls, {at_once} at once)",
        shown(found["ours"]),
        shown(found["bare"]),
        ratio(found["ours"], found["bare"]),
        goal,
    )


async def _run(
    endpoint: Endpoint, pairs: list[tuple[str, Case]], interviewer: str
) -> tuple[float, list[Call]]:
    """A suite of these pairs, kept on disk as any: the seconds it takes, and its calls."""
    settings = Settings(
        endpoints=(endpoint,), mode="auto", max_iterations=_ITERATIONS, interviewer=interviewer
    )
    with TemporaryDirectory() as folder:
        endpoints = NotedEndpoints(settings)
        endpoints.calls = []
        began = time.perf_counter()
        suite = SuiteRun.new(
            endpoints, Path(folder), pairs, control=RunControl("auto"), follower=Nobody()
        )
        await suite.run()
        seconds = time.perf_counter() - began
        await endpoints.aclose()
    return seconds, endpoints.calls
