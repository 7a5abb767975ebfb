"""What a rollback leaves to people, and what it takes back of writes whose answer never came. In one process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nrpd.gates import PHASES
from nrpd.loader.plans.undo import CREATED, Undo
from nrpd.phases import related
from nrpd.phases.catalogue import step_class
from nrpd.phases.rollback import Rollback
from nrpd.phases.session import Session
from nrpd.pipedrive.account import read_notes, read_record
from tests.support import small

PARENTS = "Account ID,Account Name,Parent Account\n201,{1},{0}\n203,{3},{0}\n"
NOTES = (
    "Note ID,Contact ID,Text,Date\n1,110,Wants a quote,2025-01-10 10:00:00\n2,111,Called twice,2025-01-11 10:00:00\n"
)


@dataclass(frozen=True)
class Undone:
    """The account after the rollback, and what people had done before it: ids of records that are theirs now."""

    session: Session
    buckets: dict[str, int]
    noted_on: int
    mailed: int
    whys: dict[tuple[str, str], str]
    plan: str
    loads: dict[str, str]
    """Phase → what it said that it would do: of organizations and persons before the sample, of activities after it."""


@pytest.fixture(scope="module")
def undone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undone]:
    folder = tmp_path_factory.mktemp("rollback")
    small.export(folder / "export")
    (folder / "export" / "parents.csv").write_text(PARENTS.format(*small.COMPANIES), encoding="utf-8")
    (folder / "export" / "notes.csv").write_text(NOTES, encoding="utf-8")
    destination = {"kind": "sandbox", "fixture": str(small.account(folder / "account.json"))}
    path = small.parameters(folder, "acme", destination=destination, gates="auto")
    with Session(path) as session:
        run = session.workspace.new_run()
        session.journal.run = run.name
        plans = {}
        for phase in PHASES[:10]:
            if phase in ("06_sample", "09_activities"):
                loads = PHASES[6:8] if phase == "06_sample" else [phase]
                plans |= {p: step_class(p)(session, run, "script", record=False).plan().text for p in loads}
            step_class(phase)(session, run, "script").run_all()
            session.forget()
        noted_on, mailed = _people_go_on(session)
        session.disconnect()
    _forget_answers(path.parent / "runs" / "acme" / "journal.sqlite")
    with Session(path) as session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(related, "IN_PLAN", 1)
        session.journal.run = run.name
        step = Rollback(session, run, "script")
        plan = step.plan().text
        step.gate()
        planned = {(u.entity, u.dest_id): u.why for u in step.undos}
        step.undo()
        step.prove()
        session.forget()
        yield Undone(session, step.buckets(), noted_on, mailed, planned, plan, plans)


def _people_go_on(session: Session) -> tuple[int, int]:
    """Someone rewrites one note, one activity and one relationship that nrpd made. Returns the persons that the first
    two hang on."""
    links = session.journal.links_of("note")
    remade = max(session.journal.records_of("relationship"), key=int)
    session.client.request("PUT", f"/api/v1/organizationRelationships/{remade}", json={"type": "related"})
    ends = dict(zip(("rel_owner_org_id", "rel_linked_org_id"), _related_by_people(session), strict=True))
    session.client.request("POST", "/api/v1/organizationRelationships", json={"type": "parent", **ends})
    note = next(n for n in read_notes(session.client) if str(n["id"]) == links["1"])
    session.client.request("PUT", f"/api/v1/notes/{note['id']}", json={"content": "Wants a quote for ten"})
    reader = int(session.journal.links_of("person")["104"])
    identity, activity = next(
        (i, a) for i, a in session.records("activity").items() if a["participants"][0]["person_id"] == reader
    )
    session.client.request("PATCH", f"/api/v2/activities/{identity}", json={"subject": "Read by Ines"})
    person = note["person_id"]
    number = person["value"] if isinstance(person, dict) else person
    return int(number), int(activity["participants"][0]["person_id"])


def _related_by_people(session: Session) -> list[int]:
    """Two organizations of nrpd's that people relate to each other."""
    firms = session.records("organization").items()
    return [int(i) for name in (small.COMPANIES[2], small.COMPANIES[5]) for i, f in firms if f["name"] == name]


def _forget_answers(journal: Path) -> None:
    """As if the runner had died with these writes in flight: they reached the account, but nobody heard of it."""
    with sqlite3.connect(journal) as connection:
        for kind, source in (("field", "person/Lead Score"), ("relationship", "%"), ("activity_type", "%")):
            row = connection.execute(
                "select id, dest_id from writes where entity = ? and source_id like ? and state = 'done' limit 1",
                (kind, source),
            ).fetchone()
            assert row, kind
            connection.execute("update writes set state = 'sent', dest_id = '', done_at = null where id = ?", row[:1])
            connection.execute("delete from records where entity = ? and dest_id = ?", (kind, row[1]))
            connection.execute("delete from links where entity = ? and dest_id = ?", (kind, row[1]))


def test_a_note_that_people_rewrote_stays_with_its_person(undone: Undone) -> None:
    texts = [n["content"] for n in read_notes(undone.session.client)]
    assert texts == ["Wants a quote for ten"]
    assert _live(undone, "person", undone.noted_on)
    assert "note" in undone.whys["person", str(undone.noted_on)]


def test_an_activity_that_people_changed_stays_with_its_person_and_organization(undone: Undone) -> None:
    left = list(undone.session.records("activity").values())
    assert [a["subject"] for a in left] == ["Read by Ines"]
    person = _live(undone, "person", undone.mailed)
    assert person
    assert _live(undone, "organization", person["org_id"])


def test_the_plan_said_so_before(undone: Undone) -> None:
    person = undone.session.records("person")[str(undone.mailed)]
    assert "person" in undone.whys["organization", str(person["org_id"])]


def test_everything_else_that_nrpd_made_is_gone(undone: Undone) -> None:
    people = set(map(int, undone.session.records("person")))
    assert people == {1, 2, undone.noted_on, undone.mailed}
    assert "failed" not in undone.buckets


def test_a_field_whose_answer_never_came_is_known_again(undone: Undone) -> None:
    """It stands on the persons that stay, so it stays; but as one of nrpd's own, and settled."""
    fields = {r["written"]["name"]: r["state"] for r in undone.session.journal.records_of("field").values()}
    assert fields["Lead Score"] == "kept"


def test_no_write_is_left_open(undone: Undone) -> None:
    assert undone.session.journal.open_writes() == []


def test_relationships_are_gone_also_those_that_nobody_heard_of(undone: Undone) -> None:
    client = undone.session.client
    left = [
        one for identity in undone.session.records("organization")
        for one in client.get("/api/v1/organizationRelationships", {"org_id": identity}).data or ()
    ]  # fmt: skip
    assert {one["id"]: one["type"] for one in left} == {2: "related", 3: "parent"}, (
        "what people made, or made otherwise"
    )
    ends = {str(one[end]["value"]) for one in left for end in ("rel_owner_org_id", "rel_linked_org_id")}
    assert len(ends) == 4
    assert ends <= undone.session.records("organization").keys()


def test_many_organizations_are_asked_only_before_they_would_be_deleted(undone: Undone) -> None:
    """The plan says so, and how many; those that people related then stay."""
    assert "organizations are asked only just before" in undone.plan
    for identity in map(str, _related_by_people(undone.session)):
        assert undone.whys["organization", identity] == ""
        assert undone.session.journal.records_of("organization")[identity]["state"] == "kept"


def _live(undone: Undone, entity: str, identity: int) -> dict[str, Any] | None:
    found = read_record(undone.session.client, entity, identity)
    return None if found is None else {**found, "org_id": found.get("org_id")}


def test_what_is_still_there_although_its_deletion_was_confirmed_is_a_failure(undone: Undone) -> None:
    (note,) = read_notes(undone.session.client)
    step = Rollback(undone.session, undone.session.workspace.folder, "script", record=False)
    there, gone = Undo("note", str(note["id"]), CREATED), Undo("note", "987654", CREATED)
    step.undos, step.failures = [there, gone, Undo("relationship", "3", CREATED)], {}
    step._look_again()
    assert set(step.failures) == {("note", there.dest_id), ("relationship", "3")}


def test_before_a_load_its_plan_says_what_why_and_at_what_cost(undone: Undone) -> None:
    firms, people, activities = (
        [" ".join(line.split()) for line in text.splitlines()] for text in undone.loads.values()
    )
    assert "companies create nothing in the account is it 5 5 25" in firms
    assert "companies adopt its name is there 1 1 5" in firms
    assert "contacts create nothing in the account is it 19 19 95" in people
    assert "contacts adopt its address is there 1 1 5" in people
    assert "notes create not in the account yet 2 2 20" in activities
    assert "email_sends unchanged made already; sent again where changed 30 0 0" in activities
    assert any("2 writes, 20 tokens; as fast as the account answers" in line for line in activities)
