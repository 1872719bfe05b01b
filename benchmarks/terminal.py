"""A program in a real pseudo-terminal, its screen read as a person would see it."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pexpect
import pyte

# Test runners set the first two, and they would win over the terminal's own size. The third would
# have modules compiled at each start, which no installed program does.
_UNSET = {"COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE"}
_ANSWERS = {b"\x1b[c": b"\x1b[?62;22c", b"\x1b[16t": b"\x1b[6;20;10t"}
"""What a terminal says of itself, and how high and wide a cell is: some programs wait for that."""
_GRAPHICS = re.compile(rb"\x1b_G[^\x1b]*\x1b\\")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in _UNSET}
"""What programs are run with, as a person's terminal has it."""


class Terminal:
    """Runs a command in a terminal of so many columns and rows.

    `variables` are added to the environment.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        environment = ENVIRONMENT | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environment |= variables or {}
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
                self._feed()
                if seen(self.text):
                    return time.perf_counter()
        raise TimeoutError(f"not seen within {seconds:.0f} s; the screen shows:\n{self.text}")

    @property
    def text(self) -> str:
        """What the screen shows now."""
        return "\n".join(self.screen.display)

    @property
    def cpu_seconds(self) -> float:
        """Processor time that the program has used so far. Linux only."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])  # in its own code and in the system's
        return ticks / os.sysconf("SC_CLK_TCK")

    def read_for(self, seconds: float) -> None:
        """Keep reading what the program draws, as a terminal does, and do nothing else."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            ready, _, _ = select.select([self.child.child_fd], [], [], left)
            if ready:
                self._feed()

    def _feed(self) -> None:
        try:
            written = os.read(self.child.child_fd, 65536)
        except OSError as error:  # Linux says so where the program has ended
            raise EOFError(f"the program has ended; the screen shows:\n{self.text}") from error
        for question, answer in _ANSWERS.items():
            if question in written:
                os.write(self.child.child_fd, answer)
        self._stream.feed(_GRAPHICS.sub(b"", written))

    def close(self) -> None:
        """End the program."""
        self.child.kill(signal.SIGKILL)
        self.child.wait()
        self.child.close()


def program(*arguments: str) -> list[str]:
    """The command that runs llmopt-tui with this interpreter."""
    return [sys.executable, "-m", "llmopt_tui", *arguments]
