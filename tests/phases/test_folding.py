"""A plan of 30 custom fields, and a map that wants 45: folded into notes, once, compared, rewritten, and taken back."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nrpd import workbench
from nrpd.errors import GateWaiting
from nrpd.gates import PHASES, QUESTIONS
from nrpd.handover.estimate import Basis
from nrpd.handover.volumes import Volumes
from nrpd.mapping.folding import NEVER
from nrpd.mapping.sheet import read_xlsx, read_yaml
from nrpd.phases import spending
from nrpd.phases.catalogue import step_class
from nrpd.phases.mapping import Mapping
from nrpd.phases.room import room_of
from nrpd.phases.session import Session
from nrpd.pipedrive.records import MappingRow
from tests.support import crowded, small
from tests.support.case import report

Export = dict[str, Any]
KINDS = ("person", "organization", "deal")
EDITED = 109
"""The contact whose note somebody edits."""


def parameters(folder: Path, gates: str, fields: int = 0) -> Path:
    crowded.export(folder / "export")
    crowded.export(folder / "later", changed=True)
    fixture = crowded.account(folder / "account.json", fields)
    destination = {"kind": "sandbox", "plan": "lite", "fixture": str(fixture)}
    source = {"delta_export": {"path": "later", "kind": "full"}}
    return small.parameters(folder, "crowded", destination=destination, gates=gates, source=source)


def held(session: Session) -> Export:
    """What the account holds now."""
    assert session.client
    assert session._box
    return session._box.export()


def kept_estimate(session: Session) -> Basis:
    found = spending.kept(session)
    assert found
    return found


def custom_fields(account: Export) -> list[str]:
    return [f"{e}/{f['field_name']}" for e in KINDS for f in account[f"{e}_fields"]]


@dataclass
class Walked:
    """The customer after each stretch of the way."""

    path: Path
    wanted: int = 0
    rows: list[MappingRow] = field(default_factory=list)
    states: dict[str, Export] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)
    edited: int = 0
    run: Path = Path()
    compared: dict[str, Any] = field(default_factory=dict)
    estimated: Volumes = field(default_factory=lambda: Volumes({}))

    def notes(self, state: str) -> dict[tuple[str, str], str]:
        """(kind, name of the record) → the content of its note."""
        account = self.states[state]
        found = {}
        for kind, link, name in (
            ("person", "person_id", "name"), ("organization", "org_id", "name"), ("deal", "deal_id", "title")
        ):  # fmt: skip
            names = {record["id"]: record[name] for record in account[f"{kind}s"]}
            for note in account["notes"]:
                if note.get(link):
                    key = (kind, names[note[link]])
                    assert key not in found, "one note per record"
                    found[key] = note["content"]
        return found


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    folder = tmp_path_factory.mktemp("folding")
    way = Walked(parameters(folder, "auto"))
    with Session(way.path) as session:
        way.run = session.workspace.new_run()
        session.journal.run = way.run.name

        def go(*phases: str) -> None:
            for phase in phases:
                step = step_class(phase)(session, way.run, "script")
                if isinstance(step, Mapping):
                    way.wanted = len(room_of(step).wanted(step._proposal()))
                step.run_all()
                session.forget()

        def keep(state: str) -> None:
            way.states[state] = held(session)
            way.writes[state] = session.journal.written_count()

        go("01_discovery")
        keep("before")
        way.estimated = kept_estimate(session).volumes
        go(*PHASES[1:4])
        keep("schema")
        go(*PHASES[4:10])
        keep("loaded")
        way.rows = read_yaml(session.workspace.decisions / "mapping.yaml")
        session.disconnect()
        _forget_answers(way.path.parent / "runs" / "crowded" / "journal.sqlite")
        go("04_schema", "07_organizations", "08_persons")
        keep("again")
        person = session.journal.links_of("person")[str(EDITED)]
        way.edited = int(session.journal.links_of("note")[f"folded fields of person {person}"])
        session.client.request("PUT", f"/api/v1/notes/{way.edited}", json={"content": "Habit 15: none, says Ines"})
        go("11_cutover")
        keep("cut over")
        way.compared = workbench.aftercare.Again(session, way.run, "hand", record=False).run_all()
        go("rollback")
        keep("rolled back")
    return way


def _forget_answers(journal: Path) -> None:
    """As if the runner had died with three notes in flight: they reached the account, but nobody heard of it."""
    with sqlite3.connect(journal) as connection:
        for kind in KINDS:
            row = connection.execute(
                "select id, dest_id from writes where entity = 'note' and source_id like ? and state = 'done' limit 1",
                (f"folded fields of {kind} %",),
            ).fetchone()
            assert row, kind
            connection.execute(
                "update writes set state = 'sent', dest_id = '', done_at = null, sent_at = '2020-01-01T00:00:00Z' "
                "where id = ?",
                row[:1],
            )
            connection.execute("delete from records where entity = 'note' and dest_id = ?", row[1:])
            connection.execute("delete from links where entity = 'note' and dest_id = ?", row[1:])


def test_at_most_thirty_fields_exist_although_the_map_wants_forty_five(walked: Walked) -> None:
    assert walked.wanted == 45
    assert len(custom_fields(walked.states["schema"])) == 30
    assert walked.states["schema"]["notes"] == []


def test_the_estimate_counts_the_fields_and_the_notes(walked: Walked) -> None:
    made = Counter(kind for kind, _ in walked.notes("loaded"))
    assert walked.estimated.folded == {kind: made[kind] for kind in ("person", "organization")}
    assert walked.estimated.new_fields == 30


def test_the_least_used_are_folded_by_auto_and_what_nrpd_rests_on_is_not(walked: Walked) -> None:
    folded = [row for row in walked.rows if row.transform == "note"]
    made = {name.partition("/")[2] for name in custom_fields(walked.states["schema"])}
    assert {row.by for row in folded} == {"auto"}
    assert all("the plan lite allows 30" in row.reason for row in folded)
    assert made >= NEVER
    kept = [r.fill for r in walked.rows if r.target.new and r.target.field in made - NEVER]
    assert max(row.fill for row in folded) <= min(kept)
    assert {row.object for row in folded} == {"contacts", "companies", "campaigns"}


def test_every_folded_value_stands_in_the_one_note_of_its_record(walked: Walked) -> None:
    folded = [row.target.field for row in walked.rows if row.transform == "note" and row.object == "contacts"]
    numbers = [int(name.removeprefix("Habit ")) for name in folded]
    notes = walked.notes("loaded")
    names = {2: "First2 Known"}
    for n in range(1, crowded.PEOPLE + 1):
        lines = [f"Habit {number:02}: {text}" for number in numbers if (text := crowded.habit(n, number))]
        assert notes.get(("person", names.get(n, f"First{n} Last{n}")), "") == "\n".join(lines)
    said = notes["organization", "Firm 1"]
    assert "Machine &lt;A&gt;: &lt;b&gt;press&lt;/b&gt; & more\n" in said
    assert "Motto: first line\n  \n  third: line" in said
    assert notes["deal", "Old deal"] == "Campaign Type: Drip Series"


def test_a_second_run_writes_nothing_and_knows_notes_again_that_nobody_heard_of(walked: Walked) -> None:
    assert walked.states["again"]["notes"] == walked.states["loaded"]["notes"]
    assert walked.writes["again"] == walked.writes["loaded"]


def test_a_later_export_rewrites_a_line_and_a_blank_takes_none_away(walked: Walked) -> None:
    before, after = walked.notes("again"), walked.notes("cut over")
    key = ("person", "First1 Last1")
    assert after[key] == before[key].replace("Habit 23: habit 23 of 1", "Habit 23: another habit")
    assert "Habit 22: habit 22 of 1" in after[key]
    changed = {k for k in before if before[k] != after[k]}
    assert changed == {key, ("person", f"First{EDITED - 100} Last{EDITED - 100}")}
    assert len(after) == len(before)


def test_a_note_that_people_edited_is_theirs(walked: Walked) -> None:
    note = next(n for n in walked.states["cut over"]["notes"] if n["id"] == walked.edited)
    assert note["content"] == "Habit 15: none, says Ines"
    kept = [r for r in report(walked.run / "reports" / "conflicts.csv") if r["object"] == "note"]
    assert [(r["source_id"], r["why"]) for r in kept] == [(str(EDITED), "changed in the account after the load")]


def test_notes_are_compared_line_by_line(walked: Walked) -> None:
    rows = report(walked.run / "reports" / "reconciliation.csv")
    lines = {r["field"]: r for r in rows if r["phase"] == "08_persons" and r["field"].endswith(" (in the note)")}
    filled = Counter(
        number for number in range(1, 24) for n in range(1, crowded.PEOPLE + 1) if crowded.habit(n, number)
    )
    assert {name: int(r["equal"]) for name, r in lines.items()} == {
        f"Habit {n:02} (in the note)": filled[n] for n in filled if f"Habit {n:02} (in the note)" in lines
    }
    assert len(lines) >= 8
    later = [r for r in rows if r["phase"] == "11_cutover" and r["field"] == "Habit 15 (in the note)"]
    assert [(r["different"], r["changed_since"]) for r in later] == [("0", "1")]
    assert walked.compared["contacts"]["fields_different"] == 0
    beside = report(walked.run / "reports" / "sample_beside.csv")
    assert {"Habit 23 (in the note)"} <= {r["field"] for r in beside}
    habits = [r for r in beside if r["field"].startswith("Habit")]
    assert all((r["value"], r["changed_on_the_way"]) == (r["source_value"], "") for r in habits)


def test_a_rollback_removes_the_notes_and_the_fields(walked: Walked) -> None:
    before, after = walked.states["before"], walked.states["rolled back"]
    assert [n["id"] for n in after["notes"]] == [walked.edited]
    used = {name for p in after["persons"] for name in p.get("custom_fields", {})}
    assert {name.partition("/")[2] for name in custom_fields(after) if name.startswith("person/")} == used
    assert after["deals"] == [
        {**deal, "update_time": now["update_time"]} for deal, now in zip(before["deals"], after["deals"], strict=True)
    ]
    assert {p["name"] for p in after["persons"]} == {"First2 Known", f"First{EDITED - 100} Last{EDITED - 100}"}


# By hand


@contextmanager
def as_far_as_the_map(path: Path) -> Iterator[tuple[Session, Path]]:
    """The customer after 02_mapping."""
    with Session(path) as session:
        folder = session.workspace.new_run()
        session.journal.run = folder.name
        step_class("01_discovery")(session, folder, "script").run_all()
        if not session.gates.automatic:
            session.gates.confirm("preflight", "Kim", dict.fromkeys(dict(QUESTIONS["preflight"]), True))
        step_class("02_mapping")(session, folder, "script").run_all()
        yield session, folder


def test_by_hand_nothing_is_created_until_the_choice_is_made(tmp_path: Path) -> None:
    path = parameters(tmp_path, "manual")
    decisions = tmp_path / "runs" / "crowded" / "decisions"
    with as_far_as_the_map(path) as (session, folder):
        proposed = read_yaml(decisions / "mapping.yaml")
        assert not [row for row in proposed if row.transform == "note"]
        session.disconnect()
        with pytest.raises(GateWaiting) as refused:
            workbench.confirm(path, "mapping", "Kim", None)
        said = str(refused.value)
        assert "needs 45 new custom fields and 0 are in use, but the plan allows 30: 15 too many" in said
        assert "contacts 'Habit 23' (8% filled), contacts 'Habit 22' (12% filled)" in said
        assert "--fold" in said
        assert read_yaml(decisions / "mapping.yaml") == proposed
        assert session.gates.status("mapping").status == "waiting"
        session.gates.confirm("mapping", "Kim")  # past the command and the view, as a script could
        step_class("03_owners")(session, folder, "script").run_all()
        with pytest.raises(GateWaiting, match="15 too many; nothing was created"):
            step_class("04_schema")(session, folder, "script").write()
        assert custom_fields(held(session)) == []
        session.disconnect()
        workbench.confirm(path, "mapping", "Kim", None, fold=True)
        folded = [row for row in read_yaml(decisions / "mapping.yaml") if row.transform == "note"]
        assert {row.by for row in folded} == {"Kim"}
        assert read_xlsx(decisions / "mapping.xlsx", proposed) == read_yaml(decisions / "mapping.yaml")
        session.gates.confirm("owners", "Kim")
        step_class("04_schema")(session, folder, "script").run_all()
        assert len(custom_fields(held(session))) == 30


def test_where_folding_is_not_enough_that_is_said(tmp_path: Path) -> None:
    with as_far_as_the_map(parameters(tmp_path, "auto", fields=25)) as (session, folder):
        assert not [r for r in read_yaml(session.workspace.decisions / "mapping.yaml") if r.transform == "note"]
        with pytest.raises(GateWaiting, match="25 are in use, but the plan allows 30") as waiting:
            step_class("04_schema")(session, folder, "script").plan()
        assert "Even with every field folded" in str(waiting.value)
        assert waiting.value.gate == "mapping"
