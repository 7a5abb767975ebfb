"""Times of day, and spans from a first to a last date or time, as people write them. Strict, like `dates.py`."""

from __future__ import annotations

import re

from nrpd.mapping.dates import DoesNotFit

_CLOCK = re.compile(r"(\d{1,2})[:h](\d{2})(?::(\d{2}))?\s*(?:([AaPp])\.?[Mm]\.?|(?:Uhr|h))?$")
_DATES = re.compile(r"\s+(?:-|–|—|to|bis|until|au|al|a|à)\s+|\s*(?:–|—|/)\s*(?=\d{4}-)")
_TIMES = re.compile(r"\s*(?:-|–|—|\bto\b|\bbis\b)\s*")


def parse_clock(text: str) -> str:
    """`1:05 pm`, `13:05`, `13h05` → `13:05:00`. Raises DoesNotFit."""
    match = _CLOCK.match(text.strip())
    if not match:
        raise DoesNotFit("not a time of day")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4] and not 1 <= hour <= 12:
        raise DoesNotFit("no such time of day")
    if match[4]:
        hour = hour % 12 + (12 if match[4] in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise DoesNotFit("no such time of day")
    return f"{hour:02}:{minute:02}:{second:02}"


def split_times(text: str) -> tuple[str, str]:
    """The two times of `09:00 - 17:30`, as `HH:MM:SS`. Raises DoesNotFit."""
    parts = _TIMES.split(text.strip())
    if len(parts) != 2:
        raise DoesNotFit("not two times with a dash between")
    return parse_clock(parts[0]), parse_clock(parts[1])


def split_dates(text: str) -> tuple[str, str]:
    """The two texts of `2024-01-05 - 2024-02-01`; whether they are dates is not looked at. Raises DoesNotFit."""
    parts = _DATES.split(text.strip())
    if len(parts) != 2:
        raise DoesNotFit("not two dates with a dash between")
    return parts[0], parts[1]
