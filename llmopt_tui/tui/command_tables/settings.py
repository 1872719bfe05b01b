"""The commands of the Settings."""

from __future__ import annotations

from llmopt_tui.tui.command import Command

# fmt: off
COMMANDS: tuple[Command, ...] = (
    Command("setting_change", "enter", "Change the setting", "change",
            "Change the selected value, for this time only or in a file.",
            "Settings", "settings", "change_selected", in_palette=False),
    Command("setting_reset", "delete,x", "Take the setting back", "take back",
            "Remove the selected value from where it comes from, so that the next source holds.",
            "Settings", "settings", "take_back"),
)
# fmt: on
