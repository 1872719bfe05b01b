"""Thousands of past sessions: indexed, listed, filtered, searched and opened, and what it costs.

Makes a results folder in a temporary place, indexes it, alone and through the Sessions screen,
opens the screen again, and measures as a person would feel it: from the key to the last thing
painted. Exits with 1 where a promise is broken.

The yardstick of indexing is to read every file that the index reads and to parse it with
`json.loads`: each session's session_data.json, and its events.jsonl line by line. It is measured
before and after the indexing, which is compared with the mean of both, in seconds and in seconds of
CPU: other work on the machine makes the first ones longer, not the second ones.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from textual import events  # noqa: E402
from textual.strip import Strip  # noqa: E402
from textual.widgets import Input  # noqa: E402

from benchmarks.many_sessions import make_sessions  # noqa: E402
from benchmarks.yardstick import parsed_with_json, searchable  # noqa: E402
from llmopt_tui.store.index import INDEX_FILE  # noqa: E402
from llmopt_tui.tui.collector import collect_seldom  # noqa: E402
from llmopt_tui.tui.panes.iteration_card import IterationCard  # noqa: E402
from llmopt_tui.tui.screens.recorded import RecordedScreen  # noqa: E402
from llmopt_tui.tui.screens.sessions import SessionsScreen  # noqa: E402
from llmopt_tui.tui.widgets.row_table import RowTable  # noqa: E402
from tests.tui_sessions.host import Host  # noqa: E402

QUIET = 0.06
"""Seconds without a paint after which what a key set off has been painted. The preview, which
reads a session from disk, begins after 0.08.
"""
TYPED = ("qwen3 concise", "plateau", "2024-05", "gemma failed", "skills", "zzz")
SEARCHED = ("electrician", "elec", "the posting sk", '"C++', "全角", "e", "summary plateau zebra")
KEY_PAUSE = 0.15
"""Seconds between two keys: a quick typist's."""
OPENED = 30
PROMISES = {
    "first rows, indexed": (500.0, "ms"),
    "filter key, p95": (50.0, "ms"),
    "session open, iterations seen, p95": (200.0, "ms"),
    "peak memory": (200.0, "MB"),
    "peak memory, first indexing": (200.0, "MB"),
    "searchable / yardstick, CPU": (2.0, "times"),
}


class Painted(Host):
    """Knows when it painted last."""

    painted_at = 0.0
    opened_at = 0.0
    """When the iterations of an opened session were painted; 0 where they have not been."""
    drawn: ClassVar[list[object]] = []
    """The rows that the table drew last."""
    filtered: ClassVar[dict[str, float]] = {}
    """When the rows that a filter leaves were painted for the first time."""

    def _display(self, screen: Any, renderable: Any) -> None:
        """Paint, and note it."""
        super()._display(screen, renderable)
        self.painted_at = time.perf_counter()
        if isinstance(screen, SessionsScreen) and self._rows_drawn(screen):
            self.filtered.setdefault(screen.listing.query_text, self.painted_at)
        if isinstance(screen, RecordedScreen) and not self.opened_at and _iterations_in(screen):
            self.opened_at = self.painted_at

    def _rows_drawn(self, screen: SessionsScreen) -> bool:
        table = screen.listing.table
        return not table.display or self.drawn[-1:] == [id(table.rows)]

    async def settled(self, since: float, condition: Callable[[], object]) -> float:
        """Milliseconds from then to the last paint, once a condition holds and nothing moves."""
        deadline = since + 30
        while time.perf_counter() < deadline:
            await asyncio.sleep(0.002)
            now = time.perf_counter()
            if condition() and since < self.painted_at < now - QUIET:
                return (self.painted_at - since) * 1000
        raise TimeoutError


def _iterations_in(screen: RecordedScreen) -> bool:
    """Whether every iteration's line, with its score, stands on the screen."""
    if not screen.query(IterationCard):
        return False
    text = "\n".join(strip.text for strip in screen._compositor.render_strips())
    return all(f" {origin} " in text for origin in ("original", "accepted"))


def _watched(table: RowTable[Any], y: int, draw: Any = RowTable.render_line) -> Strip:
    Painted.drawn[:] = [id(table.rows)]
    strip: Strip = draw(table, y)
    return strip


RowTable.render_line = _watched  # type: ignore[assignment,method-assign]


async def first_indexing(results: Path) -> dict[str, float]:
    """Open the screen on sessions that were never indexed, and wait until all are."""
    measured = {}
    app = Painted(lambda: SessionsScreen(results))
    began = time.perf_counter()
    async with app.run_test(size=(120, 40)):
        screen = app.screen
        assert isinstance(screen, SessionsScreen)
        await app.settled(began, lambda: screen.listing.table.row_count)
        measured["first rows, never indexed"] = (time.perf_counter() - began - QUIET) * 1000
        await when(lambda: screen.listing._looked, 600)
        measured["all listed, s"] = time.perf_counter() - began
        keys = await filter_keys(app, screen, TYPED[:2])
        measured["filter key while indexing, p95"] = p95(keys)
        await when(lambda: quiet(screen), 3600)
        measured["all searchable, s"] = time.perf_counter() - began
    return measured | {"peak memory, first indexing": peak()}


async def indexed(results: Path) -> dict[str, float]:
    """Open the screen, type, search, open sessions."""
    measured = {}
    app = Painted(lambda: SessionsScreen(results))
    async with app.run_test(size=(120, 40)):
        screen = app.screen
        assert isinstance(screen, SessionsScreen)
        await when(lambda: quiet(screen))
        again = SessionsScreen(results)
        began = time.perf_counter()
        await app.push_screen(again)
        await when(lambda: app.painted_at > began and drawn(app))
        measured["first rows, indexed"] = (app.painted_at - began) * 1000
        await when(lambda: quiet(again))
        measured["verified, s"] = time.perf_counter() - began
        keys = await filter_keys(app, again, TYPED)
        measured["filter key, median"] = statistics.median(keys)
        measured["filter key, p95"] = p95(keys)
        assert again.listing._index
        for query in SEARCHED:
            start = time.perf_counter()
            found = await asyncio.to_thread(again.listing._index.search, query)
            took = (time.perf_counter() - start) * 1000
            measured[f"search {query!r}: {len(found):,} found, ms"] = took
        for name, opening in (await openings(app, again)).items():
            measured[f"session open, {name}, median"] = statistics.median(opening)
            measured[f"session open, {name}, p95"] = p95(opening)
    return measured | {"peak memory": peak()}


async def when(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait for a condition. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


def quiet(screen: SessionsScreen) -> bool:
    """Whether nothing is being read any more."""
    return bool(screen.listing._keeping_up and screen.listing._keeping_up.is_finished)


def drawn(app: Host) -> bool:
    """Whether a session stands on the screen."""
    strips = app.screen._compositor.render_strips()
    return any("→" in strip.text and "20" in strip.text for strip in strips)


async def filter_keys(app: Painted, screen: SessionsScreen, words: tuple[str, ...]) -> list[float]:
    """Type words into the filter and take them out again: milliseconds from key to paint."""
    field = screen.query_one(Input)
    field.cursor_blink = False
    field.focus()
    await asyncio.sleep(0.3)
    took = []
    for word in words:
        for key in [*word, *["backspace"] * len(word)]:
            wanted = field.value[:-1] if key == "backspace" else field.value + key
            app.filtered.clear()
            began = time.perf_counter()
            app.post_message(events.Key(key, None if key == "backspace" else key))
            await when(lambda w=wanted: w in app.filtered)
            took.append((app.filtered[wanted] - began) * 1000)
            await asyncio.sleep(KEY_PAUSE)
    screen.listing.table.focus()
    return took


async def openings(app: Painted, screen: SessionsScreen) -> dict[str, list[float]]:
    """Open sessions one after another: milliseconds from the key until their iterations are seen,
    and until the last one's examples and the interview stand beside them.
    """
    took: dict[str, list[float]] = {"iterations seen": [], "all drawn": []}
    for n in range(OPENED + 1):
        app.simulate_key("pagedown")
        await asyncio.sleep(0.4)
        app.opened_at = 0.0
        began = time.perf_counter()
        app.simulate_key("enter")
        drawn = await app.settled(began, lambda: app.opened_at)
        if n:  # the first one imports what it needs
            took["iterations seen"].append((app.opened_at - began) * 1000)
            took["all drawn"].append(drawn)
        app.simulate_key("escape")
        await when(lambda: app.screen is screen)
    return took


def p95(values: list[float]) -> float:
    """The 95th percentile, as one of the values."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def peak() -> float:
    """The most memory that this process had, in MB."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / 1e6 if sys.platform == "darwin" else used / 1024


def in_a_process(what: str, results: Path) -> dict[str, float]:
    """Measure in a new process: its memory is its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--measure", what, "--results", str(results)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def indexing_alone(results: Path) -> dict[str, float]:
    """Make sessions that were never indexed searchable, and measure the yardstick around it."""
    before = in_a_process("yardstick", results)
    alone = in_a_process("searchable", results)
    after = in_a_process("yardstick", results)
    (results / INDEX_FILE).unlink()
    measured = {}
    for unit in ("s", "CPU s"):
        yardstick = (before[unit] + after[unit]) / 2
        measured[f"yardstick, {unit}"] = yardstick
        measured[f"listed, {unit}"] = alone[f"listed, {unit}"]
        measured[f"searchable, {unit}"] = alone[f"searchable, {unit}"]
        ratio = f"searchable / yardstick, {unit.removesuffix(' s')}"
        measured[ratio] = alone[f"searchable, {unit}"] / yardstick
    size = alone["index, MB"]
    return measured | {"index, MB": size, "peak memory, indexing alone": alone["peak"]}


MEASURES: dict[str, Callable[[Path], dict[str, float]]] = {
    "yardstick": parsed_with_json,
    "searchable": lambda results: searchable(results) | {"peak": peak()},
    "first_indexing": lambda results: asyncio.run(first_indexing(results)),
    "indexed": lambda results: asyncio.run(indexed(results)),
}
"""What is measured in a process of its own."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--results", type=Path, help="use this folder, and leave it")
    parser.add_argument("--only-indexing", action="store_true", help="without the screen")
    parser.add_argument("--measure", choices=[*MEASURES], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        collect_seldom()  # as the program does
        print(json.dumps(MEASURES[args.measure](args.results)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        results = args.results or Path(folder) / "results"
        if not results.exists():
            began = time.perf_counter()
            make_sessions(results, args.sessions, _told(args.sessions))
            print(f"made in {time.perf_counter() - began:.0f} s")
        (results / INDEX_FILE).unlink(missing_ok=True)
        journals = sum(path.stat().st_size for path in results.glob("session_*/events.jsonl"))
        measured = indexing_alone(results)
        if not args.only_indexing:
            measured |= in_a_process("first_indexing", results) | in_a_process("indexed", results)
    print(f"load {os.getloadavg()[0]:.1f}; {journals / 1e6:,.0f} MB of journals")
    broken = 0
    for name, value in measured.items():
        bound, unit = PROMISES.get(name, (None, ""))
        verdict = "" if bound is None else f"promised {bound:.0f} {unit}"
        if bound is not None and value > bound:
            verdict, broken = verdict + "  BROKEN", broken + 1
        print(f"{name:48s} {value:9.1f}  {verdict}")
    return 1 if broken else 0


def _told(count: int) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if done % 500 == 0 and sys.stderr.isatty():
            print(f"\rmaking {done:,} of {count:,}", end="", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    sys.exit(main())
