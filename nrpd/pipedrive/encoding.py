"""One value at a time, to the API: from its canonical form (see `pipedrive/records.py`) to the JSON of v2.

v2 is strict: a number is never text, an option is its number, `""` and `[]` are refused (facts/pipedrive.md, sections
1 and 8). So a value of the wrong form is found here, where its field has a name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from nrpd.errors import BadInput
from nrpd.pipedrive.records import MAX_LENGTH, MAX_NOTE_BYTES, Field, looks_like_json

_CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$")
_DURATION = re.compile(r"^\d{2,3}:[0-5]\d(:[0-5]\d)?$")
_ADDRESS_PARTS = (
    "value", "country", "admin_area_level_1", "admin_area_level_2", "locality", "sublocality", "route", "street_number",
    "subpremise", "postal_code",
)  # fmt: skip
"""What a request may hold of an address (OpenAPI v2); answers may hold more, such as `formatted_address`."""
_LISTS = frozenset({"channel", "numbers", "objects"})
"""Kinds of standard fields that are arrays, which null does not clear."""
_SHOWN = 60  # characters of a value that a message repeats


class _Wrong(Exception):
    """The value does not have the form that its type needs; the text says what was expected.

    `part` is what is wrong about it, where that is not the whole value.
    """

    def __init__(self, text: str, part: Any = None) -> None:
        super().__init__(text)
        self.part = part


def encode_value(where: str, kind: str, value: Any, field: Field | None = None) -> Any:
    """The JSON for a canonical value of a field type (or kind of standard field); None stays None, of a list empty.

    `where` names the field in messages, `field` gives the options. Raises BadInput.
    """
    if value is None:
        return [] if kind in _LISTS else None
    try:
        return _ENCODERS[kind](value, field)
    except KeyError:
        raise BadInput(f"{where}: a field of type {kind!r} cannot be written through the API") from None
    except _Wrong as wrong:
        raise BadInput(f"{where}: {_shown(value if wrong.part is None else wrong.part)} {wrong}") from None


def _text(limit: int | None) -> Callable[[Any, Field | None], str]:
    def encode(value: Any, field: Field | None) -> str:
        if not isinstance(value, str):
            raise _Wrong("is no text")
        if not value.strip():
            raise _Wrong("is blank; a blank is left out, never written")
        if limit and len(value) > limit:
            raise _Wrong(f"is too long: {len(value)} characters, at most {limit} fit")
        return value

    return encode


def _html(value: Any, field: Field | None) -> str:
    text = _text(None)(value, field)
    if len(text.encode()) > MAX_NOTE_BYTES:
        raise _Wrong(f"is too long: at most {MAX_NOTE_BYTES:,} bytes fit")
    return text


def _double(value: Any, field: Field | None) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _Wrong("is no number")
    return value


def _whole(value: Any, field: Field | None) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Wrong("is no whole number")
    return value


def _whole_list(value: Any, field: Field | None) -> list[int]:
    return [_whole(item, field) for item in _sequence(value)]


def _flag(value: Any, field: Field | None) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("is neither true nor false")
    return value


def _date(value: Any, field: Field | None) -> str:
    try:
        if isinstance(value, str) and len(value) == 10 and date.fromisoformat(value):
            return value
    except ValueError:
        pass
    raise _Wrong("is no date of the form YYYY-MM-DD")


def _instant(value: Any, field: Field | None) -> str:
    try:
        if isinstance(value, str) and "T" in value and datetime.fromisoformat(value).tzinfo is not None:
            return value
    except ValueError:
        pass
    raise _Wrong("is no point in time of the form YYYY-MM-DDTHH:MM:SSZ")


def _clock(value: Any, field: Field | None) -> str:
    if not isinstance(value, str) or not _CLOCK.match(value):
        raise _Wrong("is no time of the form HH:MM")
    return f"{value}:00"[:8]


def _duration(value: Any, field: Field | None) -> str:
    if not isinstance(value, str) or not _DURATION.match(value):
        raise _Wrong("is no duration of the form HH:MM")
    return value


def _option_id(label: Any, field: Field | None) -> int:
    options = field.options if field else ()
    for option in options:
        if option.label == label:
            return option.id
    allowed = ", ".join(repr(option.label) for option in options[:10]) + (", …" if len(options) > 10 else "")
    raise _Wrong(f"is no option of this field; it has: {allowed or 'none'}", label)


def _option_ids(value: Any, field: Field | None) -> list[int]:
    labels = _sequence(value)
    if not labels:
        raise _Wrong("is blank; a blank is left out, never written")
    return list(dict.fromkeys(_option_id(label, field) for label in labels))


def _choice(value: Any, field: Field | None) -> int:
    return _whole(value, field) if isinstance(value, int) else _option_id(value, field)


def _monetary(value: Any, field: Field | None) -> dict[str, Any]:
    money = _mapping(value)
    if not isinstance(money.get("currency"), str) or len(money["currency"]) != 3:
        raise _Wrong("has no currency of three letters")
    return {"value": _double(money.get("value"), field), "currency": money["currency"]}


def _span(part: Callable[[Any, Field | None], str], until: bool) -> Callable[[Any, Field | None], dict[str, Any]]:
    def encode(value: Any, field: Field | None) -> dict[str, Any]:
        given = _mapping(value)
        span: dict[str, Any] = {"value": part(given.get("value"), field)}
        if until:
            span["until"] = part(given.get("until"), field)
        if part is _clock and given.get("timezone_name"):
            span["timezone_name"] = given["timezone_name"]
        return span

    return encode


def _address(value: Any, field: Field | None) -> dict[str, Any]:
    address = _mapping(value)
    if not isinstance(address.get("value"), str) or not address["value"].strip():
        raise _Wrong("has no address text in its 'value'")
    return {key: address[key] for key in _ADDRESS_PARTS if address.get(key) not in (None, "")}


def _channel(value: Any, field: Field | None) -> list[dict[str, Any]]:
    """E-mails, phones and messengers; at most one is primary, and where none is, the first."""
    items = [dict(_mapping(item)) for item in _sequence(value)]
    for item in items:
        text = item.get("value")
        if not isinstance(text, str) or not text.strip() or looks_like_json(text):
            raise _Wrong("has an entry without a value")
    primary = next((n for n, item in enumerate(items) if item.get("primary")), 0)
    return [
        {"value": item["value"], "label": item.get("label") or "work", "primary": n == primary}
        for n, item in enumerate(items)
    ]


def _objects(value: Any, field: Field | None) -> list[dict[str, Any]]:
    return [dict(_mapping(item)) for item in _sequence(value)]


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _Wrong("is no object with named parts")
    return value


def _sequence(value: Any) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _Wrong("is no list")
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


_ENCODERS: Mapping[str, Callable[[Any, Field | None], Any]] = {
    "varchar": _text(MAX_LENGTH["varchar"]), "varchar_auto": _text(MAX_LENGTH["varchar"]),
    "text": _text(MAX_LENGTH["text"]), "phone": _text(MAX_LENGTH["phone"]), "word": _text(MAX_LENGTH["varchar"]),
    "html": _html, "double": _double, "monetary": _monetary, "date": _date, "daterange": _span(_date, True),
    "time": _span(_clock, False), "timerange": _span(_clock, True), "set": _option_ids, "enum": _option_id,
    "address": _address, "org": _whole, "people": _whole, "user": _whole, "number": _whole, "numbers": _whole_list,
    "flag": _flag, "instant": _instant, "clock": _clock,
    "duration": _duration, "choice": _choice, "channel": _channel, "objects": _objects,
}  # fmt: skip
