"""Settings put together: the user's file, the workspace's, the environment, the flags.

Each of these overrides the previous one, and what is set for this time only overrides them all.
Tables (`options`, `keymap`) are merged key by key, lists are replaced. Each source is checked by
itself, so that a mistake is named where it was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from llmopt_tui.config.options import option_from_text
from llmopt_tui.config.problems import Problem
from llmopt_tui.config.settings import Settings
from llmopt_tui.config.strict import UnreadableError, parse_toml, version_fault
from llmopt_tui.core.tables import Fault, choice_message, read_record

ENVIRONMENT = "environment"
COMMAND_LINE = "command line"

Source = Literal["own", "workspace", "environment", "flags", "unsaved"]
"""Where a value is set, in the order in which each overrides the previous one."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "mode": ("manual", "auto"),
    "think": ("auto", "on", "off"),
    "transfer": ("true", "false"),
    "explain": ("true", "false"),
    "cache": ("true", "false"),
}
TABLES = ("options", "keymap")
SCALARS = tuple(f.name for f in fields(Settings) if f.name not in (*TABLES, "endpoints"))


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings that hold, and every mistake on the way. A key with a mistake is left out.

    `layers` has what each source sets, without defaults, in the order of `Source`.
    """

    settings: Settings
    problems: tuple[Problem, ...]
    layers: Mapping[Source, Mapping[str, Any]]


def load_settings(
    *,
    user_file: Path,
    workspace_file: Path,
    environ: Mapping[str, str],
    flags: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
    unsaved: Mapping[str, Any] | None = None,
) -> LoadedSettings:
    """The settings from all sources. Files that do not exist say nothing.

    `flags` holds scalar keys as texts, as given on the command line; `options` the same for
    the options of a model call. `unsaved` holds checked values that are set for this time only.
    """
    problems: list[Problem] = []
    layers: dict[Source, Mapping[str, Any]] = {
        "own": _file_layer(user_file, str(user_file), problems),
        "workspace": _file_layer(workspace_file, workspace_file.name, problems),
        "environment": _environment_layer(environ, problems),
        "flags": _flags_layer(flags or {}, options or {}, problems),
        "unsaved": unsaved or {},
    }
    merged: dict[str, Any] = {}
    for layer in layers.values():
        tables = {
            key: _given({**merged.get(key, {}), **layer[key]}) for key in TABLES if key in layer
        }
        merged |= {**layer, **tables}
    return LoadedSettings(Settings(**merged), tuple(problems), layers)


def _given(table: Mapping[str, Any]) -> dict[str, Any]:
    """The table without keys that were taken back for this time."""
    return {key: value for key, value in table.items() if value is not None}


def _file_layer(path: Path, shown: str, problems: list[Problem]) -> dict[str, Any]:
    try:
        data = parse_toml(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        problems.append(Problem(shown, "", f"cannot be read: {error.strerror}"))
        return {}
    except UnreadableError as error:
        problems.append(Problem(shown, "", str(error)))
        return {}
    faults = [fault] if (fault := version_fault(data, required=False)) else []
    data.pop("schema_version", None)
    if faults:
        data = {}
    settings, mistakes = read_record(Settings, data)
    if settings is None:
        data = _without(data, mistakes)
        settings, _ = read_record(Settings, data)
    assert settings is not None
    layer = {key: getattr(settings, key) for key in data}
    out_of_range = settings.faults()
    problems += [Problem(shown, f.where, f.message) for f in (*faults, *mistakes, *out_of_range)]
    return _without(layer, out_of_range)


def _without(data: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    """The data without the top-level keys that have a mistake in them."""
    wrong = {key for key in data for f in faults if _begins(f.where, key)}
    return {key: value for key, value in data.items() if key not in wrong}


def _begins(where: str, key: str) -> bool:
    return where == key or where.startswith((f"{key}.", f"{key} "))


def variables_of(key: str) -> tuple[str, ...]:
    """The environment variables that set a scalar key; the last one that is not empty wins."""
    own = f"LLMOPT_{key.upper()}"
    return ("OLLAMA_HOST", own) if key == "host" else (own,)


def _environment_layer(environ: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
    texts = {
        key: (name, environ[name])
        for key in SCALARS
        for name in variables_of(key)
        if environ.get(name)
    }
    return _scalar_layer(ENVIRONMENT, texts, problems)


def _flags_layer(
    flags: Mapping[str, str], options: Mapping[str, str], problems: list[Problem]
) -> dict[str, Any]:
    texts = {key: (f"--{key.replace('_', '-')}", text) for key, text in flags.items()}
    layer = _scalar_layer(COMMAND_LINE, texts, problems)
    values = {}
    for name, text in options.items():
        try:
            values[name] = option_from_text(name, text)
        except ValueError as error:
            problems.append(Problem(COMMAND_LINE, f"--option {name}", str(error)))
    return layer | ({"options": values} if values else {})


def _scalar_layer(
    source: str, texts: Mapping[str, tuple[str, str]], problems: list[Problem]
) -> dict[str, Any]:
    layer: dict[str, Any] = {}
    for key, (shown, text) in texts.items():
        try:
            value = scalar_from_text(key, text)
        except ValueError as error:
            problems.append(Problem(source, shown, str(error)))
            continue
        faults = replace(Settings(), **{key: value}).faults()
        problems += [Problem(source, shown, fault.message) for fault in faults]
        if not faults:
            layer[key] = value
    return layer


def scalar_from_text(key: str, text: str) -> Any:
    """The text as the key's type. Raises ValueError with a message for people."""
    if key in CHOICES and text not in CHOICES[key]:
        raise ValueError(choice_message(text, CHOICES[key]))
    default = getattr(Settings(), key)
    if isinstance(default, bool):
        return text == "true"
    if isinstance(default, str) and key != "keep_alive":
        return text
    whole = isinstance(default, int) or key == "max_calls"
    try:
        return int(text) if whole else float(text)
    except ValueError:
        if key == "keep_alive":
            return text
        wanted = "a whole number" if whole else "a number"
        raise ValueError(f'must be {wanted}, not "{text}"') from None
