"""Model names: whether two mean the same model, what a name tells, and its folder's name."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SLUG_CHARS = 80
_LONGEST = 200
_SHORTEST_START = 3
_MOST_SLIPS = 2
_LETTERS_A_SLIP = 4
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def normalise_name(name: str) -> str:
    """The name as a listing shows it: trimmed, without the default registry, with its tag.

    A name without a tag means `:latest`; a colon before the last slash is a port, not a tag.
    Upper and lower case stay.
    """
    name = name.strip()
    for prefix in ("registry.ollama.ai/", "library/"):
        if name.casefold().startswith(prefix):
            name = name[len(prefix) :]
    has_tag = name.rfind(":") > name.rfind("/")
    return name if has_tag or not name else f"{name}:latest"


def same_model(one: str, other: str) -> bool:
    """Whether a server that has one of the names answers to the other. Case does not matter."""
    return normalise_name(one).casefold() == normalise_name(other).casefold()


def is_cloud(name: str) -> bool:
    """Whether the model runs at a hosted service: its tag is `cloud` or ends with `-cloud`."""
    tag = normalise_name(name).casefold().rpartition(":")[2]
    return tag == "cloud" or tag.endswith("-cloud")


def find_name(name: str, known: Iterable[str]) -> str | None:
    """The name among `known` that means the same model, an identical one first."""
    names = list(known)
    if name in names:
        return name
    return next((candidate for candidate in names if same_model(name, candidate)), None)


def near_names(name: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """The names among `known` that someone who typed `name` may have meant, nearest first.

    First the same model under another tag or registry, then those whose names begin with what was
    typed, then those that differ by a slip of the finger. A name that only resembles is none.
    """
    ranked = [(rank, candidate) for candidate in known if (rank := _distance(name, candidate))]
    # The sort is stable: among equally near names, the server's order decides.
    return [candidate for _, candidate in sorted(ranked, key=lambda pair: pair[0])][:limit]


def folder_slug(name: str) -> str:
    """The name as a part of a folder's name, safe on every file system.

    Every character outside `A-Za-z0-9._-` becomes `_`, and at most 80 characters stay. The result
    is never empty, never only dots, never ends in a dot, and is not a device name of Windows.
    Different names may share a slug: the true name is kept elsewhere.
    """
    slug = _UNSAFE.sub("_", name)[:_SLUG_CHARS]
    if slug.endswith("."):
        slug = slug[:-1] + "_"
    if _DEVICE.fullmatch(slug):
        slug = f"_{slug}"[:_SLUG_CHARS]
    return slug or "_"


def _family(name: str) -> str:
    """The name without registry, namespace and tag, in lower case."""
    return normalise_name(name).casefold().rpartition("/")[2].partition(":")[0]


def _distance(name: str, candidate: str) -> int:
    """How far a known name is from the typed one, 1 and up; 0 where it is not near at all."""
    typed, family = _family(name[:_LONGEST]), _family(candidate)
    if not typed or not family:
        return 0
    if typed == family:
        return 1
    if len(typed) >= _SHORTEST_START and family.startswith(typed):
        return 2
    from rapidfuzz.distance import OSA

    slips = int(OSA.distance(typed, family))
    most = min(_MOST_SLIPS, len(typed) // _LETTERS_A_SLIP)
    return 2 + slips if slips <= most else 0
