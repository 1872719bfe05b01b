"""Case files: cases/NAME.toml with its examples, schema and prompt, read strictly."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from llmopt_tui.config.problems import Problem
from llmopt_tui.config.prompt_files import PromptFile
from llmopt_tui.config.strict import (
    UnreadableError,
    decode,
    parse_json,
    parse_toml,
    stem_fault,
    version_fault,
)
from llmopt_tui.core.case import Case, Example, OutputSpec
from llmopt_tui.core.case_checks import (
    criteria_faults,
    examples_faults,
    expected_faults,
    held_out_faults,
    inputs_faults,
    output_faults,
    schema_complaint,
)
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.scoring import CRITERIA, read_criterion
from llmopt_tui.core.scoring.base import Criterion
from llmopt_tui.core.tables import Fault, read_record
from llmopt_tui.core.text.near import did_you_mean
from llmopt_tui.core.variant import Constrain

LARGEST_FILE = 64 * 2**20
"""Bytes of a prompt, a case or a file beside it. Its examples take five times that in memory."""


@dataclass(frozen=True, slots=True)
class _Output:
    format: str = "text"
    max_tokens: int = 1024
    constrain: Constrain = "format"

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class _Example:
    id: str
    inputs: Mapping[str, str]
    split: Literal["train", "validation"] = "train"
    expected: Mapping[str, Any] = field(default_factory=dict)
    answer: str = ""
    pinned: bool = False

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class _Document:
    id: str
    title: str
    prompt: str
    criteria: tuple[dict[str, Any], ...]
    examples: tuple[dict[str, Any], ...] = ()
    description: str = ""
    tags: tuple[str, ...] = ()
    examples_file: str = ""
    output: _Output = field(default_factory=_Output)
    schema_version: int = 1

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


def read_case_file(
    file: Path,
    root: Path,
    prompts: Mapping[str, PromptFile],
    unsaved: Mapping[Path, bytes] | None = None,
) -> tuple[Case | None, list[Problem]]:
    """The case in a file of the workspace at `root`, or None and everything wrong with it.

    `prompts` are the workspace's prompt files by their stems. `unsaved` holds contents that count
    in place of those on disk. Never raises.
    """
    reader = _CaseReader(file, root, prompts, unsaved or {})
    return reader.read(), reader.problems


class _CaseReader:
    """Reads one case and gathers its problems on the way."""

    def __init__(
        self,
        file: Path,
        root: Path,
        prompts: Mapping[str, PromptFile],
        unsaved: Mapping[Path, bytes],
    ) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._root = root
        self._prompts = prompts
        self._unsaved = unsaved
        self._contents: list[bytes] = []

    def read(self) -> Case | None:
        data = self._toml()
        if data is None:
            return None
        document, faults = read_record(_Document, data)
        self._report("", [*faults, *stem_fault("id", data, self._file.stem)])
        if data.get("criteria") == []:
            self._problem("criteria", "there is none: add a [[criteria]] table")
        # What has the right shape is looked at even where the rest has not: all problems at once.
        criteria = self._criteria(_tables(data.get("criteria")))
        numbered = list(enumerate(_tables(data.get("examples")), start=1))
        examples = [self._example(table, f"examples {n}", self._file) for n, table in numbered]
        if isinstance(name := data.get("examples_file"), str) and name:
            examples += self._examples_file(name)
        read = [example for example in examples if example is not None]
        self._report("", examples_faults(read, complete=len(read) == len(examples)))
        self._report("", expected_faults(read, criteria))
        prompt = self._prompt(data.get("prompt"), read)
        output = self._output(document.output) if document else None
        if document is None or prompt is None or output is None or self.problems:
            return None
        return Case(
            id=document.id,
            title=document.title,
            prompt=prompt,
            criteria=tuple(criteria),
            examples=tuple(read),
            description=document.description,
            tags=document.tags,
            output=output,
            sha256=_digest(self._contents),
        )

    def _toml(self) -> dict[str, Any] | None:
        try:
            data = parse_toml(self._content(self._file))
        except UnreadableError as error:
            self._problem("", str(error))
            return None
        if fault := version_fault(data):
            self._report("", [fault])
            return None
        return data

    def _criteria(self, tables: Sequence[dict[str, Any]]) -> list[Criterion]:
        criteria = []
        for n, table in enumerate(tables, start=1):
            criterion, faults = read_criterion(table)
            kind = table.get("kind")
            named = isinstance(kind, str) and kind in CRITERIA
            self._report(f"criteria {n} ({kind})" if named else f"criteria {n}", faults)
            if criterion is not None:
                criteria.append(criterion)
        self._report("", criteria_faults(criteria))
        return criteria

    def _example(self, table: Mapping[str, Any], where: str, file: Path) -> Example | None:
        entry, faults = read_record(_Example, table)
        if entry is None:
            name = table.get("id") if isinstance(table, Mapping) else None
            shown = f"{where} ({name})" if isinstance(name, str) else where
            self._report(shown, faults, file)
            return None
        if not entry.id.strip():
            self._problem(f"{where}, id", "is empty", file)
            return None
        return Example(
            entry.id, entry.inputs, entry.split, entry.expected, entry.answer, entry.pinned
        )

    def _examples_file(self, name: str) -> list[Example | None]:
        examples: list[Example | None] = []
        try:
            file = self._beside(name)
            lines = decode(self._content(file)).split("\n")
        except UnreadableError as error:
            self._problem(f'examples_file "{name}"', str(error))
            return [None]
        for n, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                examples.append(self._example(parse_json(line), f"line {n}", file))
            except UnreadableError as error:
                self._problem(f"line {n}", str(error), file)
                examples.append(None)
        return examples

    def _prompt(self, name: object, examples: Sequence[Example]) -> Prompt | None:
        if not isinstance(name, str):
            return None
        file = self._prompts.get(name)
        if file is None:
            hint = did_you_mean(name, self._prompts)
            self._problem("prompt", f'there is no prompt "{name}" in prompts/{hint}')
            return None
        self._contents.append(file.content)
        if file.prompt is None:
            self._problem("prompt", f"prompts/{name}.toml has a problem: {file.summary}")
            return None
        self._report("", inputs_faults(file.prompt, examples, f"prompts/{name}.toml"))
        self._report("", held_out_faults(file.prompt, examples))
        return file.prompt

    def _output(self, output: _Output) -> OutputSpec | None:
        self._report("", output_faults(output.max_tokens))
        match output.format:
            case "text" | "json" as known:
                return OutputSpec(known, None, output.max_tokens, output.constrain)
            case name if name.endswith(".json"):
                schema = self._schema(name)
                if not schema:
                    return None
                return OutputSpec("json", schema, output.max_tokens, output.constrain)
            case name:
                message = 'must be "text", "json" or the name of a JSON Schema file beside the case'
                self._problem("output.format", message + did_you_mean(name, ("text", "json")))
                return None

    def _schema(self, name: str) -> dict[str, Any] | None:
        try:
            schema = parse_json(decode(self._content(self._beside(name))))
        except UnreadableError as error:
            self._problem(f'output.format "{name}"', str(error))
            return None
        if complaint := schema_complaint(schema):
            self._problem(f'output.format "{name}"', complaint)
            return None
        return schema

    def _beside(self, name: str) -> Path:
        """The file of that name beside the case. Raises UnreadableError."""
        folder = self._file.parent
        try:
            file = (folder / name).resolve()
            homes = (self._root.resolve(), folder.resolve())
            inside = not Path(name).is_absolute() and any(map(file.is_relative_to, homes))
            missing = inside and not file.is_file() and folder / name not in self._unsaved
            others = [path.name for path in folder.iterdir()] if missing else []
        except (OSError, ValueError, RuntimeError) as error:
            raise UnreadableError("is no name that a file can have") from error
        if not inside:
            raise UnreadableError("is outside the workspace; put the file beside the case")
        if missing:
            raise UnreadableError(
                f"there is no such file beside the case{did_you_mean(name, others)}"
            )
        return folder / name

    def _content(self, file: Path) -> bytes:
        content = self._unsaved[file] if file in self._unsaved else read_bytes(file)
        self._contents.append(content)
        return content

    def _report(self, where: str, faults: Sequence[Fault], file: Path | None = None) -> None:
        for fault in faults:
            place = ", ".join(part for part in (where, fault.where) if part)
            self._problem(place, fault.message, file)

    def _problem(self, where: str, message: str, file: Path | None = None) -> None:
        shown = (file or self._file).relative_to(self._root).as_posix()
        self.problems.append(Problem(shown, where, message, case=self._file.stem))


def read_bytes(file: Path) -> bytes:
    """The content of an ordinary file of at most `LARGEST_FILE` bytes. Raises UnreadableError."""
    try:
        if not file.is_file():
            raise UnreadableError("is not a file")
        if (size := file.stat().st_size) > LARGEST_FILE:
            raise UnreadableError(
                f"holds {size / 2**20:,.0f} MB, more than the {LARGEST_FILE >> 20} MB that are "
                "read: leave examples out"
            )
        return file.read_bytes()
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from error


def _tables(value: object) -> list[dict[str, Any]]:
    """The tables of a list; anything else in it is reported with the document's shape."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _digest(contents: Sequence[bytes]) -> str:
    digest = hashlib.sha256()
    for content in contents:
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.hexdigest()
