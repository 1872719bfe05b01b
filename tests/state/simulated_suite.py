"""Suites that run in simulated time: in turns, with loads, early stops and answers that vary."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field, replace
from typing import Any

from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.state.progress import Progress

INTERVIEWER = "llama3.2:latest"


@dataclass
class Session:
    """One session and how it will turn out."""

    model: str
    case: str
    train: int
    validation: int
    rng: random.Random
    improves: float
    refuses: float
    seconds: float
    progress: Progress = field(init=False)
    best: float = 0.0
    stale: int = 0
    must_validate: bool = False

    def __post_init__(self) -> None:
        self.progress = Progress(self.model, self.case, self.train, self.validation)

    @property
    def interviews_next(self) -> bool:
        p = self.progress
        return not p.ended and not self.must_validate and p.interviewed < len(p.scores)


@dataclass
class Simulation:
    """A suite. `run` goes through it and keeps what was known at every moment, with the time."""

    models: int
    cases: int
    seed: int
    at_once: int = 1
    settings: LoopSettings = field(default_factory=LoopSettings)
    now: float = 0.0
    history: list[tuple[float, list[Progress]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = self.rng = random.Random(self.seed)
        self.loads = rng.choice([0.0, 4.0, 20.0])
        self.interview_seconds = rng.uniform(3.0, 30.0)
        slowest = rng.uniform(2.0, 12.0)
        pace = [slowest / 5 ** (n / max(1, self.models - 1)) for n in range(self.models)]
        rng.shuffle(pace)
        improves, refuses = rng.uniform(0.2, 0.8), rng.choice([0.0, 0.0, 0.15])
        self.loaded = ""
        self.sessions = []
        for case in range(self.cases):
            train, longer = rng.randint(6, 24), rng.uniform(0.6, 1.6)
            for model in range(self.models):
                self.sessions.append(
                    Session(
                        f"model-{model}",
                        f"case-{case}",
                        train,
                        train // 2,
                        rng,
                        min(0.95, max(0.05, improves + rng.gauss(0, 0.15))),
                        refuses,
                        pace[model] * longer,
                    )
                )

    @property
    def total(self) -> float:
        return self.now

    def known_at(self, time: float) -> tuple[float, list[Progress]]:
        """What had happened by a time."""
        return next(entry for entry in reversed(self.history) if entry[0] <= time)

    def run(self) -> Simulation:
        while any(not s.progress.ended for s in self.sessions):
            for model in dict.fromkeys(s.model for s in self.sessions):
                for session in self.sessions:
                    p = session.progress
                    if session.model == model and not p.ended and not session.interviews_next:
                        self._test(session)
            for session in self.sessions:
                if session.interviews_next:
                    self._interview(session)
        return self

    def _load(self, model: str) -> float:
        if self.loaded == model:
            return 0.0
        self.loaded = model
        return self.loads * self.rng.uniform(0.8, 1.2)

    def _spend(
        self, session: Session, took: float, loading: float = 0.0, /, **changes: Any
    ) -> None:
        self.now += (took + loading) / self.at_once
        session.progress = replace(session.progress, **changes)
        self.history.append((self.now, [s.progress for s in self.sessions]))

    def _answer(self, session: Session, **changes: object) -> None:
        p, load = session.progress, self._load(session.model)
        seconds = session.seconds * self.rng.lognormvariate(0, 0.35)
        self._spend(
            session,
            seconds,
            load,
            answers=p.answers + 1,
            seconds=p.seconds + seconds,
            load_seconds=p.load_seconds + load,
            **changes,
        )

    def _test(self, session: Session) -> None:
        if session.must_validate:
            self._validate(session)
            return
        began = self.now
        for n in range(session.train):
            self._answer(session, tested=n + 1)
        settings, p = self.settings, session.progress
        if not p.scores:
            score = self.rng.uniform(0.3, 0.8)
        elif self.rng.random() < session.improves:
            score = session.best + self.rng.uniform(0.01, 0.25) * (1 - session.best) * 2
        else:
            score = session.best - self.rng.uniform(0.0, 0.2)
        score = min(1.0, max(0.0, score))
        if not p.scores or score >= session.best + settings.min_gain:
            session.stale = 0
        else:
            session.stale += 1
        session.best = max(session.best, score)
        span = (began, began + (self.now - began) * self.at_once)
        session.progress = replace(
            p,
            scores=(*p.scores, score),
            tested=0,
            spans=(*p.spans, span),
            span_seconds=p.span_seconds + span[1] - span[0],
        )
        if (
            session.best >= settings.target
            or session.stale >= settings.patience
            or len(session.progress.scores) >= settings.max_iterations
        ):
            self._validate(session)

    def _validate(self, session: Session) -> None:
        changed = session.best > session.progress.scores[0]
        for n in range(session.validation * (1 + changed)):
            self._answer(session, validated=n + 1)
        self._spend(session, 0.0, ended=True)

    def _interview(self, session: Session) -> None:
        p, load = session.progress, self._load(INTERVIEWER)
        seconds = self.interview_seconds * self.rng.lognormvariate(0, 0.4)
        self._spend(
            session,
            seconds,
            load,
            interviewed=p.interviewed + 1,
            interviews=p.interviews + 1,
            interview_seconds=p.interview_seconds + seconds + load,
        )
        session.must_validate = self.rng.random() < session.refuses


def off_by(simulation: Simulation, left: float | None, now: float) -> float:
    """By which share of the truth an estimate of the time left is off."""
    truth = simulation.total - now
    return math.inf if left is None else abs(left - truth) / truth
