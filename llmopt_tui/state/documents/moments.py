"""Times as documents hold them: ISO 8601 with an offset."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: str | None) -> datetime | None:
    """The time in a document, with its offset (UTC where it has none); None where unreadable."""
    try:
        at = datetime.fromisoformat(text or "")
        at.astimezone()
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
