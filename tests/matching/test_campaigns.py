from __future__ import annotations

import pytest

from nrpd.matching import campaigns
from nrpd.matching.campaigns import listing, place, read
from nrpd.matching.companies import collect as collect_companies
from nrpd.matching.contacts import collect as collect_contacts
from nrpd.matching.rows import MERGED, TAKE
from tests.matching.helpers import contact, rows, when

CONTACTS = collect_contacts(
    rows("c.csv", contact("1", "a@x.example", company_name="Acme"), contact("2", "b@x.example", first_name="Bo")), when
)
COMPANIES = collect_companies([], [p.values for p in CONTACTS.people], when)
OF_PERSON = {p.key: COMPANIES.company_of(p.values) for p in CONTACTS.people}
DEALS = [{"id": 5, "title": "Big Deal"}, {"id": 6, "title": "Twin"}, {"id": 7, "title": "twin"}]
RECORDS = [
    {"campaign_id": "10", "name": "Spring", "type": "Email", "start_date": "2024-03-01", "end_date": "2024-04-01"},
    {"campaign_id": "11", "name": "Summer", "status": "Done", "start_date": "2024-06-01"},
    {"campaign_id": "12", "name": "Undated"},
    {"campaign_id": "13", "name": "Twice"},
    {"campaign_id": "14", "name": "twice"},
    {"campaign_id": "15", "name": "Lonely"},
]


def placed(*members: dict[str, str]) -> campaigns.Campaigns:
    return place(
        rows("k.csv", *RECORDS),
        rows("m.csv", *members),
        when,
        person_of=CONTACTS.person_of,
        company_of_person=OF_PERSON.get,
        company_of=COMPANIES.company_of,
        deals=DEALS,
    )


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ({"campaign_id": "10", "contact_id": "1"}, TAKE),
        ({"campaign_name": "SPRING", "email": "A@x.example"}, TAKE),
        ({"campaign_name": "Only here", "contact_id": "1"}, TAKE),
        ({"campaign_id": "10", "company_name": "ACME Inc"}, TAKE),
        ({"campaign_id": "10", "deal_id": "5"}, TAKE),
        ({"campaign_id": "10", "deal_title": "big deal"}, TAKE),
        ({"campaign_id": "10", "contact_id": "99", "deal_id": "5"}, TAKE),
        ({"campaign_id": "10", "contact_id": "2"}, campaigns.NO_COMPANY),
        ({"campaign_id": "10", "contact_id": "99"}, campaigns.UNKNOWN_CONTACT),
        ({"campaign_id": "10", "company_name": "Bolt"}, campaigns.UNKNOWN_COMPANY),
        ({"campaign_id": "10", "deal_id": "99"}, campaigns.UNKNOWN_DEAL),
        ({"campaign_id": "10", "deal_title": "Twin"}, campaigns.AMBIGUOUS_DEAL),
        ({"campaign_id": "10"}, campaigns.NOBODY),
        ({"campaign_id": "99", "contact_id": "1"}, campaigns.UNKNOWN_CAMPAIGN),
        ({"campaign_name": "Twice", "contact_id": "1"}, campaigns.AMBIGUOUS_NAME),
        ({"contact_id": "1"}, campaigns.UNKNOWN_CAMPAIGN),
    ],
)
def test_every_member_has_its_bucket(member: dict[str, str], expected: tuple[str, str]) -> None:
    found = placed(member)
    assert found.member_outcomes == {("m.csv", 2): expected}
    assert len(found.memberships) == (expected == TAKE)


def test_an_organization_has_its_latest_campaign_and_the_whole_list() -> None:
    found = placed(
        {"campaign_id": "12", "contact_id": "1"},
        {"campaign_id": "10", "contact_id": "1", "deal_id": "5"},
        {"campaign_id": "11", "company_name": "Acme"},
        {"campaign_id": "11", "contact_id": "1"},
    )
    own = found.of_organizations["name:acme"]
    assert [c.name for c in own] == ["Summer", "Spring", "Undated"]
    assert listing(own) == "Summer (Done, 2024-06-01)\nSpring (Email, 2024-03-01 to 2024-04-01)\nUndated"
    assert [c.name for c in found.of_deals[5]] == ["Spring"]
    assert list(found.outcomes.values()) == [TAKE, TAKE, TAKE, *[campaigns.UNPLACED] * 3]
    assert found.name_of("10") == "Spring"
    assert found.name_of("99") == "99"


def test_campaign_rows_of_one_id_fold() -> None:
    found = read(
        rows(
            "k.csv",
            {"campaign_id": "10", "name": "Old", "status": "Draft", "updated_at": "2023-01-01"},
            {"campaign_id": "10", "name": "New", "status": "", "updated_at": "2024-01-01"},
            {"campaign_id": "", "name": "Nameonly"},
            {"campaign_id": "", "name": " "},
        ),
        when,
    )
    assert {k: (c.name, c.values.get("status")) for k, c in found.campaigns.items()} == {
        "10": ("New", "Draft"),
        "name:nameonly": ("Nameonly", None),
    }
    assert list(found.outcomes.values()) == [MERGED, TAKE, TAKE, campaigns.NO_NAME]
