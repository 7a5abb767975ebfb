"""What a suppression means for a person: the values written, what the account already says, and who must decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from nrpd.errors import BadInput
from nrpd.matching.consent import REASONS, in_order
from nrpd.matching.duplicates import Record, addresses_of, source_ids
from nrpd.matching.rows import Row, When, fold_text
from nrpd.matching.suppression import Ledger, Suppression, unite_lists
from nrpd.netresults.records import NO_WORDS, email_key, emails_in
from nrpd.pipedrive.records import SUPPRESSION_FIELDS

STATUS, REASON, DATE = SUPPRESSION_FIELDS
SUPPRESSED = "suppressed"
FOR_LISTS = "suppressed for lists: "

EDITED = "edited in the account after the suppression date"
SUBSCRIBED = "subscribed in the account"
FLAG, NO_PERSON = "flag", "no person"
"""What is done about a suppression: a person carries it, or it stays in the ledger only."""
OPTED_IN = "opted in again, by the source, after the suppression date"


@dataclass(frozen=True)
class Decision:
    """What is done about one suppression. One row of `reports/suppression_ledger.csv`."""

    key: str
    address: str
    status: str
    reasons: tuple[str, ...]
    date: date | None
    person_ids: tuple[int, ...]
    """Persons of the account that have the address (or the source id), oldest id first."""
    people: tuple[str, ...]
    """Keys of source persons that have it, whether in the account already or to be created."""
    conflicts: tuple[str, ...]
    """Why a person should look. The strict reading stands until someone decides, and without anybody."""
    outcome: str
    """`flag`, `no person` (stays in the ledger only), or `mailable, confirmed by a person`."""


def person_suppression(addresses: Iterable[str], ledger: Ledger, ids: Iterable[str] = ()) -> dict[str, str]:
    """The three suppression fields for a person with these addresses and source ids; empty for one not suppressed.

    A suppressed address anywhere makes the person suppressed; one that is suppressed for all mail outweighs lists.
    """
    return values_of(ledger.of(addresses, ids))


def values_of(suppressions: Sequence[Suppression]) -> dict[str, str]:
    """The suppression fields that several suppressions make together; the date is the earliest, blank if undated."""
    if not suppressions:
        return {}
    lists = () if any(not s.lists for s in suppressions) else unite_lists(n for s in suppressions for n in s.lists)
    values = {STATUS: status_text(lists), REASON: "; ".join(in_order({r for s in suppressions for r in s.reasons}))}
    if dates := [s.date for s in suppressions if s.date]:
        values[DATE] = min(dates).isoformat()
    return values


def status_text(lists: Sequence[str]) -> str:
    """`suppressed`, or `suppressed for lists: A, B`."""
    return FOR_LISTS + ", ".join(lists) if lists else SUPPRESSED


def strictest(existing: Mapping[str, Any], ours: Mapping[str, str]) -> dict[str, str]:
    """What the suppression fields of a person must hold: the account's values and ours together, never less than
    either. Empty only where neither suppresses. A status that nrpd did not write and that is no no-word is strict."""
    before = str(existing.get(STATUS) or "").strip()
    parts = [text for text in (_known_status(before), ours.get(STATUS, "")) if text]
    if not parts:
        return {}
    lists: tuple[str, ...] = ()
    if all(part.startswith(FOR_LISTS) for part in parts):
        lists = unite_lists(name.strip() for part in parts for name in part.removeprefix(FOR_LISTS).split(","))
    values = {STATUS: parts[0] if len(set(parts)) == 1 else status_text(lists)}
    reasons = {r for source in (existing, ours) for r in _reasons(source.get(REASON))}
    if reasons:
        values[REASON] = "; ".join(in_order(reasons))
    if dates := [str(d) for d in (existing.get(DATE), ours.get(DATE)) if d]:
        values[DATE] = min(dates)
    return values


def marketing_status(values: Mapping[str, str]) -> str | None:
    """`unsubscribed` for a person suppressed for all mail; None: nothing is sent (never `subscribed`)."""
    return "unsubscribed" if values.get(STATUS) == SUPPRESSED else None


def decide(
    ledger: Ledger,
    persons: Iterable[Record],
    people: Mapping[str, Collection[str]],
    *,
    time_of: Callable[[str], datetime | None],
    our_writes: Mapping[int, datetime] | None = None,
    opt_ins: Mapping[str, date] | None = None,
    confirmed: Mapping[str, str] | None = None,
) -> list[Decision]:
    """One decision per ledger entry, sorted by key.

    `persons`: all persons of the account. `people`: source person's key → its addresses' keys and `id:<contact_id>`s.
    `time_of`: an update time of the account as aware UTC. `our_writes`: person id → its update time after our own last
    write; such a person counts as edited only if changed later. `opt_ins`: address key → date of a proven opt-in.
    `confirmed`: address key → name of who said that it stays mailable; only for an address with a later, dated
    opt-in, and never for a person that the account itself suppresses. Raises BadInput otherwise.
    """
    holders = _holders(persons)
    names: dict[str, list[str]] = defaultdict(list)
    for name in sorted(people):
        for key in people[name]:
            names[key].append(name)
    decisions = []
    for key, entry in ledger.entries.items():
        held = holders.get(key, [])
        conflicts = _conflicts(entry, held, time_of, our_writes or {}, opt_ins or {})
        outcome = FLAG if held or names.get(key) else NO_PERSON
        if key in (confirmed or {}) and not _said_again(entry, opt_ins or {}):
            outcome = _mailable(entry, held, conflicts)
        found = tuple(int(p["id"]) for p in held)
        decisions.append(
            Decision(
                key, entry.address, status_text(entry.lists), entry.reasons, entry.date, found,
                tuple(dict.fromkeys(names.get(key, ()))), conflicts, outcome,
            )
        )  # fmt: skip
    return decisions


def _holders(persons: Iterable[Record]) -> Mapping[str, list[Record]]:
    """Ledger key → the persons of the account that it concerns, by id."""
    holders: dict[str, list[Record]] = defaultdict(list)
    for person in sorted(persons, key=lambda p: int(p["id"])):
        for key in dict.fromkeys([*addresses_of(person), *(f"id:{i}" for i in source_ids(person))]):
            holders[key].append(person)
    return holders


def opt_ins(contacts: Iterable[Row], when: When) -> dict[str, date]:
    """Address key → the latest opt-in date that a contact gives."""
    found: dict[str, date] = {}
    for row in contacts:
        if row.get("opt_in_date") and (time := when(row, "opt_in_date")):
            for key in map(email_key, emails_in(row.get("email", ""))):
                found[key] = max(found.get(key, date.min), time.date())
    return found


def without(ledger: Ledger, decisions: Iterable[Decision]) -> Ledger:
    """The ledger without the addresses that a person confirmed as mailable."""
    out = {d.key for d in decisions if d.outcome.startswith("mailable")}
    return Ledger({k: v for k, v in ledger.entries.items() if k not in out}, ledger.outcomes, ledger.unreadable)


def look_alikes(ledger: Ledger, addresses: Iterable[str]) -> list[tuple[str, str]]:
    """Addresses that differ from a suppressed one only by dots or a `+tag` before the `@`, and are not suppressed
    themselves: (address key, suppressed key), for review only; both stay as they are (failure case X23)."""
    bare: dict[str, list[str]] = defaultdict(list)
    for key in ledger.entries:
        if "@" in key:
            bare[_bare(key)].append(key)
    keys = sorted({key for address in addresses if (key := email_key(address))} - ledger.entries.keys())
    return [(key, other) for key in keys for other in bare.get(_bare(key), ())]


def _conflicts(
    entry: Suppression,
    held: Sequence[Record],
    time_of: Callable[[str], datetime | None],
    our_writes: Mapping[int, datetime],
    opt_ins: Mapping[str, date],
) -> tuple[str, ...]:
    found = set()
    for person in held:
        if person.get("marketing_status") == "subscribed":
            found.add(SUBSCRIBED)
        changed = time_of(str(person.get("update_time") or person.get("add_time") or ""))
        ours = our_writes.get(int(person["id"]), datetime.min.replace(tzinfo=UTC))
        if entry.date and changed and changed > ours and changed.date() > entry.date:
            found.add(EDITED)
    if _follows(entry, opt_ins):
        found.add(OPTED_IN)
    return tuple(sorted(found))


def _said_again(entry: Suppression, opt_ins: Mapping[str, date]) -> bool:
    """Whether there is an opt-out that no opt-in follows, beside one that was followed: what was confirmed before it
    came holds no more."""
    return bool(entry.date and opt_ins.get(entry.key, date.min) > entry.date) and not _follows(entry, opt_ins)


def _follows(entry: Suppression, opt_ins: Mapping[str, date]) -> bool:
    """Whether a dated opt-in is later than all that was said against mailing it."""
    return bool(entry.newest) and str(opt_ins.get(entry.key, date.min)) > entry.newest


def _mailable(entry: Suppression, held: Sequence[Record], conflicts: Sequence[str]) -> str:
    in_account = any(_known_status(str(p.get(STATUS) or "")) for p in held) or any(
        p.get("marketing_status") == "unsubscribed" for p in held
    )
    if OPTED_IN not in conflicts or in_account:
        why = "the account itself suppresses it" if in_account else "the source has no later, dated opt-in"
        raise BadInput(
            f"decisions/suppression.yaml: {entry.key} cannot be confirmed as mailable: {why}.\n"
            "Take it out of the decision; a suppression is never removed without a later, dated opt-in."
        )
    return "mailable, confirmed by a person"


def _known_status(text: str) -> str:
    folded = fold_text(text)
    if not folded or folded in NO_WORDS:
        return ""
    if folded.startswith(FOR_LISTS.strip()):
        names = text.partition(":")[2]
        return FOR_LISTS + names.strip() if names.strip() else SUPPRESSED
    return SUPPRESSED


def _reasons(value: Any) -> list[str]:
    parts = value if isinstance(value, (tuple, list)) else str(value or "").split(";")
    texts = [str(part).strip() for part in parts]
    return [fold_text(t) if fold_text(t) in REASONS else t for t in texts if t]


def _bare(key: str) -> str:
    local, _, domain = key.rpartition("@")
    return local.partition("+")[0].replace(".", "") + "@" + domain
