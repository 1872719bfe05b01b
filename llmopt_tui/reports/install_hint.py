"""The command that a hint names where an extra of this program is missing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

_DISTRIBUTION = "llmopt-tui"


def install_command(extra: str) -> str:
    """The command that installs what an extra of this program needs, for a person to run.

    The program is in no package index, so its own name installs nothing: where its source is at
    hand, that is named, else the packages that the extra consists of.
    """
    if _is_source(source := Path(__file__).parents[2]):
        packages = ["-e", f'"{source}[{extra}]"']
    elif (folder := _installed_from()) is not None and _is_source(folder):
        packages = [f'"{folder}[{extra}]"']
    else:
        packages = [f'"{name}"' for name in _requirements(extra)]
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    has_pip = importlib.util.find_spec("pip") is not None
    installer = f"{python} -m pip install" if has_pip else f"uv pip install --python {python}"
    return " ".join([installer, *packages])


def _is_source(folder: Path) -> bool:
    """Whether a folder is a checkout of this program."""
    with suppress(OSError):
        project = (folder / "pyproject.toml").read_text("utf-8", "replace")
        return f'name = "{_DISTRIBUTION}"' in project
    return False


def _installed_from() -> Path | None:
    """The folder that the program was installed from, where the installer has noted one."""
    with suppress(importlib.metadata.PackageNotFoundError, ValueError):
        noted = importlib.metadata.distribution(_DISTRIBUTION).read_text("direct_url.json")
        match json.loads(noted or ""):
            case {"url": str(address)} if (url := urlsplit(address)).scheme == "file":
                return Path(url2pathname(url.path))
    return None


def _requirements(extra: str) -> list[str]:
    """The packages of an extra with their bounds, as the installed program names them."""
    with suppress(importlib.metadata.PackageNotFoundError):
        pattern = re.compile(rf"""([^;]+?)\s*;.*\bextra\s*==\s*['"]{extra}['"]""")
        lines = importlib.metadata.requires(_DISTRIBUTION) or []
        return [found[1] for line in lines if (found := pattern.match(line))]
    return []
