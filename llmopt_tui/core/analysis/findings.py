"""The findings of an analysis as they are kept and shown: gains, luck, insights, recommendation.

Plain records, which need no numpy. Every field has a default that says "unknown", so that a
finding can be read back from an older document.
"""

from __future__ import annotations

from dataclasses import dataclass

from llmopt_tui.core.case import Split

Interval = tuple[float, float]
"""The lower and the upper end of an interval."""


@dataclass(frozen=True, slots=True)
class Gain:
    """The best prompt of a session against the original one.

    `baseline` and `best` are mean scores on the examples that `measured_on` names; `difference` is
    the mean over the `n` examples that both were tested on, of which `fixed` score higher and
    `broken` lower. `ci95` is the interval of this comparison alone; `interval` the one that the
    verdict rests on, wider where many comparisons are made. `n_needed` is how many examples would
    prove the difference. `verdict` is "" where the original prompt is the best: then there is no
    gain to judge, and `adjusted_p_value` and `interval` are None. `reason` explains the verdict in
    a sentence.
    """

    measured_on: Split = "validation"
    baseline: float | None = None
    best: float | None = None
    difference: float | None = None
    ci95: Interval | None = None
    p_value: float | None = None
    test: str = ""
    n: int = 0
    fixed: int = 0
    broken: int = 0
    adjusted_p_value: float | None = None
    interval: Interval | None = None
    n_needed: int | None = None
    verdict: str = ""
    reason: str = ""

    @property
    def held_out(self) -> bool:
        """Whether the examples took no part in tuning."""
        return self.measured_on == "validation"

    @property
    def is_real(self) -> bool:
        """Whether the difference, for better or worse, is beyond noise."""
        return self.verdict == "REAL"

    @property
    def size(self) -> float:
        """How much higher the mean score of the best prompt is; 0.0 where one is unknown."""
        return 0.0 if self.best is None or self.baseline is None else self.best - self.baseline

    @property
    def recommends_best(self) -> bool:
        """Whether to use the best prompt: it is at least as good on held-out examples."""
        return self.held_out and bool(self.verdict) and self.size >= -1e-9

    @property
    def shown_interval(self) -> Interval | None:
        """The interval to show beside the difference."""
        return self.interval or self.ci95


@dataclass(frozen=True, slots=True)
class ConstantAnswer:
    """The best single answer to every example: its text, and its mean score in [0, 1] per split.

    `validation_score` is None where no example is held out.
    """

    text: str = ""
    train_score: float | None = None
    validation_score: float | None = None


@dataclass(frozen=True, slots=True)
class SelectionFloor:
    """The luck of the best of k prompts, measured on n examples.

    best: the highest mean score. expected_best: the mean, over shuffles, of the highest mean score
    if every score could as well have been another prompt's. expected_gain: expected_best less the
    mean score of all prompts, which is the gain over the original to expect from luck alone.
    p_value: the share of shuffles in which luck does as well as the best prompt did. corrected: the
    best prompt's score without the luck of having been picked; None where that was not estimated.
    """

    k: int = 0
    n: int = 0
    best: float = 0.0
    expected_best: float = 0.0
    expected_gain: float = 0.0
    p_value: float = 1.0
    corrected: float | None = None


@dataclass(frozen=True, slots=True)
class Insight:
    """One finding: a sentence or two, the numbers behind it, the sessions they come from."""

    kind: str = ""
    text: str = ""
    numbers: tuple[tuple[str, str], ...] = ()
    sessions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseChoice:
    """The model for one case, with the prompt to use. Seconds are per answer, without loads.

    `original` says that the prompt is the one that the session began with: the best one was not
    shown to be at least as good. Scores and seconds are those of the prompt to use. `standing` is
    the first sentence or two of `reason`: how the model compares with the others. `prompt_file` is
    relative to the results folder, "" where the prompt is in no file there.
    """

    case: str = ""
    model: str = ""
    session_id: str = ""
    iteration: int = 0
    reason: str = ""
    prompt_file: str = ""
    expected_score: float | None = None
    ci95: Interval | None = None
    seconds_per_answer: float | None = None
    tokens_per_second: float | None = None
    standing: str = ""
    original: bool = False


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The choice per case, and caveats. `model` is the one to use for all cases.

    `standing` is the part of `reason` that compares it with the other models. Documents of older
    versions have no `standing`, and no `model` where there is one case or no model has all cases.
    """

    model: str = ""
    reason: str = ""
    cases: tuple[CaseChoice, ...] = ()
    caveats: tuple[str, ...] = ()
    standing: str = ""
