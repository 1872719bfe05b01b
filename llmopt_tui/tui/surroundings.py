"""Surroundings: everything around the Workbench's panes: bars, plan, tabs, terminal title."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from llmopt_tui.tui.bars import StatusLine
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.panes.cases import CasesPane
from llmopt_tui.tui.panes.models import ModelsPane
from llmopt_tui.tui.panes.plan_line import PlanLine
from llmopt_tui.tui.run_actions import key_names
from llmopt_tui.tui.run_words import RunFacts, step_key
from llmopt_tui.tui.top_facts import Server, TopFacts
from llmopt_tui.tui.variant_words import waiting_name

if TYPE_CHECKING:
    from llmopt_tui.core.signals import SuggestionProposed
    from llmopt_tui.state.run_state import RunState
    from llmopt_tui.tui.screens.workbench import Workbench


class Surroundings:
    """Draws the surroundings from the screen's controllers and from what `Finding` found."""

    def __init__(self, screen: Workbench) -> None:
        self._screen = screen
        self._step: object = None
        self._step_at = 0.0
        self._rung_for: object = None

    def facts(self) -> tuple[RunState | None, RunFacts]:
        """The state of the session that is shown, and the facts about the run."""
        screen, run, finding = self._screen, self._screen.controller, self._screen.finding
        now = screen.app.clock.monotonic()
        step = step_key(run.state) if run.running else finding.waiting_for
        if step != self._step:
            self._step, self._step_at = step, now
        return run.state, RunFacts(
            running=run.running,
            waiting_for=finding.waiting_for,
            can_run=finding.can_run,
            stopping=run.stopping,
            pausing=run.paused,
            position=run.position,
            total=run.total,
            deciding=run.deciding,
            waiting=len(run.waiting),
            elapsed=run.elapsed,
            doing_for=now - self._step_at,
            now=screen.app.clock.now(),
            pause_key=key_of("pause", screen.app.keymap),
            left=run.time_left.words(run.suite) if run.running and run.suite else "",
        )

    def draw(self) -> None:
        """Bring everything up to date."""
        screen, finding = self._screen, self._screen.finding
        self.draw_top()
        screen.query_one(StatusLine).draw()
        self._draw_plan()
        self._draw_keys()
        screen.set_class(finding.needed, "-start-needed")
        screen.draw_sight()
        screen.tabs.demand(
            above={"models": "log"} if finding.needed else {},
            marked=["decide"] if screen.controller.deciding else [],
        )
        self._call_for_attention()

    def draw_top(self) -> None:
        """Bring the top bar of every screen up to date."""
        self._screen.app.show_top(self._top_facts())

    def _top_facts(self) -> TopFacts:
        screen = self._screen
        addresses = {s: s.url.partition("://")[2] or s.url for s in screen.finding.surveys}
        lost = set(self._lost_servers({s.name: address for s, address in addresses.items()}))
        servers = tuple(
            Server(survey.name, address, survey.error is None and survey.name not in lost)
            for survey, address in addresses.items()
        )
        found = (model.name for survey in screen.finding.surveys for model in survey.models)
        interviewer, mode = screen.app.endpoints.interviewer, screen.controller.mode
        return TopFacts(servers, interviewer, mode, tuple(dict.fromkeys(found)))

    def _lost_servers(self, addresses: Mapping[str, str]) -> Iterator[str]:
        """The names of the servers that sessions wait for: one that the reason names by its
        address, else the model's own.
        """
        suite = self._screen.controller.suite if self._screen.controller.running else None
        for member in suite.everyone if suite else ():
            started, paused = member.record.started, member.record.paused
            if started is not None and paused is not None and paused.by == "server":
                named = [name for name, place in addresses.items() if place in paused.reason]
                yield from named or [started.model.endpoint]

    def _draw_plan(self) -> None:
        """Show how long the picked models and cases will take, while nothing runs."""
        screen, run, known = self._screen, self._screen.controller, self._screen.finding.cases
        models = screen.query_one(ModelsPane).picked
        cases = [] if run.running else screen.query_one(CasesPane).picked
        picked = [known[case] for case in cases if case in known]
        settings = screen.app.endpoints.settings.loop()
        screen.query_one(PlanLine).show(models, picked, settings, transfer=run.transfer)

    def _draw_keys(self) -> None:
        run, pulls = self._screen.controller, self._screen.pulls
        names = key_names(run)
        drafts = ["drafts"] if run.deciding and run.drafts else []
        if run.proposal:
            several = self._others_wait(run.proposal)
            more = ["next_suggestion"] if several or len(run.waiting) > 1 else []
            more += ["inbox"] if len(run.waiting) > 1 else []
            choices = ["accept", "edit", "reject", "try_idea", *(["accept_all"] if several else [])]
            ids = [*choices, *more, "own_prompt", *drafts, "follow", "interviewer", "pause",
                   "stop", "mode"]  # fmt: skip
            names["follow"] = "log"
        elif run.asking:
            plays = ["playbook"] if run.asking.playbook else []
            ids = ["own_prompt", "ask_again", *plays, *drafts, "finish", "interviewer", "mode"]
        elif run.doubting:
            names["edit"] = "answer"
            ids = ["edit", "skip", "interviewer", "pause", "stop", "mode"]
        elif run.state and run.state.interviewing and run.running:
            ids = ["skip", "ask_again", "pause", "stop", "mode", "own_prompt", "follow"]
        elif run.running:
            ids = ["pause", "stop", "mode", "interviewer", "follow", "outputs", "mark_answer"]
        else:
            pull = ["pull"] if self._screen.query_one(ModelsPane).missing else []
            ended = bool(run.state and run.state.record.finished)
            keep = ["save_best", "export", "mark_answer", "run_longer"] if ended else []
            more = ["branch"] if run.state else []
            ids = [*keep, "pick", "run", *pull, *more, "case_screen", "try", "mode", "sessions",
                   "copy", "transfer"]  # fmt: skip
        if pulls.problem:
            names["pull"] = "try again"
            ids = ["pull", *(name for name in ids if name != "pull")]
        elif pulls.running:
            ids.insert(0, "cancel_pull")
        self._screen.query_one(KeyBar).show(*ids, names=names)

    def _others_wait(self, proposal: SuggestionProposed) -> bool:
        """Whether another idea of the round waits too."""
        shown = self._screen.controller.shown
        interview = shown.record.interview(proposal.interview) if shown else None
        undecided = [p for p in interview.proposals if not p.decided] if interview else []
        return len(undecided) > 1

    def _call_for_attention(self) -> None:
        """Ring once for each new question that waits."""
        run = self._screen.controller
        pending = run.waits.pending if run.waits else None
        if pending is not self._rung_for:
            self._rung_for = pending
            named = waiting_name(run.proposal).lower() if run.proposal else "a question"
            self._screen.app.call_for_attention(f"{named} waits" if pending else "")
