"""When two descriptions under one name mean the same model."""

from __future__ import annotations

import pytest

from llmopt_tui.core.ports import ModelInfo

BUILD = {"parameter_size": "8.2B", "quantization": "Q4_K_M"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"digest": "a"}, {"digest": "a"}, True),
        ({"digest": "a", "size": 5}, {"digest": "b", "size": 5}, False),
        ({"digest": "a", "size": 5}, {"size": 5}, True),
        ({"size": 5}, {"size": 6}, False),
        (BUILD, BUILD, True),
        (BUILD, {**BUILD, "quantization": "Q8_0"}, False),
        ({"family": "qwen3"}, {"family": "llama"}, False),
        ({"family": "qwen3"}, {"family": "qwen3"}, None),
        ({"parameter_size": "8B"}, {"quantization": "Q8_0"}, None),
        ({}, {}, None),
    ],
)
def test_a_digest_decides_else_what_both_servers_say(
    one: dict[str, object], other: dict[str, object], same: bool | None
) -> None:
    first, second = ModelInfo("m", **one), ModelInfo("m", **other)  # type: ignore[arg-type]
    assert first.is_same(second) is same
    assert second.is_same(first) is same
