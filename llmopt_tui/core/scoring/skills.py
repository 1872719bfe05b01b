"""The `skills` criterion: one-to-one matching of a list against an expected list."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Literal

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.base import Criterion, Verdict
from llmopt_tui.core.scoring.json_output import explain
from llmopt_tui.core.scoring.reading_json import at_path, read_json
from llmopt_tui.core.scoring.wording import listing

FUZZY_FROM = 5
"""Words shorter than this must match exactly: Go is not Git, and R is not C."""

ALIKE = 88.0
DICE = 0.6
MOST_ITEMS = 300

ALIASES: Mapping[str, str] = {
    "js": "javascript",
    "ts": "typescript",
    "k8s": "kubernetes",
    "postgres": "postgresql",
    "node": "node.js",
    "nodejs": "node.js",
    "reactjs": "react",
    "react.js": "react",
    "vuejs": "vue.js",
    "vue": "vue.js",
    "golang": "go",
    "csharp": "c#",
    "c sharp": "c#",
    "cpp": "c++",
    "dotnet": ".net",
    "aws": "amazon web services",
    "gcp": "google cloud platform",
    "google cloud": "google cloud platform",
    "ms excel": "excel",
    "microsoft excel": "excel",
    "ms office": "microsoft office",
    "powerpoint": "microsoft powerpoint",
    "ci cd": "continuous integration",
    "ml": "machine learning",
    "nlp": "natural language processing",
    "cad": "computer aided design",
}

_PUNCTUATION = re.compile(r"[^\w+#.\s]|_|(?<!\w)\.(?!\w)|\.(?=\s|$)")


@lru_cache(maxsize=8192)
def normalise_skill(text: str) -> str:
    """Compatibility form, folded, without punctuation except + # and inner or leading dots."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_PUNCTUATION.sub(" ", folded).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Skills(Criterion):
    """F1 of the list at `path` against `expected.skills`.

    Entries of `expected.optional` are neither rewarded nor punished. `matching` is "fuzzy" (for
    names) or "overlap" (for annotated phrases whose borders vary). `aliases` adds to `ALIASES`.
    """

    kind: ClassVar[str] = "skills"
    path: str = "skills"
    matching: Literal["fuzzy", "overlap"] = "fuzzy"
    aliases: Mapping[str, str] = field(default_factory=dict)

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        reading = read_json(output)
        if not reading.found:
            return explain(reading, output)
        _, value = at_path(reading.value, self.path)
        if value is None and isinstance(reading.value, list):
            value = reading.value
        if not isinstance(value, list):
            return Verdict(0.0, f"there is no list under {self.path!r}", modes.WRONG_SHAPE)
        entries = [entry for entry in value if isinstance(entry, str) and entry.strip()]
        entries, misfits = entries[:MOST_ITEMS], len(value) - len(entries)
        found = list(dict.fromkeys(self._key(entry) for entry in entries))
        found = [key for key in found if key]
        duplicates = len([e for e in entries if self._key(e)]) - len(found)
        named = {self._key(entry): entry for entry in reversed(entries)}
        wanted = {self._key(text): text for text in _strings(expected.get("skills"))}
        optional = {self._key(text): text for text in _strings(expected.get("optional"))}

        matches = self._match(found, list(wanted))
        rest = [key for key in found if key not in matches]
        tolerated = self._match(rest, list(optional))
        extra = [named[key] for key in rest if key not in tolerated]
        missing = [text for key, text in wanted.items() if key not in matches.values()]
        hits = len(matches)
        wrong = len(extra) + misfits
        if not wanted:
            score = 1.0 if not wrong else 0.0
        else:
            score = 2 * hits / (2 * hits + wrong + len(missing))
        return self._verdict(score, hits, wanted, extra, missing, duplicates, misfits, inputs)

    def _verdict(
        self,
        score: float,
        hits: int,
        wanted: Mapping[str, str],
        extra: Sequence[str],
        missing: Sequence[str],
        duplicates: int,
        misfits: int,
        inputs: Mapping[str, str],
    ) -> Verdict:
        if score == 1.0:
            return Verdict(1.0, f"all {len(wanted)} expected skills, nothing else")
        posting = normalise_skill(" ".join(inputs.values()))
        invented = [entry for entry in extra if normalise_skill(entry) not in posting]
        parts = []
        if missing:
            parts.append(
                f"{len(missing)} of {len(wanted)} expected skills missing: {listing(missing)}"
            )
        if extra:
            parts.append(f"{len(extra)} not expected: {listing(extra)}")
        if invented:
            parts.append(f"{len(invented)} not in the input: {listing(invented, 3)}")
        if duplicates:
            parts.append(f"{duplicates} duplicates")
        if misfits:
            parts.append(f"{misfits} entries are no text")
        precision = hits / (hits + len(extra) + misfits) if hits else 0.0
        recall = hits / len(wanted) if wanted else 1.0
        parts.append(f"precision {precision:.2f}, recall {recall:.2f}")
        wrong = len(extra) + misfits
        mode = modes.MISSING_ITEMS if len(missing) >= wrong else modes.WRONG_ITEMS
        if invented and 2 * len(invented) >= max(wrong, len(missing)):
            mode = modes.UNSUPPORTED
        return Verdict(score, "; ".join(parts), mode)

    def _key(self, text: str) -> str:
        key = normalise_skill(text)
        own = {normalise_skill(k): normalise_skill(v) for k, v in self.aliases.items()}
        return own.get(key) or ALIASES.get(key, key)

    def _match(self, found: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
        """Pairs found -> wanted, each used once: the most alike first, in a fixed order."""
        pairs = {key: key for key in found if key in set(wanted)}
        left = [key for key in found if key not in pairs]
        open_ = [key for key in wanted if key not in pairs.values()]
        alike = _overlap if self.matching == "overlap" else _alike
        rated = [
            (-likeness, one, other)
            for one in left
            for other in open_
            if (likeness := alike(one, other)) > 0
        ]
        taken: set[str] = set()
        for _, one, other in sorted(rated):
            if one not in pairs and other not in taken:
                pairs[one] = other
                taken.add(other)
        return pairs

    def describe(self) -> str:
        """See `Criterion.describe`."""
        return (
            f"the list under {self.path!r} holds every skill that the input names, each once, and "
            "nothing else"
        )

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """See `Criterion.problems`."""
        problems = []
        if "skills" not in expected:
            problems.append("expected.skills is missing")
        for key in ("skills", "optional"):
            value = expected.get(key, [])
            if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
                problems.append(f"expected.{key} must be a list of texts")
        return problems


def _strings(value: Any) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list | tuple) else []


def _alike(one: str, other: str) -> float:
    """Likeness from `ALIKE` up to 100, else 0. Short words and signs must be equal."""
    from rapidfuzz import fuzz

    if not _same_exact_words(one, other):
        return 0.0
    likeness = max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other))
    return likeness if likeness >= ALIKE else 0.0


def _same_exact_words(one: str, other: str) -> bool:
    return _exact_words(one) == _exact_words(other)


def _exact_words(text: str) -> list[str]:
    return sorted(w for w in text.split() if len(w) < FUZZY_FROM or not w.isalpha())


def _overlap(one: str, other: str) -> float:
    """Dice coefficient of the words, 0 below `DICE`."""
    a, b = set(one.split()), set(other.split())
    dice = 2 * len(a & b) / (len(a) + len(b))
    return dice if dice >= DICE else 0.0
