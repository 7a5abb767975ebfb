"""Bodies of API v1. It is less strict than v2: numbers may be text, unknown keys are left out (facts, section 1)."""

from __future__ import annotations

from typing import Any

from .answers import Refused
from .call import Call
from .store import Doc

LINKS = {"deal_id": "deal", "person_id": "person", "org_id": "organization"}


def bad(message: str) -> Refused:
    """400 in the form of API v1."""
    return Refused(400, message, error_info="Please check developers.pipedrive.com", data=None, additional_data=None)


def gone(what: str) -> Refused:
    """404 in the form of API v1."""
    return Refused(
        404, f"{what} not found", error_info="Please check developers.pipedrive.com", data=None, additional_data=None
    )


def whole(name: str, value: Any) -> int | None:
    """A whole number or its text; null or blank is None."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise bad(f"{name} must be a positive integer")
    return value


def flag(name: str, value: Any) -> bool:
    """0, 1, true or false."""
    if value in (0, 1, "0", "1", True, False):
        return value in (1, "1", True)
    raise bad(f"{name} must be 0 or 1")


def links(call: Call, given: Doc) -> Doc:
    """The deal, person and organization that something hangs on; each must be there. Absent ones are left out."""
    found: Doc = {}
    for name, kind in LINKS.items():
        if name not in given:
            continue
        found[name] = whole(name, given[name])
        if found[name] is not None and not call.store.exists(kind, found[name]):
            raise bad(f"{name}: {kind} {found[name]} does not exist or is deleted")
    return found


def existing(call: Call, kind: str, what: str) -> Doc:
    """The live record that the path names."""
    text = call.path["id"]
    doc = call.store.get(kind, int(text)) if text.isdecimal() and len(text) < 16 else None
    if doc is None:
        raise gone(what)
    return doc
