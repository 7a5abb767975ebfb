"""What people changed after the load stays theirs, also in fields that nrpd never wrote, and while a rollback waits."""

from __future__ import annotations

import csv
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nrpd import workbench
from nrpd.errors import GateWaiting
from nrpd.mapping import sheet
from nrpd.phases.rollback import Rollback
from nrpd.phases.session import Session
from nrpd.pipedrive.records import Target
from tests.e2e.test_correction import walk
from tests.support import small
from tests.support.account import served
from tests.support.in_process import phases_here, run

LOADED = "10_suppression_pass"


@pytest.mark.parametrize("policy", ["overwrite", "fill_blanks"])
def test_a_value_that_agreed_when_the_record_was_adopted(tmp_path: Path, policy: str) -> None:
    small.export(tmp_path / "export")

    def same_name(fixture: dict[str, Any]) -> None:
        fixture["persons"][0]["name"] = "First3 Last3"

    policies = {"sample_size": 100, "existing_records": policy}
    with served(tmp_path, change=same_name, policies=policies) as customer:
        assert run(customer.path, LOADED).exit_code == 0
        time.sleep(1.1)
        customer.api("PATCH", "/api/v2/organizations/1", {"name": "Renamed by people"})
        customer.api("PATCH", "/api/v2/persons/1", {"name": "Married Name"})
        made = run(customer.path)
        assert made.exit_code == 0, made.message
        held = customer.box.export()
        assert next(o["name"] for o in held["organizations"] if o["id"] == 1) == "Renamed by people"
        assert next(p["name"] for p in held["persons"] if p["id"] == 1) == "Married Name"


def test_what_they_filled_or_cleared_although_the_later_export_says_otherwise(tmp_path: Path) -> None:
    for folder, score in (("export", ""), ("delta", "55")):
        small.export(tmp_path / folder)
        path = tmp_path / folder / "contacts.csv"
        with path.open(encoding="utf-8", newline="") as text:
            rows = list(csv.reader(text))
        for row in rows[1:]:
            if row[0] == "110":
                row[7], row[11] = score, "2025-06-01 09:00:00"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows)
    with served(tmp_path) as customer:
        assert run(customer.path, LOADED).exit_code == 0
        time.sleep(1.1)
        customer.api("PATCH", "/api/v2/persons/1", {"org_id": None})
        person = customer.all("persons")["First10 Last10"]["id"]
        customer.api(
            "PATCH", f"/api/v2/persons/{person}", {"custom_fields": {customer.field_code("person", "Lead Score"): 99}}
        )
        customer.change(source={"delta_export": {"path": str(tmp_path / "delta"), "kind": "full"}})
        made = run(customer.path)
        assert made.exit_code == 0, made.message
        people = {p["id"]: p for p in customer.box.export()["persons"]}
        assert not people[1].get("org_id")
        assert customer.all("persons")["First10 Last10"]["custom_fields"]["Lead Score"] == 99


def test_a_field_that_people_filled_on_an_archived_deal_is_not_taken_back(tmp_path: Path) -> None:
    small.export(tmp_path / "export")
    members = "Campaign ID,Contact ID,Joined At,Deal Title\n501,101,2025-03-02 10:00:00,Old deal\n"
    (tmp_path / "export" / "campaign_members.csv").write_text(members)
    with served(tmp_path, gates="manual") as customer, phases_here():
        walk(customer, "06_sample")
        fields = customer.api("GET", "/api/v2/dealFields?limit=500")
        (field,) = [f for f in fields if f["field_name"] == "Campaign Type"]
        values = {field["field_code"]: field["options"][0]["id"]}
        deal = customer.api("POST", "/api/v2/deals", {"title": "Theirs", "custom_fields": values})
        customer.api("PATCH", f"/api/v2/deals/{deal['id']}", {"is_archived": True})
        edited = tmp_path / "map.yaml"
        rows = sheet.read_yaml(customer.folder / "decisions" / "mapping.yaml")
        nowhere = {"target": Target("none", "", "", False), "transform": "skip", "reason": "not wanted"}
        sheet.write_yaml(
            [replace(r, **nowhere) if (r.object, r.source) == ("campaigns", "Type") else r for r in rows], edited
        )
        workbench.confirm(customer.path, "mapping", "Ada", edited)
        made = run(customer.path, "06_sample")
        assert made.exit_code in (0, 3), made.message
        held = customer.box.export()
        assert "Campaign Type" in {f["field_name"] for f in held["deal_fields"]}
        assert next(d for d in held["deals"] if d["title"] == "Theirs")["custom_fields"]


def test_a_rollback_by_hand_looks_again_after_its_gate(tmp_path: Path) -> None:
    small.export(tmp_path / "export")
    with served(tmp_path) as customer:
        assert run(customer.path, LOADED).exit_code == 0
        with Session(customer.path) as session:
            folder = session.workspace.new_run()
            session.journal.run = folder.name
            step = Rollback(session, folder, "hand")
            step.plan()
            step.gate()
            person = customer.all("persons")["First11 Last11"]["id"]
            customer.api("POST", "/api/v1/notes", {"content": "important call", "person_id": person})
            with pytest.raises(GateWaiting, match="for something else than what is there now"):
                step.undo()
        assert "First11 Last11" in customer.all("persons")
