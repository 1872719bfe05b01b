"""Exports: the results of a session or a suite, in the forms of other programs.

Which forms there are, and the text of each. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from llmopt_tui.core.loop.record import SessionRecord, Status
from llmopt_tui.reports.exports.html.session import session_page
from llmopt_tui.reports.exports.html.suite import suite_page
from llmopt_tui.reports.exports.modelfile import modelfile
from llmopt_tui.reports.exports.plots import plots
from llmopt_tui.reports.exports.promptfoo import promptfoo_config
from llmopt_tui.reports.exports.results import results
from llmopt_tui.reports.exports.runs_csv import runs_csv
from llmopt_tui.reports.exports.script import python_script
from llmopt_tui.reports.exports.winner import Winner, winner_of
from llmopt_tui.reports.session_report import session_report
from llmopt_tui.store.documents import SCHEMA_VERSION, best_prompt, session_data
from llmopt_tui.store.sessions import LoadedSession
from llmopt_tui.store.values import json_text, plain, toml_text

FORMATS: Mapping[str, str] = {
    "toml": "the best prompt, as a prompt file with where it comes from",
    "json": "everything that a program may want to know",
    "csv": "every run as a row",
    "modelfile": "an Ollama Modelfile",
    "promptfoo": "a promptfoo configuration with the examples as tests",
    "python": "a script that asks the model with the prompt",
    "html": "a page with everything, for any browser, without network",
    "markdown": "the report, with its plots as SVG files beside it",
}
"""What can be exported, by the word for it."""

SUFFIXES: Mapping[str, str] = {
    "toml": ".toml",
    "json": ".json",
    "csv": ".csv",
    "modelfile": ".Modelfile",
    "promptfoo": ".promptfoo.json",
    "python": ".py",
    "html": ".html",
    "markdown": ".md",
}
"""How a file of each form is named at its end."""


class NothingToExportError(Exception):
    """What is asked for does not exist, or not so far."""


def export_session(record: SessionRecord, to: str, *, status: Status | None = None) -> str:
    """A session as one text. Raises NothingToExportError, and InexpressibleError for a Modelfile.

    `to` is one of FORMATS; `status` overrides the record's.
    """
    match to:
        case "json":
            return json_text(session_document(record, status=status))
        case "csv":
            return runs_csv([record])
        case "html":
            return session_page(record, status=status)
        case "markdown":
            return session_report(record, status=status)
        case "toml":
            require_winner(record)
            return toml_text(best_prompt(record) or {})
        case "modelfile":
            return modelfile(require_winner(record))
        case "promptfoo":
            return json_text(promptfoo_config(require_winner(record)))
        case "python":
            return python_script(require_winner(record))
    raise KeyError(to)


def export_suite(
    document: Mapping[str, Any], sessions: Sequence[LoadedSession], to: str
) -> str | None:
    """A whole suite as one text; None for forms that hold one session."""
    match to:
        case "json":
            parts = [session_document(s.record, status=s.status) for s in sessions]
            whole = {"schema_version": SCHEMA_VERSION, "suite": document, "sessions": parts}
            return json_text(whole)
        case "csv":
            return runs_csv([session.record for session in sessions])
        case "html":
            from llmopt_tui.state.documents.suite import SuiteDocument

            found = SuiteDocument.read(document)
            return suite_page(found, [(s.record, s.status) for s in sessions])
        case _:
            return None


def report_with_plots(
    record: SessionRecord, name: str, *, status: Status | None = None
) -> dict[str, str]:
    """The plots and then the report, by file name.

    Beside NAME.md come NAME_iterations.svg and NAME_examples.svg.
    """
    stem = PurePath(name).stem
    pictures = {f"{stem}_{plot.name}.svg": plot for plot in plots(record)}
    links = [(plot.title, quote(picture)) for picture, plot in pictures.items()]
    files = {picture: plot.svg for picture, plot in pictures.items()}
    return files | {name: session_report(record, status=status, plots=links)}


def export_files(
    record: SessionRecord, to: str, name: str, *, status: Status | None = None
) -> dict[str, str]:
    """The files of an export by their names, the one called `name` last. Raises as `export_session`
    does.
    """
    if to == "markdown":
        return report_with_plots(record, name, status=status)
    return {name: export_session(record, to, status=status)}


def session_document(record: SessionRecord, *, status: Status | None = None) -> dict[str, Any]:
    """session_data.json, with the prompt, how it was asked, and each example's runs."""
    document: dict[str, Any] = plain(session_data(record, status=status))
    return document | results(record)


def require_winner(record: SessionRecord) -> Winner:
    """The best prompt. Raises NothingToExportError where none is scored."""
    winner = winner_of(record)
    if winner is None:
        raise NothingToExportError("no prompt of this session has a score yet")
    return winner
