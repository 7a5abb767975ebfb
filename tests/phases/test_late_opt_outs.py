"""Opt-outs that come after somebody was said to be mailable, or after Campaigns mails them already."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from nrpd import workbench
from nrpd.errors import Differs
from nrpd.phases.session import Session
from tests.phases.test_successive import OPT_OUTS, table
from tests.support import small
from tests.support.account import served
from tests.support.in_process import run

ANN, ADA = "again@consent.example", "ada@consent.example"


def test_a_later_opt_out_outweighs_what_was_confirmed_before_it(tmp_path: Path) -> None:
    small.export(tmp_path / "export")
    opted_in = ("Contact ID", "Email Address", "First Name", "Last Name", "Opt-in Date")
    table(tmp_path / "export" / "more.csv", opted_in, ("900", ANN, "Ann", "Again", "2024-06-01"))
    table(tmp_path / "export" / "sup2.csv", OPT_OUTS, (ANN, "Unsubscribed", "2023-01-01"))
    table(tmp_path / "late.csv", OPT_OUTS, (ANN, "Unsubscribed", "2026-09-01"))
    with served(tmp_path) as customer:
        assert run(customer.path, "05_suppression").exit_code == 0
        answers = tmp_path / "answers.yaml"
        answers.write_text(yaml.safe_dump({ANN: "mailable"}))
        workbench.confirm(customer.path, "suppression", "Ann", answers)
        assert run(customer.path, "10_suppression_pass").exit_code == 0
        assert "Suppression status" not in customer.all("persons")["Ann Again"].get("custom_fields", {})
        workbench.suppress(customer.path, tmp_path / "late.csv")
        assert customer.all("persons")["Ann Again"]["custom_fields"]["Suppression status"] == "suppressed"


def test_whom_campaigns_still_mails_is_named_until_somebody_unsubscribes_them(tmp_path: Path) -> None:
    small.export(tmp_path / "export")
    consent = (
        "Contact ID",
        "Email Address",
        "First Name",
        "Last Name",
        "GDPR Consent Granted",
        "Opt-in Date",
        "Lead Source",
    )
    table(tmp_path / "export" / "c.csv", consent, ("900", ADA, "Ada", "Consent", "Yes", "2025-01-05", "Web form"))
    table(tmp_path / "late.csv", OPT_OUTS, (ADA, "Unsubscribed", "2026-09-01"))

    def unsubscribed(fixture: dict[str, list[dict[str, object]]]) -> None:
        fixture["marketing"] = [{"address": small.address(3), "status": "unsubscribed", "changes": 1}]

    policies = {"sample_size": 100, "marketing_subscribe": True}
    with served(tmp_path, campaigns=True, change=unsubscribed, policies=policies) as customer:
        made = run(customer.path)
        assert made.exit_code == 0, made.message
        with pytest.raises(Differs, match="unsubscribe by hand in Campaigns"):
            workbench.suppress(customer.path, tmp_path / "late.csv")
        (line,) = [row for row in customer.report("suppression_ledger") if row["address"] == ADA]
        assert line["to_do"] == "unsubscribe by hand in Campaigns"
        assert workbench.reconcile(customer.path)["exit_code"] == 4


def test_a_copy_that_people_made_does_not_take_the_link_of_ours(tmp_path: Path) -> None:
    small.export(tmp_path / "export")
    with served(tmp_path) as customer:
        assert run(customer.path, "09_activities").exit_code == 0
        ours = next(p for p in customer.box.export()["persons"] if p["emails"][0]["value"] == small.address(4))
        values = {customer.field_code("person", "Net-Results ID"): "104"}
        copy = {"name": "Copy by people", "emails": ours["emails"], "custom_fields": values}
        identity = customer.api("POST", "/api/v2/persons", copy)["id"]
        made = run(customer.path, "10_suppression_pass")
        assert made.exit_code == 0, made.message
        with Session(customer.path) as session:
            assert session.journal.links_of("person")["104"] == str(ours["id"]) != str(identity)
        held = {p["id"]: p for p in customer.box.export()["persons"]}
        code = customer.field_code("person", "Suppression status")
        raw = customer.api("GET", f"/api/v2/persons/{identity}")
        assert raw["custom_fields"][code], "the copy is flagged all the same"
        assert held[ours["id"]]["custom_fields"]["Suppression status"]
