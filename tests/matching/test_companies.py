from __future__ import annotations

import pytest

from nrpd.matching import companies
from nrpd.matching.companies import collect
from nrpd.matching.rows import MERGED, TAKE
from tests.matching.helpers import rows, when


def company(company_id: str = "", name: str = "", domain: str = "", **cells: str) -> dict[str, str]:
    return {"company_id": company_id, "name": name, "domain": domain, **cells}


def names(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"company_id": c, "company_name": n} for c, n in pairs]


def kinds(found: companies.Companies) -> list[tuple[str, tuple[str, ...]]]:
    return [(q.kind, q.ids) for q in found.questions]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (company("1", "Acme"), TAKE),
        (company("", "Acme"), TAKE),
        (company("1", "A" * 255), TAKE),
        (company("1", "A" * 256), companies.LONG_NAME),
        (company("1"), TAKE),
        (company("", "", "acme.example"), TAKE),
        (company("1", "-"), companies.NO_COMPANY),
        (company("1", "-", city="Oslo"), TAKE),
        (company("1", "", "freemail.example"), companies.FREE_MAIL_COMPANY),
        (company("1", "", "freemail.example", phone="1"), TAKE),
        (company("", "", "freemail.example", phone="1"), companies.NO_KEY),
        (company("", "", "", phone="1"), companies.NO_KEY),
    ],
)
def test_bucket(row: dict[str, str], expected: tuple[str, str]) -> None:
    assert companies.bucket(row) == expected


def test_trailing_legal_forms_fold_and_the_newest_value_wins() -> None:
    found = collect(
        rows(
            "c.csv",
            company("1", "Acme Inc.", "acme.example", city="Oslo", updated_at="2023-01-01"),
            company("2", "ACME, Inc", "acme-shop.example", updated_at="2024-01-01"),
        ),
        [],
        when,
    )
    (one,) = found.companies
    assert (one.source_id, one.name, one.ids, one.values["city"]) == ("2", "ACME, Inc", ("2", "1"), "Oslo")
    assert one.values["company_id"] == "2; 1"
    assert found.outcomes == {("c.csv", 2): MERGED, ("c.csv", 3): TAKE}
    assert found.find("1") == found.find("2") == found.find("", "acme") == "2"
    assert kinds(found) == [(companies.DIFFERENT_DOMAINS, ("2", "1"))]


def test_different_legal_forms_stay_apart_and_are_asked() -> None:
    found = collect(
        rows("c.csv", company("1", "Acme Inc."), company("2", "Acme GmbH")),
        names(("", "Acme"), ("", "acme gmbh")),
        when,
    )
    assert [c.source_id for c in found.companies] == ["1", "2", "name:acme"]
    assert all(c.strict_form for c in found.companies)
    assert found.find("", "ACME GMBH") == "2"
    assert found.find("", "acme") == "name:acme"
    assert kinds(found) == [(companies.DIFFERENT_FORMS, ("1", "2", "name:acme"))]


def test_unlike_names_on_one_domain_are_a_question_not_a_merge() -> None:
    found = collect(
        rows(
            "c.csv",
            company("1", "Acme", "acme.example"),
            company("2", "Bolt", "www.acme.example"),
            company("3", "", "acme.example"),
            company("4", "", "acme.example"),
            company("", "", "acme.example"),
            company("", "", "acme.example", phone="1"),
        ),
        [],
        when,
    )  # fmt: skip
    assert [c.name for c in found.companies] == [
        "Acme",
        "Bolt",
        *(f"Unnamed company (Net-Results {i})" for i in (3, 4, "acme.example")),
    ]
    assert (companies.SHARED_DOMAIN, ("1", "2", "3", "4", "domain:acme.example")) in kinds(found)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([company("3", "", "acme.example")], [("3", "acme.example", False)]),
        ([company("3", "", "acme.example"), company("4", "", "acme.example")], [("4", "acme.example", False)]),
        ([company("1", "Acme", "acme.example"), company("3", "", "acme.example")], [("3", "Acme", False)]),
        ([company("12")], [("12", "Unnamed company (Net-Results 12)", True)]),
        ([company("12", "-", city="Oslo")], [("12", "Unnamed company (Net-Results 12)", True)]),
        ([company("", "", "acme.example")], [("domain:acme.example", "acme.example", False)]),
        ([company("", "Acme Ltd")], [("name:acme", "Acme Ltd", False)]),
        ([company("12", "", "freemail.example", phone="1")], [("12", "Unnamed company (Net-Results 12)", True)]),
    ],
)
def test_nameless_companies(records: list[dict[str, str]], expected: list[tuple[str, str, bool]]) -> None:
    found = collect(rows("c.csv", *records), [], when)
    assert [(c.source_id, c.name, c.placeholder) for c in found.companies] == expected


def test_contacts_that_name_a_company_without_record_get_one_organization_per_folded_name() -> None:
    contacts = names(("", "Bolt Ltd"), ("", "BOLT"), ("", "BOLT"), ("", "-"), ("", " "), ("77", "Bolt"), ("78", ""))
    found = collect([], contacts, when)
    assert [(c.source_id, c.name) for c in found.companies] == [("name:bolt", "BOLT")]
    assert [found.company_of(c) for c in contacts] == ["name:bolt"] * 3 + [None, None, "name:bolt", None]
    assert kinds(found) == [(companies.UNKNOWN_ID, ("77",)), (companies.UNKNOWN_ID, ("78",))]


def test_free_mail_users_never_make_a_company() -> None:
    contacts = [{"email": f"{n}@freemail.example", "company_name": ""} for n in "abc"]
    assert collect([], contacts, when).companies == []


def test_a_renamed_record_keeps_its_old_name_for_contacts() -> None:
    records = rows(
        "c.csv",
        company("1", "Old Name", updated_at="2020-01-01"),
        company("1", "New Name", updated_at="2024-01-01"),
        company("2", "Old Name Corp"),
    )
    found = collect(records[:2], names(("", "Old Name")), when)
    assert [(c.source_id, c.name) for c in found.companies] == [("1", "New Name")]
    assert found.find("", "old name") == "1"
    both = collect(records, [], when)
    assert [(c.source_id, c.name) for c in both.companies] == [("1", "New Name"), ("2", "Old Name Corp")]
    assert both.find("", "old name") == "2"


def test_parents_become_relationships() -> None:
    found = collect(
        rows(
            "c.csv",
            company("1", "Acme"),
            company("2", "Bolt", parent_company="ACME"),
            company("3", "Cog", parent_company="1"),
            company("4", "Dot", parent_company="Dot"),
            company("5", "Elm", parent_company="Holding AG"),
            company("6", "Fir", parent_company="-"),
        ),
        [],
        when,
    )
    assert found.relationships == [("1", "2"), ("1", "3"), ("name:holding", "5")]
    assert (companies.OWN_PARENT, ("4",)) in kinds(found)
