"""`suppressed_without_contact: create_person` and `marketing_subscribe`, in an account with Campaigns."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nrpd import workbench
from nrpd.sandbox import Sandbox
from tests.support import small
from tests.support.account import Served, served
from tests.support.in_process import run

PROVEN, UNSOURCED, DENIED, LISTED, KNOWN = (f"{name}@consent.example" for name in ("ada", "bob", "cy", "di", "eve"))
# Address → what its contact says of consent: granted, when, where.
CONSENT = {
    PROVEN: ("Yes", "2025-01-05", "Web form"),
    UNSOURCED: ("Yes", "2025-01-05", ""),
    DENIED: ("No", "2025-01-05", "Web form"),
    LISTED: ("Yes", "2025-01-05", "Web form"),
    KNOWN: ("Yes", "2025-01-05", "Web form"),
}


def _table(path: Path, header: str, rows: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header.split(","), *rows])


def _export(folder: Path) -> None:
    small.export(folder)
    _table(
        folder / "with_consent.csv",
        "Contact ID,Email Address,First Name,Last Name,GDPR Consent Granted,Opt-in Date,Lead Source",
        [(n, address, address[:3].title(), "Consent", *said) for n, (address, said) in enumerate(CONSENT.items(), 900)],
    )
    _table(
        folder / "of_a_list.csv",
        "Email Address,Reason,Date,List",
        [(LISTED, "Unsubscribed", "2025-02-01", "News"), ("lone@list.example", "Unsubscribed", "2025-02-01", "News")],
    )


def _known(fixture: dict[str, Any]) -> None:
    fixture["persons"].append({"id": 3, "name": "Eve Consent", "emails": [{"value": KNOWN, "primary": True}]})
    # Whoever was there already, and is suppressed now, has to be unsubscribed there by hand.
    fixture["marketing"] = [{"address": small.address(3), "status": "unsubscribed", "changes": 1}]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, dict[str, Any]]]:
    """The customer after 10_suppression_pass, and what the estimate had counted before."""
    folder = tmp_path_factory.mktemp("policies")
    _export(folder / "export")
    policies = {"sample_size": 100, "suppressed_without_contact": "create_person", "marketing_subscribe": True}
    with served(folder, campaigns=True, change=_known, policies=policies) as customer:
        estimated = workbench.estimate(customer.path)
        made = run(customer.path, "10_suppression_pass")
        assert made.exit_code == 0, made.message
        yield customer, estimated


def _status(box: Sandbox) -> dict[str, str]:
    """Address → marketing status of the addresses that have one."""
    return {entry["address"]: entry["status"] for entry in box.export()["marketing"]}


def _people(box: Sandbox) -> dict[str, dict[str, Any]]:
    """Primary address → person."""
    return {p["emails"][0]["value"]: p for p in box.export()["persons"] if p["emails"]}


def test_only_a_proven_opt_in_of_a_new_person_becomes_subscribed(moved: tuple[Served, Any]) -> None:
    """Without a source it is not proven; a denied or list-suppressed one is none; nobody who was there is changed."""
    assert [a for a, status in _status(moved[0].box).items() if status == "subscribed"] == [PROVEN]
    (row,) = moved[0].report("subscribed")
    assert row["email"] == PROVEN
    assert (row["basis"], row["date"], row["source"]) == ("consent=Yes", "2025-01-05", "Web form")


def test_a_suppressed_address_without_contact_becomes_a_person_that_nobody_mails(
    moved: tuple[Served, Any],
) -> None:
    people, status = _people(moved[0].box), _status(moved[0].box)
    expected = {"stranger@nowhere.example": "suppressed", "lone@list.example": "suppressed for lists: News"}
    for address, text in expected.items():
        assert people[address]["name"] == address
        assert people[address]["custom_fields"]["Suppression status"] == text
    assert status["stranger@nowhere.example"] == "unsubscribed"
    assert status.get("lone@list.example") != "subscribed"


def test_they_are_counted_as_created_and_stand_in_the_ledger(moved: tuple[Served, Any]) -> None:
    line = workbench.status(moved[0].path)["phases"]["10_suppression_pass"]["suppressions"]
    assert (line["source"], line["created"], line["updated"], line["skipped"]) == (7, 2, 5, {})
    ledger = {row["address"].casefold(): row for row in moved[0].report("suppression_ledger")}
    assert ledger["stranger@nowhere.example"]["person_ids"]
    assert all(row["person_ids"] for row in ledger.values())


def test_the_estimate_knew_it(moved: tuple[Served, Any]) -> None:
    assert moved[1]["phases"]["10_suppression_pass"]["requests"] >= 2
    spent = workbench.estimate(moved[0].path)["actual"]["10_suppression_pass"]
    assert spent["requests"] == moved[1]["phases"]["10_suppression_pass"]["requests"]


def test_a_second_run_makes_nobody_twice_and_brings_nobody_back(moved: tuple[Served, Any]) -> None:
    customer, _ = moved
    before = len(customer.box.export()["persons"])
    made = run(customer.path)
    assert made.exit_code == 0, made.message
    assert len(customer.box.export()["persons"]) == before
