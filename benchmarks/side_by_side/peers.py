"""Programs of the same kind: Textual apps from the package index, each in an environment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import install, interpreter
from benchmarks.terminal import ENVIRONMENT


@dataclass(frozen=True, slots=True)
class Peer:
    """A program of another project. `has_drawn` says whether a screen is its first whole frame.

    `arguments` follow its command. `setting` is what it finds in its folder at its first start,
    files by their names; `first` is a program that its own interpreter runs before that.
    """

    name: str
    has_drawn: Callable[[str], bool]
    arguments: tuple[str, ...] = ()
    setting: tuple[tuple[str, str], ...] = ()
    first: str = ""

    def folder(self, peers: Path) -> Path:
        """The environment that it is installed in."""
        return peers / self.name

    def command(self, peers: Path) -> list[str]:
        """What starts it."""
        return [str(interpreter(self.folder(peers)).parent / self.name), *self.arguments]

    def prepare(self, peers: Path, home: Path, url: str) -> Mapping[str, str]:
        """Make the folder that it writes to. Returns the environment to start it in."""
        variables = self.variables(home, url)
        if not home.is_dir():
            for name, text in self.setting:
                file = home / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, "utf-8")
            home.mkdir(exist_ok=True)
            if self.first:
                command = [str(interpreter(self.folder(peers))), "-c", self.first]
                subprocess.run(command, env={**ENVIRONMENT, **variables}, check=True)
        return variables

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


_A_CHAT = """
import asyncio
from oterm.store.store import Store
from oterm.types import ChatModel

async def make():
    store = await Store.get_store()
    await store.save_chat(ChatModel(name="side by side", model="gemma3n:latest", provider="ollama"))

asyncio.run(make())
"""
OTERM = Peer(
    "oterm",
    lambda screen: "side by side" in screen,
    setting=(("oterm/config.json", '{"splash-screen": false}'),),
    first=_A_CHAT,
)
"""Without its splash, which is an animation of seconds, and with one chat."""
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
    ask = (
        "from importlib.metadata import version as v\n"
        f"print({peer.name!r}, v({peer.name!r}), 'on Textual', v('textual'))"
    )
    python = str(interpreter(peer.folder(peers)))
    done = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
    return done.stdout.strip()
