"""Laws that hold for every source and every account (Hypothesis)."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.matching import campaigns, companies, contacts, sends
from nrpd.matching.duplicates import addresses_of, unite
from nrpd.matching.organizations import match_organizations
from nrpd.matching.rows import where
from nrpd.matching.standing import STATUS, decide, person_suppression, strictest
from nrpd.matching.suppression import ledger
from tests.matching.helpers import time_of, when

LOCALS = ["a", "b", "c", "A", "d"]
ADDRESSES = st.sampled_from(["", "nobody", *[f"{n}@x.example" for n in LOCALS], "a@x.example; b@x.example"])
DAYS = st.sampled_from(["", "2023-01-01", "2024-01-01", "2024-02-02"])
FLAGS = st.sampled_from(["", "no", "yes", "what"])
NAMES = st.sampled_from(["", "-", "Acme", "ACME Inc.", "Acme GmbH", "Bolt", "bolt ltd"])
CONTACT = st.fixed_dictionaries(
    {
        "contact_id": st.sampled_from(["", "1", "2", "3", "4", "5"]),
        "email": ADDRESSES,
        "first_name": st.sampled_from(["", "Kim", "Lee"]),
        "city": st.sampled_from(["", "Oslo", "Bern"]),
        "lists": st.sampled_from(["", "News", "Fair;News"]),
        "company_id": st.sampled_from(["", "-", "1", "2", "9"]),
        "company_name": NAMES,
        "updated_at": DAYS,
        "created_at": DAYS,
        "unsubscribed": FLAGS,
        "consent": FLAGS,
    }
)
COMPANY = st.fixed_dictionaries(
    {
        "company_id": st.sampled_from(["", "1", "2", "3"]),
        "name": NAMES,
        "domain": st.sampled_from(["", "acme.example", "bolt.example", "freemail.example"]),
        "parent_company": NAMES,
        "updated_at": DAYS,
    }
)
SUPPRESSION = st.fixed_dictionaries(
    {
        "email": ADDRESSES,
        "reason": st.sampled_from(["", "bounced", "spam"]),
        "date": DAYS,
        "list": st.sampled_from(["", "News", "Fair"]),
    }
)
SEND = st.fixed_dictionaries(
    {
        "send_id": st.sampled_from(["", "", "1", "2"]),
        "contact_id": st.sampled_from(["", "1", "2"]),
        "email": ADDRESSES,
        "subject": st.sampled_from(["Hi", "Yo"]),
        "sent_at": DAYS,
        "event": st.sampled_from(["", "sent", "opened", "clicked", "bounced", "delivered"]),
        "event_at": DAYS,
    }
)
MEMBER = st.fixed_dictionaries(
    {
        "campaign_id": st.sampled_from(["", "10", "11"]),
        "campaign_name": st.sampled_from(["", "Spring", "spring", "Fall"]),
        "contact_id": st.sampled_from(["", "1", "2"]),
        "company_name": NAMES,
        "deal_id": st.sampled_from(["", "5"]),
    }
)
PERSON = st.fixed_dictionaries(
    {
        "emails": st.lists(st.sampled_from([f"{n}@x.example" for n in "abcde"]), max_size=2, unique=True),
        "name": st.sampled_from(["Kim", "Lee", ""]),
        STATUS: st.sampled_from([None, "suppressed", "suppressed for lists: News"]),
        "Net-Results ID": st.sampled_from([None, "1", "2; 3"]),
    }
)
SEEDS = st.integers(0, 99)


def numbered(file: str, cells: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{**c, "row_file": file, "row_line": str(i)} for i, c in enumerate(cells, start=2)]


def shuffled(rows: list[dict[str, str]], seed: int) -> list[dict[str, str]]:
    """The same records in another order, as another export would have them: the lines are others too."""
    rows = [{c: v for c, v in row.items() if c not in ("row_file", "row_line")} for row in rows]
    random.Random(seed).shuffle(rows)
    return numbered("z.csv", rows)


def account(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {k: v for k, v in cell.items() if v is not None and k != "emails"}
        | {"id": i, "emails": tuple({"value": e, "primary": not n} for n, e in enumerate(cell["emails"]))}
        for i, cell in enumerate(cells, start=1)
    ]


def said(people: list[contacts.MergedContact]) -> list[Any]:
    return [(p.key, p.ids, p.addresses, dict(p.values), p.conflicts) for p in people]


@given(st.lists(CONTACT, max_size=9), SEEDS)
def test_contacts_do_not_depend_on_order_and_no_address_is_in_two_persons(
    cells: list[dict[str, str]], seed: int
) -> None:
    rows = numbered("a.csv", cells)
    found = contacts.collect(rows, when)
    again = contacts.collect(shuffled(rows, seed), when)
    assert said(found.people) == said(again.people)
    assert Counter(found.outcomes.values()) == Counter(again.outcomes.values())
    assert set(found.outcomes) == set(map(where, rows))
    assert sum(o == ("take", "") for o in found.outcomes.values()) == len(found.people)
    for keys in ([k for p in found.people for k in p.address_keys], [i for p in found.people for i in p.ids]):
        assert len(keys) == len(set(keys))
    assert sum(len(p.rows) for p in found.people) == sum(o[1] in ("", "merged") for o in found.outcomes.values())


@given(st.lists(COMPANY, max_size=7), st.lists(CONTACT, max_size=5), SEEDS)
def test_companies_do_not_depend_on_order_and_every_row_has_one_bucket(
    cells: list[dict[str, str]], people: list[dict[str, str]], seed: int
) -> None:
    rows = numbered("a.csv", cells)
    found = companies.collect(rows, people, when)
    again = companies.collect(shuffled(rows, seed), shuffled(people, seed), when)
    brief = [(c.source_id, c.name, c.ids, dict(c.values), c.placeholder, c.conflicts) for c in found.companies]
    assert brief == [(c.source_id, c.name, c.ids, dict(c.values), c.placeholder, c.conflicts) for c in again.companies]
    assert (found.questions, found.relationships) == (again.questions, again.relationships)
    assert [found.company_of(p) for p in people] == [again.company_of(p) for p in people]
    assert set(found.outcomes) == set(map(where, rows))
    assert len({c.source_id for c in found.companies}) == len(found.companies)
    assert sum(o == ("take", "") for o in found.outcomes.values()) == sum(bool(c.rows) for c in found.companies)
    known = {c.source_id for c in found.companies}
    assert {found.company_of(p) for p in people} - {None} <= known
    assert all(found.company_of(p) for p in people if p["company_name"] not in ("", "-"))


@given(st.lists(COMPANY, max_size=6), st.lists(NAMES.filter(bool), max_size=4), SEEDS)
def test_matching_organizations_twice_changes_nothing(cells: list[dict[str, str]], names: list[str], seed: int) -> None:
    found = companies.collect(numbered("a.csv", cells), [], when)
    orgs: list[dict[str, Any]] = [{"id": i, "name": n, "add_time": "2020"} for i, n in enumerate(names, start=1)]
    first = match_organizations(found.companies, orgs, {})
    assert first == match_organizations(random.Random(seed).sample(found.companies, len(found.companies)), orgs, {})
    taken = [m.organization_id for m in first if m.organization_id]
    assert len(taken) == len(set(taken))
    for company, match in zip(found.companies, first, strict=True):
        if match.organization_id is None:
            orgs.append({"id": len(orgs) + 1, "name": company.name})
        target = orgs[(match.organization_id or len(orgs)) - 1]
        target["Net-Results ID"] = "; ".join(company.ids)
    second = match_organizations(found.companies, orgs, {})
    assert all(m.reason == "source id" for m in second)
    for one, two in zip(first, second, strict=True):
        assert one.organization_id in (None, two.organization_id)


@given(st.lists(CONTACT, max_size=8), st.lists(PERSON, max_size=5), SEEDS)
def test_matching_persons_twice_changes_nothing(
    cells: list[dict[str, str]], held: list[dict[str, Any]], seed: int
) -> None:
    found = contacts.collect(numbered("a.csv", cells), when)
    persons = account(held)
    people, matches = unite(found.people, persons, {}, partial(contacts.remerge, when=when))
    shuffled_persons = random.Random(seed).sample(persons, len(persons))
    assert said(people) == said(unite(found.people, shuffled_persons, {}, partial(contacts.remerge, when=when))[0])
    taken = [m.person_id for m in matches if m.person_id]
    assert len(taken) == len(set(taken))
    keys = [k for p in people for k in p.address_keys]
    assert len(keys) == len(set(keys))
    linked: dict[str, int] = {}
    for person, match in zip(people, matches, strict=True):
        number = match.person_id or max([p["id"] for p in persons], default=0) + 1
        if match.person_id is None:
            persons.append({"id": number, "emails": (), "add_time": "2025"})
        target = next(p for p in persons if p["id"] == number)
        new = [a for a in person.addresses if a not in match.withheld]
        target["emails"] = (*target["emails"], *({"value": a} for a in new))
        linked.update(dict.fromkeys(person.ids, number))
    again, second = unite(found.people, persons, linked, partial(contacts.remerge, when=when))
    assert said(again) == said(people)
    assert all(m.person_id for m, p in zip(second, again, strict=True) if p.ids or p.addresses)
    for one, two in zip(matches, second, strict=True):
        assert one.person_id in (None, two.person_id)


@given(st.lists(CONTACT, max_size=6), st.lists(SUPPRESSION, max_size=5), st.lists(PERSON, max_size=4), SEEDS)
def test_suppressed_before_means_suppressed_after(
    cells: list[dict[str, str]], listed: list[dict[str, str]], held: list[dict[str, Any]], seed: int
) -> None:
    source, files, persons = numbered("a.csv", cells), numbered("s.csv", listed), account(held)
    book = ledger(files, source, when)
    again = ledger(shuffled(files, seed), shuffled(source, seed), when)
    brief = {k: (s.reasons, s.date, s.lists, s.address) for k, s in book.entries.items()}
    assert brief == {k: (s.reasons, s.date, s.lists, s.address) for k, s in again.entries.items()}
    assert set(book.outcomes) == set(map(where, files))
    found = contacts.collect(source, when)
    for row in source:
        if row["unsubscribed"] in ("yes", "what") or row["consent"] in ("no", "what"):
            key = found.by_id.get(row["contact_id"]) or found.person_of(row)
            if person := next((p for p in found.people if p.key == key), None):
                assert person_suppression(person.addresses, book, person.ids)[STATUS] == "suppressed"
    people = {p.key: {*p.address_keys, *(f"id:{i}" for i in p.ids)} for p in found.people}
    decisions = decide(book, persons, people, time_of=time_of)
    assert [d.key for d in decisions] == list(book.entries)
    for person in persons:
        ours = person_suppression(addresses_of(person), book)
        after = strictest(person, ours)
        assert bool(after) == bool(ours or person.get(STATUS))
        if "suppressed" in (ours.get(STATUS), person.get(STATUS)):
            assert after[STATUS] == "suppressed"
        assert strictest(after, ours) == strictest(after, {}) == after


@given(st.lists(SEND, max_size=9), SEEDS)
def test_sends_do_not_depend_on_order_and_every_row_has_one_bucket(cells: list[dict[str, str]], seed: int) -> None:
    known = [{"contact_id": "1", "email": "a@x.example"}, {"contact_id": "2", "email": "b@x.example"}]
    found = contacts.collect(numbered("c.csv", known), when)
    rows = numbered("e.csv", cells)
    folded = sends.fold(rows, when, found.person_of)
    again = sends.fold(shuffled(rows, seed), when, found.person_of)
    brief = [(s.send_id, s.key, s.status, s.sent_at, s.opened_at) for s in folded.sends]
    assert brief == [(s.send_id, s.key, s.status, s.sent_at, s.opened_at) for s in again.sends]
    assert len({s.send_id for s in folded.sends}) == len(folded.sends)
    assert set(folded.outcomes) == set(map(where, rows))
    assert sum(o == ("take", "") for o in folded.outcomes.values()) == len(folded.sends)
    for send in folded.sends:
        assert sends.parse_note(sends.note(send))["Net-Results send ID"] == send.send_id


@settings(max_examples=50)
@given(st.lists(MEMBER, max_size=6), SEEDS)
def test_campaigns_do_not_depend_on_order_and_every_row_has_one_bucket(cells: list[dict[str, str]], seed: int) -> None:
    records = numbered("k.csv", [{"campaign_id": "10", "name": "Spring", "start_date": "2024-01-01"}])
    found = companies.collect([], [{"company_name": "Acme"}], when)

    def placed(members: list[dict[str, str]]) -> campaigns.Campaigns:
        return campaigns.place(
            records,
            members,
            when,
            person_of=lambda row: row["contact_id"] or None,
            company_of_person={"1": "name:acme"}.get,
            company_of=found.company_of,
            deals=[{"id": 5, "title": "x"}],
        )

    rows = numbered("m.csv", cells)
    one, two = placed(rows), placed(shuffled(rows, seed))
    assert (one.of_organizations, one.of_deals) == (two.of_organizations, two.of_deals)
    assert set(one.member_outcomes) == set(map(where, rows))
    assert Counter(one.member_outcomes.values()) == Counter(two.member_outcomes.values())
