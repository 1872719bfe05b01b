"""An archive's manifest: what was moved, from where and why, as JSON and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Literal, get_args

from llmopt_tui.archive.trees import Disk, Entry, Kind
from llmopt_tui.core.text.plain import visible
from llmopt_tui.core.version import __version__
from llmopt_tui.reports.markdown import inline, quoted, table
from llmopt_tui.store.reading import parse_json
from llmopt_tui.store.values import json_text

JSON_NAME = "manifest.json"
MARKDOWN_NAME = "manifest.md"
ITEMS = "items"
_VERSION = 1
_LONGEST_PATH = 5000

State = Literal["archiving", "archived", "restoring", "restored", "partly_restored"]
"""`archiving` and `restoring` are written before the first move and hold until the last."""

UNFINISHED: tuple[State, ...] = ("archiving", "restoring")
STATE_WORDS: Mapping[State, str] = {
    **{state: state for state in get_args(State)},
    "partly_restored": "partly restored",
}
_STATES: dict[str, State] = {state: state for state in get_args(State)}
_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}


class ArchiveError(Exception):
    """An archive cannot be made or used as things are. The message says why."""


class ManifestError(ArchiveError):
    """A manifest cannot be read, or does not say what it has to. The message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is archived, with all that it holds, as it was in the workspace.

    `source` is its path in the workspace, with slashes; `entries` begins with itself. `copied`
    says that a proved copy is at the new place, or is about to be: the old one may go.
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

    def path_of(self, path: str) -> str:
        """The path in the workspace of what has this path in the item."""
        return f"{self.source}/{path}" if path else self.source


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
    disk.write(folder / MARKDOWN_NAME, _markdown(folder.name, manifest))


def read_manifest(folder: Path) -> Manifest:
    """The manifest in an archive's folder. Raises ManifestError.

    It is strict about paths: whatever it says, nothing outside the workspace is moved.
    """
    name = f"{shown(folder.name)}/{JSON_NAME}"
    try:
        return _manifest(parse_json((folder / JSON_NAME).read_bytes()))
    except FileNotFoundError:
        raise ManifestError(f"there is no {JSON_NAME} in {folder.name}") from None
    except OSError as error:
        raise ManifestError(f"{name} cannot be read: {error.strerror or error}") from error
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        raise ManifestError(f"{name} is damaged: {error}") from error


def leads_away(path: str) -> bool:
    """Whether a path may lead out of the folder that it is meant in, on this system or another."""
    return bool(Path(path).anchor) or ".." in Path(path).parts or "\0" in path


def shown(name: str) -> str:
    """A name from outside on one line, whatever is in it."""
    return visible(name.replace("\n", "\u240a").replace("\t", "\u2409"))


def size_text(size: int) -> str:
    """Bytes as people read them: "12 bytes", "3.4 MB"."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} byte{'' if size == 1 else 's'}"


def _markdown(identity: str, manifest: Manifest) -> str:
    kept = f"; kept: {_listed(manifest.kept)}" if manifest.kept else ""
    parts = [
        f"# Archive {_cell(identity)}",
        f"**{STATE_WORDS[manifest.state].capitalize()}** ({manifest.changed_at:%Y-%m-%d %H:%M:%S%z}"
        f"). Made {manifest.created_at:%Y-%m-%d %H:%M:%S%z} from {_cell(manifest.workspace)}.",
        f"Asked for: {_listed(manifest.asked)}{kept}.",
    ]
    if manifest.why.strip():
        parts += ["Why:", quoted(manifest.why)]
    if manifest.state == "restored":
        parts += ["What was moved is back where it came from; this is the record of it."]
    else:
        parts += [f"What was moved is in {ITEMS}/, under the path that it had. To bring it back:"]
        parts += [f"    llmopt-tui archive --restore {identity}"]
    if manifest.state in UNFINISHED:
        parts += ["Moving it was interrupted. To resume:"]
        parts += [f"    llmopt-tui archive --finish {identity}"]
    items = [
        (_cell(item.source), item.kind, str(item.files), size_text(item.size))
        for item in manifest.items
    ]
    entries = [
        (
            _cell(item.path_of(entry.path)),
            entry.kind,
            str(entry.size) if entry.kind == "file" else "",
            f"to {_cell(entry.target)}" if entry.kind == "link" else entry.sha256,
        )
        for item in manifest.items
        for entry in item.entries
    ]
    parts += ["## What was moved", table(("from", "kind", "files:", "size:"), items)]
    header = ("from", "kind", "bytes:", "SHA-256, or where a link leads")
    parts += ["## All that it holds", table(header, entries)]
    return "\n\n".join(parts) + "\n"


def _cell(name: str) -> str:
    return inline(shown(name), _LONGEST_PATH)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(_cell, names))


def _document(identity: str, manifest: Manifest) -> dict[str, Any]:
    own = {"schema_version": _VERSION, "archive_id": identity, "program": __version__}
    known = {it.name: getattr(manifest, it.name) for it in fields(manifest) if it.name != "unknown"}
    items = [_item_document(item) for item in manifest.items]
    return {**manifest.unknown, **own, **known, "items": items}


def _item_document(item: Item) -> dict[str, Any]:
    return {
        "from": item.source,
        "path": f"{ITEMS}/{item.source}",
        "kind": item.kind,
        "files": item.files,
        "size": item.size,
        "copied": item.copied,
        "entries": [_entry_document(item.path_of(entry.path), entry) for entry in item.entries],
    }


def _entry_document(source: str, entry: Entry) -> dict[str, Any]:
    document: dict[str, Any] = {
        "from": source,
        "path": f"{ITEMS}/{source}",
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
    if document["schema_version"] > _VERSION:
        raise ValueError("a newer program wrote it")
    items = tuple(map(_item, document["items"]))
    if len({item.source for item in items}) != len(items):
        raise ValueError("an item is in it twice")
    return Manifest(
        name=str(document["name"]),
        state=_STATES[document["state"]],
        why=str(document["why"]),
        asked=tuple(map(str, document["asked"])),
        kept=tuple(map(str, document["kept"])),
        workspace=str(document["workspace"]),
        created_at=datetime.fromisoformat(document["created_at"]),
        changed_at=datetime.fromisoformat(document["changed_at"]),
        items=items,
        unknown=document,
    )


def _item(document: Any) -> Item:
    source = document["from"]
    path = PurePosixPath(source)
    if not path.parts or str(path) != source or leads_away(source):
        raise ValueError(f'"{shown(source)}" is no path in a workspace')
    entries = tuple(_entry(source, entry) for entry in document["entries"])
    if not entries or entries[0].path:
        raise ValueError(f'"{shown(source)}" lacks its own entry')
    return Item(source, entries, bool(document["copied"]))


def _entry(source: str, document: Any) -> Entry:
    origin = document["from"]
    if origin != source and not origin.startswith(f"{source}/"):
        raise ValueError(f'"{shown(origin)}" is not in "{shown(source)}"')
    kind = _KINDS[document["kind"]]
    return Entry(
        path=origin[len(source) + 1 :],
        kind=kind,
        mode=int(document["mode"], 8),
        mtime_ns=int(document["mtime_ns"]),
        size=int(document["size"]) if kind == "file" else 0,
        sha256=str(document["sha256"]) if kind == "file" else "",
        target=str(document["target"]) if kind == "link" else "",
    )
