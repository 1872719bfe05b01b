"""Faults of form in prose that should be the answer alone: a function finds each kind.

Every search is bounded or linear: text of any size is searched in well under a second.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from llmopt_tui.core.scoring.sentences import list_items, sentences, words
from llmopt_tui.core.scoring.wording import counted, quoted

_HEAD, _TAIL = 400, 600
_NGRAM = 5
_LOOP_WORDS = 40
_LOOP_SHARE = 0.6

_SUBJECT = (
    r"(?:description|summary|version|text|response|answer|list|json|prompt|paragraph|draft|output|"
    r"overview|result|skills|beschreibung|zusammenfassung|kurzbeschreibung|stellenbeschreibung|"
    r"fassung|antwort|liste|entwurf|überblick|ergebnis)"
)
_PREAMBLE = re.compile(
    rf"""\W{{0,5}}(?:
        (?:sure(?:\ thing)?|certainly|of\ course|absolutely|okay|ok|great(?:\ question)?|no\ problem
          |klar|gerne?|natürlich|selbstverständlich|sicher)(?:[,!.:…—]|\ -)
        | (?:sure|certainly|okay|klar|gerne)\s+(?:here|i|hier|ich)\b
        | (?:here(?:['’]s|\ is|\ are)|below\ (?:is|are)
          |hier\ (?:ist|sind|kommt|finden\ sie)|im\ folgenden|nachfolgend)
          \b(?:[^\n.!?]{{0,80}}:|[^\n.!?:]{{0,60}}\b{_SUBJECT}\b)
        # A job may begin with "This is ...", too: only the answer itself is announced here.
        | (?:this\ is|the\ following\ is|dies(?:es)?\ ist)\ (?:the|an?|your|my|die|eine?)\s
          (?:[\w-]+\s){{0,2}}{_SUBJECT}(?:\s(?:of|for|based|in|für|von|der|des)\b|\s*[.:,!\n])
        | as\ requested\b | wie\ gewünscht
        | as\ an\ ai(?:,|\ (?:language\ )?(?:model|assistant))
        | based\ on\ (?:the|your)\ (?:given\ |provided\ |above\ )?
          (?:job\ )?(?:posting|text|information|description|input|details)\b
        | i(?:['’]ve|['’]ll|\ have|\ will)\ (?:now\ )?
          (?:write|written|create|created|prepare|prepared|draft|drafted|summari[sz]ed?|extract)
        | ich\ habe\b[^\n.!?]{{0,60}}\b(?:erstellt|geschrieben|verfasst|zusammengefasst)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LABEL = re.compile(
    r"[\s*_#\"“]{0,5}"
    rf"(?:(?:[^\W\d_][\w-]{{0,20}}\s){{0,3}}{_SUBJECT}"
    r"|(?:[^\W\d_][\w-]{0,20}\s)?(?:title|role|position|stelle|titel))"
    r"[*_ \t]{0,3}:",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    rf"""(?:
        \blet\ me\ know\b | \bhope\ (?:this|that|it)\ helps\b | \bi\ hope\ (?:this|that|you)\b
        | \bfeel\ free\ to\ (?:ask|reach|adjust|modify|edit|customi[sz]e|change|let)\b
        | \bwould\ you\ like\ me\ to\b | \bis\ there\ anything\ else\b | \bi\ can\ also\b
        | \bif\ you\ (?:need|want|have|would\ like|['’]d\ like)\b[^\n.!?]{{0,40}}
          \b(?:adjust|change|revis|modif|anything\ else)
        | (?:^|(?<=[.!?]\ ))(?:please\ )?note(?:\ that\ i\b|:)
        | \bnote\ that\ (?:this|the)\ (?:[\w-]+\ )?{_SUBJECT}\b
        | \bword\ count\b | \(\d+\ words?\)\W*\Z
        | \blassen\ sie\ (?:es\ )?mich\b | \bich\ hoffe\b | \bmöchten\ sie,?\ dass\ ich\b
        | \bhinweis:\ | \bfalls\ sie\b[^\n.!?]{{0,40}}\b(?:änder|anpass|wünsch)
        | \bgern(?:e)?\ passe\ ich\b
    )[^\n]*""",
    re.IGNORECASE | re.VERBOSE,
)
_HEADING = re.compile(
    r"^[ \t]{0,3}#{1,6}[ \t]+\S[^\n]{0,80}"
    r"|^[ \t]{0,3}(?:\*\*|__)[^*_\n]{1,80}(?:\*\*|__):?[ \t]*$"
    r"|^[^\W_][^\n]{0,80}\n(?:={3,}|-{3,})[ \t]*$"
    r"|^[ \t]{0,3}[^\W\d_][^\n.!?:]{0,40}:[ \t]*\n(?!\s*[-*•\d])",
    re.MULTILINE,
)
_TITLE = re.compile(r"([^\W_][^\n]{0,80}[^\s.!?…:;,\"”’)])[ \t]*\n[ \t]*\n\s*+(?=\S)")
_TABLE = re.compile(r"^[ \t]{0,3}\|[^\n|]{0,200}\|", re.MULTILINE)
_BOLD = re.compile(r"(?<![\w*])\*\*(?=[^\s*])[^*\n]{1,80}(?<=\S)\*\*(?![\w*])")
_FENCE = re.compile(r"^[ \t]{0,3}(?:```|~~~)", re.MULTILINE)
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "»": "«", "'": "'", "‘": "’"}
_BLANK = re.compile(
    r"\{\{[^{}\n]{1,60}\}\}"
    r"|\[[^\W\d_][^\[\]\n]{1,60}\](?!\()"
    r"|(?<!\w)<(?:[A-Z][A-Z0-9_ -]{2,40}|[A-Za-z]+(?:[ _][A-Za-z]+){1,5})>"
    r"|(?<!_)_{4,}+|\bX{3,}+\b|\bTBD\b|\blorem ipsum\b"
)


def preamble(text: str) -> str:
    """An introduction before the answer; empty if there is none."""
    head = text[:_HEAD].lstrip()
    if not _PREAMBLE.match(head):
        return ""
    return f"begins with a preamble: {quoted(head.splitlines()[0])}"


def label(text: str) -> str:
    """A label before the answer, such as "Description:"; empty if there is none."""
    match = _LABEL.match(text[:_HEAD].lstrip())
    return f"begins with a label: {quoted(match.group().strip())}" if match else ""


def closing(text: str) -> str:
    """A remark to the reader after the answer; empty if there is none."""
    tail = " ".join(sentences(text[-_TAIL:])[-2:])
    match = _CLOSING.search(tail)
    return f"ends with a remark: {quoted(match.group())}" if match else ""


def fence(text: str) -> str:
    """A code fence; empty if there is none."""
    return "is in a code fence" if _FENCE.search(text) else ""


def quotation(text: str) -> str:
    """Quotation marks around the whole text; empty if there are none."""
    close = _QUOTES.get(text[0]) if len(text) > 1 else None
    whole = close is not None and text[-1] == close and close not in text[1:-1]
    return "is in quotation marks" if whole else ""


def listing(text: str) -> str:
    """A list or a table; empty if there is neither. A single numbered line is not a list."""
    if _TABLE.search(text):
        return "holds a table"
    items = list_items(text)
    bulleted = bool(re.match(r"[ \t]*+[-*•][ \t]", text))
    return f"holds a list of {counted(items, 'entry', 'entries')}" if items > 1 or bulleted else ""


def markup(text: str) -> str:
    """Bold words within a line; empty if there are none."""
    match = _BOLD.search(_HEADING.sub("", text))
    return f"holds Markdown: {quoted(match.group().strip())}" if match else ""


def heading(text: str) -> str:
    """A heading; empty if there is none. A short line without a stop above sentences is one."""
    match = _HEADING.search(text)
    if match:
        return f"has a heading: {quoted(match.group().strip())}"
    title = _TITLE.match(text)
    # Where the next text has no stop either, the writer simply leaves stops out.
    stopped = title is not None and text[-1] in ".!?…)"
    if title and stopped and len(words(title.group(1))) <= 8 and not list_items(title.group(1)):
        return f"has a heading: {quoted(title.group(1))}"
    return ""


def leftover(text: str, given: Iterable[str]) -> str:
    """A blank that is not filled in and is in no input; empty if there is none."""
    known = "\n".join(given)
    blanks = dict.fromkeys(m.group() for m in _BLANK.finditer(text) if m.group() not in known)
    if not blanks:
        return ""
    first = next(iter(blanks))
    more = f" and {len(blanks) - 1} more" if len(blanks) > 1 else ""
    return f"leaves a blank: {quoted(first)}{more}"


def repetition(found: list[str]) -> str:
    """A sentence said twice, or words that repeat in a loop; empty if there is neither."""
    counts = Counter(" ".join(words(sentence.casefold())) for sentence in found)
    for sentence, count in counts.items():
        if count > 1 and sentence.count(" ") >= 2:
            return f"says the same {count} times: {quoted(sentence)}"
    said = [word.casefold() for sentence in found for word in words(sentence)]
    if len(said) < _LOOP_WORDS:
        return ""
    grams = list(zip(*(said[i:] for i in range(_NGRAM)), strict=False))
    if len(set(grams)) < _LOOP_SHARE * len(grams):
        loop, _ = Counter(grams).most_common(1)[0]
        return f"goes round in a loop: {quoted(' '.join(loop))}"
    return ""
