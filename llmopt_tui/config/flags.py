"""StartFlags: what the command line says about a start. Free of heavy imports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StartFlags:
    """The flags that every command knows; None where a flag was not given.

    `embedded` asks for the embedded engine; `embedded_model` is the GGUF file it is to serve.
    """

    workspace: Path
    host: str | None = None
    embedded: bool = False
    embedded_model: Path | None = None
    debug: bool = False

    @property
    def settings(self) -> dict[str, str]:
        """The flags that set a key of the settings, as `load_settings` takes them."""
        return {} if self.host is None else {"host": self.host}
