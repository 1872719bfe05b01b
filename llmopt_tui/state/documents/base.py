"""Document: the base of every stored document, and the types of values that documents hold.

A document may be half written, edited by hand or from another program. So reading never fails: a
field that is missing or holds a value of the wrong type gets its default, which means "unknown",
and an item of the wrong type is left out of its list.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    Strict,
    TypeAdapter,
    ValidationError,
    model_validator,
)

# pydantic 2.10 itself does not export it.
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic_core import CoreSchema, core_schema

_MOST = 10_000_000
"""A higher count or number of seconds in a document is taken for an error."""

Place = tuple[int | str, ...]
"""The path to a value in a document: names of fields, and positions in lists."""


def _in_order(interval: tuple[float, float]) -> tuple[float, float]:
    if interval[0] > interval[1]:
        raise ValueError("the interval ends before it begins")
    return interval


Flag = Annotated[bool, Strict()]
Count = Annotated[int, Strict(), Field(ge=0, lt=_MOST)]
Number = Annotated[float, Strict()]
"""A finite number."""
Score = Annotated[float, Strict(), Field(ge=-1, le=1)]
"""A score, or a difference of two scores."""
Seconds = Annotated[float, Strict(), Field(ge=0, lt=_MOST)]
Total = Annotated[int, Strict()] | Annotated[float, Strict()]
"""A sum of seconds. An empty sum is the integer 0 and is written back as 0, not 0.0."""
Interval = Annotated[tuple[Score, Score], AfterValidator(_in_order)]
"""The lower and the upper end of an interval of scores."""


class Domain:
    """Marks a field that holds a record of `core/`, which is not a `Document`.

    The field is read like a document, except that unknown fields are dropped. With `whole`, one
    value of the wrong type makes the whole record unknown. `check` raises ValueError for a record
    that cannot be true, which makes it unknown too.
    """

    def __init__(self, *, whole: bool = False, check: Callable[[Any], None] | None = None) -> None:
        self._whole, self._check = whole, check

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """A separate validator: a document's `extra="allow"` must not apply to the record."""
        adapter = TypeAdapter(source)

        def read(value: Any) -> Any:
            try:
                found = adapter.validate_python(value)
            except ValidationError as error:
                if self._whole:
                    raise ValueError("a value is of the wrong kind") from error
                raise
            if self._check:
                self._check(found)
            return found

        return core_schema.no_info_plain_validator_function(read)


class Document(BaseModel):
    """A stored document or a part of one. Fields keep the order in which they are written.

    Unknown fields are kept and written again. `model_fields_set` holds the fields that were present
    and readable.
    """

    IF_KNOWN: ClassVar[frozenset[str]] = frozenset()
    """The fields that are written only where they are not empty: older documents lack them."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False, protected_namespaces=())

    @classmethod
    def read(cls, value: object) -> Self:
        """The document in a parsed JSON value; an empty document where there is none."""
        return cls.model_validate(dict(value) if isinstance(value, Mapping) else {})

    def keeping(self, earlier: Document | None) -> Self:
        """This document with the unknown fields that an earlier one had."""
        extra = earlier.model_extra if earlier else None
        return self.model_copy(update=extra) if extra else self

    def knows(self, *names: str) -> bool:
        """Whether all these fields were present and readable."""
        return self.model_fields_set.issuperset(names)

    @model_validator(mode="wrap")
    @classmethod
    def _without_what_is_odd(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Validate the value as it is, then without the odd items, then without the odd fields."""
        try:
            return handler(value)
        except ValidationError as error:
            if not isinstance(value, dict):
                raise
            places = _places(error)
        left = {name: item for name, item in value.items() if _is_name(name)}
        for depth in (None, 1):
            left = _pruned(left, {place[:depth] for place in places})
            try:
                return handler(left)
            except ValidationError as error:
                places = _places(error)
        return handler({})


def _places(error: ValidationError) -> list[Place]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [line["loc"] for line in found if line["loc"]]


def _is_name(name: Any) -> bool:
    """Whether a key may name a field: text without lone surrogates, which pydantic refuses."""
    try:
        return isinstance(name, str) and bool(name.encode()) | (not name)
    except UnicodeEncodeError:
        return False


def _pruned(value: Any, places: Collection[Place]) -> Any:
    """The value without the parts at these places."""
    below: dict[int | str, set[Place]] = {}
    for place in places:
        below.setdefault(place[0], set()).add(place[1:])
    match value:
        case dict():
            return {
                key: _pruned(item, below.get(key, ()))
                for key, item in value.items()
                if not _is_odd(item, below.get(key, ()))
            }
        case list() | tuple():
            return [
                _pruned(item, below.get(n, ()))
                for n, item in enumerate(value)
                if not _is_odd(item, below.get(n, ()))
            ]
        case _:
            return value


def _is_odd(item: Any, places: Collection[Place]) -> bool:
    """Whether the item itself is odd, and not only a part of it."""
    return () in places or (bool(places) and not isinstance(item, dict | list | tuple))
