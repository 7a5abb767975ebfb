"""Issue "The whole migration runs", Show 7: the account as before, but for suppression of those who were there."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.conftest import Demo
from tests.e2e.runs import PASSING, Customer, Ended

SUPPRESSION = ("Suppression status", "Suppression reason", "Suppression date")
RECORDS = ("persons", "organizations", "deals", "activities", "notes", "files", "organization_relationships")


@dataclass(frozen=True)
class Undone:
    """The demo after its rollback."""

    customer: Customer
    plan: Ended
    ended: Ended
    export: dict[str, Any]


@pytest.fixture(scope="module")
def undone(demo_run: Demo, tmp_path_factory: pytest.TempPathFactory) -> Undone:
    customer = demo_run.customer.copy(tmp_path_factory.mktemp("rollback"))
    plan = customer.nrpd("rollback", "--plan", "--json")
    assert plan.code == 0, plan.err
    assert customer.export() == demo_run.customer.export(), "the plan alone must change nothing"
    ended = customer.nrpd("rollback", "--by", "Ada", "--plan-digest", plan.document["digest"], "--json")
    assert ended.code == 0, ended.err
    return Undone(customer, plan, ended, customer.export())


def without_suppression(records: list[Mapping[str, Any]], since: str) -> dict[int, dict[str, Any]]:
    """Id → record, without suppression values, the time of its last change, and times that are those of the tests."""
    found = {}
    for record in records:
        kept = {k: v for k, v in record.items() if not k.endswith("_time") or (k != "update_time" and str(v) < since)}
        custom = {k: v for k, v in kept.pop("custom_fields", {}).items() if k not in SUPPRESSION}
        found[record["id"]] = kept | ({"custom_fields": custom} if custom else {})
    return found


def suppression_of(export: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """Person id → its suppression values, of those who have any."""
    found = {
        person["id"]: {k: v for k, v in person.get("custom_fields", {}).items() if k in SUPPRESSION}
        for person in export["persons"]
    }
    return {number: values for number, values in found.items() if values}


@pytest.mark.parametrize("kind", RECORDS)
def test_the_live_records_are_those_from_before(demo_run: Demo, undone: Undone, kind: str):
    assert len(demo_run.customer.export()[kind]) > len(demo_run.initial[kind]) or kind == "deals"
    before = without_suppression(demo_run.initial[kind], demo_run.since)
    assert without_suppression(undone.export[kind], demo_run.since) == before


@pytest.mark.parametrize("kind", ["person_fields", "organization_fields", "deal_fields"])
def test_the_fields_and_options_are_those_from_before(demo_run: Demo, undone: Undone, kind: str):
    def fields(export: Mapping[str, Any]) -> list[Any]:
        return [
            (f["field_name"], f["field_type"], sorted(f.get("options", ())))
            for f in export[kind]
            if f["field_name"] not in SUPPRESSION
        ]

    assert fields(undone.export) == fields(demo_run.initial)
    stay = {f["field_name"] for f in undone.export[kind]} & set(SUPPRESSION)
    assert stay == (set(SUPPRESSION) if kind == "person_fields" else set())


@pytest.mark.parametrize("kind", ["activity_types", "pipelines", "users", "labels"])
def test_types_and_pipelines_are_those_from_before(demo_run: Demo, undone: Undone, kind: str):
    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: plain(v) for k, v in value.items() if k not in (*PASSING, "add_time")}
        return [plain(item) for item in value] if isinstance(value, list) else value

    assert plain(undone.export[kind]) == plain(demo_run.initial[kind])


def test_suppression_stays_on_persons_who_were_there_before_and_is_listed(demo_run: Demo, undone: Undone):
    there_before = {person["id"] for person in demo_run.initial["persons"]}
    after_load = {n: v for n, v in suppression_of(demo_run.customer.export()).items() if n in there_before}
    assert after_load
    assert suppression_of(undone.export) == after_load
    with (undone.customer.run_folders()[-1] / "reports" / "rollback_kept.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        listed = {int(row["record"]): row["stays"] for row in csv.DictReader(file) if row["entity"] == "person"}
    assert after_load.keys() <= listed.keys()
    assert all(str(values[name]) in listed[n] for n, values in after_load.items() for name in ("Suppression status",))


def test_the_plan_told_what_was_then_done(undone: Undone):
    planned = sum(line["records"] for line in undone.plan.document["plan"] if line["what"] in ("delete", "restore"))
    assert planned > 1500
    assert undone.ended.document["digest"] == undone.plan.document["digest"]
    assert undone.ended.document["buckets"]["reversed"] >= planned
    assert "failed" not in undone.ended.document["buckets"]


def test_rolling_back_twice_is_refused(undone: Undone):
    again = undone.customer.nrpd("rollback", "--by", "Ada", "--json")
    assert again.code == 2
    assert "no write that could be undone" in again.err
    assert undone.customer.export() == undone.export


def test_evidence_of_load_and_rollback_is_accepted(undone: Undone):
    from nrpd import workbench

    found = workbench.verify(undone.customer.run_folders()[-1], undone.ended.document["head"])
    assert found.problems == []
    assert len(found.runs) >= 2


def test_the_next_run_loads_clean(demo_run: Demo, undone: Undone, tmp_path_factory: pytest.TempPathFactory):
    again = undone.customer.copy(tmp_path_factory.mktemp("again"))
    ended = again.nrpd("run", "--to", "08_persons", "--json")
    assert ended.code == 0, ended.err

    def people(export: Mapping[str, Any]) -> list[Any]:
        return sorted(
            (
                p["name"],
                sorted(e["value"] for e in p.get("emails", ())),
                p.get("custom_fields", {}).get("Net-Results ID", ""),
            )
            for p in export["persons"]
        )

    assert "08_persons" in ended.document["executed"]
    # The first run went on to the delta, whose persons this one does not know yet.
    assert len(people(again.export())) in range(
        len(people(demo_run.customer.export())) - 3, len(people(demo_run.customer.export())) + 1
    )
    assert len(set(map(str, people(again.export())))) == len(people(again.export()))
