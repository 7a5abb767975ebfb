"""Issue "Exactly once", Show 4: a rollback keeps what people did since, takes the rest, and can be stopped midway."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from nrpd import workbench
from nrpd.errors import BadInput, Locked
from nrpd.phases.rollback import Rollback
from nrpd.phases.session import Session
from tests.support.account import Served, served
from tests.support.in_process import phases_here, run

WANTED = {"pipelines": [{"name": "New business", "stages": [{"name": "First"}, {"name": "Second"}]}], "labels": ["New"]}
LOADED = "10_suppression_pass"


@dataclass(frozen=True)
class Undone:
    """The account after the rollback, and what the rollback said."""

    box: Served
    before: dict[str, Any]
    ended: dict[str, Any]
    again: str


def people_go_on(box: Served) -> None:
    """Five edits, a deal of theirs on one person, a person of theirs in one organization, a deal in a stage of ours."""
    persons, firms, activities = box.all("persons"), box.all("organizations"), box.all("activities")
    lead_score, product = box.field_code("person", "Lead Score"), box.field_code("person", "Favorite Product")
    box.api("PATCH", f"/api/v2/persons/{persons['First1 Last1']['id']}", {"name": "First1 Married"})
    box.api("PATCH", f"/api/v2/persons/{persons['First2 Last2']['id']}", {"custom_fields": {lead_score: 99}})
    box.api("PATCH", f"/api/v2/persons/{persons['First3 Known']['id']}", {"custom_fields": {lead_score: 1}})
    box.api("PATCH", f"/api/v2/organizations/{firms['Birch Labs']['id']}", {"name": "Birch Laboratories"})
    subject = min(activities, key=lambda name: activities[name]["id"])
    box.api("PATCH", f"/api/v2/activities/{activities[subject]['id']}", {"note": "They read it"})
    stage = next(s for s in box.api("GET", "/api/v2/stages") if s["name"] == "Second")
    box.api("POST", "/api/v2/deals", {"title": "A new deal", "person_id": persons["First7 Last7"]["id"]})
    box.api("POST", "/api/v2/deals", {"title": "In our stage", "stage_id": stage["id"], "person_id": 2})
    kit = next(o["id"] for o in box.api("GET", f"/api/v2/personFields/{product}")["options"] if o["label"] == "Pro kit")
    own = {"name": "Their own", "org_id": firms["Elm Marine"]["id"], "custom_fields": {product: kit}}
    box.api("POST", "/api/v2/persons", own)


@pytest.fixture(scope="module")
def undone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undone]:
    with served(tmp_path_factory.mktemp("edits"), schema=WANTED) as box, phases_here():
        before = box.box.export()
        assert run(box.path, LOADED).exit_code == 0
        people_go_on(box)
        plan = workbench.rollback_plan(box.path)
        _stopped_midway(box.path)
        ended = workbench.roll_back(box.path, "Ada", None)
        with pytest.raises(BadInput) as refused:
            workbench.roll_back(box.path, "Ada", None)
        yield Undone(box, before, {**ended, "plan": plan}, str(refused.value))


def _stopped_midway(path: Path) -> None:
    """A rollback whose process ended after the activities."""
    with Session(path) as session:
        session.journal.run = session.workspace.new_run().name
        step = Rollback(session, session.workspace.folder / session.journal.run, "run")
        step.plan()
        step.gate()
        step._begin()
        step._delete_or_restore("activity")


def test_what_people_changed_is_kept_and_the_rest_is_gone(undone: Undone) -> None:
    assert undone.ended["exit_code"] == 0, undone.ended["message"]
    persons = undone.box.all("persons")
    kept = {"First1 Married", "First2 Last2", "First7 Last7", "Their own"}
    read = undone.box.all("activities")
    assert [a["note"] for a in read.values()] == ["They read it"]
    reader = persons[_name_of(persons, next(iter(read.values()))["person_id"])]["name"]
    assert persons.keys() == kept | {reader} | {"First3 Known", "Someone Else"}
    assert persons["First1 Married"]["emails"][0]["value"] == "person1@elm.example", "kept whole"


def _name_of(persons: dict[str, dict[str, Any]], identity: int) -> str:
    return next(name for name, person in persons.items() if person["id"] == identity)


def test_the_organizations_of_those_who_stay_stay_too(undone: Undone) -> None:
    persons, firms = undone.box.all("persons"), undone.box.all("organizations")
    needed = {p["org_id"] for p in persons.values() if p.get("org_id")}
    assert {f["id"] for f in firms.values()} == needed | {1, firms["Birch Laboratories"]["id"]}
    assert "Elm Marine" in firms
    assert len(firms) < 7


def test_who_was_there_before_is_as_before_but_for_their_edit_and_suppression(undone: Undone) -> None:
    old = {p["id"]: p for p in undone.before["persons"]}[1]
    now = undone.box.all("persons")["First3 Known"]
    assert {k: now.get(k) for k in ("name", "emails", "org_id", "owner_id")} == {
        k: old.get(k) for k in ("name", "emails", "org_id", "owner_id")
    }
    assert {k: v for k, v in now["custom_fields"].items() if not k.startswith("Suppression")} == {
        "Tier": "Gold", "Lead Score": 1,
    }  # fmt: skip
    assert now["custom_fields"]["Suppression status"] == "suppressed"


def test_fields_stages_and_pipelines_in_use_stay_and_the_others_go(undone: Undone) -> None:
    fields = undone.box.all("person_fields")
    assert {"Lead Score", "Favorite Product", "Suppression status"} <= fields.keys()
    pipelines = {p["name"]: [s["name"] for s in p["stages"]] for p in undone.box.box.export()["pipelines"]}
    assert pipelines == {"Pipeline": ["Qualified"], "New business": ["Second"]}
    used = {n for p in undone.box.all("organizations").values() for n in p.get("custom_fields", {})}
    assert set(undone.box.all("organization_fields")) == used | {
        f["field_name"] for f in undone.before["organization_fields"]
    }


def test_the_buckets_count_what_both_attempts_did(undone: Undone) -> None:
    planned = sum(line["records"] for line in undone.ended["plan"]["plan"] if line["what"] in ("delete", "restore"))
    buckets = undone.ended["buckets"]
    assert planned > 29, "the activities that the first attempt took back are among them"
    assert buckets.keys() == {"reversed", "kept"}
    assert buckets["reversed"] >= planned


def test_what_stays_is_listed_with_its_reason(undone: Undone) -> None:
    why = {(line["entity"], line["record"]): line["why"] for line in undone.box.report("rollback_kept")}
    persons = {name: str(p["id"]) for name, p in undone.box.all("persons").items()}
    assert "changed by people since: name" in why["person", persons["First1 Married"]]
    assert "deal" in why["person", persons["First7 Last7"]]
    firms = {name: str(f["id"]) for name, f in undone.box.all("organizations").items()}
    assert "person" in why["organization", firms["Elm Marine"]]
    assert any(entity == "activity" for entity, _ in why), "kept by the attempt that was stopped"
    assert undone.box.report("rollback_failed") == []


def test_once_more_there_is_nothing_and_that_is_no_success(undone: Undone) -> None:
    assert "no write that could be undone" in undone.again


def test_refused_while_a_run_is_at_work(tmp_path: Path) -> None:
    """What the run has in flight must not be settled by somebody else: also not by a mere plan."""
    with served(tmp_path) as box, phases_here():
        assert run(box.path, "06_sample").exit_code == 0
        exported = box.box.export()
        with FileLock(box.folder / ".run.lock"):
            for command in (
                lambda: workbench.rollback_plan(box.path),
                lambda: workbench.roll_back(box.path, "A", None),
            ):
                with pytest.raises(Locked) as caught:
                    command()
                assert caught.value.exit_code == 6
            with Session(box.path) as session, pytest.raises(Locked):
                Rollback(session, session.workspace.folder, "hand")
        assert box.box.export() == exported
