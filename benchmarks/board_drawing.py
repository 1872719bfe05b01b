"""How long the Leaderboard of a large suite takes to draw, in processor time.

    python benchmarks/board_drawing.py [--models 50] [--cases 20] [--size 200x60]

What is measured is what happens twice a second while a suite runs: the document turned into a
board, the panes told of it, and the visible part drawn. The last must fit in one frame, 33 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from llmopt_tui.state.documents.suite import SuiteDocument  # noqa: E402
from llmopt_tui.state.suite_reading import leaderboard  # noqa: E402
from llmopt_tui.tui.collector import collect_seldom  # noqa: E402
from llmopt_tui.tui.panes.board import Board  # noqa: E402
from llmopt_tui.tui.screens.leaderboard import LeaderboardScreen  # noqa: E402
from tests import suites  # noqa: E402
from tests.tui_sessions.host import Host, until  # noqa: E402

FRAME = 33.0
"""Milliseconds that a frame may take."""
_TIMES = 9


T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What something returns, and the milliseconds of processor time that it took."""
    began = time.thread_time()
    result = work()
    return result, (time.thread_time() - began) * 1000


async def measure(models: int, cases: int, size: tuple[int, int]) -> dict[str, float]:
    """Medians in milliseconds, by what was done."""
    document = suites.suite(
        [f"model{n:02}:latest" for n in range(models)], [f"desk_{n:02}" for n in range(cases)]
    )
    found: dict[str, list[float]] = {"read": [], "made": [], "told": [], "drawn": []}
    with TemporaryDirectory() as folder:
        results = Path(folder)
        suites.write(results, document)
        app = Host(lambda: LeaderboardScreen(results))
        async with app.run_test(size=size) as pilot:

            def board() -> Board:
                return app.screen.query_one(Board)

            await until(pilot, lambda: app.screen.query(Board) and board().suite.cells)
            await pilot.pause()

            def draw() -> None:
                for widget in app.screen.query("*"):
                    widget.refresh()
                app.screen._compositor.render_strips()

            for _ in range(_TIMES):
                typed, read = timed(lambda: SuiteDocument.read(document))
                made, making = timed(partial(leaderboard, typed))
                _, telling = timed(partial(board().show, made, 0.95))
                await pilot.pause()
                _, drawing = timed(draw)
                for name, took in zip(found, (read, making, telling, drawing), strict=True):
                    found[name].append(took)
    return {name: statistics.median(values) for name, values in found.items()}


def main() -> int:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", type=int, default=50)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--size", default="200x60", help="of the terminal, columns x lines")
    arguments = parser.parse_args()
    columns, lines = map(int, arguments.size.split("x"))
    collect_seldom()  # as the program does
    found = asyncio.run(measure(arguments.models, arguments.cases, (columns, lines)))
    print(f"{arguments.models} models x {arguments.cases} cases on {columns} x {lines}:")
    print(f"  document read {found['read']:.0f} ms, board made {found['made']:.0f} ms, ", end="")
    print(f"panes told {found['told']:.0f} ms, visible part drawn {found['drawn']:.1f} ms")
    return 0 if found["drawn"] <= FRAME else 1


if __name__ == "__main__":
    raise SystemExit(main())
