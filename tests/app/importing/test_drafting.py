import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.app.importing.columns import placeholder_names
from llmopt_tui.app.importing.drafting import case_name
from llmopt_tui.app.importing.material import ImportRefused
from llmopt_tui.app.importing.proposing import propose
from llmopt_tui.app.importing.splits import dealt
from llmopt_tui.app.importing.writing import FilesTaken, problems_of, write_draft
from llmopt_tui.app.workspace import Workspace
from llmopt_tui.core.prompt import placeholders_in
from llmopt_tui.core.scoring import ideal_answer, read_criterion
from llmopt_tui.core.text.names import folder_slug
from tests.app.importing.support import drafted, expected, inputs, kinds, loaded
from tests.nasty import NASTY

VALUES = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=20),
    st.integers(-10, 10),
    st.booleans(),
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(0, 3), max_size=3),
)
OBJECTS = st.lists(
    st.dictionaries(st.sampled_from(["question", "answer", "id", "split", *NASTY]), VALUES),
    min_size=1,
    max_size=6,
)


@given(OBJECTS, st.sampled_from([None, 0.2, 0.5, 1.0]), st.integers(0, 5))
def test_what_is_written_is_read_by_the_strict_reader_or_refused(objects, train, seed):
    try:
        draft = drafted(json.dumps(objects), train=train, seed=seed)
    except ImportRefused:
        return
    with TemporaryDirectory() as folder:
        case = loaded(draft, Path(folder))
    assert [dict(example.inputs) for example in case.examples] == inputs(draft)
    assert case.split("train")


TEXTS = st.sampled_from(
    ["{{x}}", "equals", "contains", "is-json", "user", "assistant", "system", "file://x", "A", "",
     "a b", "1", '{"a": 1}', '["x"]', "{% if %}", "\ud800", "x" * 90]
)  # fmt: skip
SCALARS = st.one_of(TEXTS, st.integers(-2, 2), st.booleans(), st.none())
LEAVES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def objects(keys: str, values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Objects with any of these keys, and now and then something else altogether."""
    whole = st.fixed_dictionaries({}, optional=dict.fromkeys(keys.split(), values))
    return st.one_of(whole, whole, whole, LEAVES)


def lists(items: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Lists of such items, and now and then something else altogether."""
    found = st.lists(items, min_size=1, max_size=4)
    return st.one_of(found, found, found, LEAVES)


MESSAGES = lists(objects("role content from value tool_calls", LEAVES))
ASSERTS = lists(objects("type value weight threshold transform", LEAVES))
VARS = st.dictionaries(st.sampled_from(["x", "y", "expected"]), LEAVES, max_size=3)
TESTS = lists(st.fixed_dictionaries({"vars": VARS}, optional={"assert": ASSERTS, "x": LEAVES}))
PROMPTS = lists(st.sampled_from(["Say {{x}}", "{{ y }} {{x}}", "p.txt", '[{"role": "user"}]']))
DEMOS = lists(objects("question answer augmented reasoning", LEAVES))
# Documents that are of a format, or almost.
DOCUMENTS = st.one_of(
    lists(objects("messages conversations", MESSAGES)),
    lists(objects("input target choices id split", LEAVES)),
    lists(objects("input expectedOutput status metadata", LEAVES)),
    lists(objects("inputs outputs expected", LEAVES)),
    lists(objects("_store _input_keys _demos", LEAVES)),
    lists(objects("question answer", LEAVES)),
    st.fixed_dictionaries({"prompts": PROMPTS, "tests": TESTS}, optional={"defaultTest": LEAVES}),
    st.fixed_dictionaries(
        {"p": st.fixed_dictionaries({"demos": DEMOS, "signature": objects("fields", LEAVES)})}
    ),
    LEAVES,
)


@settings(max_examples=300)
@given(DOCUMENTS, st.sampled_from(["a.json", "a.jsonl", "a.yaml"]))
def test_a_document_of_any_shape_makes_a_sound_case_or_is_refused(document, name):
    try:
        draft = drafted(json.dumps(document), name)
    except ImportRefused:
        return
    assert problems_of(draft) == ()


@given(st.binary(max_size=60), st.sampled_from(["a.csv", "a.json", "a.yaml", "a", "a.jsonl"]))
def test_bytes_of_any_kind_make_a_sound_case_or_are_refused(content, name):
    try:
        draft = drafted(content, name)
    except ImportRefused:
        return
    assert problems_of(draft) == ()


def test_nasty_columns_and_values_stay_data(tmp_path):
    rows = [{f"{text[:40]}": text for text in NASTY[:30]} | {"answer": text} for text in NASTY]
    case = loaded(drafted(json.dumps(rows)), tmp_path)
    assert set(case.prompt.placeholders) == set(case.examples[0].inputs)
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert names == {
        "prompts", "cases", "prompts/made.toml", "cases/made.toml", "cases/made.jsonl",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "proposed"),
    [
        (["low", "high", "low", "High"], {"kind": "choice", "labels": ["high", "low"]}),
        ([True, False, True, True], {"kind": "choice", "labels": ["false", "true"]}),
        (["1,5", "2", "1.234"], {"kind": "number"}),
        ([1, 2, 3], {"kind": "number"}),
        ([["a", "b"], []], {"kind": "skills", "path": "answer"}),
        (['["a", "b"]', '["c"]'], {"kind": "skills", "path": "answer"}),
        (["Python; SQL", "Cooking"], {"kind": "skills", "path": "answer"}),
        (["Python, SQL, Git", "Cooking, Baking, Wine lists"], {"kind": "skills", "path": "answer"}),
        (["Lyon, France", "Bern, Switzerland"], {"kind": "equals"}),
        ([{"a": 1}, {"a": 2, "b": 3}], {"kind": "fields"}),
        (['{"a": 1}', '{"a": 2}'], {"kind": "fields"}),
        (["Jane Doe", "Ann Poe", "Bob Roe"], {"kind": "equals"}),
        (["a word of " * 8, "some more text " * 6], {"kind": "coverage"}),
        ([[{"a": 1}], "x"], {"kind": "equals"}),
        ([], {"kind": "structure"}),
    ],
)
def test_the_criterion_is_proposed_from_the_values(values, proposed):
    proposal = propose(values, "answer")
    assert proposal.criteria[0] == proposed
    read = [read_criterion(table)[0] for table in proposal.criteria]
    criteria = [criterion for criterion in read if criterion is not None]
    assert len(criteria) == len(proposal.criteria)
    for value in values:
        found = proposal.expected_of(value)
        assert all(not criterion.problems(found) for criterion in criteria)
        if value:
            assert ideal_answer(criteria[:1], found, {}) is not None


def test_the_flags_map_columns_and_near_names_are_named(tmp_path):
    rows = json.dumps([{"Subject Line": f"a{n}", "b": f"x {n}", "c": f"y {n}"} for n in range(4)])
    draft = drafted(rows, inputs=("subject line",), expected="b")
    assert inputs(draft)[0] == {"subject_line": "a0"}
    assert expected(draft)[0] == {"answer": "x 0"}
    assert draft.said("left") == ['the column "c" is not taken over; --input "c" makes it an input']
    loaded(draft, tmp_path)
    with pytest.raises(ImportRefused, match='did you mean "Subject Line"'):
        drafted(rows, inputs=("subjectline",))
    with pytest.raises(ImportRefused, match="both"):
        drafted(rows, inputs=("b",), expected="b")
    with pytest.raises(ImportRefused, match="--expected"):
        drafted(rows, expected="zzzz")


@given(st.lists(st.text(max_size=20), min_size=1, max_size=8, unique=True))
def test_placeholders_are_names_and_all_different(columns):
    names = placeholder_names(columns)
    assert list(names) == columns
    assert len(set(names.values())) == len(columns)
    for name in names.values():
        assert placeholders_in(f"{{{{{name}}}}}") == {name: 1}


def test_placeholders_say_what_the_columns_are_called():
    assert placeholder_names(["Job Title", "jobPosting", "Größe", "问题", "2nd"]) == {
        "Job Title": "job_title",
        "jobPosting": "job_posting",
        "Größe": "grosse",
        "问题": "input_4",
        "2nd": "input_2nd",
    }


@given(st.text(max_size=100))
def test_a_case_name_is_one_that_a_file_can_have_everywhere(text):
    name = case_name(text)
    assert name == folder_slug(name)
    assert not name.startswith(".")


def test_duplicates_and_repeated_inputs_are_told_of():
    rows = [{"q": "a", "answer": "x y"}, {"q": "a", "answer": "x y"}, {"q": "a", "answer": "z"}]
    draft = drafted(json.dumps([*rows, {"q": "b", "answer": "w"}]))
    assert [example.id for example in draft.examples] == ["item-1", "item-3", "item-4"]
    assert draft.said("left") == ["item 2: is the same as item 1, which is taken over"]
    assert any("item-1 = item-3" in said for said in draft.said("warning"))
    first, second, _ = draft.examples
    assert first.split == second.split


def test_ids_of_the_source_are_kept_where_they_are_different():
    rows = [{"id": f"n{n}", "q": f"a{n}", "answer": f"x {n}"} for n in range(3)]
    assert [e.id for e in drafted(json.dumps(rows)).examples] == ["n0", "n1", "n2"]
    rows[2]["id"] = "n1"
    draft = drafted(json.dumps(rows))
    assert [e.id for e in draft.examples] == ["item-1", "item-2", "item-3"]
    assert any('"id"' in said for said in draft.said("left"))


def test_splits_of_the_source_are_kept_unless_a_share_is_named():
    rows = [{"q": f"a{n}", "answer": f"x {n}", "split": ["train", "Test"][n > 2]} for n in range(6)]
    draft = drafted(json.dumps(rows))
    assert [e.split for e in draft.examples] == ["train"] * 3 + ["validation"] * 3
    assert all(e.split == "train" for e in drafted(json.dumps(rows), train=1.0).examples)
    for row in rows:
        row["split"] = "test"
    with pytest.raises(ImportRefused, match="--train"):
        drafted(json.dumps(rows))


@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=40),
    st.floats(0.01, 1.0),
    st.integers(0, 1000),
)
def test_rows_that_share_inputs_go_to_one_split(numbers, share, seed):
    rows = [{"q": f"text {n}"} for n in numbers]
    splits = dealt(rows, share, seed)
    assert splits == dealt(rows, share, seed)
    by_input = {n: {s for m, s in zip(numbers, splits, strict=True) if m == n} for n in numbers}
    assert all(len(found) == 1 for found in by_input.values())
    assert "train" in splits
    if share < 1 and len(by_input) > 1:
        assert "validation" in splits
    if share == 1:
        assert set(splits) == {"train"}


@given(st.integers(4, 200), st.sampled_from([0.25, 0.5, 0.6, 0.9]))
def test_the_share_is_kept_where_rows_differ(count, share):
    splits = dealt([{"q": str(n)} for n in range(count)], share, 0)
    assert abs(splits.count("train") - share * count) <= 1


def test_questions_on_one_document_stay_together_and_an_instruction_joins_nothing():
    documents = [f"Document {n}. " + "It is long. " * 10 for n in range(10)]
    rows = [
        {"task": "Answer briefly, please. " * 8, "text": text, "question": f"q{n}"}
        for text in documents
        for n in range(3)
    ]
    splits = dealt(rows, 0.5, 1)
    assert all(len(set(splits[n : n + 3])) == 1 for n in range(0, 30, 3))
    assert {"train", "validation"} == set(splits)


def test_nothing_is_overwritten_unless_told(tmp_path):
    rows = [{"q": f"a{n}", "answer": f"x {n}"} for n in range(3)]
    draft = drafted(json.dumps(rows))
    workspace = Workspace(tmp_path)
    workspace.cases.mkdir()
    there = workspace.cases / "made.jsonl"
    there.write_text("mine")
    with pytest.raises(FilesTaken) as caught:
        write_draft(draft, workspace)
    assert caught.value.paths == ("cases/made.jsonl",)
    assert there.read_text() == "mine"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [there]
    assert write_draft(draft, workspace, replace=True)[-1] == "cases/made.toml"
    assert kinds(draft) == ["equals"]
    assert workspace.load_cases().problems == ()
