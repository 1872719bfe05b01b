from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from llmopt_tui.core.decisions import Decision
from llmopt_tui.core.events import Event, RunFinished, SessionFinished, TrialEnded
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import ChatMessage, ProposalRecord
from llmopt_tui.core.ports import Message, Metrics, ModelInfo
from llmopt_tui.core.settings import LoopSettings, StopReason
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.core.text.plain import visible
from llmopt_tui.core.variant import Demonstration, Variant
from llmopt_tui.reports.markdown import fenced, inline, quoted, table
from llmopt_tui.reports.session_course import sparkline
from llmopt_tui.reports.session_report import session_report
from tests.core.factory import ORIGINAL, Stage, make_case
from tests.factories import (
    SECOND,
    THIRD,
    at,
    make_case_snapshot,
    make_run,
    make_started,
    record_of,
    session_events,
)
from tests.nasty import NASTY
from tests.raced import raced_events

MARKDOWN = MarkdownIt("gfm-like")
MARKDOWN.linkify.set({"fuzzy_link": False, "fuzzy_email": False})  # type: ignore[union-attr]
HARMLESS = {"text", "softbreak", "hardbreak", "text_special"}
nasty = pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:30])


def report(events: list[Event] | None = None, **changes: Any) -> str:
    return session_report(record_of(events or session_events(**changes)))


def tokens(markdown: str) -> Iterator[Token]:
    """Every token of a document, those inside of lines included."""
    for token in MARKDOWN.parse(markdown):
        yield token
        yield from token.children or ()


def table_rows(markdown: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, as text."""
    part = markdown.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_title_has_case_and_model() -> None:
    assert report().startswith("# Skills extraction with gemma3n:latest\n")


def test_lines_say_the_result_how_sure_it_is_what_to_use_and_why_it_ended() -> None:
    assert report().split("\n\n")[1].split("\\\n") == [
        "**Score:** 0.40 → 1.00 (+0.60) with the prompt of iteration 3, the best of 3; "
        "one answer to everything would score 1.00.",
        "**How sure:** measured on the 2 examples it was tuned on; "
        "not checked on held-out examples.",
        "**Recommended:** the original prompt, until held-out examples say that the prompt of "
        "iteration 3 is at least as good.",
        "**Why it ended:** the target of 0.95 was reached. 6 answers took 15.0 s.",
    ]


def test_where_nothing_did_better_the_original_prompt_is_the_result() -> None:
    events = [
        replace(event, score=0.4) if hasattr(event, "score") else event  # type: ignore[call-arg]
        for event in session_events()
    ]
    text = report(events)
    assert "**Score:** 0.40 with the original prompt, none of 2 others did better; one" in text
    assert "**Recommended:** the original prompt.\\" in text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("target_reached", "the target of 0.95 was reached."),
        ("no_improvement_suggested", "the interviewer had no usable improvement to suggest."),
        (
            "plateau",
            "scores stopped improving (2 iterations in a row without a gain of 0.005).",
        ),
        ("max_iterations", "the limit of 5 iterations was reached."),
        ("stopped_by_user", "the person stopped it."),
        ("failed", "it failed: no server."),
    ],
)
def test_the_stop_reason_is_said_in_words(reason: StopReason, words: str) -> None:
    error = "no server." if reason == "failed" else ""
    end = SessionFinished(at=at(60), stop_reason=reason, error_message=error)
    assert f"**Why it ended:** {words}" in report([*session_events()[:-1], end])


def test_a_session_that_broke_off_says_so() -> None:
    record = record_of(session_events()[:-1])
    assert "the session is running" in session_report(record)
    assert "it was interrupted before its end" in session_report(record, status="interrupted")


def test_a_session_without_a_score_has_a_report() -> None:
    text = report(session_events()[:4])
    assert "**No score yet**" in text
    assert "### Iteration 1: the original, unfinished" in text
    assert "## The best prompt" not in text
    assert session_report(SessionRecord()) == "# A session without a beginning\n"


def test_the_iterations_are_one_table() -> None:
    assert table_rows(report(), "Iterations") == [
        ["1", "the original", "0.40", "", "▅▃", "5.0", "20"],
        ["2", "suggestion 1, accepted by the person", "0.60", "+0.20", "▆▅", "5.0", "20"],
        ["**3** (best)", "suggestion 2, edited by the person", "1.00", "+0.40", "██", "5.0", "20"],
    ]


def test_a_gain_is_over_the_prompt_that_was_changed() -> None:
    events = session_events()
    places = [i for i, e in enumerate(events) if type(e).__name__ == "IterationStarted"]
    events[places[2]] = replace(events[places[2]], parent=1)  # type: ignore[call-arg]
    assert table_rows(report(events), "Iterations")[2][3] == "+0.60"
    assert "as a change of the one of iteration 1:" in report(events).split("### Iteration 3")[1]


def test_speed_is_left_out_where_the_server_does_not_count() -> None:
    events = [
        replace(e, run=replace(e.run, metrics=Metrics())) if isinstance(e, RunFinished) else e
        for e in session_events()
    ]
    assert table_rows(report(events), "Iterations")[0][6] == ""


@pytest.mark.parametrize(
    ("reused", "said"), [(96, "80% of the prompt tokens came from"), (0, ""), (None, "")]
)
def test_the_share_of_the_servers_prefix_cache_is_said(reused: int | None, said: str) -> None:
    events = [
        replace(e, run=replace(e.run, metrics=replace(e.run.metrics, reused_tokens=reused)))
        if isinstance(e, RunFinished)
        else e
        for e in session_events()
    ]
    text = report(events)
    assert said in text
    assert bool(said) == ("prefix cache" in text)


def test_what_was_asked_is_said_in_words() -> None:
    text = report()
    assert "2 examples to tune on, 0 held out." in text
    rows = table_rows(text, "What was asked")
    assert [row[:2] for row in rows] == [["json_valid", "0.25"], ["skills", "0.75"]]
    assert rows[0][2] == "the whole answer is valid JSON, with nothing around it"


@pytest.mark.parametrize(
    "criterion",
    [
        {"kind": "charm", "weight": 2, "flowers": 3},
        {"kind": "skills", "path": 7, "flowers": 3},
        {"kind": "length", "min": "many", "flowers": 3},
        {"kind": None},
        {},
    ],
    ids=str,
)
def test_a_criterion_that_is_not_known_here_costs_no_report(criterion: dict[str, Any]) -> None:
    case = make_case_snapshot() | {"criteria": [criterion]}
    assert len(table_rows(report(case=case), "What was asked")) == 1


@pytest.mark.parametrize(
    "case",
    [
        {},
        {"criteria": None, "examples": 7},
        {"criteria": [1], "examples": ["x"], "title": []},
        {"examples": {"a": 1}, "description": {"b": 2}},
    ],
    ids=str,
)
def test_a_case_that_holds_anything_costs_no_report(case: dict[str, Any]) -> None:
    assert "## What was asked" in report(case=case)


def test_a_changed_prompt_is_shown_as_a_diff() -> None:
    part = report().split("### Iteration 2")[1]
    assert "```diff\n-List the skills in this posting as JSON.\n+List every skill" in part


def test_an_iteration_shows_each_criterion_and_the_worst_answer() -> None:
    part = report().split("### Iteration 1")[1].split("### ")[0]
    assert "| json_valid | 1.00 | ██ |" in part
    assert "| skills | 0.40 | ▅▃ |" in part
    assert "The weakest answer, to example se-002: 0.30." in part
    assert 'teamwork (se-002, 0.3)"]}\n```' in part
    assert "- skills 0.30: misses Python" in part


def test_criteria_of_the_same_kind_are_kept_apart() -> None:
    record = record_of(session_events())
    contains = [replace(make_run().criteria[0], kind="contains", score=s) for s in (1.0, 0.2)]
    record.iterations[0].runs = [make_run(criteria=tuple(contains))] * 2
    text = session_report(record)
    assert "| contains | 1.00 | ██ |\n| contains | 0.20 | ▂▂ |" in text


def test_a_failed_call_and_a_cut_answer_are_said() -> None:
    record = record_of(session_events())
    record.iterations[0].runs[1] = make_run(
        "se-002", 0.0, success=False, error_message="out of memory", criteria=(), output=""
    )
    record.iterations[1].runs[1] = make_run("se-002", 0.5, metrics=Metrics(truncated=True))
    first, second = session_report(record).split("### Iteration ")[1:3]
    assert "1 of 2 calls failed." in first
    assert "It is empty." in first
    assert "- the call failed: out of memory" in first
    assert "It was cut off at the limit of tokens." in second


def test_a_long_answer_is_cut_and_says_so() -> None:
    record = record_of(session_events())
    record.iterations[0].runs[1] = make_run("se-002", 0.0, output="x" * 5000)
    assert "(1000 more characters are not shown.)" in session_report(record)


def test_an_interview_says_what_was_found_and_decided() -> None:
    first, second = report().split("### Interview ")[1:]
    assert first.startswith("1, after iteration 1\n\n> The answers leave skills out.")
    assert "> It asks for every skill." in first
    assert "Suggestion 1 was accepted by the person." in first
    assert "- the placeholder {{posting}} is missing" in second
    assert "The person:\n\n> Say how often a skill may be named." in second
    assert "The interviewer:\n\n> Then say: once." in second
    assert "Suggestion 2 was edited by the person: shorter" in second


def test_an_interview_does_not_repeat_its_own_messages_as_a_talk() -> None:
    first = report().split("### Interview ")[1]
    assert "The person:" not in first


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (Decision("accepted", "auto", SECOND), "was accepted automatically."),
        (Decision("rejected", "person", note="too long"), "was rejected by the person: too long"),
        (Decision("none", "auto"), "was left undecided."),
        (None, "was left undecided."),
    ],
)
def test_a_decision_is_said_with_who_made_it(decision: Decision | None, words: str) -> None:
    record = record_of(session_events()[:7])
    record.interviews[0].proposals[0].decision = decision
    assert f"Suggestion 1 {words}" in session_report(record)


def test_a_suggestion_that_was_not_tested_is_shown() -> None:
    record = record_of(session_events()[:7])
    record.interviews[0].proposals[0].decision = Decision("rejected", "person")
    part = session_report(record).split("### Interview 1")[1]
    assert "It was:\n\n```diff\n-List the skills in this posting as JSON.\n+List every" in part


def test_the_playbook_is_named_as_the_source() -> None:
    record = record_of(session_events())
    made = record.interviews[0].proposals[0]
    made.suggestion = Suggestion(SECOND, "why", "playbook")
    assert "Suggestion 1 (from the playbook) was accepted" in session_report(record)
    made.suggestion = Suggestion(SECOND, "why", "playbook", "exact shape")
    assert "Suggestion 1 (from the playbook, exact shape) was accepted" in session_report(record)
    made.suggestion = Suggestion(SECOND, "why", "interviewer", "json first")
    assert "Suggestion 1 (json first) was accepted" in session_report(record)


def test_the_best_prompt_stands_in_full_ready_to_copy() -> None:
    part = report().split("## The best prompt")[1]
    assert f"```text\n{THIRD}```" in part


def test_a_system_message_is_part_of_the_best_prompt() -> None:
    prompt = dict(make_started().prompt) | {"system": "Be brief."}
    assert "With this system message:\n\n```text\nBe brief.\n```" in report(prompt=prompt)


def test_examples_that_repeat_inputs_are_said_beside_the_question() -> None:
    case = dict(make_started().case)
    case["examples"] = [
        {"id": "t1", "split": "train", "inputs": {"posting": "Nurse wanted"}},
        {"id": "v1", "split": "validation", "inputs": {"posting": "nurse  wanted"}},
        {"id": "odd", "inputs": 3},
    ]
    assert "**Mind**: validation shares inputs with train (v1 = t1): " in report(case=case)
    assert "**Mind**" not in report()


def test_settings_and_environment_come_last() -> None:
    rows = {row[0]: row[1] for row in table_rows(report(), "Settings and environment")}
    assert rows["interviewer"] == "llama3.2:latest"
    assert (rows["target"], rows["temperature"], rows["seed"]) == ("0.95", "0.0", "0")
    assert rows["machine"] == "a box"
    assert list(rows)[-1] == "machine"


@pytest.mark.parametrize(
    ("scores", "bars"),
    [
        ([], ""),
        ([0, 0.5, 1], "▁▅█"),
        ([-1, 2, float("inf"), float("nan")], "▁██▁"),
        ([1.0] * 41, "█" * 40 + "…"),
    ],
)
def test_a_sparkline_is_a_block_a_score(scores: list[float], bars: str) -> None:
    assert sparkline(scores) == bars


def nasty_record(text: str) -> SessionRecord:
    """A session in which everything from outside is the same text."""
    record = record_of(
        session_events(
            model=text or "m",
            interviewer_model=text,
            case={
                "id": text,
                "title": text,
                "description": text,
                "criteria": [
                    {"kind": text, "weight": text, text: text},
                    {"kind": "skills", "path": text},
                ],
                "examples": [{"id": text}],
            },
            prompt={"name": text, "text": text, "system": text},
            settings=LoopSettings(options={text: text}),
            environment={text: text},
        )
    )
    assert record.started is not None
    record.started = replace(
        record.started, model=ModelInfo(text, text, text, 1, text, text, text), session_id=text
    )
    record.finished = SessionFinished(at=at(60), stop_reason="failed", error_message=text)
    for n, iteration in enumerate(record.iterations):
        iteration.prompt = f"{text}\n{n}\n{text}" if n else text
        criteria = tuple(replace(c, kind=text, feedback=text) for c in make_run().criteria)
        iteration.runs = [
            make_run(text, 0.1, output=text, error_message=text, success=False, criteria=criteria)
        ]
    for interview in record.interviews:
        interview.analysis = interview.response = text
        interview.problems = [text]
        made = Suggestion(text, text, "interviewer", text)
        interview.proposals = [ProposalRecord(1, made, Decision("rejected", "person", note=text))]
        interview.messages = [ChatMessage(Message("user", text).role, text, at(1))]
    return record


@nasty
def test_nasty_text_acts_nowhere_in_the_report(text: str) -> None:
    markdown = session_report(nasty_record(text))
    plain = session_report(nasty_record("plain"))
    assert all(
        char.isprintable() or char in "\n\t\u2028\u2029" or ord(char) > 0xFFF for char in markdown
    )
    kinds = {token.type for token in tokens(markdown)}
    expected = {token.type for token in tokens(plain)}
    assert kinds <= expected | HARMLESS
    # The same headings and tables as with plain words; a fact without a value has no row.
    outline = {"heading_open", "tr_open", "td_open"} if text else {"heading_open"}
    assert [t.type for t in MARKDOWN.parse(markdown) if t.type in outline] == [
        t.type for t in MARKDOWN.parse(plain) if t.type in outline
    ]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("see www.example.org", r"see www\.example.org"),
        ("see https://example.org", r"see https\://example.org"),
        ("gemma3n:latest", "gemma3n:latest"),
        ("skills_extraction", "skills_extraction"),
        ("0.25", "0.25"),
    ],
)
def test_addresses_are_no_links_and_plain_names_stay_plain(text: str, escaped: str) -> None:
    assert inline(text) == escaped


@nasty
def test_a_fence_holds_the_whole_text(text: str) -> None:
    (token,) = MARKDOWN.parse(fenced(text))
    assert token.type == "fence"
    assert token.content.rstrip("\n") == visible(text).rstrip("\n")


@given(st.text("`~\n >-ab", max_size=40))
def test_no_run_of_backticks_closes_a_fence(text: str) -> None:
    (token,) = MARKDOWN.parse(fenced(text))
    assert token.content.rstrip("\n") == text.rstrip("\n")


@given(st.text(st.sampled_from('`*_[]()<>|~$&#@!\\-+=.:/1) \nwxa"'), max_size=30))
def test_escaped_text_reads_as_itself(text: str) -> None:
    flat = " ".join(text.split())
    cell = list(tokens(f"{table(['a'], [[inline(text)]])}\n"))
    shown = [t for t in cell if t.type == "inline"][1]
    assert {t.type for t in shown.children or ()} <= HARMLESS
    assert "".join(t.content for t in shown.children or ()) == flat
    item = list(tokens(f"- {inline(text) or 'x'}"))
    assert [t.type for t in item if t.type.endswith("_open")] == [
        "bullet_list_open",
        "list_item_open",
        "paragraph_open",
    ]


@given(st.text(st.sampled_from("`*_[]()<>|~$&#@!\\-+=.:/1) \t\nwxa"), max_size=40))
def test_quoted_text_is_one_quotation_of_plain_paragraphs(text: str) -> None:
    found = list(tokens(f"{quoted(text)}\n\nafter"))
    opened = [t.type for t in found if t.type.endswith("_open")]
    assert set(opened) <= {"blockquote_open", "paragraph_open"}
    assert opened.count("blockquote_open") == bool(text.strip())
    assert {t.type for t in found if t.level and not t.block} <= HARMLESS
    words = "".join(t.content for t in found if t.type in ("text", "text_special"))
    assert "".join(words.split()) == "".join(text.split()) + "after"


async def test_held_out_examples_say_how_sure_it_is() -> None:
    better = ORIGINAL + " alpha beta gamma delta"
    stage = Stage(case=make_case(validation=12), prompts=(better,))
    await stage.run()
    text = session_report(stage.session.record)
    first, second, *_ = text.split("\n\n")[1].split("\\\n")
    assert first == "**Held out:** 0.00 → 1.00 (+1.00) on 12 examples that no idea was made from."
    assert second.startswith("**How sure:** REAL. Better by 1.000 on 12 examples; ")
    stage = Stage(case=make_case(validation=3), prompts=(better,))
    await stage.run()
    assert "**How sure:** UNDERPOWERED. 3 examples are" in session_report(stage.session.record)
    stage = Stage(case=make_case(validation=3), prompts=(None,))
    await stage.run()
    text = session_report(stage.session.record)
    assert "**Held out:** 0.00 on 3 examples with the original prompt." in text
    assert "**How sure:** The original" in text
    stage = Stage(case=make_case(validation=0), prompts=(better,))
    await stage.run()
    assert "not checked on held-out examples" in session_report(stage.session.record)


def test_a_race_says_what_won_and_what_lost() -> None:
    part = report(raced_events()).split("### Interview 1")[1].split("### ")[0]
    assert "3 ideas came of it, 3 of them accepted." in part
    assert "idea 3, say each once + 1 demonstration: won with 4 answers: +0.40 on 4" in part
    assert part.rstrip().splitlines()[-2:] == [
        "- idea 1, say each once: dropped after 2 answers: "
        "0.30 behind the best so far on 2 examples",
        "- idea 2, 1 demonstration: beaten after 4 answers: +0.20, and idea 3 +0.40",
    ]


def test_an_iteration_says_what_was_changed_by_whom_against_what_and_what_it_gained() -> None:
    text = report(raced_events())
    part = text.split("### Iteration 2: idea 3 of interview 1, score 0.80")[1].split("## The best")[
        0
    ]
    assert '- say each once, from the playbook, against "missing"' in part
    assert '- 1 demonstration, from the train examples, against "missing"' in part
    assert "It gained +0.40 over iteration 1, on train examples." in part
    assert "the instructions in the first turn alone: se-002." in part
    single = report().split("### Iteration 2")[1]
    assert "- replace text, from the interviewer\n" in single
    assert "It gained +0.20 over iteration 1" in single


def test_held_out_scores_come_first_with_what_one_answer_would_score_beside_them() -> None:
    lines = report(raced_events()).split("\n\n")[1].split("\\\n")
    assert lines[0] == (
        "**Held out:** 0.40 → 0.70 (+0.30) on 8 examples that no idea was made from; "
        "one answer to everything would score 1.00."
    )
    assert lines[2].startswith("**On train examples:** 0.40 → 0.80 (+0.40) with the prompt of it")
    assert lines[2].endswith("one answer to everything would score 1.00.")
    assert lines[3] == "**Recommended:** the prompt of iteration 2."


@pytest.mark.parametrize(
    ("held_out", "words"),
    [
        ((0.4, 0.4), "the prompt of iteration 2."),
        ((0.7, 0.4), "the original prompt: that of iteration 2 scores less on held-out examples."),
        (None, "the original prompt, until held-out examples say that the prompt of iteration 2"),
    ],
)
def test_the_original_is_recommended_unless_the_winner_is_as_good_on_held_out_examples(
    held_out: tuple[float, float] | None, words: str
) -> None:
    assert f"**Recommended:** {words}" in report(raced_events(held_out=held_out))


def test_the_winners_demonstrations_are_shown_with_what_they_cost() -> None:
    part = report(raced_events()).split("## The best prompt")[1].split("\n## ")[0]
    assert "With 1 demonstration as earlier turns of the chat, the instructions in the" in part
    assert "**Demonstration 1**, of example se-002:" in part
    assert (
        "<details><summary>Its inputs</summary>\n\n```text\nposting:\nWe look for a cook." in part
    )
    assert 'Its answer:\n\n```text\n{"skills": ["cooking"]}\n```' in part
    assert "beside what was gained on held-out examples (+0.30):" in part
    assert "| iteration 1, without | 120 | 40 | 2.5 | 0.40 |" in part
    assert "| iteration 2, with | 200 | 40 | 3.0 | 0.70 |" in part
    assert "<details>" not in report()


def test_a_round_that_nobody_won_is_told_under_its_iteration() -> None:
    events = [
        replace(e, outcome="dropped", reason="no clear gain") if isinstance(e, TrialEnded) else e
        for e in raced_events()
    ]
    begun = next(n for n, e in enumerate(events) if getattr(e, "iteration", 0) == 2)
    part = report(events[:begun]).split("### Interview 1")[1]
    assert part.count(": no clear gain") == 3
    assert "won with" not in part


def nasty_race(text: str) -> SessionRecord:
    """A race in which everything from outside is the same text."""
    record = record_of(raced_events())
    record.iterations[-1].variant = Variant(text, text, (Demonstration({text: text}, text, text),))
    for proposal in record.interviews[0].proposals:
        made, reason = proposal.suggestion, text
        changes = tuple(replace(c, name=text, cause=text, reason=text) for c in made.changes)
        proposal.suggestion = replace(made, kind=text, reasoning=text, changes=changes, cause=text)
        proposal.reason = reason
    return record


@nasty
def test_nasty_text_acts_nowhere_in_what_is_said_of_a_race(text: str) -> None:
    markdown = session_report(nasty_race(text))
    plain = session_report(nasty_race("plain"))
    assert all(
        char.isprintable() or char in "\n\t\u2028\u2029" or ord(char) > 0xFFF for char in markdown
    )
    expected = {token.type for token in tokens(plain)}
    assert {token.type for token in tokens(markdown)} <= expected | HARMLESS
    blocks = [t.content for t in tokens(markdown) if t.type.startswith("html")]
    assert blocks == [t.content for t in tokens(plain) if t.type.startswith("html")]
