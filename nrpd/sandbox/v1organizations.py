"""Relationships between organizations, and merging, API v1 (OpenAPI v1)."""

from __future__ import annotations

from .answers import MISSING, Reply
from .call import Call
from .clock import to_v1
from .listing import v1_page
from .store import Doc
from .v1bodies import bad, existing, whole

_TYPES = ("parent", "related")
_PARTS = ("rel_owner_org_id", "rel_linked_org_id")


def index(call: Call) -> Reply:
    """GET of the relationships of `org_id`, which is required. Relationships of deleted organizations are left out."""
    organization = whole("org_id", call.query.get("org_id"))
    if organization is None:
        raise bad("org_id is required")
    where = "deleted=0 AND (json_extract(doc,'$.rel_owner_org_id')=? OR json_extract(doc,'$.rel_linked_org_id')=?)"
    docs = call.store.select("relationship", where, (organization, organization))
    live = [doc for doc in docs if all(call.store.exists("organization", doc[part]) for part in _PARTS)]
    page, pagination = v1_page(call, live)
    shown = [{**_seen_from(call, doc, organization), **_named(call, doc, organization)} for doc in page]
    return Reply(shown or None, {"pagination": pagination}, _related(call, page) if page else MISSING)


def read(call: Call) -> Reply:
    """GET of one."""
    doc = existing(call, "relationship", "Organization relationship")
    base = whole("org_id", call.query.get("org_id"))
    return Reply(_seen_from(call, doc, base or doc["rel_owner_org_id"]), related=_related(call, [doc]))


def create(call: Call) -> Reply:
    """POST. With type `parent` the owner is the parent and the linked organization the daughter."""
    body = call.json_object()
    checked = _checked(call, body)
    for name in ("type", *_PARTS):
        if checked.get(name) is None:
            raise bad(f"{name} is required")
    _refuse_twice(call, checked, 0)
    made = call.store.add("relationship", {**checked, "active_flag": True}, call.now)
    return Reply(_show(call, made), related=_related(call, [made]))


def update(call: Call) -> Reply:
    """PUT."""
    doc = existing(call, "relationship", "Organization relationship")
    doc.update(_checked(call, call.json_object()))
    _refuse_twice(call, doc, doc["id"])
    made = call.store.put("relationship", doc, call.now)
    return Reply(_show(call, made), related=_related(call, [made]))


def delete(call: Call) -> Reply:
    """DELETE."""
    doc = existing(call, "relationship", "Organization relationship")
    call.store.put("relationship", {**doc, "active_flag": False}, call.now)
    return Reply({"id": doc["id"]})


def _checked(call: Call, body: Doc) -> Doc:
    checked: Doc = {}
    if "type" in body:
        if body["type"] not in _TYPES:
            raise bad("type must be parent or related")
        checked["type"] = body["type"]
    for name in _PARTS:
        if name in body:
            checked[name] = whole(name, body[name])
            if checked[name] is None or not call.store.exists("organization", checked[name]):
                raise bad(f"{name}: organization {body[name]} does not exist or is deleted")
    return checked


def _refuse_twice(call: Call, doc: Doc, number: int) -> None:
    if doc["rel_owner_org_id"] == doc["rel_linked_org_id"]:
        raise bad("An organization cannot be related to itself")
    where = (
        "deleted=0 AND id<>? AND json_extract(doc,'$.type')=? AND json_extract(doc,'$.rel_owner_org_id')=?"
        " AND json_extract(doc,'$.rel_linked_org_id')=?"
    )
    if call.store.count(
        "relationship", where, (number, doc["type"], doc["rel_owner_org_id"], doc["rel_linked_org_id"])
    ):
        raise bad("This relationship already exists")


def _organization(call: Call, number: int) -> Doc:
    doc = call.store.get("organization", number, deleted=True) or {}
    return {
        "name": doc.get("name"),
        "people_count": call.store.count("person", "deleted=0 AND org_id=?", (number,)),
        "owner_id": doc.get("owner_id"),
        "address": (doc.get("address") or {}).get("value"),
        "active_flag": not doc.get("is_deleted", True),
        "cc_email": f"{call.account.company['domain']}@pipedrivemail.example",
    }


def _show(call: Call, doc: Doc) -> Doc:
    owner, linked = doc["rel_owner_org_id"], doc["rel_linked_org_id"]
    return {
        "id": doc["id"],
        "type": doc["type"],
        "rel_owner_org_id": {**_organization(call, owner), "value": owner},
        "rel_linked_org_id": {**_organization(call, linked), "value": linked},
        "add_time": to_v1(doc["add_time"]),
        "update_time": to_v1(doc["update_time"]),
        "active_flag": "true",
    }


def _seen_from(call: Call, doc: Doc, base: int) -> Doc:
    """With what the other organization is to `base`; only answers to a GET have it."""
    kind = "related" if doc["type"] == "related" else "daughter" if base == doc["rel_owner_org_id"] else "parent"
    return {**_show(call, doc), "calculated_type": kind, "calculated_related_org_id": _other(doc, base)}


def _named(call: Call, doc: Doc, base: int) -> Doc:
    return {"related_organization_name": _organization(call, _other(doc, base))["name"]}


def _other(doc: Doc, base: int) -> int:
    owner, linked = doc["rel_owner_org_id"], doc["rel_linked_org_id"]
    return int(linked if base == owner else owner)


def _related(call: Call, docs: list[Doc]) -> Doc:
    numbers = sorted({doc[part] for doc in docs for part in _PARTS})
    return {"organization": {str(number): {"id": number, **_organization(call, number)} for number in numbers}}


def merge(call: Call, entity: str) -> Reply:
    """PUT /persons|organizations/{id}/merge: the record `merge_with_id` stays and its data wins; the other is deleted.

    What people do in the account's own screens is tried with this; nrpd itself never merges.
    """
    loser = existing(call, entity, entity.capitalize())
    number = whole("merge_with_id", call.json_object().get("merge_with_id"))
    survivor = call.store.get(entity, number) if number is not None and number != loser["id"] else None
    if survivor is None:
        raise bad("merge_with_id is not another live record")
    custom = {**loser["custom_fields"], **survivor["custom_fields"]}
    for name, value in loser.items():
        if survivor.get(name) in (None, [], ""):
            survivor[name] = value
    for part in ("emails", "phones"):
        known = {entry["value"] for entry in survivor.get(part, ())}
        more = [{**entry, "primary": False} for entry in loser.get(part, ()) if entry["value"] not in known]
        if more:
            survivor[part] = [*survivor[part], *more]
    survivor["custom_fields"] = custom
    _repoint(call, entity, loser["id"], survivor["id"])
    call.store.change(entity, {**loser, "is_deleted": True}, call.now, call.setup.lag)
    call.store.change(entity, survivor, call.now, call.setup.lag)
    return Reply({"id": survivor["id"]})


def _repoint(call: Call, entity: str, old: int, new: int) -> None:
    column = "person_id" if entity == "person" else "org_id"
    kinds = ("deal", "activity", "note", "file") + (("person",) if entity == "organization" else ())
    for kind in kinds:
        for doc in call.store.select(kind, f"{column}=?", (old,)):
            doc[column] = new
            for one in doc.get("participants", ()) if entity == "person" else ():
                one["person_id"] = new if one["person_id"] == old else one["person_id"]
            call.store.put(kind, doc, call.now)
