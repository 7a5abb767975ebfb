"""Opt-outs that the API cannot carry to Campaigns: a job for a person, named, and done when the account says so."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.e2e.test_delta import LATE_OPT_OUT, changed_export
from tests.support.account import Served, served
from tests.support.in_process import phases_here, run

BY_HAND = "unsubscribe by hand in Campaigns"


def listed(box: Served) -> set[str]:
    """Addresses that the newest ledger gives to a person to do."""
    path = sorted(box.folder.glob("*/reports/suppression_ledger.csv"))[-1]
    with path.open(encoding="utf-8", newline="") as text:
        return {row["address"] for row in csv.DictReader(text) if row["to_do"] == BY_HAND}


def test_what_only_a_person_can_do_is_named_and_then_found_done(tmp_path: Path) -> None:
    """One who was there before, and one whom nrpd itself made and who opts out in the delta: the API sets the status of
    a person in the create call only."""
    with served(tmp_path / "acme", campaigns=True) as box, phases_here():
        _once_by_hand(box, "10_suppression_pass", "First3 Known", "person3@alder.example")
        changed_export(box.path.parent / "later", box.path.parent / "export")
        box.change(source={"delta_export": {"path": "later", "kind": "full"}})
        _once_by_hand(box, "11_cutover", "First10 Last10", LATE_OPT_OUT)


def _once_by_hand(box: Served, phase: str, name: str, address: str) -> None:
    """The phase is red and says what to do; a person does it in the account; then it is complete."""
    outcome = run(box.path, phase)
    person = box.all("persons")[name]
    assert outcome.exit_code == 4
    assert f"{BY_HAND}: persons {person['id']} (" in outcome.message
    assert listed(box) == {address}
    assert run(box.path, phase).exit_code == 4, "as long as nobody has done it"
    box.api("PATCH", f"/api/v2/persons/{person['id']}", {"marketing_status": "unsubscribed"})
    outcome = run(box.path, phase)
    assert outcome.exit_code == 0, outcome.message
    assert listed(box) == set()
