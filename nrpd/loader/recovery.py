"""Writes that were sent and never confirmed: found in the account by list, then adopted; or sent again.

The account is read by list, never by search (its index lags). What is found becomes `done` with the record's id;
what is not there never arrived, and is `refused`, so that the next plan sends it again: one record, whatever happened.
A write whose answer took too long, or whose sender was killed, may still be under way: it is looked up no sooner than
LATE or ABANDONED after it left.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nrpd.journal import NOT_YET, Entry, Journal, UnknownOutcome, entry_of, note_resolution
from nrpd.loader.changes import holds
from nrpd.pipedrive.answers import TOO_LATE

Record = Mapping[str, Any]
FOUND, AGAIN = "found in the account", "not there: sent again"
LATE, ABANDONED = timedelta(seconds=60), timedelta(seconds=10)
"""After a minute a gateway has given up on a request too; most are carried out at once."""
_MAY_COME = (TOO_LATE, "status 504", "status 408")
"""What is said of a write that may be carried out although nobody waits for its answer any more."""


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
    """One unknown outcome and how it was resolved."""

    entity: str
    source_id: str
    verb: str
    resolution: str
    """FOUND or AGAIN."""
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
        note_resolution(journal, entry.id, AGAIN if found is None else FOUND)
        if found is None:
            journal.refused(entry, "not found in the account: sent again")
            resolved.append(Resolved(entity, entry.source_id, entry.verb, AGAIN))
        else:
            identity = entry.dest_id if entry.verb == "delete" else finder.identity(found)
            journal.done(entry, identity, None if entry.verb == "delete" else _as_answered(entry, found))
            taken.add(identity)
            resolved.append(Resolved(entity, entry.source_id, entry.verb, FOUND, identity))
    return resolved


def _as_answered(entry: Entry, found: Record) -> Record:
    """What the lost answer said: where the record says otherwise by now, people have changed it."""
    return {**found, **entry.body} if isinstance(entry.body, Mapping) else found


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


def until_settled(open_writes: Iterable[Any], now: datetime, held: datetime | None = None) -> float:
    """Seconds until all of these rows of the journal may be looked up.

    `held`: since when this process is the only one that writes. A request may have left long after it was journaled,
    if its sender had to wait for a limit, but no later than its sender ended.
    """
    ready = [now]
    for row in open_writes:
        left = datetime.fromisoformat(row.sent_at)
        if row.state == "sent":
            ready.append(max(left, held or left) + ABANDONED)
        else:
            ready.append(left + (LATE if any(words in row.error for words in _MAY_COME) else timedelta()))
    return (max(ready) - now).total_seconds()


def in_words(outcomes: Sequence[UnknownOutcome]) -> str:
    """How they were resolved, in a sentence; blank where there was none."""
    if not outcomes:
        return ""
    counts = Counter(outcome.resolution for outcome in outcomes)
    parts = [
        f"{counts[how]:,} {words}"
        for how, words in (
            (FOUND, "found in the account"), (AGAIN, "not there and sent again"), (NOT_YET, "not known yet: run again")
        )
        if counts[how]
    ]  # fmt: skip
    return f"{len(outcomes):,} {'writes' if len(outcomes) > 1 else 'write'} got no answer: {', '.join(parts)}."
