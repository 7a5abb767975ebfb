"""The write-ahead journal: every intended and confirmed write, and what is known of each source row.

Data flow: `plan` commits a row per intended write (state `planned`); `sent` is committed before the request leaves;
`done`, `refused` or `unknown` after its answer. `done` also brings the record's memory up to date (what nrpd wrote,
what stood there before, what the account answered) and links source ids to it, in the same transaction. States change
in place in `writes`, and each change is appended to `events`, from which a run's evidence is hashed.

All changes go through one writer thread, which commits what has queued up in one transaction (SQLite, WAL,
synchronous=FULL: what a call has returned from survives a kill and a power cut). Any thread may read.
"""

from __future__ import annotations

import hashlib
import json
import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as upsert

from nrpd.journal_tables import events, heads, links, metadata, notes, outcomes, phases, records, subjects, writes
from nrpd.workspace import stamp

T = TypeVar("T")
Work = Callable[[sa.Connection], Any]
WRITTEN = ("created", "updated", "adopted")
"""Outcomes that a write, or a link, made true."""


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no blanks."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=list)


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of a value."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


@dataclass(frozen=True)
class RowOutcome:
    """What became of one source row in one phase. `row` is `<file>:<line>`."""

    object: str
    row: str
    outcome: str
    """created, updated, adopted, unchanged, skipped or quarantined."""
    reason: str = ""
    source_id: str = ""
    email: str = ""


@dataclass(frozen=True)
class Entry:
    """One intended write."""

    phase: str
    entity: str
    source_id: str
    verb: str
    """create, adopt (an update of a record that was there before nrpd), update or delete."""
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What is written, as canonical values by name: what reconciliation compares, and what rollback takes back."""
    before: Mapping[str, Any] | None = None
    """The canonical values of these fields before the write; of records that were there before, and of updates."""
    dest_id: str = ""
    source_ids: tuple[str, ...] = ()
    """All source ids that the record stands for (a merged person has several)."""
    rows: tuple[RowOutcome, ...] = ()
    """Outcomes that become true when the write is done."""
    undoes: int | None = None
    """The write that this one takes back."""
    id: int = 0


class Journal:
    """One customer's journal file."""

    def __init__(self, path: Path, run: str = "") -> None:
        self.path = path
        self.run = run
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})
        sa.event.listen(self._engine, "connect", _pragmas)
        with self._engine.begin() as connection:
            metadata.create_all(connection)
        path.chmod(0o600)
        self._queue: queue.SimpleQueue[tuple[Work, Future[Any]] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_forever, name="nrpd-journal", daemon=True)
        self._writer.start()

    def close(self) -> None:
        """Waits for what is queued, then closes the file."""
        if self._writer.is_alive():
            self._queue.put(None)
            self._writer.join()
        self._engine.dispose()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Writing

    def change(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs `work` in the writer thread and returns once it is durable. It may be run twice; the first is undone."""
        future: Future[Any] = Future()
        self._queue.put((work, future))
        return future.result()  # type: ignore[no-any-return]

    def _write_forever(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            stop = False
            while len(batch) < 256 and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    stop = True
                    break
                batch.append(following)
            if not self._commit(batch):
                for item in batch:
                    self._commit([item], last=True)
            if stop:
                return

    def _commit(self, batch: Sequence[tuple[Work, Future[Any]]], last: bool = False) -> bool:
        """One transaction for a batch. Where one piece of work fails, the caller repeats them one by one."""
        try:
            with self._engine.begin() as connection:
                results = [work(connection) for work, _ in batch]
        except BaseException as error:
            if last or len(batch) == 1:
                batch[0][1].set_exception(error)
                return True
            return False
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)
        return True

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

    def drop_planned(self, phase: str) -> int:
        """Takes out intentions of a phase that were never sent: they are planned anew."""

        def work(connection: sa.Connection) -> int:
            gone = connection.execute(sa.delete(writes).where(writes.c.phase == phase, writes.c.state == "planned"))
            return gone.rowcount

        return self.change(work)

    def sent(self, entry: Entry) -> None:
        """The request is about to leave. Durable when this returns."""
        self.change(lambda c: self._move(c, entry.id, "sent", sent_at=stamp()))

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
        self.change(lambda c: _put_outcomes(c, phase, rows))

    def replace_outcomes(self, phase: str, rows: Sequence[RowOutcome]) -> None:
        """Makes these the outcomes of a phase, whatever it counted before."""

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

    def undone(self) -> list[Any]:
        """Deletes and restores that were confirmed."""
        return self.read(sa.select(writes).where(writes.c.phase == "rollback", writes.c.state == "done"))

    def _move(self, connection: sa.Connection, entry_id: int, state: str, **values: Any) -> None:
        connection.execute(sa.update(writes).where(writes.c.id == entry_id).values(state=state, **values))
        detail = {key: value for key, value in values.items() if key in ("dest_id", "dest_update_time", "error")}
        connection.execute(
            sa.insert(events).values(write_id=entry_id, run=self.run, state=state, at=stamp(), detail=canonical(detail))
        )

    # Reading

    def read(self, statement: sa.Select[Any]) -> list[Any]:
        """The rows of a query."""
        with self._engine.connect() as connection:
            return list(connection.execute(statement))

    def links_of(self, entity: str) -> dict[str, str]:
        """Source id → id in the account, of all that is linked."""
        found = self.read(sa.select(links.c.source_id, links.c.dest_id).where(links.c.entity == entity))
        return {row.source_id: row.dest_id for row in found}

    def records_of(self, entity: str) -> dict[str, dict[str, Any]]:
        """Id in the account → {origin, written, before, after, phase} of every record that nrpd made or adopted."""
        found = self.read(sa.select(records).where(records.c.entity == entity))
        return {row.dest_id: record_dict(row) for row in found}

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

    # Phases, gates, notes

    def phase_event(
        self,
        phase: str,
        state: str,
        mode: str,
        figures: Mapping[str, Any] | None = None,
        error: str = "",
        inputs: str = "",
    ) -> None:
        """Appends what happened to a phase: started, complete, failed, waiting or undone."""
        row = {
            "run": self.run, "phase": phase, "state": state, "mode": mode, "at": stamp(), "error": error[:2000],
            "figures": canonical(figures or {}), "inputs": inputs,
        }  # fmt: skip
        self.change(lambda c: c.execute(sa.insert(phases), row))

    def phase_states(self) -> dict[str, Any]:
        """Phase → its newest row that is complete, undone, failed or waiting (`started` where nothing followed)."""
        return {row.phase: row for row in self.read(sa.select(phases).order_by(phases.c.id))}

    def completed(self, phase: str) -> Any | None:
        """The newest row of completion of a phase, or None where it is not complete (any more)."""
        found = self.read(
            sa.select(phases)
            .where(phases.c.phase == phase, phases.c.state.in_(("complete", "undone", "reopened")))
            .order_by(phases.c.id.desc())
            .limit(1)
        )
        return found[0] if found and found[0].state == "complete" else None

    def set_subject(self, gate: str, subject_digest: str, summary: Mapping[str, Any]) -> None:
        """What a gate is to be decided on now."""
        row = {"gate": gate, "digest": subject_digest, "summary": canonical(summary), "run": self.run, "at": stamp()}
        self.change(
            lambda c: c.execute(upsert(subjects).values(row).on_conflict_do_update(index_elements=["gate"], set_=row))
        )

    def subject(self, gate: str) -> Any | None:
        """The newest subject of a gate, or None."""
        found = self.read(sa.select(subjects).where(subjects.c.gate == gate))
        return found[0] if found else None

    def note(self, key: str, value: Any) -> None:
        """Remembers a value under a key (the account's id, the head of the manifest chain …)."""
        row = {"key": key, "value": canonical(value)}
        self.change(
            lambda c: c.execute(upsert(notes).values(row).on_conflict_do_update(index_elements=["key"], set_=row))
        )

    def noted(self, key: str) -> Any:
        """A value that was noted, or None."""
        found = self.read(sa.select(notes.c.value).where(notes.c.key == key))
        return json.loads(found[0].value) if found else None

    def forget_values(self) -> None:
        """Purge: takes personal values out of the journal. Digests stay, so that evidence can still be checked."""

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.update(writes).values(payload=None, fields="{}", before=None, effects="{}"))
            connection.execute(sa.update(records).values(written="{}", before="{}", after="{}"))
            connection.execute(sa.update(outcomes).values(email=""))

        self.change(work)
        with self._engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")

    def noted_under(self, prefix: str) -> dict[str, Any]:
        """Every note whose key begins with `prefix`, by key."""
        found = self.read(sa.select(notes).where(notes.c.key.startswith(prefix, autoescape=True)).order_by(notes.c.key))
        return {row.key: json.loads(row.value) for row in found}

    def add_head(self, run: str, head: str) -> None:
        """Records the head of the manifest chain after a run was sealed."""
        self.change(lambda c: c.execute(sa.insert(heads).values(run=run, head=head, at=stamp())))

    def newest_head(self) -> Any | None:
        """The newest sealed run and its head, or None."""
        found = self.read(sa.select(heads).order_by(heads.c.id.desc()).limit(1))
        return found[0] if found else None

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


def entry_of(row: Any) -> Entry:
    """The entry that a row of `writes` was made from."""
    effects = json.loads(row.effects or "{}")
    return Entry(
        row.phase, row.entity, row.source_id, row.verb, row.method, row.path,
        body=None if row.payload is None else json.loads(row.payload), fields=json.loads(row.fields or "{}"),
        before=None if row.before is None else json.loads(row.before), dest_id=row.dest_id,
        source_ids=tuple(effects.get("source_ids", ())),
        rows=tuple(RowOutcome(**one) for one in effects.get("rows", ())), undoes=row.undoes, id=row.id,
    )  # fmt: skip


def record_dict(row: Any) -> dict[str, Any]:
    """A row of `records` with its JSON read."""
    return {
        "dest_id": row.dest_id, "origin": row.origin, "phase": row.phase, "state": row.state,
        "written": json.loads(row.written), "before": json.loads(row.before), "after": json.loads(row.after),
    }  # fmt: skip


def _pragmas(connection: Any, _: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=60000"):
        connection.execute(f"PRAGMA {pragma}")


def _remember(
    connection: sa.Connection, entry: Entry, dest_id: str, answer: Mapping[str, Any] | None, run: str
) -> None:
    key = (records.c.entity == entry.entity) & (records.c.dest_id == dest_id)
    if entry.verb in ("delete", "restore"):
        return
    known = connection.execute(sa.select(records).where(key, records.c.state == "live")).first()
    written = json.loads(known.written) if known else {}
    before = json.loads(known.before) if known else {}
    # The first value that stood in a field before nrpd is the one that rollback brings back.
    origin = known.origin if known else ("created" if entry.verb == "create" else "adopted")
    if origin == "adopted":
        before = {**(entry.before or {}), **before}
    values = {
        "entity": entry.entity, "dest_id": dest_id, "origin": origin, "written": canonical({**written, **entry.fields}),
        "before": canonical(before), "after": canonical(answer) if answer is not None else (known.after if known else "{}"),
        "phase": known.phase if known else entry.phase, "run": known.run if known else run, "state": "live",
    }  # fmt: skip
    connection.execute(
        upsert(records).values(values).on_conflict_do_update(index_elements=["entity", "dest_id"], set_=values)
    )
    for source_id in dict.fromkeys((*entry.source_ids, entry.source_id)):
        row = {"entity": entry.entity, "source_id": source_id, "dest_id": dest_id}
        connection.execute(
            upsert(links).values(row).on_conflict_do_update(index_elements=["entity", "source_id"], set_=row)
        )


def _put_outcomes(connection: sa.Connection, phase: str, rows: Iterable[RowOutcome]) -> None:
    for row in rows:
        values = {
            "phase": phase, "object": row.object, "row": row.row, "outcome": row.outcome, "reason": row.reason,
            "source_id": row.source_id, "email": row.email,
        }  # fmt: skip
        # A phase that goes on after a stop finds unchanged what it wrote before: it stays created, adopted or updated.
        weak = outcomes.c.outcome.not_in(WRITTEN) if row.outcome == "unchanged" else sa.true()
        statement = upsert(outcomes).values(values)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["phase", "object", "row"], set_=values, where=weak)
        )
