"""TopFacts: what the top bar of every screen shows at its right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Server:
    """A model server: what it is called, where it is (host and port), and whether it answers."""

    name: str
    address: str
    alive: bool


@dataclass(frozen=True, slots=True)
class TopFacts:
    """What every screen's top bar shows at its right. `mode` is "" before anything is known.

    `models` are the names of the models that the servers have; the bar does not show them.
    """

    servers: tuple[Server, ...] = ()
    interviewer: str = ""
    mode: str = ""
    models: tuple[str, ...] = ()
