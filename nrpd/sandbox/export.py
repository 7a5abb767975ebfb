"""The store as a fixture: what `fixture.py` would load to the same account. Deleted things are left out."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

from .account import FIELD_ENTITIES, Account, read_account
from .fixturerecords import LISTS
from .store import Doc, Store


def export_store(store: Store) -> Doc:
    """Everything live, custom values by field name, options by label; also the codes and ids that a reload keeps."""
    account = read_account(store, store.meta("revision", "0"))
    exported: Doc = {
        "company": account.company,
        "users": [_user(doc) for doc in account.users.values()],
        "labels": {entity: [label["label"] for label in account.labels[entity].values()] for entity in FIELD_ENTITIES},
    }
    for entity in FIELD_ENTITIES:
        exported[f"{entity}_fields"] = [_field(doc) for doc in account.fields[entity].values()]
    exported["activity_types"] = [_without(doc) for doc in account.activity_types if doc["active_flag"]]
    stages = store.select("stage", order="parent_id, order_nr, id")
    exported["pipelines"] = [
        {
            **_without(doc),
            "stages": [_without(stage, "pipeline_id") for stage in stages if stage["pipeline_id"] == doc["id"]],
        }
        for doc in store.select("pipeline", order="order_nr, id")
    ]
    for entity, name in LISTS.items():
        exported[name] = [_record(account, entity, doc) for doc in store.select(entity)]
    exported["notes"] = [_without(doc) for doc in store.select("note")]
    exported["files"] = [
        {
            **_without(doc, "file_size", "file_type"),
            "content_base64": base64.b64encode(store.blob(doc["id"])).decode(),
        }
        for doc in store.select("file")
    ]
    exported["organization_relationships"] = [_without(doc) for doc in store.select("relationship")]
    exported["marketing"] = [
        {"address": address, "status": status, "changes": changes}
        for address, status, changes in store.db.execute(
            "SELECT address, status, changes FROM marketing ORDER BY address"
        )
    ]
    return exported


def _user(doc: Doc) -> Doc:
    admin = any(entry["app"] == "global" and entry["admin"] for entry in doc["access"])
    return {**{name: doc[name] for name in ("id", "name", "email", "active_flag", "is_you")}, "admin": admin}


def _field(doc: Doc) -> Doc:
    field = {name: doc[name] for name in ("field_name", "field_type", "field_code")}
    if doc["options"] is not None:
        field["options"] = [option["label"] for option in doc["options"]]
        field["option_ids"] = [option["id"] for option in doc["options"]]
    return field


def _without(doc: Doc, *names: str) -> Doc:
    return {name: value for name, value in doc.items() if name not in (*names, "is_deleted", "active_flag")}


def _record(account: Account, entity: str, doc: Doc) -> Doc:
    """A record without its empty keys."""
    given = {
        name: value for name, value in _without(doc, "custom_fields", "label_ids").items() if value not in (None, [])
    }
    labels = [
        account.labels[entity][number]["label"]
        for number in doc.get("label_ids", ())
        if number in account.labels[entity]
    ]
    if labels:
        given["labels"] = labels
    custom = _custom(account, entity, doc.get("custom_fields", {}))
    if custom:
        given["custom_fields"] = custom
    return given


def _custom(account: Account, entity: str, values: Doc) -> Doc:
    fields = account.fields.get(entity, {})
    names = Counter(field["field_name"] for field in fields.values())
    custom: Doc = {}
    for code, field in fields.items():
        value = _with_labels(account, field, values.get(code))
        if value is not None:
            name = field["field_name"]
            custom[name if names[name] == 1 and name not in fields else code] = value
    return custom


def _with_labels(account: Account, field: Doc, value: Any) -> Any:
    options = account.options[field["field_code"]]
    if value is None or field["field_type"] not in ("enum", "set"):
        return value
    if field["field_type"] == "enum":
        return options.get(value)
    return [options[number] for number in value if number in options] or None
