"""Source persons against the persons of the account: who is there already.

The account was read once, as lists of canonical records (`pipedrive/records.py`) with their `id`. A match is made by
the link in the journal, then by the source id that a person carries, then by any equal address; never by a name.
Persons of the account are never merged, whatever they share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nrpd.matching.contacts import MergedContact
from nrpd.matching.rows import fold_text
from nrpd.netresults.records import email_key
from nrpd.pipedrive.records import SOURCE_ID_FIELD

Record = Mapping[str, Any]


@dataclass(frozen=True)
class PersonMatch:
    """What one source person is in the account."""

    key: str
    person_id: int | None
    reason: str
    """`linked` (journal), `source id`, `address`, `new`, or `gone`: the journal's person is not in the account any
    more and nobody carries its id or an address of it; a person must decide, it is not made again (case P22)."""
    candidates: tuple[int, ...] = ()
    """All persons that fit, oldest first, where there are several; the oldest was taken. Goes to the review queue."""
    name_differs: bool = False
    account_name: str = ""
    withheld: tuple[str, ...] = ()
    """Addresses of the source person that another person of the account holds: not to be written to this one."""

    @property
    def review(self) -> bool:
        """Whether a person should look: several candidates, another name, or a linked person that is gone."""
        return len(self.candidates) > 1 or self.name_differs or self.reason == "gone"


def age_of(record: Record) -> tuple[str, int]:
    """Sort key of a record of the account: oldest first, then the lower id."""
    return str(record.get("add_time") or "9999"), int(record["id"])


def source_ids(record: Record) -> tuple[str, ...]:
    """The source ids that a record of the account carries in `Net-Results ID`."""
    return tuple(i for part in str(record.get(SOURCE_ID_FIELD) or "").split(";") if (i := part.strip()))


def addresses_of(person: Record) -> tuple[str, ...]:
    """Keys of all addresses of a person of the account."""
    keys = (email_key(str(entry.get("value") or "")) for entry in person.get("emails") or ())
    return tuple(dict.fromkeys(k for k in keys if k))


def channel_key(name: str, entry: Record) -> str:
    """What an entry of `emails` or `phones` is known by: the address's key, the digits of a phone."""
    text = str(entry.get("value") or "")
    if name == "emails":
        return email_key(text) or text
    return "".join(c for c in text if c.isdigit()) or text


def match_persons(
    merged: Iterable[MergedContact], persons: Sequence[Record], linked: Mapping[str, int]
) -> list[PersonMatch]:
    """One match per source person, sorted by key. `linked`: source id → person id, from the journal.

    Two source persons may get the same person (an account person with both their addresses): `unite` makes them one.
    """
    by_id = {int(p["id"]): p for p in persons}
    by_source: dict[str, set[int]] = defaultdict(set)
    by_address: dict[str, set[int]] = defaultdict(set)
    for person in persons:
        for source_id in source_ids(person):
            by_source[source_id].add(int(person["id"]))
        for address in addresses_of(person):
            by_address[address].add(int(person["id"]))

    def one(contact: MergedContact) -> PersonMatch:
        wanted = {linked[i] for i in contact.ids if i in linked}
        holders = {i for key in contact.address_keys for i in by_address.get(key, ())}
        found = (
            ("linked", wanted & by_id.keys()),
            ("source id", {i for s in contact.ids for i in by_source.get(s, ())}),
            ("address", holders),
        )
        reason, ids = next(((r, ids) for r, ids in found if ids), ("gone" if wanted else "new", set[int]()))
        ordered = sorted(ids | (holders if ids else set()), key=lambda i: (i not in ids, age_of(by_id[i])))
        if not ordered:
            return PersonMatch(contact.key, None, reason)
        withheld = _withheld(contact, ordered[0], by_address)
        name = str(by_id[ordered[0]].get("name") or "")
        candidates = tuple(ordered) if len(ordered) > 1 else ()
        return PersonMatch(contact.key, ordered[0], reason, candidates, name_differs(contact, name), name, withheld)

    return sorted((one(contact) for contact in merged), key=lambda m: m.key)


def _withheld(contact: MergedContact, person_id: int, by_address: Mapping[str, set[int]]) -> tuple[str, ...]:
    held = {key for key in contact.address_keys if by_address.get(key) and person_id not in by_address[key]}
    return tuple(a for a, key in zip(contact.addresses, contact.address_keys, strict=True) if key in held)


def name_differs(contact: MergedContact, name: str) -> bool:
    """Whether a person of the account is called otherwise than the contact; one without a name is not."""
    return bool(contact.name) and fold_text(name) != fold_text(contact.name)


def unite(
    merged: Sequence[MergedContact],
    persons: Sequence[Record],
    linked: Mapping[str, int],
    remerge: Callable[[Sequence[MergedContact]], MergedContact],
) -> tuple[list[MergedContact], list[PersonMatch]]:
    """Matches, and makes those source persons one that are one person in the account, so that it is written once.

    `remerge`: contacts.remerge with its other arguments filled in. The matches of a united person keep all candidates.
    """
    people = {contact.key: contact for contact in merged}
    groups: dict[int, list[PersonMatch]] = defaultdict(list)
    result: list[tuple[MergedContact, PersonMatch]] = []
    for match in match_persons(merged, persons, linked):
        if match.person_id is None:
            result.append((people[match.key], match))
        else:
            groups[match.person_id].append(match)
    names = {int(p["id"]): str(p.get("name") or "") for p in persons}
    for person_id, matches in groups.items():
        if len(matches) == 1:
            result.append((people[matches[0].key], matches[0]))
            continue
        whole = remerge([people[m.key] for m in matches])
        result.append((whole, _joined(whole, person_id, matches, names[person_id])))
    result.sort(key=lambda pair: pair[0].key)
    return [contact for contact, _ in result], [match for _, match in result]


def _joined(whole: MergedContact, person_id: int, matches: Sequence[PersonMatch], name: str) -> PersonMatch:
    order = ("linked", "source id", "address")
    reason = min((m.reason for m in matches), key=order.index)
    others = sorted({i for m in matches for i in m.candidates} - {person_id})
    withheld = {a for m in matches for a in m.withheld}
    return replace(
        matches[0],
        key=whole.key,
        reason=reason,
        candidates=(person_id, *others) if others else (),
        name_differs=name_differs(whole, name),
        withheld=tuple(a for a in whole.addresses if a in withheld),
    )
