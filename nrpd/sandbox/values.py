"""Checks of single values. Each takes the path and the value, and gives back what is stored, or raises Invalid.

API v2 is strict: no text for numbers, true and false only for booleans, no empty text
(facts/pipedrive.md, sections 1 and 8).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from .answers import Invalid
from .clock import parse_rfc3339, parse_v1
from .currencies import currencies

Check = Callable[[str, Any], Any]

ADDRESS_PARTS = (
    "country", "admin_area_level_1", "admin_area_level_2", "locality", "sublocality", "route", "street_number",
    "subpremise", "postal_code",
)  # fmt: skip
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
_DURATION = re.compile(r"\d{1,3}:[0-5]\d(:[0-5]\d)?")
_DECIMALS = 16
_SIXTEENTH = Decimal(1).scaleb(-_DECIMALS)


def kind_of(value: Any) -> str:
    """The JSON name of a value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def expected(path: str, wanted: str, value: Any) -> Invalid:
    """The problem of a value of another type."""
    return Invalid(path, f"Expected '{wanted}', received '{kind_of(value)}'")


def text(limit: int, unit: str = "characters") -> Check:
    """A check of non-empty text of at most `limit` characters, or `bytes` in UTF-8."""

    def check(path: str, value: Any) -> str:
        if not isinstance(value, str):
            raise expected(path, "string", value)
        if not value:
            raise Invalid(path, "Expected non-empty 'string', use null to clear")
        if (len(value.encode()) if unit == "bytes" else len(value)) > limit:
            raise Invalid(path, f"This value is too long. It should have {limit} {unit} or less.")
        return value

    return check


def name(path: str, value: Any) -> str:
    """A name: text that is more than white space, at most 255 characters."""
    checked: str = text(255)(path, value)
    if not checked.strip():
        raise Invalid(path, "This value should not be blank.")
    return checked


def integer(path: str, value: Any) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise expected(path, "integer", value)
    if abs(value) > 2**53:
        raise Invalid(path, "This value is out of range.")
    return value


def number(path: str, value: Any) -> float:
    """A finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise expected(path, "number", value)
    if not math.isfinite(value):
        raise Invalid(path, "This value should be a finite number.")
    return value


def double(path: str, value: Any) -> float:
    """A finite number; decimals beyond the sixteenth are cut off without a word (OpenAPI v2)."""
    checked = number(path, value)
    exact = Decimal(repr(checked))
    cut = exact.quantize(_SIXTEENTH, ROUND_DOWN) if int(exact.as_tuple().exponent) < -_DECIMALS else exact
    return checked if cut == exact else float(cut)


def boolean(path: str, value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise expected(path, "boolean", value)
    return value


def choice(*values: str) -> Check:
    """A check of one of a closed list of texts."""

    def check(path: str, value: Any) -> str:
        if not isinstance(value, str):
            raise expected(path, "string", value)
        if value not in values:
            raise Invalid(path, f"Expected one of {', '.join(values)}")
        return value

    return check


def array(value_of: Check, most: int | None = None) -> Check:
    """A check of a list of at most `most` items, each of which passes `value_of`."""

    def check(path: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise expected(path, "array", value)
        if most is not None and len(value) > most:
            raise Invalid(path, f"A maximum of {most} items is allowed.")
        return [value_of(f"{path}[{index}]", item) for index, item in enumerate(value)]

    return check


def calendar_date(path: str, value: Any) -> str:
    """`YYYY-MM-DD`, a day that exists."""
    if not isinstance(value, str):
        raise expected(path, "string", value)
    try:
        if len(value) == 10 and date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    raise Invalid(path, "This value is not a valid date.")


def clock_time(path: str, value: Any) -> str:
    """`HH:MM` or `HH:MM:SS`, kept as `HH:MM:SS`."""
    return _clock(path, value, _CLOCK)


def duration(path: str, value: Any) -> str:
    """A length of time, `HH:MM` or `HH:MM:SS`, kept as `HH:MM:SS`."""
    return _clock(path, value, _DURATION)


def _clock(path: str, value: Any, form: re.Pattern[str]) -> str:
    if not isinstance(value, str):
        raise expected(path, "string", value)
    if not form.fullmatch(value):
        # The words of Pipedrive itself (GitHub issue client-nodejs #661).
        raise Invalid(path, "This value is not a valid datetime.")
    return value if value.count(":") == 2 else f"{value}:00"


def datetime_utc(path: str, value: Any) -> str:
    """RFC 3339 in whole seconds, kept in UTC as `…Z`."""
    if not isinstance(value, str):
        raise expected(path, "string", value)
    parsed = parse_rfc3339(value)
    if parsed is None:
        raise Invalid(path, "This value is not a valid datetime.")
    return parsed


def datetime_either(path: str, value: Any) -> str:
    """RFC 3339, or `YYYY-MM-DD HH:MM:SS` in UTC as the OpenAPI v2 asks for where a deal was archived."""
    return datetime_utc(path, parse_v1(value) or value if isinstance(value, str) else value)


def currency(path: str, value: Any) -> str:
    """The code of a currency of the account: three capital letters."""
    if not isinstance(value, str):
        raise expected(path, "string", value)
    if value not in currencies():
        raise Invalid(path, "This value is not a valid currency code.")
    return value


def members(path: str, value: Any, allowed: Mapping[str, Check], required: tuple[str, ...]) -> dict[str, Any]:
    """An object with only the allowed keys, each checked, none of the required ones missing."""
    if not isinstance(value, dict):
        raise expected(path, "object", value)
    for key in value:
        if key not in allowed:
            raise Invalid(f"{path}.{key}", f"Parameter '{key}' is not allowed for this request")
    for key in required:
        if value.get(key) is None:
            raise Invalid(f"{path}.{key}", "This value is required.")
    return {key: allowed[key](f"{path}.{key}", item) for key, item in value.items()}


def or_null(check: Check) -> Check:
    """The same check, but null passes."""
    return lambda path, value: None if value is None else check(path, value)


_ADDRESS: dict[str, Check] = {"value": text(65_000), **{part: or_null(text(255)) for part in ADDRESS_PARTS}}


def address(path: str, value: Any) -> dict[str, Any]:
    """An address: `value` is required, and parts that are not sent become null (facts, section 4)."""
    checked = members(path, value, _ADDRESS, ("value",))
    return {"value": checked["value"], **{part: checked.get(part) for part in ADDRESS_PARTS}}


_CONTACT: dict[str, Check] = {"value": text(255), "primary": boolean, "label": text(255)}


def contacts(path: str, value: Any) -> list[dict[str, Any]]:
    """E-mails, phones or instant messengers: at most one primary, else the first becomes it (facts, section 3)."""
    if not isinstance(value, list):
        raise expected(path, "array", value)
    entries = [members(f"{path}[{index}]", item, _CONTACT, ("value",)) for index, item in enumerate(value)]
    primaries = sum(bool(entry.get("primary")) for entry in entries)
    if primaries > 1:
        raise Invalid(path, "Only one item can be primary.")
    return [
        {
            "value": entry["value"],
            "primary": bool(entry.get("primary")) or (primaries == 0 and index == 0),
            "label": entry.get("label", "work"),
        }
        for index, entry in enumerate(entries)
    ]
