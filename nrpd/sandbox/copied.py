"""Fills a new store with what another account answered: each record exactly as the API gave it.

A fixture says what an account shall be, and is checked; a copy says what an account is, so nothing in it is refused,
not even what could not be written that way. `answers` of the fixture: path of the API → what GET of it answered, a list
of items for lists. Paths that are missing were not asked, and are empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from .account import FIELD_ENTITIES, touch
from .call import Call
from .clock import parse_rfc3339, parse_v1
from .entities import NEW
from .marketing import primary_address
from .records import PATHS
from .rendering import HIDDEN
from .store import Doc, Store

_SHOWN_BY_V1 = ("deal", "person", "organization", "user", "project")
"""What a note of API v1 shows of the records that it hangs on."""
_SHOWN_BY_V2 = ("marketing_status", "doi_status", "labels")
"""What a record of API v2 shows of other things."""


def load_answers(store: Store, answers: Doc, call: Callable[[], Call]) -> None:
    """Fills the store inside a transaction. `call` gives a call on the account as it is when it is asked."""
    now = store.now()
    _company(store, answers)
    store.load("user", _users(answers), now)
    _fields(store, answers, now)
    store.load("activity_type", map(_v1, _list(answers, "/api/v1/activityTypes")), now)
    for kind in ("pipeline", "stage"):
        live = [doc for doc in _list(answers, f"/api/v2/{kind}s") if not doc.get("is_deleted")]
        store.load(kind, [{"order_nr": n, **doc, "is_deleted": False} for n, doc in enumerate(live, 1)], now)
    touch(store)
    begun = call()
    for path, entity in PATHS.items():
        raw = _list(answers, f"/api/v2/{path}")
        if entity == "person":
            _marketing(store, raw)
        _keep(store, entity, [{**NEW[entity](begun), **_record(doc)} for doc in raw])
    blank: Doc = {"deal_id": None, "person_id": None, "org_id": None, "user_id": begun.user_id(), "active_flag": True}
    for kind in ("note", "file"):
        raw = _list(answers, f"/api/v1/{kind}s")
        _keep(store, kind, [{**blank, **_v1(doc)} for doc in raw if doc.get("active_flag", True)])
    _keep(store, "relationship", map(_relationship, _list(answers, "/api/v1/organizationRelationships")))


def _list(answers: Doc, path: str) -> list[Doc]:
    """The items of a list, each id once."""
    return list({doc.get("id", doc.get("field_code")): doc for doc in answers.get(path) or ()}.values())


def _keep(store: Store, kind: str, docs: Iterable[Doc]) -> None:
    """Stores records as long known to the search index."""
    store.load(kind, docs, 0.0)


def _company(store: Store, answers: Doc) -> None:
    me = answers["/api/v1/users/me"]
    codes = [str(addon.get("code")) for addon in answers.get("/api/v1/billing/subscriptions/addons") or ()]
    company = {
        "id": me.get("company_id"), "name": me.get("company_name") or "", "domain": me.get("company_domain") or "",
        "country": me.get("company_country"), "currency": me.get("default_currency") or "USD",
        "timezone": me.get("timezone_name") or "UTC",
        "industry": me.get("company_industry"), "campaigns": any("campaign" in code.lower() for code in codes),
        "addons": [code for code in codes if code != "campaigns"],
    }  # fmt: skip
    for entity, features in HIDDEN.items():
        listed = {str(field.get("field_code")) for field in _list(answers, f"/api/v2/{entity}Fields")}
        there = {features[code] for code in listed & features.keys()}
        company |= {feature: feature in there for feature in features.values()}
    store.set_meta("company", json.dumps(company))


def _users(answers: Doc) -> list[Doc]:
    me = answers["/api/v1/users/me"]
    mine = {key: value for key, value in me.items() if not key.startswith("company_") and key != "language"}
    users = {user["id"]: user for user in _list(answers, "/api/v1/users")}
    users[me["id"]] = {**users.get(me["id"], {}), **mine}
    zone = me.get("timezone_name") or "UTC"
    blank: Doc = {"access": [], "active_flag": True, "name": "", "email": "", "timezone_name": zone}
    return [{**blank, **_v1(user), "is_you": user["id"] == me["id"]} for user in users.values()]


def _fields(store: Store, answers: Doc, now: float) -> None:
    """Custom fields as records; standard ones, and those that only people can make, as they were listed."""
    standard: dict[str, list[Doc]] = {}
    labels: dict[str, list[Doc]] = {}
    for entity in {*NEW, *FIELD_ENTITIES}:
        path = f"/api/v2/{entity}Fields"
        if path not in answers:
            continue
        listed = _list(answers, path)
        own = entity in FIELD_ENTITIES
        standard[entity] = [field for field in listed if not (own and field.get("is_custom_field"))]
        labels[entity] = next((f.get("options") or [] for f in listed if f.get("field_code") == "label_ids"), [])
        custom = [field for field in listed if own and field.get("is_custom_field")]
        store.load(f"{entity}_field", [_field(n, field) for n, field in enumerate(custom, 1)], now)
        for field in listed:
            numbers = [o["id"] for o in field.get("options") or () if isinstance(o.get("id"), int)]
            store.reserve_id("option", max(numbers, default=0))
    store.set_meta("labels", json.dumps(labels))
    store.set_meta("standard_fields", json.dumps(standard))


def _field(number: int, field: Doc) -> Doc:
    blank: Doc = {
        "description": None, "options": None, "subfields": None, "is_optional_response_field": False,
        "ui_visibility": {"add_visible_flag": False, "details_visible_flag": True},
        "important_fields": {"enabled": False, "stage_ids": []}, "required_fields": {"enabled": False},
    }  # fmt: skip
    return {**blank, **field, "id": number, "is_deleted": False}


def _record(raw: Doc) -> Doc:
    doc = {key: value for key, value in raw.items() if key not in _SHOWN_BY_V2}
    if "custom_fields" in doc:
        values = doc["custom_fields"] or {}
        doc["custom_fields"] = {code: value for code, value in values.items() if value is not None}
    for part in ("emails", "phones", "participants", "label_ids"):
        if part in doc and doc[part] is None:
            doc[part] = []
    doc["is_deleted"] = False
    return doc


def _marketing(store: Store, persons: Iterable[Doc]) -> None:
    """The status of each address. Whether it was changed before is not shown, so that a change counts as the first."""
    for person in persons:
        status = person.get("marketing_status")
        entries = [{**entry, "primary": bool(entry.get("primary"))} for entry in person.get("emails") or ()]
        address = primary_address({"emails": entries})
        if address is not None and status not in (None, "no_consent"):
            store.db.execute(
                "INSERT OR REPLACE INTO marketing (address, status, changes) VALUES (?,?,0)", (address, status)
            )


def _v1(raw: Doc) -> Doc:
    """A record of API v1 without what it only shows, its links as numbers and its times as API v2 writes them."""
    doc = {key: value for key, value in raw.items() if key not in _SHOWN_BY_V1}
    for name in ("deal_id", "person_id", "org_id", "user_id"):
        if isinstance(doc.get(name), dict):
            doc[name] = doc[name].get("value", doc[name].get("id"))
    for name, other in (("add_time", "created"), ("update_time", "modified")):
        text = str(doc.get(name) or doc.pop(other, None) or "")
        doc[name] = parse_v1(text) or parse_rfc3339(text)
    return doc


def _relationship(raw: Doc) -> Doc:
    doc = {name: raw[name] for name in ("id", "type", "rel_owner_org_id", "rel_linked_org_id")}
    for name in ("rel_owner_org_id", "rel_linked_org_id"):
        doc[name] = doc[name]["value"] if isinstance(doc[name], dict) else doc[name]
    times = {name: _v1(raw)[name] for name in ("add_time", "update_time")}
    return {**doc, **times, "active_flag": True}
