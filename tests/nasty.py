"""Text that a model, a file or a server may send, and that must stay text wherever it is shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

NASTY: list[str] = [
    # markup of Rich and Textual
    "[bold red]not bold[/bold red]",
    "[/]",
    "[link=https://example.org]here[/link]",
    "[@click=app.quit]quit[/]",
    "[red",
    "]] [[ [/nothing]",
    "\\[escaped\\]",
    ":warning: :skull:",
    # escapes and control characters
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\",
    "\x1b[2J\x1b[H",
    "\x1b[6n\x1b[?1049h\x1b[?2026h",
    "\x1bPq#0;2;0;0;0\x1b\\ \x1b_Gf=100;AAAA\x1b\\ \x1b^pm\x1b\\ \x1bc",
    "\x9d0;title\x9c \x90q\x9c",
    "\x9b31m",
    "before\x00after",
    "\x07\x08\x0b\x0c\x7f",
    "over\rwritten",
    "windows\r\nlines\r\n",
    "tab\tand\ttab",
    "next\x85line\u2028line\u2029paragraph",
    # direction, width, invisibility
    "\u202egnp.exe",
    "\u2066isolated\u2069",
    "zero\u200bwidth\u200djoin\ufeff",
    "e\u0301\u0323\u0302" * 20,
    "👩‍👩‍👧‍👦 🏳️‍🌈",
    "全角文字とカタカナ",
    "\U000e0041\U000e0042 tags",
    # broken Unicode
    "\ud800",
    "half a pair \udc00 in text",
    "\ufffe\uffff",
    # Markdown and HTML
    "# heading\n\n- list\n1. one\n> quote\n\n---\n",
    "```\nfence\n```\n````\nlonger\n````",
    "~~~\ntilde\n~~~",
    "`code` ``two`` ```three",
    "![image](https://example.org/x.png) [link](javascript:alert(1))",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!-- comment",
    "&lt;b&gt; &amp; &#x3c;",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "https://example.org www.example.org someone@example.org",
    "[ref]: https://example.org 'title'",
    "===\n",
    "    indented code",
    "ends with a backslash \\",
    "*a* _b_ **c** ~~d~~ $x$",
    # templates, formats, paths
    "{{posting}} {{ }} {0} {x!r} %s %(x)s ${HOME} $(id) `id`",
    "../../../etc/passwd",
    "/etc/passwd",
    "C:\\Windows\\con",
    "con",
    "..",
    ".",
    "~root",
    "-rf",
    'a/b:c*d?e"f<g>h|i',
    "NUL.txt",
    "COM1:latest",
    "ends with dots...",
    "ends with a space ",
    "\u00e9" * 300,
    # queries and documents
    "'; DROP TABLE sessions; --",
    'NEAR("a" b*, 3) AND NOT c : d OR ^e - "f""',
    "100% _ like\\",
    '""" \'\'\' \\" = [table] # toml',
    '"}], {"json": [null, 1e999, "\\u0000"',
    '=HYPERLINK("https://example.org") +1 @x',
    # emptiness and size
    "",
    " ",
    "\n\n\n",
    "x" * 20_000,
    "word " * 4_000,
    "\n".join(f"line {n}" for n in range(500)),
]
"""Each entry is one string; together they hold every kind of trouble."""


def acted_on(text: str) -> set[str]:
    """The characters that a terminal would act on instead of showing them, line ends aside.

    A joiner between two parts of an emoji is a part of what it shows.
    """
    around = f" {text} "
    return {
        char
        for place, char in enumerate(text)
        if char != "\n"
        and unicodedata.category(char) in {"Cc", "Cf", "Cs"}
        and not (char == "\u200d" and _is_emoji(around[place]) and _is_emoji(around[place + 2]))
    }


def _is_emoji(char: str) -> bool:
    return char == "\ufe0f" or unicodedata.category(char) == "So"


def bunches(texts: Iterable[str] = NASTY, most: int = 300) -> list[str]:
    """The texts, cut to `most` characters and joined by a space up to that length.

    For a screen that shows its words in several places: drawing it costs far more than what is
    tested, and the widgets that it is made of are tested with every string alone.
    """
    found = [""]
    for text in texts:
        joined = f"{found[-1]} {text[:most]}"
        if len(joined) > most:
            found.append(text[:most])
        else:
            found[-1] = joined
    return found


@contextmanager
def naming(text: str) -> Iterator[None]:
    """Add to a failure inside which string it came with."""
    try:
        yield
    except Exception as error:
        error.add_note(f"with the string {ascii(text)[:100]}")
        raise
