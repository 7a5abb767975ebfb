"""Searches of API v2. The index lags: a record shows as it was a few seconds ago (facts/pipedrive.md, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .answers import Reply
from .call import Call
from .customvalues import SEARCHABLE
from .listing import MAX_PAGE, allow, problem, slice_page, whole
from .store import Doc

_FIELDS = {
    "person": ("name", "email", "phone", "notes", "custom_fields"),
    "organization": ("name", "address", "notes", "custom_fields"),
    "deal": ("title", "notes", "custom_fields"),
}
_OTHER_TYPES = frozenset({"product", "lead", "file", "mail_attachment", "project"})
_MAX_TERM = 255


def search(call: Call, entity: str) -> Reply:
    """GET /persons/search, /organizations/search, /deals/search."""
    extra = {"person": ("organization_id",), "organization": (), "deal": ("person_id", "organization_id", "status")}
    allow(call, "term", "fields", "exact_match", "include_fields", "limit", "cursor", *extra[entity])
    matches = _matcher(call)
    fields = _fields(call, _FIELDS[entity])
    filters = {
        "org_id": whole(call, "organization_id"),
        "person_id": whole(call, "person_id"),
        "status": call.query.get("status"),
    }
    hits = [
        hit
        for hit in _hits(call, entity, fields, matches)
        if all(value is None or hit["doc"].get(name) == value for name, value in filters.items())
    ]
    page, cursor = slice_page(call, hits)
    return Reply({"items": [_item(call, entity, hit) for hit in page]}, {"next_cursor": cursor})


def search_items(call: Call) -> Reply:
    """GET /itemSearch over persons, organizations and deals; a page holds at most a hundred."""
    allow(
        call,
        "term",
        "item_types",
        "fields",
        "search_for_related_items",
        "exact_match",
        "include_fields",
        "limit",
        "cursor",
    )
    wanted = call.query.get("item_types", ",".join(_FIELDS)).split(",")
    if not set(wanted) <= set(_FIELDS) | _OTHER_TYPES:
        raise problem("item_types", f"Expected some of {', '.join([*_FIELDS, *sorted(_OTHER_TYPES)])}")
    matches = _matcher(call)
    everything = tuple(dict.fromkeys(name for names in _FIELDS.values() for name in names))
    fields = _fields(call, everything)
    hits = [(entity, hit) for entity in _FIELDS if entity in wanted for hit in _hits(call, entity, fields, matches)]
    page, cursor = slice_page(call, hits, 100)
    items = [_item(call, entity, hit) for entity, hit in page]
    return Reply({"items": items, "related_items": []}, {"next_cursor": cursor})


def search_field(call: Call) -> Reply:
    """GET /itemSearch/field: values of one field, with regard to case."""
    allow(call, "term", "entity_type", "match", "field", "limit", "cursor")
    entity, code = call.query.get("entity_type", ""), call.query.get("field", "")
    if entity not in _FIELDS:
        raise problem("entity_type", f"Expected one of {', '.join(_FIELDS)}")
    custom = call.account.fields[entity].get(code)
    if custom is not None and custom["field_type"] not in SEARCHABLE:
        raise problem("field", "This field cannot be searched")
    if custom is None and code not in (*_FIELDS[entity], "emails", "phones"):
        raise problem("field", "This field does not exist")
    match = call.query.get("match", "exact")
    if match not in ("exact", "beginning", "middle"):
        raise problem("match", "Expected one of exact, beginning, middle")
    term = _term(call, 1 if match == "exact" else 2)
    tests: dict[str, Callable[[str], bool]] = {
        "exact": lambda text: text == term,
        "beginning": lambda text: text.startswith(term),
        "middle": lambda text: term in text,
    }
    found = tests[match]
    hits = [
        {"id": doc["id"], "name": doc.get("name") or doc.get("title")}
        for doc in _documents(call, entity)
        if any(found(text) for text in (_custom_texts(doc, [code]) if custom else _texts(call, entity, doc, code)))
    ]
    page, cursor = slice_page(call, hits, MAX_PAGE)
    return Reply(page, {"next_cursor": cursor})


def _term(call: Call, shortest: int) -> str:
    term = call.query.get("term", "")
    if len(term) < shortest:
        raise problem("term", f"The term must be at least {shortest} characters long")
    if len(term) > _MAX_TERM:
        raise problem("term", "The term is too long")
    return term


def _matcher(call: Call) -> Callable[[str], bool]:
    exact = call.query.get("exact_match", "false")
    if exact not in ("true", "false"):
        raise problem("exact_match", "Expected 'true' or 'false'")
    term = _term(call, 1 if exact == "true" else 2).casefold()
    if exact == "true":
        return lambda text: text.casefold() == term
    return lambda text: term in text.casefold()


def _fields(call: Call, known: tuple[str, ...]) -> tuple[str, ...]:
    if "fields" not in call.query:
        return known
    wanted = tuple(call.query["fields"].split(","))
    if not set(wanted) <= set(known):
        raise problem("fields", f"Expected some of {', '.join(known)}")
    return wanted


def _documents(call: Call, entity: str) -> Iterator[Doc]:
    return call.store.indexed(entity, call.now - call.setup.lag)


def _hits(call: Call, entity: str, fields: tuple[str, ...], matches: Callable[[str], bool]) -> list[Doc]:
    hits = []
    for doc in _documents(call, entity):
        by_field = {name: list(filter(matches, _texts(call, entity, doc, name))) for name in fields}
        if any(by_field.values()):
            hits.append({"doc": doc, "custom": by_field.get("custom_fields", []), "notes": by_field.get("notes", [])})
    return hits


def _texts(call: Call, entity: str, doc: Doc, name: str) -> list[str]:
    if name in ("email", "phone", "emails", "phones"):
        return [entry["value"] for entry in doc.get(f"{name.rstrip('s')}s", ())]
    if name == "custom_fields":
        codes = [code for code, field in call.account.fields[entity].items() if field["field_type"] in SEARCHABLE]
        return _custom_texts(doc, codes)
    if name == "notes":
        column = {"person": "person_id", "organization": "org_id", "deal": "deal_id"}[entity]
        return [note["content"] for note in call.store.select("note", f"deleted=0 AND {column}=?", (doc["id"],))]
    value = doc.get(name)
    if isinstance(value, dict):
        value = value.get("value")
    return [value] if isinstance(value, str) else []


def _custom_texts(doc: Doc, codes: list[str]) -> list[str]:
    custom = doc.get("custom_fields", {})
    found = [custom[code] for code in codes if code in custom]
    return [str(value["value"] if isinstance(value, dict) else value) for value in found]


def _item(call: Call, entity: str, hit: Doc) -> Doc:
    doc = hit["doc"]
    item: Doc = {"id": doc["id"], "type": entity}
    if entity == "deal":
        stage = call.store.get("stage", doc["stage_id"], deleted=True) or {}
        item.update({name: doc[name] for name in ("title", "value", "currency", "status")})
        item["stage"] = {"id": doc["stage_id"], "name": stage.get("name")}
        item["person"] = _link(call, "person", doc["person_id"])
        item["is_archived"] = doc["is_archived"]
    else:
        item["name"] = doc["name"]
    if entity == "person":
        item["phones"] = [entry["value"] for entry in doc["phones"]]
        item["emails"] = [entry["value"] for entry in doc["emails"]]
    if entity == "organization":
        item["address"] = (doc["address"] or {}).get("value")
    else:
        item["organization"] = _link(call, "organization", doc["org_id"])
    item.update({"visible_to": doc["visible_to"], "owner": {"id": doc["owner_id"]}})
    item.update({"custom_fields": hit["custom"], "notes": hit["notes"]})
    return {"result_score": 1.0 if entity == "person" else 0.5, "item": item}


def _link(call: Call, kind: str, number: Any) -> Doc | None:
    doc = call.store.get(kind, number) if number is not None else None
    if doc is None:
        return None
    link: Doc = {"id": doc["id"], "name": doc["name"]}
    if kind == "organization":
        link["address"] = (doc["address"] or {}).get("value")
    return link
