"""GGUF headers: what is read of them, and that nonsense is refused quickly."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmopt_tui.llm.gguf import NotGgufError, read_header


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def pair(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def header(*pairs: bytes) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + b"".join(pairs)


SAMPLE = header(
    pair("general.architecture", 8, text("llama")),
    pair("general.languages", 9, struct.pack("<IQ", 8, 2) + text("en") + text("de")),
    pair("some.numbers", 9, struct.pack("<IQ", 4, 3) + bytes(12)),
    pair("llama.context_length", 4, struct.pack("<I", 8192)),
    pair("llama.rope.freq_base", 6, struct.pack("<f", 0.5)),
    pair("general.flag", 7, b"\x01"),
    pair("tokenizer.ggml.tokens", 9, b"never read"),
)


def test_plain_values_are_read_and_lists_passed_over(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(SAMPLE)
    assert read_header(tmp_path / "m.gguf") == {
        "general.architecture": "llama",
        "llama.context_length": 8192,
        "llama.rope.freq_base": 0.5,
        "general.flag": True,
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GG",
        b"hello, world",
        b"GGUF",
        header(pair("key", 99, b"")),
        header(text("key")),
        header(struct.pack("<Q", 2**63) + b"key"),
        header(pair("k", 9, struct.pack("<IQ", 4, 2**62))),
        header(struct.pack("<Q", 2) + b"\xff\xff"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.gguf").write_bytes(content)
    with pytest.raises(NotGgufError, match="GGUF"):
        read_header(tmp_path / "m.gguf")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    cut=st.integers(0, len(SAMPLE)),
    at=st.integers(0, len(SAMPLE) - 1),
    byte=st.integers(0, 255),
)
def test_no_damage_raises_anything_unexpected(tmp_path: Path, cut: int, at: int, byte: int) -> None:
    damaged = bytearray(SAMPLE)
    damaged[at] = byte
    (tmp_path / "m.gguf").write_bytes(bytes(damaged[:cut]))
    with suppress(NotGgufError):
        read_header(tmp_path / "m.gguf")
