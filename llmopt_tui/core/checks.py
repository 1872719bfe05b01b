"""What a suggested prompt must not be. The checks reject, with a reason; they never repair."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.plain import one_line
from llmopt_tui.core.prompt import PLACEHOLDER, PromptTemplate, placeholders_in

COPIED_WORDS = 8
"""So many words in a row from an example are a copy, not a coincidence."""

GROWTH = 2.0
GROWTH_ROOM = 1500
"""A prompt may grow to `GROWTH` times the original, or by `GROWTH_ROOM` characters."""

LANGUAGE_CERTAINTY = 0.98
LANGUAGE_LENGTH = 60

_WORD = re.compile(r"[^\W_]+(?:[-'.+#&/][^\W_]+)*[+#]*")
_CHATTER_START = re.compile(
    r"""^\W*(?:
        sure\b | certainly\b | of\ course\b | absolutely\b | great\b[,!] | okay\b | ok\b[,.!]
        | thank
        | hi\b | hello\b | hey\b | dear\b | you(?:'|’)?re\ (?:right|welcome|absolutely)
        | you\ are\ (?:right|absolutely\ right)
        | let(?:'|’)?s\ (?:refine|improve|try|revise|rewrite|work)
        | here(?:'|’)?s\b | here\ (?:is|are)\b | below\ is\b
        | i(?:'|’)?(?:ve|ll|m|\ have|\ will|\ am|\ would|\ think|\ suggest|\ can)\b
        | (?:the\ |an?\ |my\ )?(?:improved|revised|updated|refined|new|better|suggested)
          \ (?:version|prompt)\b
        | \*{0,2}prompt\*{0,2}\s*:
        | gerne\b | nat(?:ü|ue)rlich\b | klar\b | hallo\b | hier\ (?:ist|sind)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_CHATTER_END = re.compile(
    r"(?:let me know|hope (?:this|that) helps|feel free|would you like|do you want me|"
    r"happy to (?:help|refine)|this (?:revised |improved |new |updated )?(?:prompt|version) "
    r"(?:is|will|should|now|provides|ensures|adds|makes))[^\n]*\s*$",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\b(?:i(?:'|’)?m sorry|i am sorry|i can(?:no|'|’)t\b|i(?:'| a)m (?:un)?able to|i won(?:'|’)t|"
    r"as an ai\b|as a language model)",
    re.IGNORECASE,
)
_OWN_WORDS = re.compile(
    r"\b(?:iterations?|scor(?:e[sd]?|ing)|feedback|interviewers?|improved_prompt|"
    r"candidate model|example id)\b",
    re.IGNORECASE,
)
_COMMON_NAMES = frozenset(
    "json xml yaml html css csv markdown utf-8 ascii english german deutsch french spanish "
    "italian i ok note important title posting description job input output task rules".split()
)


def check_suggestion(
    text: str, parent: PromptTemplate, case: Case, tried: Iterable[str]
) -> list[str]:
    """Why a text may not follow `parent` as the prompt of `case`; empty where nothing is wrong.

    `tried` are the prompts that were tested or suggested before. Reasons are full sentences, for
    the record and for asking an interviewer once more.
    """
    if not text.strip():
        return ["The suggestion is empty."]
    problems = [*_placeholder_problems(text, parent)]
    same = [_squeezed(text) == _squeezed(other) for other in (parent.text, *tried)]
    if any(same):
        problems.append(
            "The suggestion is the prompt it should improve."
            if same[0]
            else "The suggestion was tried or refused before."
        )
    problems += _chatter_problems(text, parent)
    problems += _leaks(text, parent, case)
    problems += _length_problems(text, case)
    problems += _language_problems(text, parent)
    return problems


def is_unchanged(text: str, parent: PromptTemplate) -> bool:
    """Whether a suggestion says that the prompt should stay as it is."""
    return _squeezed(text) == _squeezed(parent.text)


def _squeezed(text: str) -> str:
    return " ".join(text.split()).casefold()


def _placeholder_problems(text: str, parent: PromptTemplate) -> Iterator[str]:
    wanted, found = placeholders_in(parent.text), placeholders_in(text)
    for name in wanted - found:
        yield f"The placeholder {{{{{name}}}}} is missing."
    for name in found - wanted:
        what = "stands more often than before" if name in wanted else "is new"
        yield f"The placeholder {{{{{name}}}}} {what}."
    leftovers = PLACEHOLDER.sub("", text)
    for name in wanted:
        if re.search(rf"[{{\[<]\s*{re.escape(name)}\s*[}}\]>]", leftovers):
            yield f"The placeholder {{{{{name}}}}} also stands there in another form."


def _chatter_problems(text: str, parent: PromptTemplate) -> Iterator[str]:
    # What the parent says itself is a prompt's wording, not talk about the prompt.
    if (match := _CHATTER_START.search(text)) and not _CHATTER_START.search(parent.text):
        yield f"It begins with chatter: {one_line(text[match.start() :], 40)!r}."
    if (match := _CHATTER_END.search(text)) and not _CHATTER_END.search(parent.text):
        yield f"It ends with chatter: {one_line(match.group(), 40)!r}."
    if (match := _REFUSAL.search(text)) and not _REFUSAL.search(parent.text):
        yield f"It is a refusal: {one_line(match.group(), 40)!r}."
    known = {word.casefold() for word in _OWN_WORDS.findall(parent.text)}
    for word in sorted({w.casefold() for w in _OWN_WORDS.findall(text)} - known):
        yield f"It talks about the optimization ({word!r}): the model that answers knows of none."


def _leaks(text: str, parent: PromptTemplate, case: Case) -> Iterator[str]:
    """Facts of single examples that the parent does not have: a prompt must serve them all."""
    bare, known = PLACEHOLDER.sub(" ", text), PLACEHOLDER.sub(" ", parent.text)
    examples = case.split("train")
    words, known_words = _words(bare), set(_words(known))
    known_words.update(
        _words(f"{case.title} {case.description}"),
        *(_words(criterion.describe()) for criterion in case.criteria),
    )
    copied = _runs(words) - _runs(_words(known))
    for example in examples:
        if common := copied & _example_runs(example):
            yield f"It copies words of an example: {' '.join(min(common))!r}."
            break
    names = {
        name
        for name in _names(bare)
        if name.casefold() not in known_words and name.casefold() not in _COMMON_NAMES
    }
    counts = Counter(name for example in examples for name in names & _example_names(example))
    # What most of the examples share belongs to the task.
    facts = sorted(name for name, count in counts.items() if count * 2 <= len(examples))
    facts += _expected_phrases(bare, known, examples)
    if facts:
        shown = ", ".join(repr(one_line(fact, 30)) for fact in facts[:3])
        yield f"It holds facts of single examples: {shown}."


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _runs(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + COPIED_WORDS]) for i in range(len(words) - COPIED_WORDS + 1)}


def _texts(value: Any) -> Iterator[str]:
    """Every string inside an example's inputs or expectations."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _example_runs(example: Example) -> set[tuple[str, ...]]:
    texts = [*_texts(example.inputs), *_texts(example.expected)]
    return set().union(*(_runs(_words(text)) for text in texts))


def _names(text: str) -> set[str]:
    """Words that look like names or figures: capitalised inside a sentence, or with digits."""
    found: set[str] = set()
    for match in _WORD.finditer(text):
        word = match.group()
        before = text[: match.start()].rstrip(" \t\"'([*_`-")
        starts_sentence = not before or before[-1] in ".!?:;\n"
        digits = sum(char.isdigit() for char in word)
        if (
            digits >= 3
            or (digits and digits < len(word))
            or (
                word[0].isupper()
                and (not starts_sentence or not word[1:].islower())
                and len(word) > 1
            )
        ):
            found.add(word)
    return found


def _example_names(example: Example) -> set[str]:
    texts = [*_texts(example.inputs), *_texts(example.expected)]
    return {word for text in texts for word in _WORD.findall(text)}


def _expected_phrases(text: str, known: str, examples: tuple[Example, ...]) -> list[str]:
    """Expected answers of two and more words that stand in the text and not in its parent."""
    text, known = f" {_squeezed(text)} ", _squeezed(known)
    phrases = {
        phrase for example in examples for phrase in _texts(example.expected) if " " in phrase
    }
    return sorted(
        phrase
        for phrase in phrases
        if (wanted := _squeezed(phrase)) not in known
        and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text)
    )


def _length_problems(text: str, case: Case) -> Iterator[str]:
    original = len(case.prompt.text)
    budget = int(max(original * GROWTH, original + GROWTH_ROOM))
    if len(text) > budget:
        yield f"It is {len(text)} characters long; {budget} are allowed."


def _language_problems(text: str, parent: PromptTemplate) -> Iterator[str]:
    before, after = (PLACEHOLDER.sub(" ", t).strip() for t in (parent.text, text))
    if min(len(before), len(after)) < LANGUAGE_LENGTH:
        return
    (old, old_certainty), (new, new_certainty) = _language(before), _language(after)
    if old != new and min(old_certainty, new_certainty) >= LANGUAGE_CERTAINTY:
        yield f"It changes the language from {old} to {new}."


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _language(text: str) -> tuple[str, float]:
    language, certainty = _identifier().classify(text)
    return str(language), float(certainty)
