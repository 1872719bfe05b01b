"""Text out of bytes of any encoding: Unicode with or without its mark, or a code page."""

from __future__ import annotations

import codecs

from llmopt_tui.app.importing.material import ImportRefused, Note

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's mark does, so it is looked for first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = (
    (b"PK\x03\x04", 'is a workbook or an archive; in Excel: save it as "CSV UTF-8"'),
    (b"\xd0\xcf\x11\xe0", 'is an old Excel workbook; save it as "CSV UTF-8"'),
    (b"PAR1", "is a Parquet file; write it as JSON Lines"),
    (b"%PDF", "is a PDF"),
    (b"\x1f\x8b", "is compressed; unpack it"),
    (b"\x80\x04", "is a Python pickle, which can run code; write it as JSON Lines"),
    (b"\x80\x05", "is a Python pickle, which can run code; write it as JSON Lines"),
    (b"SQLite format 3", "is a database; write the table as CSV"),
)
_SAMPLE = 4096


def decoded(content: bytes, encoding: str = "") -> tuple[str, list[Note]]:
    """The text of a file, and a note where its encoding had to be guessed.

    Lone surrogates become U+FFFD: no file can hold them. Raises ImportRefused.
    """
    for begins, why in _BINARY:
        if content.startswith(begins):
            raise ImportRefused(why)
    if encoding:
        return _named(content, encoding), []
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _named(content, name), []
    if name := _wide(content[:_SAMPLE]):
        return _named(content, name), [Note("guess", "", f"read as {name.upper()}")]
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise ImportRefused(
            "is neither Unicode nor Windows-1252; name its encoding, as with --encoding cp1251"
        ) from error
    message = "read as Windows-1252, for it is not UTF-8; --encoding names another code page"
    return text, [Note("guess", "", message)]


def _named(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except LookupError as error:
        raise ImportRefused(f'there is no encoding "{encoding}"') from error
    except ValueError as error:
        raise ImportRefused(f"is not {encoding} text: {error}") from error
    # utf-16-le and its like keep the mark; some codecs let lone surrogates pass.
    text = text.removeprefix("\ufeff")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: every second byte of Western text is 0."""
    half = len(sample) // 2
    if half < 2:
        return ""
    low, high = sample[0 : half * 2 : 2].count(0), sample[1 : half * 2 : 2].count(0)
    if high > half * 0.4 and low < half * 0.05:
        return "utf-16-le"
    if low > half * 0.4 and high < half * 0.05:
        return "utf-16-be"
    return ""
