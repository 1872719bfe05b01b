"""The parser: argparse, with errors that say what was probably meant."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from llmopt_tui.cli.common import PROGRAM, CommandError
from llmopt_tui.core.text.near import did_you_mean, listed


class Parser(argparse.ArgumentParser):
    """An argument parser that raises CommandError instead of printing its usage and exiting."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Raise the complaint, with the way to the help."""
        stop = "" if message.endswith("?") else "."
        raise CommandError(f"{message}{stop} See {self.prog} --help")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        # argparse has no public place where a wrong choice, or command, can be given a hint.
        if action.choices is not None and value not in action.choices:
            known = [str(choice) for choice in action.choices]
            hint = did_you_mean(str(value), known) or f"; there is {listed(known)}"
            name = "/".join(action.option_strings) or "command"
            self.error(f'{name}: there is no "{value}"{hint}')

    def knows(self, argument: str) -> bool:
        """Whether an argument is no flag, or one of this parser's."""
        flag = argument.partition("=")[0]
        return not flag.startswith("--") or flag in self._option_string_actions

    def refuse(self, extra: Sequence[str]) -> NoReturn:
        """Raise CommandError about arguments that nothing here knows."""
        first = extra[0].partition("=")[0]
        if first.startswith("-"):
            flags = [flag for flag in self._option_string_actions if flag.startswith("--")]
            self.error(f'unknown flag "{first}"{did_you_mean(first, flags)}')
        self.error(f'unexpected argument "{first}"')


def program_name(command: str) -> str:
    """How a command is called, for its usage line."""
    return f"{PROGRAM} {command}"
