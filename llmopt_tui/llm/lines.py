"""Bytes to lines, for streams of lines (NDJSON, SSE)."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

# Ollama's own client takes lines up to 8 MB; twice that leaves room for escapes.
MAX_LINE_BYTES = 16 * 1024 * 1024


class LineTooLongError(ValueError):
    """A line grew beyond the limit before it ended."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a line is longer than {limit} bytes")
        self.limit = limit


class LineSplitter:
    """Cuts a stream of bytes on 0x0A only, and decodes nothing.

    Text-level splitting also cuts at U+0085 and U+2028, which are unescaped inside JSON
    strings. At most `limit` bytes of an unfinished line are held.
    """

    def __init__(self, limit: int = MAX_LINE_BYTES) -> None:
        self._limit = limit
        self._held = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that `chunk` completes, without their line end (a `\\r` before it goes too)."""
        *ended, rest = chunk.split(b"\n")
        lines: list[bytes] = []
        for piece in ended:
            self._hold(piece)
            lines.append(self._take())
        self._hold(rest)
        return lines

    def flush(self) -> bytes:
        """What came after the last line end: empty where the stream ended with one."""
        return self._take()

    def _hold(self, piece: bytes) -> None:
        if len(self._held) + len(piece) > self._limit:
            self._held.clear()
            raise LineTooLongError(self._limit)
        self._held += piece

    def _take(self) -> bytes:
        line = bytes(self._held)
        self._held.clear()
        return line.removesuffix(b"\r")


async def split_lines(
    chunks: AsyncIterable[bytes], limit: int = MAX_LINE_BYTES
) -> AsyncIterator[bytes]:
    """The non-blank lines of a stream, an unterminated last one included.

    Raises LineTooLongError.
    """
    splitter = LineSplitter(limit)
    async for chunk in chunks:
        for line in splitter.feed(chunk):
            if line:
                yield line
    if rest := splitter.flush():
        yield rest
