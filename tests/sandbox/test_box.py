"""The store across processes and kills, fixtures, export, and the loop behind `nrpd sandbox`."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from nrpd.sandbox import Sandbox

from .conftest import Api, Make

SERVE = """
import json, pathlib, sys
from nrpd.sandbox import serve_forever
store = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
serve_forever(store, 0, "enterprise", 50, None, "", lambda facts: print(json.dumps(facts), flush=True))
"""


class Served:
    """`serve_forever` in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", SERVE, *arguments], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.facts: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.http = httpx.Client(
            base_url=self.facts["base_url"], headers={"x-api-token": self.facts["token"]}, timeout=20
        )

    def end(self, how: signal.Signals) -> int:
        os.kill(self.process.pid, how)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.http.close()
        return self.process.wait(timeout=20)


def test_serve_forever_ends_by_signal() -> None:
    served = Served()
    assert set(served.facts) == {"port", "token", "base_url"}
    assert served.http.get("/api/v1/users/me").status_code == 200
    assert served.end(signal.SIGTERM) == 0


def test_two_processes_serve_one_store(make: Make) -> None:
    api = make(budget=True, plan="enterprise", seats=50)
    served = Served(str(api.box.store_path))
    try:
        ids = []
        for number in range(20):
            ids.append(api.ok("POST", "/v2/persons", {"name": f"A{number}"})["id"])
            ids.append(served.http.post("/api/v2/persons", json={"name": f"B{number}"}).json()["data"]["id"])
        assert sorted(ids) == list(range(1, 41))
        # A field made through one is known to the other at once, and both spend one budget.
        code = api.field("Shared", "varchar")["field_code"]
        made = served.http.post("/api/v2/persons", json={"name": "C", "custom_fields": {code: "x"}})
        assert made.json()["data"]["custom_fields"] == {code: "x"}
        assert api.box.tokens_used() == 42 * 5
        api.box.advance(3600)
        later = served.http.post("/api/v2/persons", json={"name": "D"}).json()["data"]
        assert later["update_time"] > made.json()["data"]["update_time"]
        assert api.ok("GET", "/v2/persons", params={"limit": 500})[-1]["id"] == later["id"]
    finally:
        served.end(signal.SIGTERM)


def test_killed_while_writing(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    answered = 0
    for _ in range(2):
        served = Served(str(store))
        for number in range(25):
            served.http.post("/api/v2/persons", json={"name": f"P{number}"}).raise_for_status()
            answered += 1
        served.end(signal.SIGKILL)
    connection = sqlite3.connect(store)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    box = Sandbox(store)
    assert len(box.export()["persons"]) == answered


FIXTURE: dict[str, Any] = {
    "company": {"name": "Acme", "domain": "acme", "currency": "EUR", "timezone": "UTC", "id": 5, "campaigns": True},
    "users": [{"id": 1, "name": "Me", "email": "me@acme.example", "admin": True, "is_you": True}],
    "labels": {"person": ["Hot"]},
    "person_fields": [
        {"field_name": "Lead Source", "field_type": "enum", "options": ["Web", "Fair"]},
        {"field_name": "Lists", "field_type": "set", "options": ["A", "B"]},
        {"field_name": "Budget", "field_type": "monetary"},
    ],
    "activity_types": [
        {"name": "Call", "key_string": "call", "icon_key": "call"},
        {"name": "Webinar", "key_string": "webinar"},
    ],
    "pipelines": [{"id": 3, "name": "P", "stages": [{"id": 8, "name": "S"}]}],
    "organizations": [
        {"id": 10, "name": "Acme", "address": {"value": "1 Main St"}, "add_time": "2020-01-01T00:00:00Z"},
        {"id": 11, "name": "Acme Labs"},
    ],
    "persons": [
        {
            "id": 20,
            "name": "Ann Lee",
            "emails": [{"value": "ann@acme.example"}],
            "org_id": 10,
            "labels": ["Hot"],
            "custom_fields": {"Lead Source": "Fair", "Lists": ["B", "A"], "Budget": {"value": 5, "currency": "EUR"}},
        }
    ],
    "deals": [{"id": 30, "title": "Big", "person_id": 20, "org_id": 10, "status": "won", "value": 100}],
    "activities": [{"id": 40, "type": "webinar", "participants": [{"person_id": 20}], "done": True}],
    "notes": [{"id": 50, "content": "Hello", "person_id": 20}],
    "files": [{"id": 60, "file_name": "a.txt", "content": "hello", "person_id": 20}],
    "organization_relationships": [{"type": "parent", "rel_owner_org_id": 10, "rel_linked_org_id": 11}],
}


def test_fixture(make: Make) -> None:
    api = make(FIXTURE)
    fields = {field["field_name"]: field for field in api.ok("GET", "/v2/personFields", params={"limit": 500})}
    person = api.ok("GET", "/v2/persons/20", params={"include_option_labels": "true"})
    shown = {name: person["custom_fields"][fields[name]["field_code"]] for name in ("Lead Source", "Lists", "Budget")}
    assert shown["Lead Source"]["label"] == "Fair"
    assert [option["label"] for option in shown["Lists"]] == ["B", "A"]
    assert shown["Budget"] == {"value": 5, "currency": "EUR"}
    assert person["emails"][0]["primary"] is True
    assert len(person["label_ids"]) == 1
    assert api.ok("GET", "/v2/activities/40")["person_id"] == 20
    assert (api.ok("GET", "/v2/deals/30")["stage_id"], api.ok("GET", "/v2/deals/30")["pipeline_id"]) == (8, 3)
    assert api.http.get("/v1/files/60/download").content == b"hello"
    assert api.ok("GET", "/v1/organizationRelationships", params={"org_id": 11})
    assert api.ok("GET", "/v1/users/me")["company_id"] == 5
    assert [kind["key_string"] for kind in api.ok("GET", "/v1/activityTypes")] == ["call", "webinar"]
    assert api.ok("POST", "/v2/persons", {"name": "Next"})["id"] == 21


def test_export_loads_to_the_same_account(make: Make) -> None:
    first = make(FIXTURE, store="first.sqlite")
    first.ok(
        "POST",
        "/v2/persons",
        {"name": "B", "emails": [{"value": "b@acme.example"}], "marketing_status": "unsubscribed"},
    )
    first.ok("POST", "/v2/persons", {"name": "Deleted"})
    first.ok("DELETE", "/v2/persons/22")
    exported = first.box.export()
    assert [person["name"] for person in exported["persons"]] == ["Ann Lee", "B"]
    assert exported["persons"][0]["custom_fields"]["Lead Source"] == "Fair"
    # Later than the first: times that a fixture gives are kept.
    time.sleep(1.1)
    second = make(exported, store="second.sqlite")
    assert second.box.export() == exported
    for path in ("persons", "organizations", "deals", "activities", "pipelines", "stages", "personFields"):
        assert second.ok("GET", f"/v2/{path}") == first.ok("GET", f"/v2/{path}")


def test_fixture_is_loaded_only_into_a_new_store(make: Make) -> None:
    first = make({"persons": [{"name": "A"}]})
    company = first.box.export()["company"]["id"]
    first.box.stop()
    again = make({"persons": [{"name": "B"}, {"name": "C"}]})
    assert [person["name"] for person in again.ok("GET", "/v2/persons")] == ["A"]
    assert again.box.export()["company"]["id"] == company


@pytest.mark.parametrize(
    ("fixture", "part"),
    [
        ({"people": []}, "unknown keys people"),
        ({"persons": [{"name": "A", "x": 1}]}, r"persons\[0\]: unknown keys x"),
        ({"persons": [{}]}, r"persons\[0\]: name is missing"),
        ({"persons": [{"name": "A", "org_id": 9}]}, r"persons\[0\]: org_id: there is no organization 9"),
        ({"persons": [{"name": "A", "custom_fields": {"Nope": 1}}]}, "Nope: There is no such custom field"),
        ({"persons": [{"name": "A", "emails": "a"}]}, r"persons\[0\]: emails"),
        ({"person_fields": [{"field_name": "F", "field_type": "boolean"}]}, r"person_fields\[0\]"),
        ({"person_fields": [{"field_name": "F", "field_type": "enum"}]}, "need options"),
        ({"activities": [{"type": "nope"}]}, "nope"),
        ({"users": [{"id": 1, "name": "A", "email": "a@b.example", "active_flag": False}]}, "active"),
    ],
)
def test_wrong_fixtures(make: Make, fixture: dict[str, Any], part: str) -> None:
    with pytest.raises(ValueError, match=part):
        make(fixture)


def test_file_that_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be taken for one" * 50)
    with pytest.raises(ValueError, match="not a store"):
        Sandbox(path)


def test_command_exports_a_store(make: Make, tmp_path: Path) -> None:
    api = make(FIXTURE)
    api.box.stop()
    target = tmp_path / "exported.json"

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "nrpd", "sandbox", *arguments], capture_output=True, text=True, timeout=60
        )

    done = command("--store", str(api.box.store_path), "--export", str(target))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert json.loads(target.read_text(encoding="utf-8")) == api.box.export()
    for arguments in (["--export", str(target)], ["--store", str(tmp_path / "none"), "--export", str(target)]):
        assert command(*arguments).returncode == 2
    assert not (tmp_path / "none").exists()


def test_export_of_an_empty_account(api: Api) -> None:
    exported = api.box.export()
    assert (exported["persons"], exported["organizations"]) == ([], [])
    assert len(exported["activity_types"]) == 6
