"""The sessions behind the library's functions: opened, carried out, made into a result."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.library_results import Evaluation, Optimization, SessionFailed
from llmopt_tui.app.sessions import open_session, unkept_session
from llmopt_tui.config.settings import Settings
from llmopt_tui.core.case import Case
from llmopt_tui.core.events import Event
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.session import ModelTestSession
from llmopt_tui.core.loop.suite import SuitePlan
from llmopt_tui.core.signals import Signal

Hear = Callable[[Event], None]
Keep = Callable[[Event], Awaitable[Event]]


def ignored(said: Event | Signal) -> None:
    """Drop what is said."""


@asynccontextmanager
async def _reached(settings: Settings, embedded: bool) -> AsyncIterator[Endpoints]:
    """The endpoint of one call, closed at its end. Raises `ModelError` where it is silent."""
    endpoints = Endpoints(settings, embedded=embedded)
    try:
        await endpoints.start()
        (survey,) = await endpoints.survey()
        if survey.error is not None:
            survey.error.add_note(f"This was asked: {survey.url}")
            raise survey.error
        yield endpoints
    finally:
        await endpoints.aclose()


async def optimized(
    settings: Settings,
    embedded: bool,
    case: Case,
    model: str,
    results: Path | None,
    hear: Hear,
) -> Optimization:
    """The best prompt of a session, which is kept in `results`; None: nowhere."""
    async with _reached(settings, embedded) as endpoints:
        if results is None:
            session = await _unkept(endpoints, case, model)
            await _carry_out(session, _folding_into(session.record), hear)
            return _optimization(session)
        return await _kept(endpoints, case, model, results, hear)


async def evaluated(
    settings: Settings, embedded: bool, case: Case, model: str, hear: Hear
) -> Evaluation:
    """How the case's prompt does on all examples of the case, each keeping its own split."""
    # An iteration is tested on train examples; what they are in the case is said of the runs.
    tested = replace(case, examples=tuple(replace(e, split="train") for e in case.examples))
    splits = {example.id: example.split for example in case.examples}
    async with _reached(settings, embedded) as endpoints:
        session = await _unkept(endpoints, tested, model, validate=False)
        await _carry_out(session, _folding_into(session.record), hear)
        iteration = session.record.iterations[0]
        runs = tuple(replace(run, split=splits[run.example_id]) for run in iteration.runs)
        return Evaluation(session.model.name, case.prompt, iteration.score or 0.0, runs)


async def _kept(
    endpoints: Endpoints, case: Case, model: str, results: Path, hear: Hear
) -> Optimization:
    plan = await _plan(endpoints, case, model)
    opened = await open_session(
        endpoints,
        results,
        plan.models[0],
        case,
        control=RunControl("auto"),
        plan=plan,
        tell=ignored,
    )
    folder = opened.writer.folder
    try:
        await _carry_out(opened.session, opened.writer.keep, hear, folder)
    finally:
        await opened.writer.close()
    return _optimization(opened.session, folder)


async def _unkept(
    endpoints: Endpoints, case: Case, model: str, *, validate: bool = True
) -> ModelTestSession:
    plan = await _plan(endpoints, case, model, validate=validate)
    return await unkept_session(
        endpoints, plan.models[0], case, control=RunControl("auto"), plan=plan, tell=ignored
    )


async def _plan(
    endpoints: Endpoints, case: Case, model: str, *, validate: bool = True
) -> SuitePlan:
    """A session on its own, of the model or else of the embedded one."""
    if not model:
        (survey,) = await endpoints.survey()
        model = survey.models[0].name
    loop = replace(endpoints.settings.loop(), validate=validate)
    return SuitePlan("", (model,), (case,), "", endpoints.interviewer, loop)


def _folding_into(record: SessionRecord) -> Keep:
    async def keep(fact: Event) -> Event:
        fold(record, fact)
        return fact

    return keep


async def _carry_out(
    session: ModelTestSession, keep: Keep, hear: Hear, folder: Path | None = None
) -> None:
    """Run a session to its end. Raises SessionFailed where it fails."""
    async with aclosing(session.run()) as facts:
        async for fact in facts:
            hear(await keep(fact))
    finished = session.record.finished
    if finished is not None and finished.stop_reason == "failed":
        raise SessionFailed(finished.error_message, session.record, folder)


def _optimization(session: ModelTestSession, folder: Path | None = None) -> Optimization:
    from llmopt_tui.core.analysis.suite import judged_gains

    record, original = session.record, session.case.prompt
    assert record.best is not None  # a session without a score has failed
    best = original.with_variant(record.best.variant)
    (gain,) = judged_gains({("", ""): record}).values()
    return Optimization(
        model=session.model.name,
        prompt=best if gain.recommends_best else original,
        original=original,
        best=best,
        gain=gain,
        record=record,
        folder=folder,
    )
