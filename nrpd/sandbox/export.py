"""The store as a fixture: what `fixture.py` would load to the same account. Deleted things are left out.

Loaded into a new store and exported again, an export is the same, to the last value (tests/sandbox/test_export.py).
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable
from typing import Any

from .account import FIELD_ENTITIES, LABELLED, Account, read_account
from .fieldroutes import default_settings
from .fixturerecords import LINKS, LISTS
from .store import Doc, Store


def export_store(store: Store) -> Doc:
    """Everything live, custom values by field name, options by label; also the codes and ids that a reload keeps."""
    account = read_account(store, store.meta("revision", "0"))
    exported: Doc = {
        "company": account.company,
        "users": [_user(account, doc) for doc in account.users.values()],
        "labels": {entity: list(account.labels[entity].values()) for entity in LABELLED},
    }
    for entity in FIELD_ENTITIES:
        exported[f"{entity}_fields"] = [_field(entity, doc) for doc in account.fields[entity].values()]
    exported["activity_types"] = _activity_types(store, account)
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
    return {**exported, **_gone(exported)}


def _gone(exported: Doc) -> Doc:
    """`gone`: per entity the ids of deleted records that live ones still point to; absent where there are none."""
    gone: dict[str, list[int]] = {}
    for key, entity in LINKS.items():
        if entity != "user":
            wanted = {doc[key] for name in LISTS.values() for doc in exported[name] if key in doc}
            missing = wanted - {doc["id"] for doc in exported[LISTS[entity]]}
            if missing:
                gone[entity] = sorted(missing)
    return {"gone": gone} if gone else {}


def _user(account: Account, doc: Doc) -> Doc:
    admin = any(entry["app"] == "global" and entry["admin"] for entry in doc["access"])
    user = {**{name: doc[name] for name in ("id", "name", "email", "active_flag", "is_you")}, "admin": admin}
    if doc["timezone_name"] != account.company["timezone"]:
        user["timezone_name"] = doc["timezone_name"]
    return user


def _field(entity: str, doc: Doc) -> Doc:
    field = {name: doc[name] for name in ("field_name", "field_type", "field_code")}
    if doc["options"] is not None:
        field["options"] = [option["label"] for option in doc["options"]]
        field["option_ids"] = [option["id"] for option in doc["options"]]
    field.update({name: doc[name] for name, usual in default_settings(entity).items() if doc[name] != usual})
    return field


def _activity_types(store: Store, account: Account) -> list[Doc]:
    """The active types, and the deleted ones of live activities."""
    query = "SELECT DISTINCT json_extract(doc,'$.type') FROM records WHERE kind='activity' AND deleted=0"
    used = {key for (key,) in store.db.execute(query)}
    return [
        _without(doc) if doc["active_flag"] else {**_without(doc), "active_flag": False}
        for doc in account.activity_types
        if doc["active_flag"] or doc["key_string"] in used
    ]


def _without(doc: Doc, *names: str) -> Doc:
    return {name: value for name, value in doc.items() if name not in (*names, "is_deleted", "active_flag")}


def _record(account: Account, entity: str, doc: Doc) -> Doc:
    """A record without its empty keys, but for the due date, which a new activity would get from the clock."""
    given = {
        name: value
        for name, value in _without(doc, "custom_fields", "label_ids").items()
        if value not in (None, []) or name == "due_date"
    }
    known = {number: label["label"] for number, label in account.labels.get(entity, {}).items()}
    labels = _named(known, (number for number in doc.get("label_ids", ()) if number in known))
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
        return _named(options, [value])[0] if value in options else None
    return _named(options, (number for number in value if number in options)) or None


def _named(labels: dict[int, str], numbers: Iterable[int]) -> list[str | int]:
    """Options or labels by their text; by their id where two have the same text."""
    times = Counter(labels.values())
    return [labels[number] if times[labels[number]] == 1 else number for number in numbers]
