"""CaseText: the files of a case as they were read, and as they are with one example changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from llmopt_tui.app.case_editing import jsonl_examples, toml_examples
from llmopt_tui.app.case_editing.errors import NotEditableError
from llmopt_tui.config.case_files import read_bytes
from llmopt_tui.config.strict import UnreadableError, decode, parse_toml

if TYPE_CHECKING:
    from llmopt_tui.app.case_editing.toml_examples import Span
    from llmopt_tui.app.workspace import Workspace
    from llmopt_tui.core.case import Case, Example

Contents = Mapping[Path, bytes]
"""What files hold, or are to hold, by their paths."""

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class _Source:
    """A file with examples: `text` is its content without a byte order mark."""

    path: Path
    form: Literal["toml", "jsonl"]
    text: str
    marked: bool
    spans: tuple[Span, ...]

    @property
    def newline(self) -> str:
        """The file's line end, by its first line."""
        return "\r\n" if self.text.partition("\n")[0].endswith("\r") else "\n"

    def content(self, text: str) -> bytes:
        """The file's bytes with another text."""
        return _MARK * self.marked + text.encode()


@dataclass(frozen=True, slots=True)
class CaseText:
    """The files of a case that can be read. Every change returns the new contents of one file.

    Nothing is written here. The examples are those of `case`, counted from 0, in their order.
    """

    case: Case
    contents: Contents
    sources: tuple[_Source, ...]

    def changed(self, n: int, example: Example) -> dict[Path, bytes]:
        """The example `n` as it is to be. Raises NotEditableError."""
        source, place = self._found(n)
        start, end = source.spans[place]
        piece, changes = source.text[start:end], _changes(self.case.examples[n], example)
        if not changes:
            return {}
        new = (
            toml_examples.rewritten(piece, changes, source.newline)
            if source.form == "toml"
            else jsonl_examples.rewritten(piece, changes)
        )
        text = source.text[:start] + new + source.text[end:]
        return {source.path: source.content(text)}

    def added(self, example: Example, after: int | None = None) -> dict[Path, bytes]:
        """The example after the one of number `after`; None: after the last one."""
        source, place = self._found(len(self.case.examples) - 1 if after is None else after)
        end, newline = source.spans[place][1], source.newline
        before, behind = source.text[:end], source.text[end:]
        if source.form == "jsonl":
            new = newline + jsonl_examples.written(example)
        else:
            begun = before.endswith("\n")
            new = ("" if begun else newline) + newline + toml_examples.written(example, newline)
        return {source.path: source.content(before + new + behind)}

    def removed(self, n: int) -> dict[Path, bytes]:
        """The case without the example `n`. The comments around it stay."""
        source, place = self._found(n)
        start, end = source.spans[place]
        behind = source.text[end:]
        if source.form == "jsonl":
            behind = behind.removeprefix("\r").removeprefix("\n")
        else:
            # With the example goes one of the blank lines around it.
            behind = behind.removeprefix(source.newline)
        return {source.path: source.content(source.text[:start] + behind)}

    def _found(self, n: int) -> tuple[_Source, int]:
        for source in self.sources:
            if n < len(source.spans):
                return source, n
            n -= len(source.spans)
        raise IndexError(n)


def read_case_text(workspace: Workspace, case: Case) -> CaseText:
    """The files of a case of the workspace.

    Raises NotEditableError where its examples cannot be told apart in them, or it has changed.
    """
    try:
        file = workspace.cases / f"{case.id}.toml"
        contents = {file: read_bytes(file)}
        sources = [_source(file, "toml", contents[file])]
        name = parse_toml(contents[file]).get("examples_file")
        if isinstance(name, str) and name:
            beside = workspace.cases / name
            contents[beside] = read_bytes(beside)
            sources.append(_source(beside, "jsonl", contents[beside]))
    except UnreadableError as error:
        raise NotEditableError(f"{case.id} {error}") from error
    if sum(len(source.spans) for source in sources) != len(case.examples):
        raise NotEditableError(f"{case.id} has changed on disk: read it again")
    return CaseText(case, contents, tuple(sources))


def _source(path: Path, form: Literal["toml", "jsonl"], content: bytes) -> _Source:
    text = decode(content)
    spans = (toml_examples if form == "toml" else jsonl_examples).example_spans(text)
    return _Source(path, form, text, content.startswith(_MARK), tuple(spans))


def _changes(before: Example, after: Example) -> dict[str, Any]:
    """The fields that differ, as a file has them; None for one that is to go."""
    found: dict[str, Any] = {}
    for name in ("id", "split", "inputs", "expected", "answer", "pinned"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            found[name] = new or None
    return found


def free_id(wanted: str, taken: Collection[str]) -> str:
    """The id, with a number behind it where it is taken."""
    number, found = 2, wanted
    while found in taken:
        found = f"{wanted}-{number}"
        number += 1
    return found


def duplicate(case: Case, n: int) -> Example:
    """The example once more, under a free id."""
    example = case.examples[n]
    return replace(example, id=free_id(example.id, {e.id for e in case.examples}), pinned=False)


def moved(example: Example) -> Example:
    """The example in the other split; a held-out one is not pinned."""
    held_out = example.split == "train"
    return replace(
        example,
        split="validation" if held_out else "train",
        pinned=example.pinned and not held_out,
    )
