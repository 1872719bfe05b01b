"""The program's own arms: sessions on one task, each with other settings."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.optimizers.budget import Budget, BudgetedClient
from benchmarks.optimizers.outcomes import Outcome
from benchmarks.optimizers.tasks import Task
from llmopt_tui.app.clock import SystemClock
from llmopt_tui.config.settings import Settings
from llmopt_tui.core.analysis.measure import Result
from llmopt_tui.core.analysis.suite import analyse
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.session import ModelTestSession
from llmopt_tui.core.ports import Message
from llmopt_tui.core.proposals.interviewer import Interviewer
from llmopt_tui.core.proposals.model_interviewer import ModelInterviewer
from llmopt_tui.core.proposals.playbook_interviewer import PlaybookInterviewer
from llmopt_tui.core.settings import LoopSettings


@dataclass(frozen=True, slots=True)
class Own:
    """One way to set the program. `settings` are those that make the arm; the rest are defaults."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    playbook: bool = False


_ONE_AT_A_TIME = {"proposals": 1, "demonstrations": 0}

OWN = (
    Own("former loop", _ONE_AT_A_TIME),
    Own("ours"),
    Own("ours, no demonstrations", {"demonstrations": 0}),
    Own("ours, no races", {"proposals": 1}),
    Own("ours, no interviewer", playbook=True),
    Own("playbook alone", {"demonstrations": 0}, playbook=True),
)


async def original(task: Task) -> Outcome:
    """The prompt that every arm begins with. Its calls are no search, so they are not counted."""
    began = time.monotonic()
    chats = {
        example.id: task.case.prompt.messages(example.inputs) for example in task.case.examples
    }
    train = {example.id for example in task.case.split("train")}
    held_out = task.true_quality(next(iter(chats.values())))
    if held_out is not None:
        chats = {name: chat for name, chat in chats.items() if name in train}
    scores = task.scores(await task.answers(chats, task.client))
    if held_out is None:
        held_out = _mean([score for name, score in scores.items() if name not in train])
    return Outcome(
        task.name,
        task.seed,
        "original",
        held_out,
        _mean([score for name, score in scores.items() if name in train]),
        seconds=time.monotonic() - began,
    )


async def run_own(arm: Own, task: Task, calls: int) -> Outcome:
    """One session with at most so many calls before its held-out measurement."""
    began = time.monotonic()
    verdict_calls = 2 * len(task.case.split("validation"))
    limit = calls + verdict_calls
    budget = Budget(limit)
    record = SessionRecord()
    session = ModelTestSession(
        session_id=f"{task.seed:08x}",
        case=task.case,
        model=task.model,
        client=BudgetedClient(task.client, budget),
        interviewer=_interviewer(arm, task, budget),
        settings=_settings(arm, limit),
        control=RunControl("auto"),
        clock=SystemClock(),
        environment={},
        record=record,
        tell=lambda _: None,
    )
    async with aclosing(session.run()) as facts:
        async for fact in facts:
            fold(record, fact)
    return _outcome(arm, task, record, budget, time.monotonic() - began)


def _settings(arm: Own, calls: int) -> LoopSettings:
    """The settings of an arm: the calls bound it, and not the number of iterations."""
    base = Settings(mode="auto", max_calls=calls, max_iterations=calls).loop()
    return replace(base, **arm.settings)


def _interviewer(arm: Own, task: Task, budget: Budget) -> Interviewer:
    if arm.playbook or task.interviewer is None:
        return PlaybookInterviewer()
    client = BudgetedClient(task.interviewer, budget)
    return ModelInterviewer(client, task.interviewer_model, options=LoopSettings().options)


def _outcome(
    arm: Own, task: Task, record: SessionRecord, budget: Budget, seconds: float
) -> Outcome:
    best, finished = record.best, record.finished
    if best is None or finished is None:
        raise RuntimeError(f"{arm.name} on {task.name} {task.seed}: the session has no score")
    found = analyse([Result(task.model.name, task.name, "", record)], "")
    (gain,), luck = found.gains.values(), next(iter(found.luck.values()), None)
    # What is recommended: the best prompt, unless it does worse than the original held out.
    winner = record.iterations[0] if gain.held_out and gain.size < 0 else best
    held_out = task.true_quality(_probe(task, winner))
    true_gain = _true_gain(task, record.iterations[0], best)
    if held_out is None:
        held_out = _mean([run.score for run in winner.validation_runs])
    corrected = luck.corrected if luck is not None and winner is best else None
    verdict_calls = sum(len(iteration.validation_runs) for iteration in record.iterations)
    return Outcome(
        task.name,
        task.seed,
        arm.name,
        held_out,
        winner.score or 0.0,
        claims=gain.is_real and gain.size > 0,
        changed=best is not record.iterations[0],
        ci95=gain.ci95 if best is not record.iterations[0] else None,
        true_gain=true_gain,
        corrected=corrected,
        calls=budget.used - verdict_calls,
        held_out_calls=verdict_calls,
        seconds=seconds,
        error=finished.error_message,
    )


def _true_gain(task: Task, original: IterationRecord, best: IterationRecord) -> float | None:
    """The best prompt's true quality less the original's; None for a real task."""
    before, after = (task.true_quality(_probe(task, one)) for one in (original, best))
    return None if before is None or after is None else after - before


def _probe(task: Task, iteration: IterationRecord) -> tuple[Message, ...]:
    """What an iteration's prompt sends for one held-out example."""
    example = task.case.split("validation")[0]
    return iteration.variant.messages(example.inputs)


def _mean(scores: list[float]) -> float:
    return sum(scores) / len(scores) if scores else 0.0
