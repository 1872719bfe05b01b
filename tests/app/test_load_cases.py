import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmopt_tui.app.workspace import Workspace, case_from_snapshot
from llmopt_tui.config.snapshots import SnapshotError
from llmopt_tui.core.case import Case
from tests.app.files import CASE, PROMPT, make_workspace

REPOSITORY = Path(__file__).parents[2]


def problems_of(workspace: Workspace) -> list[str]:
    return [str(problem) for problem in workspace.load_cases().problems]


def case_of(workspace: Workspace) -> Case:
    loaded = workspace.load_cases()
    assert loaded.problems == ()
    (case,) = loaded.cases
    return case


def test_a_right_case_loads_whole(tmp_path):
    case = case_of(make_workspace(tmp_path))
    assert (case.id, case.title, case.prompt.name, case.tags) == (
        "greet",
        "Greeting",
        "greet",
        ("small",),
    )
    assert [criterion.kind for criterion in case.criteria] == ["contains", "length"]
    assert [criterion.weight for criterion in case.criteria] == [1.0, 2.0]
    assert [(e.id, e.split, dict(e.inputs)) for e in case.examples] == [
        ("g-1", "train", {"name": "Ada"}),
        ("g-2", "validation", {"name": "Bo"}),
    ]
    assert case.output.max_tokens == 50
    assert case.output.constraint is None


def test_the_starter_cases_load_without_problems():
    loaded = Workspace(REPOSITORY).load_cases()
    assert [str(problem) for problem in loaded.problems] == []
    assert {case.id for case in loaded.cases} >= {"skills_extraction", "concise_description"}
    counts = {
        case.id: (len(case.split("train")), len(case.split("validation"))) for case in loaded.cases
    }
    assert counts["concise_description"] == (24, 48)  # so many are needed to prove its gain
    assert counts["skills_extraction"] == (24, 24)


def test_what_the_starter_cases_expect_is_in_their_postings():
    for case in Workspace(REPOSITORY).load_cases().cases:
        [content] = [c for c in case.criteria if c.kind in {"coverage", "skills"}]
        for example in case.examples:
            inputs = example.inputs
            given = f"{inputs['job_title']}\n{inputs['job_posting']}"
            answer = content.ideal_answer(example.expected) or given
            verdict = content.judge(answer, example.expected, inputs)
            assert verdict.score == 1.0, (example.id, verdict.feedback)


def changed(old: str, new: str) -> str:
    assert old in CASE
    return CASE.replace(old, new)


FILE = "cases/greet.toml"

MISTAKES = {
    "unknown key": (
        changed("title =", "titel ="),
        [f"{FILE}: title: is missing", f'{FILE}: titel: unknown key; did you mean "title"?'],
    ),
    "unknown key in a table": (
        changed("max_tokens", "max_token"),
        [f'{FILE}: output.max_token: unknown key; did you mean "max_tokens"?'],
    ),
    "id is not the file's name": (
        changed('id = "greet"', 'id = "hello"'),
        [f'{FILE}: id: must be the file\'s name without .toml, "greet", not "hello"'],
    ),
    "schema_version of tomorrow": (
        changed("schema_version = 1", "schema_version = 2"),
        [f"{FILE}: schema_version: 2 is not supported: this program reads 1; update llmopt-tui"],
    ),
    "no schema_version": (
        changed("schema_version = 1\n", ""),
        [f"{FILE}: schema_version: is missing; write schema_version = 1"],
    ),
    "broken TOML": (
        changed('title = "Greeting"', 'title = "Greeting'),
        [f"{FILE}: is not valid TOML: Illegal character '\\n' (at line 3, column 18)"],
    ),
    "not UTF-8": (
        CASE.encode().replace(b"Ada", b"Ad\xe4"),
        [f"{FILE}: is not UTF-8 text (byte 0xe4 in line 23); save it as UTF-8"],
    ),
    "unknown criterion": (
        changed('kind = "length"', 'kind = "lenght"'),
        [
            f'{FILE}: criteria 2, kind "lenght": there is no criterion of this kind; '
            'did you mean "length"?'
        ],
    ),
    "criterion without a kind": (
        changed('kind = "length"\n', ""),
        [f"{FILE}: criteria 2, kind: is missing"],
    ),
    "unknown parameter of a criterion": (
        changed("max = 20", "maxx = 20\nmin = 1"),
        [f'{FILE}: criteria 2 (length), maxx: unknown key; did you mean "max"?'],
    ),
    "wrong parameter of a criterion": (
        changed("max = 20", 'max = "20"'),
        [f'{FILE}: criteria 2 (length), max: must be a whole number, not "20"'],
    ),
    "negative weight": (
        changed('kind = "contains"', 'kind = "contains"\nweight = -2'),
        [f"{FILE}: criteria 1 (contains): weight must be a number from 0 up, not -2"],
    ),
    "nothing weighs anything": (
        changed("weight = 2", "weight = 0\nrequired = true").replace(
            'kind = "contains"', 'kind = "contains"\nweight = 0\nrequired = true'
        ),
        [f"{FILE}: criteria: none has a weight above 0, so nothing can be scored"],
    ),
    "expected lacks what a criterion needs": (
        changed('values = ["hello"]\n', ""),
        [f"{FILE}: example g-1, contains: ", f"{FILE}: example g-2, contains: "],
    ),
    "duplicate example": (
        changed('"g-2"', '"g-1"'),
        [f"{FILE}: example g-1: another example has this id"],
    ),
    "empty example id": (changed('"g-2"', '" "'), [f"{FILE}: examples 2, id: is empty"]),
    "unknown split": (
        changed('"validation"', '"validate"'),
        [f'{FILE}: examples 2 (g-2), split: must be "train" or "validation", not "validate"; did'],
    ),
    "no train example": (
        changed('id = "g-1"', 'id = "g-1"\nsplit = "validation"'),
        [f"{FILE}: examples: none is in the train split"],
    ),
    "input that is no text": (
        changed('name = "Bo"', "name = 5"),
        [f"{FILE}: examples 2 (g-2), inputs.name: must be text, not 5"],
    ),
    "placeholder without an input": (
        changed('name = "Bo"', ""),
        [f"{FILE}: example g-2: has no input for the placeholder {{{{name}}}} of prompts/greet"],
    ),
    "input without a placeholder": (
        changed('name = "Bo"', 'name = "Bo", colour = "red"'),
        [f'{FILE}: example g-2: no placeholder of prompts/greet.toml uses the input "colour"'],
    ),
    "misspelt input": (
        changed('name = "Bo"', 'nmae = "Bo"'),
        [
            f"{FILE}: example g-2: has no input for the placeholder {{{{name}}}} of "
            'prompts/greet.toml; did you mean "nmae"?',
            f'{FILE}: example g-2: no placeholder of prompts/greet.toml uses the input "nmae"; '
            'did you mean "name"?',
        ],
    ),
    "unknown prompt": (
        changed('prompt = "greet"', 'prompt = "great"'),
        [f'{FILE}: prompt: there is no prompt "great" in prompts/; did you mean "greet"?'],
    ),
    "prompt outside the workspace": (
        changed('prompt = "greet"', 'prompt = "../prompts/greet"'),
        [f'{FILE}: prompt: there is no prompt "../prompts/greet" in prompts/'],
    ),
    "unknown output format": (
        changed('format = "text"', 'format = "jsno"'),
        [f'{FILE}: output.format: must be "text", "json" or the name of a JSON Schema file'],
    ),
    "missing schema": (
        changed('format = "text"', 'format = "greet.json"'),
        [f'{FILE}: output.format "greet.json": there is no such file beside the case'],
    ),
    "schema outside the workspace": (
        changed('format = "text"', 'format = "../../x.json"'),
        [f'{FILE}: output.format "../../x.json": is outside the workspace'],
    ),
    "max_tokens of none": (
        changed("max_tokens = 50", "max_tokens = 0"),
        [f"{FILE}: output.max_tokens: must be 1 or more, not 0"],
    ),
    "missing examples file": (
        changed('prompt = "greet"', 'prompt = "greet"\nexamples_file = "more.jsonl"'),
        [f'{FILE}: examples_file "more.jsonl": there is no such file beside the case'],
    ),
    "absolute examples file": (
        changed('prompt = "greet"', 'prompt = "greet"\nexamples_file = "/etc/passwd"'),
        [f'{FILE}: examples_file "/etc/passwd": is outside the workspace'],
    ),
    "examples file that no file system knows": (
        changed('prompt = "greet"', 'prompt = "greet"\nexamples_file = "a\\u0000b"'),
        [f'{FILE}: examples_file "a␀b": is no name that a file can have'],
    ),
}


@pytest.mark.parametrize(("content", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_case_is_named_with_its_place(tmp_path, content, expected):
    loaded = make_workspace(tmp_path, cases={"greet.toml": content}).load_cases()
    found = [str(problem) for problem in loaded.problems]
    assert len(found) == len(expected), found
    for problem, start in zip(found, expected, strict=True):
        assert problem.startswith(start)
    assert loaded.cases == ()
    assert {problem.case for problem in loaded.problems} == {"greet"}


def test_a_case_without_criteria_or_examples_is_told_so(tmp_path):
    head = 'schema_version = 1\nid = "greet"\ntitle = "t"\nprompt = "greet"\n'
    workspace = make_workspace(tmp_path, cases={"greet.toml": head + "criteria = []\n"})
    assert problems_of(workspace) == [
        f"{FILE}: criteria: there is none: add a [[criteria]] table",
        f"{FILE}: examples: there is none",
    ]
    (workspace.cases / "greet.toml").write_text(head)
    assert f"{FILE}: criteria: is missing" in problems_of(workspace)


def test_all_problems_of_all_files_come_at_once_and_good_cases_load(tmp_path):
    workspace = make_workspace(
        tmp_path,
        cases={
            "greet.toml": CASE,
            "a.toml": changed('id = "greet"', 'id = "a"').replace('name = "Bo"', ""),
            "b.toml": "schema_version = 1\n[[criteria]]\nkind = 5\n",
            "c.toml": b"\xff",
        },
    )
    loaded = workspace.load_cases()
    assert [case.id for case in loaded.cases] == ["greet"]
    assert {problem.file for problem in loaded.problems} == {
        "cases/a.toml",
        "cases/b.toml",
        "cases/c.toml",
    }
    in_b = {p.where for p in loaded.problems if p.file == "cases/b.toml"}
    assert in_b == {"id", "title", "prompt", 'criteria 1, kind "5"', "examples"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PROMPT.replace("text =", "txt ="), ["text: is missing", "txt: unknown key; did you mean"]),
        (PROMPT.replace('name = "greet"', 'name = "x"'), ["name: must be the file's name"]),
        (PROMPT.replace("Greet {{name}}.", " "), ["text: is empty"]),
        (PROMPT.replace("schema_version = 1", "schema_version = 3"), ["schema_version: 3 is not"]),
        (b"\x80", ["is not UTF-8 text"]),
        ("name = [", ["is not valid TOML"]),
    ],
)
def test_a_mistake_in_a_prompt_is_named_and_stops_its_case(tmp_path, content, expected):
    found = problems_of(make_workspace(tmp_path, prompts={"greet.toml": content}))
    in_prompt = [p for p in found if p.startswith("prompts/greet.toml: ")]
    assert len(in_prompt) == len(expected)
    for problem, start in zip(in_prompt, expected, strict=True):
        assert problem.startswith(f"prompts/greet.toml: {start}")
    in_case = [p for p in found if p not in in_prompt]
    assert len(in_case) == 1
    summary = expected[0].replace(": ", " ")
    assert in_case[0].startswith(f"{FILE}: prompt: prompts/greet.toml has a problem: {summary}")


def test_a_prompt_that_the_program_wrote_can_be_used(tmp_path):
    written = PROMPT + '[provenance]\nsession_id = "a1b2c3d4"\nanything = [1, 2]\n'
    assert case_of(make_workspace(tmp_path, prompts={"greet.toml": written})).prompt.name == "greet"


def with_file(name: str) -> str:
    return changed('prompt = "greet"', f'prompt = "greet"\nexamples_file = "{name}"')


def test_examples_come_from_a_file_beside_the_case_too(tmp_path):
    line = json.dumps({"id": "g-3", "inputs": {"name": "two\u2028lines"}})
    files = {"greet.toml": with_file("more.jsonl"), "more.jsonl": f"\n{line}\n\n"}
    case = case_of(make_workspace(tmp_path, cases=files))
    assert [example.id for example in case.examples] == ["g-1", "g-2", "g-3"]
    assert case.examples[2].inputs["name"] == "two\u2028lines"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"id": "x"', "line 2: is not valid JSON: Expecting ',' delimiter (at line 1, column 11)"),
        ("[]", "line 2: is not a JSON object"),
        ('{"id": "x"}', "line 2 (x), inputs: is missing"),
        ('{"id": "x", "inputs": {"name": "\\ud800"}}', "line 2 (x): holds a character that is no"),
        ('{"id": "x", "inputs": {"name": NaN}}', "line 2: holds NaN, which is not a number"),
    ],
)
def test_a_bad_line_of_examples_is_named_with_its_number(tmp_path, line, expected):
    good = '{"id": "g-3", "inputs": {"name": "Cy"}}'
    files = {"greet.toml": with_file("more.jsonl"), "more.jsonl": f"{good}\n{line}\n"}
    found = problems_of(make_workspace(tmp_path, cases=files))
    assert len(found) == 1
    assert found[0].startswith(f"cases/more.jsonl: {expected}")


def test_a_near_name_is_offered_for_a_missing_file(tmp_path):
    files = {"greet.toml": with_file("more.json"), "more.jsonl": ""}
    (problem,) = problems_of(make_workspace(tmp_path, cases=files))
    assert 'did you mean "more.jsonl"?' in problem


def test_a_symbolic_link_does_not_lead_out_of_the_workspace(tmp_path):
    (tmp_path / "secret.jsonl").write_text('{"id": "x", "inputs": {"name": "y"}}')
    workspace = make_workspace(tmp_path / "ws", cases={"greet.toml": with_file("more.jsonl")})
    (workspace.cases / "more.jsonl").symlink_to(tmp_path / "secret.jsonl")
    (problem,) = problems_of(workspace)
    assert "is outside the workspace" in problem


def test_a_file_elsewhere_in_the_workspace_may_be_named(tmp_path):
    workspace = make_workspace(tmp_path, cases={"greet.toml": with_file("../data/more.jsonl")})
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "more.jsonl").write_text('{"id": "g-3", "inputs": {"name": "Cy"}}')
    assert len(case_of(workspace).examples) == 3


def with_schema(name: str = "greet.schema.json") -> str:
    return changed('format = "text"', f'format = "{name}"')


def test_a_schema_constrains_the_output(tmp_path):
    schema = {"type": "object", "required": ["greeting"]}
    files = {"greet.toml": with_schema(), "greet.schema.json": json.dumps(schema)}
    assert case_of(make_workspace(tmp_path, cases=files)).output.constraint == schema


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{", "is not valid JSON"),
        ('{"type": "objekt"}', "is not a JSON Schema"),
        ("[]", "is not a"),
    ],
)
def test_a_schema_that_is_none_is_a_problem(tmp_path, schema, expected):
    files = {"greet.toml": with_schema(), "greet.schema.json": schema}
    (problem,) = problems_of(make_workspace(tmp_path, cases=files))
    assert problem.startswith(f'{FILE}: output.format "greet.schema.json": {expected}')


def test_hidden_and_foreign_files_are_nobodys_business(tmp_path):
    case_of(
        make_workspace(tmp_path, cases={"greet.toml": CASE, ".greet.toml": "x", "notes.md": "y"})
    )


def test_a_folder_that_looks_like_a_case_is_a_problem(tmp_path):
    workspace = make_workspace(tmp_path)
    (workspace.cases / "dir.toml").mkdir()
    assert problems_of(workspace) == ["cases/dir.toml: is not a file"]


def test_an_empty_folder_has_no_cases_and_no_problems(tmp_path):
    loaded = Workspace(tmp_path).load_cases()
    assert (loaded.cases, loaded.problems) == ((), ())


def test_the_hash_follows_every_file_that_makes_the_case(tmp_path):
    files = {
        "greet.toml": with_file("more.jsonl").replace('"text"', '"s.json"'),
        "more.jsonl": '{"id": "g-3", "inputs": {"name": "Cy"}}',
        "s.json": "{}",
    }
    workspace = make_workspace(tmp_path, cases=files | {"s.json": '{"type": "object"}'})
    seen = {case_of(workspace).sha256}
    for file in (
        workspace.cases / "greet.toml",
        workspace.cases / "more.jsonl",
        workspace.cases / "s.json",
        workspace.prompts / "greet.toml",
    ):
        file.write_text(file.read_text() + "\n")
        seen.add(case_of(workspace).sha256)
    assert len(seen) == 5
    assert case_of(workspace).sha256 in seen


def test_problems_are_single_harmless_lines(tmp_path):
    nasty = changed('id = "g-2"', 'id = "x\\u001b[31m\\n\\u009b"').replace('name = "Bo"', "")
    (problem,) = problems_of(make_workspace(tmp_path, cases={"greet.toml": nasty}))
    assert problem.isprintable()


def test_a_snapshot_reads_back_as_the_case_it_was_made_of():
    for case in Workspace(REPOSITORY).load_cases().cases:
        snapshot = json.loads(json.dumps(case.snapshot()))
        assert case_from_snapshot(snapshot, asdict(case.prompt)) == case


def test_a_snapshot_of_another_version_is_read_tolerantly(tmp_path):
    case = case_of(make_workspace(tmp_path))
    snapshot = json.loads(json.dumps(case.snapshot())) | {"new": 1, "sha256": "ab"}
    snapshot["criteria"][0]["new"] = True
    snapshot["examples"][0]["new"] = None
    prompt = asdict(case.prompt) | {"new": []}
    assert case_from_snapshot(snapshot, prompt) == replace(case, sha256="ab")


@pytest.mark.parametrize(
    "broken",
    [{"criteria": [{"kind": "horoscope"}]}, {"criteria": [{}]}, {"examples": 5}, {"id": None}],
)
def test_a_snapshot_that_cannot_be_worked_with_is_refused(tmp_path, broken):
    case = case_of(make_workspace(tmp_path))
    with pytest.raises(SnapshotError, match="recorded case cannot be read"):
        case_from_snapshot(case.snapshot() | broken, asdict(case.prompt))


quick = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)


def write_over(tmp_path: Path, **contents: bytes) -> Workspace:
    if not (tmp_path / "cases").exists():
        make_workspace(tmp_path)
    for name, content in contents.items():
        (tmp_path / name / "greet.toml").write_bytes(content)
    return Workspace(tmp_path)


@quick
@given(content=st.binary(max_size=300))
def test_any_bytes_as_a_case_or_prompt_are_only_problems(tmp_path, content):
    assert write_over(tmp_path, cases=content, prompts=PROMPT.encode()).load_cases().problems
    assert write_over(tmp_path, cases=CASE.encode(), prompts=content).load_cases().problems


@quick
@given(data=st.data())
def test_a_case_with_any_damage_loads_or_has_problems(tmp_path, data):
    raw = CASE.encode()
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 30)))
    damaged = raw[:start] + data.draw(st.binary(max_size=8)) + raw[end:]
    loaded = write_over(tmp_path, cases=damaged, prompts=PROMPT.encode()).load_cases()
    assert bool(loaded.cases) != bool(loaded.problems)


values = st.recursive(
    st.integers() | st.booleans() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@quick
@given(
    expected=values,
    kind=st.sampled_from(["skills", "fields", "coverage", "equals", "number", "rouge_l"]),
)
def test_any_expected_value_loads_or_has_problems(tmp_path, expected, kind):
    line = json.dumps({"id": "x", "inputs": {"name": "y"}, "expected": {kind: expected}})
    case = with_file("more.jsonl").replace(
        'kind = "contains"\nvalues = ["hello"]', f'kind = "{kind}"'
    )
    workspace = write_over(tmp_path, cases=case.encode(), prompts=PROMPT.encode())
    (workspace.cases / "more.jsonl").write_text(line)
    loaded = workspace.load_cases()
    assert bool(loaded.cases) != bool(loaded.problems)


SHOWN = (
    PROMPT + '[[demonstrations]]\nexample_id = "g-1"\ninputs = { name = "Ada" }\nanswer = "Hi"\n'
)


def test_answers_pins_and_constraints_are_part_of_a_case(tmp_path):
    text = changed('{ name = "Ada" }', '{ name = "Ada" }\nanswer = "hello, Ada"\npinned = true')
    text = text.replace('format = "text"', 'format = "json"\nconstrain = "late"')
    case = case_of(make_workspace(tmp_path, {"greet.toml": text}, {"greet.toml": SHOWN}))
    first, second = case.examples
    assert (first.answer, first.pinned) == ("hello, Ada", True)
    assert (second.answer, second.pinned) == ("", False)
    assert case.output.constrain == "late"
    assert [d.example_id for d in case.prompt.demonstrations] == ["g-1"]
    recorded = json.loads(json.dumps([case.snapshot(), asdict(case.prompt)]))
    assert case_from_snapshot(*recorded) == case


def test_everything_a_prompt_sends_is_read_back_from_a_record(tmp_path):
    case = case_of(make_workspace(tmp_path))
    prompt = replace(
        case.prompt, instructions="each", constrain="off", locked=("Greet",), system="Be kind."
    )
    case = replace(case, prompt=prompt)
    recorded = json.loads(json.dumps([case.snapshot(), asdict(prompt)]))
    assert case_from_snapshot(*recorded) == case


@pytest.mark.parametrize(
    ("text", "prompt", "message"),
    [
        (
            CASE,
            SHOWN.replace("g-1", "g-2"),
            "example g-2: is a validation example, and the prompt shows its answer",
        ),
        (
            changed('split = "validation"', 'split = "validation"\npinned = true'),
            PROMPT,
            "example g-2: is held out and pinned",
        ),
        (
            changed('format = "text"', 'format = "text"\nconstrain = "lat"'),
            PROMPT,
            'output.constrain: must be "off" or "format" or "late", not "lat"',
        ),
    ],
)
def test_what_would_spoil_a_race_or_the_proof_is_refused(tmp_path, text, prompt, message):
    workspace = make_workspace(tmp_path, {"greet.toml": text}, {"greet.toml": prompt})
    assert any(message in problem for problem in problems_of(workspace)), problems_of(workspace)
