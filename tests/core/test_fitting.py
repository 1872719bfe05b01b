"""Examples that cannot fit a model's window are named before they are sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmopt_tui.core.case import Example
from llmopt_tui.core.fitting import fitting_problem, too_long, window_of
from llmopt_tui.core.ports import ModelInfo
from llmopt_tui.core.settings import LoopSettings
from tests.core.factory import make_case

LONG = replace(
    make_case(train=1, validation=0),
    examples=(
        Example("short", {"text": "a line"}),
        Example("long", {"text": "word " * 12_000}, "validation"),
    ),
)


@pytest.mark.parametrize(
    ("trained", "asked", "window"),
    [(4096, 8192, 4096), (131072, 8192, 8192), (None, 8192, 8192), (4096, None, 4096)],
)
def test_the_window_is_the_smaller_of_what_is_asked_and_what_the_model_has(
    trained: int | None, asked: int | None, window: int
) -> None:
    settings = LoopSettings(options={} if asked is None else {"num_ctx": asked})
    assert window_of(ModelInfo("m", context_length=trained), settings) == window


def test_nothing_is_said_where_nobody_knows_the_window() -> None:
    assert fitting_problem(LONG, ModelInfo("m"), LoopSettings(options={})) == ""


def test_examples_that_cannot_fit_are_named_with_their_least_size() -> None:
    model, settings = ModelInfo("m", context_length=131072), LoopSettings()
    assert fitting_problem(LONG, model, settings) == (
        "cannot fit the context window of 8,192 tokens and will be scored as failed: "
        "long (at least 10,002 tokens)"
    )
    assert too_long(LONG, 10_002) == {}
    assert fitting_problem(make_case(), model, settings) == ""
