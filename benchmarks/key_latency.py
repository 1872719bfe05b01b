"""Time from a key press to its paint while answers stream in.

    python benchmarks/key_latency.py [--streams 4] [--tokens 100]

The key is `m`, its paint the word "auto" or "manual" in the top line. Measured idle first, then
under the streams, in one run of the real program in a pseudo-terminal.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.scripted import scripted_ollama  # noqa: E402
from benchmarks.terminal import Terminal, program  # noqa: E402

STREAMS, TOKENS_PER_SECOND = 4, 100
_WORDS = 2_000
"""Words of an answer: several times as long as the measurement needs."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from key to paint, idle and with answers streaming in.

    `cpu` is the processor time that the program used a second under the streams, in seconds.
    """

    idle: list[float]
    streaming: list[float]
    cpu: float


def measure(
    count: int, *, streams: int = STREAMS, tokens_per_second: float = TOKENS_PER_SECOND
) -> Latency:
    """Press the key so often idle, and as often under the streams."""
    slow = ("--delay", str(1 / tokens_per_second), "--words", str(_WORDS))
    with scripted_ollama(*slow) as url, tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(program("--workspace", session_workspace(Path(folder), url, streams)))
        try:
            terminal.wait_for(lambda text: "☐" in text and "Concise" in text)
            idle = presses(terminal, count)
            start_session(terminal)
            began, before = time.perf_counter(), terminal.cpu_seconds
            streaming = presses(terminal, count)
            cpu = (terminal.cpu_seconds - before) / (time.perf_counter() - began)
        finally:
            terminal.close()
    return Latency(idle, streaming, cpu)


def session_workspace(folder: Path, url: str, streams: int) -> str:
    """Make a workspace whose server gets so many calls at once; returns its path."""
    subprocess.run(program("init", str(folder)), cwd=ROOT, check=True, capture_output=True)
    settings = (
        'interviewer = "playbook"\nmode = "auto"\n'
        f'[[endpoints]]\nname = "scripted"\nurl = "{url}"\nparallel = {streams}\n'
    )
    (folder / "llmopt.toml").write_text(settings, "utf-8")
    return str(folder)


def start_session(terminal: Terminal) -> None:
    """Run the first model on the first case, and wait until an answer is being written."""
    for key in (" ", "\t", " ", "\x12"):
        terminal.send(key)
        time.sleep(0.3)
    terminal.wait_for(lambda text: "testing" in text and "characters" in text)


def presses(terminal: Terminal, count: int, pause: float = 0.15) -> list[float]:
    """Press the key so often; milliseconds until each is painted."""
    times = []
    for _ in range(count):
        top = terminal.screen.display[0]
        wanted = "manual" if "auto" in top else "auto"
        pressed = terminal.send("m")
        painted = terminal.wait_for(lambda _, w=wanted: w in terminal.screen.display[0])
        times.append((painted - pressed) * 1000)
        terminal.read_for(pause)  # a person's rhythm
    return times


def percentile(times: list[float], share: int) -> float:
    """The value that so many percent of the times do not exceed."""
    return statistics.quantiles(times, n=100, method="inclusive")[share - 1]


def show(name: str, times: list[float]) -> None:
    """Median, percentiles and maximum of one series."""
    parts = [f"median {statistics.median(times):5.0f} ms"]
    parts += [f"p{share} {percentile(times, share):5.0f} ms" for share in (95, 99)]
    print(f"{name:10s} {'   '.join(parts)}   max {max(times):5.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--presses", type=int, default=60)
    parser.add_argument("--streams", type=int, default=STREAMS)
    parser.add_argument("--tokens", type=float, default=TOKENS_PER_SECOND, help="a second, each")
    given = parser.parse_args()
    found = measure(given.presses, streams=given.streams, tokens_per_second=given.tokens)
    show("idle", found.idle)
    show("streaming", found.streaming)
    print(f"processor time under the streams: {found.cpu:.2f} s a second")


if __name__ == "__main__":
    main()
