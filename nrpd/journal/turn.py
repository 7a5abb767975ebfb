"""A turn of a load, in one transaction: what was answered since the last one, and what leaves now.

Statements take many rows each: SQLite lets other threads in at every step, and a load that asked eight times for each
record waited for its turn most of the time.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as upsert

from nrpd.errors import NrpdError
from nrpd.journal.entries import Ended, Entry, RowOutcome, canonical
from nrpd.journal.tables import events, links, outcomes, records, writes
from nrpd.workspace import stamp

WRITTEN = ("created", "updated", "adopted")
"""Outcomes that a write, or a link, made true."""
TAKE_BACK = ("delete", "restore")
"""Verbs of a rollback."""

Row = dict[str, Any]
Move = tuple[int, Row]
"""The id of a write, and the columns that change."""

# Made once: to build a statement takes longer than to execute it.


def _upsert(table: sa.Table, *, weak: bool = False) -> sa.Insert:
    """Inserts a row, or takes the place of the one with its key; `weak`: not where a write made that one true."""
    statement = upsert(table)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={column.name: statement.excluded[column.name] for column in table.c},
        where=sa.and_(*(outcomes.c.outcome != written for written in WRITTEN)) if weak else None,
    )


_KNOWN = sa.select(records).where(
    records.c.entity == sa.bindparam("entity"),
    records.c.dest_id.in_(sa.bindparam("dest_ids", expanding=True)),
    records.c.state == "live",
)
_REMEMBER, _LINK = _upsert(records), _upsert(links)
_OUTCOME, _WEAK_OUTCOME = _upsert(outcomes), _upsert(outcomes, weak=True)
_EVENT = sa.insert(events)
_TOLD = ("dest_id", "dest_update_time", "error")
"""Columns that an event repeats."""


@lru_cache
def _moved(names: tuple[str, ...]) -> sa.Update:
    """Sets these columns of a write."""
    values: Row = {name: sa.bindparam(f"new_{name}") for name in names}
    return sa.update(writes).where(writes.c.id == sa.bindparam("write")).values(values)


def take_turn(connection: sa.Connection, run: str, ended: Sequence[Ended], leaving: Sequence[Entry]) -> None:
    """Notes what became of writes, with all that this brings about, and that others are about to leave.

    Raises NrpdError for one that is about to leave and is not in the journal (any more).
    """
    at = stamp()
    for one in ended:
        if one.state == "done" and one.entry.verb in TAKE_BACK:
            take_back(connection, run, one.entry.entity, one.dest_id)
    move(connection, run, [(one.entry.id, _columns(one, at)) for one in ended])
    written = [one for one in ended if one.state == "done" and one.entry.verb not in TAKE_BACK]
    remember(connection, run, written)
    for phase, some in groupby(ended, key=lambda one: one.entry.phase):
        put_outcomes(connection, phase, [row for one in some for row in one.rows])
    if move(connection, run, [(entry.id, {"state": "sent", "sent_at": at}) for entry in leaving]) < len(leaving):
        first = leaving[0]
        raise NrpdError(
            f"{first.phase}: another process took entries of {first.entity} (from {first.source_id} on) out of the "
            "journal; nothing was sent. Run again when it has ended"
        )


def _columns(one: Ended, at: str) -> Row:
    if one.state == "done":
        updated = str((one.answer or {}).get("update_time") or "")
        return {
            "state": "done", "dest_id": one.dest_id, "dest_update_time": updated, "tokens": one.tokens, "done_at": at,
        }  # fmt: skip
    error = {"state": one.state, "error": one.why[:500]}
    return error if one.state == "unknown" else {**error, "done_at": at}


def move(connection: sa.Connection, run: str, moves: Sequence[Move]) -> int:
    """Changes columns of writes, their state among them, and appends each change to the events. Returns how many of
    the writes are there."""
    found = 0
    for names, some in groupby(moves, key=lambda one: tuple(one[1])):
        rows = [{"write": id_, **{f"new_{name}": value for name, value in row.items()}} for id_, row in some]
        found += connection.execute(_moved(names), rows).rowcount
    at = stamp()
    told = [
        {"write_id": id_, "run": run, "state": row["state"], "at": at,
         "detail": canonical({name: row[name] for name in _TOLD if name in row})}
        for id_, row in moves
    ]  # fmt: skip
    if told:
        connection.execute(_EVENT, told)
    return found


def take_back(connection: sa.Connection, run: str, entity: str, dest_id: str, state: str = "rolled back") -> None:
    """All writes of a record are rolled back: it is no longer linked, so that a corrected export loads clean."""
    mine = (writes.c.entity == entity) & (writes.c.dest_id == dest_id) & (writes.c.state == "done")
    found = connection.execute(sa.select(writes.c.id).where(mine, writes.c.phase != "rollback")).all()
    move(connection, run, [(row.id, {"state": "rolled back"}) for row in found])
    connection.execute(sa.delete(links).where(links.c.entity == entity, links.c.dest_id == dest_id))
    record = (records.c.entity == entity) & (records.c.dest_id == dest_id)
    connection.execute(sa.update(records).where(record).values(state=state))


def remember(connection: sa.Connection, run: str, written: Sequence[Ended]) -> None:
    """Brings what nrpd remembers of records up to date, and links source ids to them."""
    if not written:
        return
    known = dict(_known(connection, written))
    remembered, linked = [], []
    for one in written:
        key = (one.entry.entity, one.dest_id)
        known[key] = _remembered(one, known.get(key), run)
        remembered.append(known[key])
        linked += [
            {"entity": one.entry.entity, "source_id": source_id, "dest_id": one.dest_id}
            for source_id in dict.fromkeys((*one.entry.source_ids, one.entry.source_id))
        ]
    connection.execute(_REMEMBER, remembered)
    connection.execute(_LINK, linked)


def _known(connection: sa.Connection, written: Iterable[Ended]) -> Iterator[tuple[tuple[str, str], Row]]:
    ids: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for one in written:
        ids[one.entry.entity][one.dest_id] = None
    for entity, some in ids.items():
        for row in connection.execute(_KNOWN, {"entity": entity, "dest_ids": list(some)}):
            yield (entity, row.dest_id), dict(row._mapping)


def _remembered(one: Ended, known: Row | None, run: str) -> Row:
    entry = one.entry
    written = json.loads(known["written"]) if known else {}
    before = json.loads(known["before"]) if known else {}
    # The first value that stood in a field before nrpd is the one that rollback brings back.
    origin = known["origin"] if known else ("created" if entry.verb == "create" else "adopted")
    if origin == "adopted":
        before = {**(entry.before or {}), **before}
    after = known["after"] if known else "{}"
    if one.answer is not None:
        after = canonical(_seen(json.loads(after), entry, one.answer))
    return {
        "entity": entry.entity, "dest_id": one.dest_id, "origin": origin,
        "written": canonical({**written, **entry.fields}), "before": canonical(before), "after": after,
        "phase": known["phase"] if known else entry.phase, "run": known["run"] if known else run, "state": "live",
    }  # fmt: skip


def _seen(old: Row, entry: Entry, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record as nrpd's writes left it. A later write brings up to date what it wrote and nothing else: what people
    changed in between is in its answer too, and stays theirs."""
    if not old or not isinstance(entry.body, Mapping):
        return answer
    new = {**old, **{name: answer.get(name) for name in (*entry.body, "update_time")}}
    if "custom_fields" in entry.body:
        there = answer.get("custom_fields") or {}
        mine = {code: there.get(code) for code in entry.body["custom_fields"]}
        new["custom_fields"] = {**(old.get("custom_fields") or {}), **mine}
    return new


def put_outcomes(connection: sa.Connection, phase: str, rows: Collection[RowOutcome]) -> None:
    """Records what became of source rows."""
    # A phase that goes on after a stop finds unchanged what it wrote before: it stays created, adopted or updated.
    for weak, some in groupby(rows, key=lambda row: row.outcome == "unchanged"):
        values = [
            {"phase": phase, "object": row.object, "row": row.row, "outcome": row.outcome, "reason": row.reason,
             "source_id": row.source_id, "email": row.email}
            for row in some
        ]  # fmt: skip
        connection.execute(_WEAK_OUTCOME if weak else _OUTCOME, values)
