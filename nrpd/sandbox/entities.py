"""What is particular to persons, organizations, deals and activities (facts/pipedrive.md, sections 3 to 6 and 9)."""

from __future__ import annotations

from collections.abc import Callable

from .answers import Invalid, bad_request, forbidden, validation_failed
from .call import Call
from .clock import rfc3339
from .limits import DEALS_PER_SEAT, MAX_DEALS
from .marketing import set_marketing
from .store import Doc

Finish = Callable[[Doc], None]

NAMES = {"person": "Person", "organization": "Organization", "deal": "Deal", "activity": "Activity"}
READ_ONLY: dict[str, dict[str, str]] = {
    "person": {},
    "organization": {},
    "deal": {},
    "activity": {
        # The words of Pipedrive itself (GitHub issue n8n #31684).
        "person_id": "'person_id' is a read-only field. Add a primary participant to set 'person_id' instead. "
        'For example: "participants": [{ "person_id": 1, "primary": true }]'
    },
}
"""entity → key that is refused with its own message → the message."""


def split_name(name: str) -> tuple[str, str | None]:
    """First and last name, as Pipedrive splits a person's name: the first word, and the rest."""
    first, _, last = name.strip().partition(" ")
    return first, last.strip() or None


def _new_person(call: Call) -> Doc:
    return {
        "name": None, "first_name": None, "last_name": None, "owner_id": call.user_id(), "org_id": None,
        "add_time": None, "update_time": None, "emails": [], "phones": [],
        "picture_id": None, "notes": None, "im": [], "birthday": None,
        "job_title": None, "postal_address": None,
    }  # fmt: skip


def _new_organization(call: Call) -> Doc:
    return {
        "name": None, "owner_id": call.user_id(), "add_time": None, "update_time": None, "address": None,
        "website": None, "linkedin": None, "industry": None, "annual_revenue": None, "employee_count": None,
    }  # fmt: skip


def _new_deal(call: Call) -> Doc:
    return {
        "title": None, "creator_user_id": call.user_id(), "owner_id": call.user_id(), "value": 0, "person_id": None,
        "org_id": None, "stage_id": None, "pipeline_id": None, "currency": call.account.company["currency"],
        "archive_time": None, "add_time": None, "update_time": None, "stage_change_time": None, "status": "open",
        "is_archived": False, "probability": None, "lost_reason": None, "close_time": None, "won_time": None,
        "lost_time": None, "expected_close_date": None, "origin": "API", "origin_id": None, "channel": None,
        "channel_id": None,
    }  # fmt: skip


def _new_activity(call: Call) -> Doc:
    return {
        "subject": None, "type": None, "owner_id": call.user_id(), "creator_user_id": call.user_id(), "add_time": None,
        "update_time": None, "deal_id": None, "lead_id": None, "person_id": None, "org_id": None, "project_id": None,
        "due_date": rfc3339(call.now)[:10], "due_time": None, "duration": None, "busy": False, "done": False,
        "marked_as_done_time": None, "location": None, "participants": [], "attendees": [],
        "conference_meeting_client": None, "conference_meeting_url": None, "conference_meeting_id": None,
        "public_description": None, "priority": None, "outcome": None, "note": None,
    }  # fmt: skip


def _finish_person(call: Call, doc: Doc, checked: Doc, old: Doc | None) -> Finish | None:
    _need(checked, old, "name")
    if "name" in checked:
        doc["first_name"], doc["last_name"] = split_name(checked["name"])
    status = doc.pop("marketing_status", None)
    return None if status is None else lambda made: set_marketing(call, made, status, fresh=old is None)


def _finish_organization(call: Call, doc: Doc, checked: Doc, old: Doc | None) -> Finish | None:
    _need(checked, old, "name")
    return None


def _need(checked: Doc, old: Doc | None, name: str) -> None:
    if old is None and name not in checked:
        raise validation_failed([Invalid(name, "This value is required.")])


def _finish_deal(call: Call, doc: Doc, checked: Doc, old: Doc | None) -> Finish | None:
    _need(checked, old, "title")
    now = rfc3339(call.now)
    if checked.get("is_deleted"):
        raise bad_request("A deal cannot be created deleted, or deleted by an update; use DELETE")
    if not doc["is_archived"] and (old is None or old["is_archived"]):
        _check_deal_limit(call)
    _deal_stage(call, doc, checked, old, now)
    _deal_status(doc, checked, old, now)
    probability = doc["probability"]
    if probability is not None and not 0 <= probability <= 100:
        raise bad_request("probability: Expected a number from 0 to 100")
    if doc["is_archived"]:
        doc["archive_time"] = doc["archive_time"] or now
    elif checked.get("archive_time") is not None:
        raise bad_request("archive_time can only be set if is_archived is true")
    else:
        doc["archive_time"] = None
    return None


def _check_deal_limit(call: Call) -> None:
    """403 where the plan's limit of deals is reached (facts, sections 14 and 16); archived ones are not counted."""
    limit = min(DEALS_PER_SEAT[call.setup.plan] * call.setup.seats, MAX_DEALS)
    for condition in ("deleted=0", "deleted=0 AND json_extract(doc,'$.is_archived')=0"):  # the cheap count first
        if call.store.count("deal", condition, ()) < limit:
            return
    raise forbidden("The limit of open deals of this plan is reached.", "feature_capping_deals_limit")


def _deal_stage(call: Call, doc: Doc, checked: Doc, old: Doc | None, now: str) -> None:
    store = call.store
    if "stage_id" in checked:
        stage = store.get("stage", checked["stage_id"])
        if stage is None:
            raise bad_request(f"stage_id: stage {checked['stage_id']} does not exist")
        if "pipeline_id" in checked and checked["pipeline_id"] != stage["pipeline_id"]:
            raise bad_request("stage_id: the stage is not one of pipeline_id")
    elif "pipeline_id" in checked or old is None:
        pipelines = store.select("pipeline", order="order_nr, id", limit=1)
        pipeline = checked.get("pipeline_id") or (pipelines[0]["id"] if pipelines else 0)
        stages = store.select("stage", "deleted=0 AND parent_id=?", (pipeline,), "order_nr, id", 1)
        if not stages or not store.exists("pipeline", pipeline):
            raise bad_request(f"pipeline_id: pipeline {pipeline} does not exist or has no stage")
        if old is not None and old["pipeline_id"] == pipeline:
            return
        stage = stages[0]
    else:
        return
    if old is None or old["stage_id"] != stage["id"]:
        doc["stage_change_time"] = now
    doc["stage_id"], doc["pipeline_id"] = stage["id"], stage["pipeline_id"]


def _deal_status(doc: Doc, checked: Doc, old: Doc | None, now: str) -> None:
    status = doc["status"]
    bound = {"lost_reason": ("lost",), "won_time": ("won",), "lost_time": ("lost",), "close_time": ("won", "lost")}
    for name, allowed in bound.items():
        if checked.get(name) is not None and status not in allowed:
            raise bad_request(f"{name} can only be set if the status is {' or '.join(allowed)}")
        if status not in allowed:
            doc[name] = None
    if status != "open" and (old is None or old["status"] != status):
        doc[f"{status}_time"] = checked.get(f"{status}_time") or now
        doc["close_time"] = checked.get("close_time") or doc[f"{status}_time"]


def _finish_activity(call: Call, doc: Doc, checked: Doc, old: Doc | None) -> Finish | None:
    if "type" in checked and call.account.active_type(checked["type"]) is None:
        raise bad_request(f"type: '{checked['type']}' is not the key_string of an active activity type")
    if old is None:
        _activity_defaults(call, doc)
    for name in ("lead_id", "project_id"):
        if checked.get(name) is not None:
            raise bad_request(f"{name}: {checked[name]} does not exist")
    if "participants" in checked:
        doc["participants"] = _participants(call, checked["participants"])
        doc["person_id"] = next((one["person_id"] for one in doc["participants"] if one["primary"]), None)
    if not doc["done"]:
        doc["marked_as_done_time"] = None
    elif old is None or not old["done"]:
        doc["marked_as_done_time"] = rfc3339(call.now)
    return None


def _activity_defaults(call: Call, doc: Doc) -> None:
    active = [kind for kind in call.account.activity_types if kind["active_flag"]]
    if doc["type"] is None:
        if not active:
            raise bad_request("type: the account has no active activity type")
        doc["type"] = next(
            (kind["key_string"] for kind in active if kind["key_string"] == "call"), active[0]["key_string"]
        )
    if doc["subject"] is None:
        doc["subject"] = next(kind["name"] for kind in active if kind["key_string"] == doc["type"])


def _participants(call: Call, entries: list[Doc]) -> list[Doc]:
    numbers = [entry["person_id"] for entry in entries]
    if len(set(numbers)) != len(numbers):
        raise bad_request("participants: a person can take part only once")
    if sum(bool(entry.get("primary")) for entry in entries) > 1:
        raise bad_request("participants: only one participant can be primary")
    for number in numbers:
        if not call.store.exists("person", number):
            raise bad_request(f"participants: person {number} does not exist or is deleted")
    given = any(entry.get("primary") for entry in entries)
    return [
        {"person_id": entry["person_id"], "primary": bool(entry.get("primary")) or (not given and index == 0)}
        for index, entry in enumerate(entries)
    ]


NEW: dict[str, Callable[[Call], Doc]] = {
    "person": _new_person, "organization": _new_organization, "deal": _new_deal, "activity": _new_activity,
}  # fmt: skip
FINISH: dict[str, Callable[[Call, Doc, Doc, Doc | None], Finish | None]] = {
    "person": _finish_person, "organization": _finish_organization, "deal": _finish_deal, "activity": _finish_activity,
}  # fmt: skip
