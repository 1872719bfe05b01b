import json

import pytest

from llmopt_tui.app.importing.material import ImportRefused
from llmopt_tui.app.importing.promptfoo_demands import Demand, demand_of
from llmopt_tui.core.scoring import read_criterion, score_output
from llmopt_tui.reports.exports.promptfoo import promptfoo_config
from llmopt_tui.state.documents.case import RecordedExample
from tests.app.importing.support import drafted, expected, inputs, kinds, loaded
from tests.nasty import NASTY
from tests.reports.test_exports import winner

CONFIG = """\
description: Translations
prompts:
  - "Translate into {{language}}: {{ input }}"
  - file://prompts/other.txt
  - prompts/third.txt
  - label: longer
    raw: |
      Please translate {{input}}.
      Into {{language}}, that is.
providers: [openai:some-model]
defaultTest:
  vars: {language: French}
  assert:
    - {type: not-icontains, value: sorry}
    - {type: latency, threshold: 500}
tests:
  - description: a greeting
    vars: {input: Hello, country: no}
    assert:
      - {type: contains, value: Bonjour, weight: 2}
      - {type: llm-rubric, value: is polite}
  - vars: {input: "Good {{night}}", language: [German, Spanish]}
    options: {x: 1}
    assert:
      - {type: contains-all, value: ["{{language}}", night], weight: 2}
  - file://more.csv
  - vars: {input: file://secret, language: x}
"""


def test_a_configuration_becomes_a_case_and_what_is_not_taken_is_told(tmp_path):
    draft = drafted(CONFIG, "promptfooconfig.yaml")
    assert [prompt.text for prompt in draft.prompts] == [
        "Translate into {{language}}: {{input}}",
        "Please translate {{input}}.\nInto {{language}}, that is.\n",
    ]
    assert inputs(draft) == [
        {"language": "French", "input": "Hello"},
        {"language": "German", "input": "Good {{night}}"},
        {"language": "Spanish", "input": "Good {{night}}"},
    ]
    assert draft.criteria == (
        {"kind": "not_contains", "ignore_case": True, "whole_words": False},
        {"kind": "contains", "ignore_case": False, "whole_words": False, "weight": 2},
    )
    assert expected(draft)[1] == {"not_contains": ["sorry"], "contains": ["German", "night"]}
    assert [example.id for example in draft.examples] == ["test-1", "test-2", "test-2-2"]
    assert set(draft.said("left")) == {
        '"providers" is not taken over',
        "prompt 2: is a file; write its text into the configuration (the same in prompt 3)",
        'test 1: the assertion "latency" with "threshold" has no counterpart here '
        "(the same in 2 tests)",
        'test 1: the assertion "llm-rubric" has no counterpart here',
        'test 2: "options" is not taken over',
        "test 3: refers to other files; import those by themselves",
        "test 4: has a var that is a file or an address",
        'the column "country" is not taken over',
    }
    case = loaded(draft, tmp_path)
    assert case.prompt.name == "made"
    assert (tmp_path / "prompts" / "made_2.toml").is_file()


def test_the_same_as_json_is_read_the_same():
    document = {"prompts": "Say {{x}}", "tests": [{"vars": {"x": n}} for n in (1, 2)]}
    assert inputs(drafted(json.dumps(document))) == [{"x": "1"}, {"x": "2"}]


def test_a_criterion_that_not_all_tests_ask_for_is_told_of():
    tests = [
        {"vars": {"x": "a"}, "assert": [{"type": "equals", "value": "A"}]},
        {"vars": {"x": "b"}, "assert": [{"type": "equals", "value": "B"}, {"type": "is-json"}]},
        {"vars": {"x": "c"}, "assert": [{"type": "icontains", "value": "C"}]},
    ]
    draft = drafted(json.dumps({"prompts": ["{{x}}"], "tests": tests}))
    assert draft.criteria == ({"kind": "equals", "exact": True},)
    assert expected(draft) == [{"answer": "A"}, {"answer": "B"}]
    assert draft.said("left") == [
        'test 2: "json_valid" is not asked for in every test as it is here',
        'test 3: "contains" is not asked for in every test as it is here',
        "test 3: cannot be scored by equals: expected.answer is missing",
    ]


@pytest.mark.parametrize(
    ("assertion", "kind", "right", "wrong"),
    [
        ({"type": "equals", "value": "Paris"}, "equals", "Paris", "paris"),
        ({"type": "equals", "value": {"a": 1}}, "fields", '{"a": 1}', '{"a": 2}'),
        ({"type": "contains", "value": "Par"}, "contains", "in Paris", "in paris"),
        ({"type": "icontains", "value": "Par"}, "contains", "in paris", "in Rome"),
        ({"type": "icontains-all", "value": "a, b"}, "contains", "B and A", "c"),
        ({"type": "not-contains", "value": "no"}, "not_contains", "yes", "no"),
        ({"type": "not-icontains-any", "value": ["no", "nay"]}, "not_contains", "yes", "Nay no"),
        ({"type": "contains-any", "value": ["a+", "b"]}, "regex", "is a+", "is aa"),
        ({"type": "starts-with", "value": "Yes."}, "regex", "Yes. It is", "Oh. Yes."),
        ({"type": "regex", "value": r"\d{3}"}, "regex", "123", "12"),
        ({"type": "regex", "value": r"^(?:Rome|St\. Gallen)$"}, "equals", "st. gallen", "Bern"),
        ({"type": "is-json"}, "json_valid", "{}", "no"),
        (
            {"type": "is-json", "value": '{"type": "object", "required": ["a"]}'},
            "json_schema",
            '{"a": 1}',
            "[]",
        ),
        ({"type": "word-count", "value": {"max": 2}}, "length", "two words", "far too many words"),
        ({"type": "rouge-n", "value": "a cat sat"}, "rouge_l", "a cat sat", "dogs ran"),
    ],
)
def test_assertions_with_a_counterpart(assertion, kind, right, wrong):
    found = demand_of(assertion, str)
    assert isinstance(found, Demand)
    assert found.table["kind"] == kind
    criterion, faults = read_criterion(found.table)
    assert criterion is not None, faults
    assert score_output([criterion], right, found.expected, {})[0] == 1
    assert score_output([criterion], wrong, found.expected, {})[0] < 1


@pytest.mark.parametrize(
    "assertion",
    [
        {"type": "javascript", "value": "output.length < 3"},
        {"type": "python", "value": "file://x.py"},
        {"type": "contains", "value": "file://x.txt"},
        {"type": "regex", "value": "("},
        {"type": "contains", "value": ["a"]},
        {"type": "contains-json"},
        {"type": "is-json", "value": '{"type": 3}'},
        {"type": "equals", "value": "x", "threshold": 0.5},
        {"value": "x"},
        "equals",
    ],
)
def test_assertions_without_one_are_told_of(assertion):
    assert isinstance(demand_of(assertion, str), str)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"prompts": ["Say x"], "tests": [{"vars": {"x": "1"}}]}, "no variables"),
        ({"prompts": ["{{y}}"], "tests": [{"vars": {"x": "1"}}]}, "no column|uses"),
        ({"prompts": ["{{y}} {{x}}"], "tests": [{"vars": {"x": "1"}}]}, 'uses "y"'),
        ({"prompts": ["{{x}}"], "tests": "file://a.csv"}, "import those"),
        ({"prompts": ["{{x}}"], "tests": []}, "no test"),
        ({"prompts": ["{{x}}"], "scenarios": [{"config": []}]}, "no test"),
        ({"prompts": ["{{x}}"], "tests": [{"vars": {c: list("0123456789") for c in "abcdex"}}]},
         "20,000"),
    ],
)  # fmt: skip
def test_what_makes_no_case_is_refused(document, why):
    with pytest.raises(ImportRefused, match=why):
        drafted(json.dumps(document))


def test_what_the_program_exports_comes_back(tmp_path):
    texts = [text for text in NASTY if text.strip() and text.isprintable()]
    examples = tuple(
        RecordedExample.read(
            {"id": f"e{n}", "split": "train", "inputs": {"posting": text},
             "expected": {"contains": [f"word {n}"]}}
        )
        for n, text in enumerate(texts)
    )  # fmt: skip
    base = winner()
    exported = winner(
        prompt=type(base.prompt)("p", "Read {x} {% y %}:\n{{posting}}", "", "Be {{ brief."),
        criteria=({"kind": "contains", "weight": 2.0},),
        examples=examples,
    )
    document = promptfoo_config(exported)
    draft = drafted(json.dumps(document))
    assert draft.prompts[0].text == exported.prompt.text
    assert draft.prompts[0].system == exported.prompt.system
    assert kinds(draft) == ["contains"]
    sent = {test["vars"]["posting"] for test in document["tests"]}
    assert {found["posting"] for found in inputs(draft)} <= sent
    assert len(draft.examples) > len(texts) / 2
    loaded(draft, tmp_path)
