"""What the values of a source column look like: fill, type, length, options, order of dates.

A type is that of nearly all values (`fits` is the share, by value); a column that holds anything else is text. Ids and
codes are text whatever they look like: nobody adds them up, and their leading zeros matter.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from nrpd.mapping.dates import UNDECIDABLE, DoesNotFit, is_epoch, parse_moment, settle_order, split_clock
from nrpd.mapping.known import KNOWN
from nrpd.mapping.names import is_flag, is_identifier, is_quantity, speaks_of_time, words
from nrpd.mapping.transform import ESCAPED_OBJECTS
from nrpd.mapping.values import (
    NO,
    YES,
    clean,
    is_blank,
    is_zero_date,
    parse_number,
    settle_decimal,
    split_multi,
    unescape,
)
from nrpd.netresults.records import OBJECT_COLUMNS, SUPPRESSION_COLUMNS, SourceField, emails_in

ENOUGH = 0.9
"""Share of the values that must fit for a column to be of a type."""
MOST_OPTIONS = 50
LONGEST_OPTION = 60
SAMPLES = 5

Counts = Mapping[str, int]
"""Text of a cell → how many cells hold it."""
_ODD = ("", " ")
"""How a printable text begins that is blank or has to be cleaned."""
_NUMERIC = re.compile(r"[-+]?[\d.,'\u2019 \u00a0\u202f]{1,30}$")
_PHONE = re.compile(r"'?(?:\+|00)?[\d\s().\-/]{6,24}(?:\s*(?:x|ext\.?|#)\s*\d{1,6})?$", re.IGNORECASE)


def profile(
    object: str,
    columns: Mapping[str, Sequence[str]],
    headers: Mapping[str, str],
    files: Sequence[str],
    *,
    date_orders: Mapping[tuple[str, str], str] | None = None,
) -> list[SourceField]:
    """The profile of each column of one object, in the order of `columns`.

    `columns` holds a cell per row; `headers` the header as the file has it, by column; `files` the file of each row.
    `date_orders` are declared orders by (column, file), which settle what the values leave open.
    """
    found = []
    for column, cells in columns.items():
        by_file: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text, file in zip(cells, files, strict=True):
            by_file[file][text] += 1
        found.append(profile_column(object, column, headers.get(column, column), by_file, date_orders=date_orders))
    return found


def value_type(header: str, texts: Sequence[str], *, object: str = "", column: str = "") -> SourceField:
    """The profile of one column of which only some values are known, in one file."""
    return profile_column(object, column or header, header, {"": Counter(texts)})


def profile_column(
    object: str,
    column: str,
    header: str,
    by_file: Mapping[str, Counts],
    *,
    date_orders: Mapping[tuple[str, str], str] | None = None,
) -> SourceField:
    """The profile of one column, whose cells are counted by file and text. `date_orders` as for `profile`."""
    object_ = object
    counts = _cleaned(by_file, escaped=object_ in ESCAPED_OBJECTS)
    known = column in OBJECT_COLUMNS.get(object_, ()) or (object_ == "contacts" and column in SUPPRESSION_COLUMNS)
    filled = sum(counts.values())
    kind, fits, separator = _type(object_, column, header, counts, known)
    zero, orders = 0, {}
    if kind in ("date", "datetime"):
        zero = sum(count for text, count in counts.items() if is_zero_date(text))
        orders = _date_orders(column, by_file, date_orders or {})
    options: tuple[str, ...] = ()
    if kind == "dropdown":
        options = tuple(text for text, _ in counts.most_common())
    elif kind == "multiselect":
        options = _parts(counts, separator)
    return SourceField(
        object=object_, column=column, header=header, known=known,
        count=sum(sum(texts.values()) for texts in by_file.values()), filled=filled - zero, distinct=len(counts),
        type=kind, fits=fits,
        max_length=max(map(len, counts), default=0), samples=tuple(t for t, _ in counts.most_common(SAMPLES)),
        options=options, separator=separator, date_orders=orders,
    )  # fmt: skip


def _cleaned(by_file: Mapping[str, Counts], *, escaped: bool) -> Counter[str]:
    """The texts that are not blank, as they would be read, over all files."""
    counts: Counter[str] = Counter()
    for texts in by_file.values():
        odd = {text for text in texts if not text.isprintable() or text[:1] in _ODD or text[-1:] == " " or "&" in text}
        counts.update(texts if not odd else {text: count for text, count in texts.items() if text not in odd})
        for text in odd:
            if not is_blank(text):
                counts[clean(unescape(text) if escaped else text)] += texts[text]
    return counts


def _date_orders(column: str, by_file: Mapping[str, Counts], declared: Mapping[tuple[str, str], str]) -> dict[str, str]:
    found = {file: declared.get((column, file)) or settle_order(filter(None, texts)) for file, texts in by_file.items()}
    return {file: order for file, order in found.items() if order}


def _type(object_: str, column: str, header: str, counts: Counter[str], known: bool) -> tuple[str, float, str]:
    """(type, share of fitting values, separator of a multiselect or decimal mark of numbers)"""
    wanted = KNOWN.get((object_, column))
    if not counts:
        return "text", 0.0, ""
    if wanted is not None and wanted.custom_type == "set":
        return "multiselect", 1.0, _separator(counts) or ";"
    if wanted is not None and wanted.transform in ("text", "source_id", "full_name", "first_name", "last_name"):
        return "text", 1.0, ""
    if speaks_of_time(column) or speaks_of_time(header):
        share = _share(counts, is_epoch)
        if share >= ENOUGH:
            return "datetime", share, ""
    for kind, test in _tests(header, counts):
        share = _share(counts, test)
        if kind == "date" and 0.0 < share < 1.0 and _share(counts, _is_datetime) > share:
            continue  # some have a time of day
        if share >= ENOUGH:
            return kind, share, ""
    number = _number_type(header, counts)
    if number:
        return number
    if separator := _multi(counts):
        return "multiselect", 1.0, separator
    if _is_dropdown(counts):
        return "dropdown", 1.0, ""
    return "text", 1.0, ""


def _tests(header: str, counts: Counter[str]) -> list[tuple[str, Callable[[str], bool]]]:
    tests: list[tuple[str, Callable[[str], bool]]] = [("email", _is_email), ("website", _is_website)]
    if _is_boolean(header, counts):
        tests.append(("boolean", lambda text: text.casefold() in YES | NO))
    tests += [("date", _is_date), ("datetime", _is_datetime)]
    if not is_identifier(header):
        certain = {"phone", "fax", "mobile", "cell", "telephone", "telefon", "tel", "telefono", "telephonique", "handy"}
        hinted = bool(certain & set(words(header)))
        tests.append(("phone", _is_phone if hinted else lambda text: _is_phone(text) and _looks_dialled(text)))
    return tests


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
    return bool(_PHONE.match(text)) and 7 <= sum(c.isdigit() for c in text) <= 18


def _looks_dialled(text: str) -> bool:
    return text.lstrip("'").startswith(("+", "(", "00")) or len(re.findall(r"\d[\s.\-/)]+\(?\d", text)) >= 2


def _number_type(header: str, counts: Counter[str]) -> tuple[str, float, str] | None:
    if is_identifier(header):
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
    return ("decimal" if decimals else "number", share, mark) if share >= ENOUGH else None


def _separator(counts: Counter[str]) -> str:
    return next((mark for mark in (";", "|", ",") if any(mark in text for text in counts)), "")


def _parts(counts: Counter[str], separator: str) -> tuple[str, ...]:
    parts: Counter[str] = Counter()
    for text, count in counts.items():
        for part in split_multi(text, separator):
            parts[part] += count
    return tuple(part for part, _ in parts.most_common())


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


def _is_dropdown(counts: Counter[str]) -> bool:
    filled = sum(counts.values())
    repeats = filled >= 2 * len(counts) and filled >= 6
    codes = all(text.isdigit() for text in counts)
    return len(counts) <= MOST_OPTIONS and repeats and not codes and max(map(len, counts)) <= LONGEST_OPTION
