"""Other projects in environments of their own: none of them is a dependency of this project."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_path


def environments_folder() -> Path:
    """Where environments are made unless another folder is named."""
    return user_cache_path("llmopt-tui", appauthor=False)


def install(folder: Path, requirements: Sequence[str]) -> Path:
    """The interpreter of an environment that has these; made where it is missing or old.

    `requirements` are lines as pip reads them. Raises CalledProcessError where they cannot be
    installed.
    """
    python = interpreter(folder)
    wanted = hashlib.sha256("\n".join(requirements).encode()).hexdigest()
    stamp = folder / "installed"
    if not (stamp.is_file() and stamp.read_text() == wanted):
        print(f"installing {folder.name} in {folder} ...", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
        listed = folder / "requirements.txt"
        listed.write_text("\n".join(requirements), "utf-8")
        command = [str(python), "-m", "pip", "install", "--quiet", "-r", str(listed)]
        subprocess.run(command, check=True)
        stamp.write_text(wanted)
    return python


def interpreter(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
