"""A run that resumes: from a suite's document, or from one session's journal."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.members import Follower, kept_member
from llmopt_tui.app.suite_keeping import PREFIX
from llmopt_tui.app.suite_run import KEPT_OPEN, SuiteRun
from llmopt_tui.app.transfers import folders_in
from llmopt_tui.app.workspace import case_from_snapshot
from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.suite import SuitePlan
from llmopt_tui.core.text.names import folder_slug
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.state.documents.moments import moment
from llmopt_tui.store.reading import read_document
from llmopt_tui.store.sessions import (
    LoadedSession,
    load_session,
    session_folder,
    session_folders,
)
from llmopt_tui.store.writer import discard_unbegun

if TYPE_CHECKING:
    from llmopt_tui.state.documents.suite import SuiteDocument


def reopen_suite(
    endpoints: Endpoints,
    results: Path,
    document: SuiteDocument,
    *,
    control: RunControl,
    follower: Follower,
    only: Path | None = None,
) -> SuiteRun:
    """A suite that resumes, from its document. What has ended is not run again.

    With `only`, of its sessions the one in that folder alone. Raises WrongRequest where the
    document does not say enough.
    """
    try:
        plan = _plan_in(document)
        started_at = moment(document.started_at)
        if started_at is None:
            raise ValueError("started_at is missing or odd")
        folders = {
            (row.model, row.case): session_folder(results, row.folder) for row in document.sessions
        }
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise WrongRequest(
            "the suite's document does not say what is left to do "
            f"({one_line(repr(error), 120)}); its sessions can be resumed by their own ids"
        ) from error
    cases = {case.id: case for case in plan.cases}
    folders |= _unlisted(results, plan, folders, started_at)
    members = []
    for (model, case), folder in folders.items():
        if case in cases:
            members.append(kept_member(model, cases[case], folder))
            if len(folders) > KEPT_OPEN:
                members[-1].let_go()
    for member in members:
        member.ended = member.ended or (only is not None and member.folder != only)
    suite = SuiteRun(
        endpoints,
        results,
        plan,
        members,
        control=control,
        follower=follower,
        started_at=started_at,
    )
    suite.reopened_from(document)
    suite.plan_transfers(folders_in(document))
    for transfer in suite.transfers:
        transfer.trial.ended = transfer.trial.ended or only is not None
    return suite


def reopen_session(
    endpoints: Endpoints,
    results: Path,
    session: LoadedSession,
    *,
    control: RunControl,
    follower: Follower,
) -> SuiteRun:
    """One session that resumes. Where it belongs to a suite, that is brought up to date.

    Raises WrongRequest where it cannot be read.
    """
    started = session.record.started
    if started is None:
        raise WrongRequest("its journal holds no beginning: there is nothing to resume")
    document = _suite_of(results, started.suite_id)
    if document and _lists(document, session.folder):
        # A document that was edited or torn keeps no session of its suite from resuming.
        with contextlib.suppress(WrongRequest):
            return reopen_suite(
                endpoints,
                results,
                document,
                control=control,
                follower=follower,
                only=session.folder,
            )
    try:
        case = case_from_snapshot(started.case, started.prompt)
    except ValueError as error:
        raise WrongRequest(f"its case cannot be read: {error}") from error
    plan = SuitePlan(
        suite_id="",
        models=(started.model.name,),
        cases=(case,),
        baseline_model=started.baseline_model,
        interviewer_model=started.interviewer_model,
        settings=started.settings,
    )
    member = kept_member(started.model.name, case, session.folder)
    return SuiteRun(
        endpoints,
        results,
        plan,
        [member],
        control=control,
        follower=follower,
        started_at=started.at,
    )


def _unlisted(
    results: Path,
    plan: SuitePlan,
    listed: Mapping[tuple[str, str], Path | None],
    since: datetime,
) -> dict[tuple[str, str], Path]:
    """The folders of sessions that began after the suite's document was written for the last time,
    by model and case.
    """
    missing = {key for key, folder in listed.items() if folder is None}
    slugs = {folder_slug(model) for model, _ in missing}
    known = {folder.name for folder in listed.values() if folder}
    found: dict[tuple[str, str], Path] = {}
    for folder in session_folders(results) if missing else ():
        if folder.name in known or folder.name.split("_", 2)[-1] not in slugs:
            continue
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < since.timestamp():
                continue
            try:
                started = load_session(folder).record.started
            except FileNotFoundError:
                discard_unbegun(folder)
                continue
            if started and started.suite_id == plan.suite_id:
                key = started.model.name, started.case_id
                if key in missing:
                    found[key] = folder
    return found


def _plan_in(document: SuiteDocument) -> SuitePlan:
    """The plan in a suite's document. Raises KeyError, TypeError or ValueError."""
    suite_id, settings = document.suite_id, document.settings
    if not (suite_id.isascii() and suite_id.isalnum()):  # it becomes part of a path
        raise ValueError(f"{suite_id!r} is no suite id")
    needed = ("models", "cases", "baseline_model", "interviewer_model", "sessions")
    if settings is None or not document.knows(*needed):
        raise ValueError(f"settings, {', '.join(needed)}: one is missing or odd")
    snapshots = document.case_snapshots
    return SuitePlan(
        suite_id=suite_id,
        models=document.models,
        cases=tuple(
            case_from_snapshot(snapshots[name].case, snapshots[name].prompt)
            for name in document.cases
        ),
        baseline_model=document.baseline_model,
        interviewer_model=document.interviewer_model,
        settings=settings,
        transfer=document.transfer is not None,
    )


def _suite_of(results: Path, suite_id: str) -> SuiteDocument | None:
    """The document of a suite, where there is one that can be resumed."""
    from llmopt_tui.state.documents.suite import SuiteDocument

    if not (suite_id.isascii() and suite_id.isalnum()):
        return None
    document = read_document(results / f"{PREFIX}{suite_id}.json", SuiteDocument)
    return document if document.case_snapshots else None


def _lists(document: SuiteDocument, folder: Path) -> bool:
    return any(row.folder == folder.name for row in document.sessions)
