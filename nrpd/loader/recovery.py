"""Writes that were sent and never confirmed: found in the account by list, then adopted; or sent again.

The account is read by list, never by search (its index lags). What is found becomes `done` with the record's id;
what is not there never arrived, and is `refused`, so that the next plan sends it again: one record, whatever happened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nrpd.journal import Entry, Journal, entry_of
from nrpd.loader.changes import holds

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Finder:
    """How records of one entity are known again.

    `key_of`: the key of an entry. `keys_of`: the keys that a record of the account answers to. `values_of`: a record's
    canonical values. `identity`: a record's id as the journal writes it.
    """

    key_of: Callable[[Entry], str]
    keys_of: Callable[[Record], Iterable[str]]
    values_of: Callable[[Record], Mapping[str, Any]] = lambda record: record
    identity: Callable[[Record], str] = lambda record: str(record["id"])


@dataclass(frozen=True)
class Resolved:
    """One unknown outcome and how it was resolved. One row of `reports/unknown_outcomes`."""

    entity: str
    source_id: str
    verb: str
    resolution: str
    """`found in the account` or `not there: sent again`."""
    dest_id: str = ""


def recover(journal: Journal, entity: str, present: Iterable[Record], finder: Finder) -> list[Resolved]:
    """Settles all open writes of an entity. `present`: the account's records of it, read after they were sent."""
    open_writes = journal.open_writes(entity)
    if not open_writes:
        return []
    records = list(present)
    by_id = {finder.identity(record): record for record in records}
    # A record that another write is known to have made is not what this one made: two notes may say the same.
    taken = {identity for identity, memory in journal.records_of(entity).items() if memory["state"] == "live"}
    by_key: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        for key in finder.keys_of(record):
            by_key[key].append(record)
    resolved = []
    for row in open_writes:
        entry = entry_of(row)
        found = _happened(entry, by_id, by_key, finder, taken)
        if found is None:
            journal.refused(entry.id, "not found in the account: sent again")
            resolved.append(Resolved(entity, entry.source_id, entry.verb, "not there: sent again"))
        else:
            identity = entry.dest_id if entry.verb == "delete" else finder.identity(found)
            journal.done(entry, identity, None if entry.verb == "delete" else found)
            taken.add(identity)
            resolved.append(Resolved(entity, entry.source_id, entry.verb, "found in the account", identity))
    return resolved


def _happened(
    entry: Entry,
    by_id: Mapping[str, Record],
    by_key: Mapping[str, Sequence[Record]],
    finder: Finder,
    taken: Collection[str],
) -> Record | None:
    if entry.verb == "create":
        found = by_key.get(finder.key_of(entry), ())
        return next((record for record in found if finder.identity(record) not in taken), None)
    record = by_id.get(entry.dest_id)
    if entry.verb == "delete":
        return {} if record is None else None
    if record is None:
        return None
    values = finder.values_of(record)
    return record if all(holds(name, values.get(name), value) for name, value in entry.fields.items()) else None
