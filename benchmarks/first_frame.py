"""Time from the start of the process to the first frame with the four panes, as a ratio.

Both programs run in turn in the same pseudo-terminal size; medians are compared.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.terminal import Terminal, program

PANES = ("Models", "Cases", "Live log", "Interviewer")


def seconds_to(command: list[str], wanted: tuple[str, ...]) -> float:
    """Start the command and wait until everything wanted is on the screen."""
    terminal = Terminal(command)
    try:
        return terminal.wait_for(lambda s: all(w in s for w in wanted)) - terminal.began
    finally:
        terminal.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    label = [sys.executable, str(Path(__file__).with_name("one_label.py"))]
    with tempfile.TemporaryDirectory() as folder:
        # A port that nothing listens on: the frame must not wait for a server.
        app = program("--workspace", folder, "--host", "127.0.0.1:9")
        pairs = [
            (seconds_to(label, ("one label",)), seconds_to(app, PANES)) for _ in range(runs + 1)
        ][1:]
    smallest, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"one label   {smallest:.3f} s")
    print(f"four panes  {ours:.3f} s")
    print(f"ratio       {ours / smallest:.2f}  (medians of {runs} runs in turn)")


if __name__ == "__main__":
    main()
