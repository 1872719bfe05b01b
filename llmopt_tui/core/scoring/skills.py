"""The `skills` criterion: a list matched one to one against the expected list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.answer_form import under
from llmopt_tui.core.scoring.base import Criterion, Verdict
from llmopt_tui.core.scoring.expecting import list_problems, texts, unusable
from llmopt_tui.core.scoring.json_output import json_under, unreadable
from llmopt_tui.core.scoring.reading_json import at_path, read_json
from llmopt_tui.core.scoring.registry import criterion
from llmopt_tui.core.scoring.rules import exact_shape
from llmopt_tui.core.scoring.similar_words import content_words, stems
from llmopt_tui.core.scoring.skill_matching import Matching, matched
from llmopt_tui.core.scoring.skill_names import (
    LONGEST_NAME,
    normal_name,
    spellings,
)
from llmopt_tui.core.scoring.wording import counted, listed, quoted

MISSHAPEN = 0.5
"""The factor for a list that is in the wrong place or has the wrong form."""

_SEPARATOR = re.compile(r"[,;\n]")
_NAME_KEYS = ("name", "skill", "title")


@criterion("skills")
class Skills(Criterion):
    """F1 of the list at `path` against `expected.skills`.

    F1 = 2 hits / (entries + expected skills), where each entry matches at most one skill and each
    skill at most one entry. Entries that match `expected.optional` neither add nor cost score; a
    repeated entry counts as a wrong one. A list elsewhere in the reply, or in another form, counts
    half.

    `matching`: "fuzzy" for names, "overlap" for phrases whose borders vary (words in common).
    `aliases` are other names of entries: {"ALS" = "Advanced Life Support"}; the built-in table
    (`skill_names.ALIASES`) is used too.
    """

    rules = (exact_shape(lambda criterion: under(criterion.path, '["first", "second", "third"]')),)
    path: str = "skills"
    matching: Matching = "fuzzy"
    aliases: dict[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Refuse an unknown matching and empty aliases."""
        super().__post_init__()
        if self.matching not in {"fuzzy", "overlap"}:
            raise ValueError(f"matching must be 'fuzzy' or 'overlap', not {self.matching!r}")
        for name, other in self.aliases.items():
            if not normal_name(name) or not normal_name(other):
                raise ValueError(f"aliases: {name!r} = {other!r} names nothing")

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        if problems := self.problems(expected):
            return unusable(problems[0])
        reading = read_json(output, self._fit)
        if not reading.found:
            return unreadable(reading, output)
        entries, shape = _entries(reading.value, self.path)
        if entries is None:
            return Verdict(0.0, f"there is no list under {quoted(self.path)}", modes.WRONG_SHAPE)
        result = self._compare(
            entries, texts(expected, "skills"), texts(expected, "optional"), inputs
        )
        score = result.f1 * (MISSHAPEN if shape else 1.0)
        if score == 1.0:
            return Verdict(1.0, "every expected skill is there, once, and nothing else")
        mode = modes.WRONG_SHAPE if shape and result.f1 > MISSHAPEN else result.mode
        return Verdict(score, "; ".join([*shape, *result.faults()]), mode)

    def _fit(self, value: Any) -> float:
        there, found = at_path(value, self.path)
        return 1.0 if there and isinstance(found, list) else 0.5 if _lists(value) else 0.1

    def _compare(
        self,
        entries: Sequence[str],
        skills: Sequence[str],
        optional: Sequence[str],
        inputs: Mapping[str, str],
    ) -> _Result:
        aliases = {normal_name(name): normal_name(other) for name, other in self.aliases.items()}
        read = [(entry, spellings(entry, aliases)) for entry in entries]
        # Sorted by their words, because the order of a list must not matter.
        distinct = {forms[:1]: (entry, forms) for entry, forms in sorted(read, reverse=True)}
        counts = Counter(forms[:1] for _, forms in read)
        names = [entry for entry, _ in distinct.values()]
        found = [forms for _, forms in distinct.values()]
        asked = {spellings(skill, aliases): skill for skill in reversed(skills)}
        wanted = list(reversed(asked))
        hits = matched(found, wanted, self.matching)
        rest = [index for index in range(len(found)) if index not in hits]
        tolerated = matched(
            [found[index] for index in rest],
            [spellings(name, aliases) for name in optional],
            self.matching,
        )
        extra = sorted(names[index] for n, index in enumerate(rest) if n not in tolerated)
        said = set(stems(" ".join(inputs.values())))
        # Without inputs an entry can neither be supported nor be unsupported.
        supported = [entry for entry in extra if not said or _supported(entry, said)]
        unsupported = sorted({*extra} - {*supported})
        hit = set(hits.values())
        return _Result(
            expected=len(wanted),
            hits=len(hits),
            missing=[asked[forms] for i, forms in enumerate(wanted) if i not in hit],
            unsupported=unsupported,
            unasked=supported,
            repeated=sorted(distinct[key][0] for key, count in counts.items() if count > 1),
            repeats=sum(counts.values()) - len(counts),
        )

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        where = f"under {quoted(self.path)} " if self.path else ""
        return (
            f"a JSON list {where}of every skill that the input asks for, each once, and of nothing "
            "that it does not ask for"
        )

    def ideal_answer(self, expected: Mapping[str, Any]) -> str | None:
        """An answer that meets the demand, or None; see `Criterion.ideal_answer`."""
        return json_under(self.path, list(texts(expected, "skills")))

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """The faults of an example's `expected`; see `Criterion.problems`."""
        return [
            *list_problems(expected, "skills", filled=False),
            *list_problems(expected, "optional", needed=False, filled=False),
        ]


@dataclass(frozen=True, slots=True)
class _Result:
    """How a list compares with the expected one."""

    expected: int
    hits: int
    missing: Sequence[str]
    unsupported: Sequence[str]
    unasked: Sequence[str]
    repeated: Sequence[str]
    repeats: int

    @property
    def wrong(self) -> int:
        """How many entries should not be in the list."""
        return len(self.unsupported) + len(self.unasked) + self.repeats

    @property
    def f1(self) -> float:
        """The F1 score; 1 where nothing was expected and the list is empty."""
        total = 2 * self.hits + self.wrong + len(self.missing)
        return 2 * self.hits / total if total else 1.0

    @property
    def mode(self) -> str:
        """The failure mode that costs most: missing skills, or the commonest wrong kind."""
        if len(self.missing) >= self.wrong:
            return modes.MISSING_ITEMS
        costs = {
            modes.UNSUPPORTED: len(self.unsupported),
            modes.WRONG_ITEMS: len(self.unasked),
            modes.DUPLICATES: self.repeats,
        }
        return max(costs, key=lambda mode: costs[mode])

    def faults(self) -> Iterator[str]:
        """The faults of the list, a part of a sentence for each; empty where there are none."""
        if self.missing:
            skills = counted(self.expected, "expected skill")
            yield f"{len(self.missing)} of {skills} missing: {listed(self.missing)}"
        if self.unsupported:
            yield f"{len(self.unsupported)} not in the input: {listed(self.unsupported)}"
        if self.unasked:
            yield f"{len(self.unasked)} in the input but not asked for: {listed(self.unasked)}"
        if self.repeated:
            yield f"{counted(self.repeats, 'duplicate')}: {listed(self.repeated)}"
        if self.f1 < 1:
            said = self.hits + self.wrong
            precision = self.hits / said if said else 0.0
            recall = self.hits / self.expected if self.expected else 1.0
            yield f"precision {precision:.2f}, recall {recall:.2f}, F1 {self.f1:.2f}"


def _entries(value: Any, path: str) -> tuple[list[str] | None, list[str]]:
    """The list that was asked for, as texts, and the faults of its place or form.

    The list is None where the value has none at all.
    """
    shape = []
    there, found = at_path(value, path)
    if not there or not isinstance(found, list | str):
        lists = _lists(value)
        if len(lists) != 1:
            return None, []
        found = lists[0]
        shape.append(f"the list is not under {quoted(path)}")
    if isinstance(found, str):
        shape.append(f"{quoted(path)} is a text instead of a list")
        found = _SEPARATOR.split(found)
    entries = [_entry_text(entry) for entry in found]
    if any(not isinstance(entry, str) for entry in found):
        shape.append("not every entry is a text")
    # An empty text names no skill, so it is neither right nor wrong.
    return [entry for entry in entries if normal_name(entry)], shape


def _lists(value: Any) -> list[list[Any]]:
    """The lists in a value, which may be a list itself."""
    if isinstance(value, dict):
        return [part for part in value.values() if isinstance(part, list)]
    return [value] if isinstance(value, list) else []


def _entry_text(entry: Any) -> str:
    if isinstance(entry, dict):
        named = (entry[key] for key in _NAME_KEYS if isinstance(entry.get(key), str))
        first = next((part for part in entry.values() if isinstance(part, str)), "")
        return next(named, first) or "{…}"
    if isinstance(entry, list):
        return ", ".join(part for part in entry if isinstance(part, str)) or "[…]"
    return entry if isinstance(entry, str) else str(entry)


def _supported(entry: str, said: set[str]) -> bool:
    """Whether the input holds every word of an entry that has a meaning."""
    words = content_words(entry[:LONGEST_NAME])
    return bool(words) and words.keys() <= said
