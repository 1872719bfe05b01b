"""`try`: one prompt, one model, one answer, on an example of a case or on standard input."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from llmopt_tui.cli.common import (
    PROGRAM,
    CommandError,
    ExitCode,
    find_workspace,
    load_settings,
    put_json,
    require_cases,
    say,
    start_flags,
)
from llmopt_tui.core.text.near import did_you_mean, listed
from llmopt_tui.core.text.plain import one_line, visible

if TYPE_CHECKING:
    from llmopt_tui.app.workspace import Workspace
    from llmopt_tui.config.flags import StartFlags
    from llmopt_tui.config.settings import Settings
    from llmopt_tui.core.case import Case
    from llmopt_tui.core.ports import Piece
    from llmopt_tui.core.prompt import Prompt
    from llmopt_tui.state.trying import Attempt, Tried

EPILOG = """\
examples:
  llmopt-tui try --prompt tickets --model gemma3n --case tickets --example line-12
  llmopt-tui try --prompt tickets --model gemma3n < mail.txt
  echo '{"subject": "Printer", "body": "It is broken"}' | llmopt-tui try --prompt tickets --embedded

Standard output holds the answer alone, or with --json one document; score and speed go to standard
error. Without --prompt the case's own is tried, without --example its first example.
"""
_MOST_CHARACTERS = 4_000_000
_LONGEST_FEEDBACK = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add = parser.add_argument
    add("--prompt", metavar="P", help="a prompt of the workspace, by its name")
    add("--model", metavar="M", help="the model that answers")
    add("--case", metavar="C", help="the case whose example is answered, and which scores it")
    add("--example", metavar="ID", default="", help="the example's id (else the first)")
    add("--json", action="store_true", help="one JSON document instead of the streamed answer")


def run(args: argparse.Namespace) -> int:
    """Check the request, make the call, and say how it went."""
    workspace = find_workspace(args)
    flags = start_flags(workspace, args)
    settings = load_settings(workspace, args)
    if not args.model and not flags.embedded:
        raise CommandError(f"--model is missing; see {PROGRAM} models for what there is")
    attempt = _attempt(workspace, args)
    printer = _Printer(quiet=args.json)
    tried = asyncio.run(_work(settings, flags, args.model or "", attempt, printer))
    printer.end()
    if args.json:
        put_json(_document(tried))
    else:
        _say_outcome(tried)
    return ExitCode.FAILED if tried.error or tried.unscored else ExitCode.OK


def _attempt(workspace: Workspace, args: argparse.Namespace) -> Attempt:
    from llmopt_tui.app.trying import InputsMissing, attempt_on_example, attempt_on_text

    if not args.prompt and not args.case:
        raise CommandError("--prompt is missing, and --case whose own prompt could be tried")
    if args.example and not args.case:
        raise CommandError("--example goes with --case")
    require_cases(workspace)
    prompt = _prompt(workspace, args.prompt) if args.prompt else None
    try:
        if args.case:
            return attempt_on_example(_case(workspace, args.case), args.example, prompt)
        assert prompt is not None
        return attempt_on_text(prompt, _standard_input() if prompt.placeholders else "")
    except InputsMissing as error:
        raise CommandError(error) from error


def _prompt(workspace: Workspace, name: str) -> Prompt:
    loaded = workspace.load_prompts()
    if name in loaded.prompts:
        return loaded.prompts[name]
    file = f"{workspace.prompts.name}/{name}.toml"
    if problems := [problem for problem in loaded.problems if problem.file == file]:
        raise CommandError(*problems)
    hint = did_you_mean(name, loaded.prompts) or f"; there is {listed(loaded.prompts)}"
    raise CommandError(f'--prompt: there is no prompt "{name}"{hint}')


def _case(workspace: Workspace, name: str) -> Case:
    loaded = workspace.load_cases()
    if problems := [problem for problem in loaded.problems if problem.case == name]:
        raise CommandError(*problems)
    known = {case.id: case for case in loaded.cases}
    if name not in known:
        hint = did_you_mean(name, known) or f"; there is {listed(known)}"
        raise CommandError(f'--case: there is no case "{name}"{hint}')
    return known[name]


def _standard_input() -> str:
    """The text on standard input, without the newline that ends its last line."""
    if sys.stdin.isatty():
        say("Type the input, then Ctrl+D (on Windows Ctrl+Z and Enter):")
    try:
        text = sys.stdin.read(_MOST_CHARACTERS + 1)
    except UnicodeDecodeError as error:
        raise CommandError(f"standard input is not {error.encoding} text") from error
    if len(text) > _MOST_CHARACTERS:
        raise CommandError(f"standard input is longer than {_MOST_CHARACTERS:,} characters")
    return text.removesuffix("\n").removesuffix("\r")


async def _work(
    settings: Settings, flags: StartFlags, model: str, attempt: Attempt, printer: _Printer
) -> Tried:
    from llmopt_tui.app.trying import carry_out
    from llmopt_tui.app.wrong_request import WrongRequest
    from llmopt_tui.cli.servers import connected, failing, surveyed, unreachable
    from llmopt_tui.core.ports import ModelError

    async with connected(settings, flags) as endpoints:
        surveys = await surveyed(endpoints)
        try:
            name = model or surveys[0].models[0].name
            return await carry_out(endpoints, name, attempt, printer.hear)
        except WrongRequest as error:
            # A model may be on an endpoint that could not be asked.
            raise CommandError(error, *failing(surveys)) from error
        except ModelError as error:
            printer.end()
            raise unreachable(error) from error


class _Printer:
    """Prints an answer to standard output as it comes; with `quiet`, nothing."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._held = ""
        self._at_line_start = True
        self._thinking_said = quiet

    def hear(self, piece: Piece) -> None:
        """Print a piece of the answer, or say that it begins again or that the model thinks."""
        from llmopt_tui.core.ports import Retrying

        if isinstance(piece, Retrying):
            self.end()
            say(f"the call failed, and is made again from the start: {piece.reason}")
            return
        if piece.thinking and not self._thinking_said:
            self._thinking_said = True
            say("the model is thinking ...")
        if piece.text and not self._quiet:
            text = self._held + piece.text
            # A carriage return may be half of a line end of which the rest is still to come.
            self._held = "\r" if text.endswith("\r") else ""
            self._print(text.removesuffix("\r"))

    def end(self) -> None:
        """End the line that is begun."""
        held, self._held = self._held, ""
        self._print(held)
        if not self._at_line_start:
            self._print("\n")

    def _print(self, text: str) -> None:
        if text:
            sys.stdout.write(visible(text))
            sys.stdout.flush()
            self._at_line_start = text.endswith("\n")


def _say_outcome(tried: Tried) -> None:
    metrics = tried.reply.metrics
    if tried.error:
        say(f"{PROGRAM}: no answer: {tried.error}")
    for found in tried.criteria:
        feedback = one_line(found.feedback, _LONGEST_FEEDBACK)
        say(f"{found.score:.2f}  {found.kind}: {feedback}")
    if tried.unscored:
        say(f"{PROGRAM}: no score: {tried.unscored}")
    parts = [] if tried.score is None else [f"score {tried.score:.2f}"]
    parts += [tried.model.name, f"{tried.seconds:.1f} s"]
    if metrics.output_tokens is not None:
        parts.append(f"{metrics.output_tokens} tokens")
    if metrics.tokens_per_second is not None:
        parts.append(f"{metrics.tokens_per_second:.0f} tokens/s")
    if metrics.truncated:
        parts.append("cut off at the limit of its length")
    say(", ".join(parts))


def _document(tried: Tried) -> dict[str, object]:
    attempt = tried.attempt
    return {
        "schema_version": 1,
        "prompt": attempt.prompt.name,
        "model": tried.model,
        "case": attempt.case.id if attempt.case else None,
        "example_id": attempt.example.id if attempt.example else None,
        "inputs": attempt.inputs,
        "messages": tried.request.messages,
        "output": tried.reply.text,
        "thinking": tried.reply.thinking,
        "processing_time": tried.seconds,
        "success": not tried.error,
        "error_message": tried.error or tried.unscored,
        "score": tried.score,
        "criteria": tried.criteria,
        "metrics": tried.reply.metrics,
    }
