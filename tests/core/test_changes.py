"""Variants and changes: what is sent, and what each edit does to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.changes import Change, apply_all
from llmopt_tui.core.ports import Message
from llmopt_tui.core.prompt import Prompt, variant_sha256
from llmopt_tui.core.sections import read_sections
from llmopt_tui.core.variant import Demonstration, Instructions, Variant

TEXT = "Name the colour. Be brief.\n\nNote:\n\n{{note}}\n\nOne word.\n"
RED = Demonstration({"note": "a ripe tomato"}, "red", "n1")
BLUE = Demonstration({"note": "a clear sky"}, "blue", "n2")
GREEN = Demonstration({"note": "a lawn in May"}, "green", "n3")
SHOWN = Variant(TEXT).with_demonstrations((RED, BLUE), (GREEN, None))


def chat(variant: Variant, example_id: str = "") -> list[tuple[str, str]]:
    sent = variant.messages({"note": "coal"}, example_id)
    return [(message.role, message.content) for message in sent]


def test_without_demonstrations_the_filled_text_is_all() -> None:
    assert chat(Variant(TEXT)) == [("user", TEXT.replace("{{note}}", "coal"))]
    assert chat(replace(Variant(TEXT), system="You see {{note}}."))[0] == (
        "system",
        "You see coal.",
    )


def test_with_instructions_once_later_turns_hold_the_inputs_alone() -> None:
    assert chat(SHOWN) == [
        ("user", TEXT.replace("{{note}}", "a ripe tomato")),
        ("assistant", "red"),
        ("user", "Note:\n\na clear sky"),
        ("assistant", "blue"),
        ("user", "Note:\n\ncoal"),
    ]


def test_instructions_can_be_in_the_system_message_or_in_each_turn() -> None:
    system = replace(SHOWN, instructions="system", system="You are exact.")
    assert chat(system)[:2] == [
        ("system", "You are exact.\n\nName the colour. Be brief.\n\nOne word."),
        ("user", "Note:\n\na ripe tomato"),
    ]
    each = chat(replace(SHOWN, instructions="each"))
    assert [text for role, text in each if role == "user"] == [
        TEXT.replace("{{note}}", note) for note in ("a ripe tomato", "a clear sky", "coal")
    ]


def test_while_an_example_is_scored_its_spare_is_shown_or_nothing() -> None:
    assert SHOWN.shown_for("n1") == (GREEN, BLUE)
    assert SHOWN.shown_for("n2") == (RED,)
    assert SHOWN.shown_for("n3") == (RED, BLUE)


@given(
    st.sampled_from(["once", "each", "system"]),
    st.sampled_from(["n1", "n2", "n3", "n4"]),
    st.text(max_size=20),
)
def test_no_chat_holds_the_answer_of_the_example_it_is_about(
    where: Instructions, example_id: str, note: str
) -> None:
    variant = replace(SHOWN, instructions=where)
    sent = variant.messages({"note": note}, example_id)
    answers = {RED.example_id: "red", BLUE.example_id: "blue"}
    if own := answers.get(example_id):
        assert Message("assistant", own) not in sent
    assert [m.role for m in sent if m.role != "system"][::2] == ["user"] * (len(sent) // 2 + 1) or (
        where == "system"
    )
    assert sent[-1].role == "user"
    assert note in sent[-1].content


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            Change("add rule", "playbook", text="No articles."),
            "Name the colour. Be brief.\n\nNote:\n\n{{note}}\n\nOne word. No articles.\n",
        ),
        (
            Change("mark input", "playbook"),
            "Name the colour. Be brief.\n\n<note>\n{{note}}\n</note>\n\nOne word.\n",
        ),
        (Change("replace text", "person", text="Colour? {{note}}"), "Colour? {{note}}"),
    ],
)
def test_edits_of_the_text(change: Change, text: str) -> None:
    changed = change.apply(SHOWN)
    assert changed is not None
    assert changed.text == text
    assert changed.demonstrations == SHOWN.demonstrations
    assert change.apply(changed) is None  # once is enough


def test_instructions_move_or_are_said_twice() -> None:
    before = Variant("Name the colour.\n\n{{note}}\n")
    moved = Change("instructions last", "playbook").apply(before)
    assert moved == Variant("{{note}}\n\nName the colour.\n")
    twice = Change("repeat instructions", "playbook").apply(before)
    assert twice == Variant("Name the colour.\n\n{{note}}\n\nName the colour.\n")
    assert Change("instructions last", "playbook").apply(SHOWN) is None


def test_two_changes_are_joined_by_applying_both() -> None:
    rule = Change("add rule", "playbook", text="No articles.")
    shown = Change("demonstrations", "demonstrations", demonstrations=(RED,), spares=(GREEN,))
    both = apply_all((rule, shown), Variant(TEXT))
    assert both is not None
    assert both.text.endswith("One word. No articles.\n")
    assert (both.demonstrations, both.spares) == ((RED,), (GREEN,))
    assert apply_all((rule, rule), Variant(TEXT)) is None
    free = Change("constraint", "constraint", constrain="off").apply(both)
    assert free is not None
    assert (free.constrain, free.demonstrations) == ("off", (RED,))


def test_what_a_prompt_sends_has_one_digest() -> None:
    prompt = Prompt("colours", TEXT)
    assert prompt.with_variant(SHOWN).variant == SHOWN
    digests = {
        variant_sha256(variant)
        for variant in (
            Variant(TEXT),
            SHOWN,
            replace(SHOWN, instructions="system"),
            replace(SHOWN, constrain="off"),
            SHOWN.with_demonstrations((BLUE, RED)),
        )
    }
    assert len(digests) == 5
    assert prompt.sha256 in digests
    assert variant_sha256(replace(SHOWN, spares=())) == variant_sha256(SHOWN)


@given(st.lists(st.sampled_from(["Do it.", "Note:", "{{note}}", "<x>\n{{note}}\n</x>", "Stop."])))
def test_the_sections_of_a_text_hold_all_of_it(paragraphs: list[str]) -> None:
    text = "\n\n".join(paragraphs) + "\n"
    sections = read_sections(text)
    assert sections.text.strip() == text.strip()
    assert "{{" not in sections.instructions
