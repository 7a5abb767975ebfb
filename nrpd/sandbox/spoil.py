"""What the faults `silent`, `swap`, `shift` and `cut` make of checked values on their way into the store.

They stand for an account that answers 200 and keeps something else, which only a comparison of values can find.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from .call import Call
from .store import Doc

ZONE_SHIFT = timedelta(hours=-7)
"""How far `shift` moves a time: from UTC to Denver in winter."""


def spoiled(call: Call, entity: str, checked: Doc) -> Doc:
    """The checked body as it will be stored; the body itself where no fault is wanted."""
    wanted = call.setup.faults.spoils
    if not any(wanted.values()):
        return checked
    stored = _spoil_each(wanted, {key: key for key in checked}, checked, {})
    if "due_time" in wanted["shift"] and checked.get("due_date") and checked.get("due_time"):
        moment = datetime.fromisoformat(f"{checked['due_date']}T{checked['due_time']}") + ZONE_SHIFT
        stored["due_date"], stored["due_time"] = moment.date().isoformat(), moment.time().isoformat()
    if "custom_fields" in stored:
        fields = call.account.fields[entity]
        names = {code: fields[code]["field_name"] for code in stored["custom_fields"]}
        options = {code: list(call.account.options[code]) for code in names}
        stored["custom_fields"] = _spoil_each(wanted, names, stored["custom_fields"], options)
    return stored


def _spoil_each(
    wanted: Mapping[str, set[str]], names: Mapping[str, str], values: Doc, options: Mapping[str, list[int]]
) -> Doc:
    """Every value after its faults; `names` gives the name of each key, `options` the option ids of its field."""
    stored: Doc = {}
    for key, value in values.items():
        name = names[key]
        if name in wanted["silent"]:
            continue
        if name in wanted["swap"]:
            value = swapped(value, options.get(key, []))
        if name in wanted["shift"]:
            value = shifted(value)
        if name in wanted["cut"]:
            value = cut(value)
        stored[key] = value
    return stored


def swapped(value: Any, options: list[int]) -> Any:
    """Another option of the same field in place of the (first) one; the value itself where there is no other."""
    if isinstance(value, list):
        others = [option for option in options if option not in value]
        return [*others[:1], *value[1:]] if value and others else value
    if value not in options or len(options) < 2:
        return value
    return options[(options.index(value) + 1) % len(options)]


def shifted(value: Any) -> Any:
    """A time seven hours earlier, a date one day earlier, in each member of an object; anything else as it is."""
    if isinstance(value, dict):
        return {key: shifted(item) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    try:
        if "T" in value:
            return f"{(datetime.fromisoformat(value.rstrip('Z')) + ZONE_SHIFT).isoformat()}Z"
        if value.count(":") == 2:
            return (datetime.fromisoformat(f"2000-01-02T{value}") + ZONE_SHIFT).time().isoformat()
        return (date.fromisoformat(value) - timedelta(days=1)).isoformat()
    except ValueError:
        return value


def cut(value: Any) -> Any:
    """The first half of a text, at least one character; of an address, e-mails, phones the half of each `value`."""
    if isinstance(value, list):
        return [cut(item) for item in value]
    if isinstance(value, dict) and isinstance(value.get("value"), str):
        return {**value, "value": cut(value["value"])}
    return value[: max(1, len(value) // 2)] if isinstance(value, str) else value
