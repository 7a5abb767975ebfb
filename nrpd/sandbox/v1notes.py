"""Notes, API v1 (facts/pipedrive.md, section 16)."""

from __future__ import annotations

from typing import Any

from .answers import Refused, Reply
from .call import Call
from .clock import parse_rfc3339, parse_v1, rfc3339, to_v1
from .listing import v1_page
from .spoil import spoiled
from .store import Doc
from .v1bodies import bad, existing, flag, links, whole

MAX_CONTENT = 100_000
_PINS = ("pinned_to_lead_flag", "pinned_to_deal_flag", "pinned_to_organization_flag", "pinned_to_person_flag",
         "pinned_to_project_flag", "pinned_to_task_flag")  # fmt: skip
_ABSENT = ("lead_id", "project_id", "task_id")
_SORTS = {
    **{name: name for name in ("id", "add_time", "update_time", "person_id", "org_id", "deal_id")},
    **{name: f"json_extract(doc,'$.{name}')" for name in ("user_id", "content")},
}
"""Field of a list's `sort` → the column."""


def index(call: Call) -> Reply:
    """GET of the list; `data` is null where there are none."""
    where: list[str] = ["deleted=0"]
    parameters: list[Any] = []
    for name in ("person_id", "org_id", "deal_id"):
        if name in call.query:
            where.append(f"{name}=?")
            parameters.append(call.query[name])
    for name in ("user_id", *_PINS):
        if name in call.query:
            where.append(f"json_extract(doc,'$.{name}')=?")
            parameters.append(whole(name, call.query[name]))
    if any(name in call.query for name in _ABSENT):
        where.append("0")  # the sandbox has no leads, projects and tasks
    if "updated_since" in call.query:
        since = parse_rfc3339(call.query["updated_since"])
        if since is None:
            raise bad("updated_since is not a valid datetime")
        where.append("update_time>=?")
        parameters.append(since)
    for name, sign in (("start_date", ">="), ("end_date", "<=")):
        if name in call.query:
            where.append(f"substr(add_time,1,10){sign}?")
            parameters.append(call.query[name])
    docs = call.store.select("note", " AND ".join(where), parameters, _order(call))
    page, pagination = v1_page(call, docs)
    return Reply([show(call, doc) for doc in page] or None, {"pagination": pagination})


def _order(call: Call) -> str:
    order = []
    for part in call.query.get("sort", "id ASC").split(","):
        name, _, direction = part.strip().partition(" ")
        if name not in _SORTS or direction.upper() not in ("", "ASC", "DESC"):
            raise bad(f"sort: {part.strip()!r} is not supported")
        order.append(f"{_SORTS[name]} {direction.upper() or 'ASC'}")
    return ", ".join(order)


def read(call: Call) -> Reply:
    """GET of one."""
    return Reply(show(call, existing(call, "note", "Note")))


def create(call: Call) -> Reply:
    """POST. `add_time` may be in the past; `user_id` only if the token's user is an admin."""
    body = call.json_object()
    doc: Doc = {
        "content": None,
        "deal_id": None,
        "person_id": None,
        "org_id": None,
        "lead_id": None,
        "project_id": None,
        "task_id": None,
    }
    doc.update({"user_id": call.user_id(), "active_flag": True, **dict.fromkeys(_PINS, False), "add_time": None})
    doc.update(spoiled(call, "note", _checked(call, body)))
    if doc["content"] is None:
        raise bad("content is required")
    if not any(doc[name] for name in ("deal_id", "person_id", "org_id")):
        raise bad("deal_id, person_id, org_id, lead_id or project_id is required")
    doc["last_update_user_id"] = None
    return Reply(show(call, call.store.add("note", doc, call.now)))


def update(call: Call) -> Reply:
    """PUT."""
    doc = existing(call, "note", "Note")
    checked = spoiled(call, "note", _checked(call, call.json_object()))
    doc.update({**checked, "last_update_user_id": call.user_id()})
    return Reply(show(call, call.store.change("note", doc, call.now, call.setup.lag)))


def delete(call: Call) -> Reply:
    """DELETE."""
    doc = existing(call, "note", "Note")
    call.store.change("note", {**doc, "active_flag": False}, call.now, call.setup.lag)
    return Reply(True)


def _checked(call: Call, body: Doc) -> Doc:
    checked = links(call, body)
    if "content" in body:
        if not isinstance(body["content"], str) or not body["content"].strip():
            raise bad("content must be a non-empty text")
        if len(body["content"].encode()) > MAX_CONTENT:
            raise bad("content is too long: at most 100 KB")
        checked["content"] = body["content"]
    for name in _ABSENT:
        if body.get(name) is not None:
            raise bad(f"{name}: {body[name]} does not exist")
    if body.get("add_time") is not None:
        checked["add_time"] = parse_v1(str(body["add_time"]))
        if checked["add_time"] is None:
            raise bad("add_time must be of the form YYYY-MM-DD HH:MM:SS")
    author = whole("user_id", body.get("user_id"))
    if author is not None:
        if author != call.user_id() and not call.account.is_admin():
            raise Refused(403, "Only an admin can set user_id", data=None)
        if author not in call.account.users:
            raise bad(f"user_id: user {author} does not exist")
        checked["user_id"] = author
    checked.update({name: flag(name, body[name]) for name in _PINS if name in body})
    return checked


def show(call: Call, doc: Doc) -> Doc:
    """A note as API v1 answers it, with the names of what it hangs on."""

    def named(kind: str, name: str, label: str) -> Doc | None:
        found = call.store.get(kind, doc[name], deleted=True) if doc[name] else None
        return {label: found[label]} if found else None

    author = call.account.users.get(doc["user_id"], {})
    return {
        **{name: value for name, value in doc.items() if name != "is_deleted"},
        "add_time": to_v1(doc["add_time"]),
        "update_time": to_v1(doc.get("update_time") or rfc3339(call.now)),
        "project": None,
        "task": None,
        "deal": named("deal", "deal_id", "title"),
        "person": named("person", "person_id", "name"),
        "organization": named("organization", "org_id", "name"),
        "user": {
            "email": author.get("email"),
            "icon_url": None,
            "name": author.get("name"),
            "is_you": bool(author.get("is_you")),
        },
    }
