"""What the account's schema holds now, in the form in which lost writes of 04_schema are found again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nrpd.loader import Finder
from nrpd.phases.session import Session

KINDS = ("field", "option", "activity_type", "pipeline", "stage")
"""What 04_schema makes, in the order in which it makes it."""

_BY_NAME = Finder(key_of=lambda entry: entry.source_id, keys_of=lambda record: [str(record["name"])])
FINDERS: Mapping[str, Finder] = {
    "field": Finder(
        key_of=lambda entry: entry.source_id, keys_of=lambda record: [f"{record['entity']}/{record['name']}"]
    ),
    "option": Finder(key_of=lambda entry: entry.source_id, keys_of=lambda record: [str(record["id"])]),
    "activity_type": _BY_NAME,
    "pipeline": _BY_NAME,
    "stage": _BY_NAME,
}  # fmt: skip


def schema_now(session: Session, kind: str) -> list[dict[str, Any]]:
    """The account's fields, options, activity types, pipelines or stages, read anew."""
    facts = session.refresh_fields()
    if kind == "field":
        return [
            {"id": f.key, "entity": f.entity, "name": f.name, "type": f.type,
             "options": sorted(o.label for o in f.options)}
            for f in facts.fields if f.custom
        ]  # fmt: skip
    if kind == "option":
        return _options(session)
    if kind == "activity_type":
        return [{"id": t.id, "name": t.name} for t in facts.activity_types if t.active]
    if kind == "pipeline":
        return [dict(p) for p in facts.pipelines]
    return [{**s, "name": f"{s['pipeline_id']}/{s['name']}"} for s in facts.stages]


def _options(session: Session) -> list[dict[str, Any]]:
    """One pseudo record per open option entry whose labels are all there."""
    labels = {f"{f.entity}/{f.name}": {o.label for o in f.options} for f in session.facts.fields}
    found = []
    for row in session.journal.open_writes("option"):
        key, _, wanted = row.source_id.partition(": ")
        if set(wanted.split(" | ")) <= labels.get(key, set()):
            found.append({"id": row.source_id})
    return found
