"""The kinds of criteria by name: the program's own, and those of other installed packages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

from llmopt_tui.core.scoring.base import Criterion
from llmopt_tui.core.tables import Fault, read_record
from llmopt_tui.core.text.near import did_you_mean, listed

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

ENTRY_POINTS = "llmopt_tui.criteria"
"""The entry-point group in which other packages name their criteria, each by its kind."""

C = TypeVar("C", bound=Criterion)

_registered: dict[str, type[Criterion]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def criterion(kind: str) -> Callable[[type[C]], type[C]]:
    """A decorator that makes a class a frozen dataclass and the criterion of that kind.

    Raises ValueError where another class already has the kind.
    """

    def register(made: type[C]) -> type[C]:
        known = _registered.get(kind)
        if known is not None and (known.__module__, known.__qualname__) != (
            made.__module__,
            made.__qualname__,
        ):
            raise ValueError(f'there is a criterion of kind "{kind}" already')
        made.kind = kind
        _registered[kind] = dataclass(frozen=True, kw_only=True)(made)
        return made

    return register


class _Kinds(Mapping[str, type[Criterion]]):
    """All kinds of criteria. Other packages are searched only for a kind that is not known here.

    A criterion that cannot be loaded is left out; `fault` says what is wrong with it.
    """

    def __getitem__(self, kind: str) -> type[Criterion]:
        found = _registered.get(kind) or _installed(kind)
        if isinstance(found, str):
            raise KeyError(kind)
        return found

    def __iter__(self) -> Iterator[str]:
        yield from dict.fromkeys(
            [*_registered, *(e.name for e in _entry_points() if e.name in self)]
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def fault(self, kind: str) -> str:
        """Why the criterion of an installed package cannot be used; empty where nothing is wrong.

        Empty, too, where no package has the kind.
        """
        if kind in _registered or not any(entry.name == kind for entry in _entry_points()):
            return ""
        found = _installed(kind)
        return found if isinstance(found, str) else ""

    def faults(self) -> list[str]:
        """What is wrong with the criteria of installed packages, a sentence for each."""
        found = [_load(entry) for entry in _entry_points()]
        return [why for why in found if isinstance(why, str)]


CRITERIA = _Kinds()
"""Every kind of criterion by the name that case files use."""


def read_criterion(table: Mapping[str, Any]) -> tuple[Criterion | None, list[Fault]]:
    """The criterion that a `[[criteria]]` table describes, or None and what is wrong with it."""
    kind = table.get("kind")
    if kind is None:
        return None, [Fault("kind", "is missing")]
    if not isinstance(kind, str) or kind not in CRITERIA:
        if isinstance(kind, str) and (fault := CRITERIA.fault(kind)):
            return None, [Fault(f'kind "{kind}"', fault)]
        hint = did_you_mean(kind, CRITERIA) if isinstance(kind, str) else ""
        message = f"there is no criterion of this kind{hint or f'; there is {listed(CRITERIA)}'}"
        return None, [Fault(f'kind "{kind}"', message)]
    parameters = {key: value for key, value in table.items() if key != "kind"}
    return read_record(CRITERIA[kind], parameters)


def recorded_criterion(table: Mapping[str, Any]) -> Criterion | None:
    """The criterion that a session's record describes; None where this version cannot make it.

    Parameters that only other versions know are ignored.
    """
    made = CRITERIA.get(str(table.get("kind")))
    if made is None:
        return None
    from pydantic import TypeAdapter

    known = {field.name for field in fields(made)}
    parameters = {key: value for key, value in table.items() if key in known}
    try:
        # In JSON mode pydantic accepts a list for a tuple although it is strict.
        return TypeAdapter(made).validate_json(json.dumps(parameters), strict=True)
    except Exception:  # a record may hold anything, and another package's class may raise anything
        return None


def _entry_points() -> tuple[EntryPoint, ...]:
    from importlib.metadata import entry_points

    return tuple(entry_points(group=ENTRY_POINTS))


def _installed(kind: str) -> type[Criterion] | str:
    """The criterion of that kind from an installed package, or why there is none."""
    for entry in _entry_points():
        if entry.name == kind:
            return _load(entry)
    return f'no package has a criterion of kind "{kind}"'


def _load(entry: EntryPoint) -> type[Criterion] | str:
    """The class that an entry point names, or a sentence saying why it cannot be used."""
    package = entry.dist.name if entry.dist is not None else entry.module
    where = f'the criterion "{entry.name}" of the package {package} cannot be used'
    try:
        made = entry.load()
    except BaseException as error:  # code of others may raise anything, even SystemExit
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"{where}: {type(error).__name__}: {error}"
    if not (isinstance(made, type) and issubclass(made, Criterion)):
        return f"{where}: {entry.value} is no class derived from Criterion"
    if _registered.get(entry.name) is not made:
        mend = f'@criterion("{entry.name}") must be directly above its class'
        return f"{where}: {mend}"
    return made
