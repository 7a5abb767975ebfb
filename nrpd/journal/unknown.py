"""Writes whose outcome was unknown for a while, and how each was resolved: what `reports/unknown_outcomes` lists."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nrpd.journal.entries import canonical
from nrpd.journal.tables import events, writes
from nrpd.journal.writes import Journal
from nrpd.workspace import stamp

RESOLVED = "resolved"
"""The state of the event that says how. The write's own state changes right after it."""
OPEN, HAPPENED = ("sent", "unknown"), ("done", "rolled back")
NOT_YET = "not known yet"
NO_ANSWER = "the run ended before the answer came"
_AT_ONCE = 500


@dataclass(frozen=True)
class UnknownOutcome:
    """One write that got no answer. Times are UTC, RFC 3339."""

    phase: str
    entity: str
    source_id: str
    verb: str
    sent_at: str
    run: str
    """The run that sent it."""
    why: str
    resolution: str
    dest_id: str
    """The record in the account, whichever write made it; blank where there is none yet."""
    resolved_at: str = ""
    resolved_in: str = ""
    """The run that resolved it."""


def note_resolution(journal: Journal, write_id: int, how: str) -> None:
    """Puts on record how the unknown outcome of a write was resolved."""
    row = {
        "write_id": write_id,
        "run": journal.run,
        "state": RESOLVED,
        "at": stamp(),
        "detail": canonical({"how": how}),
    }
    journal.change(lambda c: c.execute(sa.insert(events), row))


def unknown_outcomes(journal: Journal) -> list[UnknownOutcome]:
    """All of them, over all runs, in the order in which they were sent; those that are still open too."""
    told = journal.read(sa.select(events).where(events.c.state.in_(("unknown", RESOLVED))).order_by(events.c.id))
    why = {e.write_id: json.loads(e.detail).get("error", "") for e in told if e.state == "unknown"}
    resolved = {e.write_id: e for e in told if e.state == RESOLVED}
    known = {row.id: row for row in _where(journal, writes.c.id, why.keys() | resolved.keys())}
    known |= {row.id: row for row in journal.read(sa.select(writes).where(writes.c.state.in_(OPEN)))}
    again = _where(journal, writes.c.source_id, {row.source_id for row in known.values() if not row.dest_id})
    made = {(row.entity, row.source_id, row.verb): row.dest_id for row in again if row.state in HAPPENED}
    return [
        _outcome(
            row, why.get(row.id) or NO_ANSWER, resolved.get(row.id), made.get((row.entity, row.source_id, row.verb))
        )
        for _, row in sorted(known.items())
    ]


def _outcome(row: Any, why: str, event: Any, made: str | None) -> UnknownOutcome:
    settled = event is not None and row.state not in OPEN
    return UnknownOutcome(
        row.phase, row.entity, row.source_id, row.verb, row.sent_at or "", row.run, why,
        json.loads(event.detail)["how"] if settled else NOT_YET, row.dest_id or made or "",
        event.at if settled else "", event.run if settled else "",
    )  # fmt: skip


def _where(journal: Journal, column: sa.Column[Any], values: Collection[Any]) -> Iterator[Any]:
    """The writes with one of these values, oldest first within a batch."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _AT_ONCE):
        batch = column.in_(ordered[start : start + _AT_ONCE])
        yield from journal.read(sa.select(writes).where(batch).order_by(writes.c.id))
