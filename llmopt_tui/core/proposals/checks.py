"""Checks of a suggested prompt. They reject it with a reason; they never repair it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from llmopt_tui.core.case import Case
from llmopt_tui.core.prompt import PLACEHOLDER, Prompt, placeholders_in
from llmopt_tui.core.proposals.leaks import copied_words, leaked_facts
from llmopt_tui.core.text.plain import one_line

GROWTH = 2.0
GROWTH_ROOM = 1500
"""A prompt may grow to `GROWTH` times the original, or by `GROWTH_ROOM` characters."""

SHRINKAGE = 0.25
"""The share of the parent's words that a suggestion must keep in number."""

LANGUAGE_CERTAINTY = 0.98
LANGUAGE_LENGTH = 60

_PROMPT_WORD = r"(?:prompts?|versions?|instructions?|wording)"
_BETTER = r"(?:improved|revised|updated|refined|rewritten|reworked|optimi[sz]ed|better|suggested)"
_CHATTER_START = re.compile(
    rf"""^\W*(?:
        (?:sure|certainly|absolutely|great|okay|ok|alright|understood|got\ it)\b\W
        | of\ course\b | thank | (?:hi|hello|hey)\b
        | (?:you(?:'|’)re|you\ are)\ (?:absolutely\ |completely\ )?(?:right|welcome|correct)\b
        | let(?:'|’)?s\ (?:refine|improve|revise|rewrite|rework|try|adjust|update)
        | (?:here(?:'|’)?s|here\ (?:is|are)|below\ is|this\ is)\ (?:(?:the|an?|my|your|one)\ )?
          (?:(?:new|final|possible|more\ \w+)\ )?(?:{_BETTER}|{_PROMPT_WORD}\b)
        | i(?:(?:'|’)?(?:ve|ll|d|m)|\ have|\ will|\ would|\ can|\ am)?\ (?:also\ |now\ )?
          (?:improv|revis|refin|updat|rewr|rework|modif|adjust|adapt|suggest|recommend|propos|
          think|believe|understand|chang|made|add|apologi)
        | (?:the\ |an?\ |my\ )?(?:new\ )?{_BETTER}\ {_PROMPT_WORD}\b
        | (?:the\ |my\ )?new\ {_PROMPT_WORD}\b
        | prompt\s*(?:\([^)\n]*\)\s*)?\**\s*:
        | (?:gerne|nat(?:ü|ue)rlich|klar|hallo|bien\ s(?:û|u)r|claro|por\ supuesto|certo)\b\W
        | (?:hier\ (?:ist|sind)|voici|aqu(?:í|i)\ (?:est(?:á|a)|tienes)|ecco)\ (?:\w+\ ){{0,3}}
          (?:prompt|version|anweisung)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_CHATTER_LINE = re.compile(
    rf"""^\W*(?:
        (?:(?:key|main|summary\ of(?:\ the)?)\ )?(?:changes|improvements|modifications)
          (?:\ (?:made|i\ made))?\W*$
        | what(?:\ i(?:'ve)?)?\ changed\b
        | why\ (?:this|it|the\ \w+\ {_PROMPT_WORD})\ (?:works|helps|is\ better|should|will)\b
        | (?:explanation|rationale|reasoning)\ (?:for|of|behind)\ (?:the|this|these|my)\b
        | (?:the|this)\ (?:new\ |{_BETTER}\ )?(?:prompt|version)
          \ (?:is|will|should|now|provides|ensures|adds|makes|includes|addresses|clarifies)\b
        | (?:i\ )?(?:also\ )?hope\ (?:this|that)\b
        | (?:please\ )?let\ me\ know\b
        | feel\ free\ to\ (?:ask|adjust|modify|change|use|tweak|let)\b
        | (?:would\ you\ like|do\ you\ want)\ me\b
        | i(?:(?:'|’)m|\ am)\ happy\ to\b
    )""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_REFUSAL = re.compile(
    r"(?:^|[.!\n]\s{0,9})(?:(?:i(?:'|’)m|i am)(?: very)? sorry|sorry,|i apologi[sz]e|"
    r"(?:unfortunately, )?i (?:can(?:not|'t|’t)|am (?:unable|not able)|won(?:'|’)t)\b|"
    r"as an ai\b[^,.\n]{0,30}, i\b|as a (?:large )?language model)",
    re.IGNORECASE,
)
# Each alternative has its stem as a group: where the task uses the word, a prompt may too.
_OWN_WORDS = re.compile(
    rf"""\b(?:(iteration)s?|(scor)(?:es?|ed|ing)|(feedback)|(interviewer)s?|(improved_prompt)
    |(placeholder)s?|(candidate\ model)s?|(example\ id)s?|(optimi[sz]ation)
    |((?:previous|original|earlier|current|{_BETTER})\ prompt))\b""",
    re.IGNORECASE | re.VERBOSE,
)
_WRAPPING = re.compile(r"</?(?:improved_)?prompt>", re.IGNORECASE)
_ESCAPED = re.compile(r'\\[n"]')
_TAG = re.compile(r"</?[\w:-]+>")


def check_suggestion(text: str, parent: Prompt, case: Case, tried: Iterable[str]) -> list[str]:
    """The reasons why a text may not replace `parent` as the prompt of `case`; empty without any.

    `tried` are the prompts that were tested or suggested before. Reasons are full sentences, for
    the record and for asking an interviewer again.
    """
    if not any(char.isalnum() for char in text):
        return ["The suggestion is empty."]
    problems = [*_placeholder_problems(text, parent), *_locked_problems(text, parent)]
    if too_long := [*_length_problems(text, parent, case)]:
        return problems + too_long
    if is_unchanged(text, parent):
        problems.append("The suggestion is the prompt it should improve.")
    elif _squeezed(text) in {_squeezed(other) for other in tried}:
        problems.append("The suggestion was tried or refused before.")
    problems += _chatter_problems(text, parent, case)
    problems += _form_problems(text, parent)
    problems += _leaks(text, parent, case)
    problems += _language_problems(text, parent)
    return problems


def is_unchanged(text: str, parent: Prompt) -> bool:
    """Whether a suggestion is the parent's text, white space and case aside."""
    return _squeezed(text) == _squeezed(parent.text)


def _squeezed(text: str) -> str:
    return " ".join(text.split()).casefold()


def _bare(text: str) -> str:
    return PLACEHOLDER.sub(" ", text)


def _placeholder_problems(text: str, parent: Prompt) -> Iterator[str]:
    wanted, found = placeholders_in(parent.text), placeholders_in(text)
    for name in wanted - found:
        yield f"The placeholder {{{{{name}}}}} is missing."
    for name in found - wanted:
        what = "occurs more often than before" if name in wanted else "is new"
        yield f"The placeholder {{{{{name}}}}} {what}."
    for name in wanted:
        if _in_other_form(name, text) and not _in_other_form(name, parent.text):
            yield f"The placeholder {{{{{name}}}}} is also written in another form."
        elif _alone(name, parent.text) and name in found and not _apart(name, text):
            yield (
                f"The placeholder {{{{{name}}}}} is inside a sentence. "
                "It has to stay on a line of its own: a long text takes its place."
            )
    if "{{" in PLACEHOLDER.sub("", text) and "{{" not in PLACEHOLDER.sub("", parent.text):
        yield "Double braces are for placeholders only."


def _locked_problems(text: str, parent: Prompt) -> Iterator[str]:
    for part in parent.locked:
        if part not in text:
            yield f"A locked part is changed or missing: {one_line(part, 60)!r}."


def _in_other_form(name: str, text: str) -> bool:
    leftovers, word = PLACEHOLDER.sub("", text), re.escape(name)
    # A pair of tags around the input is a good way to mark it.
    tagged = re.search(rf"<{word}>.*?</{word}>", text, re.DOTALL)
    return (
        re.search(rf"[{{\[]\s*{word}\s*[}}\]]|[$%]{word}\b", leftovers) is not None
        or (tagged is None and re.search(rf"<\s*{word}\s*>", leftovers) is not None)
        or f"{{{{{{{name}}}}}}}" in text
    )


def _lines_around(name: str, text: str) -> list[tuple[str, str]]:
    """The text before and after a placeholder on each of its lines, without tags."""
    places = []
    for line in text.splitlines():
        before, found, after = line.partition(f"{{{{{name}}}}}")
        if found:
            places.append((_TAG.sub("", before).strip(), _TAG.sub("", after).strip()))
    return places


def _alone(name: str, text: str) -> bool:
    return all(not before and not after for before, after in _lines_around(name, text))


def _apart(name: str, text: str) -> bool:
    """Whether the placeholder's lines hold nothing else but a label."""
    return all(
        not before[-1:].isalnum() and not any(char.isalnum() for char in after)
        for before, after in _lines_around(name, text)
    )


def _chatter_problems(text: str, parent: Prompt, case: Case) -> Iterator[str]:
    # A phrase that the parent has too is part of the prompt, not talk about the prompt.
    if (match := _CHATTER_START.search(text)) and not _CHATTER_START.search(parent.text):
        yield f"It begins with chatter: {one_line(text[match.start() :], 40)!r}."
    if (match := _CHATTER_LINE.search(text)) and not _CHATTER_LINE.search(parent.text):
        yield f"It holds chatter about the prompt: {one_line(match.group(), 40)!r}."
    if (match := _REFUSAL.search(text)) and not _REFUSAL.search(parent.text):
        yield f"It is a refusal: {one_line(match.group().strip('.! '), 40)!r}."
    task = " ".join([parent.text, *_about(case)]).casefold()
    own = {
        match.group().casefold()
        for match in _OWN_WORDS.finditer(text)
        if match.group(match.lastindex or 0).casefold() not in task
    }
    for word in sorted(own):
        yield f"It talks about the optimization ({word!r}): the model that answers knows of none."


def _about(case: Case) -> list[str]:
    return [case.title, case.description, *(criterion.describe() for criterion in case.criteria)]


def _form_problems(text: str, parent: Prompt) -> Iterator[str]:
    if _WRAPPING.search(text) and not _WRAPPING.search(parent.text):
        yield "It holds the tags that belong around it."
    if len(_ESCAPED.findall(text)) > len(_ESCAPED.findall(parent.text)) + 1:
        yield "It is escaped: line ends and quotes are written as codes."
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t" for char in text):
        yield "It holds characters that are no text."


def _leaks(text: str, parent: Prompt, case: Case) -> Iterator[str]:
    """The problem of facts of single examples in a text: a prompt must serve all examples."""
    bare, known = _bare(text), " ".join([_bare(parent.text), *_about(case)])
    examples = case.split("train")
    if copied := copied_words(bare, known, examples):
        yield f"It copies words of an example: {one_line(copied)!r}."
    facts = leaked_facts(bare, known, examples)
    if facts and _language(_bare(parent.text))[0] == "de":
        facts = leaked_facts(bare, known, examples, nouns_capitalised=True)
    if facts:
        shown = ", ".join(repr(one_line(fact, 30)) for fact in facts[:3])
        yield f"It holds facts of single examples: {shown}."


def _length_problems(text: str, parent: Prompt, case: Case) -> Iterator[str]:
    original = len(case.prompt.text)
    budget = int(max(original * GROWTH, original + GROWTH_ROOM))
    if len(text) > budget:
        yield f"It is {len(text)} characters long; {budget} are allowed."
    if len(_bare(text).split()) < SHRINKAGE * len(_bare(parent.text).split()):
        yield "Most of the prompt is gone."


def _language_problems(text: str, parent: Prompt) -> Iterator[str]:
    before, after = _bare(parent.text).strip(), _bare(text).strip()
    words, known = _squeezed(after).split(), set(_squeezed(before).split())
    # Where most words stay, so does the language: the language identifier need not be loaded.
    kept = sum(word in known for word in words) * 2 > len(words)
    if kept or min(len(before), len(after)) < LANGUAGE_LENGTH:
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
