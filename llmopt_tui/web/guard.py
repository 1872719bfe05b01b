"""Which requests the server accepts, and what a browser may do with its answers."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping

# A page on the internet can make its own name point to this machine (DNS rebinding): the request
# then comes from here, and only the name reveals it. Any port is allowed: ssh may forward one.
_OUR_NAMES = re.compile(r"(127\.0\.0\.1|localhost)(:\d{1,5})?")


# The page loads nothing from elsewhere, tells nobody its address and is shown in no frame.
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",  # the terminal writes its own styles
    "font-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
ANSWER_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def refusal(headers: Mapping[str, str]) -> str:
    """Why a request is refused, for any path; "" if it is not.

    Browsers send the asking page as `Origin`, except when a person opens a page by its address.
    """
    host = headers.get("Host", "")
    if not _OUR_NAMES.fullmatch(host):
        return "This server answers only as 127.0.0.1 or localhost."
    origin = headers.get("Origin")
    if origin is not None and origin != f"http://{host}":
        return "Another page asked for this. Only the app's own page may."
    return ""


def is_token(given: str, token: str) -> bool:
    """Whether the token is right. The time it takes reveals nothing about a wrong token."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())
