from __future__ import annotations

import pytest

from nrpd.errors import BadInput
from nrpd.matching import owners
from nrpd.matching.owners import count_owners, resolve
from nrpd.pipedrive.records import User

ME = User(1, "Admin", "admin@corp.example", True, True)
USERS = [
    ME,
    User(2, "Kim", "Kim@Corp.example", True),
    User(3, "Lee", "lee@corp.example", False),
    User(4, "Pat", "pat@corp.example", True),
    User(5, "Pat 2", "pat@corp.example", True),
    User(6, "Old Kim", "kim@corp.example", False),
]
DIRECTORY = [
    {"owner_id": "77", "name": "Kim Lee", "email": "kim@corp.example"},
    {"owner_id": "78", "name": "Jo Twin", "email": "jo1@corp.example"},
    {"owner_id": "79", "name": "Jo Twin", "email": "jo2@corp.example"},
]


@pytest.mark.parametrize(
    ("cell", "decided", "expected"),
    [
        ("kim@corp.example", {}, (2, "matched", "", True)),
        ("Kim Lee", {}, (2, "matched", "", True)),
        ("77", {}, (2, "matched", "", True)),
        ("lee@corp.example", {}, (1, "deactivated", owners.DEACTIVATED, False)),
        ("pat@corp.example", {}, (1, "ambiguous", owners.AMBIGUOUS, False)),
        ("gone@corp.example", {}, (1, "default", owners.NO_USER, False)),
        ("Jo Twin", {}, (1, "default", owners.NO_ADDRESS, False)),
        ("", {}, (1, "default", owners.NO_OWNER, True)),
        ("-", {}, (1, "default", owners.NO_OWNER, True)),
        ("gone@corp.example", {"GONE@corp.example": 2}, (2, "assigned", owners.NO_USER, True)),
        ("gone@corp.example", {"gone@corp.example": "kim@corp.example"}, (2, "assigned", owners.NO_USER, True)),
        ("lee@corp.example", {"lee@corp.example": "default"}, (1, "default", owners.DEACTIVATED, True)),
        ("gone@corp.example", {"gone@corp.example": "provision"}, (None, "provision", owners.NO_USER, False)),
        ("kim@corp.example", {"kim@corp.example": "provision"}, (2, "matched", "", True)),  # provisioned by now
        ("", {"": 4}, (4, "assigned", owners.NO_OWNER, True)),
    ],
)
def test_resolve(cell: str, decided: dict[str, str | int], expected: tuple[int | None, str, str, bool]) -> None:
    (found,) = resolve({cell: {"contacts": 3}}, DIRECTORY, USERS, ME, decided)
    assert (found.user_id, found.how, found.reason, found.settled) == expected
    assert found.counts == {"contacts": 3}


@pytest.mark.parametrize("answer", ["lee@corp.example", 3, "nobody", "pat@corp.example", ""])
def test_a_decision_for_no_active_user_is_refused(answer: str | int) -> None:
    with pytest.raises(BadInput, match=r"gone@corp\.example"):
        resolve({"gone@corp.example": {}}, [], USERS, ME, {"gone@corp.example": answer})


def test_counts_over_all_objects() -> None:
    tables = {
        "contacts": [{"owner_email": "Kim@corp.example"}, {"owner_email": "kim@corp.example"}, {"owner_email": ""}],
        "companies": [{"owner_email": "kim@corp.example"}, {}],
    }
    assert count_owners(tables) == {
        "": {"companies": 1, "contacts": 1},
        "kim@corp.example": {"companies": 1, "contacts": 2},
    }
