"""Bodies of the four record types of API v2: which keys a create and an update take, and the checks of each.

Source: request schemas of the OpenAPI v2, and facts/pipedrive.md, sections 3 to 6. Any other key is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import values
from .answers import Invalid, Refused, bad_request, forbidden, validation_failed
from .call import Call
from .customvalues import check_custom_fields
from .limits import GROUPED_VISIBILITY
from .store import Doc

MAX_NOTE = 100_000
"""Longest note of an activity, in bytes (changelog of Pipedrive: 100 KB)."""
MAX_LABELS = 100
"""Labels of one record (changelog of Pipedrive, 2024-03-11)."""


@dataclass(frozen=True)
class Key:
    """One key of a body. `feature` is what the account must have; `create_only` keys are refused in an update."""

    check: values.Check
    feature: str = ""
    create_only: bool = False


_nullable = values.or_null
_COMMON = {
    "owner_id": Key(values.integer),
    "visible_to": Key(values.integer),
    "label_ids": Key(values.array(values.integer, MAX_LABELS)),
}
_DEAL_TIME = _nullable(values.datetime_utc)

BODIES: Mapping[str, Mapping[str, Key]] = {
    "person": {
        "name": Key(values.name),
        **_COMMON,
        "org_id": Key(_nullable(values.integer)),
        "add_time": Key(values.datetime_utc, create_only=True),
        "emails": Key(values.contacts),
        "phones": Key(values.contacts),
        "postal_address": Key(_nullable(values.address), "contact_sync"),
        "notes": Key(_nullable(values.text(10_000)), "contact_sync"),
        "im": Key(values.contacts, "contact_sync"),
        "birthday": Key(_nullable(values.calendar_date), "contact_sync"),
        "job_title": Key(_nullable(values.text(255)), "contact_sync"),
        "marketing_status": Key(values.choice("no_consent", "unsubscribed", "subscribed", "archived"), "campaigns"),
    },
    "organization": {
        "name": Key(values.name),
        **_COMMON,
        "add_time": Key(values.datetime_utc, create_only=True),
        "address": Key(_nullable(values.address)),
        "website": Key(_nullable(values.text(255)), "org_enrichment"),
        "linkedin": Key(_nullable(values.text(255)), "org_enrichment"),
        "industry": Key(_nullable(values.integer), "org_enrichment"),
        "annual_revenue": Key(_nullable(values.integer), "org_enrichment"),
        "employee_count": Key(_nullable(values.integer), "org_enrichment"),
    },
    "deal": {
        "title": Key(values.name),
        **_COMMON,
        "person_id": Key(_nullable(values.integer)),
        "org_id": Key(_nullable(values.integer)),
        "pipeline_id": Key(values.integer),
        "stage_id": Key(values.integer),
        "value": Key(values.number),
        "currency": Key(values.currency),
        "is_deleted": Key(values.boolean),
        "is_archived": Key(values.boolean),
        "archive_time": Key(_nullable(values.datetime_either)),
        "status": Key(values.choice("open", "won", "lost")),
        "probability": Key(_nullable(values.number)),
        "lost_reason": Key(_nullable(values.text(255))),
        "close_time": Key(_DEAL_TIME),
        "won_time": Key(_DEAL_TIME),
        "lost_time": Key(_DEAL_TIME),
        "expected_close_date": Key(_nullable(values.calendar_date)),
    },
    "activity": {
        "subject": Key(values.text(255)),
        "type": Key(values.text(255)),
        "owner_id": Key(values.integer),
        "deal_id": Key(_nullable(values.integer)),
        "lead_id": Key(_nullable(values.text(64))),
        "project_id": Key(_nullable(values.integer)),
        "org_id": Key(_nullable(values.integer)),
        "due_date": Key(_nullable(values.calendar_date)),
        "due_time": Key(_nullable(values.clock_time)),
        "duration": Key(_nullable(values.duration)),
        "busy": Key(values.boolean),
        "done": Key(values.boolean),
        "location": Key(_nullable(values.address)),
        "participants": Key(values.array(lambda path, value: _participant(path, value))),
        "attendees": Key(values.array(lambda path, value: _attendee(path, value))),
        "public_description": Key(_nullable(values.text(MAX_NOTE))),
        "priority": Key(_nullable(values.integer)),
        "outcome": Key(_nullable(values.integer)),  # only in the SDK, 33.7.0
        "note": Key(_nullable(values.text(MAX_NOTE, "bytes"))),
    },
}


def _participant(path: str, value: Any) -> Doc:
    allowed = {"person_id": values.integer, "primary": values.boolean}
    return values.members(path, value, allowed, ("person_id",))


def _attendee(path: str, value: Any) -> Doc:
    allowed: dict[str, values.Check] = {
        "email": values.text(255), "name": values.text(255), "status": values.text(64),
        "is_organizer": values.boolean, "person_id": values.integer, "user_id": values.integer,
    }  # fmt: skip
    return values.members(path, value, allowed, ("email",))


def check_body(call: Call, entity: str, *, creating: bool) -> Doc:
    """The checked body: what is stored per key, custom values under `custom_fields`. Raises Refused."""
    body = call.json_object()
    keys = BODIES[entity]
    checked: Doc = {}
    problems: list[Invalid] = []
    refused: Refused | None = None
    for name, value in body.items():
        try:
            if name == "custom_fields" and entity != "activity":
                checked[name] = check_custom_fields(call, entity, value)
                continue
            key = keys.get(name)
            if key is None or (key.create_only and not creating):
                raise Invalid(name, f"Parameter '{name}' is not allowed for this request")
            if key.feature and not call.account.shows(entity, name, key.feature):
                refused = refused or forbidden(f"The field '{name}' does not exist in this account.")
                continue
            checked[name] = key.check(name, value)
        except Invalid as problem:
            problems.append(problem)
    if problems:
        raise validation_failed(problems)
    if refused is not None:
        raise refused
    return checked


def check_common(call: Call, entity: str, checked: Doc) -> None:
    """The rules that owner, visibility, labels and links share."""
    account = call.account
    if "owner_id" in checked:
        owner = account.users.get(checked["owner_id"])
        if owner is None or not owner["active_flag"]:
            raise bad_request(f"owner_id: {checked['owner_id']} is not an active user of this account")
    if "visible_to" in checked and checked["visible_to"] not in visibilities(call.setup.plan):
        raise bad_request(f"visible_to: {checked['visible_to']} is not a visibility of this plan")
    for label in checked.get("label_ids", ()):
        if label not in account.labels[entity]:
            raise bad_request(f"label_ids: label {label} does not exist")
    for name, kind in (("org_id", "organization"), ("person_id", "person"), ("deal_id", "deal")):
        number = checked.get(name)
        if number is not None and not call.store.exists(kind, number):
            raise bad_request(f"{name}: {kind} {number} does not exist or is deleted")


def visibilities(plan: str) -> tuple[int, ...]:
    """The values of `visible_to` that the plan knows (facts, section 6)."""
    return (1, 3, 5, 7) if plan in GROUPED_VISIBILITY else (1, 3)


def merged_custom(old: Doc, new: Doc) -> Doc:
    """Custom values after an update: null clears, the rest is kept."""
    return {code: value for code, value in {**old, **new}.items() if value is not None}


def check_members(body: Doc, allowed: dict[str, values.Check], required: tuple[str, ...]) -> Doc:
    """A flat body with only the allowed keys, each checked, none of the required ones missing. Raises Refused."""
    problems = [
        Invalid(name, f"Parameter '{name}' is not allowed for this request") for name in body if name not in allowed
    ]
    problems += [Invalid(name, "This value is required.") for name in required if body.get(name) is None]
    checked: Doc = {}
    for name, value in body.items():
        try:
            if name in allowed:
                checked[name] = allowed[name](name, value)
        except Invalid as problem:
            problems.append(problem)
    if problems:
        raise validation_failed(problems)
    return checked
