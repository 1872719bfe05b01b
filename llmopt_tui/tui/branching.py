"""Branching: asks before a new session begins with an iteration of the one that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.variant_words import shown_words
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from llmopt_tui.app.branching import Branch
    from llmopt_tui.core.loop.iteration import IterationRecord
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.tui.app import LlmoptApp

_MOST = 99


def ask_to_branch(app: LlmoptApp, record: SessionRecord, iteration: int) -> None:
    """Ask whether to begin a new session with an iteration of this one, and do it."""
    found = record.iteration(iteration)
    if found is None or record.started is None:
        app.say("There is no iteration to branch from yet.")
        return
    _ask(app, record, found, f"Branch from iteration {found.n}?")


def ask_to_run_longer(app: LlmoptApp, record: SessionRecord) -> None:
    """Ask whether to begin a new session with the best iteration of one that has ended."""
    if record.finished is None:
        app.say("The session has not ended. What was interrupted is resumed in Sessions.")
    elif record.best is None:
        app.say("The session has no score to continue from.")
    else:
        _ask(app, record, record.best, f"Run longer, from the best: iteration {record.best.n}?")


def _ask(app: LlmoptApp, record: SessionRecord, iteration: IterationRecord, title: str) -> None:
    from llmopt_tui.app.branching import Branch
    from llmopt_tui.tui.screens.dialogs import Ask

    assert record.started is not None
    started = record.started
    score = f", score {score_text(iteration.score)}" if iteration.score is not None else ""
    shown = shown_words(iteration.variant)
    lines = [
        f"{one_line(started.model.name)} × {one_line(started.case_id)}",
        f"session {one_line(started.session_id)}, iteration {iteration.n}{score}",
        *([shown] if shown else []),
        "",
        "A new session of this model and case begins with its prompt. How many iterations at most?",
    ]
    if app.controller.running:
        lines.append("The run under way is stopped first; everything finished is kept.")

    def answered(text: str | None) -> None:
        if text is not None:
            branch = Branch(record, iteration.n, int(text))
            app.run_worker(_begin(app, branch), group="branch", exit_on_error=False)

    most = str(max(2, started.settings.max_iterations))
    dialog = Ask(title, "\n".join(lines), value=most, ok="Start", problem_with=_problem)
    app.push_screen(dialog, answered)


def _problem(text: str) -> str:
    usable = text.strip().isascii() and text.strip().isdigit() and 0 < int(text) <= _MOST
    return "" if usable else f"A number from 1 to {_MOST} is needed."


async def _begin(app: LlmoptApp, branch: Branch) -> None:
    if app.controller.running:
        app.controller.stop()
        await app.controller.ended()
    app.controller.branch(branch)
    app.action_workbench()
