"""How stored records are answered by API v2: standard keys, custom fields, and the fields that must be asked for."""

from __future__ import annotations

from typing import Any

from .answers import Invalid, validation_failed
from .call import Call
from .customvalues import shown
from .marketing import marketing_status
from .store import Doc

HIDDEN: dict[str, dict[str, str]] = {
    "person": dict.fromkeys(("notes", "im", "birthday", "job_title", "postal_address"), "contact_sync"),
    "organization": dict.fromkeys(
        ("website", "linkedin", "industry", "annual_revenue", "employee_count"), "org_enrichment"
    ),
    "deal": {},
    "activity": {},
}
"""entity → key → the feature without which it is not in answers."""

_CLOSINGS = ("won", "lost", "close")
MAX_CUSTOM_KEYS = 15
_LINK = {"person": "person_id", "organization": "org_id", "deal": "deal_id"}
_COUNTED = {
    "activities_count": ("activity", "deleted=0"),
    "done_activities_count": ("activity", "deleted=0 AND json_extract(doc,'$.done')=1"),
    "undone_activities_count": ("activity", "deleted=0 AND json_extract(doc,'$.done')=0"),
    "files_count": ("file", "deleted=0"),
    "notes_count": ("note", "deleted=0"),
    "people_count": ("person", "deleted=0"),
    "open_deals_count": ("deal", "deleted=0 AND json_extract(doc,'$.status')='open'"),
    "closed_deals_count": ("deal", "deleted=0 AND json_extract(doc,'$.status')<>'open'"),
    "won_deals_count": ("deal", "deleted=0 AND json_extract(doc,'$.status')='won'"),
    "lost_deals_count": ("deal", "deleted=0 AND json_extract(doc,'$.status')='lost'"),
}
_ZERO = (
    "related_open_deals_count", "related_closed_deals_count", "participant_open_deals_count",
    "participant_closed_deals_count", "email_messages_count", "followers_count", "related_won_deals_count",
    "related_lost_deals_count",
)  # fmt: skip
_PERSON = {
    "next_activity_id", "last_activity_id", *_ZERO, *(name for name in _COUNTED if name != "people_count"),
    "last_incoming_mail_time", "last_outgoing_mail_time", "marketing_status", "doi_status", "smart_bcc_email",
}  # fmt: skip
INCLUDABLE: dict[str, frozenset[str]] = {
    "person": frozenset(_PERSON),
    "organization": frozenset(
        (_PERSON | {"people_count"})
        - {"marketing_status", "doi_status", "last_incoming_mail_time", "last_outgoing_mail_time",
           "participant_open_deals_count", "participant_closed_deals_count"}
    ),
    "deal": frozenset(
        {"next_activity_id", "last_activity_id", "first_won_time", "products_count", "files_count", "notes_count",
         "followers_count", "email_messages_count", "activities_count", "done_activities_count",
         "undone_activities_count", "participants_count", "last_incoming_mail_time", "last_outgoing_mail_time",
         "smart_bcc_email", "source_lead_id"}
    ),
    "activity": frozenset({"attendees"}),
}  # fmt: skip


class Form:
    """What a request wants to see of each record: read once per request, applied to every record."""

    def __init__(self, call: Call, entity: str) -> None:
        self.call = call
        self.entity = entity
        self.include = _names(call, "include_fields")
        for name in self.include:
            if name not in INCLUDABLE[entity]:
                raise validation_failed([Invalid("include_fields", f"'{name}' is not a field that can be included")])
        self.option_labels = _flag(call, "include_option_labels")
        self.labels = _flag(call, "include_labels")
        self.fields = list(call.account.fields.get(entity, {}).values())
        if "custom_fields" in call.query and entity != "activity":
            wanted = _names(call, "custom_fields")
            if len(wanted) > MAX_CUSTOM_KEYS:
                raise validation_failed([Invalid("custom_fields", f"A maximum of {MAX_CUSTOM_KEYS} keys is allowed")])
            self.fields = [field for field in self.fields if field["field_code"] in wanted]
        account = call.account
        self.hidden = {key for key, feature in HIDDEN[entity].items() if not account.shows(entity, key, feature)}

    def show(self, doc: Doc) -> Doc:
        """One record as it is answered."""
        answer = {key: value for key, value in doc.items() if key not in self.hidden and key != "custom_fields"}
        if self.entity == "activity":
            if "attendees" not in self.include:
                answer.pop("attendees", None)
            return answer
        if self.entity == "deal":
            # The days of the UTC times: the sandbox has no other time zone.
            answer.update({f"local_{part}_date": (doc[f"{part}_time"] or "")[:10] or None for part in _CLOSINGS})
            answer.update({"acv": None, "arr": None, "mrr": None, "source_lead_id": None})
        custom = doc.get("custom_fields", {})
        answer["custom_fields"] = {
            field["field_code"]: shown(self.call, field, custom.get(field["field_code"]), labels=self.option_labels)
            for field in self.fields
        }
        known = self.call.account.labels[self.entity]
        answer["label_ids"] = [number for number in answer.get("label_ids", ()) if number in known]
        if self.labels:
            answer["labels"] = [{"id": n, "label": known[n]["label"]} for n in answer["label_ids"]]
        for name in self.include:
            if name not in ("marketing_status", "doi_status") or self.call.account.has("campaigns"):
                answer[name] = self._included(name, doc)
        return answer

    def _included(self, name: str, doc: Doc) -> Any:
        store = self.call.store
        column = _LINK[self.entity]
        if name in _COUNTED:
            kind, condition = _COUNTED[name]
            return store.count(kind, f"{column}=? AND {condition}", (doc["id"],))
        if name in ("next_activity_id", "last_activity_id"):
            done, order = ("0", "due_date, id") if name == "next_activity_id" else ("1", "due_date DESC, id DESC")
            condition = f"{column}=? AND deleted=0 AND json_extract(doc,'$.done')={done}"
            found = store.select("activity", condition, (doc["id"],), order, 1)
            return found[0]["id"] if found else None
        if name == "marketing_status":
            return marketing_status(self.call, doc)
        if name == "smart_bcc_email":
            return f"{self.call.account.company['domain']}@pipedrivemail.example"
        return 0 if name.endswith("_count") or name == "doi_status" else None


def _names(call: Call, parameter: str) -> list[str]:
    return [name for name in call.query.get(parameter, "").split(",") if name]


def _flag(call: Call, parameter: str) -> bool:
    value = call.query.get(parameter, "false")
    if value not in ("true", "false"):
        raise validation_failed([Invalid(parameter, "Expected 'true' or 'false'")])
    return value == "true"
