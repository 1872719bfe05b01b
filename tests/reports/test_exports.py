"""Every form of export, with a reader of that form on the other side."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import tomllib
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.app.exporting import (
    FORMATS,
    NothingToExportError,
    export_session,
    report_with_plots,
    require_winner,
)
from llmopt_tui.config.prompt_files import read_prompt_file
from llmopt_tui.core.events import Event, IterationStarted, RunFinished
from llmopt_tui.core.prompt import Demonstration, fill, placeholders_in
from llmopt_tui.core.variant import Instructions, Variant
from llmopt_tui.reports.exports.modelfile import (
    InexpressibleError,
    modelfile,
    parameters,
    question_text,
    remarks,
    system_text,
)
from llmopt_tui.reports.exports.plots import plots
from llmopt_tui.reports.exports.promptfoo import literal, promptfoo_config, template
from llmopt_tui.reports.exports.runs_csv import inert, runs_csv
from llmopt_tui.reports.exports.script import python_script
from llmopt_tui.reports.exports.winner import Winner
from llmopt_tui.state.documents.case import RecordedExample
from tests.factories import (
    THIRD,
    iteration_events,
    make_run,
    make_started,
    record_of,
    session_events,
)
from tests.nasty import NASTY
from tests.raced import raced_events
from tests.reports.modelfiles import read_modelfile
from tests.reports.troubled import troubled
from tests.store.strategies import json_values, runs, sessions
from tests.store.strategies import text as anything

SVG = "{http://www.w3.org/2000/svg}"
nasty = pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:30])
# Nunjucks as far as exports use it: a literal brace, nothing, and variables.
_TAG = re.compile(r'\{\{ (?:"([^"]*)"|([A-Za-z_]\w*)) \}\}')


def rendered(text: str, inputs: dict[str, str]) -> str:
    """The text with its tags put in. Fails on anything else that a template engine would act on."""
    begun = re.findall(rf"{_TAG.pattern}|(\{{[{{%#]|#\}})", text)
    assert not any(other for *_, other in begun), text
    return _TAG.sub(lambda m: m[1] if m[2] is None else inputs[m[2]], text)


def winner(**changes: Any) -> Winner:
    return replace(require_winner(record_of(session_events())), **changes)


def with_prompt(text: str, system: str = "", **changes: Any) -> Winner:
    base = winner(**changes)
    return replace(base, prompt=replace(base.prompt, text=text, system=system))


# Demonstrations: what each export sends is what the session sent

ASKED = {"posting": "We look for a {baker} {{posting}}."}
chats = pytest.mark.parametrize("instructions", ["once", "each", "system"])
systems = pytest.mark.parametrize("system", ["", "Be brief."])
SHOWN_TEXT = "List the skills as JSON.\n\nPosting:\n\n{{posting}}\n\nNothing {else}.\n"


def shown_winner(instructions: Instructions, system: str = "", answer: str = "{# 1 #}") -> Winner:
    """The winner of a session whose best variant has two demonstrations."""
    record = record_of(raced_events())
    record.iterations[-1].variant = Variant(
        SHOWN_TEXT,
        system,
        (
            Demonstration({"posting": "{{ env.X }} a cook {% x %}"}, answer, "se-002"),
            Demonstration({"posting": "a nurse\n"}, '{"skills": ["nursing"]}'),
        ),
        instructions,
    )
    return require_winner(record)


def sent(found: Winner) -> list[tuple[str, str]]:
    return [(m.role, m.content) for m in found.prompt.variant.messages(ASKED)]


@chats
@systems
def test_promptfoo_sends_the_demonstrations(instructions: Instructions, system: str) -> None:
    found = shown_winner(instructions, system)
    chat = json.loads(promptfoo_config(found)["prompts"][0]["raw"])
    assert [(m["role"], rendered(m["content"], ASKED)) for m in chat] == sent(found)


@chats
@systems
def test_a_modelfile_and_its_question_send_the_demonstrations(
    instructions: Instructions, system: str
) -> None:
    found = shown_winner(instructions, system)
    commands = read_modelfile(modelfile(found))
    chat = [(name, text) for name, text in commands if name == "system"]
    chat += [(name[8:], text) for name, text in commands if name.startswith("message ")]
    question = fill(question_text(found), ASKED)
    assert [*chat, ("user", question)] == sent(found)
    assert "Every chat begins with 2 demonstrations" in " ".join(remarks(found))


@chats
@systems
def test_json_and_toml_send_the_demonstrations(instructions: Instructions, system: str) -> None:
    found = shown_winner(instructions, system)
    record = record_of(raced_events())
    record.iterations[-1].variant = found.prompt.variant
    *turns, last = json.loads(export_session(record, "json"))["request"]["messages"]
    chat = [(turn["role"], turn["content"]) for turn in turns]
    assert [*chat, ("user", fill(last["content"], ASKED))] == sent(found)
    read = read_prompt_file(export_session(record, "toml").encode(), "skills_extraction").prompt
    assert read is not None
    assert [(m.role, m.content) for m in read.messages(ASKED)] == sent(found)


@chats
def test_a_script_holds_the_demonstrations_as_literals(instructions: Instructions) -> None:
    answer = "\"\"\" ''' \\ \u2028 __import__('os')"
    found = shown_winner(instructions, "Be brief.", answer)
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(python_script(found)).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in ("SYSTEM", "SHOWN", "PROMPT")
    }
    turns = [(turn["role"], turn["content"]) for turn in values["SHOWN"]]
    question = fill(values["PROMPT"], ASKED)
    assert [("system", values["SYSTEM"]), *turns, ("user", question)] == sent(found)


def test_demonstrations_after_a_system_message_to_fill_are_no_modelfile() -> None:
    with pytest.raises(InexpressibleError, match="--to python"):
        modelfile(shown_winner("once", "Today is {{day}}."))


@given(st.text(alphabet="\"' \n\r\tab#:", min_size=1, max_size=24))
def test_a_modelfile_says_an_answer_exactly_or_that_it_cannot(answer: str) -> None:
    found = shown_winner("once", answer=answer)
    try:
        commands = read_modelfile(modelfile(found))
    except InexpressibleError:
        assert re.search(r'"""[ \t]*[\r\n]', answer)
        return
    assert ("message assistant", answer) in commands


def test_what_a_variant_is_not_held_to_is_not_exported() -> None:
    record = record_of(raced_events())
    assert require_winner(record).format == "json"
    record.iterations[-1].variant = replace(record.iterations[-1].variant, constrain="off")
    assert require_winner(record).format is None
    assert "asked twice" not in modelfile(require_winner(record))


def test_a_second_question_that_no_export_asks_is_told() -> None:
    record = record_of(raced_events())
    record.iterations[-1].variant = replace(record.iterations[-1].variant, constrain="late")
    assert require_winner(record).format is None
    for to in ("modelfile", "promptfoo", "python"):
        assert "asked twice: for the answer, then for the same" in export_session(record, to)


# The best prompt as a file


def test_toml_is_a_prompt_file_with_provenance() -> None:
    text = export_session(record_of(session_events()), "toml")
    found = read_prompt_file(text.encode(), "skills_extraction")
    assert found.faults == ()
    assert found.prompt is not None
    assert found.prompt.text == THIRD
    assert tomllib.loads(text)["provenance"]["session_id"] == "a1b2c3d4"


@nasty
def test_toml_says_what_the_prompt_says(text: str) -> None:
    record = troubled(text)
    document = tomllib.loads(export_session(record, "toml"))
    assert document["text"] == require_winner(record).prompt.text.translate(_LONE)
    assert document["system"] == text.translate(_LONE)


_LONE = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


# JSON


def test_json_says_how_the_prompt_was_asked_and_how_each_example_did() -> None:
    document = json.loads(export_session(record_of(session_events()), "json"))
    assert document["session_id"] == "a1b2c3d4"
    assert document["model"]["digest"] == document["request"]["digest"] == "15cb39fd9394"
    assert document["prompt"]["text"] == THIRD
    assert document["prompt"]["placeholders"] == ["posting"]
    assert document["request"]["options"]["num_predict"] == 1024
    assert document["request"]["format"] == "json"
    assert document["scores"]["train"] == {"original": 0.4, "best": 1.0}
    assert document["scores"]["validation"] == {"original": None, "best": None}
    assert [criterion["kind"] for criterion in document["criteria"]] == ["json_valid", "skills"]
    first = document["examples"][0]
    assert first["expected"] == {"skills": ["Python"]}
    assert [run["score"] for run in first["original"]] == [0.5]
    assert [run["score"] for run in first["best"]] == [1.0]


def test_held_out_examples_have_a_score_of_their_own() -> None:
    record = record_of(session_events())
    for n, score in ((1, 0.25), (3, 0.75)):
        iteration = record.iteration(n)
        assert iteration is not None
        iteration.runs.append(make_run("va-001", score, split="validation"))
    scores = json.loads(export_session(record, "json"))["scores"]
    assert scores["validation"] == {"original": 0.25, "best": 0.75}
    assert "validation score: 0.75" in require_winner(record).provenance


# CSV


def rows_of(text: str) -> list[dict[str, str]]:
    mark, table = text[0], text[1:]
    assert mark == "\ufeff"  # Excel takes a file without it for one of its own encoding
    return list(csv.DictReader(io.StringIO(table, newline="")))


def test_csv_has_a_row_for_each_run_and_a_column_for_each_criterion() -> None:
    rows = rows_of(runs_csv([record_of(session_events()), record_of(session_events("b" * 8))]))
    assert len(rows) == 12
    assert rows[0] == {
        "session": "a1b2c3d4",
        "model": "gemma3n:latest",
        "case": "skills_extraction",
        "iteration": "1",
        "example": "se-001",
        "split": "train",
        "repeat": "1",
        "score": "0.5",
        "seconds": "2.5",
        "tokens_per_second": "",
        "criterion_json_valid": "1.0",
        "criterion_skills": "0.5",
        "success": "true",
        "error_message": "",
        "output": '{"skills": ["teamwork (se-001, 0.5)"]}',
    }
    assert rows[1]["tokens_per_second"] == "20.0"
    assert rows[6]["session"] == "b" * 8


def test_csv_tells_two_criteria_of_one_kind_apart() -> None:
    scores = make_run("se-001").criteria
    run = make_run("se-001", criteria=(scores[0], replace(scores[0], score=0.25)))
    (row,) = rows_of(
        runs_csv([record_of([make_started(), *iteration_events(1, "x", [run], start=1)])])
    )
    assert (row["criterion_json_valid"], row["criterion_json_valid_2"]) == ("1.0", "0.25")


@nasty
def test_csv_keeps_every_text_and_calculates_none(text: str) -> None:
    written = runs_csv([troubled(text)])
    assert written.endswith("\r\n")
    (row,) = rows_of(written)
    for column in ("case", "example", "error_message", "output"):
        assert original(row[column]) == text
        assert not row[column].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def original(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell


@given(st.text(alphabet="='+-@\t\r\n＝ab\"", max_size=6))
def test_an_inert_cell_gives_its_text_back(text: str) -> None:
    cell = inert(text)
    assert cell[:1] not in tuple("=+-@\t\r\n＝")
    assert original(cell) == text


# Modelfile


def test_a_modelfile_has_the_model_its_parameters_and_the_system_text() -> None:
    options = {"temperature": 0.0, "num_ctx": 8192, "seed": 7.0, "stop": ["<end>", "\n\n"]}
    unknown = {"mirostat": 1, "made_up": 2, "top_k": "40", "use_mmap": 1}
    text = modelfile(with_prompt(THIRD, "Be brief.", options={**options, **unknown}))
    assert read_modelfile(text) == [
        ("from", "gemma3n:latest"),
        ("temperature", "0.0"),
        ("num_ctx", "8192"),
        ("seed", "7"),
        ("stop", "<end>"),
        ("stop", "\n\n"),
        ("system", "Be brief."),
    ]
    assert "# digest: 15cb39fd9394" in text
    assert "#   Name each skill once." in text
    assert 'send "format" with each request' in text


@pytest.mark.parametrize(
    ("text", "system", "expected"),
    [
        ("Hello {{name}}", "", ""),
        ("Hello {{name}}", "Be kind.", "Be kind."),
        ("Hello", "", "Hello"),
        ("Hello", "Be kind.", "Be kind.\n\nHello"),
        ("Hello", "Be {{how}}.", ""),
        ("Hello {{name}}", "Be {{how}}.", ""),
    ],
)
def test_only_what_no_input_changes_becomes_the_system_text(
    text: str, system: str, expected: str
) -> None:
    found = with_prompt(text, system)
    assert system_text(found) == expected
    said = " ".join(remarks(found))
    for name in placeholders_in(text) + placeholders_in(system):
        assert f"{{{{{name}}}}}" in said
    assert ("part of the system text" in said) is (text == "Hello" and "{{" not in system)


@nasty
def test_a_modelfile_holds_the_system_text_as_far_as_ollama_reads_it(text: str) -> None:
    system = text.replace("{{posting}}", "posting")
    found = replace(with_prompt("{{x}}", system), options={"stop": [text]}, case_id=text)
    commands = read_modelfile(modelfile(found))
    assert commands[0] == ("from", "gemma3n:latest")
    assert commands[1] == ("stop", _as_read(text))
    if system.strip():
        assert commands[2:] == [("system", _as_read(system.translate(_LONE)))]


def _as_read(text: str) -> str:
    return "".join(c for c in text if c in " \t\r\n" or (c.isprintable() and not c.isspace()))


@given(st.text(alphabet="\"' \n\r\tab#", max_size=24))
def test_a_modelfile_says_exactly_this_or_that_it_cannot(system: str) -> None:
    try:
        text = modelfile(with_prompt("{{x}}", system, options={}))
    except InexpressibleError:
        assert re.search(r'"""[ \t]*[\r\n]', system)
        return
    expected = [("system", system)] if system.strip() else []
    assert read_modelfile(text) == [("from", "gemma3n:latest"), *expected]


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a b", "x\nSYSTEM y", "", "~/m", "a//b"])
def test_a_modelfile_is_based_on_a_name_and_never_on_a_path(name: str) -> None:
    found = winner()
    with pytest.raises(InexpressibleError):
        modelfile(replace(found, model=replace(found.model, name=name)))


def test_thinking_is_part_of_the_budget_and_of_the_request() -> None:
    model = replace(make_started().model, capabilities=("completion", "thinking"))
    found = winner()
    assert (found.think, parameters(found)["num_predict"]) == (None, 1024)
    events = session_events()
    events[0] = replace(make_started(), model=model)
    thinking = require_winner(record_of(events))
    assert (thinking.think, parameters(thinking)["num_predict"]) == (True, 1024 + 3072)


# promptfoo


def test_promptfoo_asks_the_same_of_the_same_model() -> None:
    found = with_prompt("Skills of {{posting}} as {{{posting}}}", "Say {{ }} or {% %}.")
    config = json.loads(json.dumps(promptfoo_config(found)))
    (provider,), (prompt,) = config["providers"], config["prompts"]
    assert provider["id"] == "ollama:chat:gemma3n:latest"
    assert provider["config"]["num_ctx"] == 8192
    assert provider["config"]["format"] == "json"
    assert "\n" in prompt["raw"]
    inputs = config["tests"][0]["vars"]
    chat = [{**m, "content": rendered(m["content"], inputs)} for m in json.loads(prompt["raw"])]
    asked = found.prompt.messages({"posting": "We look for a Python developer (se-001)."})
    assert [(m["role"], m["content"]) for m in chat] == [(m.role, m.content) for m in asked]
    assert config["tests"][0]["assert"] == [
        {"type": "is-json", "weight": 0.25, "metric": "json_valid"}
    ]
    assert "no equivalent of: skills" in config["description"]
    assert "needs promptfoo 0.123.1 or newer" in config["description"]


@pytest.mark.parametrize(
    ("criterion", "expected", "asserts"),
    [
        (
            {"kind": "contains", "values": ["a"]},
            {"contains": ["b"]},
            [("icontains", "a", 1.0), ("icontains", "b", 1.0)],
        ),
        ({"kind": "not_contains", "values": ["a"]}, {}, [("not-icontains", "a", 2.0)]),
        ({"kind": "contains", "values": ["A"], "ignore_case": False}, {}, [("contains", "A", 2.0)]),
        ({"kind": "regex", "pattern": "a{2}"}, {}, [("regex", "a{2}", 2.0)]),
        ({"kind": "regex", "pattern": "a", "whole": True}, {}, [("regex", "^(?:a)$", 2.0)]),
        ({"kind": "regex", "pattern": r"(?i)\Aa"}, {}, []),
        ({"kind": "equals", "exact": True}, {"answer": "A."}, [("equals", "A.", 2.0)]),
        ({"kind": "equals"}, {"answer": ["A.", "(b)"]}, [("regex", r"^(?:a|\(b\))$", 2.0)]),
        ({"kind": "equals"}, {"answer": True}, [("regex", "^(?:true)$", 2.0)]),
        ({"kind": "length", "max": 9}, {}, [("word-count", {"max": 9}, 2.0)]),
        ({"kind": "length", "max": 9, "unit": "characters"}, {}, []),
        ({"kind": "rouge_l"}, {"reference": "x"}, []),
    ],
)
def test_criteria_become_assertions_where_there_are_some(
    criterion: dict[str, Any], expected: dict[str, Any], asserts: list[Any]
) -> None:
    examples = (RecordedExample(id="e", inputs={"posting": "p"}, expected=expected),)
    found = winner(criteria=({**criterion, "weight": 2.0},), examples=examples)
    config = promptfoo_config(found)
    made = config["tests"][0].get("assert", [])
    assert [(a["type"], a["value"], a["weight"]) for a in made] == asserts
    assert ("no equivalent" in config["description"]) is (made == [])


def test_schemas_go_where_their_references_are_not_looked_up() -> None:
    schema = {"$ref": "#/$defs/x", "$defs": {"x": {"type": "object", "title": "{{y}}"}}}
    found = winner(format=schema, criteria=({"kind": "json_schema", "schema": schema},))
    config = promptfoo_config(found)
    assert config["providers"][0]["config"]["format"] == "json"
    assert json.loads(rendered(config["tests"][0]["assert"][0]["value"], {})) == schema
    assert promptfoo_config(winner(format={"type": "object"}))["providers"][0]["config"][
        "format"
    ] == {"type": "object"}


@pytest.mark.parametrize(
    "text", ["file:///etc/passwd", "package:x:y", "see {{ other }}", "{{ env.HOME }}"]
)
def test_inputs_that_promptfoo_would_load_or_fill_are_left_out(text: str) -> None:
    examples = tuple(
        RecordedExample(id=name, inputs={"posting": posting, "other": "o"})
        for name, posting in (("bad", text), ("good", "{{ unknown }} {% x %} {{"))
    )
    config = promptfoo_config(winner(examples=examples))
    assert [test["description"] for test in config["tests"]] == ["good (train)"]
    assert config["description"].endswith(": bad.")


@nasty
def test_promptfoo_gets_every_text_as_it_is(text: str) -> None:
    record = troubled(text)
    config = json.loads(export_session(record, "promptfoo"))
    prompt = require_winner(record).prompt
    inputs = {"posting": "P"}
    if set(prompt.placeholders) <= set(inputs):
        chat = json.loads(config["prompts"][0]["raw"])
        texts = [rendered(message["content"], inputs) for message in chat]
        assert texts == [message.content for message in prompt.messages(inputs)]
    for test in config["tests"]:
        assert test["vars"]["posting"] == text
        values = [a["value"] for a in test["assert"] if a["type"] in ("icontains", "equals")]
        assert all(rendered(value, {}) == text for value in values)
    assert "{{" not in config["description"]


@given(st.text(alphabet="{}%# abfile:/", max_size=24))
def test_a_template_renders_to_what_the_program_fills(text: str) -> None:
    inputs = dict.fromkeys(placeholders_in(text), "{{ b }}")
    assert rendered(template(text), inputs) == fill(text, inputs)
    assert rendered(literal(text), {}) == text
    assert not literal(text).startswith("file:")


# Python: see test_exported_script.py for scripts that run


@nasty
def test_a_script_holds_every_text_as_a_literal(text: str) -> None:
    record = troubled(text)
    found = require_winner(record)
    tree = ast.parse(export_session(record, "python"))
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in ("MODEL", "SYSTEM", "PROMPT", "OPTIONS", "FORMAT", "THINK")
    }
    assert constants == {
        "MODEL": found.model.name,
        "SYSTEM": found.prompt.system,
        "PROMPT": found.prompt.text,
        "OPTIONS": dict(found.options),
        "FORMAT": found.format,
        "THINK": found.think,
    }
    harmless = ast.parse(export_session(record_of(session_events()), "python"))
    assert [type(node) for node in tree.body] == [type(node) for node in harmless.body]


# The report and its plots


def test_the_report_has_its_plots_beside_it() -> None:
    files = report_with_plots(record_of(session_events()), "my report.md")
    assert list(files) == ["my report_iterations.svg", "my report_examples.svg", "my report.md"]
    assert "](<my%20report_iterations.svg>)" in files["my report.md"]
    assert "![" not in export_session(record_of(session_events()), "markdown")


def words(svg: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_plots_show_scores_target_and_what_each_example_gained() -> None:
    record = record_of(session_events())
    iterations, examples = plots(record)
    root = ElementTree.fromstring(iterations.svg)
    (curve,) = root.iter(f"{SVG}polyline")
    heights = [float(point.split(",")[1]) for point in str(curve.get("points")).split()]
    assert heights == sorted(heights, reverse=True)
    assert {"target 0.95", "best 1.00", "● train examples"} <= set(words(iterations.svg))
    assert {"se-001", "0.50 → 1.00", "se-002", "0.30 → 1.00"} <= set(words(examples.svg))
    for number, score in ((1, 0.25), (3, 0.75)):
        iteration = record.iteration(number)
        assert iteration is not None
        iteration.runs.append(make_run("va-001", score, split="validation"))
    iterations, examples = plots(record)
    assert len(list(ElementTree.fromstring(iterations.svg).iter(f"{SVG}path"))) == 2
    assert {"◇ va-001", "0.25 → 0.75"} <= set(words(examples.svg))


def test_plots_of_little_and_of_much() -> None:
    assert plots(record_of([make_started()])) == []
    one = iteration_events(1, "a", [make_run()], start=1)
    assert [plot.name for plot in plots(record_of([make_started(), *one]))] == ["iterations"]
    many: list[Event] = [make_started()]
    for n in range(1, 101):
        runs = [make_run(f"e{i}", (n + i) / 400) for i in range(200)]
        many += iteration_events(n, str(n), runs, start=n * 300)
    iterations, examples = plots(record_of(many))
    assert "60 of 200, those that changed most" in words(examples.svg)[-1]
    ticks = [word for word in words(iterations.svg) if word.isdigit()]
    assert ticks == [str(n) for n in range(1, 101, 5)]


@nasty
def test_plots_are_well_formed_whatever_examples_are_called(text: str) -> None:
    events = session_events()
    for n, event in enumerate(events):
        if isinstance(event, RunFinished):
            name = text + event.run.example_id
            events[n] = replace(event, run=replace(event.run, example_id=name))
    for plot in plots(record_of(events)):
        root = ElementTree.fromstring(plot.svg.encode())
        assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {
            *("svg", "title", "text", "line", "circle", "polyline", "path")
        }


# All of them


@pytest.mark.parametrize("to", ["toml", "modelfile", "promptfoo", "python"])
def test_a_session_without_a_score_has_no_prompt_to_export(to: str) -> None:
    with pytest.raises(NothingToExportError, match="no prompt"):
        export_session(record_of(session_events()[:3]), to)


_KINDS = "contains not_contains regex equals json_schema length".split()
_odd_criteria = st.fixed_dictionaries(
    {"kind": st.sampled_from(_KINDS)},
    optional={
        "values": json_values,
        "pattern": json_values,
        "schema": json_values,
        "weight": json_values,
        "exact": st.booleans(),
        "max": json_values,
    },
)
_odd_examples = st.fixed_dictionaries(
    {},
    optional={
        "id": json_values,
        "split": json_values,
        "inputs": st.dictionaries(anything, json_values, max_size=2) | json_values,
        "expected": st.fixed_dictionaries(
            {}, optional={"answer": json_values, "contains": json_values}
        ),
    },
)
_odd_cases = st.fixed_dictionaries(
    {},
    optional={
        "id": json_values,
        "title": json_values,
        "output": json_values | st.just({"max_tokens": "many", "schema": {"type": "object"}}),
        "criteria": st.lists(_odd_criteria, max_size=2) | json_values,
        "examples": st.lists(_odd_examples, max_size=2) | json_values,
    },
)
_scored = st.builds(
    lambda events, case, prompt, run: [
        replace(events[0], case=case),
        *iteration_events(1, prompt, [run], start=1),
        *events[1:],
    ],
    sessions,
    _odd_cases,
    anything,
    runs,
)


@given(sessions | _scored)
def test_whatever_a_session_holds_it_can_be_exported(events: list[Event]) -> None:
    record = record_of(events)
    for to in FORMATS:
        try:
            text = export_session(record, to)
        except (NothingToExportError, InexpressibleError):
            assert to in ("toml", "modelfile", "promptfoo", "python")
            continue
        text.encode("utf-8", "backslashreplace")
        if to in ("json", "promptfoo"):
            json.loads(text)
        if to == "python":
            ast.parse(text)
        if to == "modelfile":
            read_modelfile(text)
    for plot in plots(record):
        ElementTree.fromstring(plot.svg.encode())


def test_the_best_prompt_is_exported_and_not_the_last() -> None:
    events = session_events()
    last = next(n for n, e in enumerate(events) if isinstance(e, IterationStarted) and n > 12)
    del events[last + 3 :]
    assert require_winner(record_of(events)).iteration == 2
