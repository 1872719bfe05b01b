"""The checks: every good rewrite passes, every bad one is refused with a reason."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.app.workspace import Workspace
from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.prompt import Prompt, placeholders_in
from llmopt_tui.core.proposals.checks import check_suggestion, is_unchanged
from tests.core.factory import make_case
from tests.core.replies import BETTER, CHATTY, MEGABYTES, tagged
from tests.core.rewrites import CONCISE_DESCRIPTION, FORM, INPUTS, SKILLS_EXTRACTION

ROOT = Path(__file__).parents[3]


@cache
def starter(case_id: str) -> Case:
    return next(c for c in Workspace(ROOT).load_cases().cases if c.id == case_id)


def check(text: str, case_id: str = "skills_extraction", *tried: str) -> list[str]:
    case = starter(case_id)
    return check_suggestion(text, case.prompt, case, tried)


@pytest.mark.parametrize("text", SKILLS_EXTRACTION, ids=range(len(SKILLS_EXTRACTION)))
def test_good_rewrites_for_extracting_skills_pass(text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize("text", CONCISE_DESCRIPTION, ids=range(len(CONCISE_DESCRIPTION)))
def test_good_rewrites_for_describing_jobs_pass(text: str) -> None:
    assert check(text, "concise_description") == []


def better(old: str = "", new: str = "", *, start: str = "", end: str = "") -> str:
    assert old in BETTER
    return f"{start}{BETTER.replace(old, new, 1) if old else BETTER}{end}"


GERMAN = (
    "Liste alle Fähigkeiten, Werkzeuge und Sprachen auf, die in der folgenden Stellenanzeige "
    "verlangt werden.\nGib nur JSON in dieser Form zurück, ohne weiteren Text davor oder danach: "
)

REFUSED = {
    "empty": ("", "empty"),
    "a dash": ("- ", "empty"),
    "stars": ("***\n---", "empty"),
    "a lost placeholder": (better("{{job_title}}"), "{{job_title}} is missing"),
    "placeholders lost altogether": ("List all skills as JSON.", "{{job_posting}} is missing"),
    "a placeholder twice": (
        better(end="\n\n{{job_posting}}"),
        "{{job_posting}} occurs more often than before",
    ),
    "placeholders in single braces": (
        BETTER.replace("{{", "{").replace("}}", "}"),
        "{{job_title}} is also written in another form",
    ),
    "a placeholder in brackets": (
        better("asks for.", "asks for, given the [job_title]."),
        "{{job_title}} is also written in another form",
    ),
    "a placeholder with spaces": (
        better("{{job_posting}}", "{{ job_posting }}"),
        "{{job_posting}} is missing",
    ),
    "a placeholder in three braces": (
        better("{{job_posting}}", "{{{job_posting}}}"),
        "{{job_posting}} is also written in another form",
    ),
    "a placeholder as a tag that marks nothing": (
        better("asks for.", "asks for; see <job_posting>."),
        "{{job_posting}} is also written in another form",
    ),
    "a placeholder as a variable of a shell": (
        better("asks for.", "asks for, see $job_posting."),
        "{{job_posting}} is also written in another form",
    ),
    "a new placeholder": (better(end="\n\nSkills: {{skills}}"), "{{skills}} is new"),
    "a translated placeholder": (
        better("{{job_title}}", "{{stellentitel}}"),
        "{{stellentitel}} is new",
    ),
    "a placeholder whose name is written out": (
        better("{{job_title}}", "{{Job Title}}"),
        "Double braces are for placeholders only",
    ),
    "doubled braces around the form of the answer": (
        better(FORM, "{" + FORM + "}"),
        "Double braces are for placeholders only",
    ),
    "the posting inside a sentence": (
        f"Read the {{{{job_posting}}}} for {{{{job_title}}}} and list its skills as {FORM}, with "
        "nothing else around it.",
        "{{job_posting}} is inside a sentence",
    ),
    "words after the posting": (
        better("{{job_posting}}", "{{job_posting}} Now list the skills."),
        "{{job_posting}} is inside a sentence",
    ),
    "the whole reply": (CHATTY.format(BETTER), "begins with chatter"),
    "a heading": (better(start="### Improved Prompt\n\n"), "begins with chatter"),
    "a bold heading": (better(start="**Revised prompt:**\n"), "begins with chatter"),
    "a label": (better(start="Prompt: "), "begins with chatter"),
    "a greeting": (better(start="Hello! "), "begins with chatter"),
    "agreement": (better(start="Sure, I can do that.\n"), "begins with chatter"),
    "an announcement": (better(start="Here is the updated version:\n\n"), "begins with chatter"),
    "a report": (better(start="I've added a rule on the format.\n\n"), "begins with chatter"),
    "an invitation": (better(start="Let's refine this.\n"), "begins with chatter"),
    "an announcement in German": (
        better(start="Hier ist der verbesserte Prompt:\n"),
        "begins with chatter",
    ),
    "an announcement in French": (
        better(start="Voici le nouveau prompt :\n"),
        "begins with chatter",
    ),
    "a summary of changes": (
        better(end="\n\n**Changes made:**\n- Added the format"),
        "holds chatter",
    ),
    "praise": (
        better(end="\n\nThis improved prompt is clearer and more specific."),
        "holds chatter",
    ),
    "an offer": (better(end="\n\nLet me know if this works!"), "holds chatter"),
    "a hope": (better(end="\n\nI hope this helps."), "holds chatter"),
    "a justification": (
        better(end="\n\nWhy this works: it names the format."),
        "holds chatter",
    ),
    "a refusal": (better(start="I'm sorry, but I cannot do that. "), "It is a refusal"),
    "a refusal with reasons": (
        better(start="As an AI language model, I do not read postings.\n"),
        "It is a refusal",
    ),
    "a refusal at the end": (
        better(end="\n\nI can't give more without the posting."),
        "It is a refusal",
    ),
    "talk of scores": (
        better("asks for.", "asks for, to reach a score of 0.95."),
        "optimization ('score')",
    ),
    "talk of iterations": (
        better("asks for.", "asks for. In the last iteration tools were forgotten."),
        "optimization ('iteration')",
    ),
    "talk of feedback": (
        better("asks for.", "asks for, following the feedback."),
        "optimization ('feedback')",
    ),
    "talk of the interviewer": (
        better("asks for.", "asks for. The Interviewer wants tools too."),
        "optimization ('interviewer')",
    ),
    "talk of the prompt": (
        better("asks for.", "asks for. Unlike the previous prompt, name tools."),
        "optimization ('previous prompt')",
    ),
    "a company": (
        better("asks for.", "asks for, as Brackwater wants."),
        "facts of single examples: 'Brackwater'",
    ),
    "a company in a list": (
        better(start="Companies: Oxmoor Dairies, Copper Heron\n"),
        "'Copper', 'Dairies', 'Heron'",
    ),
    "a person": (
        better("asks for.", "asks for, and send them to Mrs Tilling."),
        "'Mrs', 'Tilling'",
    ),
    "a product": (
        better("skill, tool", "skill (Kubernetes), tool"),
        "facts of single examples: 'Kubernetes'",
    ),
    "a number": (
        better("asks for.", "asks for, such as standard 9001."),
        "facts of single examples: '9001'",
    ),
    "an expected skill": (
        better("skill, tool", "skill (wound care), tool"),
        "facts of single examples: 'wound care'",
    ),
    "the expected answer": (
        better('"skill one", "skill two"', '"telemetry", "ECG interpretation"'),
        "'ECG', 'ecg interpretation'",
    ),
    "expected skills of one word": (
        better("skill, tool", "skill such as telemetry, butchery, cocktails, tool"),
        "'butchery', 'cocktails', 'telemetry'",
    ),
    "names at the start of lines": (
        better(end="\n\n- Python. \n- Terraform. \n- Grafana."),
        "'Grafana', 'Python', 'Terraform'",
    ),
    "words of a posting": (
        better(
            "asks for.",
            "asks for, when Ward 6 looks after people in the first days after heart surgery.",
        ),
        "copies words of an example: 'after people in the first days after heart",
    ),
    "an answer in place of the task": (
        f'{{"skills": ["telemetry", "ECG interpretation", "wound care"]}}{INPUTS}',
        "facts of single examples",
    ),
    "tags left over": (tagged(BETTER), "the tags that belong around it"),
    "one tag left over": (better(end="\n</prompt>"), "the tags that belong around it"),
    "escaped": (
        BETTER.replace("\n", "\\n").replace('"', '\\"'),
        "It is escaped",
    ),
    "control characters": (better(end="\x1b[31m"), "characters that are no text"),
    "half of a character": (better(end="\ud83d"), "characters that are no text"),
    "very long": (better(end="\n- Be careful." * 400), "characters long"),
    "the inputs alone": (INPUTS.strip(), "Most of the prompt is gone"),
    "another language": (
        f"{GERMAN}{FORM}\n\nStellenbezeichnung: {{{{job_title}}}}\n\n"
        "Stellenanzeige:\n{{job_posting}}",
        "changes the language from en to de",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_rewrites_are_refused_with_the_reason(name: str) -> None:
    text, reason = REFUSED[name]
    problems = check(text)
    assert reason in " ".join(problems)
    assert all(problem.endswith(".") for problem in problems)


def test_the_rewrite_behind_the_bad_ones_is_good() -> None:
    assert check(BETTER) == []


@pytest.mark.parametrize("change", [str.strip, str.upper, lambda text: text.replace("\n", " \n ")])
def test_the_same_prompt_is_no_suggestion(change: object) -> None:
    assert callable(change)
    case = starter("concise_description")
    text = change(case.prompt.text)
    for placeholder in ("{{job_title}}", "{{job_posting}}"):
        text = text.replace(placeholder.upper(), placeholder)
    assert is_unchanged(text, case.prompt)
    assert check(text, case.id) == ["The suggestion is the prompt it should improve."]


def test_a_prompt_that_was_tried_is_refused_in_any_layout() -> None:
    assert check(BETTER.replace("\n\n", "\n"), "skills_extraction", BETTER) == [
        "The suggestion was tried or refused before."
    ]


def test_a_case_about_scoring_may_speak_of_scores() -> None:
    case = make_case(prompt="Give this essay a score from 1 to 10: {{text}}")
    text = "Read the essay, then give it a score from 1 to 10, scoring only its style: {{text}}"
    assert check_suggestion(text, case.prompt, case, ()) == []
    case = replace(case, title="Customer feedback", prompt=Prompt("p", "Sum up: {{text}}"))
    text = "Sum up the feedback in one sentence: {{text}}"
    assert check_suggestion(text, case.prompt, case, ()) == []


def test_a_prompt_that_always_began_with_chatter_may_go_on_so() -> None:
    case = make_case(prompt="Hello! I'm sorry to bother you. Sum up: {{text}}")
    text = "Hello! I'm sorry to bother you. Sum up in one sentence: {{text}}"
    assert check_suggestion(text, case.prompt, case, ()) == []


def test_what_the_examples_share_belongs_to_the_task() -> None:
    case = make_case(train=3)
    text = "Describe this posting for Nordwind Logistik: {{text}}"
    assert check_suggestion(text, case.prompt, case, ()) == []
    single = replace(case, examples=case.examples[:1])
    problems = check_suggestion(text, case.prompt, single, ())
    assert problems == ["It holds facts of single examples: 'Logistik', 'Nordwind'."]


def test_what_validation_examples_say_is_not_looked_at() -> None:
    hidden = Example("v", {"text": "Careers at Umbrella Corporation"}, "validation")
    case = make_case()
    case = replace(case, examples=(*case.examples, hidden))
    text = "Describe this, unless it is from Umbrella Corporation: {{text}}"
    assert check_suggestion(text, case.prompt, case, ()) == []


def german_case() -> Case:
    prompt = (
        "Liste die Kenntnisse auf, die in der folgenden Anzeige verlangt werden, und gib sie "
        "untereinander aus.\n\n{{text}}"
    )
    return replace(
        make_case(prompt=prompt),
        examples=(
            Example("a", {"text": "Wir suchen einen Koch mit Erfahrung und guten Kenntnissen."}),
            Example("b", {"text": "Die Spedition Nordwind Logistik bietet gute Werkzeuge."}),
            Example("c", {"text": "Gefragt sind Sprachen, SAP und ein Abschluss."}),
        ),
    )


def test_nouns_of_a_german_prompt_are_no_names() -> None:
    case = german_case()
    text = case.prompt.text.replace(
        "Kenntnisse auf", "Kenntnisse, Werkzeuge, Sprachen und jeden Abschluss auf"
    )
    assert check_suggestion(text, case.prompt, case, ()) == []


@pytest.mark.parametrize("fact", ["Nordwind Logistik", "SAP"])
def test_names_in_a_german_prompt_are_facts(fact: str) -> None:
    case = german_case()
    text = case.prompt.text.replace("Anzeige verlangt", f"Anzeige von {fact} verlangt")
    assert check_suggestion(text, case.prompt, case, ()) == [
        f"It holds facts of single examples: {fact!r}."
    ]


@pytest.mark.parametrize("text", MEGABYTES)
def test_a_megabyte_of_junk_is_checked_at_once(text: str) -> None:
    case = starter("skills_extraction")
    check(BETTER)
    began = time.process_time()
    assert check_suggestion(MEGABYTES[text], case.prompt, case, ())
    assert time.process_time() - began < 0.6


def test_many_long_examples_are_looked_through_once() -> None:
    words = " ".join(f"Word{n} and {n}" for n in range(400))
    examples = tuple(Example(f"e{n}", {"text": f"{n} {words}"}) for n in range(200))
    case = replace(make_case(), examples=examples)
    check_suggestion("Describe this with some care: {{text}}", case.prompt, case, ())
    began = time.process_time()
    for number in range(5):
        text = (
            f"Describe this in one or two sentences with some care, number {number}: {{{{text}}}}"
        )
        assert check_suggestion(text, case.prompt, case, ()) == []
    assert time.process_time() - began < 1


SCRAPS = st.lists(
    st.sampled_from(
        [
            *("{{job_title}}", "{{job_posting}}", "{{job_title", "job_posting}}", "{{", "}}"),
            *("{job_title}", "[job_posting]", "{{skills}}", "\n", " ", "List the skills. ", BETTER),
        ]
    )
    | st.text(max_size=12),
    max_size=12,
).map("".join)


@given(SCRAPS)
def test_whatever_passes_has_the_placeholders_of_its_parent(text: str) -> None:
    case = starter("skills_extraction")
    if not check_suggestion(text, case.prompt, case, ()):
        assert placeholders_in(text) == placeholders_in(case.prompt.text)


@given(st.integers(0, len(BETTER)), st.sampled_from(["{", "}", "{{job_title}}", "{{x}}", "job"]))
def test_a_placeholder_that_is_touched_is_noticed(position: int, scrap: str) -> None:
    text = BETTER[:position] + scrap + BETTER[position:]
    if placeholders_in(text) != placeholders_in(BETTER):
        assert any("placeholder" in problem for problem in check(text))


def test_a_locked_part_stays_word_for_word() -> None:
    part = "Answer in English, whatever language the posting is in."
    case = make_case(prompt=f"Describe this job.\n\n{part}\n\n{{{{text}}}}")
    locked = replace(case.prompt, locked=(part,))
    kept = f"Describe this job in a sentence.\n\n{part} Be brief.\n\n{{{{text}}}}"
    assert check_suggestion(kept, locked, case, ()) == []
    reworded = kept.replace("whatever language the posting is in", "always")
    assert check_suggestion(reworded, case.prompt, case, ()) == []
    (problem,) = check_suggestion(reworded, locked, case, ())
    assert problem.startswith("A locked part is changed or missing: 'Answer in English, whatever")
