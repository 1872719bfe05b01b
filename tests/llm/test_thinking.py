import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmopt_tui.llm.thinking import ThinkSplitter, separate


@pytest.mark.parametrize(
    ("content", "answer", "thinking"),
    [
        ("<think>a b</think>c", "c", "a b"),
        ("\n <think>\na\n</think>\n\nc\n", "c\n", "a"),
        ("<think></think>c", "c", ""),
        ("<think>cut off by len", "", "cut off by len"),
        ("thought\n</think>\n\nanswer", "answer", "thought"),
        ("no tags", "no tags", ""),
        ("  kept as it is ", "  kept as it is ", ""),
        ("Write <think>x</think> first", "Write <think>x</think> first", ""),
        ("The tag `</think>` ends it", "The tag `</think>` ends it", ""),
        ("<think>a</think>b</think>c", "b</think>c", "a"),
        ("<think>a <think> b</think>c", "c", "a <think> b"),
        ("<thinking>a</thinking>c", "c", "a"),
        (" <reasoning>a\n</reasoning>\nc", "c", "a"),
        ("[THINK]a[/THINK]c", "c", "a"),
        ("<Think>a</THINK>c", "c", "a"),
        ("<thought>never closed", "", "never closed"),
        ("[THINK]never closed", "", "never closed"),
        ("thought[/THINK]c", "c", "thought"),
        ("<thinking>a</think>b</thinking>c", "c", "a</think>b"),
        ("<thinkable>c", "<thinkable>c", ""),
        ("Use <reasoning>x</reasoning> so", "Use <reasoning>x</reasoning> so", ""),
        ("", "", ""),
    ],
)
def test_thoughts_are_told_from_the_answer(content, answer, thinking):
    assert separate(content) == (answer, thinking)


def streamed(chunks: list[str]) -> tuple[str, str]:
    splitter = ThinkSplitter()
    pieces = [*(splitter.feed(chunk) for chunk in chunks), splitter.finish()]
    return "".join(answer for answer, _ in pieces), "".join(thought for _, thought in pieces)


PIECES = st.sampled_from(["<think>", "</think>", "<", "/", "think", ">", " ", "\n", "a", "é", "`"])


@given(st.lists(PIECES), st.sampled_from(["<think>", " <think>", "<thinking>", "[THINK]", ""]))
@example(["a", " ", "<", "/", "think", ">"], "<think>")
@example([" ", "</think>", " ", "a"], "<think>")
def test_the_split_does_not_depend_on_where_chunks_end(pieces, start):
    content = start + "".join(pieces)
    whole = streamed([content])
    assert streamed([start, *pieces]) == whole
    assert streamed(list(content)) == whole
    if start or "</think>" not in content:
        assert whole == separate(content)


def test_a_closing_tag_alone_is_only_known_at_the_end():
    assert streamed(["thought", "</think>", "answer"]) == ("thought</think>answer", "")
    assert separate("thought</think>answer") == ("answer", "thought")


def test_thoughts_are_given_out_as_they_come():
    splitter = ThinkSplitter()
    assert splitter.feed("<think>first") == ("", "first")
    assert splitter.feed(" second<") == ("", " second")
    assert splitter.feed("/think>x") == ("x", "")
