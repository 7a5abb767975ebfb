"""Fills a new store from a fixture: the account and its records as one JSON document.

Top-level keys, all optional: company, users, labels, person_fields, organization_fields, deal_fields, product_fields,
project_fields, activity_types, pipelines (with stages), organizations, persons, deals, activities, notes, files,
organization_relationships, marketing, gone (ids of deleted records that others still point to).
Custom fields are keyed by field name (or by code where a name is there twice), options and labels are given by their
text (or by id where a text is there twice), times are RFC 3339, file contents base64 (`content_base64`) or text
(`content`). Keys of 40 characters and ids of options and labels are minted, unless `field_code`, `option_ids` and
`{"id": …, "label": …}` are given. Without a fixture the account is empty: one admin, one pipeline.
`company` may hold: name, domain, id, currency, timezone, country, industry; the features contact_sync, campaigns and
org_enrichment (true or false); addons (codes of others), activity_type_limit.
A copy of another account has one key instead, `answers` (see `copied.py`).
"""

from __future__ import annotations

import json
import secrets
import uuid
from pathlib import Path
from typing import Any

from .account import FIELD_ENTITIES, LABELLED, Account, read_account, touch
from .call import Call, Setup
from .copied import load_answers
from .customvalues import FIELD_TYPES
from .fieldroutes import make_field, new_option
from .fixturerecords import LISTS, FixtureError, load_records
from .pipelineroutes import make
from .store import Doc, Store
from .v1account import make_type

KEYS = frozenset(
    {"company", "users", "labels", *(f"{entity}_fields" for entity in FIELD_ENTITIES), "activity_types", "pipelines",
     *LISTS.values(), "notes", "files", "organization_relationships", "marketing", "gone",
     "answers"}
)  # fmt: skip
_COMPANY: Doc = {
    "name": "Sandbox", "domain": "sandbox", "currency": "USD", "timezone": "UTC",
    "contact_sync": False, "campaigns": False, "org_enrichment": False,
}  # fmt: skip
_USER: Doc = {
    "id": 1,
    "name": "Sandbox Admin",
    "email": "admin@sandbox.example",
    "active_flag": True,
    "admin": True,
    "is_you": True,
}
_APPS = ("sales", "global", "account_settings")
_TYPES = ("Call", "Meeting", "Task", "Deadline", "Email", "Lunch")
_PIPELINE: Doc = {
    "name": "Pipeline",
    "stages": [
        {"name": name}
        for name in ("Qualified", "Contact Made", "Demo Scheduled", "Proposal Made", "Negotiations Started")
    ],
}


def read_fixture(path: Path | None) -> Doc:
    """The document of a fixture file; empty without a file. Raises FixtureError (a ValueError) where it is unusable."""
    if path is None:
        return {}
    try:
        fixture = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FixtureError(f"{path}: cannot be read as a fixture: {error}") from error
    if not isinstance(fixture, dict):
        raise FixtureError(f"{path}: a fixture is a JSON object")
    unknown = sorted(set(fixture) - KEYS)
    if unknown:
        raise FixtureError(f"{path}: unknown keys {', '.join(unknown)}; known are {', '.join(sorted(KEYS))}")
    return fixture


def load_fixture(store: Store, fixture: Doc, setup: Setup) -> None:
    """Fills the store inside a transaction, if it is new; else leaves it as it is."""
    if store.meta("company"):
        return
    now = store.now()
    if "answers" in fixture:
        load_answers(
            store,
            fixture["answers"],
            lambda: fixture_call(store, read_account(store, store.meta("revision")), setup, now),
        )
        return
    company = {**_COMPANY, "id": 10_000_000 + secrets.randbelow(90_000_000), **fixture.get("company", {})}
    store.set_meta("company", json.dumps(company))
    _users(store, fixture.get("users") or [_USER], company, now)
    _fields(store, fixture, now)
    _labels(store, fixture.get("labels", {}))
    touch(store)
    call = fixture_call(store, read_account(store, store.meta("revision")), setup, now)
    for kind in fixture.get("activity_types", [{"name": name} for name in _TYPES]):
        _activity_type(call, kind)
    for pipeline in fixture.get("pipelines", [_PIPELINE]):
        made = make(call, "pipeline", {name: value for name, value in pipeline.items() if name != "stages"})
        for stage in pipeline.get("stages", ()):
            make(call, "stage", {"pipeline_id": made["id"], **stage})
    call = fixture_call(store, read_account(store, store.meta("revision")), setup, now)
    load_records(call, fixture)


def fixture_call(store: Store, account: Account, setup: Setup, now: float) -> Call:
    """A call that no request made, for code that works on one."""
    return Call("POST", "v2", {}, {}, None, store, account, setup, now)


def _users(store: Store, users: list[Doc], company: Doc, now: float) -> None:
    mine = next((user for user in users if user.get("is_you")), None)
    mine = mine or next((user for user in users if user.get("active_flag", True)), None)
    if mine is None:
        raise FixtureError("users: one of them must be active")
    docs = []
    for number, user in enumerate(users, 1):
        admin = bool(user.get("admin", user is mine))
        docs.append(
            {
                "id": user.get("id", number), "name": user["name"], "email": user["email"],
                "default_currency": company["currency"], "locale": "en_US", "lang": 1, "phone": None, "activated": True,
                "last_login": "2024-01-01 00:00:00", "has_created_company": user is mine,
                "active_flag": bool(user.get("active_flag", True)),
                "access": [_access(app, admin) for app in _APPS],
                "timezone_name": user.get("timezone_name") or company["timezone"], "role_id": 1, "icon_url": None,
                "is_you": user is mine, "is_deleted": False,
                "add_time": "2024-01-01T00:00:00Z", "update_time": "2024-01-01T00:00:00Z",
            }
        )  # fmt: skip
    store.load("user", docs, now)


def _access(app: str, admin: bool) -> Doc:
    """What a user may do in an app; all who may do the same have one set of permissions."""
    permissions = uuid.uuid5(uuid.NAMESPACE_URL, f"{app}/{'admin' if admin else 'regular'}")
    return {"app": app, "admin": admin, "permission_set_id": str(permissions)}


def _fields(store: Store, fixture: Doc, now: float) -> None:
    for entity in FIELD_ENTITIES:
        for index, field in enumerate(fixture.get(f"{entity}_fields", ())):
            where = f"{entity}_fields[{index}]"
            if field.get("field_type") not in FIELD_TYPES or not field.get("field_name"):
                raise FixtureError(f"{where}: needs a field_name, and a field_type of {', '.join(FIELD_TYPES)}")
            ids: list[Any] = field.get("option_ids") or [None] * len(field.get("options") or ())
            options = [
                {"id": number, "label": label} for number, label in zip(ids, field.get("options") or (), strict=True)
            ]
            if bool(options) != (field["field_type"] in ("enum", "set")):
                raise FixtureError(f"{where}: enum and set fields need options, and only those")
            make_field(store, entity, {**field, "options": options}, now, field.get("field_code"))


def _labels(store: Store, labels: Doc) -> None:
    made = {
        entity: [
            new_option(store, label if isinstance(label, dict) else {"label": label})
            for label in sorted(labels.get(entity, ()), key=lambda label: not isinstance(label, dict))
        ]
        for entity in LABELLED
    }
    store.set_meta("labels", json.dumps(made))


def _activity_type(call: Call, kind: Doc) -> None:
    key = kind.get("key_string") or kind["name"].casefold()
    known = {name.casefold() for name in _TYPES}
    make_type(call, {"icon_key": key if key in known else "task", "is_custom_flag": key not in known, **kind})
