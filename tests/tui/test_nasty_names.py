"""Names and messages from outside, in every place of the app that shows one: inert and in place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from llmopt_tui.app.workspace import LoadedCases
from llmopt_tui.config.problems import Problem
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.news import RunProblem
from llmopt_tui.tui.notices import Notice
from llmopt_tui.tui.panes.cases import CasesPane
from llmopt_tui.tui.panes.models import ModelsPane
from tests.fakes.models import MODELS, ScriptedClient, candidate
from tests.nasty import NASTY, acted_on
from tests.tui.harness import Stage, answer, make_case, text_of, until

NAMES = [text for text in NASTY if text.strip() and len(text) < 2_000]
SIZE = (160, 50)


def inert(text: str) -> bool:
    return not acted_on(text)


def named(root: Path, names: list[str]) -> Stage:
    """An app in which models, cases, their titles and their problems have these names."""
    cases = tuple(
        replace(make_case(), id=name, title=name, description=name, tags=(name,)) for name in names
    )
    problems = tuple(Problem(f"cases/{name}", name, name, case=name) for name in names[:3])
    stage = Stage(root, loaded=LoadedCases(cases, problems))
    models = tuple(replace(MODELS[0], name=name, family=name, quantization=name) for name in names)
    stage.client = ScriptedClient(
        lambda request: candidate(request) if request.model in names else answer(request),  # type: ignore[arg-type, return-value]
        (*models, *MODELS),
    )
    stage.endpoints.client = stage.client
    return stage


async def test_lists_show_every_name_inert(tmp_path: Path) -> None:
    stage = named(tmp_path, NAMES)
    async with stage.app.run_test(size=SIZE) as pilot:
        await stage.ready(pilot)
        for rows in (
            stage.workbench.query_one(ModelsPane).rows,
            stage.workbench.query_one(CasesPane).rows,
        ):
            assert rows.option_count >= len(NAMES)
            rows.focus()
            for _ in range(len(NAMES) // 10):
                await pilot.press("pagedown")
                assert inert(text_of(stage.app.screen))
                if rows.highlighted == rows.option_count - 1:
                    break
        assert "[bold red]not bold" in "".join(
            str(option.prompt) for option in stage.workbench.query_one(ModelsPane).rows.options
        )


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [
        "[bold red]m[/] [@click=app.quit]x[/] \x1b]2;title\x07\x1b[2J\u202e",
        "../../\x1bPq\x1b\\ \x9d0;t\x9c\n\nsecond line\x00 \ud800" + "\u00e9" * 300,
    ],
    ids=["markup", "path"],
)
async def test_a_run_shows_its_name_inert_everywhere(tmp_path: Path, name: str) -> None:
    stage = named(tmp_path, [name])
    async with stage.app.run_test(size=SIZE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        assert inert(text_of(stage.app.screen))
        assert text_of(stage.workbench.query_one(TopBar)).strip()
        await pilot.press("b")
        await until(pilot, lambda: stage.app.screen is not stage.workbench)
        await pilot.pause()
        assert inert(text_of(stage.app.screen))
        assert stage.app.return_code is None
    (folder,) = (tmp_path / "results").glob("session_*")
    assert stage.state.record.started is not None
    assert stage.state.record.started.model.name == name
    assert folder.parent == tmp_path / "results"


async def test_notices_are_words(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def standing() -> list[Notice]:
        return list(stage.workbench.query(Notice))

    async with stage.app.run_test(size=SIZE) as pilot:
        await stage.ready(pilot)
        for start in range(0, len(NAMES), 6):
            some = NAMES[start : start + 6]
            for text in some:
                stage.workbench.post_message(RunProblem(text))
                stage.app.say(text)
            await until(pilot, lambda: some[-1] in [n.text for n in standing()])  # noqa: B023
            await pilot.pause()
            assert inert(text_of(stage.app.screen)), some
            stage.app.clear_notifications()
        assert len(standing()) <= 3


def test_the_title_is_one_short_line(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    written: list[str] = []

    class Driver:
        is_headless = is_inline = is_web = False
        write = staticmethod(written.append)

    stage.app._driver = Driver()  # type: ignore[assignment]
    for text in NASTY:
        stage.app.call_for_attention(text)
    for title in written:
        if title != "\x07":
            assert title.startswith("\x1b]2;")
            assert title.endswith("\x07")
            assert inert(title[4:-1])
            assert "\n" not in title
            assert len(title) <= 110
