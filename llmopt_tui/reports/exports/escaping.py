"""Text put between tags, or into the quotes of an attribute, of HTML and SVG."""

from __future__ import annotations

import html
import re

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def storable(text: str) -> str:
    """The text with U+FFFD for every character that neither XML nor UTF-8 can hold."""
    return _NO_XML.sub("\ufffd", text)


def escaped(text: str) -> str:
    """The text as one that no reader of HTML or XML takes for anything but text."""
    return html.escape(storable(text))
