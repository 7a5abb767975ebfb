"""The client, the account reader and the schema against nrpd's own sandbox, which is as strict as Pipedrive."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nrpd.pipedrive import account
from nrpd.pipedrive.client import Client, Figures, OutcomeUnknown, Refused
from nrpd.pipedrive.limits import Limits
from nrpd.pipedrive.records import BURST_LIMITS
from nrpd.pipedrive.schema import Schema
from nrpd.pipedrive.values import same_value
from nrpd.sandbox import Sandbox

FIXTURE: dict[str, Any] = {
    "company": {"name": "Acme", "domain": "acme", "currency": "EUR", "timezone": "Europe/Berlin"},
    "users": [
        {"id": 1, "name": "Me", "email": "me@acme.example", "active_flag": True, "admin": True, "is_you": True},
        {"id": 2, "name": "Lee", "email": "lee@acme.example", "active_flag": False, "admin": False},
    ],
    "person_fields": [
        {"field_name": "Lead Source", "field_type": "enum", "options": ["Web", "Fair"]},
        {"field_name": "Lists", "field_type": "set", "options": ["A", "B", "C"]},
        {"field_name": "Lead Score", "field_type": "double"},
        {"field_name": "Budget", "field_type": "monetary"},
        {"field_name": "Opt-in Date", "field_type": "date"},
        {"field_name": "Address", "field_type": "address"},
        {"field_name": "Notes On", "field_type": "text"},
        {"field_name": "Fax", "field_type": "phone"},
        {"field_name": "Partner", "field_type": "org"},
        {"field_name": "Trial", "field_type": "daterange"},
        {"field_name": "Call At", "field_type": "time"},
    ],
    "organizations": [{"id": 1, "name": "Acme", "owner_id": 1, "address": {"value": "1 Main St"}}],
}
PERSON: dict[str, Any] = {
    "name": "Kim Lee",
    "emails": ({"value": "Kim@acme.example", "label": "work", "primary": True},),
    "phones": ({"value": "+13035550100", "label": "mobile", "primary": True},),
    "org_id": 1,
    "owner_id": 1,
    "visible_to": 3,
    "add_time": "2020-01-01T00:00:00Z",
    "Lead Source": "Fair",
    "Lists": ("A", "C"),
    "Lead Score": 7.5,
    "Budget": {"value": 100, "currency": "EUR"},
    "Opt-in Date": "2024-02-29",
    "Address": {"value": "1 Main St, Denver", "locality": "Denver", "country": "US"},
    "Notes On": "NULL & <b>",
    "Fax": "+1 303 555 0101",
    "Partner": 1,
    "Trial": {"value": "2024-01-01", "until": "2024-02-01"},
    "Call At": {"value": "12:05:00"},
}
Open = Callable[..., Any]


@pytest.fixture
def sandbox(tmp_path: Path) -> Open:
    @contextmanager
    def start(*, burst: bool = False, plan: str = "growth", **kwargs: Any) -> Iterator[tuple[Client, Limits]]:
        fixture = tmp_path / "sandbox.json"
        fixture.write_text(json.dumps(FIXTURE))
        with Sandbox(tmp_path / "sandbox.sqlite", fixture=fixture, plan=plan, burst=burst, **kwargs) as box:
            limits = Limits.for_plan(tmp_path, plan=plan, seats=5, burst=burst)
            with Client(box.base_url, box.token, limits=limits, retry_wait=0.05) as client:
                yield client, limits

    return start


def test_facts(sandbox: Open) -> None:
    with sandbox() as (client, _):
        facts = account.read_facts(client)
    assert facts.company_id > 0
    assert (facts.company_name, facts.company_domain, facts.default_currency) == ("Acme", "acme", "EUR")
    assert facts.me.admin
    assert [(u.email, u.active) for u in facts.users] == [("me@acme.example", True), ("lee@acme.example", False)]
    assert {f.name for f in facts.fields_of("person") if f.custom} == {
        f["field_name"] for f in FIXTURE["person_fields"]
    }
    assert not facts.has("person", "job_title")
    assert {t.key for t in facts.activity_types} >= {"call", "meeting", "task", "email"}
    assert facts.pipelines
    assert facts.stages
    assert facts.campaigns is False


def test_a_person_there_and_back(sandbox: Open) -> None:
    with sandbox() as (client, _):
        schema = Schema(account.read_fields(client))
        made = client.request("POST", "/api/v2/persons", json=schema.encode("person", PERSON)).data
        raw = account.read_record(client, "person", made["id"])
        assert raw is not None
        seen = schema.decode("person", raw)
        assert {n: (v, seen.get(n)) for n, v in PERSON.items() if not same_value(v, seen.get(n))} == {}
        keys = [schema.custom_key("person", "Lead Score")]
        (listed,) = account.read_records(client, "person", keys)
        assert schema.decode("person", listed)["Lead Score"] == 7.5
        client.request("DELETE", f"/api/v2/persons/{made['id']}")
        assert account.read_record(client, "person", made["id"]) is None
        assert account.read_records(client, "person") == []


def test_the_server_names_the_field(sandbox: Open) -> None:
    with sandbox() as (client, _):
        schema = Schema(account.read_fields(client))
        key = schema.custom_key("person", "Lead Score")
        with pytest.raises(Refused) as refused:
            client.request("POST", "/api/v2/persons", json={"name": "Kim", "custom_fields": {key: "7"}})
    assert refused.value.status == 400
    assert refused.value.field == key
    assert "'Lead Score'" in schema.explain("person", str(refused.value))


def test_tokens_agree_with_the_server(sandbox: Open) -> None:
    with sandbox() as (client, limits):
        account.read_facts(client)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: client.request("POST", "/api/v2/persons", json={"name": f"P{n}"}), range(40)))
        client.get("/api/v1/users/me")
        state = limits.ledger.state()
        assert state.spent == client.usage.tokens
        assert state.limit - state.remaining == client.usage.tokens


def test_no_burst_is_ever_turned_away(sandbox: Open) -> None:
    with sandbox(burst=True, plan="lite") as (client, _):
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda _: client.get("/api/v1/users/me"), range(50)))
        assert client.usage.rate_limited == 0
        assert client.usage.requests == 50 > 2 * BURST_LIMITS["lite"]


SPENDER = """
import sys
from pathlib import Path
from nrpd.errors import BudgetSpent
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.limits import Limits
limits = Limits.for_plan(Path(sys.argv[1]), plan="growth", seats=5, share=0.005, burst=False)
with Client(sys.argv[2], sys.argv[3], limits=limits) as client:
    try:
        while True:
            client.request("POST", "/api/v2/persons", json={"name": "P"})
    except BudgetSpent:
        print(client.usage.tokens, client.usage.rate_limited)
"""


def test_two_processes_of_one_account_keep_the_share_together(sandbox: Open, tmp_path: Path) -> None:
    """1,500 tokens for both, counted as the server counts them."""
    with sandbox() as (client, limits):
        start = [sys.executable, "-c", SPENDER, str(tmp_path), client.base_url, client._token]
        both = [subprocess.Popen(start, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        spent, turned_away = zip(*(map(int, p.communicate(timeout=120)[0].split()) for p in both), strict=True)
        assert turned_away == (0, 0)
        assert sum(spent) == limits.ledger.state().spent
        # Each process may ask once, should it come when the other has spent all.
        assert 1_495 < sum(spent) <= 1_500 + 2 * 5
        assert min(spent) > 0
        answer = client.get("/api/v1/users/me")
        assert answer.data["id"] == 1
        assert limits.ledger.state().remaining == 300_000 - sum(spent) - 2


def test_faults(sandbox: Open) -> None:
    """Reads come through; each write is done once, refused, or said to be unknown."""
    with sandbox(faults="lost=0.1,error=0.1,html=0.1,reset=0.1,seed=1") as (client, _):

        def create(n: int) -> str:
            try:
                client.request("POST", "/api/v2/organizations", json={"name": f"O{n}"})
            except OutcomeUnknown:
                return "unknown"
            return "done"

        with ThreadPoolExecutor(4) as pool:
            outcomes = list(pool.map(create, range(60)))
        names = [o["name"] for o in account.read_records(client, "organization")]
    assert len(names) == len(set(names))
    assert {"unknown", "done"} == set(outcomes)
    assert all(f"O{n}" in names for n, outcome in enumerate(outcomes) if outcome == "done")


@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("/api/v2/persons", lambda n: {"name": f"P{n}"}), ("/api/v2/activities", lambda n: {"subject": f"A{n}"}),
        ("/api/v1/notes", lambda n: {"content": f"N{n}", "org_id": 1}),
    ],
)  # fmt: skip
def test_a_list_that_changes_between_its_pages(sandbox: Open, path: str, make: Callable[[int], dict[str, Any]]) -> None:
    """People add, change and delete while it is read: what was there all the time is read, and nothing twice."""
    with sandbox(faults="moving=1,seed=1") as (client, _):
        client.request("POST", "/api/v2/persons", json={"name": "Somebody"})  # notes of the fault hang on a person
        ours = {client.request("POST", path, json=make(n)).data["id"] for n in range(30)}
        readings = [[item["id"] for item in client.list(path, page=4)] for _ in range(8)]
    assert all(len(ids) == len(set(ids)) for ids in readings)
    assert all(ours <= set(ids) for ids in readings)
    assert len({tuple(ids) for ids in readings}) > 1, "the list never changed"


def test_records_by_their_ids(sandbox: Open) -> None:
    with sandbox() as (client, _):
        made = [client.request("POST", "/api/v2/persons", json={"name": f"P{n}"}).data["id"] for n in range(103)]
        client.request("DELETE", f"/api/v2/persons/{made[5]}")
        before = client.usage.snapshot()
        found = list(account.read_some(client, "person", reversed(made)))
        assert client.usage.snapshot() - before == Figures(tokens=20, requests=2)
    assert [person["id"] for person in found] == [n for n in made if n != made[5]]


def test_lists_of_v1(sandbox: Open) -> None:
    with sandbox() as (client, _):
        client.request("POST", "/api/v1/notes", json={"content": "Hello", "org_id": 1})
        client.request("POST", "/api/v1/files", data={"org_id": "1"}, files={"file": ("a.txt", b"hello")})
        other = client.request("POST", "/api/v2/organizations", json={"name": "Parent"}).data["id"]
        body = {"type": "parent", "rel_owner_org_id": other, "rel_linked_org_id": 1}
        client.request("POST", "/api/v1/organizationRelationships", json=body)
        assert [n["content"] for n in account.read_notes(client)] == ["Hello"]
        assert len(account.read_files(client)) == 1
        assert len(account.read_relationships(client, [1, other])) == 1
