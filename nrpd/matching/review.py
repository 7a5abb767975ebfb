"""Who is who in the account, where a person must say so: the questions of 05_suppression, and their answers.

A contact goes to review where several persons of the account fit it, or where the one with its address has another
name; a company where several organizations fit, or where one looks alike without being taken (design.md, "Gates").
The answers stand with those of the suppression gate, under `contact <key>` and `company <source id>`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nrpd.errors import BadInput
from nrpd.matching.companies import Company
from nrpd.matching.contacts import MergedContact
from nrpd.matching.duplicates import PersonMatch, Record, addresses_of, name_differs
from nrpd.matching.organizations import NEW, OrganizationMatch, review_key
from nrpd.matching.rows import Outcome

AS_PROPOSED, KEEP_OUT = "as proposed", "keep out"
KEPT_OUT: Outcome = ("quarantined", "kept out in 05_suppression: it is open who this is in the account")
OPEN = ("source id", "address")
"""Reasons of a match that was not made by the journal: it can still be decided."""


@dataclass(frozen=True)
class Review:
    """One question. `answers`: what can be decided, each with its words; the first one stands without a decision."""

    key: str
    title: str
    why: str
    answers: tuple[tuple[str, str], ...]


def contact_key(match: PersonMatch) -> str:
    """Under which the answer about a contact stands."""
    return f"contact {match.key}"


def persons_to_review(
    people: Iterable[MergedContact], matches: Iterable[PersonMatch], persons: Mapping[int, Record]
) -> list[Review]:
    """The questions about contacts, in the order of the matches. `persons`: id → person of the account."""
    names = {person.key: person for person in people}
    found = []
    for match in matches:
        if match.person_id is None or not match.review or match.reason not in OPEN:
            continue
        contact = names[match.key]
        ids = match.candidates or (match.person_id,)
        several = len(ids) > 1
        why = f"{len(ids)} persons of the account fit" if several else "the person with this address has another name"
        proposed = f"as proposed: it is {_called(match.person_id, persons)}"
        others = tuple((str(i), f"it is {_called(i, persons)}") for i in ids if i != match.person_id)
        out = (KEEP_OUT, "keep the contact out; it goes to reports/quarantine")
        title = f"{contact.name or match.key} <{'; '.join(contact.addresses)}>"
        found.append(Review(contact_key(match), title, why, ((AS_PROPOSED, proposed), *others, out)))
    return found


def companies_to_review(
    companies: Iterable[Company], matches: Iterable[OrganizationMatch], organizations: Mapping[int, Record]
) -> list[Review]:
    """The questions about companies, in the order of the matches. `organizations`: id → organization of the account."""
    names = {company.source_id: company.name for company in companies}
    found = []
    for match in matches:
        alike = match.candidates or match.questions
        if not alike or match.reason in ("linked", "gone"):
            continue
        answers = [(str(i), f"it is {_called(i, organizations)}") for i in alike if i != match.organization_id]
        if match.organization_id is None:
            why = "an organization of the account looks alike"
            proposed = "as proposed: make a new organization"
        else:
            why = f"{len(alike)} organizations of the account fit"
            proposed = f"as proposed: it is {_called(match.organization_id, organizations)}"
            answers.append((NEW, "make a new organization"))
        key, title = review_key(match.source_id), names[match.source_id]
        found.append(Review(key, title, why, ((AS_PROPOSED, proposed), *answers)))
    return found


def _called(number: int, records: Mapping[int, Record]) -> str:
    return f"{records[number].get('name') or 'without a name'} (#{number})"


def choose_persons(
    people: Sequence[MergedContact],
    matches: Sequence[PersonMatch],
    persons: Iterable[Record],
    decided: Mapping[str, str],
) -> tuple[list[MergedContact], list[PersonMatch], list[MergedContact]]:
    """People and matches as they were decided, and those that are kept out. `decided`: key → answer.

    Raises BadInput for an answer that is none of the contact's, or that makes two contacts one person.
    """
    asked = {m.key: decided[contact_key(m)] for m in matches if m.reason in OPEN and contact_key(m) in decided}
    asked = {key: answer for key, answer in asked.items() if answer != AS_PROPOSED}
    if not asked:
        return list(people), list(matches), []
    contacts = {person.key: person for person in people}
    wanted = {i for m in matches if m.key in asked for i in m.candidates}
    held = {int(p["id"]): p for p in persons if int(p["id"]) in wanted}
    out = {key for key, answer in asked.items() if answer == KEEP_OUT}
    chosen = [
        _chosen(m, asked[m.key], contacts[m.key], held) if m.key in asked else m for m in matches if m.key not in out
    ]
    twice = [i for i, n in Counter(m.person_id for m in chosen if m.person_id is not None).items() if n > 1]
    if twice:
        keys = ", ".join(contact_key(m) for m in chosen if m.person_id == twice[0])
        raise BadInput(f"decisions/suppression.yaml: {keys} cannot all be person {twice[0]}; decide otherwise for one")
    return [p for p in people if p.key not in out], chosen, [contacts[key] for key in sorted(out)]


def _chosen(match: PersonMatch, answer: str, contact: MergedContact, held: Mapping[int, Record]) -> PersonMatch:
    number = next((i for i in match.candidates if str(i) == answer), None)
    if number is None or number not in held:
        allowed = ", ".join([AS_PROPOSED, *map(str, match.candidates), KEEP_OUT])
        raise BadInput(f"decisions/suppression.yaml: {contact_key(match)}: {answer!r} is none of {allowed}")
    own = set(addresses_of(held[number]))
    others = {key for i in match.candidates if i in held and i != number for key in addresses_of(held[i])} - own
    withheld = tuple(a for a, key in zip(contact.addresses, contact.address_keys, strict=True) if key in others)
    name = str(held[number].get("name") or "")
    return replace(
        match, person_id=number, withheld=withheld, account_name=name, name_differs=name_differs(contact, name)
    )
