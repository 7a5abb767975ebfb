"""The fields that every account has, and those that come with a feature, per entity.

Codes are the keys of the records' answers; only the two that the OpenAPI example of `GET /personFields` shows
under another code (`phone`, and by the same rule `email`) follow that example.
"""

from __future__ import annotations

from .account import Account
from .store import Doc

# entity → (code, name, type, feature it needs or "")
_FIELDS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "person": (
        ("id", "ID", "int", ""),
        ("name", "Name", "varchar", ""),
        ("first_name", "First name", "varchar", ""),
        ("last_name", "Last name", "varchar", ""),
        ("label_ids", "Labels", "set", ""),
        ("org_id", "Organization", "org", ""),
        ("email", "Email", "varchar", ""),
        ("phone", "Phone", "phone", ""),
        ("owner_id", "Owner", "user", ""),
        ("visible_to", "Visible to", "visible_to", ""),
        ("add_time", "Person created", "date", ""),
        ("update_time", "Update time", "date", ""),
        ("picture_id", "Profile picture", "picture", ""),
        ("im", "Instant messenger", "varchar", "contact_sync"),
        ("postal_address", "Postal address", "address", "contact_sync"),
        ("notes", "Notes", "text", "contact_sync"),
        ("birthday", "Birthday", "date", "contact_sync"),
        ("job_title", "Job title", "varchar", "contact_sync"),
        ("marketing_status", "Marketing status", "varchar", "campaigns"),
    ),
    "organization": (
        ("id", "ID", "int", ""),
        ("name", "Name", "varchar", ""),
        ("label_ids", "Labels", "set", ""),
        ("address", "Address", "address", ""),
        ("owner_id", "Owner", "user", ""),
        ("visible_to", "Visible to", "visible_to", ""),
        ("add_time", "Organization created", "date", ""),
        ("update_time", "Update time", "date", ""),
        ("website", "Website", "varchar", "org_enrichment"),
        ("linkedin", "LinkedIn profile", "varchar", "org_enrichment"),
        ("industry", "Industry", "enum", "org_enrichment"),
        ("annual_revenue", "Annual revenue", "int", "org_enrichment"),
        ("employee_count", "Number of employees", "int", "org_enrichment"),
    ),
    "deal": (
        ("id", "ID", "int", ""),
        ("title", "Title", "varchar", ""),
        ("creator_user_id", "Creator", "user", ""),
        ("owner_id", "Owner", "user", ""),
        ("value", "Value", "monetary", ""),
        ("currency", "Currency", "varchar", ""),
        ("person_id", "Contact person", "people", ""),
        ("org_id", "Organization", "org", ""),
        ("pipeline_id", "Pipeline", "int", ""),
        ("stage_id", "Stage", "stage", ""),
        ("status", "Status", "status", ""),
        ("label_ids", "Labels", "set", ""),
        ("visible_to", "Visible to", "visible_to", ""),
        ("probability", "Probability", "int", ""),
        ("lost_reason", "Lost reason", "varchar_options", ""),
        ("expected_close_date", "Expected close date", "date", ""),
        ("add_time", "Deal created", "date", ""),
        ("update_time", "Update time", "date", ""),
        ("stage_change_time", "Last stage change", "date", ""),
        ("won_time", "Won time", "date", ""),
        ("lost_time", "Lost time", "date", ""),
        ("close_time", "Deal closed on", "date", ""),
        ("is_archived", "Archived", "boolean", ""),
        ("archive_time", "Archive time", "date", ""),
    ),
    "product": (
        ("id", "ID", "int", ""),
        ("name", "Product name", "varchar", ""),
        ("code", "Product code", "varchar", ""),
        ("description", "Description", "text", ""),
        ("unit", "Unit", "varchar", ""),
        ("tax", "Tax", "double", ""),
        ("category", "Category", "enum", ""),
        ("owner_id", "Owner", "user", ""),
        ("visible_to", "Visible to", "visible_to", ""),
        ("add_time", "Created at", "date", ""),
        ("update_time", "Update time", "date", ""),
    ),
    "project": (
        ("id", "ID", "int", ""),
        ("title", "Title", "varchar", ""),
        ("description", "Description", "text", ""),
        ("status", "Status", "status", ""),
        ("board_id", "Board", "int", ""),
        ("phase_id", "Phase", "int", ""),
        ("start_date", "Start date", "date", ""),
        ("end_date", "End date", "date", ""),
        ("owner_id", "Owner", "user", ""),
        ("add_time", "Created at", "date", ""),
        ("update_time", "Update time", "date", ""),
    ),
    "activity": (
        ("id", "ID", "int", ""),
        ("subject", "Subject", "varchar", ""),
        ("type", "Type", "enum", ""),
        ("owner_id", "Assigned to user", "user", ""),
        ("creator_user_id", "Creator", "user", ""),
        ("deal_id", "Deal", "deal", ""),
        ("person_id", "Contact person", "people", ""),
        ("org_id", "Organization", "org", ""),
        ("due_date", "Due date", "date", ""),
        ("due_time", "Due time", "time", ""),
        ("duration", "Duration", "time", ""),
        ("busy", "Free/busy", "boolean", ""),
        ("done", "Done", "boolean", ""),
        ("marked_as_done_time", "Marked as done time", "date", ""),
        ("location", "Location", "address", ""),
        ("public_description", "Public description", "text", ""),
        ("priority", "Priority", "enum", ""),
        ("outcome", "Outcome", "enum", ""),
        ("note", "Note", "text", ""),
        ("add_time", "Add time", "date", ""),
        ("update_time", "Update time", "date", ""),
    ),
}
_PARTS = (
    ("value", "Address value"), ("street_number", "House number"), ("route", "Street/road name"),
    ("subpremise", "Apartment/suite"), ("locality", "District"), ("sublocality", "Sublocality"),
    ("admin_area_level_1", "State/province"), ("admin_area_level_2", "County"), ("country", "Country"),
    ("postal_code", "Postal code"), ("formatted_address", "Formatted address"),
)  # fmt: skip
_SUBFIELDS: dict[str, tuple[tuple[str, str], ...]] = {
    "address": _PARTS,
    "monetary": (("value", "Value"), ("currency", "Currency")),
    "daterange": (("value", "Start"), ("until", "End")),
    "time": (("value", "Time"), ("timezone_id", "Timezone"), ("timezone_name", "Timezone name")),
    "timerange": (("value", "Start"), ("until", "End"), ("timezone_name", "Timezone name")),
}
_NO_SUBFIELDS = frozenset({"value", "due_time", "duration"})


def subfields(field_type: str, name: str) -> list[Doc] | None:
    """The parts of a field whose value is an object, as field lists describe them."""
    parts = _SUBFIELDS.get(field_type)
    if parts is None:
        return None
    return [{"field_code": code, "field_name": f"{label} of {name}", "field_type": "varchar"} for code, label in parts]


def standard_fields(account: Account, entity: str) -> list[Doc]:
    """The standard fields of an entity that this account has, in the form of the field lists of API v2."""
    if entity in account.standard:
        return [{**field, **_now(account, entity, field)} for field in account.standard[entity]]
    found = []
    for code, name, kind, feature in _FIELDS[entity]:
        if feature and not account.has(feature):
            continue
        options: list[Doc] | None = None
        if code == "label_ids":
            options = list(account.labels[entity].values())
        elif kind == "enum":
            options = []
        if code == "type":
            options = [{"id": doc["id"], "label": doc["name"]} for doc in account.activity_types if doc["active_flag"]]
        found.append(
            {
                "field_name": name,
                "field_code": code,
                "description": None,
                "field_type": kind,
                "options": options,
                "subfields": None if code in _NO_SUBFIELDS else subfields(kind, name),
                "is_custom_field": False,
                "is_optional_response_field": code == "marketing_status",
            }
        )
    return found


def _now(account: Account, entity: str, field: Doc) -> Doc:
    """The options of a copied standard field, where they are settings of their own."""
    if field.get("field_code") == "label_ids" and entity in account.labels:
        return {"options": list(account.labels[entity].values())}
    return {}
