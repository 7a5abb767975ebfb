"""`suppressed_without_contact: create_person` and `marketing_subscribe`, in an account with Campaigns."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nrpd import workbench
from nrpd.sandbox import Sandbox
from tests.support import small
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


def _customer(folder: Path, box: Sandbox) -> Path:
    small.export(folder / "export")
    _table(
        folder / "export" / "with_consent.csv",
        "Contact ID,Email Address,First Name,Last Name,GDPR Consent Granted,Opt-in Date,Lead Source",
        [
            (900 + n, address, address[:3].title(), "Consent", *said)
            for n, (address, said) in enumerate(CONSENT.items())
        ],
    )
    _table(
        folder / "export" / "of_a_list.csv",
        "Email Address,Reason,Date,List",
        [(LISTED, "Unsubscribed", "2025-02-01", "News"), ("lone@list.example", "Unsubscribed", "2025-02-01", "News")],
    )
    destination = {"kind": "pipedrive", "base_url": box.base_url, "token_env": "NRPD_TEST_TOKEN"}
    policies = {"sample_size": 100, "suppressed_without_contact": "create_person", "marketing_subscribe": True}
    return small.parameters(folder, "acme", destination=destination, gates="auto", policies=policies)


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Sandbox, dict[str, Any]]]:
    """The customer after 10_suppression_pass: its parameters, its account, and what the estimate had counted."""
    folder = tmp_path_factory.mktemp("policies")
    fixture = json.loads(small.account(folder / "account.json").read_text())
    fixture["company"]["campaigns"] = True
    fixture["persons"].append({"id": 3, "name": "Eve Consent", "emails": [{"value": KNOWN, "primary": True}]})
    # Whoever was there already, and is suppressed now, has to be unsubscribed there by hand.
    fixture["marketing"] = [{"address": small.address(3), "status": "unsubscribed", "changes": 1}]
    (folder / "account.json").write_text(json.dumps(fixture))
    with (
        Sandbox(folder / "account.sqlite", burst=False, seats=50, fixture=folder / "account.json") as box,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("NRPD_TEST_TOKEN", box.token)
        path = _customer(folder, box)
        estimated = workbench.estimate(path)
        made = run(path, "10_suppression_pass")
        assert made.exit_code == 0, made.message
        yield path, box, estimated


def _status(box: Sandbox) -> dict[str, str]:
    """Address → marketing status of the addresses that have one."""
    return {entry["address"]: entry["status"] for entry in box.export()["marketing"]}


def _people(box: Sandbox) -> dict[str, dict[str, Any]]:
    """Primary address → person."""
    return {p["emails"][0]["value"]: p for p in box.export()["persons"] if p["emails"]}


def _report(path: Path, name: str) -> list[dict[str, str]]:
    (found,) = path.parent.glob(f"runs/acme/2*/reports/{name}.csv")
    with found.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def test_only_a_proven_opt_in_of_a_new_person_becomes_subscribed(moved: tuple[Path, Sandbox, Any]) -> None:
    """Without a source it is not proven; a denied or list-suppressed one is none; nobody who was there is changed."""
    assert [a for a, status in _status(moved[1]).items() if status == "subscribed"] == [PROVEN]
    (row,) = _report(moved[0], "subscribed")
    assert row["email"] == PROVEN
    assert (row["basis"], row["date"], row["source"]) == ("consent=Yes", "2025-01-05", "Web form")


def test_a_suppressed_address_without_contact_becomes_a_person_that_nobody_mails(
    moved: tuple[Path, Sandbox, Any],
) -> None:
    people, status = _people(moved[1]), _status(moved[1])
    expected = {"stranger@nowhere.example": "suppressed", "lone@list.example": "suppressed for lists: News"}
    for address, text in expected.items():
        assert people[address]["name"] == address
        assert people[address]["custom_fields"]["Suppression status"] == text
    assert status["stranger@nowhere.example"] == "unsubscribed"
    assert status.get("lone@list.example") != "subscribed"


def test_they_are_counted_as_created_and_stand_in_the_ledger(moved: tuple[Path, Sandbox, Any]) -> None:
    line = workbench.status(moved[0])["phases"]["10_suppression_pass"]["suppressions"]
    assert (line["source"], line["created"], line["updated"], line["skipped"]) == (7, 2, 5, {})
    ledger = {row["address"].casefold(): row for row in _report(moved[0], "suppression_ledger")}
    assert ledger["stranger@nowhere.example"]["person_ids"]
    assert all(row["person_ids"] for row in ledger.values())


def test_the_estimate_knew_it(moved: tuple[Path, Sandbox, Any]) -> None:
    assert moved[2]["phases"]["10_suppression_pass"]["requests"] >= 2
    spent = workbench.estimate(moved[0])["actual"]["10_suppression_pass"]
    assert spent["requests"] == moved[2]["phases"]["10_suppression_pass"]["requests"]


def test_a_second_run_makes_nobody_twice_and_brings_nobody_back(moved: tuple[Path, Sandbox, Any]) -> None:
    path, box, _ = moved
    before = len(box.export()["persons"])
    made = run(path)
    assert made.exit_code == 0, made.message
    assert len(box.export()["persons"]) == before
