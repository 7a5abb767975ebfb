"""Issue "Exactly once": a correction after the sample re-opens the mapping gate and rewrites what people left alone."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nrpd import runbook, workbench
from nrpd.mapping import sheet
from nrpd.pipedrive.records import MappingRow, Target
from tests.support import small
from tests.support.account import Served, served
from tests.support.in_process import phases_here, run

SKIPPED = ("Lead Stage", "Favorite Product", "Mobile Phone", "Alternate Email")
OWN = "+13035559999"
"""A number that people gave one person of the sample."""


@dataclass(frozen=True)
class Corrected:
    """The account and what was said at each station."""

    box: Served
    before: dict[str, Any]
    """Before anything."""
    sampled: dict[str, dict[str, Any]]
    """The persons of the first sample, by name."""
    reopened: runbook.Outcome
    unsigned: runbook.Outcome
    rewritten: dict[str, Any]
    """The account after the second sample."""
    loaded: dict[str, Any]
    """And after the rest was loaded."""


def walk(box: Served, to: str) -> runbook.Outcome:
    """Runs, and has Ada confirm each gate that it stops at."""
    while (outcome := run(box.path, to)).exit_code == 3:
        workbench.confirm(box.path, outcome.gate, "Ada", None)
    assert outcome.exit_code == 0, outcome.message
    return outcome


def edit(box: Served, change: Callable[[MappingRow], MappingRow]) -> Path:
    """Changes the rows of contacts in the map as it lies there. Returns a copy, to confirm it with."""
    path, edited = box.folder / "decisions" / "mapping.yaml", box.path.parent / "mapping.yaml"
    sheet.write_yaml([change(row) if row.object == "contacts" else row for row in sheet.read_yaml(path)], edited)
    path.write_text(edited.read_text(encoding="utf-8"), encoding="utf-8")
    return edited


def as_first_wanted(row: MappingRow) -> MappingRow:
    """The second address is an address too."""
    if row.source != "Alternate Email":
        return row
    return replace(row, target=Target("person", "emails", "emails", False), transform="email")


def as_corrected(row: MappingRow) -> MappingRow:
    """Some columns are skipped, the score goes into another field."""
    if row.source in SKIPPED:
        return replace(row, target=Target("none", "", "", False), transform="skip", reason="not wanted")
    return replace(row, target=replace(row.target, field="Points", new=True)) if row.source == "Lead Score" else row


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corrected]:
    folder = tmp_path_factory.mktemp("correction")
    small.export(folder / "export")
    # One has the same number in both columns.
    small.add_column(folder / "export", "Mobile Phone", lambda n, _: f"(303) 555-{'02' if n == 11 else '03'}{n:02}")
    small.add_column(folder / "export", "Alternate Email", lambda n, _: f"other{n}@home.example" if n % 2 else "")
    with served(folder, gates="manual") as box, phases_here():
        before = box.box.export()
        walk(box, "02_mapping")
        assert run(box.path, "03_owners").gate == "mapping"
        workbench.confirm(box.path, "mapping", "Ada", edit(box, as_first_wanted))
        walk(box, "06_sample")
        sampled = box.all("persons")
        score = box.field_code("person", "Lead Score")
        box.api("PATCH", f"/api/v2/persons/{sampled['First8 Last8']['id']}", {"custom_fields": {score: 1000}})
        again = [*sampled["First7 Last7"]["phones"], {"value": OWN, "label": "home", "primary": False}]
        box.api("PATCH", f"/api/v2/persons/{sampled['First7 Last7']['id']}", {"phones": again})
        corrected_map = edit(box, as_corrected)
        reopened = run(box.path, "06_sample")
        workbench.confirm(box.path, "mapping", "Ada", corrected_map)
        walk(box, "06_sample")
        rewritten = box.box.export()
        unsigned = run(box.path, "08_persons")
        workbench.confirm(box.path, "signoff", "Ada", None)
        walk(box, "08_persons")
        yield Corrected(box, before, sampled, reopened, unsigned, rewritten, box.box.export())


def test_the_mapping_gate_is_open_again_and_nothing_is_written_before(corrected: Corrected) -> None:
    assert (corrected.reopened.exit_code, corrected.reopened.gate) == (3, "mapping")


def test_what_is_no_longer_mapped_is_gone_from_the_sample(corrected: Corrected) -> None:
    people = {p["name"]: p["custom_fields"] for p in corrected.rewritten["persons"] if p.get("custom_fields")}
    assert len(people) == 20
    for name, values in people.items():
        assert values.get("Tier") == ("Gold" if name == "First3 Known" else None), "what was there before stays"
        if name != "First8 Last8":
            assert values.keys().isdisjoint({"Lead Stage", "Favorite Product", "Lead Score"}), name
            assert values["Points"] == corrected.sampled[name]["custom_fields"]["Lead Score"]


def test_what_the_map_leaves_out_stands_apart_in_the_reconciliation(corrected: Corrected) -> None:
    rows = [row for row in corrected.box.report("reconciliation") if row["field"].startswith("(not supported")]
    told = {row["examples"] for row in rows if row["object"] == "contacts"}
    assert {f"{source}: not wanted" for source in SKIPPED} <= told


def test_of_numbers_and_addresses_only_those_of_the_skipped_columns_go(corrected: Corrected) -> None:
    now = {p["name"]: p for p in corrected.rewritten["persons"]}
    for n in range(1, 21):
        name = "First3 Known" if n == 3 else f"First{n} Last{n}"
        was, work = corrected.sampled[name], f"+130355502{n:02}"
        mobile = {f"+130355503{n:02}"} if n != 11 else set()
        assert {phone["value"] for phone in was["phones"]} == {work} | mobile
        assert {phone["value"] for phone in now[name]["phones"]} == {work} | ({OWN} if n == 7 else set()), name
        assert len(was["emails"]) == 1 + n % 2
        assert [(e["value"], e["primary"]) for e in now[name]["emails"]] == [(small.address(n), True)], name


def test_what_people_changed_stays_and_is_listed(corrected: Corrected) -> None:
    values = next(p["custom_fields"] for p in corrected.rewritten["persons"] if p["name"] == "First8 Last8")
    assert values["Lead Score"] == 1000
    assert values["Points"] == 24
    path = sorted(corrected.box.folder.glob("*/reports/conflicts.csv"))[-1]
    with path.open(encoding="utf-8", newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["why"].startswith("no longer mapped")]
    assert [(row["field"], row["account_value"]) for row in rows] == [("Lead Score", "1000")]


def test_fields_that_nrpd_made_and_nobody_uses_are_gone(corrected: Corrected) -> None:
    names = {f["field_name"] for f in corrected.rewritten["person_fields"]}
    assert names.isdisjoint({"Lead Stage", "Favorite Product"})
    assert {"Lead Score", "Points", "Tier"} <= names


def test_the_sample_is_signed_off_anew_and_not_loaded_twice(corrected: Corrected) -> None:
    assert (corrected.unsigned.exit_code, corrected.unsigned.gate) == (3, "signoff")
    for kind in ("persons", "organizations", "activities"):
        one, other = (
            [(r["id"], r["update_time"]) for r in side[kind]] for side in (corrected.rewritten, corrected.loaded)
        )
        assert one == other, kind


def test_a_rollback_then_takes_back_all_but_what_people_have(corrected: Corrected) -> None:
    with phases_here():
        ended = workbench.roll_back(corrected.box.path, "Ada", None)
    assert ended["exit_code"] == 0, ended["message"]
    assert corrected.box.all("persons").keys() == {"First3 Known", "Someone Else", "First7 Last7", "First8 Last8"}
    assert "phones" not in corrected.box.all("persons")["First3 Known"]
    known = corrected.box.all("persons")["First3 Known"]["custom_fields"]
    assert {name: value for name, value in known.items() if not name.startswith("Suppression")} == {"Tier": "Gold"}
