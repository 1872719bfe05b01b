"""An archive's manifest: what was moved, from where and why, as JSON and as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Literal, TypeVar, get_args

from llmopt_tui.archive.trees import Disk, Entry, Kind
from llmopt_tui.core.text.plain import visible
from llmopt_tui.core.version import __version__
from llmopt_tui.reports.markdown import inline, quoted, table
from llmopt_tui.store.values import json_text

JSON_NAME = "manifest.json"
MARKDOWN_NAME = "manifest.md"
ITEMS = "items"
_VERSION = 1
_LONGEST_PATH = 5000

State = Literal["archiving", "archived", "restoring", "restored", "partly_restored"]
"""`archiving` and `restoring` are written before the first move and stand until the last."""

_STATES: dict[str, State] = {state: state for state in get_args(State)}
_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}

T = TypeVar("T")


class ManifestError(Exception):
    """A manifest cannot be read, or does not say what it has to. The message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is archived, with all that it holds, as it was in the workspace.

    `source` is its path in the workspace, with slashes; `entries` begins with itself. `copied`
    says that a proved copy stands, or is about to, at the new place: the old one may go.
    """

    source: str
    entries: tuple[Entry, ...]
    copied: bool = False

    @property
    def kind(self) -> Kind:
        """What it is itself."""
        return self.entries[0].kind

    @property
    def files(self) -> int:
        """How many files it holds."""
        return sum(entry.kind == "file" for entry in self.entries)

    @property
    def size(self) -> int:
        """The bytes of its files."""
        return sum(entry.size for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds and how far moving it has come.

    `asked` and `kept` are the request as it was typed. `unknown` is what another version wrote.
    """

    name: str
    state: State
    why: str
    asked: tuple[str, ...]
    kept: tuple[str, ...]
    workspace: str
    created_at: datetime
    changed_at: datetime
    items: tuple[Item, ...]
    unknown: Mapping[str, Any] = field(default_factory=dict)


def write_manifest(folder: Path, manifest: Manifest, disk: Disk) -> None:
    """Write both forms, the one that programs go by first. Raises OSError."""
    disk.write(folder / JSON_NAME, json_text(_document(folder.name, manifest)))
    disk.write(folder / MARKDOWN_NAME, markdown(folder.name, manifest))


def read_manifest(folder: Path) -> Manifest:
    """The manifest in an archive's folder. Raises ManifestError.

    It is strict about paths: whatever it says, nothing outside the workspace is moved.
    """
    try:
        document = json.loads((folder / JSON_NAME).read_bytes())
        return _manifest(document)
    except FileNotFoundError:
        raise ManifestError(f"there is no {JSON_NAME}") from None
    except OSError as error:
        raise ManifestError(f"{JSON_NAME} cannot be read: {error.strerror or error}") from error
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError) as error:
        raise ManifestError(f"{JSON_NAME} is damaged: {error}") from error


def shown(name: str) -> str:
    """A name from outside on one line, whatever is in it."""
    return visible(name.replace("\n", "\u240a").replace("\t", "\u2409"))


def state_text(state: State) -> str:
    """A state as a word for people."""
    return state.replace("_", " ").capitalize()


def size_text(size: int) -> str:
    """Bytes as people read them: "12 bytes", "3.4 MB"."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} byte{'' if size == 1 else 's'}"


def markdown(identity: str, manifest: Manifest) -> str:
    """The manifest for people."""
    items = [
        (_cell(item.source), item.kind, str(item.files), size_text(item.size))
        for item in manifest.items
    ]
    things = [
        (
            _cell(_joined(item.source, entry.path)),
            entry.kind,
            str(entry.size) if entry.kind == "file" else "",
            f"to {_cell(entry.target)}" if entry.kind == "link" else entry.sha256,
        )
        for item in manifest.items
        for entry in item.entries
    ]
    kept = f"; kept: {_listed(manifest.kept)}" if manifest.kept else ""
    parts = (
        f"# Archive {_cell(identity)}",
        f"**{state_text(manifest.state)}** ({manifest.changed_at:%Y-%m-%d %H:%M:%S%z}). Made "
        f"{manifest.created_at:%Y-%m-%d %H:%M:%S%z} from {_cell(manifest.workspace)}.",
        f"Asked for: {_listed(manifest.asked)}{kept}.",
        *(("Why:", quoted(manifest.why)) if manifest.why.strip() else ()),
        *_next_steps(identity, manifest.state),
        "## What was moved",
        table(("from", "kind", "files:", "size:"), items),
        "## All that it holds",
        table(("from", "kind", "bytes:", "SHA-256, or where a link leads"), things),
    )
    return "\n\n".join(parts) + "\n"


def _next_steps(identity: str, state: State) -> list[str]:
    """Paragraphs about where things are and what can be done."""
    if state == "restored":
        return ["What was moved is back where it came from; this is the record of it."]
    steps = [f"What was moved stands in {ITEMS}/ under the path that it had. To bring it back:"]
    steps.append(f"    llmopt-tui archive --restore {identity}")
    if state in ("archiving", "restoring"):
        steps.append("Moving it was not finished. To go on with that:")
        steps.append(f"    llmopt-tui archive --finish {identity}")
    return steps


def _cell(name: str) -> str:
    return inline(shown(name), _LONGEST_PATH)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(_cell, names))


def _joined(source: str, path: str) -> str:
    return f"{source}/{path}" if path else source


def _document(identity: str, manifest: Manifest) -> dict[str, Any]:
    known = {
        "schema_version": _VERSION,
        "archive_id": identity,
        "name": manifest.name,
        "state": manifest.state,
        "why": manifest.why,
        "asked": manifest.asked,
        "kept": manifest.kept,
        "workspace": manifest.workspace,
        "program": __version__,
        "created_at": manifest.created_at,
        "changed_at": manifest.changed_at,
        "items": [_item_document(item) for item in manifest.items],
    }
    return known | {key: value for key, value in manifest.unknown.items() if key not in known}


def _item_document(item: Item) -> dict[str, Any]:
    return {
        "from": item.source,
        "path": f"{ITEMS}/{item.source}",
        "kind": item.kind,
        "files": item.files,
        "size": item.size,
        "copied": item.copied,
        "entries": [_entry_document(item.source, entry) for entry in item.entries],
    }


def _entry_document(source: str, entry: Entry) -> dict[str, Any]:
    origin = _joined(source, entry.path)
    document: dict[str, Any] = {
        "from": origin,
        "path": f"{ITEMS}/{origin}",
        "kind": entry.kind,
        "mode": f"{entry.mode:04o}",
        "mtime_ns": entry.mtime_ns,
    }
    if entry.kind == "file":
        document |= {"size": entry.size, "sha256": entry.sha256}
    if entry.kind == "link":
        document |= {"target": entry.target}
    return document


def _manifest(document: Any) -> Manifest:
    if _get(document, "schema_version", int) > _VERSION:
        raise ValueError("a newer program wrote it")
    if (state := _STATES.get(_get(document, "state", str))) is None:
        raise ValueError("it is in no known state")
    manifest = Manifest(
        name=_get(document, "name", str),
        state=state,
        why=_get(document, "why", str),
        asked=tuple(map(str, _get(document, "asked", list))),
        kept=tuple(map(str, _get(document, "kept", list))),
        workspace=_get(document, "workspace", str),
        created_at=datetime.fromisoformat(_get(document, "created_at", str)),
        changed_at=datetime.fromisoformat(_get(document, "changed_at", str)),
        items=tuple(map(_item, _get(document, "items", list))),
        unknown=document,
    )
    sources = [item.source for item in manifest.items]
    if len(set(sources)) != len(sources):
        raise ValueError("an item stands in it twice")
    return manifest


def _item(document: Any) -> Item:
    source = _get(document, "from", str)
    path = PurePosixPath(source)
    # As `Path` reads it too: a drive or a backslash leads away on some systems.
    if str(path) != source or ".." in Path(source).parts or Path(source).anchor or "\0" in source:
        raise ValueError(f'"{shown(source)}" is no path in a workspace')
    if path == PurePosixPath():
        raise ValueError("an item is the workspace itself")
    entries = tuple(_entry(source, entry) for entry in _get(document, "entries", list))
    if not entries or entries[0].path:
        raise ValueError(f'"{shown(source)}" lacks its own entry')
    return Item(source, entries, _get(document, "copied", bool))


def _entry(source: str, document: Any) -> Entry:
    origin = _get(document, "from", str)
    if origin != source and not origin.startswith(f"{source}/"):
        raise ValueError(f'"{shown(origin)}" is not in "{shown(source)}"')
    if (kind := _KINDS.get(_get(document, "kind", str))) is None:
        raise ValueError(f'"{shown(origin)}" is of no known kind')
    return Entry(
        path=origin[len(source) + 1 :],
        kind=kind,
        mode=int(_get(document, "mode", str), 8),
        mtime_ns=_get(document, "mtime_ns", int),
        size=_get(document, "size", int) if kind == "file" else 0,
        sha256=_get(document, "sha256", str) if kind == "file" else "",
        target=_get(document, "target", str) if kind == "link" else "",
    )


def _get(document: Any, key: str, kind: type[T]) -> T:
    if not isinstance(document, dict):
        raise TypeError("something in it is no table")
    value = document.get(key)
    if not isinstance(value, kind):
        raise TypeError(f'"{key}" is missing or odd')
    return value
