"""`cases`: what the workspace has, every file checked."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from llmopt_tui.cli.common import (
    ExitCode,
    find_workspace,
    put,
    put_json,
    put_table,
    require_cases,
    say,
)
from llmopt_tui.core.case import Case


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """Print the cases that can be run, warnings, and every problem; exit 2 where there is one."""
    workspace = find_workspace(args)
    require_cases(workspace)
    loaded = workspace.load_cases()
    warnings = [(case.id, message) for case in loaded.cases for message in repeated(case)]
    if args.json:
        put_json(
            {
                "schema_version": 1,
                "cases": [_document(case) for case in loaded.cases],
                "problems": [asdict(problem) for problem in loaded.problems],
                "warnings": [{"case": case, "message": message} for case, message in warnings],
            }
        )
    elif loaded.cases:
        titles = ("case", "title", "prompt", "criteria", "train", "validation")
        put_table(titles, map(_row, loaded.cases), right=(4, 5))
    elif not loaded.problems:
        put(f"There is no case in {workspace.cases}.")
    for case, message in warnings:
        say(f"warning: {case}: {message}")
    for problem in loaded.problems:
        say(problem)
    return ExitCode.WRONG_REQUEST if loaded.problems else ExitCode.OK


def repeated(case: Case) -> list[str]:
    """What to say of a case's examples that repeat each other."""
    from llmopt_tui.core.repeated import repeated_inputs

    return repeated_inputs(case.examples)


def _row(case: Case) -> tuple[str, ...]:
    return (
        case.id,
        case.title,
        case.prompt.name,
        ", ".join(criterion.kind for criterion in case.criteria),
        str(len(case.split("train"))),
        str(len(case.split("validation"))),
    )


def _document(case: Case) -> dict[str, object]:
    return {
        "id": case.id,
        "title": case.title,
        "description": case.description,
        "prompt": case.prompt.name,
        "tags": list(case.tags),
        "criteria": [criterion.kind for criterion in case.criteria],
        "train": len(case.split("train")),
        "validation": len(case.split("validation")),
        "sha256": case.sha256,
    }
