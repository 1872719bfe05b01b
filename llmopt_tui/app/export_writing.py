"""Writing an export to files that do not exist yet."""

from __future__ import annotations

from pathlib import Path

from llmopt_tui.app.exporting import NothingToExportError, export_files
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.reports.exports.modelfile import InexpressibleError
from llmopt_tui.store.atomic import write_text


class NotExportedError(Exception):
    """Nothing was written; the message says why."""


def write_export(record: SessionRecord, to: str, file: Path) -> Path:
    """Write a session in a form of `exporting.FORMATS`, and return the file.

    The report's plots are files beside it. Raises NotExportedError: nothing is overwritten.
    """
    file = file.expanduser()
    try:
        files = export_files(record, to, file.name)
    except (NothingToExportError, InexpressibleError) as error:
        raise NotExportedError(f"This session cannot be exported to {to}: {error}.") from error
    targets = {file.parent / name: text for name, text in files.items()}
    if taken := [path for path in targets if path.exists() or path.is_symlink()]:
        raise NotExportedError(f"{taken[0]} exists already: name another file.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        for path, text in targets.items():
            write_text(path, text)
    except OSError as error:
        raise NotExportedError(f"{file} cannot be written: {error.strerror or error}.") from error
    return file
