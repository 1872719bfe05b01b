"""`completion`: the lines that teach a shell to complete commands, flags, and names."""

from __future__ import annotations

import argparse

from llmopt_tui.cli.common import PROGRAM, ExitCode

SHELLS = ("bash", "zsh", "fish", "powershell")
EPILOG = """\
examples, each for the file that the shell reads when it starts:
  eval "$(llmopt-tui completion bash)"                 ~/.bashrc
  eval "$(llmopt-tui completion zsh)"                  ~/.zshrc, after compinit
  llmopt-tui completion fish | source                  ~/.config/fish/config.fish
  llmopt-tui completion powershell | Out-String | Invoke-Expression    $PROFILE

Cases, prompts, sessions and models are those of the workspace. No server is asked.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))


def run(args: argparse.Namespace) -> int:
    """Print the shell's lines."""
    from argcomplete.shell_integration import shellcode

    # For the shell, not for a person: nothing in it may be shown as a symbol.
    print(shellcode([PROGRAM], True, args.shell))
    return ExitCode.OK
