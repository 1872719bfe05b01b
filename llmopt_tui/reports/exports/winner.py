"""Winner: a session's best prompt, with all that it takes to ask its model the same again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal

from llmopt_tui.core.events import SessionStarted
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.ports import ModelInfo, OptionValue
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.core.variant import Chat

if TYPE_CHECKING:
    from llmopt_tui.state.documents.case import RecordedExample, RecordedOutput

_MAX_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class Winner:
    """A best prompt, its demonstrations included, and how it was asked. Scores are in [0, 1].

    `options`, `format` and `think` are what the first repeat of a run was sent with; `think` is
    None where the field is left out. `criteria` are tables of the recorded case. Where there is a
    `late_format`, the model answered freely and was then asked for the same in that format; the
    rest is what asks the first question.
    """

    session_id: str
    case_id: str
    case_title: str
    model: ModelInfo
    prompt: Prompt
    iteration: int
    train_score: float
    validation_score: float | None
    at: datetime
    target: float
    options: Mapping[str, OptionValue]
    format: Literal["json"] | Mapping[str, Any] | None
    think: bool | None
    criteria: tuple[Mapping[str, Any], ...]
    examples: tuple[RecordedExample, ...]
    late_format: Literal["json"] | Mapping[str, Any] | None = None

    @property
    def chat(self) -> Chat:
        """What is sent with every input, with a place for the input."""
        return self.prompt.variant.chat()

    @property
    def provenance(self) -> tuple[str, ...]:
        """Where the prompt comes from, a line each; nothing in them ends a line or acts.

        A second question, which the exported script alone asks, is told here.
        """
        facts = {
            "session": self.session_id,
            "case": self.case_id,
            "model": self.model.name,
            "digest": self.model.digest,
            "iteration": str(self.iteration),
            "train score": f"{self.train_score:.4g}",
            "validation score": ""
            if self.validation_score is None
            else f"{self.validation_score:.4g}",
            "date": self.at.isoformat(),
            "asked twice": "for the answer, then for the same in the output's format"
            if self.late_format is not None
            else "",
        }
        return tuple(f"{name}: {one_line(value, 200)}" for name, value in facts.items() if value)


def winner_of(record: SessionRecord) -> Winner | None:
    """The best prompt of a session; None before anything is scored."""
    started, best = record.started, record.best
    if started is None or best is None or best.score is None:
        return None
    from llmopt_tui.state.documents.case import RecordedCase, RecordedPrompt

    held_out = [run.score for run in best.validation_runs]
    prompt, case = RecordedPrompt.read(started.prompt), RecordedCase.read(started.case)
    constrain = best.variant.constrain or case.output.constrain
    return Winner(
        session_id=started.session_id,
        case_id=case.id,
        case_title=case.title,
        model=started.model,
        prompt=Prompt(prompt.name, "", prompt.description).with_variant(best.variant),
        iteration=best.n,
        train_score=best.score,
        validation_score=fmean(held_out) if held_out else None,
        at=best.finished_at or best.started_at,
        target=started.settings.target,
        options=_options(started, case.output),
        format=None if constrain in ("off", "late") else case.output.constraint,
        late_format=case.output.constraint if constrain == "late" else None,
        think=_think(started),
        criteria=case.criteria,
        examples=case.examples,
    )


def _options(started: SessionStarted, output: RecordedOutput) -> dict[str, OptionValue]:
    """The options of a call, the limit of tokens among them."""
    budget = _MAX_TOKENS if output.max_tokens is None else output.max_tokens
    if started.model.thinks and started.settings.think != "off":
        budget += started.settings.think_tokens
    options = {"num_predict": budget, **started.settings.options}
    return {
        name: value
        for name, value in options.items()
        if not isinstance(value, float) or math.isfinite(value)
    }


def _think(started: SessionStarted) -> bool | None:
    match started.settings.think:
        case "on":
            return True
        case "off":
            return False
        case _:
            return True if started.model.thinks else None
