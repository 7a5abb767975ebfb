"""From a desired record to at most one write, for persons, organizations, deals and activities alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from nrpd.journal import Entry, Journal, RowOutcome
from nrpd.loader.changes import Change, changes, grown, holds, same
from nrpd.pipedrive.schema import Schema
from nrpd.pipedrive.values import same_value

PATHS = {
    "person": "/api/v2/persons",
    "organization": "/api/v2/organizations",
    "deal": "/api/v2/deals",
    "activity": "/api/v2/activities",
}
GONE = "its record was deleted or merged in the account"


@dataclass(frozen=True)
class Wanted:
    """A record as the source wants it. `rows` carry their outcome already; a blank outcome takes that of the record."""

    entity: str
    source_id: str
    values: Mapping[str, Any]
    rows: tuple[RowOutcome, ...] = ()
    source_ids: tuple[str, ...] = ()
    dest_id: str = ""
    """The record in the account that it is, as far as is known; blank: it is to be created."""
    linked: bool = False
    """The journal knows the record: nrpd made or adopted it."""
    create_only: Mapping[str, Any] = field(default_factory=dict)
    """Values that only a new record gets (visibility)."""
    losses: tuple[tuple[str, str, str], ...] = ()
    """(column, text, what was lost or replaced), for the report."""
    not_moved: tuple[tuple[str, str], ...] = ()
    """(field, why its value stays out), for values that do not fit."""
    lines: Mapping[str, str] = field(default_factory=dict)
    """Of the record's note: fields that were folded, name → text."""

    @property
    def ids(self) -> tuple[str, ...]:
        return self.source_ids or (self.source_id,)


@dataclass
class Plan:
    """What would be written for some records of one phase."""

    phase: str
    entries: list[Entry] = field(default_factory=list)
    adopted: list[tuple[Wanted, Mapping[str, Any]]] = field(default_factory=list)
    """Linked without a write, with the values that stand there."""
    settled: list[RowOutcome] = field(default_factory=list)
    """Outcomes that hold whatever happens to the entries."""
    kept: list[dict[str, Any]] = field(default_factory=list)
    """Values of the account that stay: one row of `reports/conflicts` each."""

    def counts(self) -> Counter[str]:
        """Verb → records; `unchanged` and `adopted without a write` besides."""
        found = Counter(entry.verb for entry in self.entries)
        found["adopted without a write"] = len(self.adopted)
        found["unchanged"] = sum(row.outcome == "unchanged" for row in self.settled)
        return +found

    def apply_settled(self, journal: Journal) -> None:
        """Records outcomes and links that need no request."""
        journal.put_outcomes(self.phase, self.settled)
        for wanted, before in self.adopted:
            rows = outcome_of(wanted.rows, "adopted")
            journal.link(self.phase, wanted.entity, wanted.dest_id, wanted.ids, rows, before)


def plan_records(
    phase: str,
    wanted: Iterable[Wanted],
    present: Mapping[str, Mapping[str, Any]],
    memory: Mapping[str, Mapping[str, Any]],
    schema: Schema,
    *,
    policy: str,
    always: Collection[str] = (),
    told: Callable[[str], bool] = lambda _: False,
) -> Plan:
    """Plans each record. `present`: id → canonical record of the account. `memory`: id → what nrpd wrote there.
    `told`: whether people decided that the source wins in a field that others changed since nrpd wrote it."""
    plan = Plan(phase)
    for item in wanted:
        if not item.dest_id:
            plan.entries.append(_create(phase, item, schema))
        elif item.dest_id not in present:
            plan.settled += outcome_of(item.rows, "quarantined", GONE)
        else:
            _change(plan, item, present[item.dest_id], memory.get(item.dest_id), schema, policy, always, told)
    return plan


def outcome_of(rows: Sequence[RowOutcome], outcome: str, reason: str = "") -> tuple[RowOutcome, ...]:
    """Gives the record's outcome to those of its rows that have none of their own."""
    return tuple(row if row.outcome else replace(row, outcome=outcome, reason=reason) for row in rows)


def _create(phase: str, item: Wanted, schema: Schema) -> Entry:
    values = {**item.values, **item.create_only}
    return Entry(
        phase, item.entity, item.source_id, "create", "POST", PATHS[item.entity], schema.encode(item.entity, values),
        fields=values, source_ids=item.ids, rows=outcome_of(item.rows, "created"),
    )  # fmt: skip


def _why_kept(
    name: str, value: Any, item: Wanted, memory: Mapping[str, Any] | None, schema: Schema, policy: str
) -> str:
    theirs = memory is not None and (
        name in memory["written"]
        or (memory["after"] and not same(schema.decode(item.entity, memory["after"]).get(name), value))
    )
    return "changed in the account after the load" if theirs else f"policy {policy}"


def _send_again_what_never_arrived(found: Change, item: Wanted, memory: Mapping[str, Any], schema: Schema) -> None:
    """A value that the account did not store when it took the write was changed by nobody: it is not people's."""
    if not memory["after"]:
        return
    answered = schema.decode(item.entity, memory["after"])
    for name in found.kept.keys() & memory["written"].keys():
        stored, current = answered.get(name), found.kept[name]
        if not holds(name, stored, memory["written"][name]) and same_value(stored, current):
            found.before[name] = found.kept.pop(name)
            found.write[name] = grown(name, current, item.values[name], memory["written"][name])


def _change(
    plan: Plan,
    item: Wanted,
    current: Mapping[str, Any],
    memory: Mapping[str, Any] | None,
    schema: Schema,
    policy: str,
    always: Collection[str],
    told: Callable[[str], bool],
) -> None:
    written = memory["written"] if memory else None
    always = {*always, *filter(told, written or ())}
    created = memory is not None and memory["origin"] == "created"
    found = changes(
        item.values, current, written=written, policy=policy, always=always, created=created,
        left=partial(schema.decode, item.entity, memory["after"]) if memory and memory["after"] else None,
    )  # fmt: skip
    if memory is not None and not found.kept.keys().isdisjoint(memory["written"]):
        _send_again_what_never_arrived(found, item, memory, schema)
    for name, value in found.kept.items():
        plan.kept.append(
            {
                "object": item.entity, "source_id": "; ".join(item.ids), "record": item.dest_id, "field": name,
                "source_value": item.values[name], "account_value": value,
                "why": _why_kept(name, value, item, memory, schema, policy),
            }
        )  # fmt: skip
    if found.write:
        verb = "update" if item.linked else "adopt"
        plan.entries.append(
            Entry(
                plan.phase, item.entity, item.source_id, verb, "PATCH", f"{PATHS[item.entity]}/{item.dest_id}",
                schema.encode(item.entity, found.write), fields=found.write,
                before={**{k: current.get(k) for k in found.kept}, **found.before}, dest_id=item.dest_id,
                source_ids=item.ids, rows=outcome_of(item.rows, "updated" if item.linked else "adopted"),
            )
        )  # fmt: skip
    elif item.linked:
        plan.settled += outcome_of(item.rows, "unchanged")
    else:
        plan.adopted.append((item, {k: current.get(k) for k in found.kept}))
