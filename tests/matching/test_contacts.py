from __future__ import annotations

import pytest

from nrpd.matching.contacts import ANONYMOUS, NO_IDENTITY, UNREADABLE, bucket, collect, merge
from nrpd.matching.rows import MERGED, TAKE
from tests.matching.helpers import contact, rows, when


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (contact("1", "kim@acme.example"), TAKE),
        (contact("1", "Kim <kim@acme.example>"), TAKE),
        (contact("1", "Lee, Kim <kim@acme.example>"), TAKE),
        (contact("1", "a@x.example; b@x.example"), TAKE),
        (contact("1", "a@x.example,"), TAKE),
        (contact("1", "pat.o'neil@x.example"), TAKE),
        (contact("1", "", first_name="Kim"), TAKE),
        (contact("1", "", work_phone="+1 303 555 0100"), TAKE),
        (contact("1", "kim at acme"), UNREADABLE),
        (contact("1", "a@x.example; nobody"), UNREADABLE),
        (contact("1", "", first_name="Kim", last_name="Null"), TAKE),
        (contact("1", "", title="CEO"), NO_IDENTITY),
        (contact("1", "", first_name="\u200b", last_name="  ", city="Oslo"), NO_IDENTITY),
        (contact("", "", unsubscribed="yes"), NO_IDENTITY),
        (contact("1", ""), ANONYMOUS),
        (contact("1", "", lead_score="12", created_at="2024-01-01"), ANONYMOUS),
        (contact("1", "", **{"First Visit": "2024-01-01", "IP Address": "192.0.2.1", "pageViews": "7"}), ANONYMOUS),
        (contact("1", "", company_name="-", unsubscribed="no"), ANONYMOUS),
        (contact("1", "", Birthday="0000-00-00"), ANONYMOUS),
        (contact("1", "", Shoe="42"), NO_IDENTITY),
        (contact("1", "", **{"Full Name": "Kim Lee"}), TAKE),
        (contact("1", "", **{"Full Name": " "}), ANONYMOUS),
    ],
)
def test_bucket(row: dict[str, str], expected: tuple[str, str]) -> None:
    assert bucket(row) == expected


def test_every_row_has_one_outcome_and_folded_rows_are_merged() -> None:
    found = collect(
        rows(
            "a.csv",
            contact("1", "kim@acme.example", updated_at="2024-01-01"),
            contact("2", "KIM@ACME.example", updated_at="2024-02-01"),
            contact("3", "", city="Oslo"),
            contact("4", ""),
            contact("5", "", work_phone="1"),
        ),
        when,
    )
    assert found.outcomes == {
        ("a.csv", 2): MERGED,
        ("a.csv", 3): TAKE,
        ("a.csv", 4): NO_IDENTITY,
        ("a.csv", 5): ANONYMOUS,
        ("a.csv", 6): TAKE,
    }
    assert [p.key for p in found.people] == ["id:5", "kim@acme.example"]


def test_newest_non_blank_value_wins_per_field() -> None:
    (person,) = merge(
        rows(
            "a.csv",
            contact("1", "kim@acme.example", first_name="Kim", city="Oslo", lists="News; Fair", created_at="2020-05-01",
                    updated_at="2023-01-01", unsubscribed="yes", consent="no"),
            contact("2", "Kim@Acme.example", first_name="Kimberly", city=" ", lists="Events;News",
                    created_at="2021-05-01",
                    updated_at="2024-01-01", unsubscribed="no", consent="yes", Birthday="0000-00-00"),
        ),
        when,
    )  # fmt: skip
    assert person.ids == ("2", "1")
    assert person.addresses == ("Kim@Acme.example",)
    assert person.values["contact_id"] == "2; 1"
    assert person.values["email"] == "Kim@Acme.example"
    assert person.values["first_name"] == "Kimberly"
    assert person.values["city"] == "Oslo"
    assert person.values["lists"] == "Events; News; Fair"
    assert person.values["created_at"] == "2020-05-01"
    assert person.values["updated_at"] == "2024-01-01"
    assert (person.values["unsubscribed"], person.values["consent"]) == ("yes", "no")
    assert "Birthday" not in person.values
    named = [(c.column, c.kept, c.other, c.ids) for c in person.conflicts if c.column == "first_name"]
    assert named == [("first_name", "Kimberly", "Kim", ("2", "1"))]


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        ({"updated_at": "2023-01-01"}, {"updated_at": "2024-01-01"}, "new"),
        ({"created_at": "2023-01-01"}, {"created_at": "2024-01-01"}, "new"),
        ({"updated_at": "2024-01-01", "created_at": "2020-01-01"},
         {"updated_at": "2024-01-01", "created_at": "2021-01-01"}, "new"),
        ({}, {"created_at": "2001-01-01"}, "new"),
        ({}, {}, "new"),  # the higher id is the newer one: 10 after 9
    ],
)  # fmt: skip
def test_what_newest_means(older: dict[str, str], newer: dict[str, str], expected: str) -> None:
    old = contact("9", "a@x.example", title="old", **older)
    new = contact("10", "a@x.example", title="new", **newer)
    assert merge(rows("a.csv", old, new), when)[0].values["title"] == expected
    assert merge(rows("a.csv", new, old), when)[0].values["title"] == expected


def test_addresses_chain_contacts_into_one_person_but_blanks_and_look_alikes_do_not() -> None:
    people = merge(
        rows(
            "a.csv",
            contact("1", "a@x.example"),
            contact("2", "a@x.example ::: b@x.example"),
            contact("3", "b@x.example"),
            contact("4", "", first_name="Ann"),
            contact("5", "", first_name="Ann"),
            contact("6", "kim.lee+news@corp.example"),
            contact("7", "kimlee@corp.example"),
        ),
        when,
    )
    assert [p.ids for p in people] == [("3", "2", "1"), ("4",), ("5",), ("6",), ("7",)]
    assert people[3].addresses == ("kim.lee+news@corp.example",)


def test_same_id_is_one_contact_and_rows_without_id_and_address_go_by_content() -> None:
    people = merge(
        rows(
            "a.csv",
            contact("1", "old@x.example", updated_at="2023-01-01"),
            contact("1", "new@x.example", updated_at="2024-01-01"),
            contact("", "", first_name="Ann"),
            contact("", "", first_name="Bob"),
        ),
        when,
    )
    assert sorted(len(p.rows) for p in people) == [1, 1, 2]
    assert next(p for p in people if p.ids).addresses == ("new@x.example", "old@x.example")


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        (("5", "Acme"), ("", "Beta"), ("", "Beta")),
        (("5", "Acme Inc."), ("", "ACME"), ("5", "ACME")),
        (("5", ""), ("", "Acme"), ("5", "Acme")),
        (("5", "Acme"), ("", "-"), ("5", "Acme")),
        (("", "-"), ("", "-"), ("", "")),
        (("5", "Acme"), ("6", "Beta"), ("6", "Beta")),
    ],
)
def test_company_id_and_name_stay_about_one_company(
    older: tuple[str, str], newer: tuple[str, str], expected: tuple[str, str]
) -> None:
    cells = [
        contact(str(i), "a@x.example", company_id=c, company_name=n, updated_at=f"202{i}-01-01")
        for i, (c, n) in enumerate((older, newer))
    ]
    (person,) = merge(rows("a.csv", *cells), when)
    assert (person.values.get("company_id", ""), person.values.get("company_name", "")) == expected


def test_find_by_id_then_by_address() -> None:
    found = collect(rows("a.csv", contact("1", "a@x.example"), contact("2", "b@x.example; c@x.example")), when)
    assert found.find("1", "b@x.example") == "a@x.example"
    assert found.find("99", "C@x.example") == "b@x.example"
    assert found.find("", "") is None
    assert found.person_of({"email": "nobody@x.example"}) is None
