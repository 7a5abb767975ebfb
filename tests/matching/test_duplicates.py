from __future__ import annotations

from functools import partial

import pytest

from nrpd.matching.contacts import merge, remerge
from nrpd.matching.duplicates import match_persons, unite
from tests.matching.helpers import contact, person, rows, when

KIM = contact("1", "kim@acme.example; k@acme.example", first_name="Kim", last_name="Lee")


@pytest.mark.parametrize(
    ("persons", "linked", "expected"),
    [
        ([], {}, (None, "new", (), False)),
        ([person(7, "KIM@acme.example", name="Kim Lee")], {}, (7, "address", (), False)),
        ([person(7, "x@x.example", "k@ACME.example", name="kim  lee")], {}, (7, "address", (), False)),
        ([person(7, "kim@acme.example", name="Kim M. Lee")], {}, (7, "address", (), True)),
        ([person(7, name="Kim Lee")], {}, (None, "new", (), False)),
        ([person(9, "kim@acme.example"), person(8, "k@acme.example")], {}, (8, "address", (8, 9), True)),
        ([person(7, "x@x.example", **{"Net-Results ID": "5; 1"}, name="Kim Lee")], {}, (7, "source id", (), False)),
        ([person(7, "x@x.example", name="Kim Lee")], {"1": 7}, (7, "linked", (), False)),
        ([person(7, "x@x.example"), person(2, "kim@acme.example")], {"1": 7}, (7, "linked", (7, 2), True)),
        ([person(7, "kim@acme.example", name="Kim Lee")], {"1": 501}, (7, "address", (), False)),
        ([person(7, "x@x.example")], {"1": 501}, (None, "gone", (), False)),
    ],
)
def test_one_contact(
    persons: list[dict[str, object]], linked: dict[str, int], expected: tuple[int | None, str, tuple[int, ...], bool]
) -> None:
    (match,) = match_persons(merge(rows("a.csv", KIM), when), persons, linked)
    assert (match.person_id, match.reason, match.candidates, match.name_differs) == expected


def test_contacts_without_email_match_by_source_id_only() -> None:
    merged = merge(rows("a.csv", contact("1", "", first_name="Ann"), contact("2", "", first_name="Bob")), when)
    persons = [person(7, name="Ann"), person(8, name="Robert", **{"Net-Results ID": "2"})]
    assert [(m.key, m.person_id, m.reason) for m in match_persons(merged, persons, {})] == [
        ("id:1", None, "new"),
        ("id:2", 8, "source id"),
    ]


def test_an_address_of_another_person_is_withheld() -> None:
    persons = [person(1, "kim@acme.example"), person(2, "k@acme.example")]
    (match,) = match_persons(merge(rows("a.csv", KIM), when), persons, {})
    assert (match.person_id, match.withheld) == (1, ("k@acme.example",))


def test_contacts_that_are_one_person_in_the_account_are_written_once() -> None:
    merged = merge(
        rows(
            "a.csv",
            contact("1", "a@x.example", updated_at="2023-01-01"),
            contact("2", "b@x.example", updated_at="2024-01-01"),
            contact("3", "c@x.example"),
        ),
        when,
    )
    people, matches = unite(merged, [person(7, "a@x.example", "b@x.example")], {}, partial(remerge, when=when))
    assert [(p.key, p.ids) for p in people] == [("b@x.example", ("2", "1")), ("c@x.example", ("3",))]
    assert [(m.key, m.person_id) for m in matches] == [("b@x.example", 7), ("c@x.example", None)]
