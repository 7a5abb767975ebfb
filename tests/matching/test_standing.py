from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from nrpd.errors import BadInput
from nrpd.matching import standing
from nrpd.matching.standing import DATE, REASON, STATUS, decide, marketing_status, person_suppression, strictest
from nrpd.matching.suppression import Ledger, ledger
from tests.matching.helpers import contact, person, rows, time_of, when


def book(*cells: dict[str, str]) -> Ledger:
    return ledger(rows("s.csv", *cells), [], when)


def test_a_suppressed_address_anywhere_makes_the_person_suppressed() -> None:
    found = book({"email": "b@x.example", "reason": "spam", "date": "2024-05-01"})
    values = person_suppression(["a@x.example", "B@x.example"], found)
    assert values == {STATUS: "suppressed", REASON: "complaint", DATE: "2024-05-01"}
    assert person_suppression(["a@x.example"], found) == {}


def test_several_addresses_add_up() -> None:
    found = book(
        {"email": "a@x.example", "reason": "spam", "date": "2024-05-01", "list": "News"},
        {"email": "b@x.example", "reason": "bounced", "date": "2023-05-01", "list": "Fair"},
        {"email": "c@x.example", "reason": ""},
    )
    assert person_suppression(["a@x.example", "b@x.example"], found) == {
        STATUS: "suppressed for lists: Fair, News",
        REASON: "hard bounce; complaint",
        DATE: "2023-05-01",
    }
    assert person_suppression(["a@x.example", "c@x.example"], found)[STATUS] == "suppressed"
    assert person_suppression(["c@x.example"], found) == {STATUS: "suppressed", REASON: "unknown"}


@pytest.mark.parametrize(
    ("existing", "ours", "expected"),
    [
        ({}, {}, {}),
        ({STATUS: "suppressed"}, {}, {STATUS: "suppressed"}),
        ({}, {STATUS: "suppressed", REASON: "manual"}, {STATUS: "suppressed", REASON: "manual"}),
        ({STATUS: "suppressed for lists: A"}, {STATUS: "suppressed"}, {STATUS: "suppressed"}),
        ({STATUS: "suppressed"}, {STATUS: "suppressed for lists: A"}, {STATUS: "suppressed"}),
        (
            {STATUS: "suppressed for lists: B", REASON: "manual", DATE: "2020-01-01"},
            {STATUS: "suppressed for lists: A", REASON: "unsubscribe", DATE: "2024-01-01"},
            {STATUS: "suppressed for lists: A, B", REASON: "unsubscribe; manual", DATE: "2020-01-01"},
        ),
        ({STATUS: "suppressed for lists: Z, A news"}, {}, {STATUS: "suppressed for lists: Z, A news"}),
        ({STATUS: "Suppressed", REASON: ("Manual",)}, {}, {STATUS: "suppressed", REASON: "manual"}),
        ({STATUS: "blocked by Ann", REASON: "asked us"}, {}, {STATUS: "suppressed", REASON: "asked us"}),
        ({STATUS: "no"}, {}, {}),
    ],
)
def test_strictest_never_takes_away(
    existing: dict[str, object], ours: dict[str, str], expected: dict[str, str]
) -> None:
    assert strictest(existing, ours) == expected
    assert strictest(strictest(existing, ours), ours) == expected


def test_marketing_status_is_only_ever_unsubscribed() -> None:
    assert marketing_status({STATUS: "suppressed"}) == "unsubscribed"
    assert marketing_status({STATUS: "suppressed for lists: A"}) is None
    assert marketing_status({}) is None


SUPPRESSED = {"email": "a@x.example", "reason": "unsubscribe", "date": "2024-05-01"}


@pytest.mark.parametrize(
    ("fields", "our_writes", "conflicts"),
    [
        ({"update_time": "2024-04-30T00:00:00Z"}, {}, ()),
        ({"update_time": "2024-05-01T23:00:00Z"}, {}, ()),
        ({"update_time": "2024-06-01T00:00:00Z"}, {}, (standing.EDITED,)),
        ({"update_time": "2024-06-01T00:00:00Z"}, {7: datetime(2024, 6, 1, tzinfo=UTC)}, ()),
        ({"update_time": "2024-06-02T00:00:00Z"}, {7: datetime(2024, 6, 1, tzinfo=UTC)}, (standing.EDITED,)),
        ({"marketing_status": "subscribed"}, {}, (standing.SUBSCRIBED,)),
        ({"marketing_status": "unsubscribed"}, {}, ()),
    ],
)
def test_conflicts_are_listed_and_the_strict_reading_stands(
    fields: dict[str, object], our_writes: dict[int, datetime], conflicts: tuple[str, ...]
) -> None:
    found = book(SUPPRESSED)
    (one,) = decide(found, [person(7, "A@x.example", **fields)], {}, time_of=time_of, our_writes=our_writes)
    assert (one.person_ids, one.conflicts, one.outcome) == ((7,), conflicts, "flag")


def test_every_suppression_has_one_decision() -> None:
    found = ledger(
        rows("s.csv", SUPPRESSED, {"email": "new@x.example"}, {"email": "nobody@x.example"}),
        rows("c.csv", contact("5", "", unsubscribed="yes")),
        when,
    )
    persons = [person(9, "a@x.example"), person(7, "b@x.example", "a@x.example"), person(3, **{"Net-Results ID": "5"})]
    people = {"new@x.example": {"new@x.example", "id:8"}, "id:5": {"id:5"}}
    assert [(d.key, d.person_ids, d.people, d.outcome) for d in decide(found, persons, people, time_of=time_of)] == [
        ("a@x.example", (7, 9), (), "flag"),
        ("id:5", (3,), ("id:5",), "flag"),
        ("new@x.example", (), ("new@x.example",), "flag"),
        ("nobody@x.example", (), (), "no person"),
    ]


def test_a_later_dated_opt_in_counts_only_when_a_person_confirms() -> None:
    found = book(SUPPRESSED)
    contacts = rows("c.csv", contact("1", "a@x.example", opt_in_date="2024-06-01"))
    opted = standing.opt_ins(contacts, when)
    assert opted == {"a@x.example": date(2024, 6, 1)}
    (asked,) = decide(found, [], {}, time_of=time_of, opt_ins=opted)
    assert asked.conflicts == (standing.OPTED_IN,)
    decisions = decide(found, [], {}, time_of=time_of, opt_ins=opted, confirmed={"a@x.example": "Ann"})
    assert standing.without(found, decisions).entries == {}
    assert standing.without(found, [asked]).entries == found.entries


@pytest.mark.parametrize(
    ("opted", "persons"),
    [
        ({}, []),
        ({"a@x.example": date(2024, 5, 1)}, []),
        ({"a@x.example": date(2024, 6, 1)}, [person(7, "a@x.example", marketing_status="unsubscribed")]),
        ({"a@x.example": date(2024, 6, 1)}, [person(7, "a@x.example", **{STATUS: "suppressed"})]),
    ],
)
def test_nothing_else_can_be_confirmed_as_mailable(opted: dict[str, date], persons: list[dict[str, object]]) -> None:
    with pytest.raises(BadInput, match=r"a@x\.example cannot be confirmed"):
        decide(book(SUPPRESSED), persons, {}, time_of=time_of, opt_ins=opted, confirmed={"a@x.example": "Ann"})


def test_look_alikes_are_only_suggested() -> None:
    found = book({"email": "kim.lee@corp.example"})
    addresses = ["kimlee@corp.example", "Kim.Lee+news@corp.example", "kim.lee@corp.example", "kim.lee@other.example"]
    assert standing.look_alikes(found, addresses) == [
        ("kim.lee+news@corp.example", "kim.lee@corp.example"),
        ("kimlee@corp.example", "kim.lee@corp.example"),
    ]
    assert person_suppression(addresses[:2], found) == {}
