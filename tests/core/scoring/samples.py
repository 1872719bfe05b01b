"""Criteria of every kind with an example that suits them, and texts that break naive readers."""

import json
from typing import Any

from hypothesis import strategies as st

from llmopt_tui.core.scoring import CRITERIA, AwaitedCriterion

INPUTS = {"posting": "We want Java, SQL, Kafka and Kubernetes. Nurse wanted, 42 beds."}
EXPECTED = {
    "skills": ["Java", "SQL", "Kafka"],
    "optional": ["Kubernetes"],
    "fields": {"name": "Ann", "age": 42, "tags": ["a", "b"]},
    "terms": ["Java", "nurse", "42 beds"],
    "reference": "The nurse looks after 42 beds.",
    "contains": ["Java"],
    "not_contains": ["Cobol"],
    "answer": "42",
}
SCHEMA = {
    "type": "object",
    "required": ["skills"],
    "properties": {
        "skills": {"type": "array", "uniqueItems": True, "items": {"pattern": "^(a|a)*$"}}
    },
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "json_schema": {"schema": SCHEMA},
    "length": {"min": 2, "max": 20},
    "structure": {"min_sentences": 1, "max_sentences": 2},
    "regex": {"pattern": r"(a|a)*b"},
    "choice": {"labels": ("42", "high", "very high")},
}
AWAITED = {kind for kind, made in CRITERIA.items() if issubclass(made, AwaitedCriterion)}
"""The kinds that ask a model, which have tests of their own."""
EVERY_KIND = {
    kind: made(**PARAMETERS.get(kind, {})) for kind, made in CRITERIA.items() if kind not in AWAITED
}

MEGABYTE = 1_000_000
JUNK = {
    "letters": "a" * MEGABYTE,
    "words": "nurse java " * (MEGABYTE // 11),
    "spaces": " " * MEGABYTE,
    "lines": "\n" * MEGABYTE + "x",
    "blank lines": "a\n\n" * (MEGABYTE // 3),
    "stops": "x" + "." * MEGABYTE + "y",
    "spaced stops": "x . " * (MEGABYTE // 4),
    "initials": "J. " * (MEGABYTE // 3),
    "abbreviations": "z.B. e.g. " * (MEGABYTE // 10),
    "ordinals": "am 3. " * (MEGABYTE // 6),
    "label lines": "Duties:\n" * (MEGABYTE // 8),
    "bold openings": "a **b " * (MEGABYTE // 6),
    "quotes after a stop": "." + '"' * MEGABYTE + "x",
    "open lists": "[" * MEGABYTE,
    "open objects": '{"a":' * (MEGABYTE // 5),
    "unquoted objects": "{a: b c, " * (MEGABYTE // 9),
    "cut-off texts": '["a", "b' * (MEGABYTE // 8),
    "fences": "```json\n{" * (MEGABYTE // 9),
    "blanks": "[Your {{x <A_B " * (MEGABYTE // 15),
    "list entries": "- a\n" * (MEGABYTE // 4),
    "bold": "**" * (MEGABYTE // 2),
    "underscores": "_" * MEGABYTE + "x",
    "table": "|" * MEGABYTE,
    "digits": "9" * MEGABYTE,
    "grouped digits": "1,234" * (MEGABYTE // 5),
    "capitals": "ABC DEF " * (MEGABYTE // 8),
    "exclamations": "!" * MEGABYTE,
    "apostrophes": "a'" * (MEGABYTE // 2),
    "emoji": "🚀" * (MEGABYTE // 4),
    "one huge entry": json.dumps({"skills": ["nurse " * (MEGABYTE // 6)]}),
    "huge list": json.dumps({"skills": [f"skill {n}" for n in range(60_000)]}),
    "long list": json.dumps({"skills": [f"Kafka skill {n} {'x' * 30}" for n in range(4_900)]}),
    "list of objects": json.dumps({"skills": [{}] * 4_900}),
    "ligatures": "ﷺ" * (MEGABYTE // 3),
    "marks": "a" + "\u0301\u0316" * (MEGABYTE // 2),
    "chinese": "漢字" * (MEGABYTE // 2),
    "chinese between spaces": "漢 " * (MEGABYTE // 2),
    "thai": "วันนี้" * (MEGABYTE // 6),
    "labels": "not high or very high, " * (MEGABYTE // 23),
    "fractions": "3 1/2 " * (MEGABYTE // 6),
    "curly quotes": "{“a”: ‘b’, " * (MEGABYTE // 11),
    "every character": "".join(map(chr, range(0x20, 0xD800))) * (MEGABYTE // 0xD800),
}
ODD = {
    "empty": "",
    "blank": " \n\t ",
    "lone surrogate": 'a \ud800 ["\ud800"]',
    "escaped surrogate": '{"skills": ["\\ud800", "Java"]}',
    "nul": "a\x00b\x1b[31m",
    "deep list": "[" * 100_000,
    "deep list, closed": "[" * 500 + "]" * 500,
    "deep objects in a list": '{"skills": ' * 300 + "1" + "}" * 300,
    "not a number": '{"skills": [NaN, Infinity, -Infinity]}',
    "too large a float": '{"skills": [1e999]}',
    "giant integer": '{"skills": [' + "9" * 5000 + "]}",
    "large integer": '{"name": ' + "9" * 4000 + "}",
    "double keys": '{"skills": ["Java"], "skills": []}',
    "wrong types": '{"skills": {"a": [1, null, true, [], {}]}}',
    "mixed list": '{"skills": [1, null, true, [], {}, ["x"], {"name": 3}, {"name": "Java"}]}',
    "only signs": '{"skills": ["", " ", "+", "#", ".", "..", "C++", "()"]}',
    "byte order mark": '\ufeff{"skills": ["Java"]}',
    "right to left": "\u202eabc\u202c مرحبا",
    "null": "null",
    "number": "42",
}
JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["skills", "name", "age", "tags"]), inner, max_size=3)
    ),
    max_leaves=12,
)
ANY_CHARACTERS = st.text(st.characters(), max_size=200)
PIECES = st.lists(
    st.sampled_from(
        [
            "Sure, here is ", "Java", "nurse", " ", ". ", "! ", "\n", "\n\n", "- ", "```", "json\n",
            '{"skills": [', '"Java"', ", ", "]}", "[Name]", "{{x}}", "**", "Note: ", "e.g. ", "3. ",
            "1,234.5", "42", "I'm ", "AMAZING ", "🚀", '"', "(", ")", "\ud800", "\x00", "'", "…",
        ]
    ),
    max_size=25,
).map("".join)  # fmt: skip
ANY_TEXT = ANY_CHARACTERS | PIECES | JSONISH.map(json.dumps)
