"""Starting: the first frame, the models listed, the help; and what Textual itself takes."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.scripted import ROOT, scripted_ollama
from benchmarks.side_by_side.bench import Bench
from benchmarks.side_by_side.figures import Row, Spent, Way, in_turn, ratio, shown
from benchmarks.side_by_side.peers import Peer, installed
from benchmarks.terminal import ENVIRONMENT, Terminal, program

PANES = ("Models", "Cases", "Live log", "Interviewer")
_LABEL = [sys.executable, str(Path(__file__).parents[1] / "one_label.py")]


def first_frame(bench: Bench) -> Iterator[Row]:
    """From the start of the process to the four panes, against one label and other programs."""
    workspace = bench.workspace("first-frame")
    # A port that nothing listens on: the frame must not wait for a server.
    ours = program("--workspace", str(workspace), "--host", "127.0.0.1:9")
    ways = {"ours": _seen(ours, _all(*PANES)), "one label": _seen(_LABEL, _all("one label"))}
    with scripted_ollama() as url:
        for peer in installed(bench.peers):
            way = _seen_of(peer, bench, url)
            try:
                way()
            except (TimeoutError, EOFError) as error:
                print(f"{peer.name} drew nothing known and is left out: {error}", file=sys.stderr)
            else:
                ways[peer.name] = way
        found = in_turn(ways, bench.rounds(15))
    for name in list(ways)[1:]:
        yield Row(
            f"first frame, against {name}",
            shown(found["ours"]),
            shown(found[name]),
            ratio(found["ours"], found[name]),
            "1.30" if name == "one label" else "",
        )


def models_listed(bench: Bench) -> Iterator[Row]:
    """From the start to the models on the screen, from a server that answers at once."""
    workspace = bench.workspace("models")
    with scripted_ollama() as url:
        ours = program("--workspace", str(workspace), "--host", url)
        ways = {
            "ours": _seen(ours, _all("gemma3n", "qwen3")),
            "one label": _seen(_LABEL, _all("one label")),
        }
        found = in_turn(ways, bench.rounds(15))
    yield Row(
        "models listed, against one label",
        shown(found["ours"]),
        shown(found["one label"]),
        ratio(found["ours"], found["one label"]),
        "2.50",
    )


def help_text(bench: Bench) -> Iterator[Row]:
    """`--help`, against an interpreter that does nothing."""
    ways = {"ours": _run(program("--help")), "pass": _run([sys.executable, "-c", "pass"])}
    found = in_turn(ways, bench.rounds(15))
    yield Row(
        "`--help`, against `python -c pass`",
        shown(found["ours"], "ms"),
        shown(found["pass"], "ms"),
        ratio(found["ours"], found["pass"]),
    )


def textual_itself(bench: Bench) -> Iterator[Row]:
    """What Textual takes of a start: its import, and an app with one label."""
    ways = {
        "label": _seen(_LABEL, _all("one label")),
        "import": _run([sys.executable, "-c", "import textual.app, textual.widgets"]),
        "pass": _run([sys.executable, "-c", "pass"]),
    }
    found = in_turn(ways, bench.rounds(15))
    for name, words in (("import", "importing it"), ("label", "an app with one label")):
        yield Row(
            f"Textual itself: {words}, against `python -c pass`",
            shown(found[name], "ms"),
            shown(found["pass"], "ms"),
            ratio(found[name], found["pass"]),
        )


def _all(*wanted: str) -> Callable[[str], bool]:
    return lambda screen: all(each in screen for each in wanted)


def _seen(
    command: list[str],
    seen: Callable[[str], bool],
    variables: Mapping[str, str] | None = None,
) -> Way:
    """A way: start the command in a terminal, and wait until its screen shows what is wanted."""

    def measure() -> Spent:
        terminal = Terminal(command, variables=variables)
        try:
            return Spent(terminal.wait_for(seen) - terminal.began, terminal.cpu_seconds)
        finally:
            terminal.close()

    return measure


def _seen_of(peer: Peer, bench: Bench, url: str) -> Way:
    variables = peer.prepare(bench.peers, bench.folder / peer.name, url)
    return _seen(peer.command(bench.peers), peer.has_drawn, variables)


def _run(command: list[str]) -> Way:
    """A way: run the command to its end."""

    def measure() -> Spent:
        began, before = time.perf_counter(), _of_children()
        subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=True, capture_output=True)
        return Spent(time.perf_counter() - began, _of_children() - before)

    return measure


def _of_children() -> float:
    """Processor time of the processes that have been run to their end."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
