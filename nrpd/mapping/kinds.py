"""Of what type a column's values are: the first test that nearly all of them pass.

Ids and codes are text whatever they look like: nobody adds them up, and their leading zeros matter. What few values
leave open the column's name settles (`hints.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from nrpd.mapping.dates import UNDECIDABLE, DoesNotFit, is_epoch, parse_moment, split_clock
from nrpd.mapping.hints import is_choice, is_dialled, is_flag, is_identifier, is_open, is_quantity, speaks_of_time
from nrpd.mapping.known import KNOWN
from nrpd.mapping.spans import parse_clock, split_dates, split_times
from nrpd.mapping.values import (
    NO,
    YES,
    has_currency,
    parse_money,
    parse_number,
    settle_decimal,
    settle_money,
    split_multi,
)
from nrpd.netresults.records import emails_in

ENOUGH = 0.9
"""Share of the values that must fit for a column to be of a type."""
MOST_OPTIONS = 50
LONGEST_OPTION = 60
FEW = 30
"""Of so few values a drop-down is known by its name as well as by what comes again."""
FEW_OPTIONS = 12

_NUMERIC = re.compile(r"[-+]?[\d.,'\u2019 \u00a0\u202f]{1,30}$")
_IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}$")
_DATED = re.compile(r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:19|20)\d\d)$", re.ASCII)
"""Written like a date, if perhaps of a day that there is not: no phone."""
_PHONE = re.compile(r"'?(?:\+|00)?[\d\s().\-/]{6,24}(?:\s*(?:x|ext\.?|#)\s*\d{1,6})?$", re.IGNORECASE)


@dataclass(frozen=True)
class Kind:
    """A source type, the share of the values that fit it, and what is needed to read them."""

    type: str
    fits: float = 1.0
    separator: str = ""
    """Between the parts of a multiselect; the decimal mark of numbers and amounts."""
    form: str = ""
    """Of a text column: money, time, date_range or time_range, where every value is one."""


TEXT = Kind("text")


def kind_of(object_: str, column: str, header: str, counts: Counter[str]) -> Kind:
    """The kind of a column, from its distinct values and how often each comes."""
    wanted = KNOWN.get((object_, column))
    if not counts:
        return Kind("text", 0.0)
    if wanted is not None and wanted.custom_type == "set":
        return Kind("multiselect", 1.0, _separator(counts) or ";")
    if wanted is not None and wanted.transform in ("text", "source_id", "full_name", "first_name", "last_name"):
        return TEXT
    if (speaks_of_time(column) or speaks_of_time(header)) and (share := _share(counts, is_epoch)) >= ENOUGH:
        return Kind("datetime", share)
    for kind, test in _tests(header, counts):
        share = _share(counts, test)
        if kind == "date" and 0.0 < share < 1.0 and _share(counts, _is_datetime) > share:
            continue  # some have a time of day
        if share >= ENOUGH:
            return Kind(kind, share)
    if wanted is None and (found := _form(header, counts)):
        return found
    if _share(counts, _phone_test(header)) >= ENOUGH:
        return Kind("phone", _share(counts, _is_phone))
    if number := _number_type(header, counts):
        return number
    if separator := _multi(counts):
        return Kind("multiselect", 1.0, separator)
    return Kind("dropdown") if _is_dropdown(header, counts) else TEXT


def _tests(header: str, counts: Counter[str]) -> list[tuple[str, Callable[[str], bool]]]:
    tests: list[tuple[str, Callable[[str], bool]]] = [("email", _is_email), ("website", _is_website)]
    if _is_boolean(header, counts):
        tests.append(("boolean", lambda text: text.casefold() in YES | NO))
    return [*tests, ("date", _is_date), ("datetime", _is_datetime)]


def _form(header: str, counts: Counter[str]) -> Kind | None:
    """What every value is, of the things for which Pipedrive has a type and the source has none."""
    tests: tuple[tuple[str, Callable[[str], object]], ...] = (
        ("time", parse_clock), ("time_range", split_times), ("date_range", _both_dates),
    )  # fmt: skip
    for form, test in tests:
        if _all(counts, test):
            return Kind("text", form=form)
    if is_identifier(header) or _share(counts, has_currency) < ENOUGH:
        return None
    mark = settle_money(counts)
    if mark == UNDECIDABLE or not _all(counts, lambda text: parse_money(text, mark)):
        return None
    return Kind("text", separator=mark, form="money")


def _all(counts: Counter[str], test: Callable[[str], object]) -> bool:
    try:
        for text in counts:
            test(text)
    except DoesNotFit:
        return False
    return True


def _both_dates(text: str) -> None:
    if not all(_moment_kind(part) == "date" for part in split_dates(text)):
        raise DoesNotFit("not two dates")


def _share(counts: Counter[str], test: Callable[[str], bool]) -> float:
    """The share of all cells that pass; a hundred distinct ones are asked first, to be quick on long columns."""
    first = [text for text, _ in zip(counts, range(100), strict=False)]
    if sum(map(test, first)) < len(first) / 2:
        return 0.0
    return sum(count for text, count in counts.items() if test(text)) / sum(counts.values())


def _is_email(text: str) -> bool:
    return "@" in text and bool(emails_in(text))


def _is_website(text: str) -> bool:
    if not text.casefold().startswith(("http://", "https://", "www.")) or " " in text:
        return False
    try:
        return bool(urlsplit(text if "://" in text else f"https://{text}").netloc)
    except ValueError:
        return False


def _is_boolean(header: str, counts: Counter[str]) -> bool:
    answers = YES | NO
    if not all(text.casefold() in answers for text in counts):
        return False
    folded = {text.casefold() for text in counts}
    if folded <= {"0", "1"}:
        return not is_quantity(header) and (is_flag(header) or len(folded) == 2)
    return len(folded) == 2 or is_flag(header) or not all(len(word) == 1 for word in folded)


def _moment_kind(text: str) -> str:
    """`date`, `datetime`, `zero` or "". The date before a plain time of day is parsed once for all its times."""
    day, clock = split_clock(text)
    if clock and _day_kind(day) == "date":
        return "date" if clock.strip("0:") == "" else "datetime"
    return _day_kind(text)


@lru_cache(maxsize=65_536)
def _day_kind(text: str) -> str:
    if not any(c.isdigit() for c in text) or len(text) > 40:
        return ""
    for order in ("mdy", "dmy"):
        try:
            moment = parse_moment(text, order)
        except DoesNotFit:
            continue
        if moment is None:
            return "zero"
        return "date" if moment.clock is None or moment.clock.isoformat() == "00:00:00" else "datetime"
    return ""


def _is_date(text: str) -> bool:
    return _moment_kind(text) in ("date", "zero")


def _is_datetime(text: str) -> bool:
    return _moment_kind(text) != ""


def _is_phone(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    return 7 <= digits <= 18 and bool(_PHONE.match(text)) and not _IP.match(text) and not _DATED.match(text)


def _phone_test(header: str) -> Callable[[str], bool]:
    """How sure the form of a number must be: less where the name says phone, more where it says number or id."""
    if is_dialled(header):
        return _is_phone
    if is_identifier(header):
        return lambda text: _is_phone(text) and text.lstrip("'").startswith(("+", "("))
    return lambda text: _is_phone(text) and _looks_dialled(text)


def _looks_dialled(text: str) -> bool:
    return text.lstrip("'").startswith(("+", "(", "00")) or len(re.findall(r"\d[\s.\-/)]+\(?\d", text)) >= 2


def _number_type(header: str, counts: Counter[str]) -> Kind | None:
    if is_identifier(header) or _looks_numbered(header, counts):
        return None
    first = [text for text, _ in zip(counts, range(100), strict=False)]
    if sum(bool(_NUMERIC.match(text)) for text in first) < len(first) / 2:
        return None
    mark = settle_decimal(counts)
    if mark == UNDECIDABLE:
        return None
    good = decimals = 0
    for text, count in counts.items():
        try:
            value = parse_number(text, mark)
        except DoesNotFit:
            continue
        good += count
        decimals += isinstance(value, float)
    share = good / sum(counts.values())
    return Kind("decimal" if decimals else "number", share, mark) if share >= ENOUGH else None


def _looks_numbered(header: str, counts: Counter[str]) -> bool:
    """Whether the values look given out one by one: whole numbers of one length, six digits or more, none twice."""
    if is_quantity(header) or len(counts) < 3 or any(count > 1 for count in counts.values()):
        return False
    lengths = {len(text) if text.isdigit() else 0 for text in counts}
    return len(lengths) == 1 and lengths.pop() >= 6


def _separator(counts: Counter[str]) -> str:
    return next((mark for mark in (";", "|", ",") if any(mark in text for text in counts)), "")


def _multi(counts: Counter[str]) -> str:
    """The separator of a column of several options a cell; "" where it is none: parts must be short and come again."""
    total = sum(counts.values())
    for mark in (";", "|", ","):
        several = sum(count for text, count in counts.items() if mark in text)
        if several < max(2, total * 0.1):
            continue
        parts: Counter[str] = Counter()
        cells: Counter[str] = Counter()
        for text, count in counts.items():
            for part in split_multi(text, mark):
                parts[part] += count
                cells[part] += 1
            if len(parts) > MOST_OPTIONS:
                break
        short = all(len(part) <= 40 and len(part.split()) <= 5 for part in parts)
        again = sum(cells.values()) / len(parts) >= 1.5 and len(parts) < max(len(counts) * 2, 4)
        if len(parts) <= MOST_OPTIONS and short and again and (mark != "," or _mixes(counts, parts)):
            return mark
    return ""


def _mixes(counts: Counter[str], parts: Counter[str]) -> bool:
    """Whether parts stand alone as well as together, which the commas of `Denver, CO` do not."""
    return sum(part in counts for part in parts) >= max(1, len(parts) // 3)


def _is_dropdown(header: str, counts: Counter[str]) -> bool:
    filled, distinct = sum(counts.values()), len(counts)
    if distinct > MOST_OPTIONS or max(map(len, counts)) > LONGEST_OPTION or all(text.isdigit() for text in counts):
        return False
    if is_open(header):
        return filled >= 20 * distinct
    if filled >= max(6, 2 * distinct):
        return True
    short = all(len(text) <= 40 and len(text.split()) <= 5 for text in counts)
    return is_choice(header) and short and 3 <= filled <= FEW and distinct <= FEW_OPTIONS
