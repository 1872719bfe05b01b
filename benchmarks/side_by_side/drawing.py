"""Drawing: what a stream costs while it is shown, and how soon a key is painted meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from benchmarks.key_latency import (
    STREAMS,
    TOKENS_PER_SECOND,
    measure,
    percentile,
    session_workspace,
    start_session,
)
from benchmarks.scripted import scripted_ollama
from benchmarks.side_by_side.bench import Bench
from benchmarks.side_by_side.figures import Row, Spent, Way, in_turn, ratio, spread
from benchmarks.side_by_side.peers import OTERM, installed
from benchmarks.terminal import Terminal, program

_TOKENS = 50
"""A second."""
_WORDS = 5_000
_SETTLED = 3.0
"""Seconds of the stream before it is measured: the first rows are drawn in a window that grows."""


def stream_cost(bench: Bench) -> Iterator[Row]:
    """Processor time while one answer of 50 tokens a second is drawn, against oterm."""
    seconds = 8.0 if bench.quick else 20.0
    with scripted_ollama("--delay", str(1 / _TOKENS), "--words", str(_WORDS)) as url:
        ways = {"ours": _ours(bench, url, seconds)}
        for peer in installed(bench.peers, (OTERM,)):
            ways[peer.name] = _oterm(bench, url, seconds)
        found = in_turn(ways, bench.rounds(5))
    costs = {
        name: spread([each.seconds / seconds * 1000 for each in spent], "ms")
        for name, spent in found.items()
    }
    yield Row(
        f"processor time a second, {_TOKENS} tokens a second drawn, against oterm",
        costs["ours"],
        costs.get("oterm", "not installed"),
        ratio(found["ours"], found["oterm"]) if "oterm" in found else "",
        "1.00",
    )


def _ours(bench: Bench, url: str, seconds: float) -> Way:
    workspace = session_workspace(bench.folder / "stream", url, 1)

    def way() -> Spent:
        terminal = Terminal(program("--workspace", workspace))
        try:
            terminal.wait_for(lambda text: "☐" in text and "Concise" in text)
            start_session(terminal)
            return _spent(terminal, seconds)
        finally:
            terminal.close()

    return way


def _oterm(bench: Bench, url: str, seconds: float) -> Way:
    home = bench.folder / "oterm-stream"

    def way() -> Spent:
        variables = OTERM.prepare(bench.peers, home, url)
        terminal = Terminal(OTERM.command(bench.peers), variables=variables)
        try:
            terminal.wait_for(OTERM.has_drawn)
            terminal.read_for(_SETTLED)
            terminal.send("Say something.\r")
            terminal.wait_for(lambda text: "steady" in text)
            return _spent(terminal, seconds)
        finally:
            terminal.close()
            shutil.rmtree(home)  # a second round would begin with the answer of the first

    return way


def _spent(terminal: Terminal, seconds: float) -> Spent:
    """Processor time in so many seconds of a stream that has begun."""
    terminal.read_for(_SETTLED)
    before = terminal.cpu_seconds
    terminal.read_for(seconds)
    return Spent(terminal.cpu_seconds - before)


def key_to_paint(bench: Bench) -> Iterator[Row]:
    """From a key to its paint with four streams of 100 tokens a second, against none."""
    found = measure(40 if bench.quick else 200)
    busy, idle = percentile(found.streaming, 99), percentile(found.idle, 99)
    yield Row(
        f"key to paint, 99th percentile, {STREAMS} streams of {TOKENS_PER_SECOND} tokens a second",
        f"{busy:.0f} ms (median {percentile(found.streaming, 50):.0f} ms)",
        f"idle {idle:.0f} ms (median {percentile(found.idle, 50):.0f} ms)",
        f"{busy / idle:.2f}",
        "33 ms",
    )
