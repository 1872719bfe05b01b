"""Time from a key press to its paint while an answer streams in at 200 tokens a second.

The key is `m`, its paint the word "auto" or "manual" in the top line. Measured idle first, then
under the stream, in one run of the real program in a pseudo-terminal.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.terminal import Terminal, program  # noqa: E402

TOKENS_PER_SECOND = 200


def presses(terminal: Terminal, count: int, pause: float = 0.15) -> list[float]:
    """Press the key so often; milliseconds until each is painted."""
    times = []
    for _ in range(count):
        top = terminal.screen.display[0]
        wanted = "manual" if "auto" in top else "auto"
        pressed = terminal.send("m")
        painted = terminal.wait_for(lambda _, w=wanted: w in terminal.screen.display[0])
        times.append((painted - pressed) * 1000)
        time.sleep(pause)  # a person's rhythm; what streams meanwhile is read with the next key
    return times


def show(name: str, times: list[float]) -> None:
    """Median, 95th percentile and maximum of one series."""
    high = statistics.quantiles(times, n=20)[-1]
    middle = statistics.median(times)
    print(f"{name:10s} median {middle:5.0f} ms   p95 {high:5.0f} ms   max {max(times):5.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presses", type=int, default=60)
    count = parser.parse_args().presses
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.ollama", "--delay", str(1 / TOKENS_PER_SECOND)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    url = json.loads(server.stdout.readline())["url"]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(program("init", folder), cwd=ROOT, check=True, capture_output=True)
        settings = Path(folder) / "llmopt.toml"
        settings.write_text('interviewer = "playbook"\nmode = "auto"\n')
        terminal = Terminal(program("--workspace", folder, "--host", url))
        try:
            terminal.wait_for(lambda text: "☐" in text and "Concise" in text)
            idle = presses(terminal, count)
            for key in (" ", "\t", " ", "\x12"):
                terminal.send(key)
                time.sleep(0.3)
            terminal.wait_for(lambda text: "testing" in text)
            busy = presses(terminal, count)
        finally:
            terminal.close()
            server.terminate()
    show("idle", idle)
    show("streaming", busy)


if __name__ == "__main__":
    main()
