"""Sizes: what an installation takes on disk, without the engine and with it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

from benchmarks.environments import interpreter
from benchmarks.side_by_side.bench import Bench
from benchmarks.side_by_side.figures import Row
from benchmarks.side_by_side.peers import installed
from llmopt_tui.llm.model_file import STARTER

_MEGABYTE = 1_000_000
_ALL_OF_AN_ENVIRONMENT = """
from importlib.metadata import distributions
own = [d for d in distributions() if d.name not in ("pip", "setuptools", "wheel")]
files = {f.locate() for d in own for f in d.files or () if f.suffix != ".pyc"}
print(sum(f.stat().st_size for f in files if f.is_file()))
"""


def installed_sizes(bench: Bench) -> Iterator[Row]:
    """The files of the program and of all that it needs, without compiled modules."""
    theirs = ", ".join(f"{peer.name} {_size(_of(peer.folder(bench.peers)))}"
                       for peer in installed(bench.peers))  # fmt: skip
    bare, whole = _needed(frozenset()), _needed(frozenset({"embedded"}))
    yield Row("installed, without the engine", _size(bare), theirs)
    model = _size(STARTER.file_bytes)
    yield Row(
        f"installed, with the engine, and its model of {model}", _size(whole + STARTER.file_bytes)
    )


def _of(folder: Path) -> int:
    command = [str(interpreter(folder)), "-c", _ALL_OF_AN_ENVIRONMENT]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _needed(extras: frozenset[str]) -> int:
    """Bytes of this program and of what it requires, directly or not."""
    waiting, seen, total = [("llmopt-tui", extras)], set(), 0
    while waiting:
        name, wanted = waiting.pop()
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # it is needed on other systems only
        if (found.name, wanted) in seen:
            continue
        if found.name not in {each for each, _ in seen}:
            total += _bytes(found)
        seen.add((found.name, wanted))
        for line in found.requires or ():
            required = Requirement(line)
            holds = required.marker is None or any(
                required.marker.evaluate({"extra": extra}) for extra in wanted or {""}
            )
            if holds:
                waiting.append((required.name, frozenset(required.extras)))
    return total


def _bytes(found: Distribution) -> int:
    files = {Path(str(f.locate())) for f in found.files or () if f.suffix != ".pyc"}
    if found.name == "llmopt-tui":  # installed from here, it lists none of its modules
        own = Path(__file__).parents[2]
        for folder in ("llmopt_tui", "prompts", "cases"):
            files |= {f for f in (own / folder).rglob("*") if f.suffix != ".pyc"}
    return sum(file.stat().st_size for file in files if file.is_file())


def _size(count: int) -> str:
    return f"{count / _MEGABYTE:.0f} MB"
