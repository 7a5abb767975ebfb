"""Between names and keys: canonical values (see `pipedrive/records.py`) and the JSON of API v2, both ways.

A custom field's key is a hash that differs from account to account, and an option is known by a number; neither ever
leaves this module. The shapes are those of OpenAPI v2 and facts/pipedrive.md, section 8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from nrpd.errors import BadInput
from nrpd.pipedrive.encoding import encode_value
from nrpd.pipedrive.records import Field, Option
from nrpd.pipedrive.values import decode_value, tidy, tidy_standard

STANDARD: Mapping[str, Mapping[str, str]] = {
    "person": {
        "name": "varchar", "owner_id": "user", "org_id": "org", "add_time": "instant", "emails": "channel",
        "phones": "channel", "visible_to": "number", "label_ids": "numbers", "postal_address": "address",
        "notes": "text", "im": "channel", "birthday": "date", "job_title": "varchar", "marketing_status": "word",
    },
    "organization": {
        "name": "varchar", "owner_id": "user", "add_time": "instant", "visible_to": "number", "label_ids": "numbers",
        "address": "address", "website": "varchar", "linkedin": "varchar", "industry": "choice",
        "annual_revenue": "number", "employee_count": "number",
    },
    "deal": {
        "title": "varchar", "owner_id": "user", "person_id": "people", "org_id": "org", "pipeline_id": "number",
        "stage_id": "number", "value": "double", "currency": "word", "status": "word", "probability": "double",
        "lost_reason": "varchar", "visible_to": "number", "close_time": "instant", "won_time": "instant",
        "lost_time": "instant", "expected_close_date": "date", "label_ids": "numbers", "is_deleted": "flag",
        "is_archived": "flag", "archive_time": "instant",
    },
    "activity": {
        "subject": "varchar", "type": "word", "owner_id": "user", "deal_id": "number", "lead_id": "word",
        "org_id": "org", "project_id": "number", "due_date": "date", "due_time": "clock", "duration": "duration",
        "busy": "flag", "done": "flag", "location": "address", "participants": "objects", "attendees": "objects",
        "public_description": "text", "priority": "number", "note": "html",
    },
}  # fmt: skip
"""Entity → what a v2 body may hold at its top level → its kind (OpenAPI v2, POST bodies, less what is read-only)."""

OPTIONAL = {
    "person": frozenset({"job_title", "postal_address", "im", "notes", "birthday", "marketing_status"}),
    "organization": frozenset({"website", "linkedin", "industry", "annual_revenue", "employee_count"}),
}
"""Standard fields that an account may lack; a custom field of that very name then goes by it."""

_FIELD_CODES = {"emails": "email", "phones": "phone"}  # where the field list calls a standard field otherwise
_WITHOUT_CUSTOM_FIELDS = frozenset({"activity"})


class Schema:
    """The fields of one account at one moment. Build it anew after creating a field or an option."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self.fields = tuple(fields)
        self._by_key = {(f.entity, f.key): f for f in self.fields}
        self._custom: dict[tuple[str, str], Field] = {}
        self._titles: dict[tuple[str, str], Field] = {}
        for f in self.fields:  # of two fields of one name the first listed counts
            (self._custom if f.custom else self._titles).setdefault((f.entity, f.name), f)

    def with_labels(self, labels: Mapping[tuple[str, str], Iterable[str]]) -> Schema:
        """This schema as it will be once these options, (entity, field name) → labels, were added: to count a plan
        before they are. Their ids are negative: nothing encoded with them may be sent."""
        fields = []
        for f in self.fields:
            there = {option.label for option in f.options}
            new = [label for label in labels.get((f.entity, f.name), ()) if label not in there] if f.custom else []
            more = tuple(Option(-n, label) for n, label in enumerate(new, 1))
            fields.append(replace(f, options=(*f.options, *more)) if more else f)
        return Schema(fields)

    def field(self, entity: str, name: str) -> Field | None:
        """The custom field named exactly `name`, else the standard field with that API name or title, else None."""
        code = _FIELD_CODES.get(name, name)
        standard = self._by_key.get((entity, code))
        return (
            self._custom.get((entity, name))
            or (standard if standard and not standard.custom else None)
            or self._titles.get((entity, name))
        )

    def custom_key(self, entity: str, name: str) -> str:
        """This account's key of a custom field. Raises BadInput where there is none of that name."""
        found = self._custom.get((entity, name))
        if found is None:
            raise BadInput(f"{entity}: this account has no field {name!r}; run the schema phase first")
        return found.key

    def name_of(self, entity: str, key: str) -> str:
        """A field's name for messages; `key` itself where the account does not know it."""
        found = self._by_key.get((entity, key))
        return found.name if found else key

    def is_standard(self, entity: str, name: str) -> bool:
        """Whether `name` is written at the top level of the body, not as a custom field."""
        if name not in STANDARD[entity]:
            return False
        if name in OPTIONAL.get(entity, frozenset()) and (entity, _FIELD_CODES.get(name, name)) not in self._by_key:
            return (entity, name) not in self._custom
        return True

    def encode(self, entity: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Canonical values by name → the JSON body of a v2 POST or PATCH.

        A value of None clears the field, a list by sending it empty (rollback only; the loader never sends a blank).
        Raises BadInput naming entity, field and value for an unknown field or option, and for a value of the wrong
        form.
        """
        body: dict[str, Any] = {}
        custom: dict[str, Any] = {}
        for name, value in values.items():
            if self.is_standard(entity, name):
                found = self._by_key.get((entity, _FIELD_CODES.get(name, name)))
                body[name] = encode_value(f"{entity}.{name}", STANDARD[entity][name], value, found)
                continue
            found = self._custom.get((entity, name))
            if found is None or entity in _WITHOUT_CUSTOM_FIELDS:
                raise BadInput(f"{entity}: this account has no field {name!r} that can be written")
            custom[found.key] = encode_value(f"{entity}.{name}", found.type, value, found)
        if custom:
            body["custom_fields"] = custom
        return body

    def decode(self, entity: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """A v2 record → canonical values by name; blanks are absent.

        Besides the standard fields that can be written, what the server adds (`id`, `update_time`, `first_name` …) is
        there under its API name. An option id that the field does not list becomes `unknown option <id>`, so that it
        shows up in comparisons. Of two custom fields of one name the first listed counts.
        """
        kinds = STANDARD[entity]
        values: dict[str, Any] = {}
        for key, raw in record.items():
            if key == "custom_fields":
                continue
            known = self._by_key.get((entity, _FIELD_CODES.get(key, key)))
            value = tidy_standard(kinds[key], raw, known) if key in kinds else tidy(raw)
            if value is not None:
                values[key] = value
        for key, raw in (record.get("custom_fields") or {}).items():
            found = self._by_key.get((entity, key))
            if found is None or self._custom.get((entity, found.name)) is not found or found.name in values:
                continue
            value = decode_value(found, raw)
            if value is not None:
                values[found.name] = value
        return values

    def explain(self, entity: str, message: str) -> str:
        """A server's message with this account's keys replaced by the names of the fields."""
        for (owner, key), found in self._by_key.items():
            if owner == entity and found.custom and key in message:
                message = message.replace(key, f"{found.name!r}")
        return message
