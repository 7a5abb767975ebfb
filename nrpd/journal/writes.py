"""Writes, what became of them, and what nrpd remembers of each record.

Data flow: `plan` commits a row per intended write (state `planned`); `sent` is committed before the request leaves;
`done`, `refused` or `unknown` after its answer. `done` also brings the record's memory up to date (what nrpd wrote,
what stood there before, what the account answered) and links source ids to it, in the same transaction. States change
in place in `writes`, and each change is appended to `events`, from which a run's evidence is hashed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from nrpd.journal.entries import Ended, Entry, Remembered, RowOutcome, canonical, digest
from nrpd.journal.memory import Memory
from nrpd.journal.tables import events, links, outcomes, records, writes
from nrpd.journal.turn import WRITTEN, put_outcomes, remember, take_back, take_turn
from nrpd.workspace import stamp


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

    def turn(self, ended: Sequence[Ended], leaving: Sequence[Entry]) -> None:
        """What was answered, and what is about to leave: durable when this returns. Raises NrpdError, and then nothing
        must leave, for an entry that is not there (any more)."""
        if ended or leaving:
            self.change(lambda connection: take_turn(connection, self.run, ended, leaving))

    def sent(self, entry: Entry) -> None:
        """The request is about to leave. Raises NrpdError for an entry that is not there."""
        self.turn([], [entry])

    def refused(self, entry: Entry, why: str) -> None:
        """The account did not take it (or it never arrived): nothing was written."""
        self.turn([Ended(entry, "refused", why)], [])

    def unknown(self, entry: Entry, why: str) -> None:
        """The answer never came: the write may or may not have happened."""
        self.turn([Ended(entry, "unknown", why)], [])

    def done(self, entry: Entry, dest_id: str, answer: Mapping[str, Any] | None, tokens: int = 0) -> None:
        """The account confirmed the write. Updates the record's memory, links and row outcomes with it."""
        self.turn([Ended(entry, "done", "", dest_id, answer, tokens, entry.rows)], [])

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
            remember(connection, self.run, [Ended(entry, "done", dest_id=dest_id)])
            put_outcomes(connection, phase, rows)

        self.change(work)

    def put_outcomes(self, phase: str, rows: Sequence[RowOutcome]) -> None:
        """Records what became of source rows that needed no write."""
        if not self.counts:
            return
        self.change(lambda c: put_outcomes(c, phase, rows))

    def replace_outcomes(self, phase: str, rows: Sequence[RowOutcome]) -> None:
        """Makes these the outcomes of a phase, whatever it counted before."""
        if not self.counts:
            return

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.delete(outcomes).where(outcomes.c.phase == phase))
            put_outcomes(connection, phase, rows)

        self.change(work)

    def clear_outcomes(self, phase: str) -> None:
        """Forgets the outcomes of a phase that is counted anew, but for those that a write made true."""
        kept = outcomes.c.outcome.in_(WRITTEN)
        self.change(lambda c: c.execute(sa.delete(outcomes).where(outcomes.c.phase == phase, ~kept)))

    def settle_record(self, entity: str, dest_id: str, state: str) -> None:
        """Records what a rollback leaves of a record without writing to it: `kept` or `rolled back` (it was gone)."""

        self.change(lambda connection: take_back(connection, self.run, entity, dest_id, state))

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
