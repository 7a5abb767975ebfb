"""Values of custom fields: which form each field type takes, and how a stored value is answered.

Source of the forms: Pipedrive's API v2 migration guide (facts/pipedrive.md, section 8).
Writing and reading have the same form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import values
from .answers import Invalid
from .call import Call
from .store import Doc

FIELD_TYPES = (
    "varchar", "varchar_auto", "text", "double", "monetary", "date", "daterange", "time", "timerange", "set", "enum",
    "phone", "address", "org", "people", "user",
)  # fmt: skip
"""The types of which a custom field can be made (OpenAPI v2, `POST /personFields`)."""

SEARCHABLE = frozenset({"address", "varchar", "text", "varchar_auto", "double", "monetary", "phone"})
MAX_TEXT = 65_000

_SIMPLE: dict[str, values.Check] = {
    "varchar": values.text(255),
    "varchar_auto": values.text(255),
    "phone": values.text(255),
    "text": values.text(MAX_TEXT),
    "double": values.double,
    "date": values.calendar_date,
    "address": values.address,
}
_ZONE: dict[str, values.Check] = {
    "timezone_name": values.or_null(values.text(64)),
    "timezone_id": values.or_null(values.integer),
}
_TIME: dict[str, values.Check] = {"value": values.clock_time, **_ZONE}
_TIME_RANGE: dict[str, values.Check] = {"value": values.clock_time, "until": values.clock_time, **_ZONE}
_MONEY: dict[str, values.Check] = {"value": values.number, "currency": values.currency}
_DATES: dict[str, values.Check] = {"value": values.calendar_date, "until": values.calendar_date}
_LINKS = {"org": "organization", "people": "person", "user": "user"}


def check_custom(call: Call, path: str, field: Doc, value: Any, *, links: bool = True) -> Any:
    """What is stored for a value of this field; null clears it. `links=False` leaves out whether a linked id exists."""
    if value is None:
        return None
    kind = field["field_type"]
    if kind in _SIMPLE:
        return _SIMPLE[kind](path, value)
    if kind == "enum":
        return _single_option(call, path, field, value)
    if kind == "set":
        return _several_options(call, path, field, value)
    if kind == "monetary":
        return values.members(path, value, _MONEY, ("value", "currency"))
    if kind == "daterange":
        return values.members(path, value, _DATES, ("value", "until"))
    if kind in ("time", "timerange"):
        form, required = (_TIME, ("value",)) if kind == "time" else (_TIME_RANGE, ("value", "until"))
        checked = values.members(path, value, form, required)
        zone = call.account.me.get("timezone_name", "UTC")
        return {
            **checked,
            "timezone_id": checked.get("timezone_id"),
            "timezone_name": checked.get("timezone_name") or zone,
        }
    number = values.integer(path, value)
    if links and not call.store.exists(_LINKS[kind], number):
        raise Invalid(path, f"The {_LINKS[kind]} {number} does not exist.")
    return number


def _option(call: Call, path: str, field: Doc, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid(path, "Expected 'number' as value for single option custom field")
    if value not in call.account.options[field["field_code"]]:
        raise Invalid(path, f"Option id {value} does not exist for this field.")
    return value


def _single_option(call: Call, path: str, field: Doc, value: Any) -> int:
    return _option(call, path, field, value)


def _several_options(call: Call, path: str, field: Doc, value: Any) -> list[int]:
    if not isinstance(value, list):
        raise values.expected(path, "array", value)
    if not value:
        raise Invalid(path, "Expected non-empty 'array', use null to clear")
    return list(dict.fromkeys(_option(call, f"{path}[{index}]", field, item) for index, item in enumerate(value)))


def check_custom_fields(call: Call, entity: str, value: Any) -> Doc:
    """The `custom_fields` object of a body: field code → what is stored. A code that is not active is refused."""
    if not isinstance(value, dict):
        raise values.expected("custom_fields", "object", value)
    fields = call.account.fields[entity]
    checked: Doc = {}
    for code, item in value.items():
        path = f"custom_fields.{code}"
        if code not in fields:
            raise Invalid(path, f"Parameter '{code}' is not allowed for this request")
        checked[code] = check_custom(call, path, fields[code], item)
    return checked


def shown(call: Call, field: Doc, value: Any, *, labels: bool = False) -> Any:
    """A stored value as it is answered. An option that is gone is not shown; `labels` shows `{id, label}`."""
    if value is None or field["field_type"] not in ("enum", "set"):
        return value
    options = call.account.options[field["field_code"]]
    show: Callable[[int], Any] = (lambda one: {"id": one, "label": options[one]}) if labels else (lambda one: one)
    if field["field_type"] == "enum":
        return show(value) if value in options else None
    kept = [show(one) for one in value if one in options]
    return kept or None
