"""Where the user's own files are, on every platform."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

CONFIG_VARIABLE = "LLMOPT_CONFIG_DIR"
SETTINGS_FILE = "llmopt.toml"


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
