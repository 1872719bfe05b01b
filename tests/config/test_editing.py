"""One value of a settings file changed: it reads back, and everything else stays as it was."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.config.editing import EditError, with_value, without_value

PATHS = ("target", "interviewer", "patience", "options.seed", "options.num_ctx", "keymap.run")
VALUES = st.one_of(
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
LOOSE = st.lists(
    st.sampled_from(["", "# a note", "   # indented", "#", "# [options]", "\t"]), max_size=3
)
TABLES = {
    "": ["target = 0.9", "patience=3  # why", '"mode" = "auto"', "interviewer = 'llama3.2'"],
    "[options]": ["seed = 1 # fixed", "num_ctx = 8_192"],
    "[keymap]": ['run = "f5"'],
    "[[endpoints]]": ['name = "box"', "url = '''http://\nbox'''"],
}


@st.composite
def files(draw) -> list[str]:
    """Lines of a settings file as people write them, notes and blank lines anywhere."""
    lines = draw(LOOSE)
    for head, keys in TABLES.items():
        if not head or draw(st.booleans()):
            lines += [head, *draw(LOOSE)] if head else []
            for key in draw(st.lists(st.sampled_from(keys), unique=True)):
                lines += [*key.split("\n"), *draw(LOOSE)]
    return lines


def at(text: str, path: str) -> object:
    table, _, key = path.rpartition(".")
    data = tomllib.loads(text)
    return (data.get(table, {}) if table else data).get(key)


def difference(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """The lines between the common beginning and the common end, of both."""
    while before and after and before[0] == after[0]:
        before, after = before[1:], after[1:]
    while before and after and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    return before, after


@given(files(), st.sampled_from(PATHS), VALUES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_is_written_reads_back_and_the_rest_stays_byte_for_byte(
    lines, path, value, end, ended
):
    text = end.join(lines) + end * ended
    end = end if end in text else "\n"
    after = with_value(text, path, value)
    assert at(after, path) == value
    old, new = difference(text.split(end), after.split(end))
    if at(text, path) is None:
        assert "".join(old).strip() == ""
        table = path.rpartition(".")[0]
        expected = [line for line in new if line.strip() and line != f"[{table}]"]
        assert len(expected) == 1
        assert at(without_value(after, path), path) is None
    else:
        assert len(old) == len(new) <= 1
        for was, becomes in zip(old, new, strict=True):
            assert becomes.endswith(was[was.find("#") :] if "#" in was else becomes[-1:])


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("a = 1\n\n# of\n[options]\n", "b", "a = 1\nb = 3\n\n# of\n[options]\n"),
        ("# ours\n\n[options]\n", "patience", "# ours\n\npatience = 3\n\n[options]\n"),
        ("[keymap]\nx = 1\n\n# k\n[b]\n", "keymap.y", "[keymap]\nx = 1\ny = 3\n\n# k\n[b]\n"),
        ("options = {seed = 1}\n", "options.seed", "options = {seed = 3}\n"),
        ("options.top_k = 1", "options.seed", "options.top_k = 1\noptions.seed = 3"),
        ("", "options.seed", "[options]\nseed = 3\n"),
        ("host = \"x\"", "options.seed", "host = \"x\"\n\n[options]\nseed = 3"),
    ],
)  # fmt: skip
def test_a_new_key_goes_where_a_person_would_write_it(before, path, after):
    assert with_value(before, path, 3) == after


def test_what_cannot_be_edited_says_why():
    for text, said in (("target = = 1", "not valid TOML"), ("options = 3", "not a table")):
        with pytest.raises(EditError, match=said):
            with_value(text, "options.seed", 1)
    with pytest.raises(EditError, match=r"options\.seed is not in it"):
        without_value("[options]\nnum_ctx = 1\n", "options.seed")
