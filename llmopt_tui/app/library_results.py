"""What the library's functions return, and what they raise where a session fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from llmopt_tui.core.analysis.findings import Gain
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.run import Run


class SessionFailed(RuntimeError):
    """A session could not come to its end: the message says why.

    `record` has what happened until then. `folder` keeps the session, to be resumed there with
    `llmopt-tui resume`; None where no folder was asked for.
    """

    def __init__(self, message: str, record: SessionRecord, folder: Path | None) -> None:
        super().__init__(message)
        self.record = record
        self.folder = folder


@dataclass(frozen=True, slots=True)
class Optimization:
    """What came of optimizing a prompt for one model.

    `prompt` is the one to use: the best one where it does at least as well as the original on
    examples that were held out, else the original. So it is the original where none were held out;
    whether to use `best` all the same is for the caller to decide. `best` has the highest mean
    score on the train examples, which it was chosen by. `gain` compares it with the original: on
    held-out examples where there are any, with a verdict (REAL, NOT PROVEN or UNDERPOWERED; ""
    where the original is the best) and the reason for it. `record` is everything that happened;
    `folder` is where it is kept, None where no folder was asked for.
    """

    model: str
    prompt: Prompt
    original: Prompt
    best: Prompt
    gain: Gain
    record: SessionRecord = field(repr=False)
    folder: Path | None = None

    @property
    def improved(self) -> bool:
        """Whether the prompt to use is another one than the original."""
        return self.prompt != self.original

    @property
    def baseline_score(self) -> float:
        """The original prompt's mean score on the train examples, in [0, 1]."""
        return self.record.baseline_score or 0.0

    @property
    def best_score(self) -> float:
        """The best prompt's mean score on the train examples, in [0, 1]."""
        return self.record.best_score or 0.0

    def __str__(self) -> str:
        gain = self.gain
        examples = "held-out examples" if gain.held_out else "train examples"
        verdict = f"{gain.verdict}: " if gain.verdict else ""
        return (
            f"{self.model}: {gain.baseline or 0.0:.2f} with the original prompt, "
            f"{gain.best or 0.0:.2f} with the best one, on {gain.n} {examples}. "
            f"{verdict}{gain.reason}"
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How one model does with one prompt.

    `score` is the mean over `runs`, in [0, 1]. Each run is one example answered once, with the
    verdict of every criterion: `run.criteria` says what was wrong in `feedback`.
    """

    model: str
    prompt: Prompt
    score: float
    runs: tuple[Run, ...] = field(repr=False)

    @property
    def failures(self) -> tuple[Run, ...]:
        """The runs that fell short of a full score, the worst first."""
        return tuple(sorted((r for r in self.runs if r.score < 1), key=lambda run: run.score))

    def __str__(self) -> str:
        short = len(self.failures)
        return f"{self.model}: {self.score:.2f} on {len(self.runs)} runs, {short} of them imperfect"
