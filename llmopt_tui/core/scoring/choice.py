"""The `choice` criterion: the answer settles on the right one of several labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.base import EMPTY_ANSWER, Criterion, Verdict
from llmopt_tui.core.scoring.expecting import missing, texts, unusable
from llmopt_tui.core.scoring.registry import criterion
from llmopt_tui.core.scoring.rules import one_of_the_labels
from llmopt_tui.core.scoring.sameness import bare
from llmopt_tui.core.scoring.settling import settled_label
from llmopt_tui.core.scoring.wording import quoted


@criterion("choice")
class Choice(Criterion):
    """1 where the answer settles on `expected.answer`, one of `labels`; else 0.

    The answer may say so in any way: "A", "(A) The student", "The urgency is high.", "Answer: (B),
    because ...". Refusals, lists of labels and "either A or B" settle on none. `bare` is the share
    of the score that only a label without other words earns: with 0.2, the right label in a
    sentence scores 0.8.
    """

    rules = (one_of_the_labels(lambda criterion, _: criterion.labels),)
    labels: tuple[str, ...]
    bare: float = 0.0

    def __post_init__(self) -> None:
        """Refuse labels that cannot be told apart, and a `bare` outside [0, 1]."""
        super().__post_init__()
        if len(self.labels) < 2:
            raise ValueError("labels must hold at least two")
        known: dict[str, str] = {}
        for label in self.labels:
            if not label.strip():
                raise ValueError("labels must not hold an empty text")
            other = known.setdefault(bare(label), label)
            if other is not label:
                raise ValueError(f"labels {other!r} and {label!r} cannot be told apart")
        if not 0 <= self.bare <= 1:
            raise ValueError(f"bare must be a number from 0 to 1, not {self.bare}")

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        if problems := self.problems(expected):
            return unusable(problems[0])
        if not output.strip():
            return EMPTY_ANSWER
        right = {bare(answer) for answer in texts(expected, "answer")}
        wanted = quoted(texts(expected, "answer")[0])
        settled = settled_label(output, self.labels)
        if settled.label is None:
            said = f"the answer {settled.why}: {quoted(output.strip())} where {wanted} is right"
            return Verdict(0.0, said, modes.WRONG_ANSWER)
        read = quoted(settled.label)
        if bare(settled.label) not in right:
            return Verdict(0.0, f"the answer reads as {read}, not {wanted}", modes.WRONG_ANSWER)
        if settled.alone or self.bare == 0:
            return Verdict(1.0, f"the answer is right: {read}")
        feedback = f"the answer is right ({read}), but says more than the label"
        return Verdict(1.0 - self.bare, feedback, modes.EXTRA_TEXT)

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        alone = ", best with nothing around it" if self.bare else ""
        return f"an answer that settles on one of: {', '.join(self.labels)}{alone}"

    def ideal_answer(self, expected: Mapping[str, Any]) -> str | None:
        """An answer that meets the demand, or None; see `Criterion.ideal_answer`."""
        return texts(expected, "answer")[0]

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """The faults of an example's `expected`; see `Criterion.problems`."""
        if "answer" not in expected:
            return [missing(expected, "answer")]
        answers = texts(expected, "answer")
        given = expected["answer"]
        if not answers or (isinstance(given, list | tuple) and len(answers) < len(given)):
            return ["expected.answer must be one of the labels, or a list of them"]
        known = {bare(label) for label in self.labels}
        return [
            f"expected.answer {answer!r} is none of the labels"
            for answer in answers
            if bare(answer) not in known
        ]
