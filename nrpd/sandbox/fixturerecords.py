"""The records of a fixture: from names and labels to keys and ids, checked as a request would be."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from .answers import Invalid
from .bodies import BODIES, visibilities
from .call import Call
from .clock import rfc3339
from .customvalues import check_custom
from .entities import NEW, split_name
from .store import Doc

LISTS = {"organization": "organizations", "person": "persons", "deal": "deals", "activity": "activities"}
"""entity → its key in a fixture, in the order in which they point to each other"""
LINKS = {"owner_id": "user", "org_id": "organization", "person_id": "person", "deal_id": "deal"}
"""key of a record → the kind whose id it holds"""


class FixtureError(ValueError):
    """A fixture that cannot be loaded."""


def load_records(call: Call, fixture: Doc) -> None:
    """Stores every record of the fixture."""
    gone = {entity: frozenset(numbers) for entity, numbers in fixture.get("gone", {}).items()}
    for entity, name in LISTS.items():
        docs = []
        for index, given in enumerate(fixture.get(name, ())):
            where = f"{name}[{index}]"
            docs.append(_record(call, entity, given, where))
            _check_links(call, docs[-1], gone, where)
        _store(call, entity, docs)
    for kind, numbers in gone.items():
        call.store.reserve_id(kind, max(numbers, default=0))
    _store(call, "note", [_note(call, doc) for doc in fixture.get("notes", ())])
    _files(call, fixture.get("files", ()))
    relationships = [
        {"type": "parent", "active_flag": True, **doc} for doc in fixture.get("organization_relationships", ())
    ]
    _store(call, "relationship", [dict(doc) for doc in relationships])
    for entry in fixture.get("marketing", ()):
        call.store.db.execute(
            "INSERT OR REPLACE INTO marketing (address, status, changes) VALUES (?,?,?)",
            (entry["address"], entry["status"], entry.get("changes", 0)),
        )


def _store(call: Call, kind: str, docs: list[Doc]) -> None:
    """Gives ids and times to those without, and stores them as long known to the search index."""
    free = max((doc["id"] for doc in docs if "id" in doc), default=0)
    for doc in docs:
        if "id" not in doc:
            free += 1
            doc["id"] = free
        doc["add_time"] = doc.get("add_time") or rfc3339(call.now)
        doc["update_time"] = doc.get("update_time") or doc["add_time"]
    call.store.load(kind, docs, 0.0)


def _record(call: Call, entity: str, given: Doc, where: str) -> Doc:
    doc = {**NEW[entity](call), "is_deleted": False}
    if entity != "activity":
        doc.update({"custom_fields": {}, "visible_to": visibilities(call.setup.plan)[-1], "label_ids": []})
    unknown = sorted(set(given) - set(doc) - {"id", "labels"})
    if unknown:
        raise FixtureError(f"{where}: unknown keys {', '.join(unknown)}")
    try:
        for name, value in given.items():
            if name == "custom_fields":
                doc[name] = _custom(call, entity, value)
            elif name == "labels":
                known = {number: label["label"] for number, label in call.account.labels[entity].items()}
                doc["label_ids"] = [_with_id(known, "labels", label) for label in value]
            elif value is not None and name in BODIES[entity] and name != "type":
                doc[name] = BODIES[entity][name].check(name, _without_blanks(value))
            else:
                doc[name] = value
    except Invalid as problem:
        raise FixtureError(f"{where}: {problem.path}: {problem.message}") from problem
    _complete(call, entity, doc, where)
    return doc


def _without_blanks(value: Any) -> Any:
    """E-mails and the like as accounts hold them, without members that are null, which a request could not send."""
    if not isinstance(value, list):
        return value
    return [{k: v for k, v in one.items() if v is not None} if isinstance(one, dict) else one for one in value]


def _complete(call: Call, entity: str, doc: Doc, where: str) -> None:
    if entity in ("person", "organization") and not doc["name"]:
        raise FixtureError(f"{where}: name is missing")
    if entity == "person" and doc["first_name"] is None:
        doc["first_name"], doc["last_name"] = split_name(doc["name"])
    if entity == "deal":
        _complete_deal(call, doc, where)
    if entity == "activity":
        _complete_activity(call, doc, where)


def _check_links(call: Call, doc: Doc, gone: Mapping[str, frozenset[int]], where: str) -> None:
    for name, kind in LINKS.items():
        number = doc.get(name)
        known = number is None or number in gone.get(kind, ()) or call.store.get(kind, number, deleted=True)
        if not known:
            raise FixtureError(f"{where}: {name}: there is no {kind} {number}")


def _complete_deal(call: Call, doc: Doc, where: str) -> None:
    if not doc["title"]:
        raise FixtureError(f"{where}: title is missing")
    if doc["stage_id"] is None:
        inside = ("deleted=0 AND parent_id=?", [doc["pipeline_id"]]) if doc["pipeline_id"] else ("deleted=0", [])
        stages = call.store.select("stage", *inside, "parent_id, order_nr, id", 1)
        if not stages:
            raise FixtureError(f"{where}: the account has no stage for it")
        doc["stage_id"] = stages[0]["id"]
    stage = call.store.get("stage", doc["stage_id"])
    if stage is None:
        raise FixtureError(f"{where}: there is no stage {doc['stage_id']}")
    doc["pipeline_id"] = stage["pipeline_id"]
    if doc["status"] != "open":
        doc[f"{doc['status']}_time"] = doc[f"{doc['status']}_time"] or doc["add_time"] or rfc3339(call.now)
        doc["close_time"] = doc["close_time"] or doc[f"{doc['status']}_time"]


def _complete_activity(call: Call, doc: Doc, where: str) -> None:
    types = {kind["key_string"]: kind["name"] for kind in call.account.activity_types}
    doc["type"] = doc["type"] or "call"
    if doc["type"] not in types:
        raise FixtureError(f"{where}: there is no activity type {doc['type']!r}")
    doc["subject"] = doc["subject"] or types[doc["type"]]
    if doc["participants"]:
        given = any(entry.get("primary") for entry in doc["participants"])
        doc["participants"] = [
            {"person_id": entry["person_id"], "primary": bool(entry.get("primary")) or (not given and index == 0)}
            for index, entry in enumerate(doc["participants"])
        ]
        doc["person_id"] = next(entry["person_id"] for entry in doc["participants"] if entry["primary"])
    elif doc["person_id"] is not None:
        doc["participants"] = [{"person_id": doc["person_id"], "primary": True}]
    if doc["done"] and doc["marked_as_done_time"] is None:
        doc["marked_as_done_time"] = doc["add_time"] or rfc3339(call.now)


def _custom(call: Call, entity: str, given: Doc) -> Doc:
    fields = call.account.fields[entity]
    custom: Doc = {}
    for name, value in given.items():
        found = [name] if name in fields else [code for code, field in fields.items() if field["field_name"] == name]
        if len(found) != 1:
            raise Invalid(
                name, "There is no such custom field" if not found else "Several custom fields have this name"
            )
        field = fields[found[0]]
        if value is not None:
            custom[found[0]] = check_custom(call, name, field, _with_ids(call, field, name, value), links=False)
    return custom


def _with_ids(call: Call, field: Doc, name: str, value: Any) -> Any:
    if field["field_type"] not in ("enum", "set"):
        return value
    options = call.account.options[field["field_code"]]
    if isinstance(value, list):
        return [_with_id(options, name, one) for one in value]
    return _with_id(options, name, value)


def _with_id(options: Mapping[int, str], name: str, wanted: Any) -> int:
    """The id of an option or label that is given by its text or its id."""
    for number, label in options.items():
        if wanted in (label, number):
            return number
    raise Invalid(name, f"There is no option {wanted!r}; there are {', '.join(options.values())}")


def _note(call: Call, given: Doc) -> Doc:
    return {
        "content": "", "deal_id": None, "person_id": None, "org_id": None, "lead_id": None, "project_id": None,
        "task_id": None, "user_id": call.user_id(), "active_flag": True, "pinned_to_lead_flag": False,
        "pinned_to_deal_flag": False, "pinned_to_organization_flag": False, "pinned_to_person_flag": False,
        "pinned_to_project_flag": False, "pinned_to_task_flag": False, "last_update_user_id": None, **given,
    }  # fmt: skip


def _files(call: Call, files: Any) -> None:
    docs = []
    contents = []
    for given in files:
        doc = dict(given)
        encoded, plain = doc.pop("content_base64", None), doc.pop("content", "")
        content = base64.b64decode(encoded) if encoded is not None else str(plain).encode()
        name = doc.get("file_name") or doc.get("name") or "file"
        docs.append(
            {
                "deal_id": None, "person_id": None, "org_id": None, "activity_id": None, "user_id": call.user_id(),
                "description": "", "active_flag": True, "name": name, **doc, "file_name": name,
                "file_type": name.rpartition(".")[2].lower() if "." in name else "", "file_size": len(content),
            }
        )  # fmt: skip
        contents.append(content)
    _store(call, "file", docs)
    for doc, content in zip(docs, contents, strict=True):
        call.store.put_blob(doc["id"], content)
