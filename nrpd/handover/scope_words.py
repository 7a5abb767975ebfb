"""The names of objects, phases, field types and settings in a document for a customer."""

from __future__ import annotations

from collections.abc import Mapping

_OBJECTS: Mapping[str, str] = {
    "contacts": "Contacts", "companies": "Companies", "campaigns": "Campaigns", "campaign_members": "Campaign members",
    "email_sends": "E-mail sends", "suppressions": "Suppressions", "templates": "E-mail templates",
    "workflows": "Workflows", "owners": "Owners", "notes": "Notes", "activities": "Activities", "files": "Files",
}  # fmt: skip
_TYPES: Mapping[str, str] = {
    "varchar": "text", "varchar_auto": "text", "text": "long text", "double": "number", "monetary": "money",
    "date": "date", "daterange": "two dates", "time": "time of day", "timerange": "two times of day",
    "set": "multiple options", "enum": "single option", "phone": "phone", "address": "address",
    "org": "organization", "people": "person", "user": "user",
}  # fmt: skip
_SETTINGS: Mapping[str, str] = {
    "sample_size": "Size of the sample", "activities": "Sends that become activities",
    "campaigns": "What campaigns become", "existing_records": "Values that the account has already",
    "suppressed_without_contact": "Suppressed addresses that are no contact",
    "marketing_subscribe": "A proven opt-in becomes subscribed", "files_and_notes": "Files and notes move",
}  # fmt: skip
_VALUES: Mapping[str, str] = {
    "organization_fields": "fields of organizations", "fill_blanks": "stay; only blanks are filled",
    "overwrite": "are replaced", "skip": "stay", "ledger": "stand in the ledger only",
    "create_person": "become persons",
    "engaged": "those that were opened or clicked", "summary": "none; their sums stand on the person",
}  # fmt: skip


def object_name(object_: str) -> str:
    """`E-mail sends` for `email_sends`."""
    return _OBJECTS.get(object_, object_)


def field_type(type_: str) -> str:
    """What Pipedrive's screen calls a type of field, in plain words."""
    return _TYPES.get(type_, type_)


def phase_name(phase: str) -> str:
    """`7 Organizations` for `07_organizations`."""
    number, _, name = phase.partition("_")
    if not number.isdigit():
        return phase.replace("_", " ").capitalize()
    return f"{int(number)} {name.replace('_', ' ').capitalize()}"


def setting(key: str, value: object) -> tuple[str, object]:
    """A policy and its value in words."""
    plain = key.removeprefix("policies.")
    said = ("yes" if value else "no") if isinstance(value, bool) else value
    return _SETTINGS.get(plain, plain.replace("_", " ").capitalize()), _VALUES.get(str(said), said)
