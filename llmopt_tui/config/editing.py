"""One value set in or removed from a settings file's text; the rest stays byte for byte.

A value that is there is replaced by tomlkit. A new key goes after the last one of its table, where
tomlkit would part a comment from the table that it belongs to.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Item, Key


class EditError(ValueError):
    """The text cannot be edited; the message says why."""


NEW_FILE = "schema_version = 1\n"
"""What a settings file begins with."""


def with_value(text: str, path: str, value: Any) -> str:
    """The text with a key set: a scalar ("target") or one of a table ("options.seed").

    Raises EditError where the text is no TOML, or holds another kind of thing in that place.
    """
    table, _, key = path.rpartition(".")
    document = _parsed(_ended(text))
    wanted = _plain(text)
    try:
        (wanted.setdefault(table, {}) if table else wanted)[key] = value
        place = _table(document, table)
        if place is None:
            blank = "\n" if text else ""
            changed = f"{_ended(text)}{blank}[{table}]\n{_line(key, value)}"
        elif key in place:
            _replace(place, key, value)
            changed = _text(document)
        else:
            _add(document, table, key, value)
            changed = _text(document)
    except (AttributeError, TypeError) as error:
        raise EditError(f'"{table}" is not a table') from error
    return _checked(text, changed, wanted)


def without_value(text: str, path: str) -> str:
    """The text without a key. Raises EditError as `with_value` does, also where it has none."""
    table, _, key = path.rpartition(".")
    document = _parsed(_ended(text))
    wanted = _plain(text)
    try:
        del (wanted[table] if table else wanted)[key]
        place = _table(document, table)
        assert place is not None
        del place[key]
    except (KeyError, TypeError) as error:
        raise EditError(f"{path} is not in it") from error
    return _checked(text, _text(document), wanted)


def _parsed(text: str) -> TOMLDocument:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(text)
    except (TOMLKitError, RecursionError) as error:
        raise EditError(f"is not valid TOML: {error}") from error


def _plain(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise EditError(f"is not valid TOML: {error}") from error


def _text(document: TOMLDocument) -> str:
    import tomlkit

    return tomlkit.dumps(document)


def _table(document: TOMLDocument, name: str) -> Any:
    """The table of this name, the document itself for ""; None where it is missing."""
    return document.get(name) if name else document


def _replace(place: Any, key: str, value: Any) -> None:
    """Set a key that is there; the comment behind it stays."""
    import tomlkit

    old, new = place.item(key) if hasattr(place, "item") else place[key], tomlkit.item(value)
    if hasattr(old, "trivia"):
        new._trivia = copy.copy(old.trivia)
    place[key] = new


def _add(document: TOMLDocument, table: str, key: str, value: Any) -> None:
    """Add a key after the last one of its table, before the comments that follow."""
    from tomlkit.items import Table

    place = _table(document, table)
    plain_table = isinstance(place, Table) and not _is_dotted(document, table)
    if table and not plain_table:  # an inline table, or keys with dots: tomlkit knows how
        place[key] = value
        return
    body = (place.value if table else document).body
    values = [n for n, (name, item) in enumerate(body) if name is not None and _is_value(item)]
    at = values[-1] + 1 if values else 0 if table else _after_the_heading(body)
    body[at:at] = _new(key, value, blank_after=not values and not table and at < len(body))


def _is_dotted(document: TOMLDocument, table: str) -> bool:
    return any(key is not None and key.key == table and key.is_dotted() for key, _ in document.body)


def _is_value(item: Item) -> bool:
    from tomlkit.items import AoT, Table

    return not isinstance(item, AoT | Table)


def _after_the_heading(body: list[tuple[Key | None, Item]]) -> int:
    """The place after the comments at the top of a file that a blank line ends; else 0."""
    from tomlkit.items import Comment, Whitespace

    for n, (_, item) in enumerate(body):
        if isinstance(item, Whitespace):
            return n + 1
        if not isinstance(item, Comment):
            return 0
        if "\n\n" in item.trivia.trail:
            return n + 1
    return len(body)


def _new(key: str, value: Any, *, blank_after: bool) -> list[tuple[Key | None, Item]]:
    import tomlkit

    line = tomlkit.parse(_line(key, value) + "\n" * blank_after)
    return list(line.body)


def _line(key: str, value: Any) -> str:
    import tomlkit

    line = tomlkit.document()
    line[key] = value
    return tomlkit.dumps(line)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _checked(before: str, after: str, wanted: dict[str, Any]) -> str:
    """The new text, with the line ends of the old one; it must say just what is wanted."""
    if before and not before.endswith("\n"):
        after = after.removesuffix("\n")
    if "\r\n" in before and "\n" not in before.replace("\r\n", ""):
        after = "\r\n".join(_lines(after))
    if _plain(after) != wanted:
        raise EditError("could not be changed without changing more")
    return after


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield line.removesuffix("\r")
