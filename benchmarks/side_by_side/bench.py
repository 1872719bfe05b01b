"""Bench: how much is measured, and the folders that the measures share."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scripted import ROOT
from benchmarks.terminal import program


@dataclass(frozen=True, slots=True)
class Bench:
    """`folder` is thrown away at the end. `peers` has the environments of other projects."""

    folder: Path
    peers: Path
    quick: bool = False

    def rounds(self, usual: int) -> int:
        """How many rounds to measure where this many are usual."""
        return 3 if self.quick else usual

    def workspace(self, name: str, settings: str = "") -> Path:
        """A new workspace with the starter cases and these settings."""
        made = self.folder / name
        subprocess.run(program("init", str(made)), cwd=ROOT, check=True, capture_output=True)
        (made / "llmopt.toml").write_text(settings, "utf-8")
        return made
