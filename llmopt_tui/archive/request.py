"""What a request to archive means: names and patterns, turned into things in the workspace."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from llmopt_tui.archive.manifest import leads_away, shown
from llmopt_tui.archive.trees import names_in
from llmopt_tui.core.text.names import folder_slug

FOLDER = "archive"
_LIVE = ("prompts", "cases", "results", FOLDER, ".git", "llmopt.toml")
_SPECIAL = re.compile(r"[*?\[]")
_SEPARATORS = "_-. "
_SHORTEST_NAME = 3
_LONGEST_NAME = 50


class ArchiveRequestError(Exception):
    """The request is wrong; every line is one thing that is, and what to do about it."""

    def __init__(self, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Selection:
    """What is to be moved, as paths in the workspace, and what matched but stays, with why."""

    moving: tuple[str, ...]
    staying: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


def select(root: Path, items: Sequence[str], keep: Sequence[str]) -> Selection:
    """What of a workspace the items name, without what is kept and the workspace's own parts.

    An item is a path in the workspace; `*`, `?` and `[...]` in it match within one name, and no
    hidden one unless they say so. A thing that is called like a pattern is meant itself. Raises
    ArchiveRequestError with everything that is wrong, OSError where a folder cannot be read.
    """
    wrong: list[str] = []
    kept = {path for text in keep for path in _matches(root, text, wrong)}
    moving: dict[PurePosixPath, None] = {}
    staying: dict[str, str] = {}
    for text in items:
        for path in _matches(root, text, wrong):
            if _is_in(path, kept):
                staying[str(path)] = "kept"
            elif not any(_same(root / path.parts[0], root / live) for live in _LIVE):
                moving[path] = None
            elif _SPECIAL.search(text):
                staying[str(path)] = "part of the workspace"
            else:
                wrong.append(f"{shown(str(path))} is a part of the workspace that is in use")
    chosen = [path for path in moving if not _is_in(path.parent, moving)]
    wrong += [
        f"{shown(str(path))} is to be kept, and what it is in is to be moved: name what is to go "
        "one by one"
        for path in sorted(kept)
        if _is_in(path.parent, chosen)
    ]
    notes = _led_astray(root, chosen, wrong)
    if wrong:
        raise ArchiveRequestError(*dict.fromkeys(wrong))
    return Selection(tuple(map(str, chosen)), tuple(staying.items()), notes)


def name_for(items: Sequence[str]) -> str:
    """A name for an archive of these: what they begin with in common, else "items"."""
    # A special character ends the part of a pattern that is common to all it matches.
    heads = [_SPECIAL.split(Path(item).name)[0] for item in items]
    common = os.path.commonprefix(heads)  # noqa: RUF071 (characters are what is meant)
    if common not in heads and (cut := max(map(common.rfind, _SEPARATORS))) > 0:
        common = common[:cut]
    short = len(common.strip(_SEPARATORS)) < _SHORTEST_NAME and len(set(heads)) > 1
    return clean_name("" if short else common)


def clean_name(name: str) -> str:
    """The name as the beginning of a folder's name; "items" where nothing of it can be used."""
    slug = folder_slug(name.strip())[:_LONGEST_NAME].strip(_SEPARATORS)
    return slug or "items"


def obstacle(root: Path, path: str) -> Path | None:
    """What on the way to a path in a folder is a link or no folder; None for a free way.

    What is not there is no obstacle.
    """
    for parent in reversed(PurePosixPath(path).parents[:-1]):
        place = root / parent
        if place.is_symlink() or (os.path.lexists(place) and not place.is_dir()):
            return place
    return None


def _matches(root: Path, text: str, wrong: list[str]) -> list[PurePosixPath]:
    """The paths that a name or pattern means; what is wrong with it is added to `wrong`."""
    typed = Path(text)
    path = typed.relative_to(root) if typed.is_relative_to(root) else typed
    if leads_away(str(path)):
        wrong.append(f"{shown(text)} is not in the workspace {root}")
        return []
    if not path.parts:
        wrong.append(f'"{shown(text)}" names no thing in the workspace')
        return []
    found = [PurePosixPath()]
    for part in path.parts:
        folders = [at for at in found if at == PurePosixPath() or not (root / at).is_symlink()]
        known = [
            folder / name
            for folder in folders
            if (root / folder).is_dir()
            for name in names_in(root / folder)
        ]
        # A file system may answer to other spellings of a name than the one that it lists.
        found = (
            [place for place in known if place.name == part]
            or [place for place in known if _same(root / place, (root / place).with_name(part))]
            or [place for place in known if _fits(place.name, part)]
        )
        if not found:
            through = obstacle(root, path.as_posix())
            wrong.append(
                f"{shown(text)} leads through the link {shown(str(through.relative_to(root)))}"
                if through and through.is_symlink()
                else f"there is no {shown(text)} in {root}{_hint(path, part, known)}"
            )
            return []
    return found


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and (pattern.startswith(".") or not name.startswith("."))


def _same(place: Path, other: Path) -> bool:
    """Whether two paths lead to the same thing, as they may where case does not matter."""
    return os.path.lexists(other) and os.path.samestat(place.lstat(), other.lstat())


def _hint(path: Path, part: str, known: Sequence[PurePosixPath]) -> str:
    names = [place.name for place in known]
    longer = sum(name.startswith(part) for name in names)
    if longer and part == path.parts[-1]:
        return f'; "{shown(path.as_posix())}*" means the {longer} that begin so'
    near = difflib.get_close_matches(part.rstrip("*?["), names, n=3)
    return f"; did you mean {', '.join(map(shown, near))}?" if near else ""


def _is_in(path: PurePosixPath, others: Container[PurePosixPath]) -> bool:
    """Whether a path is one of the others or in one of them."""
    return path in others or any(parent in others for parent in path.parents)


def _led_astray(root: Path, moving: Sequence[PurePosixPath], wrong: list[str]) -> tuple[str, ...]:
    """Notes about links in the workspace that lead into what is to be moved.

    Where such a link is a part of the workspace that is in use, that is wrong.
    """
    real, notes = Path(os.path.realpath(root)), []
    for name in names_in(root):
        link = root / name
        if PurePosixPath(name) in moving or not link.is_symlink():
            continue
        target = Path(os.path.realpath(link))
        if held := next((path for path in moving if target.is_relative_to(real / path)), None):
            into = shown(str(held))
            if name in _LIVE:
                wrong.append(f"{into} is in use: {name} is a link that leads into it")
            else:
                notes.append(f"the link {shown(name)} will lead nowhere: it leads into {into}")
    return tuple(notes)
