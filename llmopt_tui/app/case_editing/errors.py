"""What can keep a change of a case file from being made; each message is for the person."""

from __future__ import annotations

from pathlib import Path


class EditError(Exception):
    """A change that is not made. Nothing was written."""


class NotEditableError(EditError):
    """An example that is written in a way that only a person can change: as text."""


class ChangedOnDiskError(EditError):
    """A file is no longer as it was read. `path` is the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path.name} has changed on disk since it was read")
