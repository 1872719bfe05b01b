"""A report laid out to be read: our own forms only, and nothing of a model's text in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.reports.markdown import bullets, fenced, inline, quoted, table
from llmopt_tui.tui.report_lines import report_lines
from tests.nasty import NASTY

REPORT = """\
# Concise description with gemma3n

**Held out:** 0.40 → 0.60 on 24 examples.\\
**How sure:** REAL.

| iteration | score | prompt |
| --- | ---: | --- |
| 1 | 0.42 | original |
| 12 | 0.7 | [best](<session_a_b/best.toml>) |

- one \\*thing\\*
> said

```diff
-old | line
+new
```
"""


def shown(report: str, width: int = 80) -> list[str]:
    return [line.text for line in report_lines(report, width)]


def test_headings_tables_lists_and_changes_are_laid_out() -> None:
    lines = report_lines(REPORT, 80)
    assert [line.text for line in lines if line.text] == [
        "Concise description with gemma3n",
        "Held out: 0.40 → 0.60 on 24 examples.",
        "How sure: REAL.",
        "iteration  score  prompt",
        "1           0.42  original",
        "12           0.7  best",
        "• one *thing*",
        "  said",
        "  -old | line",
        "  +new",
    ]
    kinds = {line.text.strip(): line.kind for line in lines}
    assert kinds["Concise description with gemma3n"] == "report--heading"
    assert (kinds["-old | line"], kinds["+new"]) == ("report--removed", "report--added")


def test_a_table_that_does_not_fit_is_read_row_by_row() -> None:
    assert [line for line in shown(REPORT, 20) if line][3:7] == [
        "iteration 1",
        "  score: 0.42",
        "  prompt: original",
        "iteration 12",
    ]


@given(st.sampled_from(NASTY) | st.text(), st.integers(10, 120))
def test_what_models_wrote_is_shown_as_it_is(text: str, width: int) -> None:
    """Each text comes out as the words that were put in, whatever they look like."""
    line = inline(text, 400)
    said = inline(text, 400).replace("\\", "")
    (bullet,) = shown(bullets([text]), width)
    assert bullet.replace("\\", "") == f"• {inline(text, 600)}".replace("\\", "")
    found = shown(table(["a", "b"], [[line, "x"]]), 2000)
    assert found[1].replace("\\", "").rstrip().removesuffix("x").rstrip() == said.rstrip()
    assert all(each.startswith("  ") for each in shown(fenced(text))[:-1])
    assert all(each.startswith("  ") or not each for each in shown(quoted(text)))
