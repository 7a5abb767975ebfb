"""Issue "Exactly once", Show 4: a rollback keeps what people did since, takes the rest, and can be stopped midway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from filelock import FileLock

from nrpd import workbench
from nrpd.errors import BadInput, Locked
from nrpd.parameters import Destination
from nrpd.phases import session as session_module
from nrpd.phases.rollback import Rollback
from nrpd.phases.session import Session
from tests.support.account import Served, served
from tests.support.elsewhere import Elsewhere, beside
from tests.support.in_process import phases_here, run

WANTED = {"pipelines": [{"name": "New business", "stages": [{"name": "First"}, {"name": "Second"}]}], "labels": ["New"]}
LOADED = "10_suppression_pass"
READER = "First20 Last20"
HELD = {
    "First4 Last4": "lead a2", "First9 Last9": "lead a1", "First10 Last10": "Brought by of person",
    "First13 Last13": "deal", "First14 Last14": "activity", "First15 Last15": "mail since",
    "First16 Last16": "followers", "First19 Last19": "deals that it takes part in",
}  # fmt: skip
"""Persons that nrpd made → why they are kept: what people hung on each."""


@dataclass(frozen=True)
class Undone:
    """The account after the rollback, and what the rollback said."""

    box: Served
    before: dict[str, Any]
    ended: dict[str, Any]
    again: str
    refused: tuple[str, str]
    """What was said without a digest, and to that of an earlier plan, as if the account were elsewhere."""


def people_go_on(box: Served) -> None:
    """Five edits, a deal of theirs on one person, a person of theirs in one organization, a deal in a stage of ours."""
    persons, firms = box.all("persons"), box.all("organizations")
    lead_score, product = box.field_code("person", "Lead Score"), box.field_code("person", "Favorite Product")
    box.api("PATCH", f"/api/v2/persons/{persons['First1 Last1']['id']}", {"name": "First1 Married"})
    box.api("PATCH", f"/api/v2/persons/{persons['First2 Last2']['id']}", {"custom_fields": {lead_score: 99}})
    box.api("PATCH", f"/api/v2/persons/{persons['First3 Known']['id']}", {"custom_fields": {lead_score: 1}})
    box.api("PATCH", f"/api/v2/organizations/{firms['Birch Labs']['id']}", {"name": "Birch Laboratories"})
    box.api("PATCH", f"/api/v2/activities/{_activity_of(box, READER)}", {"note": "They read it"})
    stage = next(s for s in box.api("GET", "/api/v2/stages") if s["name"] == "Second")
    box.api("POST", "/api/v2/deals", {"title": "A new deal", "person_id": persons["First7 Last7"]["id"]})
    box.api("POST", "/api/v2/deals", {"title": "In our stage", "stage_id": stage["id"], "person_id": 2})
    kit = next(o["id"] for o in box.api("GET", f"/api/v2/personFields/{product}")["options"] if o["label"] == "Pro kit")
    own = {"name": "Their own", "org_id": firms["Elm Marine"]["id"], "custom_fields": {product: kit}}
    box.api("POST", "/api/v2/persons", own)
    ends = {"rel_owner_org_id": firms["Cedar Foods"]["id"], "rel_linked_org_id": firms["Alder Works"]["id"]}
    box.api("POST", "/api/v1/organizationRelationships", {"type": "related", **ends})
    put_away = box.api("POST", "/api/v2/deals", {"title": "Put away", "person_id": persons["First13 Last13"]["id"]})
    box.api("PATCH", f"/api/v2/deals/{put_away['id']}", {"is_archived": True})
    field = {"field_name": "Brought by", "field_type": "people"}
    brought_by = box.api("POST", "/api/v2/personFields", field)["field_code"]
    link = {"custom_fields": {brought_by: persons["First10 Last10"]["id"]}}
    box.api("PATCH", f"/api/v2/persons/{persons['Someone Else']['id']}", link)
    httpx.post(
        f"{box.box.base_url}/api/v1/files", headers={"x-api-token": box.box.token},
        data={"activity_id": str(_activity_of(box, "First14 Last14"))}, files={"file": ("a.txt", b"Minutes")},
    ).raise_for_status()  # fmt: skip


def _activity_of(box: Served, person: str) -> int:
    identity = box.all("persons")[person]["id"]
    return int(max(a["id"] for a in box.box.export()["activities"] if a["participants"][0]["person_id"] == identity))


def elsewhere(box: Served) -> Elsewhere:
    """What people hung on persons and organizations that the sandbox does not keep."""
    persons, firms = ({n: r["id"] for n, r in box.all(kind).items()} for kind in ("persons", "organizations"))
    return Elsewhere(
        items={
            "/api/v1/leads": [{"id": "a1", "title": "Lead", "person_id": persons["First9 Last9"]}],
            "/api/v1/leads/archived": [{"id": "a2", "title": "Old", "person_id": persons["First4 Last4"]}],
        },
        said={
            ("persons", persons["First19 Last19"]): {"participant_open_deals_count": 1},
            ("persons", persons["First15 Last15"]): {"last_outgoing_mail_time": "2999-01-01T00:00:00Z"},
            ("persons", persons["First6 Last6"]): {"last_incoming_mail_time": "2020-01-01T00:00:00Z"},
        },
        followers={("persons", persons["First16 Last16"]): [2, 7], ("organizations", firms["Fern Optics"]): [7]},
        usual=[1],
    )


@pytest.fixture(scope="module")
def undone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undone]:
    with served(tmp_path_factory.mktemp("edits"), schema=WANTED) as box, phases_here():
        before = box.box.export()
        assert run(box.path, LOADED).exit_code == 0
        people_go_on(box)
        with beside(box.box.base_url, elsewhere(box)) as server:
            box.change(destination={"base_url": server.url})
            plan = workbench.rollback_plan(box.path)
            _stopped_midway(box.path)
            with as_if_elsewhere(box):
                refused = _refused(box, None), _refused(box, plan["digest"])
                ended = workbench.roll_back(box.path, "Ada", workbench.rollback_plan(box.path)["digest"])
        box.change(destination={"base_url": box.box.base_url})
        yield Undone(box, before, {**ended, "plan": plan}, _refused(box, None), refused)


@contextmanager
def as_if_elsewhere(box: Served) -> Iterator[None]:
    """The account counts as one that is not on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Destination, "on_loopback", property(lambda self: False))
        patch.setattr(session_module, "check_company", lambda *_: None)
        box.change(gates="manual")
        yield
    box.change(gates="auto")


def _refused(box: Served, digest: str | None) -> str:
    """Why a rollback is refused; nothing is undone by it."""
    held = box.box.export()
    with pytest.raises(BadInput) as refused:
        workbench.roll_back(box.path, "Ada", digest)
    assert box.box.export() == held
    return str(refused.value)


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
    changed = {"First1 Married", "First2 Last2", "First7 Last7", "Their own"}
    left = undone.box.box.export()["activities"]
    assert {_name_of(persons, a["participants"][0]["person_id"]) for a in left if a["note"] != "They read it"} == {
        "First14 Last14"
    }
    readers = {_name_of(persons, a["participants"][0]["person_id"]) for a in left if a["note"] == "They read it"}
    assert readers == {READER}
    assert persons.keys() == changed | HELD.keys() | readers | {"First3 Known", "Someone Else"}
    assert persons["First1 Married"]["emails"][0]["value"] == "person1@elm.example", "kept whole"


def _name_of(persons: dict[str, dict[str, Any]], identity: int) -> str:
    return next(name for name, person in persons.items() if person["id"] == identity)


def test_the_organizations_of_those_who_stay_stay_too(undone: Undone) -> None:
    persons, firms = undone.box.all("persons"), undone.box.all("organizations")
    needed = {p["org_id"] for p in persons.values() if p.get("org_id")}
    assert {f["id"] for f in firms.values()} == needed | {1, firms["Cedar Foods"]["id"]}
    assert "Elm Marine" in firms
    assert "Dune Textiles" not in firms


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


def test_what_people_hung_on_a_record_keeps_it(undone: Undone) -> None:
    """Told in the plan, before anything was undone; and left where it hung."""
    why = {(line["entity"], line["record"]): line["why"] for line in undone.box.report("rollback_kept")}
    persons, firms = undone.box.all("persons"), undone.box.all("organizations")
    for name, words in HELD.items():
        assert words in why["person", str(persons[name]["id"])], name
    assert "relationship" in why["organization", str(firms["Cedar Foods"]["id"])]
    assert "followers" in why["organization", str(firms["Fern Optics"]["id"])]
    (left,) = undone.box.box.export()["organization_relationships"]
    assert (left["type"], left["rel_owner_org_id"]) == ("related", firms["Cedar Foods"]["id"])
    planned = {(line["entity"], line["what"]): line["records"] for line in undone.ended["plan"]["plan"]}
    assert planned["organization", "keep"] == sum(entity == "organization" for entity, _ in why)


def test_the_plan_says_what_asking_costs_and_what_is_not_looked_at(undone: Undone) -> None:
    text = undone.ended["plan"]["text"]
    assert "of them to ask organizations for relationships" in text
    assert "comments under notes" in text
    assert "projects (not offered" in text
    assert "leads (not offered" not in text


def test_elsewhere_only_the_plan_that_was_shown_is_carried_out(undone: Undone) -> None:
    """Part of the first plan was carried out since, so it is another one now."""
    without, outdated = undone.refused
    assert "--plan-digest must name the plan" in without
    assert "look at --plan again" in outdated
    assert undone.ended["digest"] not in (None, undone.ended["plan"]["digest"])
    assert undone.ended["plan"]["text"].splitlines()[-1].endswith(f"--plan-digest {undone.ended['plan']['digest']}")


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
