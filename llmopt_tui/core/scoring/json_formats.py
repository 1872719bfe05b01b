"""The formats of JSON Schema (date, email, ...) checked by the standard library alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from llmopt_tui.core.scoring.patterns import check_pattern

if TYPE_CHECKING:
    from jsonschema import FormatChecker

_LONGEST = 2_000
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_DURATION = re.compile(
    r"P(?=.)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)", re.ASCII
)
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_BAD_IN_URI = re.compile(r"[\s\x00-\x20<>\"{}|\\^`]")


def _is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text) and date.fromisoformat(text))


def _is_time(text: str) -> bool:
    return bool(_TIME.fullmatch(text)) and time.fromisoformat(_seconds(text)) is not None


def _is_date_time(text: str) -> bool:
    day, sign, rest = text[:10], text[10:11], text[11:]
    if sign not in ("T", "t", " ") or not (_DATE.fullmatch(day) and _TIME.fullmatch(rest)):
        return False
    return datetime.fromisoformat(f"{day}T{_seconds(rest)}") is not None


def _seconds(text: str) -> str:
    """The time with at most six decimals, which is what Python reads."""
    return re.sub(r"(\.\d{6})\d+", r"\1", text).upper().replace("Z", "+00:00")


def _is_email(text: str) -> bool:
    local, sign, host = text.rpartition("@")
    return bool(sign and len(local) <= 64 and _LOCAL.fullmatch(local)) and _is_idn_host(host)


def _is_host(text: str) -> bool:
    return len(text) <= 253 and _HOST.fullmatch(text) is not None


def _is_idn_host(text: str) -> bool:
    if text.isascii():
        return _is_host(text)
    return _is_host(text.encode("idna").decode())


def _is_uri(text: str) -> bool:
    return bool(urlsplit(text).scheme) and _is_reference(text) and ":" in text


def _is_reference(text: str) -> bool:
    return not _BAD_IN_URI.search(text) and urlsplit(text) is not None


def _is_pattern(text: str) -> bool:
    check_pattern(text)
    return True


_CHECKS: dict[str, Callable[[str], bool]] = {
    "date": _is_date,
    "time": _is_time,
    "date-time": _is_date_time,
    "duration": lambda text: _DURATION.fullmatch(text) is not None,
    "email": _is_email,
    "idn-email": _is_email,
    "hostname": _is_host,
    "idn-hostname": _is_idn_host,
    "ipv4": lambda text: IPv4Address(text) is not None,
    "ipv6": lambda text: "%" not in text and IPv6Address(text) is not None,
    "uri": _is_uri,
    "iri": _is_uri,
    "uri-reference": _is_reference,
    "iri-reference": _is_reference,
    "uuid": lambda text: len(text) == 36 and str(UUID(text)) == text.lower(),
    "json-pointer": lambda text: _POINTER.fullmatch(text) is not None,
    "regex": _is_pattern,
}


@lru_cache(maxsize=1)
def format_checker() -> FormatChecker:
    """The checker of formats for `jsonschema`. Only texts have one; a very long text has none."""
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    for name, check in _CHECKS.items():

        def fits(value: object, check: Callable[[str], bool] = check) -> bool:
            return not isinstance(value, str) or (len(value) <= _LONGEST and check(value))

        checker.checks(name, raises=(ValueError, UnicodeError))(fits)
    return checker
