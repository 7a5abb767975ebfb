"""The control routes of a served sandbox: clock, faults, export; and that everything timed follows the clock."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from .conftest import Api, Make


def control(api: Api, method: str, path: str, body: Any = None) -> httpx.Response:
    return api.http.request(method, f"/sandbox{path}", json=body)


def test_facts(make: Make) -> None:
    api = make(plan="growth", seats=3, budget=True, faults="slow=0")
    api.ok("GET", "/v2/persons")
    facts = control(api, "GET", "").json()
    assert facts["now"].endswith("Z")
    assert {key: facts[key] for key in facts if key != "now"} == {
        "plan": "growth", "seats": 3, "tokens_used": 10, "daily_tokens": 180_000, "faults": "slow=0",
    }  # fmt: skip


def test_control_needs_the_token(api: Api) -> None:
    for path in ("", "/export"):
        assert httpx.get(f"{api.box.base_url}/sandbox{path}").status_code == 401


def test_clock_moves_budget_burst_and_lag(make: Make) -> None:
    api = make(plan="lite", seats=1, budget=True, burst=True)
    api.ok("POST", "/v2/persons", {"name": "Ann Lee"})
    search = {"term": "ann"}
    assert api.ok("GET", "/v2/persons/search", params=search)["items"] == []
    moved = control(api, "POST", "/clock", {"advance": 2.5}).json()
    assert moved["tokens_used"] == 25
    assert len(api.ok("GET", "/v2/persons/search", params=search)["items"]) == 1
    statuses = {api.send("GET", "/v2/persons/1").status_code for _ in range(25)}
    assert statuses == {200, 429}
    tomorrow = control(api, "POST", "/clock", {"advance": 86_400}).json()
    assert tomorrow["tokens_used"] == 0
    assert api.send("GET", "/v2/persons/1").status_code == 200


def test_clock_is_set_to_a_moment(api: Api) -> None:
    assert control(api, "POST", "/clock", {"now": "2100-01-31T10:00:00Z"}).json()["now"] == "2100-01-31T10:00:00Z"
    assert api.ok("POST", "/v2/persons", {"name": "A"})["add_time"].startswith("2100-01-31T10:00:0")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "part"),
    [
        ("POST", "/clock", {"advance": -1}, 400, "only goes forward"),
        ("POST", "/clock", {"advance": True}, 400, "only goes forward"),
        ("POST", "/clock", {"now": "2000-01-01T00:00:00Z"}, 400, "only goes forward"),
        ("POST", "/clock", {}, 400, "advance"),
        ("POST", "/clock", [1], 400, "advance"),
        ("PUT", "/faults", {"faults": "nonsense=1"}, 400, "nonsense=1"),
        ("PUT", "/faults", {}, 400, "faults"),
        ("DELETE", "/clock", None, 404, "POST /sandbox/clock"),
        ("GET", "/nothing", None, 404, "GET /sandbox/export"),
    ],
)
def test_refusals(shared: Api, method: str, path: str, body: Any, status: int, part: str) -> None:
    answer = control(shared, method, path, body)
    assert answer.status_code == status
    assert part in answer.json()["error"]


def test_faults_are_changed_and_do_not_touch_control(make: Make) -> None:
    api = make(faults="error=1")
    assert api.send("GET", "/v2/persons").status_code == 503
    assert control(api, "PUT", "/faults", {"faults": "reset=1"}).json()["faults"] == "reset=1"
    with pytest.raises(httpx.TransportError):
        api.send("GET", "/v2/persons")
    assert control(api, "PUT", "/faults", {"faults": ""}).status_code == 200
    assert api.ok("GET", "/v2/persons") == []


def test_export_is_that_of_the_object(make: Make) -> None:
    api = make({"persons": [{"name": "Ann", "emails": [{"value": "ann@acme.example"}]}]})
    assert control(api, "GET", "/export").json() == api.box.export()
