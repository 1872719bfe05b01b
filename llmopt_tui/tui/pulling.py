"""Pulling missing models: what is missing, what is asked before a run, and the downloads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmopt_tui.config.settings import DEFAULT_CANDIDATES
from llmopt_tui.core.text.names import find_name
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.error_words import error_words
from llmopt_tui.tui.news import NewsRoom, PullAdvanced, Pulled, PullsChanged, RunRequest

if TYPE_CHECKING:
    from textual.app import App
    from textual.worker import Worker

    from llmopt_tui.app.endpoints import Endpoints
    from llmopt_tui.app.surveys import EndpointSurvey
    from llmopt_tui.state.pulling import Pull


_COST = "A model is a download of some gigabytes. It can be cancelled, and resumed later."


def missing_models(surveys: Iterable[EndpointSurvey], endpoints: Endpoints) -> tuple[str, ...]:
    """The baseline, default candidates and interviewer that no endpoint has.

    Empty if no server that answers can pull models.
    """
    from llmopt_tui.core.settings import PLAYBOOK

    surveys = list(surveys)
    if not any(survey.can_pull for survey in surveys):
        return ()
    known = [model.name for survey in surveys for model in survey.models]
    wanted = [endpoints.settings.baseline, *DEFAULT_CANDIDATES]
    if endpoints.interviewer != PLAYBOOK:
        wanted.append(endpoints.interviewer)
    missing: list[str] = []
    for name in wanted:
        if name.strip() and not find_name(name, [*known, *missing]):
            missing.append(name)
    return tuple(missing)


class PullController:
    """The downloads, one after another; a run that waits for them begins when all are installed.

    `queue` begins with the model that is being pulled, or whose pull failed. In that case `problem`
    says why, and the queue waits until the person tries again or dismisses the error.
    """

    def __init__(self, app: NewsRoom, endpoints: Endpoints) -> None:
        self.queue: list[str] = []
        self.pull: Pull | None = None
        self.problem = ""
        self._done: list[str] = []
        self._run_after: RunRequest | None = None
        self._app = app
        self._endpoints = endpoints
        self._worker: Worker[None] | None = None

    @property
    def running(self) -> bool:
        """Whether something is being pulled."""
        return bool(self.queue) and not self.problem

    @property
    def run_after(self) -> bool:
        """Whether a run waits for the models."""
        return self._run_after is not None

    def start(self, models: Iterable[str], run: RunRequest | None = None) -> None:
        """Pull these models after those already queued, then begin the run, if there is one."""
        under_way = self.running
        self.queue += [name for name in models if name not in self.queue]
        self._run_after = run or self._run_after
        if not under_way:
            self.retry()

    def retry(self) -> None:
        """Pull the queue, beginning with the model whose pull failed."""
        self.problem, self.pull = "", None
        self._worker = self._app.run_worker(
            self._work(), name="pull", group="pull", exclusive=True, exit_on_error=False
        )
        self._app.tell_screens(PullsChanged())

    def cancel(self) -> bool:
        """Give up all downloads and the run that waits for them. Returns whether there were any."""
        if not self.queue:
            return False
        if self._worker:
            self._worker.cancel()
        self.queue.clear()
        self._done.clear()
        self.problem, self.pull, self._run_after = "", None, None
        self._app.tell_screens(PullsChanged())
        return True

    def dismiss(self) -> bool:
        """Dismiss an error, with the rest of the queue. Returns whether there was one."""
        return bool(self.problem) and self.cancel()

    async def close(self) -> None:
        """Stop the download, and wait until its request is closed."""
        worker = self._worker
        self.cancel()
        if worker is None or worker.is_finished:
            return
        from textual.worker import WorkerError

        with contextlib.suppress(WorkerError):
            await worker.wait()

    async def _work(self) -> None:
        while self.queue:
            model = self.queue[0]
            try:
                async with aclosing(self._endpoints.pull(model)) as steps:
                    async for pull in steps:
                        self.pull = pull
                        self._app.tell_screens(PullAdvanced())
            except Exception as error:
                self.problem = error_words(error)
                self._app.tell_screens(PullsChanged())
                return
            self._done.append(self.queue.pop(0))
            self.pull = None
            run = None if self.queue else self._run_after
            self._app.tell_screens(Pulled(self._done, run))
        self._done.clear()
        self._run_after = None
        self._app.tell_screens(PullsChanged())


@dataclass(frozen=True, slots=True)
class Lack:
    """What a run lacks: models to pull (with the interviewer), and the baseline.

    `interviewer` and `baseline` are "" where there is nothing to ask about them.
    """

    models: tuple[str, ...]
    interviewer: str
    baseline: str

    def __bool__(self) -> bool:
        return bool(self.models or self.baseline)


def lack_of(
    request: RunRequest, endpoints: Endpoints, missing: Sequence[str], installed: Sequence[str]
) -> Lack:
    """What to ask about before this request runs.

    The baseline is offered if several models run, it is installed, and it is not among them.
    """
    interviewer = find_name(endpoints.interviewer, missing) or ""
    models = [name for name in request.models if name in missing]
    if interviewer and interviewer not in models:
        models.append(interviewer)
    baseline = find_name(endpoints.settings.baseline, installed) or ""
    if len(request.models) < 2 or find_name(baseline, request.models):
        baseline = ""
    return Lack(tuple(models), interviewer, baseline)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person decided: the run to start, and the models to pull first."""

    run: RunRequest
    pull: tuple[str, ...] = ()
    playbook: bool = False
    """Whether the playbook suggests prompts in place of a missing interviewer."""


async def ask_before(app: App[None], request: RunRequest, lack: Lack) -> Answer | None:
    """Ask the person about what a run lacks. None if the run was cancelled. Only asks.

    Call this in a worker.
    """
    from llmopt_tui.tui.screens.before_run import Ways

    answer = Answer(request, lack.models)
    if lack.models:
        rest = tuple(name for name in request.models if name not in lack.models)
        way = await app.push_screen_wait(
            Ways(
                f"Pull {fmt.plural(len(lack.models), 'model')} first?",
                _pull_detail(lack, rest),
                yes="Pull, then run",
                no="Run without" if rest else "",
            )
        )
        if way == "no":
            answer = Answer(replace(request, models=rest), playbook=bool(lack.interviewer))
        elif way is None:
            return None
    if lack.baseline and len(answer.run.models) > 1:
        way = await app.push_screen_wait(
            Ways(
                f"Compare with {one_line(lack.baseline, 40)}, the baseline?",
                "It runs on the same examples, and every other model is judged against it. "
                "It takes as long as another model does.",
                yes="Yes, compare",
                no="No",
            )
        )
        if way is None:
            return None
        if way == "yes":
            models = (lack.baseline, *answer.run.models)
            answer = replace(answer, run=replace(answer.run, models=models))
    return answer


async def ask_to_pull(app: App[None], names: Sequence[str]) -> bool:
    """Ask whether to download these models. Call this in a worker."""
    from llmopt_tui.tui.screens.dialogs import Confirm

    listed = ", ".join(one_line(name, 60) for name in names)
    return await app.push_screen_wait(
        Confirm(
            f"Pull {fmt.plural(len(names), 'model')}?",
            f"{listed}\n\n{_COST}",
            yes="Pull",
            no="Cancel",
        )
    )


def _pull_detail(lack: Lack, rest: Sequence[str]) -> str:
    names = [one_line(name, 60) for name in lack.models]
    lines = [", ".join(names) + (" is" if len(names) == 1 else " are") + " not installed."]
    if lack.interviewer and rest:
        lines.append(
            f"Without {one_line(lack.interviewer, 60)}, the interviewer, the built-in playbook "
            "suggests prompts until you leave."
        )
    lines.append(_COST)
    return "\n\n".join(lines)
