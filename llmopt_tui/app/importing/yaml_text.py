"""YAML read as data: no tags that make objects, no aliases that multiply, scalars as in YAML 1.2.

In YAML 1.1, which the library reads, `no` is false and `12:30` is 750: values that people wrote as
text would be changed.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from llmopt_tui.app.importing.material import ImportRefused
from llmopt_tui.config.strict import UnreadableError, plain_value

MOST_CHARACTERS = 2_000_000
_MOST_NODES = 500_000
_CORE_SCALARS = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+][0-9]+)?|[eE][-+][0-9]+)",
     "-+0123456789"),
)  # fmt: skip


def read_yaml(text: str) -> Any:
    """The value of a document, in JSON's terms. Raises ImportRefused."""
    import yaml

    if len(text) > MOST_CHARACTERS:
        raise ImportRefused(f"is longer than {MOST_CHARACTERS:,} characters, too long for YAML")
    loader = _loader_class()(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise ImportRefused("is empty")
        if _size(node, {}) > _MOST_NODES:
            raise ImportRefused("holds aliases that make it too large")
        return plain_value(loader.construct_document(node))
    except RecursionError as error:
        raise ImportRefused("is nested too deeply") from error
    except yaml.YAMLError as error:
        raise ImportRefused(f"is not valid YAML: {' '.join(str(error).split())}") from error
    except UnreadableError as error:
        raise ImportRefused(str(error)) from error
    except (ValueError, TypeError) as error:
        raise ImportRefused(f"holds a value that cannot be read: {error}") from error
    finally:
        loader.dispose()


def _loader_class() -> Any:
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one where it was built

    class CoreLoader(base):  # type: ignore[misc]
        """The library's safe loader, with the scalars of YAML 1.2."""

        yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {}

    for kind, pattern, first in _CORE_SCALARS:
        tag = f"tag:yaml.org,2002:{kind}"
        letters = ["" if letter == "\0" else letter for letter in first]
        CoreLoader.add_implicit_resolver(tag, re.compile(rf"(?:{pattern})\Z"), letters)
    CoreLoader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"<<\Z"), ["<"])
    return CoreLoader


def _size(node: Any, known: dict[int, int]) -> int:
    """How many values a node is with every alias written out. Raises ImportRefused on a circle."""
    if id(node) in known:
        if known[id(node)] == 0:
            raise ImportRefused("holds an alias of what it is inside of")
        return known[id(node)]
    known[id(node)] = 0
    size = 1
    if isinstance(node.value, list):
        for part in node.value:
            for inner in part if isinstance(part, tuple) else (part,):
                size += _size(inner, known)
    known[id(node)] = size
    return size
