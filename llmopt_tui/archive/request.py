"""What a request to archive means: names and patterns, turned into things in the workspace."""

from __future__ import annotations

import difflib
import os
from collections.abc import Container, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from llmopt_tui.archive.manifest import shown
from llmopt_tui.archive.trees import names_in
from llmopt_tui.core.text.names import folder_slug

FOLDER = "archive"
_LIVE = ("prompts", "cases", "results", FOLDER, ".git", "llmopt.toml")
_SPECIAL = "*?["
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


@dataclass(frozen=True, slots=True)
class _Match:
    parts: tuple[str, ...]
    by_pattern: bool = False

    def __str__(self) -> str:
        return "/".join(self.parts)


def select(root: Path, items: Sequence[str], keep: Sequence[str]) -> Selection:
    """What of a workspace the items name, without what is kept and the workspace's own parts.

    An item is a path in the workspace; `*`, `?` and `[...]` in it match within one name, and no
    hidden one unless they say so. A thing that is called like a pattern is meant itself. Raises
    ArchiveRequestError with everything that is wrong, OSError where a folder cannot be read.
    """
    wrong: list[str] = []
    kept = {match.parts for text in keep for match in _matches(root, text, wrong)}
    moving: dict[tuple[str, ...], None] = {}
    staying: dict[str, str] = {}
    for text in items:
        for match in _matches(root, text, wrong):
            if _inside(match.parts, kept):
                staying[str(match)] = "kept"
            elif not _is_live(root, match.parts):
                moving[match.parts] = None
            elif match.by_pattern:
                staying[str(match)] = "part of the workspace"
            else:
                wrong.append(f"{shown(str(match))} is a part of the workspace that is in use")
    chosen = [parts for parts in moving if not _inside(parts[:-1], moving)]
    for path in sorted(kept):
        if _inside(path[:-1], chosen):
            wrong.append(
                f"{shown('/'.join(path))} is to be kept, and what it is in is to be moved: name "
                "what is to go one by one"
            )
    notes = _led_astray(root, chosen, wrong)
    if wrong:
        raise ArchiveRequestError(*dict.fromkeys(wrong))
    return Selection(tuple("/".join(parts) for parts in chosen), tuple(staying.items()), notes)


def name_for(items: Sequence[str]) -> str:
    """A name for an archive of these: what they begin with in common, else "items"."""
    # What is special ends the part of a pattern that is common to all it matches.
    heads = [Path(item).name for item in items]
    heads = [head[: min(map(head.find, _special_in(head)), default=len(head))] for head in heads]
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
    for parent in reversed((root / path).parents):
        if not parent.is_relative_to(root) or parent == root:
            continue
        if parent.is_symlink() or (os.path.lexists(parent) and not parent.is_dir()):
            return parent
    return None


def _matches(root: Path, text: str, wrong: list[str]) -> list[_Match]:
    """What a name or pattern means; what is wrong with it is added to `wrong`."""
    path = Path(text)
    if path.is_absolute() and path.is_relative_to(root):
        path = path.relative_to(root)
    if path.anchor or ".." in path.parts or "\0" in text:
        wrong.append(f"{shown(text)} is not in the workspace {root}")
        return []
    if not path.parts:
        wrong.append(f'"{shown(text)}" names no thing in the workspace')
        return []
    found = [_Match(())]
    for part in path.parts:
        known: list[str] = []
        following: list[_Match] = []
        for match in found:
            folder = root.joinpath(*match.parts)
            if match.parts and folder.is_symlink():
                if match.by_pattern:
                    continue
                wrong.append(f"{shown(text)} leads through the link {shown(str(match))}")
                return []
            if not folder.is_dir():
                continue
            present = names_in(folder)
            known += present
            if literal := _literal(folder, part, present):
                following.append(_Match((*match.parts, literal), match.by_pattern))
            else:
                following += [
                    _Match((*match.parts, name), True) for name in _matching(part, present)
                ]
        if not following:
            wrong.append(f"there is no {shown(text)} in {root}{_hint(path, part, known)}")
            return []
        found = following
    return found


def _literal(folder: Path, name: str, present: Sequence[str]) -> str:
    """The name as the folder has it, where something answers to it; else ""."""
    if name in present:
        return name
    if os.path.lexists(folder / name):  # a file system to which other spellings are the same
        status = (folder / name).lstat()
        for other in present:
            if os.path.samestat(status, (folder / other).lstat()):
                return other
    return ""


def _matching(pattern: str, present: Sequence[str]) -> list[str]:
    return [
        name
        for name in present
        if fnmatchcase(name, pattern) and (pattern.startswith(".") or not name.startswith("."))
    ]


def _hint(path: Path, part: str, known: Sequence[str]) -> str:
    longer = [name for name in known if name.startswith(part)]
    if longer and part == path.parts[-1]:
        return f'; "{shown(path.as_posix())}*" means the {len(longer)} that begin so'
    near = difflib.get_close_matches(part.rstrip(_SPECIAL), known, n=3)
    return f"; did you mean {', '.join(map(shown, near))}?" if near else ""


def _special_in(text: str) -> list[str]:
    return [char for char in _SPECIAL if char in text]


def _inside(parts: tuple[str, ...], others: Container[tuple[str, ...]]) -> bool:
    """Whether a path is one of the others or in one of them."""
    return any(parts[:n] in others for n in range(1, len(parts) + 1))


def _is_live(root: Path, parts: tuple[str, ...]) -> bool:
    if parts[0] in _LIVE:
        return True
    status = (root / parts[0]).lstat()
    return any(
        os.path.samestat(status, (root / name).lstat())
        for name in _LIVE
        if os.path.lexists(root / name)
    )


def _led_astray(root: Path, moving: Sequence[tuple[str, ...]], wrong: list[str]) -> tuple[str, ...]:
    """Notes about links in the workspace that lead into what is to be moved.

    Where such a link is a part of the workspace that is in use, that is wrong.
    """
    places = {parts: Path(os.path.realpath(root)).joinpath(*parts) for parts in moving}
    notes = []
    for name in names_in(root):
        link = root / name
        if (name,) in places or not link.is_symlink():
            continue
        target = Path(os.path.realpath(link))
        if held := next((p for p, place in places.items() if target.is_relative_to(place)), None):
            into = shown("/".join(held))
            if name in _LIVE:
                wrong.append(f"{into} is in use: {name} is a link that leads into it")
            else:
                notes.append(f"the link {shown(name)} will lead nowhere: it leads into {into}")
    return tuple(notes)
