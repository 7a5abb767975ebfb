"""The synthetic customer's clock: when the export was made, and how its screens write points in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.demo.formats import Dice

ZONE = ZoneInfo("America/Denver")
EXPORTED = datetime(2026, 10, 5, 9, 0)
"""When the first export was made, in local time."""
FROZEN = datetime(2026, 10, 12, 17, 0)
"""When the source was frozen and the second export made, in local time."""


def moment(dice: Dice, start: datetime, end: datetime) -> datetime:
    """A local time in office hours, so that it exists exactly once in the time zone."""
    day = start.date() + timedelta(days=dice.between(0, (end.date() - start.date()).days))
    at = datetime(day.year, day.month, day.day, dice.between(7, 17), dice.between(0, 59), dice.between(0, 59))
    return min(max(at, start), end)


def written(dice: Dice, at: datetime) -> str:
    """Mostly without an offset, as most screens show it; some with one."""
    draw = dice.between(1, 20)
    if draw == 1:
        return at.replace(tzinfo=ZONE).isoformat()
    if draw == 2:
        return at.replace(tzinfo=ZONE).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return at.strftime("%Y-%m-%d %H:%M:%S")
