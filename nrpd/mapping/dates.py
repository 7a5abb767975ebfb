"""Dates and times as text → values, without guessing.

The order of day and month is settled for a column of a file as a whole (failure-cases.md X16): one value such as
`03/04/2021` says nothing, a column that also holds `25/04/2021` does. A time without an offset is read in the source's
time zone; a local time that the clocks skipped or ran through twice is refused, not guessed (P21). A zero date means
blank (P16).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nrpd.errors import BadInput
from nrpd.netresults.records import visible

UNDECIDABLE = "undecidable"
_MONTHS_OF_YEAR = 12
EPOCH = "epoch"
"""The order of a column of Unix times, in seconds or milliseconds."""


class DoesNotFit(BadInput):
    """One value cannot become what its field asks for. `reason` is a short phrase without the value itself."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


_MONTH_NAMES = (
    ("jan", "january", "januar", "janv", "janvier", "ene", "enero", "jänner"),
    ("feb", "february", "februar", "fevr", "fevrier", "février", "févr", "febrero"),
    ("mar", "march", "märz", "maerz", "mars", "marzo", "mär", "mrz"),
    ("apr", "april", "avr", "avril", "abr", "abril"),
    ("may", "mai", "mayo"),
    ("jun", "june", "juni", "juin", "junio"),
    ("jul", "july", "juli", "juil", "juillet", "julio"),
    ("aug", "august", "août", "aout", "ago", "agosto"),
    ("sep", "sept", "september", "septembre", "septiembre"),
    ("oct", "october", "okt", "oktober", "octobre", "octubre"),
    ("nov", "november", "novembre", "noviembre"),
    ("dec", "december", "dez", "dezember", "déc", "décembre", "decembre", "dic", "diciembre"),
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names}

_TIME = (
    r"(?:(?:[T ]|,\s*|\s+at\s+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})(?P<s>[-/.])(?P<month>\d{1,2})(?P=s)(?P<day>\d{1,2})" + _TIME + "$")
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<year>\d{4}|\d{2})" + _TIME + "$")
_DAY_NAME = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[ -](?:de )?(?P<name>[^\W\d_]+)\.?,?[ -](?:de )?(?P<year>\d{4})" + _TIME + "$"
)
_NAME_DAY = re.compile(r"(?P<name>[^\W\d_]+)\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})" + _TIME + "$")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$", re.ASCII)
_WEEKDAY = re.compile(r"^[^\W\d_]{2,10}\.?,\s+")
_ZERO = re.compile(
    # never; nothing in a spreadsheet (1899-12-30, 1/0/1900); the first value of a type (0001-01-01)
    r"(?:(?:0000[-/.]00[-/.]00|00[-/.]00[-/.]0000|0001-01-01|0?1[/.-]0?1[/.-]0001|1899[-/.]12[-/.]3[01]|1900[-/.]0?1[-/.]00"
    r"|0?1[/.-]0?0[/.-]1900|0?0[/.-]0?[01][/.-]1900|1970[-/.]01[-/.]01|0?1[/.-]0?1[/.-]1970)"
    r"(?:[T ](?:00:00(?::00(?:\.0+)?)?|12:00(?::00)? ?AM)\s*(?:Z|UTC|GMT|[+-]00:?00)?)?"
    # the beginning of Unix time, in the local time of whoever exported
    r"|(?:1970[-/.]01[-/.]01|0?1[/.-]0?1[/.-]1970)[T ](?:0?\d|1[0-4]):(?:00|30|45)(?::00(?:\.0+)?)?"
    r"(?: ?AM|[+-]\d\d:?\d\d)?"
    r"|(?:1969[-/.]12[-/.]31|12[/.-]31[/.-]1969|31[/.-]12[/.-]1969)[T ]"
    r"(?:(?:1[2-9]|2[0-3]):(?:00|30)(?::00(?:\.0+)?)?(?:[+-]\d\d:?\d\d)?|\d{1,2}:(?:00|30)(?::00)? ?PM))$",
    re.IGNORECASE,
)  # fmt: skip
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d{1,9})?$", re.ASCII)
_EPOCHS = range(946_684_800, 2_208_988_800)
"""Seconds of 2000 to 2039: a number beyond is an id or a phone number."""


@dataclass(frozen=True)
class Moment:
    """A date as written, with its time of day and offset where it has them."""

    day: date
    clock: time | None = None
    offset: tzinfo | None = None


def is_zero_date(text: str) -> bool:
    """Whether `text` is one of the forms in which systems write "never" (`0000-00-00`, `1970-01-01` …)."""
    return bool(_ZERO.match(visible(text)))


def is_epoch(text: str) -> bool:
    """Whether `text` is a Unix time of these decades, in seconds or milliseconds. Only its column can tell that it is
    one, and no phone number: a settled column has the order EPOCH."""
    match = _EPOCH.match(visible(text))
    return match is not None and int(match[1]) in _EPOCHS


def parse_date(text: str, order: str = "", tz: str | tzinfo = UTC) -> date | datetime | None:
    """A `date` where the text has no time of day, else an aware `datetime` in UTC; None for blank and zero dates.

    `order` is the column's settled order of day and month, "" where none is known (then only values that can be read
    one way are taken). `tz` is the zone (or its IANA name) of times without an offset. Raises DoesNotFit.
    """
    moment = parse_moment(text, order)
    if moment is None:
        return None
    return moment.day if moment.clock is None else to_utc(moment, tz)


@lru_cache(maxsize=65_536)
def parse_moment(text: str, order: str = "") -> Moment | None:
    """The date as written, not moved to another zone; None for blank and zero dates. Raises DoesNotFit."""
    text = re.sub(r"\s+", " ", visible(text))
    if not text or _ZERO.match(text):
        return None
    if order == EPOCH and is_epoch(text):
        at = datetime.fromtimestamp(int(text[:10]), UTC)
        return Moment(at.date(), at.time(), UTC)
    if match := _YEAR_FIRST.match(text):
        return _moment(match, int(match["month"]), int(match["day"]))
    if match := _YEAR_LAST.match(text):
        return _moment(match, *_month_and_day(match, order))
    text = _WEEKDAY.sub("", text)
    if match := (_DAY_NAME.match(text) or _NAME_DAY.match(text)):
        month = _MONTHS.get(match["name"].casefold())
        if month:
            return _moment(match, month, int(match["day"]))
    raise DoesNotFit("not a date")


def to_utc(moment: Moment, tz: str | tzinfo) -> datetime:
    """`moment` in UTC; midnight where it has no time of day. Raises DoesNotFit for skipped and repeated local times."""
    local = datetime.combine(moment.day, moment.clock or time())
    if moment.offset is not None:
        return _in_utc(local.replace(tzinfo=moment.offset))
    zone = zone_of(tz)
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        skipped = (first.utcoffset() or timedelta()) < (second.utcoffset() or timedelta())
        how = "was skipped" if skipped else "happened twice"
        raise DoesNotFit(f"the clocks changed in {zone}: this local time {how}")
    return _in_utc(first)


def rfc3339(moment: datetime) -> str:
    """An aware time in the form Pipedrive takes: whole seconds, UTC, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)


def split_clock(text: str) -> tuple[str, str]:
    """(date, time of day) of a text that ends in a plain time of day (`23:05`, `23:05:09`), else (text, "")."""
    day, mark, clock = text.partition(" ")
    if not mark:
        day, mark, clock = text.partition("T")
    return (day, clock) if clock and _CLOCK.match(clock) else (text, "")


def settle_order(texts: Iterable[str]) -> str:
    """The order of day and month in one column of one file.

    "ymd", "mdy" or "dmy" where the column as a whole leaves one reading; "undecidable" where it leaves two (no day
    above 12) or none (days above 12 in both places); "epoch" where it holds Unix times; "" where no date in figures.

    Also undecidable: a column that a spreadsheet read in the other order and converted as far as it could. Then all
    that is left as text has a day above 12, and no date with its year first has one.
    """
    pairs: set[tuple[int, int]] = set()
    days: set[int] = set()
    epochs = False
    for day in {split_clock(text)[0] for text in texts}:
        text = re.sub(r"\s+", " ", visible(day))
        if not text or _ZERO.match(text):
            continue
        if match := _YEAR_LAST.match(text):
            pairs.add((int(match["a"]), int(match["b"])))
        elif match := _YEAR_FIRST.match(text):
            days.add(int(match["day"]))
        epochs = epochs or is_epoch(text)
    if not pairs:
        return "ymd" if days else EPOCH if epochs else ""
    day_first = any(a > 12 for a, _ in pairs)
    month_first = any(b > 12 for _, b in pairs)
    half_converted = days and max(days) <= _MONTHS_OF_YEAR and all(max(pair) > _MONTHS_OF_YEAR for pair in pairs)
    if (day_first and month_first) or half_converted:
        return UNDECIDABLE
    if day_first:
        return "dmy"
    if month_first or all(a == b for a, b in pairs):
        return "mdy"
    return UNDECIDABLE


@lru_cache(maxsize=64)
def zone_of(tz: str | tzinfo) -> tzinfo:
    """The zone of an IANA name. Raises BadInput where the name is not known."""
    if not isinstance(tz, str):
        return tz
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(f"time zone {tz!r} is not known: give an IANA name such as America/Denver") from None


def _month_and_day(match: re.Match[str], order: str) -> tuple[int, int]:
    a, b = int(match["a"]), int(match["b"])
    if len(match["year"]) == 2:
        raise DoesNotFit("the year has two digits")
    if order == "mdy":
        return a, b
    if order == "dmy" or a > 12:
        return b, a
    if b > 12 or a == b:
        return a, b
    raise DoesNotFit("day and month cannot be told apart")


def _moment(match: re.Match[str], month: int, day: int) -> Moment:
    try:
        on = date(int(match["year"]), month, day)
        if match["hour"] is None:
            return Moment(on)
        hour = int(match["hour"])
        if match["half"]:
            if not 1 <= hour <= 12:
                raise DoesNotFit("no such time of day")
            hour = hour % 12 + (12 if match["half"][0] in "Pp" else 0)
        clock = time(hour, int(match["minute"]), int(match["second"] or 0))
        return Moment(on, clock, _offset(match["offset"]))
    except ValueError:
        raise DoesNotFit("no such day or time") from None


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-delta if text[0] == "-" else delta)


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise DoesNotFit("no such day or time") from None
