import contextlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.llm.lines import LineSplitter, LineTooLongError, split_lines


def chunked(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(places)]


def lines_of(chunks: list[bytes]) -> list[bytes]:
    splitter = LineSplitter()
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return [*lines, splitter.flush()]


DATA = st.lists(
    st.sampled_from([b"a", b"\n", b"\r", b"\r\n", b"\xc2\x85", "\u2028".encode(), b"{}", b"\xff"])
).map(b"".join)


@given(DATA, st.lists(st.integers(min_value=0)))
def test_lines_do_not_depend_on_where_chunks_end(data, cuts):
    assert lines_of(chunked(data, cuts)) == lines_of([data])


@given(DATA)
def test_nothing_but_line_ends_is_lost(data):
    assert lines_of([data]) == [line.removesuffix(b"\r") for line in data.split(b"\n")]


def test_only_the_byte_0a_ends_a_line():
    text = "a\u0085b\u2028c\x0bd\re".encode()
    assert lines_of([text + b"\n"]) == [text, b""]


def test_a_line_of_the_limit_passes_and_one_byte_more_does_not():
    splitter = LineSplitter(limit=4)
    assert splitter.feed(b"abcd\n") == [b"abcd"]
    assert splitter.feed(b"ab") == []
    with pytest.raises(LineTooLongError):
        splitter.feed(b"cde")


def test_an_endless_line_is_not_kept():
    splitter = LineSplitter(limit=1000)
    fed = 0
    with contextlib.suppress(LineTooLongError):
        while fed < 100_000:
            splitter.feed(b"x" * 100)
            fed += 100
    assert fed == 1000
    assert splitter.flush() == b""


async def test_blank_lines_are_skipped_and_a_last_line_needs_no_end():
    async def chunks():
        yield b"one\n\n\r\ntw"
        yield b"o\nthree"

    assert [line async for line in split_lines(chunks())] == [b"one", b"two", b"three"]
