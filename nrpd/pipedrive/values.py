"""One value at a time, from the API: its canonical form, and whether two canonical values say the same.

Reading is lenient, because options were seen as `[12,15]`, `"12,15"`, `12`, `"12"`, `null` and `""`
(facts/failure-cases.md, P09).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from nrpd.pipedrive.records import Field

_CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$")


def decode_value(field: Field, raw: Any) -> Any:
    """The canonical value of a custom field as read from the API, or None where it is blank."""
    if raw is None or raw == "" or raw == [] or raw == {}:
        return None
    if field.type == "enum":
        labels = _labels(field, raw)
        return labels[0] if labels else None
    if field.type == "set":
        return tuple(sorted(set(_labels(field, raw)))) or None
    if field.type == "double":
        return _number(raw)
    if field.type in ("user", "org", "people"):
        return _identity(raw)
    if field.type == "monetary" and isinstance(raw, Mapping):
        amount = _number(raw.get("value"))
        return None if amount is None else _filled({"value": amount, "currency": raw.get("currency")})
    if field.type in ("time", "timerange", "daterange", "address") and isinstance(raw, Mapping):
        return _filled(raw) if raw.get("value") else None
    return raw if isinstance(raw, str) else tidy(raw)


def tidy_standard(kind: str, raw: Any, field: Field | None = None) -> Any:
    """The canonical value of a standard field as read, or None where it is blank."""
    if kind == "channel":
        return _channels(raw)
    if kind == "address" and isinstance(raw, Mapping):
        return _filled(raw) if raw.get("value") else None
    if kind in ("user", "org", "people"):
        return _identity(raw)
    if kind == "choice" and field and raw is not None:
        return next(iter(_labels(field, raw)), None)
    return tidy(raw)


def tidy(raw: Any) -> Any:
    """Blank → None, 5.0 → 5, list → tuple; everything else as it is."""
    if raw is None or raw == "" or raw == [] or raw == {}:
        return None
    if isinstance(raw, float):
        return _number(raw)
    return tuple(raw) if isinstance(raw, list) else raw


def same_value(ours: Any, theirs: Any) -> bool:
    """Whether what the account holds is what was written, whatever the spelling.

    Numbers by value (to 16 digits, which is what Pipedrive keeps), times with or without seconds, points in time in
    any offset, addresses by the parts that were written, e-mails and phones in any order but with the same primary.
    """
    if ours is None or theirs is None:
        return ours is theirs
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, (int, float)) and isinstance(theirs, (int, float)):
        return math.isclose(ours, theirs, rel_tol=1e-15, abs_tol=0.0)
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return all(same_value(value, theirs.get(key)) for key, value in ours.items())
    if isinstance(ours, (tuple, list)) and isinstance(theirs, (tuple, list)):
        return len(ours) == len(theirs) and _same_items(list(ours), list(theirs))
    if isinstance(ours, str) and isinstance(theirs, str):
        return ours == theirs or _same_time(ours, theirs)
    return bool(ours == theirs)


def _same_items(ours: list[Any], theirs: list[Any]) -> bool:
    for value in ours:
        for index, other in enumerate(theirs):
            if same_value(value, other):
                del theirs[index]
                break
        else:
            return False
    return True


def _same_time(ours: str, theirs: str) -> bool:
    if _CLOCK.match(ours) and _CLOCK.match(theirs):
        return f"{ours}:00"[:8] == f"{theirs}:00"[:8]
    if len(ours) < 19 or len(theirs) < 19 or not (ours[:4].isdigit() and theirs[:4].isdigit()):
        return False
    try:
        first, second = (datetime.fromisoformat(text) for text in (ours, theirs))
    except ValueError:
        return False
    first, second = (t if t.tzinfo else t.replace(tzinfo=UTC) for t in (first, second))
    return first.replace(microsecond=0) == second.replace(microsecond=0)


def _labels(field: Field, raw: Any) -> list[str]:
    items = raw if isinstance(raw, list) else str(raw).split(",") if isinstance(raw, str) else [raw]
    known = {option.id: option.label for option in field.options}
    labels = []
    for item in items:
        if isinstance(item, Mapping):  # include_option_labels
            item = item.get("id")
        if item is None or (isinstance(item, str) and not item.strip()):
            continue
        identity = _identity(item)
        labels.append(known.get(identity, f"unknown option {item}") if identity is not None else str(item))
    return labels


def _identity(raw: Any) -> int | None:
    if isinstance(raw, Mapping):
        raw = raw.get("id", raw.get("value"))
    if isinstance(raw, bool) or raw is None:
        return None
    try:
        return int(str(raw).strip())
    except ValueError:
        return None


def _number(raw: Any) -> int | float | None:
    if isinstance(raw, str):
        try:
            raw = float(raw)
        except ValueError:
            return None
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        return None
    return int(raw) if isinstance(raw, float) and raw.is_integer() and abs(raw) < 2**53 else raw


def _filled(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if value is not None and value != ""}


def _channels(raw: Any) -> tuple[dict[str, Any], ...] | None:
    items = [item for item in raw or () if isinstance(item, Mapping) and item.get("value")]
    found = [
        {"value": item["value"], "label": item.get("label") or "work", "primary": bool(item.get("primary"))}
        for item in items
    ]
    return tuple(found) or None
