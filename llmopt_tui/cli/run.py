"""`run`: sessions without the app, suggestions decided automatically."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llmopt_tui.cli.common import (
    PROGRAM,
    CommandError,
    find_workspace,
    load_settings,
    require_cases,
    start_flags,
)
from llmopt_tui.core.text.near import did_you_mean, listed

if TYPE_CHECKING:
    import asyncio

    from llmopt_tui.app.endpoints import Endpoints
    from llmopt_tui.app.suite_run import SuiteRun
    from llmopt_tui.app.workspace import Workspace
    from llmopt_tui.config.flags import StartFlags
    from llmopt_tui.config.settings import Settings
    from llmopt_tui.core.case import Case

EPILOG = """\
examples:
  llmopt-tui run --model gemma3n qwen3 --case concise_description
  llmopt-tui run --model qwen3 --case skills_extraction --seed 7 --option num_ctx=4096
  llmopt-tui run --embedded --case concise_description --json > suite.json

Progress goes to standard error. Ctrl+C keeps everything so far, and says how to resume.
"""

_SETTINGS = (
    "interviewer",
    "baseline",
    "max_iterations",
    "target",
    "repeats",
    "max_calls",
    "proposals",
    "demonstrations",
    "explain",
    "transfer",
    "cache",
)
# A person in front of the app may wait for a server as long as they like; a script may not.
_SERVER_WAIT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class _Plan:
    workspace: Workspace
    settings: Settings
    flags: StartFlags
    models: tuple[str, ...]
    cases: tuple[Case, ...]
    named: tuple[str, ...]
    """Every model that a flag names, to be checked before anything starts."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes. Values stay texts: the settings read and check them."""
    many: dict[str, Any] = {"action": "extend", "nargs": "+", "default": []}
    add = parser.add_argument
    add("--model", metavar="M", **many, help="the models to optimize a prompt for")
    add("--case", metavar="C", **many, help="the cases to do it on")
    add("--interviewer", metavar="I", help='model that suggests prompts, or "playbook"')
    add("--baseline", metavar="B", help="model to compare with; it is run too")
    add("--max-iterations", metavar="N", help="prompts to test at most, in each session")
    add("--target", metavar="T", help="score at which a session stops, 0 to 1")
    add("--repeats", metavar="R", help="runs of each example in an iteration")
    add("--max-calls", metavar="N", help="calls of a session at most, held-out ones included")
    add("--proposals", metavar="K", help="ideas raced in a round; 1: one idea, not raced")
    add("--demonstrations", metavar="N", help="examples that a prompt may show at most; 0: none")
    add(
        "--explain",
        action="store_const",
        const="true",
        help="leave each part of the winner out once, to see which part did it",
    )
    add("--seed", metavar="S", help="seed of every call; the same as --option seed=S")
    option = 'option of every call in Ollama\'s names, for example "temperature=0.2"'
    add("--option", metavar="KEY=VALUE", action="append", default=[], help=option)
    switch: dict[str, Any] = {"dest": "transfer", "action": "store_const"}
    add("--transfer", **switch, const="true", help="try each model's best prompt on the others")
    add("--no-transfer", **switch, const="false", help="do not, even if the settings say so")
    no_cache: dict[str, Any] = {"dest": "cache", "action": "store_const", "const": "false"}
    add("--no-cache", **no_cache, help="make every call, even one whose answer is kept")
    add("--json", action="store_true", help="the suite's document on standard output")


def run(args: argparse.Namespace) -> int:
    """Check the request, then run every model on every case."""
    from llmopt_tui.cli.carry_out import run_suite

    plan = _plan(args)
    return run_suite(lambda task: _run(plan, task), json=args.json)


def _plan(args: argparse.Namespace) -> _Plan:
    """The request, checked as far as it can be without a server. Raises CommandError."""
    workspace = find_workspace(args)
    flags = start_flags(workspace, args)
    given = {key: text for key in _SETTINGS if (text := getattr(args, key)) is not None}
    settings = load_settings(workspace, args, given, _options(args))
    wait = _SERVER_WAIT_SECONDS if settings.server_wait is None else settings.server_wait
    settings = replace(settings, mode="auto", server_wait=wait)
    models = list(args.model)
    if not models and not flags.embedded:
        raise CommandError(f"--model is missing; see {PROGRAM} models for what there is")
    if models and args.baseline:
        models.insert(0, args.baseline)
    named = tuple(models) if args.baseline is None else (*models, args.baseline)
    cases = _cases(workspace, list(dict.fromkeys(args.case)))
    _check_budget(settings, cases)
    return _Plan(workspace, settings, flags, tuple(models), cases, named)


def _options(args: argparse.Namespace) -> dict[str, str]:
    options = {} if args.seed is None else {"seed": args.seed}
    for text in args.option:
        name, equals, value = text.partition("=")
        if not equals:
            raise CommandError(f'--option: "{text}" is not of the form KEY=VALUE')
        options[name.strip()] = value.strip()
    return options


def _check_budget(settings: Settings, cases: Sequence[Case]) -> None:
    """Refuse a limit of calls within which no session can come to a score. Raises CommandError."""
    from llmopt_tui.core.loop.next_step import least_calls

    for case in cases:
        least = least_calls(case, settings.loop())
        if settings.max_calls is not None and settings.max_calls < least:
            raise CommandError(
                f"--max-calls {settings.max_calls} is too few for {case.id}: the original prompt "
                f"alone takes {least}, one for each example"
            )


def _cases(workspace: Workspace, names: Sequence[str]) -> tuple[Case, ...]:
    require_cases(workspace)
    loaded = workspace.load_cases()
    known = {case.id: case for case in loaded.cases}
    broken = {problem.case for problem in loaded.problems}
    if not names:
        there = f"; there is {listed(known)}" if known else ""
        raise CommandError(f"--case is missing{there}")
    unknown = [name for name in names if name not in known and name not in broken]
    wrong: list[object] = [p for p in loaded.problems if p.case and p.case in names]
    for name in unknown:
        hint = did_you_mean(name, known) or (f"; there is {listed(known)}" if known else "")
        wrong.append(f'--case: there is no case "{name}"{hint}')
    if wrong:
        raise CommandError(*wrong)
    return tuple(known[name] for name in names)


async def _run(plan: _Plan, task: asyncio.Task[Any]) -> SuiteRun:
    from llmopt_tui.app.suite_run import SuiteRun
    from llmopt_tui.cli.carry_out import ProgressFollower, carry_out
    from llmopt_tui.cli.servers import connected
    from llmopt_tui.core.loop.control import RunControl

    async with connected(plan.settings, plan.flags) as endpoints:
        models = await _checked_models(plan, endpoints)
        pairs = [(model, case) for model in models for case in plan.cases]

        async def make(follower: ProgressFollower) -> SuiteRun:
            return SuiteRun.new(
                endpoints,
                plan.workspace.results,
                pairs,
                control=RunControl("auto"),
                follower=follower,
                transfer=plan.settings.transfer,
            )

        return await carry_out(make, task)


async def _checked_models(plan: _Plan, endpoints: Endpoints) -> list[str]:
    """The models to run, as their endpoints call them. Raises CommandError."""
    from llmopt_tui.app.judging import judge_faults
    from llmopt_tui.app.wrong_request import WrongRequest
    from llmopt_tui.cli.servers import surveyed, unreachable
    from llmopt_tui.core.ports import ModelError
    from llmopt_tui.core.text.names import find_name

    surveys = await surveyed(endpoints)
    wrong: list[str] = []
    for name in plan.named or ("",):
        try:
            await endpoints.check([name] if name else [])
        except WrongRequest as error:
            wrong.append(str(error))
        except ModelError as error:
            raise unreachable(error) from error
    if wrong:
        raise CommandError(*dict.fromkeys(wrong))
    known = [model.name for survey in surveys for model in survey.models]
    wanted = plan.models or tuple(known)
    models = list(dict.fromkeys(find_name(name, known) or name for name in wanted))
    if unjudged := await judge_faults(endpoints, models, plan.cases):
        raise CommandError(*unjudged)
    return models
