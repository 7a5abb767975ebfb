"""Token, paths, bodies, limits and faults."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import httpx
import pytest

from nrpd.sandbox import Sandbox

from .conftest import Api, Make


def test_token_goes_in_the_header_only(api: Api) -> None:
    url = f"{api.box.base_url}/api/v2/persons"
    for headers, params in (({}, {}), ({"x-api-token": "wrong"}, {}), ({}, {"api_token": api.box.token})):
        answer = httpx.get(url, headers=headers, params=params)
        assert answer.status_code == 401
        assert answer.json() == {
            "success": False,
            "error": "unauthorized access",
            "errorCode": 401,
            "error_info": "Please check developers.pipedrive.com",
        }
        assert answer.headers["x-401-by-gw"] == "true"


def test_token_is_not_shown_or_stored(api: Api) -> None:
    api.ok("POST", "/v2/persons", {"name": "A"})
    assert api.box.token not in repr(api.box)
    folder = api.box.store_path.parent
    assert all(api.box.token.encode() not in file.read_bytes() for file in folder.iterdir())


def test_paths(api: Api) -> None:
    api.refused(404, "GET", "/v2/nothing")
    api.refused(404, "GET", "/v2/personFields/x/options/y")
    api.refused(405, "PUT", "/v2/persons/1", {})
    api.refused(410, "GET", "/v1/persons")
    api.refused(400, "GET", "/v2/persons/x")
    assert api.http.get("/v1/users/me").status_code == 200
    assert api.http.get("/v2/persons").status_code == 404


def test_bodies(api: Api) -> None:
    assert api.send("POST", "/v2/persons", content="{", headers={"content-type": "application/json"}).status_code == 400
    assert api.send("POST", "/v2/persons", data={"name": "A"}).status_code == 400
    assert api.send("POST", "/v2/persons", [1]).status_code == 400
    assert api.send("POST", "/v2/persons").status_code == 400


def test_budget(make: Make) -> None:
    api = make(plan="lite", seats=1, budget=True)
    api.field("F", "varchar")
    answer = api.send("GET", "/v2/persons")
    assert answer.headers["x-daily-ratelimit-token-limit"] == "30000"
    assert answer.headers["x-daily-ratelimit-token-remaining"] == str(30_000 - 5 - 10)
    api.refused(400, "POST", "/v2/persons", {})
    assert api.box.tokens_used() == 20
    for _ in range(749):
        api.ok("GET", "/v1/users/find", params={"term": "x"})
    answer = api.send("GET", "/v1/users/find", params={"term": "x"})
    assert (answer.status_code, answer.headers["x-daily-ratelimit-token-remaining"]) == (429, "0")
    assert answer.json()["errorCode"] == 429
    assert api.send("GET", "/v2/persons/1").status_code == 429
    today = parsedate_to_datetime(answer.headers["date"])
    api.box.advance(86_400)
    answer = api.send("GET", "/v2/persons")
    assert answer.status_code == 200
    # Every answer tells the sandbox's own time, as a server's does.
    assert 86_400 <= (parsedate_to_datetime(answer.headers["date"]) - today).total_seconds() < 86_400 + 600
    assert len(answer.headers.get_list("date")) == 1


def test_burst(make: Make) -> None:
    api = make(plan="lite", burst=True, budget=True)
    statuses = [api.send("GET", "/v2/persons/1").status_code for _ in range(20)]
    assert set(statuses) == {404}
    answer = api.send("GET", "/v2/persons/1")
    assert answer.status_code == 429
    assert (answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]) == ("20", "0")
    assert answer.headers["retry-after"] in ("1", "2")
    assert answer.headers["x-ratelimit-reset"] in ("1", "2")
    api.box.advance(2.1)
    assert api.send("GET", "/v2/persons/1").status_code == 404


def test_searches_have_a_window_of_their_own(make: Make) -> None:
    api = make(plan="ultimate", burst=True)
    statuses = [api.send("GET", "/v2/persons/search", params={"term": "ab"}).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    assert api.send("GET", "/v2/persons").status_code == 200


def test_lost_is_stored_and_not_answered(make: Make) -> None:
    api = make(faults="lost=1")
    with pytest.raises(httpx.TransportError):
        api.send("POST", "/v2/persons", {"name": "A"})
    assert api.refused(400, "POST", "/v2/persons", {})
    assert [person["name"] for person in api.ok("GET", "/v2/persons")] == ["A"]


@pytest.mark.parametrize(("spec", "status"), [("error=1", 503), ("html=1", 502), ("blocked=1", 403), ("reset=1", 0)])
def test_faults_that_store_nothing(make: Make, spec: str, status: int) -> None:
    api = make(faults=spec)
    if status:
        answer = api.send("POST", "/v2/persons", {"name": "A"})
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("application/json" if status == 503 else "text/html")
    else:
        with pytest.raises(httpx.TransportError):
            api.send("POST", "/v2/persons", {"name": "A"})
    api.box.set_faults("")
    assert api.ok("GET", "/v2/persons") == []


def test_slow_and_headers_off(make: Make) -> None:
    api = make(faults="slow=1:0.2,headers=0", budget=True)
    began = time.monotonic()
    answer = api.send("GET", "/v2/persons")
    assert time.monotonic() - began >= 0.2
    assert not [name for name in answer.headers if "ratelimit" in name]


def test_stuck_writes_are_stored_and_answered_once_the_faults_change(make: Make) -> None:
    api = make(faults="stuck=/api/v2/persons:1")
    assert api.send("POST", "/v2/persons", {"name": "A"}).status_code == 200
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(api.send, "POST", "/v2/persons", {"name": "B"})
        while len(api.ok("GET", "/v2/persons")) < 2:
            assert not second.done()
        assert api.ok("POST", "/v2/organizations", {"name": "C"})
        assert not second.done()
        api.box.set_faults("")
        assert second.result(timeout=30).status_code == 200


def test_a_request_whose_sender_goes_away_in_the_middle_is_none(make: Make) -> None:
    api = make()
    made = api.ok("POST", "/v2/persons", {"name": "Stays"})
    before = api.box.tokens_used()
    head = (
        f"DELETE /api/v2/persons/{made['id']} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-token: {api.box.token}\r\n"
        "content-type: application/json\r\ncontent-length: 12\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", api.box.port)) as connection:
        connection.sendall(head.encode())
    time.sleep(0.3)
    assert api.box.tokens_used() == before
    assert [person["name"] for person in api.box.export()["persons"]] == ["Stays"]


def test_same_seed_same_faults(make: Make) -> None:
    runs = []
    for name in ("a", "b"):
        api = make(store=f"{name}.sqlite", faults="error=0.5,seed=7")
        runs.append([api.send("GET", "/v2/persons").status_code for _ in range(12)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 503}


@pytest.mark.parametrize(
    "spec",
    [
        "lost",
        "lost=2",
        "lost=x",
        "unknown=1",
        "headers=2",
        "slow=0.1:x",
        "silent=",
        "moving=-1",
        "swap",
        "stuck=3",
        "stuck=/x",
    ],
)
def test_wrong_faults(make: Make, spec: str) -> None:
    with pytest.raises(ValueError, match="faults"):
        make(faults=spec)


def test_wrong_settings(make: Make) -> None:
    with pytest.raises(ValueError, match="plan"):
        make(plan="huge")
    with pytest.raises(ValueError, match="seats"):
        make(seats=0)


def test_several_threads_at_once(api: Api) -> None:
    def work(number: int) -> int:
        return int(api.ok("POST", "/v2/persons", {"name": f"P{number}"})["id"])

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(80))) == list(range(1, 81))


def test_stop_frees_the_port(make: Make) -> None:
    first = make()
    port = first.box.port
    first.box.stop()
    with pytest.raises(RuntimeError):
        _ = first.box.base_url
    with Sandbox(first.box.store_path, port=port) as again:
        assert again.port == port
