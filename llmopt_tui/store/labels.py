"""The labels of sessions and suites, kept in a small file beside what they are about.

They are no part of the journal: they say nothing of what happened, and a person may change them at
any time. A session's are in its folder; a suite's are beside its document.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from llmopt_tui.core.text.plain import one_line

FILE_NAME = "labels.json"
_SUITE_PREFIX = "labels_"
_NAME_CHARS = 80
_TAG_CHARS = 30
_MOST_TAGS = 12


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a person calls a session or suite; the empty one is that of most."""

    name: str = ""
    tags: tuple[str, ...] = ()
    pinned: bool = False


def labels_file(place: Path) -> Path:
    """The file with the labels of a session's folder or of a suite's document."""
    if place.suffix == ".json":
        return place.with_name(f"{_SUITE_PREFIX}{place.name}")
    return place / FILE_NAME


def read_labels(place: Path) -> Labelled:
    """The labels of a session's folder or of a suite's document. Never raises."""
    file = labels_file(place)
    if not os.path.isfile(file):  # noqa: PTH113 - it never raises
        return Labelled()
    from llmopt_tui.state.documents.labels import Labels
    from llmopt_tui.store.reading import read_document

    found = read_document(file, Labels)
    return Labelled(clean_name(found.name), clean_tags(found.tags), found.pinned)


def write_labels(place: Path, labels: Labelled) -> None:
    """Keep the labels; empty ones take the file away. Raises OSError."""
    from llmopt_tui.state.documents.labels import Labels
    from llmopt_tui.store.atomic import write_json

    file = labels_file(place)
    if labels == Labelled():
        file.unlink(missing_ok=True)
    else:
        write_json(file, Labels(name=labels.name, tags=labels.tags, pinned=labels.pinned))


def clean_name(text: str) -> str:
    """A name as it is kept: one line of at most 80 characters."""
    return one_line(text, _NAME_CHARS).strip()


def clean_tags(words: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Tags as they are kept: short words without "#", each once, twelve at most."""
    short = (one_line(word, _TAG_CHARS).strip().lstrip("#") for word in words)
    return tuple(dict.fromkeys(word for word in short if word))[:_MOST_TAGS]
