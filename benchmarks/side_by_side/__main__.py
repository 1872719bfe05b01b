"""Measure the program side by side with what it could cost and with programs of its kind.

    python -m benchmarks.side_by_side [--quick] [--only NAME ...] [--write README.md]

Prints a Markdown table; ratios within one sitting say more than its times. Each way is measured in
turn with the others, after a round that does not count; shown are the median, the middle half in
brackets and the median processor time.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.environments import environments_folder
from benchmarks.side_by_side import drawing, peers, running, sizes, starting
from benchmarks.side_by_side.bench import Bench
from benchmarks.side_by_side.figures import Row, table, write_between

MEASURES: Mapping[str, Callable[[Bench], Iterator[Row]]] = {
    "first-frame": starting.first_frame,
    "models-listed": starting.models_listed,
    "stream": drawing.stream_cost,
    "key": drawing.key_to_paint,
    "scripted": running.scripted,
    "engine": running.on_engine,
    "help": starting.help_text,
    "sizes": sizes.installed_sizes,
    "textual": starting.textual_itself,
}
"""In the order of the table."""


def main() -> int:
    """Read the arguments, measure, print the table and write it where that is asked for."""
    given = _arguments()
    names = [name for name in given.only or MEASURES if name not in (given.skip or ())]
    began = _load()
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder), given.peers, given.quick)
        rows = []
        for name in names:
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            try:
                rows += MEASURES[name](bench)
            except (TimeoutError, EOFError, RuntimeError) as error:
                print(f"{name} could not be measured: {error}", file=sys.stderr, flush=True)
                rows.append(Row(name, "could not be measured"))
    text = table(rows, _conditions(given, began))
    print(text)
    if given.write:
        write_between(given.write, text)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.side_by_side", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--only", nargs="+", choices=MEASURES, metavar="NAME", help=f"of {', '.join(MEASURES)}")
    add(
        "--skip", nargs="+", choices=MEASURES, metavar="NAME", help="what to leave out: engine, ..."
    )
    add("--quick", action="store_true", help="few rounds, to see that it works")
    add("--write", type=Path, help="the file whose table is replaced, as README.md")
    add(
        "--peers",
        type=Path,
        default=environments_folder() / "side-by-side",
        help="where the other programs are installed",
    )
    return parser.parse_args()


def _conditions(given: argparse.Namespace, load_before: str) -> str:
    """When, where and on what the table was measured."""
    versions = [f"{name} {version(name)}" for name in ("llmopt-tui", "textual")]
    try:
        versions.append(f"xllamacpp {version('xllamacpp')}")
    except PackageNotFoundError:
        versions.append("no engine")
    others = [
        peers.version(peer, given.peers)
        for peer in peers.PEERS
        if (peer.folder(given.peers) / "installed").is_file()
    ]
    quick = ", --quick: few rounds" if given.quick else ""
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}{quick} on {_machine()}, Python "
        f"{platform.python_version()}; {', '.join(versions)}; {', '.join(others) or 'no peers'}. "
        f"Load at the beginning and at the end: {load_before}, {_load()}. Times are medians with "
        "the middle half in brackets; ratios are medians over the rounds; CPU is processor time."
    )


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    model = ""
    if (info := Path("/proc/cpuinfo")).is_file():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = f" ({names[0].partition(':')[2].strip()})" if names else ""
    return f"{cores} cores{model}, {platform.system()} {platform.machine()}"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


if __name__ == "__main__":
    raise SystemExit(main())
