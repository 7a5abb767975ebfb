"""Issue "Exactly once": a correction after the sample re-opens the mapping gate and rewrites what people left alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from nrpd import runbook, workbench
from nrpd.mapping import sheet
from nrpd.pipedrive.records import Target
from tests.support.account import Served, served
from tests.support.in_process import phases_here, run


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


def correct(box: Served) -> None:
    """The stage is skipped, the score goes into another field, the product is skipped."""
    path = box.folder / "decisions" / "mapping.yaml"
    rows = []
    for row in sheet.read_yaml(path):
        if row.object == "contacts" and row.source in ("Lead Stage", "Favorite Product"):
            rows.append(replace(row, target=Target("none", "", "", False), transform="skip", reason="not wanted"))
        elif row.object == "contacts" and row.source == "Lead Score":
            rows.append(replace(row, target=replace(row.target, field="Points", new=True)))
        else:
            rows.append(row)
    edited = box.path.parent / "mapping.yaml"
    sheet.write_yaml(rows, edited)
    path.write_text(edited.read_text(encoding="utf-8"), encoding="utf-8")


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corrected]:
    with served(tmp_path_factory.mktemp("correction"), gates="manual") as box, phases_here():
        before = box.box.export()
        walk(box, "06_sample")
        sampled = box.all("persons")
        score = box.field_code("person", "Lead Score")
        box.api("PATCH", f"/api/v2/persons/{sampled['First8 Last8']['id']}", {"custom_fields": {score: 1000}})
        correct(box)
        reopened = run(box.path, "06_sample")
        workbench.confirm(box.path, "mapping", "Ada", box.path.parent / "mapping.yaml")
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
    assert corrected.box.all("persons").keys() == {"First3 Known", "Someone Else", "First8 Last8"}
    known = corrected.box.all("persons")["First3 Known"]["custom_fields"]
    assert {name: value for name, value in known.items() if not name.startswith("Suppression")} == {"Tier": "Gold"}
