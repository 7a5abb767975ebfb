"""A customer who meets 150 persons and 40 organizations that are there already, in an account with Campaigns.

Half of them are the customer's own, spelled otherwise or under a second address; the other half are strangers. Nothing
may be doubled, nobody subscribed again, and nothing changed that is not in the source.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import small
from tests.support.account import served
from tests.support.in_process import run

PERSONS, KNOWN, CONTACTS = 150, 80, 140
ORGANIZATIONS, KNOWN_FIRMS, COMPANIES = 40, 20, 35
SUPPRESSED = range(0, CONTACTS, 7)
FORMS = ("{} GmbH", "{}, Inc.", "{} ltd", "{}", "THE {}")


def _address(n: int) -> str:
    return f"Person.{n}@Firm{n % COMPANIES}.example"


def _firm(n: int) -> str:
    return f"{('Alder', 'Birch', 'Cedar', 'Dune', 'Elm')[n % 5]} Works {n}"


def _emails(n: int) -> list[dict[str, Any]]:
    """The known person's own address: folded, or behind another one."""
    if n % 3 == 0:
        return [
            {"value": f"private{n}@home.example", "primary": True},
            {"value": _address(n).upper(), "primary": False},
        ]
    return [{"value": _address(n).lower() if n % 3 == 1 else _address(n), "primary": True}]


def account() -> dict[str, Any]:
    """The fixture: persons 1 to 80 and organizations 1 to 20 are the customer's."""
    content: dict[str, Any] = {
        "company": {"name": "Lived in", "domain": "lived", "currency": "EUR", "campaigns": True},
        "users": [
            {"id": 1, "name": "Ines Admin", "email": small.OWNER, "active_flag": True, "admin": True, "is_you": True}
        ],
        "organizations": [
            {"id": n + 1, "name": _known_firm(n) if n < KNOWN_FIRMS else f"Stranger {n} AG", "owner_id": 1,
             "add_time": "2022-01-01T00:00:00Z"}
            for n in range(ORGANIZATIONS)
        ],
        "persons": [
            {"id": n + 1, "name": f"First{n} Last{n}" if n < KNOWN else f"Stranger {n}",
             "emails": _emails(n) if n < KNOWN else [{"value": f"s{n}@stranger.example", "primary": True}],
             "owner_id": 1, "org_id": n % ORGANIZATIONS + 1, "add_time": "2022-02-01T00:00:00Z"}
            for n in range(PERSONS)
        ],
    }  # fmt: skip
    content["marketing"] = [
        {"address": person["emails"][0]["value"].lower(), "changes": 1,
         "status": "unsubscribed" if n in SUPPRESSED or n % 10 == 3 else "subscribed"}
        for n, person in enumerate(content["persons"]) if n in SUPPRESSED or n % 5 == 3
    ]  # fmt: skip
    return content


def _known_firm(n: int) -> str:
    return FORMS[n % 4].format(_firm(n)).upper() if n % 2 else _firm(n)


def export(folder: Path) -> None:
    """Contacts with their opt-outs, companies, and owners."""
    folder.mkdir()
    tables: dict[str, list[tuple[Any, ...]]] = {
        "accounts": [("Account ID", "Account Name"), *((500 + n, _firm(n)) for n in range(COMPANIES))],
        "contacts": [
            ("Contact ID", "Email Address", "First Name", "Last Name", "Account ID", "Contact Owner", "Lead Score",
             "GDPR Consent Granted", "Created Date", "Last Modified Date"),
            *((n, _address(n), f"First{n}", f"Last{n}", 500 + n % COMPANIES, small.OWNER, n, "Yes",
               "2024-01-01 08:00:00", "2025-01-01 08:00:00") for n in range(CONTACTS)),
        ],
        "suppressions": [
            ("Email Address", "Reason", "Date"),
            *((_address(n).swapcase(), "Unsubscribed", "2025-02-01") for n in SUPPRESSED),
        ],
        "owners": [("Owner ID", "Name", "Email", "Active"), (1, "Ines Admin", small.OWNER, "Yes")],
    }  # fmt: skip
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows)


@dataclass(frozen=True)
class Moved:
    """The account's content before and after the whole migration."""

    before: dict[str, Any]
    after: dict[str, Any]

    def people(self, when: str) -> dict[int, dict[str, Any]]:
        return {person["id"]: person for person in getattr(self, when)["persons"]}


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    folder = tmp_path_factory.mktemp("overlap")
    export(folder / "export")
    with served(folder, change=_lived_in) as customer:
        before = customer.box.export()
        made = run(customer.path)
        assert made.exit_code == 0, made.message
        yield Moved(before, customer.box.export())


def _lived_in(fixture: dict[str, Any]) -> None:
    fixture.clear()
    fixture.update(account())


def test_nobody_and_no_organization_is_there_twice(moved: Moved) -> None:
    assert len(moved.after["persons"]) == PERSONS + CONTACTS - KNOWN
    assert len(moved.after["organizations"]) == ORGANIZATIONS + COMPANIES - KNOWN_FIRMS
    held = Counter(entry["value"].lower() for person in moved.after["persons"] for entry in person["emails"])
    assert max(held.values()) == 1


def test_strangers_are_untouched_to_the_byte(moved: Moved) -> None:
    before, after = moved.people("before"), moved.people("after")
    assert all(after[n] == before[n] for n in range(KNOWN + 1, PERSONS + 1))
    firms = {kind: {o["id"]: o for o in getattr(moved, kind)["organizations"]} for kind in ("before", "after")}
    assert all(firms["after"][n] == firms["before"][n] for n in range(KNOWN_FIRMS + 1, ORGANIZATIONS + 1))


def test_who_was_known_keeps_what_was_there_and_carries_the_source_id(moved: Moved) -> None:
    before, after = moved.people("before"), moved.people("after")
    for n in range(KNOWN):
        was, now = before[n + 1], after[n + 1]
        assert {name: now[name] for name in ("name", "org_id", "owner_id", "add_time")} == {
            name: was[name] for name in ("name", "org_id", "owner_id", "add_time")
        }
        assert now["emails"][: len(was["emails"])] == was["emails"]
        assert now["custom_fields"]["Net-Results ID"] == str(n)


def test_nobody_is_subscribed_again_and_no_opt_out_is_lost(moved: Moved) -> None:
    status = {
        when: {m["address"]: m["status"] for m in getattr(moved, when)["marketing"]} for when in ("before", "after")
    }
    assert {a for a, s in status["after"].items() if s == "subscribed"} <= {
        a for a, s in status["before"].items() if s == "subscribed"
    }
    out = {a for a, s in status["before"].items() if s == "unsubscribed"}
    assert {status["after"][a] for a in out} == {"unsubscribed"}
    flagged = {
        int(p["custom_fields"]["Net-Results ID"]) for p in moved.after["persons"]
        if p.get("custom_fields", {}).get("Suppression status") == "suppressed"
    }  # fmt: skip
    assert flagged == set(SUPPRESSED)
