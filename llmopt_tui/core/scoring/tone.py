"""The `professionalism` criterion: a professional tone, by a lexicon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from llmopt_tui.core.scoring import lexicon, modes
from llmopt_tui.core.scoring.base import EMPTY_ANSWER, Criterion, Verdict
from llmopt_tui.core.scoring.registry import criterion
from llmopt_tui.core.scoring.rules import PromptRule
from llmopt_tui.core.scoring.sentences import LONGEST, words
from llmopt_tui.core.scoring.wording import listed

Tone = Literal[
    "slang",
    "emoji",
    "capitals",
    "exclamation marks",
    "filler",
    "first person",
    "contractions",
]

# What each finding costs, and the most that findings of one kind cost together.
_TONES: Mapping[Tone, tuple[float, float]] = {
    "slang": (0.25, 0.6),
    "emoji": (0.2, 0.5),
    "capitals": (0.15, 0.45),
    "exclamation marks": (0.1, 0.4),
    "first person": (0.1, 0.3),
    "filler": (0.1, 0.3),
    "contractions": (0.05, 0.2),
}


@criterion("professionalism")
class Professionalism(Criterion):
    """A professional tone, by a lexicon for English and German.

    Starts at 1 and loses for each finding, up to a limit for each kind: slang 0.25 (0.6), emoji
    0.2 (0.5), shouting in capitals 0.15 (0.45), exclamation marks 0.1 (0.4), first person and
    filler 0.1 (0.3), contractions 0.05 (0.2). Abbreviations, and words in capitals in the input,
    are not shouting. An empty answer scores 0.
    """

    rules = (
        PromptRule(
            "sober tone",
            frozenset({modes.UNPROFESSIONAL}),
            "The tone that is wanted is said outright.",
            lambda criterion, _: "Write soberly in the third person, without exclamation marks.",
        ),
    )
    allow_first_person: bool = False

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        text = output.strip()[:LONGEST]
        if not words(text):
            return EMPTY_ANSWER
        faults = list(self._faults(text, " ".join(inputs.values())))
        if not faults:
            return Verdict(1.0, "the tone is professional")
        score = max(0.0, round(1 - sum(cost for cost, _ in faults), 4))
        by_cost = sorted(faults, key=lambda fault: -fault[0])
        return Verdict(score, "; ".join(what for _, what in by_cost), modes.UNPROFESSIONAL)

    def _faults(self, text: str, given: str) -> Iterator[tuple[float, str]]:
        """Cost and feedback of each kind of fault."""
        tongue = lexicon.english_or_german(text)
        found: dict[Tone, list[str]] = {
            "slang": lexicon.slang(text, tongue),
            "emoji": lexicon.emoji(text),
            "capitals": lexicon.shouting(text, given),
            "exclamation marks": lexicon.exclamations(text),
            "first person": lexicon.first_person(text, tongue),
            "filler": lexicon.filler(text, tongue),
            "contractions": lexicon.contractions(text, tongue),
        }
        for tone in self._banned:
            if found[tone]:
                cost, most = _TONES[tone]
                what = f"{tone}: {listed(lexicon.distinct(found[tone]))}"
                yield min(most, cost * len(found[tone])), what

    @property
    def _banned(self) -> list[Tone]:
        return [t for t in _TONES if not (self.allow_first_person and t == "first person")]

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        return f"a professional tone without {', '.join(self._banned)}"
