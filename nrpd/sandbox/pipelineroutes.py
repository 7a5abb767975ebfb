"""Pipelines and stages, API v2 (facts/pipedrive.md, section 6)."""

from __future__ import annotations

from . import values
from .answers import Invalid, Reply, bad_request, not_found, validation_failed
from .bodies import check_members
from .call import Call
from .listing import Page, allow, whole
from .store import Doc

_NAMES = {"pipeline": "Pipeline", "stage": "Stage"}
_BODIES: dict[str, dict[str, values.Check]] = {
    "pipeline": {"name": values.name, "is_deal_probability_enabled": values.boolean},
    "stage": {
        "name": values.name,
        "pipeline_id": values.integer,
        "deal_probability": values.integer,
        "is_deal_rot_enabled": values.boolean,
        "days_to_rotten": values.or_null(values.integer),
    },
}
_REQUIRED = {"pipeline": ("name",), "stage": ("name", "pipeline_id")}


def index(call: Call, kind: str) -> Reply:
    """GET of the list."""
    names = ("sort_by", "sort_direction", "limit", "cursor")
    allow(call, *names, *(("pipeline_id",) if kind == "stage" else ()))
    sorts = ("id", "update_time", "add_time") + (("order_nr",) if kind == "stage" else ())
    where = "deleted=0"
    parameters: list[int] = []
    if kind == "stage" and (pipeline := whole(call, "pipeline_id")) is not None:
        where = "deleted=0 AND parent_id=?"
        parameters = [pipeline]
    docs, cursor = Page(call, sorts).fetch(call, kind, where, parameters)
    return Reply(docs, {"next_cursor": cursor})


def read(call: Call, kind: str) -> Reply:
    """GET of one."""
    allow(call)
    return Reply(_existing(call, kind))


def create(call: Call, kind: str) -> Reply:
    """POST: appended after the last one."""
    call.check_admin()
    checked = check_members(call.json_object(), _BODIES[kind], _REQUIRED[kind])
    _check(call, checked)
    return Reply(make(call, kind, checked))


def make(call: Call, kind: str, wanted: Doc) -> Doc:
    """Stores a pipeline or stage. An id that is given is kept."""
    inside = "deleted=0" if kind == "pipeline" else "deleted=0 AND parent_id=?"
    parameters = [] if kind == "pipeline" else [wanted["pipeline_id"]]
    last = call.store.select(kind, inside, parameters, "order_nr DESC, id DESC", 1)
    defaults: Doc = {"order_nr": last[0]["order_nr"] + 1 if last else 1, "is_deleted": False}
    if kind == "pipeline":
        defaults["is_deal_probability_enabled"] = False
    else:
        defaults.update({"deal_probability": 100, "is_deal_rot_enabled": False, "days_to_rotten": None})
    if "id" in wanted:
        call.store.reserve_id(kind, wanted["id"])
    return call.store.add(kind, {**defaults, **wanted}, call.now)


def update(call: Call, kind: str) -> Reply:
    """PATCH."""
    call.check_admin()
    doc = _existing(call, kind)
    checked = check_members(call.json_object(), _BODIES[kind], ())
    _check(call, checked)
    return Reply(call.store.put(kind, {**doc, **checked}, call.now))


def delete(call: Call, kind: str) -> Reply:
    """DELETE: marks as deleted, a pipeline with its stages; refused while live deals are in it."""
    call.check_admin()
    doc = _existing(call, kind)
    column = "parent_id" if kind == "pipeline" else "json_extract(doc,'$.stage_id')"
    if call.store.count("deal", f"{column}=? AND deleted=0", (doc["id"],)):
        raise bad_request(f"{_NAMES[kind]} {doc['id']} still has deals")
    stages = call.store.select("stage", "deleted=0 AND parent_id=?", (doc["id"],)) if kind == "pipeline" else []
    for stage in stages:
        call.store.put("stage", {**stage, "is_deleted": True}, call.now)
    call.store.put(kind, {**doc, "is_deleted": True}, call.now)
    return Reply({"id": doc["id"]})


def _existing(call: Call, kind: str) -> Doc:
    doc = call.store.get(kind, call.id())
    if doc is None:
        raise not_found(_NAMES[kind])
    return doc


def _check(call: Call, checked: Doc) -> None:
    pipeline = checked.get("pipeline_id")
    if pipeline is not None and not call.store.exists("pipeline", pipeline):
        raise bad_request(f"pipeline_id: pipeline {pipeline} does not exist")
    if not 0 <= checked.get("deal_probability", 0) <= 100:
        raise validation_failed([Invalid("deal_probability", "Expected a whole number from 0 to 100")])
