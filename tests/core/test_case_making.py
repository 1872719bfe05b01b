"""Cases made in Python are held to what case files are held to."""

from __future__ import annotations

from typing import Any

import pytest

from llmopt_tui import Case, Demonstration, Example, OutputSpec, Prompt, make_case
from llmopt_tui.core.scoring import read_criterion


def of(**changes: Any) -> Case:
    fields: dict[str, Any] = {
        "prompt": "Translate: {{text}}",
        "criteria": [{"kind": "equals"}],
        "examples": [{"inputs": {"text": "ja"}, "expected": {"answer": "yes"}}],
    }
    return make_case(**(fields | changes))


def test_tables_and_objects_make_the_same_case() -> None:
    criterion, _ = read_criterion({"kind": "equals"})
    example = Example("1", {"text": "ja"}, "train", {"answer": "yes"})
    prompt = Prompt("case", "Translate: {{text}}")
    made = of(prompt=prompt, criteria=[criterion], examples=[example])
    assert made == of()
    assert made.criteria == (criterion,)
    assert made.examples == (example,)
    assert made.sha256 != of(prompt="Say it in English: {{text}}").sha256


def test_a_table_is_copied() -> None:
    table: dict[str, Any] = {"inputs": {"text": "ja"}, "expected": {"answer": ["yes", "yeah"]}}
    case = of(examples=[table])
    table["expected"]["answer"].append("no")
    assert case.examples[0].expected == {"answer": ["yes", "yeah"]}


def test_what_answers_are_constrained_to() -> None:
    assert of(output="json", max_tokens=9).output == OutputSpec("json", None, 9)
    schema = {"type": "object"}
    assert of(output=schema).output == OutputSpec("json", schema, 1024)


@pytest.mark.parametrize(("share", "held_out"), [(0.0, 0), (0.25, 5), (0.5, 10), (0.99, 19)])
def test_a_share_of_the_examples_is_held_out(share: float, held_out: int) -> None:
    tables = [{"inputs": {"text": f"{n}"}, "expected": {"answer": "x"}} for n in range(20)]
    case = of(examples=tables, held_out=share)
    assert len(case.split("validation")) == held_out
    assert [example.id for example in case.examples] == [str(n) for n in range(1, 21)]


def test_the_same_examples_are_held_out_in_whatever_order_they_come() -> None:
    tables = [{"inputs": {"text": f"{n}"}, "expected": {"answer": "x"}} for n in range(20)]

    def drawn(given: list[dict[str, Any]]) -> set[str]:
        return {e.inputs["text"] for e in of(examples=given, held_out=0.5).split("validation")}

    assert drawn(tables) == drawn(tables[::-1])
    # No pattern in the list is the pattern of the draw.
    assert drawn(tables) not in [{f"{n}" for n in range(k, 20, 2)} for k in (0, 1)]


EXAMPLE = {"inputs": {"text": "ja"}, "expected": {"answer": "yes"}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"criteria": [{"kind": "equal"}]}, 'kind "equal": there is no criterion of this kind'),
        (
            {"criteria": [{"kind": "length", "mix": 3}]},
            "criteria 1, mix: unknown key; did you mean",
        ),
        ({"criteria": ["equals"]}, "criteria 1: must be a criterion or a table, not str"),
        ({"criteria": []}, "criteria: there is none"),
        ({"criteria": [{"kind": "equals", "weight": 0, "required": True}]}, "weight above 0"),
        ({"examples": []}, "examples: there is none"),
        ({"examples": [{**EXAMPLE, "split": "validation"}]}, "none is in the train split"),
        ({"examples": [{**EXAMPLE, "split": "test"}]}, 'example 1, split: must be "train" or'),
        (
            {"examples": [{**EXAMPLE, "id": "a"}, {**EXAMPLE, "id": "a"}]},
            "another example has this",
        ),
        (
            {"examples": [{"inputs": {"text": "ja"}}]},
            "example 1, equals: expected.answer is missing",
        ),
        ({"examples": [{"inputs": {"text": 3}}]}, "example 1, inputs.text: must be text, not 3"),
        ({"examples": [{"inputs": {"text": {3}}}]}, "example 1: holds what JSON cannot hold"),
        ({"examples": [{**EXAMPLE, "inputs": {}}]}, "no input for the placeholder {{text}} of the"),
        ({"prompt": "Translate."}, 'no placeholder of the prompt uses the input "text"'),
        ({"prompt": " "}, "prompt: is empty"),
        ({"max_tokens": 0}, "output.max_tokens: must be 1 or more, not 0"),
        ({"output": "yaml"}, 'output: must be "text", "json" or a JSON Schema'),
        ({"output": {"type": "objekt"}}, "output: is not a JSON Schema"),
        ({"held_out": 1}, "held_out: must be a share from 0 up to 1, not 1"),
    ],
)
def test_a_mistake_is_said_in_a_sentence(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="the case cannot be used") as caught:
        of(**changes)
    assert message in str(caught.value)


def test_all_mistakes_are_said_at_once() -> None:
    with pytest.raises(ValueError, match="the case cannot be used") as caught:
        of(criteria=[{"kind": "x"}, 4], examples=[{"inputs": "a"}])
    assert len(str(caught.value).splitlines()) == 4


def test_of_many_mistakes_the_first_are_said() -> None:
    with pytest.raises(ValueError, match="the case cannot be used") as caught:
        of(examples=[{"inputs": {"text": str(n)}} for n in range(30)])
    lines = str(caught.value).splitlines()
    assert (len(lines), lines[-1]) == (14, "- and 18 more")


def test_answers_pins_and_demonstrations_are_taken() -> None:
    shown = Demonstration({"text": "nein"}, "no", "n-1")
    prompt = Prompt("case", "Translate: {{text}}", demonstrations=(shown,))
    example = {"id": "j", "inputs": {"text": "ja"}, "expected": {"answer": "yes"}}
    case = of(prompt=prompt, examples=[example | {"answer": "yes", "pinned": True}])
    assert case.prompt.demonstrations == (shown,)
    assert (case.examples[0].answer, case.examples[0].pinned) == ("yes", True)
    assert case.sha256 != of(prompt="Translate: {{text}}", examples=[example]).sha256


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        (Demonstration({"text": "nein"}, "no", "v"), "example v: is a validation example"),
        (Demonstration({"text": "nein"}, " "), "prompt, demonstrations 1, answer: is empty"),
        (Demonstration({"txet": "nein"}, "no"), 'did you mean "txet"?'),
    ],
)
def test_demonstrations_are_held_to_what_a_prompt_file_is_held_to(
    shown: Demonstration, message: str
) -> None:
    prompt = Prompt("case", "Translate: {{text}}", demonstrations=(shown,))
    table = {"inputs": {"text": "ja"}, "expected": {"answer": "yes"}}
    with pytest.raises(ValueError, match=r"the case cannot be used") as refused:
        of(prompt=prompt, examples=[table, table | {"id": "v", "split": "validation"}])
    assert message in str(refused.value)


def test_neither_pinned_nor_shown_examples_are_held_out() -> None:
    tables = [
        {"id": str(n), "inputs": {"text": f"{n}"}, "expected": {"answer": "x"}, "pinned": n < 5}
        for n in range(20)
    ]
    shown = tuple(Demonstration({"text": f"{n}"}, "x", str(n)) for n in range(5, 9))
    prompt = Prompt("case", "Translate: {{text}}", demonstrations=shown)
    case = of(prompt=prompt, examples=tables, held_out=0.5)
    held_out = {int(example.id) for example in case.split("validation")}
    assert len(held_out) == 10
    assert min(held_out) >= 9


def test_another_text_may_do_without_the_locked_parts() -> None:
    case = of(prompt=Prompt("case", "Translate: {{text}}", locked=("Translate:",)))
    assert of(prompt=case.prompt.with_text("In English: {{text}}")).prompt.locked == ("Translate:",)
