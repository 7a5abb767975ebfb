"""The account before the first write: kept by discovery, compared with after a rollback."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from nrpd.loader.changes import same
from nrpd.pipedrive.records import SUPPRESSION_FIELDS
from nrpd.workspace import write_atomically

if TYPE_CHECKING:
    from nrpd.phases.step import Step

ENTITIES = ("person", "organization", "deal", "activity")
PASSING = ("update_time", "next_activity_id", "last_activity_id")


def keep(step: Step) -> None:
    """Writes down what the account holds, unless nrpd has written to it already (then the first picture stands)."""
    path = step.workspace.staged / "account_before.json.gz"
    if path.is_file() and step.journal.written_count():
        return
    facts = step.session.facts
    content = {
        "records": {entity: step.session.records(entity) for entity in ENTITIES},
        "fields": sorted(
            [f.entity, f.name, f.type, sorted(o.label for o in f.options)] for f in facts.fields if f.custom
        ),
        "activity_types": sorted(t.name for t in facts.activity_types if t.active),
        "pipelines": sorted(str(p["name"]) for p in facts.pipelines),
    }
    text = json.dumps(content, default=list, ensure_ascii=False, sort_keys=True)
    write_atomically(path, gzip.compress(text.encode(), mtime=0))


def differences(step: Step) -> list[dict[str, Any]]:
    """What differs from the account before, with the reason where there is one."""
    path = step.workspace.staged / "account_before.json.gz"
    if not path.is_file():
        return [
            {
                "entity": "account",
                "record": "",
                "field": "",
                "before": "unknown",
                "now": "",
                "why": "no picture from before",
            }
        ]
    before = json.loads(gzip.decompress(path.read_bytes()))
    found = []
    for entity in ENTITIES:
        now = json.loads(json.dumps(step.session.records(entity), default=list))
        old = before["records"][entity]
        for identity in sorted(set(old) | set(now), key=int):
            if identity not in now:
                found.append(_line(entity, identity, "(record)", "was there", "is gone", "deleted by people"))
            elif identity not in old:
                found.append(_line(entity, identity, "(record)", "", "is there", "made or kept since"))
            else:
                found += _fields(entity, identity, old[identity], now[identity])
    return found + _schema(step, before)


def _fields(entity: str, identity: str, old: dict[str, Any], now: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for name in sorted((set(old) | set(now)) - set(PASSING)):
        if not same(old.get(name), now.get(name)):
            why = "suppression stays" if name in SUPPRESSION_FIELDS else "changed by people since"
            found.append(_line(entity, identity, name, old.get(name), now.get(name), why))
    return found


def _schema(step: Step, before: dict[str, Any]) -> list[dict[str, Any]]:
    facts = step.session.facts
    now: dict[str, list[Any]] = {
        "fields": [[f.entity, f.name, f.type, sorted(o.label for o in f.options)] for f in facts.fields if f.custom],
        "activity_types": [t.name for t in facts.activity_types if t.active],
        "pipelines": [str(p["name"]) for p in facts.pipelines],
    }
    found = []
    for kind, items in now.items():
        texts = {json.dumps(item, ensure_ascii=False) for item in items}
        old = {json.dumps(item, ensure_ascii=False) for item in before[kind]}
        found += [
            _line(kind, "", _said(text), "", "is there", "in use, or made by people") for text in sorted(texts - old)
        ]
        found += [
            _line(kind, "", _said(text), "was there", "is gone", "removed by people") for text in sorted(old - texts)
        ]
    return found


def _said(text: str) -> str:
    """A name as it is; a field as its name, entity and type."""
    item = json.loads(text)
    return f"{item[1]} ({item[0]}, {item[2]})" if isinstance(item, list) else str(item)


def _line(entity: str, record: str, field: str, before: Any, now: Any, why: str) -> dict[str, Any]:
    shown = {name: "" if value is None else str(value) for name, value in (("before", before), ("now", now))}
    return {"entity": entity, "record": record, "field": field, **shown, "why": why}
