"""Examples that repeat each other's inputs are named, whatever they look like."""

from __future__ import annotations

from llmopt_tui.core.case import Example, Split
from llmopt_tui.core.repeated import repeated_inputs


def example(name: str, text: str, split: Split = "train", **more: str) -> Example:
    return Example(name, {"text": text, **more}, split)


def test_examples_that_differ_are_no_matter() -> None:
    assert repeated_inputs([]) == []
    assert repeated_inputs([example("a", "one"), example("b", "two", "validation")]) == []
    assert repeated_inputs([example("a", "one", tone="x"), example("b", "one", tone="y")]) == []


def test_what_validation_shares_with_train_is_named() -> None:
    (message,) = repeated_inputs(
        [
            example("t1", "Don't  panic"),
            example("t2", "other"),
            example("v1", "don\u2019t panic", "validation"),
        ]
    )
    assert message.startswith("validation shares inputs with train (v1 = t1): ")


def test_duplicates_within_a_split_are_named() -> None:
    found = repeated_inputs(
        [
            *(example(f"t{n}", "same") for n in range(3)),
            *(example(f"v{n}", f"pair {n // 2}", "validation") for n in range(14)),
        ]
    )
    assert found == [
        "train holds the same inputs more than once (t0 = t1 = t2)",
        "validation holds the same inputs more than once "
        "(v0 = v1, v2 = v3, v4 = v5, v6 = v7, v8 = v9 and 2 more)",
    ]
