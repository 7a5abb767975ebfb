"""Persons, organizations, deals and activities of API v2: create, read, update, delete, list.

What is particular to one of them is in `entities.py`.
"""

from __future__ import annotations

from typing import Any

from .answers import Reply, bad_request, not_found
from .bodies import check_body, check_common, merged_custom, visibilities
from .call import Call
from .clock import rfc3339
from .entities import FINISH, NAMES, NEW, READ_ONLY
from .listing import Page, allow, id_list, moment, problem, whole
from .marketing import archive_left
from .rendering import Form
from .spoil import spoiled
from .store import Doc

PATHS = {"persons": "person", "organizations": "organization", "deals": "deal", "activities": "activity"}
_LIST_QUERY = (
    "filter_id",
    "ids",
    "owner_id",
    "updated_since",
    "updated_until",
    "sort_by",
    "sort_direction",
    "limit",
    "cursor",
)
_FILTERS = {
    "person": ("org_id", "deal_id"),
    "organization": (),
    "deal": ("person_id", "org_id", "pipeline_id", "stage_id", "status"),
    "activity": ("deal_id", "lead_id", "person_id", "org_id", "done"),
}
_RESTORABLE_SECONDS = 30 * 86_400


def create(call: Call, entity: str) -> Reply:
    """POST: a new record, owned by the token's user unless told otherwise."""
    _refuse_read_only(call, entity)
    checked = check_body(call, entity, creating=True)
    check_common(call, entity, checked)
    checked = spoiled(call, entity, checked)
    doc: Doc = {**NEW[entity](call), **checked}
    doc.setdefault("owner_id", call.user_id())
    if entity != "activity":
        doc["custom_fields"] = merged_custom({}, checked.get("custom_fields", {}))
        doc.setdefault("visible_to", visibilities(call.setup.plan)[-1])
        doc.setdefault("label_ids", [])
    doc["is_deleted"] = False
    finish = FINISH[entity](call, doc, checked, None)
    number = call.store.next_id(entity)
    made = {"id": number, **doc, "add_time": doc.get("add_time") or rfc3339(call.now)}
    call.store.put(entity, made, call.now)
    if finish is not None:
        finish(made)
    return Reply(Form(call, entity).show(made))


def update(call: Call, entity: str) -> Reply:
    """PATCH: changes what the body names. The update time moves only where something changed."""
    old = _existing(call, entity)
    _refuse_read_only(call, entity)
    if entity == "deal" and old["is_archived"] and call.json_object().get("is_archived") is not False:
        raise bad_request("An archived deal cannot be changed")
    checked = check_body(call, entity, creating=False)
    check_common(call, entity, checked)
    checked = spoiled(call, entity, checked)
    doc = {**old, **checked}
    if "custom_fields" in checked:
        doc["custom_fields"] = merged_custom(old.get("custom_fields", {}), checked["custom_fields"])
    finish = FINISH[entity](call, doc, checked, old)
    if finish is not None:
        finish(doc)
    if doc != old:
        call.store.change(entity, doc, call.now, call.setup.lag)
        if entity == "person":
            archive_left(call, old)
    return Reply(Form(call, entity).show(doc))


def delete(call: Call, entity: str) -> Reply:
    """DELETE: marks the record as deleted. What hangs on it stays (facts, section 11)."""
    doc = _existing(call, entity)
    doc["is_deleted"] = True
    call.store.change(entity, doc, call.now, call.setup.lag)
    if entity == "person":
        archive_left(call, doc)
    return Reply({"id": doc["id"]})


def read(call: Call, entity: str) -> Reply:
    """GET of one record; a deleted one is there for thirty days, with `is_deleted` true (facts, section 11)."""
    allow(call, *_record_query(entity))
    doc = call.store.get(entity, call.id(), deleted=True)
    if doc is None or (doc["is_deleted"] and doc["update_time"] < _restorable_since(call)):
        raise not_found(NAMES[entity])
    return Reply(Form(call, entity).show(doc))


def index(call: Call, entity: str, *, archived: bool = False) -> Reply:
    """GET of the list, without the deleted records and, for deals, without (or only) the archived ones."""
    allow(call, *_record_query(entity, archived=archived), *_LIST_QUERY, *_FILTERS[entity])
    if "filter_id" in call.query:
        raise problem("filter_id", "This filter does not exist")
    form = Form(call, entity)
    sorts = ("id", "update_time", "add_time", "due_date") if entity == "activity" else ("id", "update_time", "add_time")
    page = Page(call, sorts)
    conditions, values = _conditions(call, entity, archived)
    docs, cursor = page.fetch(call, entity, " AND ".join(conditions), values)
    return Reply([form.show(doc) for doc in docs], {"next_cursor": cursor})


def _record_query(entity: str, *, archived: bool = False) -> tuple[str, ...]:
    if entity == "activity":
        return ("include_fields",)
    return ("include_fields", "custom_fields") + (() if archived else ("include_option_labels", "include_labels"))


def _restorable_since(call: Call) -> str:
    """What was deleted before this time is gone for good."""
    return rfc3339(call.now - _RESTORABLE_SECONDS)


def _existing(call: Call, entity: str) -> Doc:
    doc = call.store.get(entity, call.id())
    if doc is None:
        raise not_found(NAMES[entity])
    return doc


def _refuse_read_only(call: Call, entity: str) -> None:
    body = call.json_object()
    for name, message in READ_ONLY[entity].items():
        if name in body:
            raise bad_request(message)


def _conditions(call: Call, entity: str, archived: bool) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    for name in ("owner_id", "person_id", "org_id", "deal_id"):
        number = whole(call, name)
        if number is None:
            continue
        if entity == "person" and name == "deal_id":
            deal = call.store.get("deal", number) or {}
            conditions.append("id=?")
            values.append(deal.get("person_id"))
        else:
            conditions.append(f"{name}=?")
            values.append(number)
    for name, sign in (("updated_since", ">="), ("updated_until", "<")):
        time = moment(call, name)
        if time is not None:
            conditions.append(f"update_time{sign}?")
            values.append(time)
    ids = id_list(call)
    if ids is not None:
        conditions.append(f"id IN ({','.join('?' * len(ids))})")
        values += ids
    if entity == "deal":
        _deal_conditions(call, conditions, values, archived)
    else:
        conditions.append("deleted=0")
    if entity == "activity":
        _activity_conditions(call, conditions, values)
    return conditions, values


def _deal_conditions(call: Call, conditions: list[str], values: list[Any], archived: bool) -> None:
    conditions.append(f"json_extract(doc,'$.is_archived')={int(archived)}")
    for name, column in (("pipeline_id", "parent_id"), ("stage_id", "json_extract(doc,'$.stage_id')")):
        number = whole(call, name)
        if number is not None:
            conditions.append(f"{column}=?")
            values.append(number)
    if "status" not in call.query:
        conditions.append("deleted=0")
        return
    wanted = call.query["status"].split(",")
    if not set(wanted) <= {"open", "won", "lost", "deleted"}:
        raise problem("status", "Expected some of open, won, lost, deleted")
    parts = []
    if "deleted" in wanted:
        parts.append("(deleted=1 AND update_time>=?)")
        values.append(_restorable_since(call))
    live = [status for status in wanted if status != "deleted"]
    if live:
        parts.append(f"(deleted=0 AND json_extract(doc,'$.status') IN ({','.join('?' * len(live))}))")
        values += live
    conditions.append(f"({' OR '.join(parts)})")


def _activity_conditions(call: Call, conditions: list[str], values: list[Any]) -> None:
    if "done" in call.query:
        if call.query["done"] not in ("true", "false"):
            raise problem("done", "Expected 'true' or 'false'")
        conditions.append("json_extract(doc,'$.done')=?")
        values.append(int(call.query["done"] == "true"))
    if "lead_id" in call.query:
        conditions.append("json_extract(doc,'$.lead_id')=?")
        values.append(call.query["lead_id"])
