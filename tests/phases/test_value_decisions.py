"""Values that do not fit need a decision before anything is written; a changed map needs a new confirmation."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nrpd import workbench
from nrpd.errors import BadInput, GateWaiting
from nrpd.gates import PHASES, QUESTIONS
from nrpd.loader.source_view import Tables
from nrpd.mapping.convert import Context
from nrpd.mapping.sheet import read_yaml, write_yaml
from nrpd.mapping.workbook import COLUMNS
from nrpd.phases.catalogue import step_class
from nrpd.phases.session import Session
from nrpd.phases.value_check import ValueCheck
from nrpd.pipedrive.records import MappingRow, Target
from tests.mapping.support import account, custom
from tests.support import small
from tests.support.case import report

LOYALTY = Target("person", "Loyalty", "double", False)
ODD = {107: "n/a", 112: "many", 115: "n/a"}
"""Contacts whose cell is no number."""


class Hand:
    """A customer in JupyterLab, so to speak: its phases one by one, its files edited in between."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "odd.yaml"
        self.session = Session(self.path)
        runs = self.session.workspace.runs()
        self.run = runs[-1] if runs else self.session.workspace.new_run()
        self.session.journal.run = self.run.name
        self.decisions = self.session.workspace.decisions

    def go(self, *phases: str) -> None:
        for phase in phases:
            step_class(phase)(self.session, self.run, "script").run_all()
            self.session.forget()

    def rows(self) -> list[MappingRow]:
        return read_yaml(self.decisions / "mapping.yaml")

    def row(self, column: str = "Loyalty") -> MappingRow:
        return next(row for row in self.rows() if row.column == column)

    def change(self, **values: Any) -> None:
        """Edits the row of the column in mapping.yaml."""
        changed = [replace(row, **values) if row.column == "Loyalty" else row for row in self.rows()]
        write_yaml(changed, self.decisions / "mapping.yaml")

    def edit_workbook(self, **cells: str) -> Path:
        """Edits the row of the column in mapping.xlsx, as a person does in Excel."""
        path = self.decisions / "mapping.xlsx"
        book = openpyxl.load_workbook(path)
        names = [name for name, _, _ in COLUMNS]
        line = next(line for line in book["mapping"].iter_rows(min_row=2) if line[1].value == "Loyalty")
        for name, value in cells.items():
            line[names.index(name.replace("_", " "))].value = value
        book.save(path)
        return path

    def confirm(self, file: Path | None = None) -> None:
        self.session.disconnect()
        workbench.confirm(self.path, "mapping", "Kim", file)

    def persons(self) -> dict[str, dict[str, Any]]:
        """Source id → person of the account."""
        found = self.session.records("person").values()
        return {str(person["Net-Results ID"]): person for person in found if "Net-Results ID" in person}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The customer after 02_mapping, whose account has a number field that not all cells of a column fit."""
    folder = tmp_path_factory.mktemp("odd")
    small.export(folder / "export")
    small.add_column(folder / "export", "Loyalty", lambda n, contact: ODD.get(int(contact), f"{n}.5"))
    fixture = small.account(folder / "account.json")
    content = json.loads(fixture.read_text())
    content["person_fields"].append({"field_name": "Loyalty", "field_type": "double"})
    fixture.write_text(json.dumps(content), encoding="utf-8")
    small.parameters(folder, "odd", destination={"kind": "sandbox", "fixture": str(fixture)})
    hand = Hand(folder)
    hand.go("01_discovery")
    hand.session.gates.confirm("preflight", "Kim", dict.fromkeys(dict(QUESTIONS["preflight"]), True))
    hand.go("02_mapping")
    hand.session.close()
    return folder


@pytest.fixture(scope="module")
def loaded(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The customer after 08_persons, the values that do not fit being quarantined."""
    folder = tmp_path_factory.mktemp("loaded") / "odd"
    shutil.copytree(prepared, folder)
    hand = Hand(folder)
    hand.change(target=LOYALTY, transform="number", unfit="quarantine")
    hand.confirm()
    hand.go("03_owners")
    hand.session.gates.confirm("owners", "Kim")
    hand.go("04_schema", "05_suppression")
    hand.session.gates.confirm("suppression", "Kim")
    hand.go("06_sample")
    hand.session.gates.confirm("signoff", "Kim")
    hand.go("07_organizations", "08_persons")
    hand.session.close()
    return folder


@contextmanager
def copied(folder: Path, into: Path) -> Iterator[Hand]:
    shutil.copytree(folder, into / "odd")
    hand = Hand(into / "odd")
    yield hand
    hand.session.close()


@pytest.fixture
def hand(prepared: Path, tmp_path: Path) -> Iterator[Hand]:
    with copied(prepared, tmp_path) as made:
        yield made


@pytest.fixture
def hand_loaded(loaded: Path, tmp_path: Path) -> Iterator[Hand]:
    with copied(loaded, tmp_path) as made:
        yield made


def test_the_proposal_loses_nothing(hand: Hand) -> None:
    row = hand.row()
    assert (row.target.type, row.target.new, row.unfit) == ("varchar", True, "")


@pytest.mark.parametrize(
    ("target", "transform", "there", "proposed"),
    [
        (Target("person", "Score", "double", True), "number", "", ("text", "")),
        (Target("person", "Score", "double", True), "number", "double", ("double", "quarantine")),
        (Target("person", "Loyalty", "double", False), "number", "", ("double", "quarantine")),
        (Target("person", "emails", "emails", False), "email", "", ("emails", "quarantine")),
        (Target("person", "Score", "text", True), "text", "", ("text", "")),
    ],
)
def test_what_is_proposed_for_values_that_do_not_fit(
    target: Target, transform: str, there: str, proposed: tuple[str, str]
) -> None:
    tables = Tables({"contacts": [{"c": "5"}, {"c": "many"}]}, (), {}, {})
    made = MappingRow("contacts", "c", "c", 1.0, "text", target, transform, 0.9, "because")
    facts = account(*([custom("Score", there)] if there else []))
    found = ValueCheck(tables, Context()).proposed(made, facts)
    assert (found.target.type, found.unfit) == proposed
    assert "many" not in found.reason  # the sheet is handed on
    assert ("kept out and listed" in found.reason) == (found.unfit == "quarantine")


def test_nothing_is_confirmed_or_created_until_it_is_decided(hand: Hand) -> None:
    hand.change(target=LOYALTY, transform="number")
    with pytest.raises(GateWaiting) as refused:
        hand.confirm()
    said = str(refused.value)
    assert "(contacts 'Loyalty'): 3 values do not fit: 3 x not a number, such as 'n/a' (contacts.csv:8)" in said
    assert "'many' (contacts.csv:13)" in said
    assert hand.session.gates.status("mapping").status == "waiting"
    hand.session.gates.confirm("mapping", "Kim")  # past the command, as a script could
    hand.go("03_owners")
    hand.session.gates.confirm("owners", "Kim")
    with pytest.raises(GateWaiting, match="nothing was created"):
        step_class("04_schema")(hand.session, hand.run, "script").write()
    assert not hand.session.journal.written_count()


DECISIONS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "quarantine": ({"unfit": "quarantine"}, {"misfits": "quarantine"}),
    "keep as text": (
        {"target": Target("person", "Loyalty of old", "text", True), "transform": "text"},
        {"field": "Loyalty of old", "target_type": "text", "new": "yes", "transform": "text"},
    ),
    "skip the field": (
        {"target": Target("none", "", "", False), "transform": "skip", "reason": "old"},
        {"entity": "none", "field": "", "target_type": "", "new": "no", "transform": "skip", "reason": "old"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", DECISIONS)
@pytest.mark.parametrize("file", ["yaml", "xlsx"])
def test_each_decision_is_read_from_either_file(hand: Hand, how: str, file: str) -> None:
    hand.change(target=LOYALTY, transform="number")
    in_yaml, in_xlsx = DECISIONS[how]
    if file == "yaml":
        hand.change(**in_yaml)
        hand.confirm()
    else:
        cells = {"entity": "person", "field": "Loyalty", "target_type": "double", "new": "no", "transform": "number"}
        hand.confirm(hand.edit_workbook(**{**cells, **in_xlsx}))
    assert hand.session.gates.status("mapping").status == "confirmed"
    row = hand.row()
    assert {name: getattr(row, name) for name in in_yaml} == in_yaml
    assert row.by == "Kim"


def test_quarantined_values_stay_out_are_listed_and_are_counted_as_not_moved(hand_loaded: Hand) -> None:
    hand, persons = hand_loaded, hand_loaded.persons()
    assert persons["101"]["Loyalty"] == 1.5
    assert {i for i, person in persons.items() if "Loyalty" not in person} == set(map(str, ODD))
    listed = report(hand.run / "reports" / "quarantined_values.csv")
    assert [(r["source_id"], r["file"], r["line"], r["column"], r["value"], r["reason"]) for r in listed] == [
        (str(number), "contacts.csv", str(number - 99), "Loyalty", text, "not a number") for number, text in ODD.items()
    ]
    rows = [r for r in report(hand.run / "reports" / "reconciliation.csv") if r["phase"] == "08_persons"]
    assert [r["examples"] for r in rows if r["field"] == "(not moved: does not fit)"] == ["3 x Loyalty: not a number"]
    line = next(r for r in rows if r["field"] == "Loyalty")
    assert (line["equal"], line["different"], line["absent_in_source"]) == ("17", "0", "0")


def test_a_map_changed_after_its_confirmation_is_refused_by_the_load(hand_loaded: Hand) -> None:
    hand = hand_loaded
    before = hand.session.journal.written_count()
    hand.change(reason="only a remark")
    assert hand.session.gates.status("mapping").status == "confirmed"
    hand.change(target=replace(LOYALTY, field="Loyalty of late", new=True))
    assert hand.session.gates.status("mapping").status == "stale"
    for phase in PHASES[3:9]:
        with pytest.raises(GateWaiting, match="confirmed by Kim for something else"):
            step_class(phase)(hand.session, hand.run, "script", record=False).require_before()
    with pytest.raises(GateWaiting, match="confirmed by Kim for something else"):
        step_class("04_schema")(hand.session, hand.run, "script").write()
    assert hand.session.journal.written_count() == before
    hand.confirm(hand.edit_workbook(field="Loyalty of old", new="yes"))
    assert hand.session.gates.status("mapping").status == "confirmed"
    hand.edit_workbook(transform="magic")
    with pytest.raises(
        BadInput, match=r"mapping\.xlsx: row \d+ \(contacts 'Loyalty'\): transform 'magic' is not known"
    ):
        hand.confirm(hand.decisions / "mapping.xlsx")
    assert hand.row().target.field == "Loyalty of old"
