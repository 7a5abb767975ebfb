"""What the account holds, in tables: users, fields of each entity, deals by stage, activities by type."""

from __future__ import annotations

from collections import Counter
from typing import Any

from nrpd.phases.session import Session
from nrpd.pipedrive.records import ENTITIES

Lines = list[dict[str, Any]]


def users(session: Session) -> Lines:
    """One line for each user, with the records that they own."""
    owned = {e: Counter(r.get("owner_id") for r in session.records(e).values()) for e in ENTITIES}
    return [
        {
            "user": user.name, "e-mail": user.email, "active": user.active, "admin": user.admin,
            **{f"{entity}s": owned[entity][user.id] for entity in ENTITIES if entity != "activity"},
            "activities": owned["activity"][user.id],
        }
        for user in session.facts.users
    ]  # fmt: skip


def fields(session: Session) -> Lines:
    """One line for each custom field: its type, its options, and in how many records it is filled."""
    found = []
    for entity in ENTITIES:
        custom = [field for field in session.facts.fields_of(entity) if field.custom]
        filled = Counter(name for record in session.records(entity).values() for name in record) if custom else {}
        found += [
            {
                "entity": entity, "field": f.name, "type": f.type, "options": ", ".join(o.label for o in f.options[:8])
                + (f" and {len(f.options) - 8} more" if len(f.options) > 8 else ""), "filled": filled.get(f.name, 0),
            }
            for f in custom
        ]  # fmt: skip
    return found


def deals(session: Session) -> Lines:
    """One line for each stage of each pipeline, in their order: its deals by status."""
    by_stage: dict[Any, Counter[str]] = {}
    for deal in session.records("deal").values():
        by_stage.setdefault(deal.get("stage_id"), Counter())[str(deal.get("status", "open"))] += 1
    pipelines = {p["id"]: str(p["name"]) for p in session.facts.pipelines}
    return [
        {
            "pipeline": pipelines.get(stage["pipeline_id"], "?"), "stage": str(stage["name"]),
            **{status: by_stage.get(stage["id"], Counter())[status] for status in ("open", "won", "lost")},
        }
        for stage in session.facts.stages
    ]  # fmt: skip


def activities(session: Session) -> Lines:
    """One line for each activity type: its activities, done and to do."""
    found: dict[str, Counter[bool]] = {}
    for activity in session.records("activity").values():
        found.setdefault(str(activity.get("type", "")), Counter())[bool(activity.get("done"))] += 1
    types = {t.key: t for t in session.facts.activity_types}
    keys = [*types, *(key for key in found if key not in types)]
    return [
        {
            "type": types[key].name if key in types else key or "(none)",
            "in use": types[key].active if key in types else False,
            "done": found.get(key, Counter())[True], "to do": found.get(key, Counter())[False],
        }
        for key in keys
    ]  # fmt: skip
