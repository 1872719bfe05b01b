"""Scores as they come: few steps, many ties, ids of any kind."""

from __future__ import annotations

from hypothesis import strategies as st

IDS = [f"e-{i}" for i in range(30)]

SCORE = st.one_of(
    st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    st.integers(0, 20).map(lambda twentieths: twentieths / 20),
    st.floats(0, 1),
)


def scores(least: int = 0, most: int = 24) -> st.SearchStrategy[dict[str, float]]:
    """Scores by example id."""
    return st.dictionaries(st.sampled_from(IDS), SCORE, min_size=least, max_size=most)


@st.composite
def sides(draw: st.DrawFn) -> tuple[dict[str, float], dict[str, float]]:
    """Two sides that have most examples in common."""
    ours = draw(scores())
    theirs = {example: draw(SCORE) for example in ours} | draw(scores(most=3))
    return ours, theirs
