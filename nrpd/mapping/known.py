"""Where the design's columns go: one fixed target each, standard field first, else a custom field of the design's name.

Source: design.md, "Destination rules". `job_title`, `postal_address`, `website` and `employee_count` exist only on
some accounts (facts/pipedrive.md, sections 3 and 4); the fields in `ALWAYS` exist on every one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nrpd.pipedrive.records import SOURCE_ID_FIELD

ALWAYS = frozenset(
    {
        ("person", "name"), ("person", "emails"), ("person", "phones"), ("person", "owner_id"), ("person", "org_id"),
        ("person", "add_time"), ("organization", "name"), ("organization", "address"), ("organization", "owner_id"),
        ("organization", "add_time"),
    }
)  # fmt: skip
"""(entity, API name) of the standard fields that no account lacks."""


@dataclass(frozen=True)
class Known:
    """The fixed target of a design column. `standard` is an API name; `custom` the field made where it is absent."""

    entity: str
    transform: str
    standard: str = ""
    standard_type: str = ""
    standard_transform: str = ""
    custom: str = ""
    custom_type: str = ""
    why: str = ""


def _standard(entity: str, field: str, kind: str, transform: str, why: str) -> Known:
    return Known(entity, transform, field, kind, transform, why=why)


def _custom(entity: str, name: str, kind: str, transform: str, why: str) -> Known:
    return Known(entity, transform, custom=name, custom_type=kind, why=why)


def _fixed(entity: str, field: str, kind: str, why: str) -> Known:
    return _standard(entity, field, kind, "fixed", why)


def _skip(why: str) -> Known:
    return Known("none", "skip", why=why)


_LINK = "names the organization that the person belongs to"
_GUIDE = "goes into the workflow rebuild guide"
_PACKAGE = "goes into the template package"
_ADDRESS = {
    "address_1": "street", "address_2": "street_2", "city": "city", "state": "state", "postal_code": "postal_code",
    "country": "country",
}  # fmt: skip

_CONTACTS: dict[str, Known] = {
    "contact_id": _custom("person", SOURCE_ID_FIELD, "varchar", "source_id", "links the person to its source"),
    "email": _standard("person", "emails", "emails", "email", "the person's e-mail"),
    "first_name": _standard("person", "name", "varchar", "first_name", "first part of the name"),
    "last_name": _standard("person", "name", "varchar", "last_name", "second part of the name"),
    "title": Known("person", "text", "job_title", "varchar", "text", "Title", "varchar", "the job title"),
    "company_id": _standard("person", "org_id", "org", "organization", _LINK),
    "company_name": _standard("person", "org_id", "org", "organization", _LINK),
    **{
        column: Known(
            "person", part, "postal_address", "address", part, "Address", "address", "part of the postal address"
        )
        for column, part in _ADDRESS.items()
    },
    "work_phone": _standard("person", "phones", "phones", "work_phone", "the work phone"),
    "mobile_phone": _standard("person", "phones", "phones", "mobile_phone", "the mobile phone"),
    "home_phone": _standard("person", "phones", "phones", "home_phone", "the home phone"),
    "fax": _custom("person", "Fax", "phone", "phone", "the fax number"),
    "lead_score": _custom("person", "Lead Score", "double", "number", "the score"),
    "lead_stage": _custom("person", "Lead Stage", "enum", "option", "the lifecycle stage"),
    "lead_source": _custom("person", "Lead Source", "enum", "option", "where the lead came from"),
    "opt_in_date": _custom("person", "Opt-in Date", "date", "date", "the day of opt-in"),
    "lists": _custom("person", "Lists", "set", "options", "the lists that the contact is on"),
    "owner_email": _standard("person", "owner_id", "user", "owner", "matched to a user in 03_owners"),
    "created_at": Known(
        "person", "timestamp", "add_time", "datetime", "created", "Created At", "varchar", "the creation date"
    ),
    "updated_at": _custom("person", "Updated At", "varchar", "timestamp", "the last change in the source"),
}

_COMPANIES: dict[str, Known] = {
    "company_id": _custom("organization", SOURCE_ID_FIELD, "varchar", "source_id", "links it to its source"),
    "name": _standard("organization", "name", "varchar", "full_name", "the company's name"),
    "domain": Known("organization", "text", "website", "varchar", "text", "Company Domain", "varchar", "the domain"),
    "parent_company": Known(
        "organization", "relationship", "relationship", "", "relationship", why="becomes an organization relationship"
    ),
    **{
        column: _standard("organization", "address", "address", part, "part of the address")
        for column, part in _ADDRESS.items()
    },
    "phone": _custom("organization", "Phone", "phone", "phone", "the company's phone"),
    "employee_count": Known(
        "organization", "integer", "employee_count", "int", "integer", "Employee Count", "double", "number of employees"
    ),
    "owner_email": _standard("organization", "owner_id", "user", "owner", "matched to a user in 03_owners"),
    "created_at": Known(
        "organization", "timestamp", "add_time", "datetime", "created", "Created At", "varchar", "the creation date"
    ),
    "updated_at": _custom("organization", "Updated At", "varchar", "timestamp", "the last change in the source"),
}

_LATEST = "of the organization's latest campaign"
_CAMPAIGNS: dict[str, Known] = {
    "campaign_id": _skip("only joins campaigns to members and sends; the name is carried"),
    "name": _custom("organization", "Campaign Name", "varchar", "text", _LATEST),
    "status": _custom("organization", "Campaign Status", "enum", "option", _LATEST),
    "type": _custom("organization", "Campaign Type", "enum", "option", _LATEST),
    "start_date": _custom("organization", "Campaign Start Date", "date", "date", _LATEST),
    "end_date": _custom("organization", "Campaign End Date", "date", "date", _LATEST),
    "description": _custom("organization", "Campaign Description", "text", "text", _LATEST),
    "owner_email": _custom("organization", "Campaign Owner", "varchar", "text", _LATEST),
}

_MEMBERS = {
    column: _fixed(entity, "Campaigns", "text", "joins the campaign to its organization, person or deal")
    for column, entity in {
        "campaign_id": "organization", "campaign_name": "organization", "contact_id": "organization",
        "email": "organization", "company_id": "organization", "company_name": "organization", "deal_id": "deal",
        "deal_title": "deal", "joined_at": "organization",
    }.items()
}  # fmt: skip

_SENDS = {
    "contact_id": _fixed("activity", "participants", "", "the person that the mail went to"),
    "email": _fixed("activity", "participants", "", "the person that the mail went to"),
    "subject": _fixed("activity", "subject", "varchar", "the subject, and in the note"),
    "sent_at": _fixed("activity", "due_date", "date", "the send time in UTC, as due date and time"),
    **{
        column: _fixed("activity", "note", "text", "a line of the activity's note")
        for column in (
            "send_id", "campaign_id", "status", "opened_at", "clicked_at", "bounced_at", "bounce_type", "event",
            "event_at",
        )
    },
    "email_id": _skip("the template's id in the source; templates go into the template package"),
}  # fmt: skip

_SUPPRESSIONS = {
    "email": _fixed("person", "Suppression status", "text", "who must not be mailed"),
    "list": _fixed("person", "Suppression status", "text", "the list that it holds for; blank is all mail"),
    "reason": _fixed("person", "Suppression reason", "varchar", "why"),
    "date": _fixed("person", "Suppression date", "date", "the earliest date"),
}


def _attached(columns: tuple[str, ...], what: str) -> dict[str, Known]:
    return {column: _fixed("person", what, "", f"becomes part of the {what}") for column in columns}


_WHOSE = ("contact_id", "email", "company_id", "company_name")

KNOWN: Mapping[tuple[str, str], Known] = MappingProxyType(
    {
        (object_, column): known
        for object_, columns in {
            "contacts": _CONTACTS,
            "companies": _COMPANIES,
            "campaigns": _CAMPAIGNS,
            "campaign_members": _MEMBERS,
            "email_sends": _SENDS,
            "suppressions": _SUPPRESSIONS,
            "templates": {c: _skip(_PACKAGE) for c in ("email_id", "name", "subject", "file")},
            "workflows": {
                c: _skip(_GUIDE)
                for c in (
                    "workflow_id", "name", "status", "type", "trigger", "conditions", "actions", "step_count",
                    "enrolled",
                )
            },
            "owners": {c: _skip("used in 03_owners to match users") for c in ("owner_id", "name", "email", "active")},
            "notes": _attached(("note_id", *_WHOSE, "text", "date", "author", "type"), "note"),
            "activities": {
                "activity_id": _skip("an id of the source; the journal links by it"),
                **{
                    column: _fixed("activity", target, "", "becomes part of the activity")
                    for column, target in {
                        **dict.fromkeys(_WHOSE, "participants"), "subject": "subject", "text": "note",
                        "date": "due_date", "author": "owner_id", "type": "type",
                    }.items()
                },
            },
            "files": _attached(("file_id", *_WHOSE, "path", "date", "author", "type"), "file"),
        }.items()
        for column, known in columns.items()
    }
)  # fmt: skip
"""(object, column) → its fixed target, for every column of design.md, "Source"."""

SUPPRESSION_TARGET = _fixed("person", "Suppression status", "text", "a suppression column, not a custom field")
ENTITY_OF: Mapping[str, str] = MappingProxyType(
    {"contacts": "person", "companies": "organization", "campaigns": "organization"}
)
"""Object → the entity on which its custom fields are made; others have none."""
