import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.app.importing.material import ImportRefused
from llmopt_tui.app.importing.reading import read_content
from tests.app.importing.support import drafted, inputs, kinds

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
WESTERN = st.text("abc éüñ;,|\t\"'\n", max_size=12)
TITLES = ["subject", "body", "answer", "remark"]


def table(rows: list[list[str]], delimiter: str, quoting=csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n", quoting=quoting)
    writer.writerows(rows)
    return out.getvalue()


def rows_of(content: bytes, name: str = "table.csv") -> list[list[str]]:
    return [list(row.values.values()) for row in read_content(content, name).rows]


@st.composite
def tables(draw, cells=CELL):
    width = draw(st.integers(2, 4))
    row = st.lists(cells, min_size=width, max_size=width).filter(
        lambda found: any(cell.strip() for cell in found)
    )
    return [TITLES[:width], *draw(st.lists(row, min_size=1, max_size=6))]


@given(
    tables(),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_table_of_any_dialect_is_read_as_the_same_rows(rows, delimiter, encoding, quoting):
    text = table(rows, delimiter, quoting=quoting)
    assert rows_of(text.encode(encoding)) == rows[1:]


@given(tables(WESTERN), st.sampled_from([";", ","]))
def test_a_table_in_the_western_code_page_is_read_as_the_same_rows(rows, delimiter):
    content = table(rows, delimiter).encode("cp1252")
    assert rows_of(content) == rows[1:]


def test_utf_16_without_a_mark_is_recognized():
    text = table([["question", "answer"], ["What?", "This"], ["Who?", "She"]], "\t")
    for name in ("utf-16-le", "utf-16-be"):
        material = read_content(text.encode(name), "x.txt")
        assert material.columns == ("question", "answer")
        assert material.notes[0].message == f"read as {name.upper()}"


def test_the_line_that_excel_puts_first_names_the_delimiter():
    text = 'sep=;\r\nname;value;\r\n"a;b";1,5;\r\nc;2,5;\r\n'
    material = read_content(text.encode(), "x.csv")
    assert material.columns == ("name", "value")
    assert [dict(row.values) for row in material.rows] == [
        {"name": "a;b", "value": "1,5"},
        {"name": "c", "value": "2,5"},
    ]


def test_decimal_commas_do_not_divide_a_table_with_semicolons():
    assert rows_of(b"x;y\n1,5;2,5\n3,5;4,5\n") == [["1,5", "2,5"], ["3,5", "4,5"]]


def test_a_table_of_one_column_is_not_divided_by_what_its_cells_hold():
    assert rows_of(b"text\nyes; no\nwell; then; so\nplain\n")[0] == ["yes; no"]


def test_an_encoding_that_is_named_is_used():
    content = "вопрос;answer\nкто?;я\n".encode("cp1251")
    assert read_content(content, "x.csv", "cp1251").columns == ("вопрос", "answer")
    for wrong in ("no-such", "zip", "hex"):
        with pytest.raises(ImportRefused, match=wrong):
            read_content(content, "x.csv", wrong)


def test_rows_with_more_cells_than_titles_are_told_of_and_short_ones_filled():
    draft = drafted("q,answer\nwho,me\nwhy,a,b\nwhen\nhow,x\n", "t.csv")
    assert inputs(draft) == [{"q": "who"}, {"q": "how"}]
    assert draft.said("left") == [
        "line 3: has 3 cells where there are 2 titles",
        'line 4: has nothing under "answer"',
    ]


def test_a_table_without_titles_gets_some():
    draft = drafted("1,2\n3,4\n5,6\n", "t.csv")
    assert draft.columns.inputs == {"column_1": "column_1"}
    assert draft.columns.expected == "column_2"
    assert kinds(draft) == ["number"]


def test_equal_titles_are_told_apart():
    assert read_content(b"a,a,\n1,2,3\n", "t.csv").columns == ("a", "a_2", "column_3")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"a,b\n", "no row below"),
        (b'a,b\n"open,2\n' + b"x,y\n" * 40_000, "quotation mark"),
        (b"PK\x03\x04rest", "CSV UTF-8"),
        (b"\x80\x04pickle", "run code"),
        (b"a,b\n" + b"x,y\n" * 20_001, "more than 20,000 rows"),
        (b"a,b\n\x81\x8d,\xff\n", "--encoding"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(content, why):
    with pytest.raises(ImportRefused, match=why):
        read_content(content, "t.csv")
