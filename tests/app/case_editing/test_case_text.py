"""Examples changed in their files: what changes is right, and the rest stays byte for byte."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmopt_tui.app.case_editing import toml_examples
from llmopt_tui.app.case_editing.case_text import (
    CaseText,
    duplicate,
    moved,
    read_case_text,
)
from llmopt_tui.app.case_editing.errors import NotEditableError
from llmopt_tui.app.workspace import Workspace
from llmopt_tui.core.case import Case, Example

PROMPT = 'schema_version = 1\nname = "mail"\ntext = "Sort {{mail}}"\n'
HEAD = """\
# Sorting mail   (two blanks stay)
schema_version = 1
id    = "mail"   # equals the stem
title = 'Mail'
prompt = "mail"

[[criteria]]   # one is enough
kind = "equals"
"""
FIRST = '''
# the plain ones

[[examples]]
id = "m-1"   # from March
split = "train"
inputs = { mail = """
[[examples]]
not a header""" }
expected = {answer="low"}

'''
SECOND = """\
# the tricky ones
  [[examples]]
  id = "m-2"
  split = "validation"
  [examples.inputs]
  mail = 'a "quoted" mail'  # keep me
  [examples.expected]
  answer = [ "high",
             "urgent", ]   # either

# the end
"""
LINES = [
    '{"id": "m-3",  "split": "train", "inputs": {"mail": "x"}, "expected": {"answer": "low"}}',
    "",
    '{"inputs": {"mail": "y"}, "expected": {"answer": "é"}, "id": "m-4"}',
]


def make(root: Path, case: str, lines: str | None = None) -> Workspace:
    workspace = Workspace(root)
    workspace.prompts.mkdir(parents=True, exist_ok=True)
    workspace.cases.mkdir(exist_ok=True)
    (workspace.prompts / "mail.toml").write_text(PROMPT)
    if lines is not None:
        case = case.replace("title =", 'examples_file = "mail.jsonl"\ntitle =', 1)
        (workspace.cases / "mail.jsonl").write_bytes(lines.encode())
    (workspace.cases / "mail.toml").write_bytes(case.encode())
    return workspace


def read(workspace: Workspace) -> Case:
    loaded = workspace.load_cases()
    assert loaded.problems == ()
    return loaded.cases[0]


def text_of(workspace: Workspace) -> CaseText:
    return read_case_text(workspace, read(workspace))


def after(workspace: Workspace, contents: dict[Path, bytes]) -> Case:
    """The case as the strict reader finds it once these contents are saved."""
    loaded = workspace.load_cases(contents)
    assert loaded.problems == ()
    return loaded.cases[0]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_toml_example_moves_and_everything_around_it_stays(tmp_path, newline, mark):
    whole = mark + (HEAD + FIRST + SECOND).replace("\n", newline)
    workspace = make(tmp_path, whole)
    found = text_of(workspace)
    ((path, content),) = found.changed(1, moved(found.case.examples[1])).items()
    assert content.decode() == whole.replace('"validation"', '"train"')
    assert after(workspace, {path: content}).examples[1].split == "train"


def test_an_answer_is_added_below_and_taken_away_again(tmp_path):
    workspace = make(tmp_path, HEAD + FIRST + SECOND)
    found = text_of(workspace)
    with_answer = replace(found.case.examples[0], answer='two\nlines """ and quotes')
    contents = found.changed(0, with_answer)
    assert after(workspace, contents).examples[0] == with_answer
    for path, content in contents.items():
        assert SECOND in content.decode()
        path.write_bytes(content)
    found = text_of(workspace)
    ((path, content),) = found.changed(0, replace(with_answer, answer="")).items()
    path.write_bytes(content)
    assert text_of(workspace).case.examples[0].answer == ""
    assert '"m-1"   # from March' in path.read_text()


def test_comments_above_other_examples_survive_a_deletion(tmp_path):
    workspace = make(tmp_path, HEAD + FIRST + SECOND)
    found = text_of(workspace)
    contents = found.removed(1)
    assert [e.id for e in after(workspace, contents).examples] == ["m-1"]
    ((_, content),) = contents.items()
    assert content.decode() == HEAD + FIRST + "# the tricky ones\n# the end\n"


def test_a_copy_comes_right_after_and_only_adds(tmp_path):
    workspace = make(tmp_path, HEAD + FIRST + SECOND)
    found = text_of(workspace)
    contents = found.added(duplicate(found.case, 0), after=0)
    case = after(workspace, contents)
    assert [e.id for e in case.examples] == ["m-1", "m-1-2", "m-2"]
    assert case.examples[1].inputs == case.examples[0].inputs
    ((_, content),) = contents.items()
    start, _, end = content.decode().partition('[[examples]]\nid = "m-1-2"')
    assert (HEAD + FIRST).startswith(start.rstrip("\n"))
    assert end.endswith(SECOND)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n"])
def test_lines_of_a_jsonl_file_change_one_by_one(tmp_path, newline, last):
    lines = newline.join(LINES) + last.replace("\n", newline)
    workspace = make(tmp_path, HEAD, lines)
    found = text_of(workspace)
    ((_, content),) = found.changed(1, moved(found.case.examples[1])).items()
    rest = content.decode().split(newline)
    assert rest[:2] == LINES[:2]
    assert json.loads(rest[2])["split"] == "validation"
    assert "é" in rest[2]
    assert content.decode().endswith(newline) == bool(last)
    ((_, content),) = found.removed(0).items()
    assert content.decode() == newline.join(LINES[1:]) + last.replace("\n", newline)
    ((_, content),) = found.added(Example("m-5", {"mail": "z"}, "train", {"answer": "a"})).items()
    assert content.decode().startswith(newline.join(LINES) + newline + '{"id": "m-5"')
    assert "\n\n" not in content.decode().split("m-4")[1]


def test_examples_of_both_files_are_counted_through(tmp_path):
    workspace = make(tmp_path, HEAD + FIRST + SECOND, "\n".join(LINES))
    found = text_of(workspace)
    assert [e.id for e in found.case.examples] == ["m-1", "m-2", "m-3", "m-4"]
    (path,) = found.removed(2)
    assert path.name == "mail.jsonl"
    (path,) = found.removed(1)
    assert path.name == "mail.toml"


def test_an_unchanged_example_changes_no_file(tmp_path):
    found = text_of(make(tmp_path, HEAD + FIRST + SECOND))
    assert found.changed(0, found.case.examples[0]) == {}


def test_examples_in_one_list_are_edited_as_text(tmp_path):
    listed = 'examples = [{ id = "m-1", inputs = { mail = "x" }, expected = { answer = "y" } }]\n'
    case = HEAD.replace("[[criteria]]", listed + "[[criteria]]")
    with pytest.raises(NotEditableError, match="as text"):
        text_of(make(tmp_path, case))


def test_a_null_has_no_word_in_toml(tmp_path):
    workspace = make(tmp_path, HEAD + FIRST)
    found = text_of(workspace)
    example = replace(found.case.examples[0], expected={"answer": "low", "extra": None})
    with pytest.raises(NotEditableError, match="null"):
        found.changed(0, example)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=24) | (
    st.sampled_from(['"""', "'''", "\\", "\r\n", "\r", "\n# no comment\n[[examples]]\n", "{{x}}"])
)
FILLED = TEXTS.filter(str.strip)
ANSWERS = FILLED | st.lists(FILLED, min_size=1, max_size=3)
EXAMPLES = st.builds(
    Example,
    st.text("abc-_. 1é", min_size=1, max_size=6).filter(str.strip),
    st.fixed_dictionaries({"mail": TEXTS}),
    st.sampled_from(["train", "validation"]),
    st.fixed_dictionaries({"answer": ANSWERS}),
    TEXTS,
)
NOISE = st.sampled_from(
    [
        "",
        "\n",
        "# a comment\n",
        "\n\n# two\n# lines\n\n",
        '# x = """\n',
        "   \n",
        "# [[examples]]\n",
    ]
)


@given(
    examples=st.lists(EXAMPLES, min_size=2, max_size=4, unique_by=lambda e: e.id),
    new=EXAMPLES,
    noise=st.lists(NOISE, min_size=5, max_size=5),
    newline=st.sampled_from(["\n", "\r\n"]),
    lines=st.booleans(),
    data=st.data(),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_not_touched_stays_byte_for_byte(
    tmp_path_factory, examples, new, noise, newline, lines, data
):
    """One example changes, goes or comes; every other piece of the file is as it was."""
    examples[0] = replace(examples[0], split="train")
    examples[1] = replace(examples[1], split="train")
    if lines:
        from llmopt_tui.app.case_editing.jsonl_examples import written

        pieces = [written(e) + newline for e in examples]
        workspace = make(tmp_path_factory.mktemp("ws"), HEAD, "".join(pieces))
        gaps = [""] * (len(pieces) + 1)
        before = ""
    else:
        pieces = [toml_examples.written(e, newline) for e in examples]
        gaps = [gap.replace("\n", newline) for gap in noise[: len(pieces) + 1]]
        before = HEAD.replace("\n", newline)
        whole = before + "".join(gap + piece for gap, piece in zip(gaps, pieces, strict=False))
        workspace = make(tmp_path_factory.mktemp("ws"), whole + gaps[len(pieces)])
    found = text_of(workspace)
    assert list(found.case.examples) == examples
    n = data.draw(st.integers(0, len(examples) - 1))
    kept = [piece for place, piece in enumerate(pieces) if place != n]
    new = replace(new, id=f"new {new.id}", split="train")
    for contents, wanted in (
        (found.changed(n, new), [*examples[:n], new, *examples[n + 1 :]]),
        (found.removed(n), [*examples[:n], *examples[n + 1 :]]),
        (found.added(new, after=n), [*examples[: n + 1], new, *examples[n + 1 :]]),
    ):
        ((_, content),) = contents.items()
        assert list(after(workspace, contents).examples) == wanted
        text, at = content.decode(), 0
        assert text.startswith(before)
        for piece in kept:
            at = text.index(piece, at) + len(piece)
        for comment in (line for gap in gaps for line in gap.split(newline) if "#" in line):
            assert comment in text
        if not lines:
            tomllib.loads(text)
