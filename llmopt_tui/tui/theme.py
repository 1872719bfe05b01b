"""The app's own themes: quiet greys, one accent for what matters now."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="llmopt-dark",
    primary="#8fa3b8",
    secondary="#9a8fb8",
    accent="#e8b04b",
    warning="#d9a441",
    error="#d9736b",
    success="#82b366",
    foreground="#d6d9de",
    background="#14171b",
    surface="#1a1e23",
    panel="#22272e",
    dark=True,
    variables={"border": "#3a424d", "text-muted": "#8b93a0", "text-disabled": "#59606b"},
)

LIGHT = Theme(
    name="llmopt-light",
    primary="#4a6078",
    secondary="#6a5a90",
    accent="#a86400",
    warning="#8f5f00",
    error="#b3312a",
    success="#3c7a2a",
    foreground="#23272c",
    background="#fbfaf7",
    surface="#f4f2ed",
    panel="#e9e6df",
    dark=False,
    variables={"border": "#c4bfb4", "text-muted": "#6b6f76", "text-disabled": "#a5a29b"},
)

THEMES = (DARK, LIGHT)
DEFAULT = DARK.name
