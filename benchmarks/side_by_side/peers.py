"""Programs of the same kind: Textual apps from the package index, each in an environment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import install, interpreter


@dataclass(frozen=True, slots=True)
class Peer:
    """A program of another project. `has_drawn` says whether a screen is its first whole frame.

    `arguments` follow its command.
    """

    name: str
    has_drawn: Callable[[str], bool]
    arguments: tuple[str, ...] = ()

    def folder(self, peers: Path) -> Path:
        """The environment that it is installed in."""
        return peers / self.name

    def command(self, peers: Path) -> list[str]:
        """What starts it."""
        return [str(interpreter(self.folder(peers)).parent / self.name), *self.arguments]

    def variables(self, home: Path, url: str) -> Mapping[str, str]:
        """Its environment: an Ollama server's address, and a folder for all that it writes."""
        return {
            "OLLAMA_HOST": url,
            "OLLAMA_URL": url,
            "HOME": str(home),
            "OTERM_DATA_DIR": str(home / "oterm"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CACHE_HOME": str(home / "cache"),
        }


OTERM = Peer("oterm", lambda screen: "oterm" in screen)
PEERS = (
    OTERM,
    Peer("posting", lambda screen: "Collection" in screen),
    Peer(
        "harlequin", lambda screen: "Query Editor" in screen, ("--no-download-tzdata", ":memory:")
    ),
)


def installed(peers: Path, wanted: tuple[Peer, ...] = PEERS) -> Iterator[Peer]:
    """Those that are installed, or could be. Of another one it is said why it is left out."""
    for peer in wanted:
        try:
            install(peer.folder(peers), [peer.name])
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{peer.name} cannot be installed and is left out: {error}", file=sys.stderr)
        else:
            yield peer


def version(peer: Peer, peers: Path) -> str:
    """Its version, and that of the Textual that it is drawn with."""
    ask = "from importlib.metadata import version as v; print({!r}, v({!r}), 'on Textual', v('textual'))"
    python = str(interpreter(peer.folder(peers)))
    done = subprocess.run(
        [python, "-c", ask.format(peer.name, peer.name)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
