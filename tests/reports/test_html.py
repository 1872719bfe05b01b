"""The HTML export: what is on the page and in which order, and that no text on it acts."""

from __future__ import annotations

import pytest

from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.text.plain import visible
from llmopt_tui.reports.exports.html.prose import prose
from llmopt_tui.reports.exports.html.session import session_page
from tests.factories import make_run, make_started, record_of, session_events
from tests.nasty import NASTY
from tests.raced import RULE, SHOWN, raced_events
from tests.reports.pages import Node, assert_nothing_acts, headings, part, read_page
from tests.reports.troubled import troubled, troubled_race

nasty = pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:30])


def page_of(record: SessionRecord) -> Node:
    return read_page(session_page(record))


def test_the_verdict_comes_first_and_held_out_scores_before_those_on_train() -> None:
    page = page_of(record_of(raced_events()))
    assert [node.text for node in page.all("h1")] == ["Skills extraction with gemma3n:latest"]
    first = page.all("section")[0]
    assert first is part(page, "verdict")
    tiles = [node.text for node in first.all("div", "tiles")[0].children if isinstance(node, Node)]
    assert tiles[0].startswith("Held-out examples0.40 → 0.70+0.30")
    assert tiles[1].startswith("VerdictUNDERPOWEREDtoo few examples to tell")
    assert tiles[2] == "Train examples0.40 → 0.80+0.40"
    assert first.text.index("Held out:") < first.text.index("On train examples:")
    assert "Recommended: the prompt of iteration 2." in first.text


def test_every_part_of_the_page_is_there_in_its_order() -> None:
    assert headings(page_of(record_of(raced_events()))) == [
        "Before and after, on held-out examples",
        "What the best prompt is made of",
        "The best prompt",
        "Ideas that lost",
        "Scores",
        "Every example",
        "What was asked",
        "The course of the session",
        "Settings and environment",
    ]


def test_held_out_answers_before_and_after_are_side_by_side() -> None:
    changes = part(page_of(record_of(raced_events())), "changes")
    rows = [[cell.text for cell in row.all("td")] for row in changes.all("tr")[1:]]
    assert [row[0] for row in rows] == [f"se-{n}" for n in range(101, 109)]
    assert all(row[1:4] == ["0.40", "0.70", "+0.30"] for row in rows)
    assert rows[0][4] != rows[0][5]


def test_without_held_out_examples_the_page_says_so() -> None:
    changes = part(page_of(record_of(raced_events(held_out=None))), "changes")
    assert headings(changes) == ["Before and after, on train examples"]
    assert "No example was held out" in changes.text


def test_parts_have_their_sources_and_effects_and_lost_ideas_a_line_each() -> None:
    page = page_of(record_of(raced_events()))
    parts = part(page, "parts")
    assert [item.text for item in parts.all("li")] == [
        'say each once, from the playbook, against "missing"',
        '1 demonstration, from the train examples, against "missing"',
    ]
    assert "It gained +0.40 over iteration 1, on train examples." in parts.text
    lost = [item.text for item in part(page, "lost").all("li")]
    assert len(lost) == 2
    assert "dropped after 2 answers: 0.30 behind the best so far" in lost[0]


def test_what_each_part_brings_is_shown_where_it_was_measured() -> None:
    record = record_of(raced_events())
    for n, score in ((1, 0.5), (2, 0.7)):
        examples = {run.example_id for run in record.iterations[0].train_runs}
        record.part_runs[n] = [make_run(example, score) for example in sorted(examples)]
    rows = [[c.text for c in row.all("td")] for row in part(page_of(record), "parts").all("tr")[1:]]
    assert [(row[1], row[3], row[4]) for row in rows] == [
        ("playbook", "0.50", "+0.30"),
        ("demonstrations", "0.70", "+0.10"),
    ]
    assert RULE in rows[0][0]


def test_the_prompt_and_its_demonstrations_can_be_copied_to_the_letter() -> None:
    record = record_of(raced_events())
    assert record.best is not None
    blocks = [node.text.removeprefix("\n") for node in part(page_of(record), "prompt").all("pre")]
    assert blocks == [record.best.prompt, *SHOWN.inputs.values(), SHOWN.answer]
    spaced = "\n\n  two blank lines before,\tand after  \n\n"
    record.best.variant = record.best.variant.with_text(spaced)
    # A browser drops the first line end in the block, which is there for that.
    assert part(page_of(record), "prompt").all("pre")[0].text == "\n" + spaced


def test_a_prompt_with_hidden_characters_says_where_the_exact_one_is() -> None:
    record = record_of(raced_events())
    assert record.best is not None
    assert "symbols" not in part(page_of(record), "prompt").text
    record.best.variant = record.best.variant.with_text("zero\u200bwidth")
    prompt = part(page_of(record), "prompt")
    assert "zero<U+200B>width" in prompt.text
    assert "The exact text is in best_prompt.toml" in prompt.text


def test_every_example_is_folded_with_inputs_expected_answers_and_criticism() -> None:
    page = page_of(record_of(session_events()))
    examples = part(page, "examples").all("details")
    assert len(examples) == 2
    first = examples[0]
    assert "open" not in first.attributes
    assert [node.text for node in first.all("summary")] == ["se-0010.50 → 1.00train"]
    assert [node.text for node in first.all("h4")] == [
        "Input",
        "Expected",
        "Answer to the original prompt: 0.50, 2.5 s",
        "Answer to the best prompt: 1.00, 2.5 s",
    ]
    assert "skills 0.50: misses Python" in [item.text for item in first.all("li")]


def test_plots_are_drawn_in_the_page() -> None:
    pictures = part(page_of(record_of(raced_events())), "curves").all("svg")
    titles = ["Score over the iterations", "Each example, before and after"]
    assert [node.all("title")[0].text for node in pictures] == titles


def test_a_session_has_a_page_in_any_state() -> None:
    assert "A session without a beginning" in page_of(record_of([])).text
    page = page_of(record_of([make_started()]))
    assert "No score yet" in part(page, "verdict").text
    assert not page.all("section", "prompt")
    for n in range(1, len(session_events()) + 1):
        assert_nothing_acts(page_of(record_of(session_events()[:n])))


@nasty
def test_no_text_acts_on_a_page(text: str) -> None:
    for record in (troubled(text), troubled_race(text)):
        html = session_page(record)
        html.encode("utf-8")
        page = read_page(html)
        assert_nothing_acts(page)
        prompt = part(page, "prompt").all("pre")[0].text
        assert visible(text).replace("\ufffe\uffff", "\ufffd\ufffd") in prompt


@pytest.mark.parametrize(
    "written",
    [
        "[a](https://example.org)",
        "<https://example.org>",
        "![a](x.png)",
        "<b onclick='a'>a</b>",
        "[a]\n\n[a]: https://example.org",
    ],
)
def test_markdown_that_acts_becomes_words(written: str) -> None:
    page = read_page(prose([written]).code)
    assert {node.name for node in page} <= {"p"}
    assert "a" in page.text


def test_markdown_keeps_tables_and_moves_headings_down() -> None:
    page = read_page(prose(["## A", "| a | b |\n| --- | ---: |\n| 1 | 2 |"], deeper=2).code)
    assert headings(page, 4) == ["A"]
    assert [cell.attributes for cell in page.all("td")] == [{}, {"style": "text-align:right"}]
