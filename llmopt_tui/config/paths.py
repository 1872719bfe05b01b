"""Where the user's own files are, on every platform. Nothing is made here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

CONFIG_VARIABLE = "LLMOPT_CONFIG_DIR"
STATE_VARIABLE = "LLMOPT_STATE_DIR"
SETTINGS_FILE = "llmopt.toml"
APPEARANCE_FILE = "appearance.json"


def config_folder(environ: Mapping[str, str]) -> Path:
    """The user's folder of settings: LLMOPT_CONFIG_DIR, else the platform's. Nothing is made."""
    chosen = environ.get(CONFIG_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_config_path

    return user_config_path("llmopt-tui", appauthor=False)


def user_settings_file(environ: Mapping[str, str]) -> Path:
    """The user's own settings file, whether or not it exists."""
    return config_folder(environ) / SETTINGS_FILE


def appearance_file(environ: Mapping[str, str]) -> Path:
    """The file in which the app remembers how it looked: in LLMOPT_STATE_DIR, else the platform's
    folder for such things.
    """
    chosen = environ.get(STATE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser() / APPEARANCE_FILE
    from platformdirs import user_state_path

    return user_state_path("llmopt-tui", appauthor=False) / APPEARANCE_FILE
