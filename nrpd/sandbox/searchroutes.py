"""Searches of API v2. The index lags: a record shows as it was a few seconds ago (facts/pipedrive.md, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
_EMPTY_TYPES = {
    "product": ("code", "custom_fields", "name"),
    "lead": ("custom_fields", "notes", "title"),
    "file": ("name",),
    "mail_attachment": ("name",),
    "project": ("custom_fields", "notes", "title", "description"),
}
"""What can be searched for as well, and of which the sandbox finds nothing."""
_INCLUDABLE = {"deal": ("deal.cc_email",), "person": ("person.picture",), "organization": ()}
_LINK = {"person": "person_id", "organization": "org_id", "deal": "deal_id"}
_FILTERS = {"person": ("organization_id",), "organization": (), "deal": ("person_id", "organization_id", "status")}
_MAX_TERM = 255
_MAX_OF_ORGANIZATION = 2000
_MAX_RELATED = 100


@dataclass(frozen=True)
class Term:
    """What is searched for, without regard to case: a part of a value, or with `exact` all of it."""

    text: str
    exact: bool

    def fits(self, value: str) -> bool:
        """Whether the value matches."""
        folded = value.casefold()
        return folded == self.text if self.exact else self.text in folded


def search(call: Call, entity: str) -> Reply:
    """GET /persons/search, /organizations/search, /deals/search."""
    included = ("include_fields",) if _INCLUDABLE[entity] else ()
    allow(call, "term", "fields", "exact_match", *included, "limit", "cursor", *_FILTERS[entity])
    term = _read_term(call)
    fields = _names(call, "fields", _FIELDS[entity])
    include = _names(call, "include_fields", _INCLUDABLE[entity], ())
    filters: Doc = {"org_id": whole(call, "organization_id"), "person_id": whole(call, "person_id")}
    if "status" in call.query:
        filters["status"] = _names(call, "status", ("open", "won", "lost"))[0]
    hits = [
        hit
        for hit in _hits(call, entity, fields, term)
        if all(value is None or hit["doc"].get(name) == value for name, value in filters.items())
    ]
    if entity == "person" and filters["org_id"] is not None:
        hits = hits[:_MAX_OF_ORGANIZATION]
    page, cursor = slice_page(call, hits)
    items = [_item(call, entity, hit, include) for hit in page]
    if entity == "deal":  # whose organization has no address in this answer (OpenAPI v2)
        for found in items:
            (found["item"]["organization"] or {}).pop("address", None)
    return Reply({"items": items}, {"next_cursor": cursor})


def search_items(call: Call) -> Reply:
    """GET /itemSearch over persons, organizations and deals; a page holds at most a hundred."""
    allow(
        call, "term", "item_types", "fields", "search_for_related_items", "exact_match", "include_fields", "limit",
        "cursor",
    )  # fmt: skip
    every = {**_FIELDS, **_EMPTY_TYPES}
    types = _names(call, "item_types", tuple(every))
    term = _read_term(call)
    fields = _names(call, "fields", tuple(dict.fromkeys(name for names in every.values() for name in names)))
    include = _names(call, "include_fields", ("deal.cc_email", "person.picture", "product.price"), ())
    hits = [(entity, hit) for entity in _FIELDS if entity in types for hit in _hits(call, entity, fields, term)]
    page, cursor = slice_page(call, hits, 100)
    items = [_item(call, entity, hit, include) for entity, hit in page]
    related = _related(call, page) if _flag(call, "search_for_related_items") else []
    return Reply({"items": items, "related_items": related}, {"next_cursor": cursor})


def _related(call: Call, found: list[tuple[str, Doc]]) -> list[Doc]:
    """The newest deals of the persons and organizations that were found, and the newest persons of the latter."""
    related: dict[tuple[str, int], Doc] = {}
    for entity, hit in found:
        for kind in {"person": ("deal",), "organization": ("deal", "person")}.get(entity, ()):
            where = f"deleted=0 AND {_LINK[entity]}=?"
            for doc in call.store.select(kind, where, (hit["doc"]["id"],), "add_time DESC, id DESC", _MAX_RELATED):
                hit_of = {"doc": doc, "custom": [], "notes": []}
                related[kind, doc["id"]] = {**_item(call, kind, hit_of, ()), "result_score": 0}
    return list(related.values())


def search_field(call: Call) -> Reply:
    """GET /itemSearch/field: values of one field, with regard to case."""
    allow(call, "term", "entity_type", "match", "field", "limit", "cursor")
    entity, code = call.query.get("entity_type", ""), call.query.get("field", "")
    if entity not in _FIELDS and entity not in ("lead", "product", "project"):
        raise problem("entity_type", "Expected one of deal, lead, person, organization, product, project")
    custom = call.account.fields["deal" if entity == "lead" else entity].get(code)
    if custom is not None and custom["field_type"] not in SEARCHABLE:
        raise problem("field", "This field cannot be searched")
    if custom is None and code not in (*_FIELDS.get(entity, _EMPTY_TYPES.get(entity, ())), "emails", "phones"):
        raise problem("field", "This field does not exist")
    match = call.query.get("match", "exact")
    if match not in ("exact", "beginning", "middle"):
        raise problem("match", "Expected one of exact, beginning, middle")
    term = _text(call, 1 if match == "exact" else 2)
    tests: dict[str, Callable[[str], bool]] = {
        "exact": lambda text: text == term,
        "beginning": lambda text: text.startswith(term),
        "middle": lambda text: term in text,
    }
    found = tests[match]
    hits = [
        {"id": doc["id"], "name": doc.get("name") or doc.get("title")}
        for doc in (_documents(call, entity, term) if entity in _FIELDS else ())
        if any(found(text) for text in (_custom_texts(doc, [code]) if custom else _texts(call, entity, doc, code)))
    ]
    page, cursor = slice_page(call, hits, MAX_PAGE)
    return Reply(page, {"next_cursor": cursor})


def _text(call: Call, shortest: int) -> str:
    term = call.query.get("term", "")
    if len(term) < shortest:
        raise problem("term", f"The term must be at least {shortest} characters long")
    if len(term) > _MAX_TERM:
        raise problem("term", "The term is too long")
    return term


def _read_term(call: Call) -> Term:
    exact = _flag(call, "exact_match")
    return Term(_text(call, 1 if exact else 2).casefold(), exact)


def _flag(call: Call, name: str) -> bool:
    value = call.query.get(name, "false")
    if value not in ("true", "false"):
        raise problem(name, "Expected 'true' or 'false'")
    return value == "true"


def _names(
    call: Call, name: str, known: tuple[str, ...], default: tuple[str, ...] | None = None
) -> tuple[str, ...]:  # fmt: skip
    """The comma list of a parameter, each of them known; all of them where it is not given."""
    if name not in call.query:
        return known if default is None else default
    wanted = tuple(call.query[name].split(","))
    if not set(wanted) <= set(known):
        raise problem(name, f"Expected some of {', '.join(known)}")
    return wanted


def _documents(call: Call, entity: str, part: str, also: frozenset[int] = frozenset()) -> Iterator[Doc]:
    return call.store.indexed(entity, call.now - call.setup.lag, part, also)


def _hits(call: Call, entity: str, fields: tuple[str, ...], term: Term) -> list[Doc]:
    notes: dict[int, list[str]] = {}
    if "notes" in fields:
        for note in _documents(call, "note", term.text):
            if note[_LINK[entity]] is not None and term.fits(note["content"]):
                notes.setdefault(note[_LINK[entity]], []).append(note["content"])
    hits = []
    for doc in _documents(call, entity, term.text, frozenset(notes)):
        own = {
            name: list(filter(term.fits, _texts(call, entity, doc, name)))
            for name in fields if name in _FIELDS[entity] and name != "notes"
        }  # fmt: skip
        if any(own.values()) or doc["id"] in notes:
            hits.append({"doc": doc, "custom": own.get("custom_fields", []), "notes": notes.get(doc["id"], [])})
    return hits


def _texts(call: Call, entity: str, doc: Doc, name: str) -> list[str]:
    if name in ("email", "phone", "emails", "phones"):
        return [entry["value"] for entry in doc.get(f"{name.rstrip('s')}s", ())]
    if name == "custom_fields":
        codes = [code for code, field in call.account.fields[entity].items() if field["field_type"] in SEARCHABLE]
        return _custom_texts(doc, codes)
    value = doc.get(name)
    if isinstance(value, dict):
        value = value.get("value")
    return [value] if isinstance(value, str) else []


def _custom_texts(doc: Doc, codes: list[str]) -> list[str]:
    custom = doc.get("custom_fields", {})
    found = [custom[code] for code in codes if code in custom]
    return [str(value["value"] if isinstance(value, dict) else value) for value in found]


def _item(call: Call, entity: str, hit: Doc, include: tuple[str, ...]) -> Doc:
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
    if entity == "deal" and "deal.cc_email" in include:
        item["cc_email"] = f"{call.account.company['domain']}+deal{doc['id']}@pipedrivemail.example"
    if entity == "person" and "person.picture" in include:
        item["picture"] = None
    return {"result_score": 1.0 if entity == "person" else 0.5, "item": item}


def _link(call: Call, kind: str, number: Any) -> Doc | None:
    doc = call.store.get(kind, number) if number is not None else None
    if doc is None:
        return None
    link: Doc = {"id": doc["id"], "name": doc["name"]}
    if kind == "organization":
        link["address"] = (doc["address"] or {}).get("value")
    return link
