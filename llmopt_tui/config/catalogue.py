"""The settings as a person meets them on a screen: title, a sentence of help, and how to write one.

What is not listed here (`[[endpoints]]`) is changed in the file alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from llmopt_tui.config.load import CHOICES, scalar_from_text
from llmopt_tui.config.options import option_from_text
from llmopt_tui.config.settings import Settings
from llmopt_tui.core.tables import read_record

Group = Literal["Who suggests, who decides", "Search", "Calls to models", "Looks"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of the settings.

    `path` is the key in a file: "target", or "options.seed" for one in a table. `unset` says what
    holds without a value; "" where there always is one, a default at least.
    """

    path: str
    title: str
    help: str
    group: Group
    unset: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that there are, as texts; empty where any of the right type may be written."""
        return CHOICES.get(self.path, ())


_MODELS_OWN = "the model's own"

# fmt: off
SETTINGS: tuple[Setting, ...] = (
    Setting("interviewer", "Interviewer",
            'The model that suggests better prompts, or "playbook": the built-in catalogue of '
            "edits, which needs no model.",
            "Who suggests, who decides"),
    Setting("mode", "Mode",
            "Manual: you decide about every suggestion. Auto: usable suggestions are accepted.",
            "Who suggests, who decides"),
    Setting("baseline", "Baseline",
            "The model that others are compared with.",
            "Who suggests, who decides", unset="no baseline"),
    Setting("target", "Target",
            "The score, 0 to 1, at which a session stops.",
            "Search"),
    Setting("max_iterations", "Iterations at most",
            "How many prompts a session tests at most.",
            "Search"),
    Setting("patience", "Patience",
            "How many iterations in a row may bring no gain before a session stops.",
            "Search"),
    Setting("min_gain", "Smallest gain",
            "The gain in score, 0 to 1, that counts as one.",
            "Search"),
    Setting("repeats", "Repeats",
            "How often each example is run in an iteration.",
            "Search"),
    Setting("max_calls", "Calls at most",
            "How many calls a session makes at most, to model and interviewer, held-out ones too.",
            "Search", unset="what the iterations need"),
    Setting("proposals", "Ideas per round",
            "How many ideas are raced in a round. With 1, the idea is tested as the next "
            "iteration.",
            "Search"),
    Setting("demonstrations", "Demonstrations at most",
            "How many train examples a prompt may show as earlier turns. 0: none.",
            "Search"),
    Setting("transfer", "Try on other models",
            "Whether a suite ends by trying each model's best prompt on its other models.",
            "Search"),
    Setting("explain", "Explain the winner",
            "Whether each part of the best prompt is left out once at the end: which part did it?",
            "Search"),
    Setting("host", "Ollama server",
            "The address of the Ollama server, as host or host:port.",
            "Calls to models", unset="127.0.0.1:11434"),
    Setting("options.temperature", "Temperature",
            "How much chance there is in an answer. 0: none, so that scores can be compared.",
            "Calls to models"),
    Setting("options.seed", "Seed",
            "What chance starts from: the same seed gives the same answers and the same search.",
            "Calls to models"),
    Setting("options.num_ctx", "Context window",
            "How many tokens of prompt and answer a model can see at once. More needs more memory.",
            "Calls to models"),
    Setting("options.num_predict", "Longest answer",
            "How many tokens an answer has at most, where the case does not say so.",
            "Calls to models", unset="what the case says"),
    Setting("options.top_k", "top_k",
            "From how many of the likeliest tokens the next one is drawn.",
            "Calls to models"),
    Setting("options.top_p", "top_p",
            "The next token is drawn from the likeliest ones that add up to this share.",
            "Calls to models"),
    Setting("options.min_p", "min_p",
            "Tokens less likely than this share of the likeliest one are not drawn.",
            "Calls to models", unset=_MODELS_OWN),
    Setting("options.repeat_penalty", "repeat_penalty",
            "How much less likely a token gets that was written before. 1: not at all.",
            "Calls to models"),
    Setting("think", "Thinking",
            "Whether models that can think before they answer do: as they are made, always, never.",
            "Calls to models"),
    Setting("keep_alive", "Keep loaded",
            'How long the server keeps a model loaded after a call: "10m", or seconds.',
            "Calls to models"),
    Setting("server_wait", "Wait for a lost server",
            "For how many seconds a server that does not answer is tried again.",
            "Calls to models", unset="as long as it takes"),
    Setting("cache", "Keep answers",
            "Whether answers that the workspace has already are used instead of a new call.",
            "Calls to models"),
    Setting("theme", "Theme",
            "The colours of the app.",
            "Looks", unset="the app's own"),
)
# fmt: on

BY_PATH: Mapping[str, Setting] = {setting.path: setting for setting in SETTINGS}


def value_from_text(path: str, text: str) -> Any:
    """The value that a text gives a key; None for an empty text where no value is needed.

    Raises ValueError with a message for people: what the files' strict reader would say.
    """
    text = text.strip()
    table, _, key = path.rpartition(".")
    if not text and path in BY_PATH and BY_PATH[path].unset:
        return None
    if table == "options":
        return option_from_text(key, text)
    value = text if table else scalar_from_text(path, text)
    nested = {table: {key: value}} if table else {path: value}
    settings, faults = read_record(Settings, nested)
    faults = faults or (settings or replace(Settings())).faults()
    if faults:
        raise ValueError(faults[0].message)
    return value


def value_text(value: Any) -> str:
    """The value as a person writes it, "" for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
