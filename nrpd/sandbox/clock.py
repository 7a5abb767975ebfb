"""Times as Pipedrive writes them. Seconds since 1970 in, text in UTC out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
_V1 = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def rfc3339(seconds: float) -> str:
    """Whole-second `2026-01-31T10:00:00Z`, the form of API v2."""
    return _text(int(seconds))


@lru_cache(maxsize=256)
def _text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_of(seconds: float) -> str:
    """The UTC day `2026-01-31`, on which tokens are counted."""
    return rfc3339(seconds)[:10]


def utc_offset(zone: str, seconds: float) -> str:
    """The offset of a time zone at that time, `-07:00`; `+00:00` where the zone is not known."""
    try:
        text = datetime.fromtimestamp(seconds, ZoneInfo(zone)).strftime("%z")
    except (ZoneInfoNotFoundError, ValueError):
        text = "+0000"
    return f"{text[:3]}:{text[3:5]}"


def parse_rfc3339(text: str) -> str | None:
    """The same time in UTC as `…Z`, or None. Fractions of a second are not taken (facts, section 3)."""
    if not _RFC3339.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_v1(text: str) -> str | None:
    """`2026-01-31 10:00:00` of API v1 (UTC) as RFC 3339, or None."""
    return parse_rfc3339(text.replace(" ", "T") + "Z") if _V1.fullmatch(text) else None


def to_v1(text: str | None) -> str | None:
    """RFC 3339 as API v1 writes it, `2026-01-31 10:00:00`."""
    return text.replace("T", " ").rstrip("Z") if text else None
