"""What it costs to index sessions, and to parse the same files with `json.loads`."""

from __future__ import annotations

import json
import time
from pathlib import Path

from llmopt_tui.store.documents import SESSION_DATA
from llmopt_tui.store.index import INDEX_FILE, SessionIndex
from llmopt_tui.store.journal import FILE_NAME


class _Clock:
    """Seconds, and seconds of CPU in all threads, since it was made."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def read(self, name: str = "") -> dict[str, float]:
        """Both, as "NAME, s" and "NAME, CPU s"."""
        prefix = f"{name}, " if name else ""
        wall, cpu = self._began
        return {
            f"{prefix}s": time.perf_counter() - wall,
            f"{prefix}CPU s": time.process_time() - cpu,
        }


def parsed_with_json(results: Path) -> dict[str, float]:
    """Read every file that the index reads, and parse it with `json.loads`. Nothing is kept."""
    clock = _Clock()
    for folder in results.glob("session_*"):
        json.loads((folder / SESSION_DATA).read_bytes())
        with (folder / FILE_NAME).open("rb") as journal:
            for line in journal:
                json.loads(line)
    return clock.read()


def searchable(results: Path) -> dict[str, float]:
    """List all sessions and make their texts searchable, as the screen does, without it."""
    clock = _Clock()
    index = SessionIndex(results)
    index.look()
    listed = clock.read("listed")
    index.read_texts()
    all_read = clock.read("searchable")
    if index.unread():
        raise RuntimeError("not every session is searchable")
    index.close()
    return listed | all_read | {"index, MB": (results / INDEX_FILE).stat().st_size / 1e6}
