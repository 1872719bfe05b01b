"""What a GGUF file says about itself in its header, read without loading the model.

Layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

_MAGIC = b"GGUF"
_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING = 8
_ARRAY = 9
# Far above any honest header, far below what would hurt: lengths come from an untrusted file.
_LONGEST_STRING = 4 * 1024 * 1024
_MOST_ITEMS = 100_000

Value = str | int | float | bool


class NotGgufError(ValueError):
    """The file does not begin with a readable GGUF header."""


def read_header(file: Path) -> dict[str, Value]:
    """The header's plain values by key ("general.architecture", "llama.context_length", ...).

    Lists are left out, and reading ends at the tokenizer's keys, whose lists make up nearly all
    of a header. Raises NotGgufError where the bytes make no sense, OSError where there are none.
    """
    with file.open("rb") as stream:
        if stream.read(4) != _MAGIC:
            raise NotGgufError("it is not a GGUF file")
        try:
            return _values(stream)
        except (struct.error, UnicodeDecodeError, KeyError, OverflowError) as error:
            raise NotGgufError("its GGUF header is damaged") from error


def _values(stream: BinaryIO) -> dict[str, Value]:
    _version, _tensors, count = _unpack(stream, "IQQ")
    values: dict[str, Value] = {}
    for _ in range(min(count, _MOST_ITEMS)):
        key = _string(stream)
        if key.startswith("tokenizer."):
            break
        (kind,) = _unpack(stream, "I")
        if kind == _ARRAY:
            _skip_array(stream)
        elif kind == _STRING:
            values[key] = _string(stream)
        else:
            (values[key],) = _unpack(stream, _SCALARS[kind])
    return values


def _unpack(stream: BinaryIO, layout: str) -> tuple[Any, ...]:
    layout = "<" + layout
    return struct.unpack(layout, stream.read(struct.calcsize(layout)))


def _string(stream: BinaryIO) -> str:
    (length,) = _unpack(stream, "Q")
    if length > _LONGEST_STRING:
        raise OverflowError(length)
    return stream.read(length).decode("utf-8")


def _skip_array(stream: BinaryIO) -> None:
    kind, count = _unpack(stream, "IQ")
    if count > _MOST_ITEMS:
        raise OverflowError(count)
    if kind == _STRING:
        for _ in range(count):
            _string(stream)
    else:
        stream.seek(count * struct.calcsize("<" + _SCALARS[kind]), 1)
