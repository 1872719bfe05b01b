"""A program in a real pseudo-terminal, its screen read as a person would see it."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Sequence

import pexpect
import pyte


class Terminal:
    """Runs a command in a terminal of so many columns and rows."""

    def __init__(self, command: Sequence[str], *, columns: int = 120, rows: int = 40) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        # Test runners set these two, and they would win over the terminal's own size.
        environment = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.began = time.perf_counter()
        self.child = pexpect.spawn(
            command[0], list(command[1:]), dimensions=(rows, columns), env=environment
        )

    def send(self, keys: str) -> float:
        """Type something. Returns the time."""
        self.child.send(keys)
        return time.perf_counter()

    def wait_for(self, seen: Callable[[str], bool], seconds: float = 60.0) -> float:
        """Read until the screen shows what is waited for. Returns the time. Raises TimeoutError."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            ready, _, _ = select.select([self.child.child_fd], [], [], 0.5)
            if ready:
                self._stream.feed(os.read(self.child.child_fd, 65536))
                if seen(self.text):
                    return time.perf_counter()
        raise TimeoutError(f"not seen within {seconds:.0f} s; the screen shows:\n{self.text}")

    @property
    def text(self) -> str:
        """What the screen shows now."""
        return "\n".join(self.screen.display)

    def close(self) -> None:
        """End the program."""
        self.child.close(force=True)


def program(*arguments: str) -> list[str]:
    """The command that runs llmopt-tui with this interpreter."""
    return [sys.executable, "-m", "llmopt_tui", *arguments]
