"""Changes saved and undone, never over what somebody else wrote; problems with their place."""

from __future__ import annotations

import os
import stat

import pytest

from llmopt_tui.app.case_editing.case_text import free_id, moved
from llmopt_tui.app.case_editing.errors import ChangedOnDiskError, EditError
from llmopt_tui.app.case_editing.new_case import (
    STARTS,
    Beginning,
    beginning_files,
    problem_with,
    problem_with_id,
)
from llmopt_tui.app.case_editing.places import place_of
from llmopt_tui.app.case_editing.saving import Edits
from llmopt_tui.app.workspace import Workspace
from tests.app.case_editing.test_case_text import FIRST, HEAD, LINES, SECOND, make, read, text_of


def test_changes_are_undone_in_turn_to_the_byte(tmp_path):
    workspace = make(tmp_path, HEAD + FIRST + SECOND)
    file = workspace.cases / "mail.toml"
    versions, edits = [file.read_bytes()], Edits(workspace)
    for words in ("moved m-1", "moved m-2"):
        found = text_of(workspace)
        n = 1 if words.endswith("2") else 0
        edits.save(words, found.contents, found.changed(n, moved(found.case.examples[n])))
        versions.append(file.read_bytes())
        if n == 0:
            edits.undo()
    assert len(set(versions)) == 3
    assert edits.last == "moved m-2"
    assert edits.undo() == "moved m-2"
    assert file.read_bytes() == versions[0]
    with pytest.raises(EditError, match="nothing to undo"):
        edits.undo()


def test_what_changed_meanwhile_is_not_overwritten_by_a_change_nor_by_undoing_one(tmp_path):
    workspace = make(tmp_path, HEAD + FIRST + SECOND)
    file, edits, found = workspace.cases / "mail.toml", Edits(workspace), text_of(workspace)
    edits.save("removed", found.contents, found.removed(1))
    with file.open("a") as opened:
        opened.write("# written by somebody else\n")
    theirs = file.read_bytes()
    with pytest.raises(ChangedOnDiskError, match=r"mail\.toml has changed"):
        edits.undo()
    with pytest.raises(ChangedOnDiskError):
        edits.save("again", found.contents, found.removed(0))
    assert file.read_bytes() == theirs


def test_of_two_files_none_changes_where_one_is_taken(tmp_path):
    workspace = make(tmp_path, HEAD + FIRST)
    new, old = workspace.prompts / "new.toml", workspace.cases / "mail.toml"
    before = old.read_bytes()
    with pytest.raises(ChangedOnDiskError, match=r"cases/mail\.toml is there already"):
        Edits(workspace).save("made", {}, {new: b"x", old: b"y"})
    assert not new.exists()
    assert old.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="permissions and links as POSIX has them")
def test_permissions_and_links_stay_as_the_person_made_them(tmp_path):
    workspace = make(tmp_path, HEAD + FIRST + SECOND)
    file, target = workspace.cases / "mail.toml", tmp_path / "shared.toml"
    file.rename(target)
    target.chmod(0o644)
    file.symlink_to(target)
    found = text_of(workspace)
    Edits(workspace).save("removed", found.contents, found.removed(1))
    assert file.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert len(read(workspace).examples) == 1


def test_only_problems_that_a_change_would_bring_are_named(tmp_path):
    workspace = make(tmp_path, HEAD + FIRST)
    (workspace.cases / "other.toml").write_text("schema_version = ")
    file = workspace.prompts / "mail.toml"
    edits = Edits(workspace)
    assert edits.problems({file: file.read_bytes() + b"# fine\n"}) == ()
    worse = file.read_bytes().replace(b"{{mail}}", b"{{letter}}")
    (first, *_) = edits.problems({file: worse})
    assert "no input for the placeholder {{letter}}" in str(first)
    assert file.read_bytes() != worse


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (("title = 'Mail'", "title = "), 4),
        (("schema_version = 1", 'schema_version = 1\nnonsense = "x"'), 3),
        (('kind = "equals"', 'kind = "equal"'), 7),
        (('id = "m-2"', 'id = "m-2"\n  nonsense = 1'), 21),
        (('id = "m-2"', 'id = "m-1"'), 22),
        (('prompt = "mail"', 'prompt = "male"'), 5),
    ],
)
def test_a_problem_opens_at_its_line(tmp_path, broken, line):
    workspace = make(tmp_path, (HEAD + FIRST + SECOND).replace(broken[0], broken[1], 1))
    problem = workspace.load_cases().problems[0]
    file, found = place_of(problem, workspace)
    assert file.name == "mail.toml"
    assert found == line


def test_problems_of_lines_and_prompts_open_the_file_they_are_in(tmp_path):
    workspace = make(tmp_path, HEAD, "\n".join([*LINES, '{"id": 5}']))
    assert place_of(workspace.load_cases().problems[0], workspace) == (
        workspace.cases / "mail.jsonl",
        4,
    )
    twice = "\n".join([LINES[0], LINES[0].replace('"low"', "[]").replace("m-3", "m-9")])
    workspace = make(tmp_path, HEAD, twice)
    assert place_of(workspace.load_cases().problems[0], workspace) == (
        workspace.cases / "mail.jsonl",
        2,
    )
    (workspace.prompts / "mail.toml").write_text('schema_version = 1\nname = "mail"\ntext = {\n')
    files = {place_of(p, workspace)[0].name for p in workspace.load_cases().problems}
    assert "mail.toml" in files
    assert all(
        place_of(p, workspace)[0].parent == workspace.prompts
        for p in workspace.load_cases().problems
        if "has a problem" in p.message or p.file.startswith("prompts/")
    )


FILLED = {"choice": "high", "contains": "a\nb", "skills": "SQL", "number": "3"}


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.kind)
def test_a_case_begun_from_scratch_is_one_that_can_be_run(tmp_path, start):
    workspace = Workspace(tmp_path)
    prompt = 'How urgent is """this"""?\n\n{{mail}}'
    beginning = Beginning("urgency", prompt, start, {"mail": "Fire!\nHurry."})
    if start.shape != "none":
        assert "expected" in problem_with(beginning)
    expected = FILLED.get(start.kind, "in words")
    beginning = Beginning("urgency", prompt, start, beginning.inputs, expected, ("high", "low"))
    assert problem_with(beginning) == ""
    edits = Edits(workspace)
    files = beginning_files(beginning, workspace)
    assert edits.problems(files) == ()
    edits.save("made urgency", {}, files)
    (case,) = workspace.load_cases().cases
    assert case.title == "Urgency"
    assert case.examples[0].inputs == {"mail": "Fire!\nHurry."}
    edits.undo()
    assert workspace.load_cases().cases == ()


def test_what_is_missing_at_the_beginning_is_said():
    start = STARTS[0]
    assert "no placeholder" in problem_with(Beginning("a", "Sort.", start, {}))
    assert 'nothing for "mail"' in problem_with(Beginning("a", "{{mail}}", start, {}))
    one = Beginning("a", "{{mail}}", start, {"mail": "x"}, "low", ("high", "urgent"))
    assert "none of the labels" in problem_with(one)
    assert "already" in problem_with_id("mail", {"mail"})
    assert "letters" in problem_with_id("../mail", ())
    assert problem_with_id("mail_2", {"mail"}) == ""
    assert free_id("m", {"m", "m-2"}) == "m-3"
