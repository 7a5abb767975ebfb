"""Writes, what became of them, and what nrpd remembers of each record.

Data flow: `plan` commits a row per intended write (state `planned`); `sent` is committed before the request leaves;
`done`, `refused` or `unknown` after its answer. `done` also brings the record's memory up to date (what nrpd wrote,
what stood there before, what the account answered) and links source ids to it, in the same transaction. States change
in place in `writes`, and each change is appended to `events`, from which a run's evidence is hashed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as upsert

from nrpd.errors import NrpdError
from nrpd.journal.entries import Entry, Remembered, RowOutcome, canonical, digest
from nrpd.journal.memory import Memory
from nrpd.journal.tables import events, links, outcomes, records, writes
from nrpd.workspace import stamp

WRITTEN = ("created", "updated", "adopted")
"""Outcomes that a write, or a link, made true."""


# Made once: to build a statement takes longer than to execute it, and a load executes eight for each record.


def _upsert(table: sa.Table, *, weak: bool = False) -> sa.Insert:
    """Inserts a row, or takes the place of the one with its key; `weak`: not where a write made that one true."""
    statement = upsert(table)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={column.name: statement.excluded[column.name] for column in table.c},
        where=sa.and_(*(outcomes.c.outcome != written for written in WRITTEN)) if weak else None,
    )


_KNOWN = sa.select(records).where(
    records.c.entity == sa.bindparam("entity"), records.c.dest_id == sa.bindparam("dest_id"), records.c.state == "live"
)
_REMEMBER, _LINK = _upsert(records), _upsert(links)
_OUTCOME, _WEAK_OUTCOME = _upsert(outcomes), _upsert(outcomes, weak=True)
_EVENT = sa.insert(events)


@lru_cache
def _moved(names: tuple[str, ...]) -> sa.Update:
    """Sets these columns of one write."""
    values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in names}
    return sa.update(writes).where(writes.c.id == sa.bindparam("write")).values(values)


class Journal(Memory):
    """One customer's journal."""

    counts = True
    """False in a read-only repetition: what became of each row was recorded by the run that did it, and stands."""

    def plan(self, entries: Sequence[Entry]) -> list[Entry]:
        """Commits intended writes, and returns them with their journal ids."""
        at = stamp()
        rows = [
            {
                "run": self.run, "phase": e.phase, "entity": e.entity, "source_id": e.source_id, "verb": e.verb,
                "method": e.method, "path": e.path, "payload": None if e.body is None else canonical(e.body),
                "payload_digest": digest(e.body), "fields": canonical(e.fields),
                "before": None if e.before is None else canonical(e.before), "before_digest": digest(e.before),
                "dest_id": e.dest_id, "state": "planned", "planned_at": at, "undoes": e.undoes,
                "effects": canonical({"source_ids": e.source_ids, "rows": [vars(row) for row in e.rows]}),
            }
            for e in entries
        ]  # fmt: skip

        def work(connection: sa.Connection) -> list[int]:
            found = connection.execute(sa.insert(writes).returning(writes.c.id, sort_by_parameter_order=True), rows)
            return [row.id for row in found]

        ids = self.change(work) if rows else []
        return [replace(entry, id=id_) for entry, id_ in zip(entries, ids, strict=True)]

    def planned(self) -> list[str]:
        """Phases with intentions that were never sent."""
        return [row[0] for row in self.read(sa.select(writes.c.phase).where(writes.c.state == "planned").distinct())]

    def drop_planned(self, phase: str) -> int:
        """Takes out intentions of a phase that were never sent: they are planned anew."""

        def work(connection: sa.Connection) -> int:
            gone = connection.execute(sa.delete(writes).where(writes.c.phase == phase, writes.c.state == "planned"))
            return gone.rowcount

        return self.change(work)

    def sent(self, entry: Entry) -> None:
        """The request is about to leave. Durable when this returns. Raises NrpdError for an entry that is not there."""

        def work(connection: sa.Connection) -> None:
            if not self._move(connection, entry.id, "sent", sent_at=stamp()):
                raise NrpdError(
                    f"{entry.phase}: another process took the entry of {entry.entity} {entry.source_id} out of the "
                    "journal; nothing was sent. Run again when it has ended"
                )

        self.change(work)

    def refused(self, entry_id: int, why: str, rows: Iterable[RowOutcome] = (), phase: str = "") -> None:
        """The account did not take it (or it never arrived): nothing was written."""
        kept = tuple(rows)

        def work(connection: sa.Connection) -> None:
            self._move(connection, entry_id, "refused", error=why[:500], done_at=stamp())
            _put_outcomes(connection, phase, kept)

        self.change(work)

    def unknown(self, entry_id: int, why: str) -> None:
        """The answer never came: the write may or may not have happened."""
        self.change(lambda c: self._move(c, entry_id, "unknown", error=why[:500]))

    def done(self, entry: Entry, dest_id: str, answer: Mapping[str, Any] | None, tokens: int = 0) -> None:
        """The account confirmed the write. Updates the record's memory, links and row outcomes with it."""
        update_time = str((answer or {}).get("update_time") or "")

        def work(connection: sa.Connection) -> None:
            if entry.verb in ("delete", "restore"):
                self._take_back(connection, entry.entity, dest_id)
            self._move(
                connection,
                entry.id,
                "done",
                dest_id=dest_id,
                dest_update_time=update_time,
                tokens=tokens,
                done_at=stamp(),
            )
            _remember(connection, entry, dest_id, answer, self.run)
            _put_outcomes(connection, entry.phase, entry.rows)

        self.change(work)

    def link(
        self,
        phase: str,
        entity: str,
        dest_id: str,
        source_ids: Sequence[str],
        rows: Sequence[RowOutcome],
        before: Mapping[str, Any],
    ) -> None:
        """Adopts a record that needs no write: only the link is remembered."""

        def work(connection: sa.Connection) -> None:
            entry = Entry(phase, entity, source_ids[0], "adopt", "", "", before=before, source_ids=tuple(source_ids))
            _remember(connection, entry, dest_id, None, self.run)
            _put_outcomes(connection, phase, rows)

        self.change(work)

    def put_outcomes(self, phase: str, rows: Sequence[RowOutcome]) -> None:
        """Records what became of source rows that needed no write."""
        if not self.counts:
            return
        self.change(lambda c: _put_outcomes(c, phase, rows))

    def replace_outcomes(self, phase: str, rows: Sequence[RowOutcome]) -> None:
        """Makes these the outcomes of a phase, whatever it counted before."""
        if not self.counts:
            return

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.delete(outcomes).where(outcomes.c.phase == phase))
            _put_outcomes(connection, phase, rows)

        self.change(work)

    def clear_outcomes(self, phase: str) -> None:
        """Forgets the outcomes of a phase that is counted anew, but for those that a write made true."""
        kept = outcomes.c.outcome.in_(WRITTEN)
        self.change(lambda c: c.execute(sa.delete(outcomes).where(outcomes.c.phase == phase, ~kept)))

    def _take_back(self, connection: sa.Connection, entity: str, dest_id: str) -> None:
        """All writes of a record are rolled back: it is no longer linked, so that a corrected export loads clean."""
        mine = (writes.c.entity == entity) & (writes.c.dest_id == dest_id) & (writes.c.state == "done")
        for row in connection.execute(sa.select(writes.c.id).where(mine, writes.c.phase != "rollback")).all():
            self._move(connection, row.id, "rolled back")
        connection.execute(sa.delete(links).where(links.c.entity == entity, links.c.dest_id == dest_id))
        record = (records.c.entity == entity) & (records.c.dest_id == dest_id)
        connection.execute(sa.update(records).where(record).values(state="rolled back"))

    def settle_record(self, entity: str, dest_id: str, state: str) -> None:
        """Records what a rollback leaves of a record without writing to it: `kept` or `rolled back` (it was gone)."""

        def work(connection: sa.Connection) -> None:
            self._take_back(connection, entity, dest_id)
            record = (records.c.entity == entity) & (records.c.dest_id == dest_id)
            connection.execute(sa.update(records).where(record).values(state=state))

        self.change(work)

    def last_writes(self, entity: str) -> dict[str, int]:
        """Id in the account → journal id of the last write that nrpd made to it."""
        mine = (writes.c.entity == entity) & (writes.c.state == "done") & (writes.c.phase != "rollback")
        found = self.read(sa.select(writes.c.dest_id, sa.func.max(writes.c.id)).where(mine).group_by(writes.c.dest_id))
        return {row[0]: row[1] for row in found}

    def first_sent(self) -> datetime | None:
        """When the first write left, aware; None where none has."""
        at = self.read(sa.select(sa.func.min(writes.c.sent_at)))[0][0]
        return datetime.fromisoformat(at) if at else None

    def undone(self) -> list[Any]:
        """Deletes and restores that were confirmed."""
        return self.read(sa.select(writes).where(writes.c.phase == "rollback", writes.c.state == "done"))

    def _move(self, connection: sa.Connection, entry_id: int, state: str, **values: Any) -> bool:
        """Changes the state of a write. Returns whether there is such a write."""
        values = {"state": state, **values}
        new = {f"new_{name}": value for name, value in values.items()}
        found = connection.execute(_moved(tuple(values)), {"write": entry_id, **new}).rowcount == 1
        detail = {key: value for key, value in values.items() if key in ("dest_id", "dest_update_time", "error")}
        connection.execute(
            _EVENT, {"write_id": entry_id, "run": self.run, "state": state, "at": stamp(), "detail": canonical(detail)}
        )
        return found

    def links_of(self, entity: str) -> dict[str, str]:
        """Source id → id in the account, of all that is linked."""
        found = self.read(sa.select(links.c.source_id, links.c.dest_id).where(links.c.entity == entity))
        return {row.source_id: row.dest_id for row in found}

    def records_of(self, entity: str) -> dict[str, Remembered]:
        """Id in the account → {origin, written, before, after, phase} of every record that nrpd made or adopted."""
        found = self.read(sa.select(records).where(records.c.entity == entity))
        return {row.dest_id: Remembered(row) for row in found}

    def open_writes(self, entity: str | None = None) -> list[Any]:
        """Writes that were sent and not confirmed, oldest first."""
        statement = sa.select(writes).where(writes.c.state.in_(("sent", "unknown"))).order_by(writes.c.id)
        return self.read(statement if entity is None else statement.where(writes.c.entity == entity))

    def written_count(self) -> int:
        """Writes that happened and were not taken back."""
        return int(
            self.read(sa.select(sa.func.count()).where(writes.c.state == "done", writes.c.undoes.is_(None)))[0][0]
        )

    def outcomes_of(self, phase: str | None = None) -> list[Any]:
        """The row outcomes of a phase, or of all."""
        statement = sa.select(outcomes).order_by(outcomes.c.object, outcomes.c.row)
        return self.read(statement if phase is None else statement.where(outcomes.c.phase == phase))

    def forget_values(self) -> None:
        """Purge: takes personal values out of the journal. Digests stay, so that evidence can still be checked."""

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.update(writes).values(payload=None, fields="{}", before=None, effects="{}"))
            connection.execute(sa.update(records).values(written="{}", before="{}", after="{}"))
            connection.execute(sa.update(outcomes).values(email=""))

        self.change(work)
        with self._engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")

    def run_digest(self, run: str) -> tuple[int, str]:
        """How many journal rows a run made, and their SHA-256: what was planned in it, and every change of state."""
        planned = [
            [r.id, r.phase, r.entity, r.source_id, r.verb, r.path, r.payload_digest, r.before_digest]
            for r in self.read(
                sa.select(writes).where(writes.c.run == run, writes.c.sent_at.is_not(None)).order_by(writes.c.id)
            )
        ]
        changed = [
            [r.id, r.write_id, r.state, r.at, r.detail]
            for r in self.read(sa.select(events).where(events.c.run == run).order_by(events.c.id))
        ]
        return len(planned) + len(changed), digest([planned, changed])


def _remember(
    connection: sa.Connection, entry: Entry, dest_id: str, answer: Mapping[str, Any] | None, run: str
) -> None:
    if entry.verb in ("delete", "restore"):
        return
    known = connection.execute(_KNOWN, {"entity": entry.entity, "dest_id": dest_id}).first()
    written = json.loads(known.written) if known else {}
    before = json.loads(known.before) if known else {}
    # The first value that stood in a field before nrpd is the one that rollback brings back.
    origin = known.origin if known else ("created" if entry.verb == "create" else "adopted")
    if origin == "adopted":
        before = {**(entry.before or {}), **before}
    after = canonical(_seen(known, entry, answer)) if answer is not None else (known.after if known else "{}")
    values = {
        "entity": entry.entity, "dest_id": dest_id, "origin": origin, "written": canonical({**written, **entry.fields}),
        "before": canonical(before), "after": after,
        "phase": known.phase if known else entry.phase, "run": known.run if known else run, "state": "live",
    }  # fmt: skip
    connection.execute(_REMEMBER, values)
    linked = dict.fromkeys((*entry.source_ids, entry.source_id))
    connection.execute(_LINK, [{"entity": entry.entity, "source_id": one, "dest_id": dest_id} for one in linked])


def _seen(known: Any, entry: Entry, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record as nrpd's writes left it. A later write brings up to date what it wrote and nothing else: what people
    changed in between is in its answer too, and stays theirs."""
    old: dict[str, Any] = json.loads(known.after) if known else {}
    if not old or not isinstance(entry.body, Mapping):
        return answer
    new = {**old, **{name: answer.get(name) for name in (*entry.body, "update_time")}}
    if "custom_fields" in entry.body:
        there = answer.get("custom_fields") or {}
        mine = {code: there.get(code) for code in entry.body["custom_fields"]}
        new["custom_fields"] = {**(old.get("custom_fields") or {}), **mine}
    return new


def _put_outcomes(connection: sa.Connection, phase: str, rows: Iterable[RowOutcome]) -> None:
    # A phase that goes on after a stop finds unchanged what it wrote before: it stays created, adopted or updated.
    for weak, some in groupby(rows, key=lambda row: row.outcome == "unchanged"):
        values = [
            {"phase": phase, "object": row.object, "row": row.row, "outcome": row.outcome, "reason": row.reason,
             "source_id": row.source_id, "email": row.email}
            for row in some
        ]  # fmt: skip
        connection.execute(_WEAK_OUTCOME if weak else _OUTCOME, values)
