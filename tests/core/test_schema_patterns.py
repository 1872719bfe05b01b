"""What is sent of a pattern matches what the pattern matches, in words every grammar knows."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.schema_patterns import PatternError, safe_pattern, safe_schema

ANY = r'[^\x00-\x1F"\\]'


@pytest.mark.parametrize(
    ("pattern", "sent"),
    [
        (r"^\d{4}$", "^[0-9]{4}$"),
        (r"^\d{4}-\d{2}$", "^[0-9]{4}-[0-9]{2}$"),
        (r"^\w+\s$", r"^[0-9A-Z_a-z]+[ ]$"),
        (r"^\S\D$", r'^[^\x00- "\\][^\x00-\x1F"0-9\\]$'),
        (r"^[\w.\-]+@[\d\w]+\.\w{2,}$", r"^[\x2D.0-9A-Z_a-z]+@[0-9A-Z_a-z]+[.][0-9A-Z_a-z]{2,}$"),
        (r"^\$\d+(?:\.\d\d)?$", "^[$][0-9]+([.][0-9][0-9])?$"),
        (r"^(?P<year>\d+)/x$", "^([0-9]+)/x$"),
        (r"^a+?b*?$", "^a+b*$"),
        (r"^[\s\S]*$", f"^{ANY}*$"),
        (r"^[^\]\\]+$", r'^[^\x00-\x1F"\\\]]+$'),
        ("^[A-Z][a-z]+$", "^[A-Z][a-z]+$"),
        ("^(yes|no)$", "^(yes|no)$"),
        ("^yes$|^no$", "^(yes|no)$"),
        (r"\Aok\Z", "^ok$"),
        ("^a.$", f"^a{ANY}$"),
        ("cat", f"^{ANY}*cat{ANY}*$"),
        ("^cat", f"^cat{ANY}*$"),
        (r"^\bcat\b$", "^cat$"),
        (r"^\u00e9\x41$", "^[é][A]$"),
        ("^a{b}$", "^a[{]b[}]$"),
        ("^a{,3}$", "^a{0,3}$"),
    ],
)
def test_escapes_become_classes(pattern, sent):
    assert safe_pattern(pattern) == sent
    re.compile(sent)
    assert not re.search(r"\\[dDwWsSbBpP]", sent)


@pytest.mark.parametrize(
    ("pattern", "write"),
    [
        (r"^(?=.*\d).+$", "out what may come"),
        (r"^(?<!a)b$", "out what may come"),
        (r"^(?i:yes)$", r"\[Aa\]"),
        (r"^(a|b)\1$", "the text of the group again"),
        (r"^a\Bb$", "characters that may come there"),
        (r"^a\b b$", "beginning and the end"),
        (r"^(^a|b$)$", "outside of the group"),
        (r"a$b", "beginning and the end"),
        (r"^(a$", "no regular expression"),
        ('^"a"$', "without that character"),
        (r"^a\nb$", "without that character"),
        (r"^a\\\\b$", "without that character"),
    ],
)
def test_what_no_grammar_can_say_is_refused_with_what_to_write(pattern, write):
    with pytest.raises(PatternError, match=write):
        safe_pattern(pattern)


ATOMS = st.sampled_from(
    [r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", r"\.", r"\-", r"\/", "a", "B", "-", "_", "é", ".",
     r"[\d_]", r"[^\w]", r"[a-c\-]", r"[^\]]", r"[]a]", r"[-x]", r"[\W\d]", r"(?:a|\d)", r"(\s|b)"]
)  # fmt: skip
REPEATS = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,2}", "*?"])
PATTERNS = st.builds(
    lambda head, parts, tail: head + "".join(a + r for a, r in parts) + tail,
    st.sampled_from(["", "^"]),
    st.lists(st.tuples(ATOMS, REPEATS), min_size=1, max_size=4),
    st.sampled_from(["", "$"]),
)


@given(PATTERNS, st.text('aAbBcx019 -_.]/é"\n\\', max_size=6))
def test_what_is_sent_matches_the_same_texts(pattern, text):
    # JSON Schema's classes are those of ASCII. What JSON escapes cannot be asked for.
    escaped = any(char in '"\\\n' for char in text)
    expected = not escaped and re.search(pattern, text, re.ASCII) is not None
    assert (re.fullmatch(safe_pattern(pattern), text) is not None) == expected


def test_only_patterns_of_the_schema_are_rewritten():
    schema: Any = {
        "type": "object",
        "properties": {
            "pattern": {"type": "string", "pattern": r"^\d$", "default": r"\d"},
            "kind": {"enum": [{"pattern": r"\d"}]},
            "rows": {"type": "array", "items": [{"anyOf": [{"pattern": r"^\w$"}]}]},
        },
        "patternProperties": {r"^x\d$": {"type": "number"}},
        "$defs": {"pattern": {"pattern": r"\s"}},
    }
    sent = safe_schema(schema)
    assert sent["properties"]["pattern"] == {
        "type": "string", "pattern": "^[0-9]$", "default": r"\d",
    }  # fmt: skip
    assert sent["properties"]["kind"] == schema["properties"]["kind"]
    assert sent["properties"]["rows"]["items"][0]["anyOf"][0]["pattern"] == "^[0-9A-Z_a-z]$"
    assert list(sent["patternProperties"]) == ["^x[0-9]$"]
    assert sent["$defs"]["pattern"]["pattern"] == f"^{ANY}*[ ]{ANY}*$"
    assert schema["properties"]["pattern"]["pattern"] == r"^\d$"


def test_a_refusal_names_the_place():
    schema = {"properties": {"year": {"pattern": r"^(?!19)\d+$"}}}
    with pytest.raises(PatternError, match=r"properties\.year: .*\(\?!"):
        safe_schema(schema)
