"""Failure modes: the fixed words in `Verdict.mode` by which failures are grouped and counted."""

from typing import Final

# Of any output
EMPTY: Final = "empty"  # nothing was written
UNUSABLE_CASE: Final = "unusable case"  # the example lacks what the criterion compares with
BROKEN_CRITERION: Final = "broken criterion"  # the criterion failed, not the answer

# Of JSON
INVALID_JSON: Final = "invalid json"  # no JSON, or JSON that only a lenient reader understands
CODE_FENCE: Final = "code fence"  # the answer is between ``` marks
EXTRA_TEXT: Final = "extra text"  # words around the answer, or more words than the answer needs
WRONG_SHAPE: Final = "wrong shape"  # JSON, but not the keys or types that were asked for

# Of lists and fields
MISSING_ITEMS: Final = "missing items"  # entries or fields that were expected and are not there
WRONG_ITEMS: Final = "wrong items"  # entries that the input holds but nobody asked for
UNSUPPORTED: Final = "unsupported items"  # entries that the input does not hold at all
DUPLICATES: Final = "duplicates"  # entries said twice
WRONG_VALUES: Final = "wrong values"  # fields that are there with another value

# Of prose
TOO_LONG: Final = "too long"
TOO_SHORT: Final = "too short"
PREAMBLE: Final = "preamble"  # "Here is ..." before the answer
CLOSING: Final = "closing remark"  # "Let me know if ..." after it
LABEL: Final = "label"  # "Description:" before it
QUOTED: Final = "quoted"  # quotation marks around the whole of it
LEFTOVER: Final = "leftover blank"  # "[Your Name]", "{{x}}"
LIST: Final = "list"  # or a table
HEADING: Final = "heading"
MARKUP: Final = "markup"  # bold words within a line
REPETITION: Final = "repetition"  # a sentence said twice, words in a loop
UNPROFESSIONAL: Final = "unprofessional"
MISSING_CONTENT: Final = "missing content"  # part of what had to be said is not said
OFF_TOPIC: Final = "off topic"  # next to nothing of it is said

# Of answers that are right or wrong
FORBIDDEN: Final = "forbidden text"
PATTERN: Final = "pattern not met"  # or it took too long to tell
WRONG_ANSWER: Final = "wrong answer"

# Of answers that somebody has read
BELOW_RUBRIC: Final = "below the rubric"  # a judge gave it less than the best score
MARKED_DOWN: Final = "marked down"  # a person gave it less than the best score
