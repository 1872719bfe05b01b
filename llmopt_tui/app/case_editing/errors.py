"""What can keep a change of a case file from being made; each message is for the person."""

from __future__ import annotations

from pathlib import Path


class EditError(Exception):
    """A change that is not made. Nothing was written."""


class NotEditableError(EditError):
    """An example that is written in a way that only a person can change: as text."""


class ChangedOnDiskError(EditError):
    """A file is no longer as it was read, or is there although it is to be `new`."""

    def __init__(self, path: Path, *, new: bool = False) -> None:
        self.path = path
        what = "is there already" if new else "has changed on disk since it was read"
        super().__init__(f"{path.parent.name}/{path.name} {what}")
