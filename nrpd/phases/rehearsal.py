"""Rehearsal: the live account, copied by lists alone into a sandbox of its own, where everything is then run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from nrpd.phases.session import Session
from nrpd.phases.source import share_reading
from nrpd.pipedrive.account import PATHS, read_records
from nrpd.workspace import write_atomically


def cost_of_copy(session: Session) -> int:
    """Tokens that the copy costs, by what discovery or a quick look knows: ten per 500 records and field list."""
    lists = sum(1 + len(session.records(entity)) // 500 for entity in PATHS)
    return 10 * lists


def fixture_of(session: Session) -> dict[str, Any]:
    """The account in the form that a sandbox starts from: users, fields, types, pipelines, records; reads only."""
    facts, client = session.facts, session.client
    company = {
        "name": facts.company_name, "domain": facts.company_domain, "currency": facts.default_currency,
        "timezone": facts.timezone, "campaigns": facts.campaigns, "contact_sync": facts.has("person", "job_title"),
        "org_enrichment": facts.has("organization", "website"),
    }  # fmt: skip
    found: dict[str, Any] = {
        "company": company,
        "users": [
            {"id": u.id, "name": u.name, "email": u.email, "active_flag": u.active, "admin": u.admin,
             "is_you": u.id == facts.me.id}
            for u in facts.users
        ],
        "activity_types": [
            {"name": t.name, "key_string": t.key, "icon_key": "task"} for t in facts.activity_types if t.active
        ],
        "pipelines": [
            {"id": p["id"], "name": p["name"],
             "stages": [{"id": s["id"], "name": s["name"]} for s in facts.stages if s["pipeline_id"] == p["id"]]}
            for p in facts.pipelines
        ],
    }  # fmt: skip
    for entity in ("person", "organization", "deal"):
        found[f"{entity}_fields"] = [
            {"field_name": f.name, "field_type": f.type, "options": [o.label for o in f.options]} if f.options
            else {"field_name": f.name, "field_type": f.type}
            for f in facts.fields_of(entity) if f.custom
        ]  # fmt: skip
    for entity, plural in (("organization", "organizations"), ("person", "persons"), ("deal", "deals")):
        found[plural] = [_record(session, entity, raw) for raw in read_records(client, entity)]
    return found


_KEPT = {
    "organization": ("id", "name", "owner_id", "add_time", "update_time", "visible_to", "address", "website"),
    "person": ("id", "name", "owner_id", "org_id", "add_time", "update_time", "emails", "phones", "visible_to"),
    "deal": (
        "id",
        "title",
        "owner_id",
        "person_id",
        "org_id",
        "status",
        "value",
        "currency",
        "stage_id",
        "pipeline_id",
        "add_time",
        "update_time",
    ),
}


def _record(session: Session, entity: str, raw: dict[str, Any]) -> dict[str, Any]:
    """One record: standard values as they are, custom values by the field's name and the option's label."""
    values = session.schema.decode(entity, raw)
    custom = {f.name for f in session.facts.fields_of(entity) if f.custom}
    kept = {key: raw[key] for key in _KEPT[entity] if raw.get(key) not in (None, "", [])}
    kept["custom_fields"] = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items() if k in custom}
    return kept


def prepare(session: Session) -> Path:
    """Writes fixture and parameters of the rehearsal; returns the parameters' path."""
    folder = session.workspace.folder / "rehearsal"
    folder.mkdir(exist_ok=True, mode=0o700)
    customer = f"{session.parameters.customer}-rehearsal"[:64]
    share_reading(session.workspace, folder / "runs" / customer)
    write_atomically(folder / "account.json", json.dumps(fixture_of(session), ensure_ascii=False, default=list))
    plain = session.parameters.model_dump(mode="json", by_alias=True)
    destination = plain["destination"]
    plain["destination"] = {
        "kind": "sandbox", "fixture": str(folder / "account.json"),
        **{k: destination[k] for k in ("plan", "seats", "daily_token_share", "visible_to", "default_owner")},
    }  # fmt: skip
    plain.update(runs_root=str(folder / "runs"), gates="auto", customer=customer)
    path = folder / "parameters.yaml"
    write_atomically(path, yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))
    return path
