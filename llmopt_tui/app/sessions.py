"""Sessions opened: a new one, one that resumes, and a winner tested once more.

Each is a session ready to run with the folder that keeps it. What happens in it is folded by the
folder's writer, after the journal has it: the record that the session reads is the writer's.
"""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from llmopt_tui.app.connecting import calls_at_once
from llmopt_tui.app.earlier import earlier_winners
from llmopt_tui.app.endpoints import EMBEDDED, Endpoints
from llmopt_tui.app.judging import judges_of
from llmopt_tui.app.workspace import case_from_snapshot
from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.core.case import Case, Split
from llmopt_tui.core.endings import ENDINGS
from llmopt_tui.core.events import SessionStarted
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.session import ModelTestSession
from llmopt_tui.core.loop.suite import SuitePlan
from llmopt_tui.core.ports import ModelClient
from llmopt_tui.core.proposals.playbook_interviewer import PlaybookInterviewer
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.signals import Signal, Sink
from llmopt_tui.core.variant import Variant
from llmopt_tui.core.version import __version__
from llmopt_tui.state.run_state import RunState
from llmopt_tui.store.writer import SessionWriter


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session with the folder that keeps it and what screens see of it."""

    session: ModelTestSession
    writer: SessionWriter
    state: RunState


async def open_session(
    endpoints: Endpoints,
    results: Path,
    model: str,
    case: Case,
    *,
    control: RunControl,
    plan: SuitePlan,
    tell: Sink,
    endpoint: str = "",
) -> OpenSession:
    """A session of one candidate on one case, as a suite plans it, in a folder of its own.

    It runs on `endpoint`, or on the first that has the model. Raises `WrongRequest` where none has
    the model or the interviewer, `ModelError` where none answers, `OSError` where the folder
    cannot be made.
    """
    record = SessionRecord()
    state = RunState(record)
    searches = plan.settings.searches and plan.settings.max_iterations > 1
    earlier: Sequence[Variant] = ()
    if searches:
        earlier = await asyncio.to_thread(earlier_winners, results, case, model, plan.suite_id)
    session = await unkept_session(
        endpoints,
        model,
        case,
        control=control,
        plan=plan,
        tell=_seen_by(state, tell),
        endpoint=endpoint,
        record=record,
        earlier=earlier,
    )
    writer = SessionWriter.create(results, session.session_id, session.model.name, record)
    return OpenSession(session, writer, state)


async def unkept_session(
    endpoints: Endpoints,
    model: str,
    case: Case,
    *,
    control: RunControl,
    plan: SuitePlan,
    tell: Sink,
    endpoint: str = "",
    record: SessionRecord | None = None,
    earlier: Sequence[Variant] = (),
) -> ModelTestSession:
    """As `open_session`, in no folder: whoever iterates folds its facts into its record."""
    client, info, version = await endpoints.find(model, endpoint)
    interviewer = await endpoints.interviewer_for(
        plan.interviewer_model, plan.settings, beside=client.endpoint
    )
    settings = as_sent(client, plan.settings)
    return ModelTestSession(
        session_id=endpoints.new_id(),
        suite_id=plan.suite_id,
        case=case,
        model=info,
        client=client,
        interviewer=interviewer,
        settings=settings,
        control=control,
        clock=endpoints.clock,
        environment=_environment(version, await calls_at_once(client)),
        record=SessionRecord() if record is None else record,
        tell=tell,
        slots=await endpoints.slots(),
        earlier=earlier,
        baseline_model=plan.baseline_model,
        judges=await judges_of(endpoints, case, info, plan.interviewer_model),
    )


async def resume_session(
    endpoints: Endpoints, folder: Path, *, control: RunControl, tell: Sink, endpoint: str = ""
) -> OpenSession:
    """A recorded session that resumes where it stopped, with the settings that it began with.

    On `endpoint`, else on the first that has its model. Raises `WrongRequest` where it cannot
    resume, `FolderTakenError` where another process runs it, otherwise as `open_session` does.
    """
    writer = SessionWriter.reopen(folder)
    state = RunState(writer.record)
    try:
        session = await _resumed(endpoints, writer.record, control, _seen_by(state, tell), endpoint)
    except BaseException:
        await writer.close()
        raise
    return OpenSession(session, writer, state)


def as_sent(client: ModelClient, settings: LoopSettings) -> LoopSettings:
    """The settings without the options that the client's kind of server does not take.

    What is recorded is what was sent.
    """
    dropped = client.dropped(settings.options)
    if not dropped:
        return settings
    kept = {name: value for name, value in settings.options.items() if name not in dropped}
    return replace(settings, options=kept)


def not_taken(endpoints: Endpoints, session: ModelTestSession) -> str:
    """A sentence on the options that people set and a new session's endpoint does not take; or "".

    Options that nobody set are only defaults: nobody misses them.
    """
    asked, sent = endpoints.settings.options, session.settings.options
    names = [name for name in asked if name not in sent]
    if not names:
        return ""
    are = "it is" if len(names) == 1 else "they are"
    return f"{session.model.endpoint} does not take {', '.join(names)}: {are} not sent"


def _seen_by(state: RunState, tell: Sink) -> Sink:
    """A sink that has the state follow each signal before anybody is told of it."""

    def follow(signal: Signal) -> None:
        state.follow(signal)
        tell(signal)

    return follow


async def _resumed(
    endpoints: Endpoints, record: SessionRecord, control: RunControl, tell: Sink, endpoint: str
) -> ModelTestSession:
    started = record.started
    if started is None:
        raise WrongRequest("its journal holds no beginning: there is nothing to resume")
    if reason := why_ended(record):
        raise WrongRequest(f"it has ended, {reason}: nothing is left to do")
    case = case_of(started)
    if started.model.endpoint == EMBEDDED and not endpoints.embedded:
        raise WrongRequest("it ran on the embedded engine: start with --embedded to resume it")
    client, info, version = await endpoints.find(started.model.name, endpoint)
    same = started.model.is_same(info)
    if same is None and info.endpoint != started.model.endpoint:
        raise WrongRequest(
            f"it ran on {started.model.endpoint}, and nothing says that {info.name} on "
            f"{info.endpoint} is the same model; start a new run to compare like with like"
        )
    if same is False and not (started.model.digest and info.digest):
        raise WrongRequest(
            f"{info.name} is not the model that it was: its size or build differs; start a new run "
            "to compare like with like"
        )
    if same is False:
        raise WrongRequest(
            f"{info.name} is not the model that it was (digest {info.digest[:12]}, then "
            f"{started.model.digest[:12]}); start a new run to compare like with like"
        )
    return ModelTestSession(
        session_id=started.session_id,
        suite_id=started.suite_id,
        case=case,
        model=info,
        client=client,
        interviewer=await endpoints.interviewer_for(
            started.interviewer_model, started.settings, beside=client.endpoint
        ),
        settings=started.settings,
        control=control,
        clock=endpoints.clock,
        environment=_environment(version, await calls_at_once(client)),
        record=record,
        tell=tell,
        slots=await endpoints.slots(),
        baseline_model=started.baseline_model,
        judges=await judges_of(endpoints, case, info, started.interviewer_model),
    )


async def session_again(
    endpoints: Endpoints, record: SessionRecord, split: Split, *, control: RunControl, tell: Sink
) -> ModelTestSession:
    """A session that tests the best prompt of a recorded one once more, on one split.

    Its single iteration is tested with the recorded settings; those examples are its train ones.
    Nothing comes from the cache, and no folder keeps it: the caller folds its facts into its
    record. Raises as `open_session` does.
    """
    from llmopt_tui.llm.caching import fresh

    started, best = record.started, record.best
    if started is None or best is None:
        raise WrongRequest("it has no score to compare with")
    case = case_of(started)
    examples = tuple(replace(example, split="train") for example in case.split(split))
    if not examples:
        raise WrongRequest("its case holds none of the examples that it was measured on")
    name = started.model.name
    places = await endpoints.endpoints_of(name, started.model)
    found, info, version = await endpoints.find(name, *places[:1])
    client = fresh(found)
    judges = await judges_of(endpoints, case, info, started.interviewer_model)
    return ModelTestSession(
        session_id=started.session_id,
        case=replace(case, prompt=case.prompt.with_variant(best.variant), examples=examples),
        model=info,
        client=client,
        interviewer=PlaybookInterviewer(),
        settings=replace(
            started.settings.once(),
            mode="auto",
            server_wait=endpoints.settings.server_wait,
        ),
        control=control,
        clock=endpoints.clock,
        environment=_environment(version, await calls_at_once(client)),
        record=SessionRecord(),
        tell=tell,
        slots=await endpoints.slots(),
        judges={name: replace(judge, client=fresh(judge.client)) for name, judge in judges.items()},
    )


def why_ended(record: SessionRecord) -> str:
    """Why a session has ended; empty where it can be resumed.

    One that failed or was stopped can: what was missing may be there now.
    """
    if record.finished is None or record.finished.stop_reason in ("failed", "stopped_by_user"):
        return ""
    return ENDINGS[record.finished.stop_reason].phrase


def case_of(started: SessionStarted) -> Case:
    """The case and prompt that a session was begun with. Raises WrongRequest."""
    try:
        return case_from_snapshot(started.case, started.prompt)
    except ValueError as error:
        raise WrongRequest(f"its case cannot be read: {error}") from error


def _environment(server_version: str, at_once: int) -> dict[str, str]:
    """What a session runs on. `calls_at_once`: the most calls that its endpoint gets at a time."""
    return {
        "program": f"llmopt-tui {__version__}",
        "python": platform.python_version(),
        "server_version": server_version,
        "calls_at_once": str(at_once),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }
