"""Who is who in the account, decided by people: the questions, and what their answers make of the matches."""

from __future__ import annotations

from typing import Any

import pytest

from nrpd.errors import BadInput
from nrpd.matching import companies as company_rules
from nrpd.matching import contacts
from nrpd.matching.duplicates import PersonMatch, match_persons
from nrpd.matching.organizations import match_organizations
from nrpd.matching.review import AS_PROPOSED, KEEP_OUT, choose_persons, companies_to_review, persons_to_review
from tests.matching.helpers import contact, person, rows, when

# Ada's two addresses belong to two persons of the account; Bo's person is called otherwise; Cy's fits.
PERSONS = [
    person(1, "ada@x.example", name="Ada Ames"),
    person(2, "ada2@x.example", name="Ada A."),
    person(3, "bo@x.example", name="Reception"),
    person(4, "cy@x.example", name="Cy Coe"),
]
SOURCE = [
    contact("10", "ada@x.example; ada2@x.example", first_name="Ada", last_name="Ames"),
    contact("11", "bo@x.example", first_name="Bo", last_name="Bell"),
    contact("12", "cy@x.example", first_name="Cy", last_name="Coe"),
    contact("13", "new@x.example", first_name="Di", last_name="Dorn"),
]


def proposal(linked: dict[str, int] | None = None) -> tuple[list[contacts.MergedContact], list[PersonMatch]]:
    people = contacts.merge(rows("c.csv", *SOURCE), when)
    return people, match_persons(people, PERSONS, linked or {})


def by_id(records: Any) -> dict[int, Any]:
    return {int(record["id"]): record for record in records}


def test_several_candidates_and_another_name_are_asked_and_nothing_else() -> None:
    ada, bo = persons_to_review(*proposal(), by_id(PERSONS))
    assert (ada.key, ada.why) == ("contact ada@x.example", "2 persons of the account fit")
    assert [value for value, _ in ada.answers] == [AS_PROPOSED, "2", KEEP_OUT]
    assert "Ada Ames (#1)" in ada.answers[0][1]
    assert (bo.key, bo.why) == ("contact bo@x.example", "the person with this address has another name")
    assert [value for value, _ in bo.answers] == [AS_PROPOSED, KEEP_OUT]


def test_what_the_journal_links_is_not_asked_again() -> None:
    assert persons_to_review(*proposal({"10": 1, "11": 3}), by_id(PERSONS)) == []


@pytest.mark.parametrize(
    ("decided", "expected", "withheld"),
    [
        ({}, {"ada": 1, "bo": 3, "cy": 4, "new": None}, ("ada2@x.example",)),
        ({"contact ada@x.example": AS_PROPOSED}, {"ada": 1, "bo": 3, "cy": 4, "new": None}, ("ada2@x.example",)),
        ({"contact ada@x.example": "2"}, {"ada": 2, "bo": 3, "cy": 4, "new": None}, ("ada@x.example",)),
        ({"contact bo@x.example": KEEP_OUT}, {"ada": 1, "cy": 4, "new": None}, ("ada2@x.example",)),
        ({"contact gone@x.example": "7", "a@x.example": "suppress"}, {"ada": 1, "bo": 3, "cy": 4, "new": None},
         ("ada2@x.example",)),
    ],
)  # fmt: skip
def test_answers_make_the_match(
    decided: dict[str, str], expected: dict[str, int | None], withheld: tuple[str, ...]
) -> None:
    people, matches, out = choose_persons(*proposal(), PERSONS, decided)
    found = {match.key.split("@")[0]: match for match in matches}
    assert {key: match.person_id for key, match in found.items()} == expected
    assert found["ada"].withheld == withheld
    assert {p.key for p in people} == {m.key for m in matches}
    assert {p.key for p in people} | {p.key for p in out} == {p.key for p in proposal()[0]}


@pytest.mark.parametrize("answer", ["3", "x", ""])
def test_an_answer_that_is_none_is_refused_by_name(answer: str) -> None:
    with pytest.raises(BadInput, match=r"contact ada@x\.example: .* is none of as proposed, 1, 2, keep out"):
        choose_persons(*proposal(), PERSONS, {"contact ada@x.example": answer})


def test_two_contacts_cannot_be_said_to_be_one_person() -> None:
    people = contacts.merge(rows("c.csv", contact("1", "a@x.example; b@x.example"), contact("2", "c@x.example")), when)
    persons = [person(1, "a@x.example", "q@x.example"), person(2, "b@x.example", "c@x.example")]
    matches = match_persons(people, persons, {})
    with pytest.raises(BadInput, match="cannot all be person 2"):
        choose_persons(people, matches, persons, {"contact a@x.example": "2"})


ORGANIZATIONS = [
    {"id": 1, "name": "Birch", "add_time": "2020-01-01"},
    {"id": 2, "name": "Birch", "add_time": "2021-01-01"},
    {"id": 3, "name": "Other Name", "website": "elm.example", "add_time": "2021-01-01"},
]
COMPANIES = company_rules.collect(
    rows("a.csv", {"company_id": "5", "name": "Birch"}, {"company_id": "6", "name": "Elm", "domain": "elm.example"}),
    [],
    when,
).companies


def test_companies_that_several_fit_or_that_look_alike_are_asked() -> None:
    found = match_organizations(COMPANIES, ORGANIZATIONS, {})
    birch, elm = companies_to_review(COMPANIES, found, by_id(ORGANIZATIONS))
    assert (birch.key, [value for value, _ in birch.answers]) == ("company 5", [AS_PROPOSED, "2", "new"])
    assert (elm.key, [value for value, _ in elm.answers]) == ("company 6", [AS_PROPOSED, "3"])
    assert elm.answers[0][1] == "as proposed: make a new organization"
    assert companies_to_review(COMPANIES, match_organizations(COMPANIES, ORGANIZATIONS, {"5": 1, "6": 3}), {}) == []


@pytest.mark.parametrize(
    ("decided", "expected"),
    [
        ({}, {"5": 1, "6": None}),
        ({"company 5": AS_PROPOSED, "company 6": AS_PROPOSED}, {"5": 1, "6": None}),
        ({"company 5": "2"}, {"5": 2, "6": None}),
        ({"company 5": "new"}, {"5": None, "6": None}),
        ({"company 6": "3"}, {"5": 1, "6": 3}),
    ],
)
def test_answers_about_companies(decided: dict[str, str], expected: dict[str, int | None]) -> None:
    found = match_organizations(COMPANIES, ORGANIZATIONS, {}, decided)
    assert {m.source_id: m.organization_id for m in found} == expected


@pytest.mark.parametrize(
    ("decided", "why"),
    [({"company 5": "9"}, "not in the account"), ({"company 5": "2", "company 6": "2"}, "another company's already")],
)
def test_answers_about_companies_that_cannot_be(decided: dict[str, str], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        match_organizations(COMPANIES, ORGANIZATIONS, {}, decided)
