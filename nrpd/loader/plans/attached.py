"""Notes and files of the source → which are to be made, which to be rewritten, and what stays as people have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nrpd.journal import Entry, RowOutcome, digest
from nrpd.loader.changes import changes

Body = tuple[str, dict[str, Any], RowOutcome]
"""Source id, body of the request, and the outcome of its row once it is made."""


@dataclass
class AttachedPlan:
    """`kept`: one row of `reports/conflicts` for each value that people changed."""

    entries: list[Entry] = field(default_factory=list)
    settled: list[RowOutcome] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)


def each_once(bodies: Sequence[Body]) -> tuple[list[Body], list[RowOutcome]]:
    """Bodies with a key of their own, and the outcomes of rows that only repeat another: a later export gives again
    what has no id. Of two that say different things under one id, the second is known by what it says besides."""
    found: dict[str, Body] = {}
    repeated = []
    for key, body, row in bodies:
        if key in found and found[key][1] != body:
            key = f"{key}/{digest(body)[:16]}"
        if key in found:
            repeated.append(replace(row, outcome="skipped", reason="same row"))
        else:
            found[key] = (key, body, row)
    return list(found.values()), repeated


def plan_attached(
    phase: str,
    entity: str,
    path: str,
    bodies: Sequence[Body],
    said: Mapping[str, Mapping[str, Any]],
    linked: Mapping[str, str],
    memory: Mapping[str, Mapping[str, Any]],
    present: Mapping[str, Mapping[str, Any]],
) -> AttachedPlan:
    """At most one write for each. `said`: source id → the values that are compared; `present`: id → what the account
    has of them. A note that the source changed is rewritten where people have left it alone; a file whose name changed
    is another file, and comes beside the one that is there. What people deleted stays deleted."""
    plan = AttachedPlan()
    for key, body, row in bodies:
        dest_id = linked.get(key)
        written = memory.get(dest_id or "", {}).get("written", {})
        if dest_id is None or (entity == "file" and said[key].get("name") != written.get("name")):
            plan.entries.append(Entry(phase, entity, key, "create", "POST", path, body, said[key], rows=(row,)))
            continue
        now = present.get(dest_id)
        if entity == "note" and now is not None and any(said[key][n] != written.get(n) for n in said[key]):
            found = changes(said[key], now, written=written, policy="fill_blanks", create_only=(), created=True)
            plan.kept += [
                _kept(entity, key, dest_id, name, said[key][name], value) for name, value in found.kept.items()
            ]
            if found.write:
                plan.entries.append(
                    Entry(phase, entity, key, "update", "PUT", f"{path}/{dest_id}", found.write, found.write,
                          before=found.before, dest_id=dest_id, rows=(replace(row, outcome="updated"),))
                )  # fmt: skip
                continue
        plan.settled.append(replace(row, outcome="unchanged"))
    return plan


def _kept(entity: str, key: str, dest_id: str, name: str, wanted: Any, found: Any) -> dict[str, Any]:
    return {"object": entity, "source_id": key, "record": dest_id, "field": name, "source_value": wanted,
            "account_value": found, "why": "changed in the account after the load"}  # fmt: skip
