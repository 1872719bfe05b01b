"""Times as documents hold them: ISO 8601 with an offset."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: str | None) -> datetime | None:
    """The time that a document names, with its offset; one without an offset is taken for UTC."""
    try:
        at = datetime.fromisoformat(text or "")
        at.astimezone()
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
