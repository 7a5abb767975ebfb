"""Users, activity types, currencies and add-ons, API v1 (facts/pipedrive.md, sections 5, 7 and 9)."""

from __future__ import annotations

import re
from typing import Any

from .account import touch
from .answers import Refused, Reply
from .call import Call
from .clock import to_v1, utc_offset
from .currencies import currencies
from .store import Doc
from .v1bodies import bad, gone, whole

ICONS = frozenset(
    {
        "task", "email", "meeting", "deadline", "call", "lunch", "calendar", "downarrow", "document", "smartphone",
        "camera", "scissors", "cogs", "bubble", "uparrow", "checkbox", "signpost", "shuffle", "addressbook",
        "linegraph", "picture", "car", "world", "search", "clip", "sound", "brush", "key", "padlock", "pricetag",
        "suitcase", "finish", "plane", "loop", "wifi", "truck", "cart", "bulb", "bell", "presentation",
    }
)  # fmt: skip

_UNKNOWN_TIME = "2024-01-01 00:00:00"
"""When a user was made who is only expected, as in a rehearsal; the API has no user without."""


def users(call: Call) -> Reply:
    """GET /users: all of them, also the deactivated ones."""
    return Reply([_user(call, doc) for doc in call.account.users.values()])


def user(call: Call) -> Reply:
    """GET /users/{id}."""
    number = call.path["id"]
    doc = call.account.users.get(int(number)) if number.isdecimal() else None
    if doc is None:
        raise gone("User")
    return Reply(_user(call, doc))


def me(call: Call) -> Reply:
    """GET /users/me: the token's user and the company."""
    company = call.account.company
    return Reply(
        {
            **_user(call, call.account.me),
            "company_id": company["id"],
            "company_name": company["name"],
            "company_domain": company["domain"],
            "company_country": company.get("country", "US"),
            "company_industry": company.get("industry", ""),
            "language": {"language_code": "en", "country_code": "US"},
        }
    )


def find_users(call: Call) -> Reply:
    """GET /users/find by name, or by e-mail with search_by_email=1."""
    term = call.query.get("term", "").casefold()
    if not term:
        raise bad("term is required")
    part = "email" if call.query.get("search_by_email") == "1" else "name"
    return Reply([_user(call, doc) for doc in call.account.users.values() if term in doc[part].casefold()])


def _user(call: Call, doc: Doc) -> Doc:
    hidden = ("add_time", "update_time")
    shown = {name: value for name, value in doc.items() if name not in hidden}
    times = {"created": to_v1(doc["add_time"]) or _UNKNOWN_TIME, "modified": to_v1(doc["update_time"])}
    return {**shown, **times, "timezone_offset": utc_offset(doc["timezone_name"], call.now)}


def list_currencies(call: Call) -> Reply:
    """GET /currencies, all or those with `term` in their name or code."""
    term = call.query.get("term", "").casefold()
    return Reply([doc for doc in currencies().values() if term in f"{doc['code']} {doc['name']}".casefold()])


def addons(call: Call) -> Reply:
    """GET /billing/subscriptions/addons: `campaigns` where the account has it, and what `company.addons` names."""
    codes = [*(["campaigns"] if call.account.has("campaigns") else []), *call.account.company.get("addons", ())]
    return Reply([{"code": code} for code in codes])


def activity_types(call: Call) -> Reply:
    """GET /activityTypes, also the deleted ones (active_flag false)."""
    return Reply([_type(doc) for doc in call.account.activity_types])


def add_activity_type(call: Call) -> Reply:
    """POST /activityTypes. The key_string is made from the name and never changes."""
    _admin(call)
    body = call.json_object()
    checked = _checked_type(body)
    for name in ("name", "icon_key"):
        if name not in checked:
            raise bad(f"{name} is required")
    limit = call.account.company.get("activity_type_limit")
    if limit is not None and sum(doc["active_flag"] for doc in call.account.activity_types) >= limit:
        # The words of Pipedrive's changelog, 2024-11-14.
        message = "Couldn't add activity type. You've reached the activity type per company limit."
        raise Refused(403, message, data=None)
    made = make_type(call, checked)
    return Reply(_type(made))


def make_type(call: Call, wanted: Doc) -> Doc:
    """Stores an activity type; key_string and id are kept where given."""
    taken = {doc["key_string"] for doc in call.store.select("activity_type", "1=1")}
    stem = re.sub(r"[^a-z0-9]+", "_", wanted["name"].casefold()).strip("_") or "type"
    key, number = wanted.get("key_string") or stem, 1
    while key in taken:
        key, number = f"{stem}_{number}", number + 1
    if "id" in wanted:
        call.store.reserve_id("activity_type", wanted["id"])
    doc = {
        "order_nr": len(taken) + 1,
        "icon_key": "task",
        "active_flag": True,
        "color": "FFFFFF",
        "is_custom_flag": True,
    }
    made = call.store.add("activity_type", {**doc, **wanted, "key_string": key}, call.now)
    touch(call.store)
    return made


def update_activity_type(call: Call) -> Reply:
    """PUT /activityTypes/{id}."""
    _admin(call)
    return _change_type(call, _checked_type(call.json_object()))


def delete_activity_type(call: Call) -> Reply:
    """DELETE /activityTypes/{id}: marks as deleted; activities keep it."""
    _admin(call)
    return _change_type(call, {"active_flag": False})


def _change_type(call: Call, change: Doc) -> Reply:
    number = call.path["id"]
    doc = call.store.get("activity_type", int(number)) if number.isdecimal() else None
    if doc is None:
        raise gone("Activity type")
    made = call.store.put("activity_type", {**doc, **change}, call.now)
    touch(call.store)
    return Reply(_type(made))


def _checked_type(body: Doc) -> Doc:
    checked: Doc = {}
    if "name" in body:
        name: Any = body["name"]
        if not isinstance(name, str) or not name.strip() or len(name) > 255:
            raise bad("name must be a text of 1 to 255 characters")
        checked["name"] = name
    if "icon_key" in body:
        if body["icon_key"] not in ICONS:
            raise bad("icon_key is not one of the known icons")
        checked["icon_key"] = body["icon_key"]
    if body.get("color") is not None:
        if not re.fullmatch(r"[0-9A-Fa-f]{6}", str(body["color"])):
            raise bad("color must be six hexadecimal digits")
        checked["color"] = body["color"]
    if "order_nr" in body:
        checked["order_nr"] = whole("order_nr", body["order_nr"])
    return checked


def _type(doc: Doc) -> Doc:
    return {**doc, "add_time": to_v1(doc["add_time"]), "update_time": to_v1(doc["update_time"])}


def _admin(call: Call) -> None:
    if not call.account.is_admin():
        raise Refused(403, "You do not have permissions to do this", data=None)
