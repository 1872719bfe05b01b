"""Settings: every key of llmopt.toml, its default and its range."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from llmopt_tui.config.options import option_faults
from llmopt_tui.core.ports import OptionValue, Think
from llmopt_tui.core.settings import DEFAULT_OPTIONS, LoopSettings, Mode
from llmopt_tui.core.tables import Fault

DEFAULT_INTERVIEWER = "llama3.2:latest"
DEFAULT_BASELINE = "gemma3n:latest"
DEFAULT_CANDIDATES = (
    DEFAULT_BASELINE,
    "deepseek-r1:8b",
    "qwen3:latest",
    "phi4-mini-reasoning:latest",
    "dolphin3:8b",
)
"""What is offered for pulling where it is not installed."""

_RANGES: Mapping[str, tuple[float, float]] = {
    "target": (0, 1),
    "max_iterations": (1, math.inf),
    "patience": (1, math.inf),
    "min_gain": (0, 1),
    "repeats": (1, math.inf),
    "max_calls": (1, math.inf),
    "proposals": (1, math.inf),
    "demonstrations": (0, math.inf),
}
_DURATION = re.compile(r"-?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+|0")
_SECONDS = re.compile(r"-?\d+(\.\d+)?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model server.

    `api_key_env` names the environment variable that holds its key; `parallel` is how many calls
    at once it may get for one model, 0 leaving it to what the server says (one where it does not).
    `thinks` names the models that think before they answer, where an "openai" server does not say
    so; `*` in a name is anything. `key_over_http` lets a server on another machine have the key
    although http shows it to the network.
    """

    name: str
    url: str
    kind: Literal["ollama", "openai"] = "ollama"
    api_key_env: str = ""
    parallel: int = 0
    thinks: tuple[str, ...] = ()
    key_over_http: bool = False

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may set. An instance may hold values out of range until `faults` is asked."""

    host: str = ""
    """The Ollama server; empty means the local one, where no endpoint is given either."""

    endpoints: tuple[Endpoint, ...] = ()
    """Further model servers."""

    interviewer: str = DEFAULT_INTERVIEWER
    """The model that proposes better prompts, or "playbook" for the built-in catalogue."""

    baseline: str = DEFAULT_BASELINE
    """The model that others are compared with; empty where there is none."""

    target: float = 0.95
    """The score, 0 to 1, at which a session stops."""

    max_iterations: int = 5
    """How many prompts a session tests at most."""

    patience: int = 2
    """How many iterations in a row may bring no gain of `min_gain` before a session stops."""

    min_gain: float = 0.005
    """The gain in score, 0 to 1, that counts as one."""

    repeats: int = 1
    """How often each example is run in an iteration."""

    max_calls: int | None = None
    """How many calls a session makes at most, to candidate and interviewer, held-out ones too."""

    proposals: int = 3
    """How many ideas are raced in a round; 1: the one idea is tested as the next iteration."""

    demonstrations: int = 5
    """How many train examples a prompt may show as earlier turns; 0: none."""

    explain: bool = False
    """Whether each part of the best prompt is left out once at the end: which part did it?"""

    cache: bool = True
    """Whether answers that the workspace has already are taken from its cache."""

    mode: Mode = "manual"
    """Who decides about suggestions: the person, or the rule ("auto")."""

    transfer: bool = False
    """Whether a suite ends by trying each model's best prompt on its other models."""

    options: Mapping[str, OptionValue] = field(default_factory=dict)
    """Options of every call, in Ollama's names; they override the loop's own defaults."""

    think: Think = "auto"
    """Whether models that can think before they answer do: as they are made, always, never."""

    keep_alive: str | float = "10m"
    """How long a server keeps a model loaded: a duration like "10m", or seconds."""

    server_wait: float | None = None
    """Seconds that a lost server is waited for; None: as long as it takes, ten minutes in `run`."""

    theme: str = ""
    """The app's theme; empty is its own choice."""

    keymap: Mapping[str, str] = field(default_factory=dict)
    """Keys by the id of the command that they are to trigger."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    def faults(self) -> list[Fault]:
        """Every value that is of the right type and still cannot be meant."""
        found = []
        for key, (least, most) in _RANGES.items():
            value = getattr(self, key)
            if value is not None and not least <= value <= most:
                found.append(Fault(key, f"must be {_range_text(least, most)}, not {value}"))
        if not self.interviewer.strip():
            found.append(Fault("interviewer", "is empty"))
        if complaint := _host_complaint(self.host):
            found.append(Fault("host", complaint))
        if self.server_wait is not None and not self.server_wait >= 0:
            found.append(Fault("server_wait", f"must be 0 or more, not {self.server_wait}"))
        if not _keeps(self.keep_alive):
            found.append(Fault("keep_alive", 'must be seconds or a duration like "10m"'))
        return found + option_faults(self.options) + self._endpoint_faults()

    def _endpoint_faults(self) -> list[Fault]:
        found: list[Fault] = []
        names: set[str] = set()
        for n, endpoint in enumerate(self.endpoints, start=1):
            where = f"endpoints {n}"
            if not endpoint.name.strip():
                found.append(Fault(f"{where}, name", "is empty"))
            if endpoint.name in names:
                found.append(Fault(f"{where}, name", f'"{endpoint.name}" is used twice'))
            names.add(endpoint.name)
            if complaint := _host_complaint(endpoint.url) or ("" if endpoint.url else "is empty"):
                found.append(Fault(f"{where}, url", complaint))
            if endpoint.parallel < 0:
                found.append(Fault(f"{where}, parallel", "must be 0 or more"))
            if endpoint.api_key_env and not _VARIABLE.fullmatch(endpoint.api_key_env):
                message = "must be the name of an environment variable, not the key itself"
                found.append(Fault(f"{where}, api_key_env", message))
        return found

    def servers(self) -> tuple[Endpoint, ...]:
        """The model servers to ask: `host` where it is set or nothing else is, then `endpoints`."""
        if self.endpoints and not self.host:
            return self.endpoints
        return (Endpoint("ollama", self.host), *self.endpoints)

    def loop(self) -> LoopSettings:
        """What a session is run with."""
        return LoopSettings(
            target=self.target,
            max_iterations=self.max_iterations,
            patience=self.patience,
            min_gain=self.min_gain,
            repeats=self.repeats,
            max_calls=self.max_calls,
            proposals=self.proposals,
            demonstrations=self.demonstrations,
            explain=self.explain,
            mode=self.mode,
            options={**DEFAULT_OPTIONS, **self.options},
            think=self.think,
            server_wait=self.server_wait,
            keep_alive=self.keep_alive,
        )


def _range_text(least: float, most: float) -> str:
    return f"{least:g} or more" if math.isinf(most) else f"between {least:g} and {most:g}"


def _keeps(value: str | float) -> bool:
    if isinstance(value, str):
        return _DURATION.fullmatch(value) is not None or _SECONDS.fullmatch(value) is not None
    return math.isfinite(value)


def _host_complaint(host: str) -> str:
    from llmopt_tui.core.text.hosts import HostError, base_url

    try:
        base_url(host)
    except HostError as error:
        return str(error)
    return ""
