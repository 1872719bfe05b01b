"""The wording of findings: lists of names, differences and p values, the same in every sentence."""

from __future__ import annotations

from collections.abc import Sequence

from llmopt_tui.core.scoring.wording import counted


def joined(names: Sequence[str]) -> str:
    """Names as a sentence has them: "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), *names[-1:]] if len(names) > 1 else names)


def signed(difference: float) -> str:
    """A difference of scores with its sign; one that rounds to nothing is +0.00."""
    return f"{round(difference, 2) + 0.0:+.2f}"


def p_words(p_value: float) -> str:
    """A p value as it is written in a sentence: "p = 0.012", "p < 0.001"."""
    return "p < 0.001" if p_value < 0.0005 else f"p = {p_value:.3f}"


def cut_off_of(hit: int, answers: int) -> str:
    """How many answers were cut off, of how many, in words."""
    return f"{hit} of {counted(answers, 'answer')} {'was' if hit == 1 else 'were'} cut off"
