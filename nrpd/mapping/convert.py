"""One cell → one value for one kind of field; each function is one transform of `transforms.py`.

A converter takes the text (entities already unescaped), the row, the context and the row's file. It gives
(value, what is lost or ""), None as value where the text means blank, and raises DoesNotFit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from nrpd.mapping.dates import DoesNotFit, is_zero_date, parse_moment, rfc3339, to_utc
from nrpd.mapping.spans import parse_clock, split_dates, split_times
from nrpd.mapping.transforms import NOTE, PHONE_LABELS, SEPARATORS
from nrpd.mapping.values import (
    clean,
    is_scientific,
    parse_boolean,
    parse_money,
    parse_number,
    parse_phone,
    split_multi,
    split_phones,
)
from nrpd.netresults.records import emails_in, unreadable_emails
from nrpd.pipedrive.records import MAX_LENGTH, MAX_OPTION_LENGTH, MappingRow, looks_like_json


@dataclass(frozen=True)
class Context:
    """What the meaning of a value depends on besides its text."""

    default_country: str = "US"
    """ISO code; of phone numbers without a country code."""
    timezone: str = "UTC"
    """IANA name; of times without an offset."""
    date_orders: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """(object, column, file) → ymd, mdy or dmy, as settled for that column of that file."""
    currency: str = "USD"
    """Of amounts without a currency."""
    options: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """(entity, field) → labels that the account has; a value that folds equal to one takes its spelling."""

    def order(self, row: MappingRow, file: str) -> str:
        found = self.date_orders.get((row.object, row.column, file), "")
        return "" if found == "undecidable" else found


Converted = tuple[Any, str]
Converter = Callable[[str, MappingRow, Context, str], Converted]

NO_LOSS = ""
ZERO_DATE = "a zero date means no date; left blank"
TIME_LOST = "the time of day"
KEPT_AS_WRITTEN = "kept as written: "


def _text(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    value = clean(text)
    limit = MAX_LENGTH.get(row.target.type, MAX_LENGTH["varchar"])
    if len(value) > limit:
        raise DoesNotFit(f"{len(value)} characters; {limit} fit")
    return value or None, NO_LOSS


def _line(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    return clean(text) or None, NO_LOSS


def _source_id(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    if is_scientific(text):
        raise DoesNotFit("scientific notation: the digits of the id were lost in a spreadsheet")
    return _text(text, row, context, file)


def _name(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    value = " ".join(clean(text).split())
    if len(value) > MAX_LENGTH["name"]:
        raise DoesNotFit(f"a name of {len(value)} characters; {MAX_LENGTH['name']} fit")
    return value or None, NO_LOSS


def _company_name(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    return (None, NO_LOSS) if row.column.endswith("_id") else _name(text, row, context, file)


def _email(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    readable = emails_in(text)
    addresses = [address for address in readable if not looks_like_json(address)]
    lost = [*unreadable_emails(text), *filter(looks_like_json, readable)]
    if lost and not addresses:
        raise DoesNotFit("not an e-mail address")
    found = tuple({"value": a, "label": "work", "primary": n == 0} for n, a in enumerate(addresses))
    return found or None, f"not an e-mail address: {'; '.join(lost)}" if lost else NO_LOSS


def _phones(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    found: dict[str, dict[str, Any]] = {}
    loss = NO_LOSS
    for part in split_phones(text):
        number, original = _one_phone(part, context)
        loss = loss or ("" if number else f"{KEPT_AS_WRITTEN}not a valid phone number")
        value = number or original
        if value and looks_like_json(value):
            raise DoesNotFit("not a phone number")
        if value:
            found.setdefault(value, {"value": value, "label": PHONE_LABELS[row.transform], "primary": False})
    return tuple(found.values()) or None, loss if found else NO_LOSS


def _phone(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    number, original = _one_phone(text, context)
    if not (number or original):
        return None, NO_LOSS
    return number or original, NO_LOSS if number else f"{KEPT_AS_WRITTEN}not a valid phone number"


def _one_phone(text: str, context: Context) -> tuple[str | None, str]:
    number, original = parse_phone(text, context.default_country)
    if not number and len(original) > MAX_LENGTH["phone"]:
        raise DoesNotFit(f"{len(original)} characters; {MAX_LENGTH['phone']} fit")
    return number, original


def _created(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    moment = parse_moment(text, context.order(row, file))
    if moment is None:
        return None, ZERO_DATE if is_zero_date(text) else NO_LOSS
    return rfc3339(to_utc(moment, context.timezone)), NO_LOSS


def _timestamp(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    try:
        moment = parse_moment(text, context.order(row, file))
        if moment is None:
            return None, ZERO_DATE if is_zero_date(text) else NO_LOSS
        if moment.clock is None:
            return moment.day.isoformat(), NO_LOSS
        return rfc3339(to_utc(moment, context.timezone)), NO_LOSS
    except DoesNotFit as error:
        return _text(text, row, context, file)[0], KEPT_AS_WRITTEN + error.reason


def _date(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    moment = parse_moment(text, context.order(row, file))
    if moment is None:
        return None, ZERO_DATE if is_zero_date(text) else NO_LOSS
    has_time = moment.clock is not None and moment.clock.isoformat() != "00:00:00"
    return moment.day.isoformat(), TIME_LOST if has_time else NO_LOSS


def _date_range(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    first, last = (parse_moment(part, context.order(row, file)) for part in split_dates(clean(text)))
    if first is None or last is None or last.day < first.day:
        raise DoesNotFit("not a first and a last date")
    lost = TIME_LOST if first.clock or last.clock else NO_LOSS
    return {"value": first.day.isoformat(), "until": last.day.isoformat()}, lost


def _time(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    return {"value": parse_clock(clean(text))}, NO_LOSS


def _time_range(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    first, last = split_times(clean(text))
    return {"value": first, "until": last}, NO_LOSS


def _number(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    return parse_number(text, "," if row.transform == "number_comma" else "."), NO_LOSS


def _integer(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    # The column is known to hold whole numbers, so `1,234` and `1.234` can only be grouped thousands.
    value = clean(text)
    grouped = re.fullmatch(r"[+-]?[1-9]\d{0,2}(?:[.,]\d{3})+", value)
    number = parse_number(re.sub("[.,]", "", value) if grouped else value)
    if not isinstance(number, int):
        raise DoesNotFit("not a whole number")
    return number, NO_LOSS


def _money(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    return parse_money(text, "," if row.transform == "money_comma" else ".", context.currency), NO_LOSS


def _yes_no(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    wanted = parse_boolean(text)
    for label in context.options.get((row.target.entity, row.target.field), ()):
        try:
            if parse_boolean(label) is wanted:
                return label, NO_LOSS
        except DoesNotFit:
            continue
    return ("Yes" if wanted else "No"), NO_LOSS


def _option(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    label = _label(text, row, context)
    return label or None, NO_LOSS


def _options(text: str, row: MappingRow, context: Context, file: str) -> Converted:
    labels = {_label(part, row, context) for part in split_multi(text, SEPARATORS[row.transform])}
    return tuple(sorted(labels)) or None, NO_LOSS


def _label(text: str, row: MappingRow, context: Context) -> str:
    label = " ".join(clean(text).split())
    if len(label) > MAX_OPTION_LENGTH:
        raise DoesNotFit(f"an option of {len(label)} characters; {MAX_OPTION_LENGTH} fit")
    existing = context.options.get((row.target.entity, row.target.field), ())
    if not existing or label in existing:
        return label
    folded = label.casefold()
    return next((known for known in existing if known.casefold() == folded), label)


CONVERTERS: Mapping[str, Converter] = MappingProxyType(
    {
        "text": _text, "source_id": _source_id, "full_name": _name, "first_name": _name, "last_name": _name,
        "email": _email, "work_phone": _phones, "mobile_phone": _phones, "home_phone": _phones, "phone": _phone,
        "address": _text, "street": _text, "street_2": _text, "city": _text, "state": _text, "postal_code": _text,
        "country": _text, "created": _created, "timestamp": _timestamp, "date": _date, "date_range": _date_range,
        "time": _time, "time_range": _time_range, "number": _number, "number_comma": _number, "integer": _integer,
        "money": _money, "money_comma": _money, "yes_no": _yes_no, "option": _option, "options": _options,
        "options_bar": _options, "options_comma": _options, NOTE: _line,
    }
)  # fmt: skip
"""Transform → its function; transforms without one (links, fixed, skip) make no value here."""

CHECKS: Mapping[str, Converter] = MappingProxyType(
    {**CONVERTERS, "organization": _company_name, "relationship": _company_name}
)
"""The same, and what is asked of a name that another phase makes an organization of."""
