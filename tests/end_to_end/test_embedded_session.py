"""The real embedded model, end to end: three iterations of a starter case, kept and readable."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.sessions import OpenSession, open_session
from llmopt_tui.app.workspace import Workspace, init_workspace
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.suite import SuitePlan
from llmopt_tui.core.prompt import placeholders_in
from llmopt_tui.store.sessions import load_session

pytestmark = pytest.mark.embedded

TRAIN, HELD_OUT = 2, 1
"""Examples that are asked: enough for a loop, few enough for a test."""


async def run_session(root: Path) -> OpenSession:
    init_workspace(root)
    workspace = Workspace(root)
    case = next(c for c in workspace.load_cases().cases if c.id == "concise_description")
    case = replace(case, examples=case.split("train")[:TRAIN] + case.split("validation")[:HELD_OUT])
    settings = replace(workspace.load_settings().settings, mode="auto", max_iterations=3)
    given = os.environ.get("LLMOPT_TEST_GGUF")
    endpoints = Endpoints(settings, embedded=True, embedded_model=Path(given) if given else None)
    try:
        await endpoints.start()
        model = (await endpoints.survey())[0].models[0]
        plan = SuitePlan(
            suite_id="",
            models=(model.name,),
            cases=(case,),
            baseline_model="",
            interviewer_model=endpoints.interviewer,
            settings=settings.loop(),
        )
        opened = await open_session(
            endpoints,
            workspace.results,
            model.name,
            case,
            control=RunControl("auto"),
            plan=plan,
            tell=lambda _: None,
        )
        async for event in opened.session.run():
            await opened.writer.keep(event)
        await opened.writer.close()
        return opened
    finally:
        await endpoints.aclose()


async def test_a_session_on_the_real_model_is_kept_whole(tmp_path: Path) -> None:
    opened = await run_session(tmp_path)
    record, folder = opened.state.record, opened.writer.folder

    assert record.finished is not None
    assert record.finished.stop_reason in {"max_iterations", "plateau", "target_reached"}
    assert 2 <= len(record.scored) <= 3
    assert all(len(iteration.train_runs) == TRAIN for iteration in record.scored)
    assert {len(iteration.validation_runs) for iteration in record.scored} <= {0, HELD_OUT}
    assert all(run.output.strip() for iteration in record.scored for run in iteration.runs)
    assert all(
        run.metrics.tokens_per_second for iteration in record.scored for run in iteration.runs
    )
    assert record.best_score is not None
    assert record.baseline_score is not None
    assert record.best_score >= record.baseline_score

    best = tomllib.loads((folder / "best_prompt.toml").read_text())
    original = record.iterations[0].prompt
    assert placeholders_in(best["text"]) == placeholders_in(original)
    assert best["provenance"]["train_score"] == pytest.approx(record.best_score)
    document = json.loads((folder / "session_data.json").read_text())
    assert document["status"] == "completed"
    assert document["best_score"] == record.best_score
    assert (folder / "optimization_report.md").read_text().startswith("# Concise description")
    assert load_session(folder).record == record
