from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nrpd.errors import BadInput, BudgetSpent
from nrpd.pipedrive.client import (
    BadAnswer,
    Blocked,
    Client,
    Figures,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from nrpd.pipedrive.limits import Limits
from tests.pipedrive.conftest import TOKEN
from tests.pipedrive.server import Reply, Server, ok

Connect = Callable[..., Client]
HTML = "<html><body>" + "Attention required! " * 500 + "</body></html>"
PERSONS = "/api/v2/persons"


def test_the_token_goes_into_a_header_only(server: Server, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client = connect()
    server.script(Reply(HTML, 502), ok({"id": 7}))
    assert client.get(f"{PERSONS}/7").data == {"id": 7}
    assert server.requests[0].headers["x-api-token"] == TOKEN
    assert not any(TOKEN in text for text in (caplog.text, repr(client), str(server.requests[0].query)))
    assert server.url not in caplog.text


def test_a_token_that_the_server_repeats_is_cut_out(server: Server, connect: Connect) -> None:
    server.script(Reply({"success": False, "error": f"unauthorized {TOKEN}", "errorCode": 401}, 401))
    with pytest.raises(Refused) as refused:
        connect().get("/api/v1/users/me")
    assert TOKEN not in str(refused.value)
    assert "destination.token_env" in str(refused.value)
    assert refused.value.status == 401
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    "url", ["http://acme.pipedrive.com", "https://acme.example", "https://pipedrive.com.acme.example", "acme", ""]
)
def test_a_token_is_sent_to_pipedrive_or_loopback_only(url: str) -> None:
    with pytest.raises(BadInput, match="base_url"):
        Client(url, TOKEN, limits=Limits())


@pytest.mark.parametrize("token", ["", "  ", "tok\nen", "tökén"])
def test_unusable_tokens(token: str) -> None:
    with pytest.raises(BadInput):
        Client("https://acme.pipedrive.com", token, limits=Limits())


@pytest.mark.parametrize("bad", [Reply(HTML, 502), Reply({"success": False, "error": "x"}, 503), Reply(cut=True)])
def test_reads_are_repeated(server: Server, connect: Connect, bad: Reply) -> None:
    server.script(bad, bad, ok([{"id": 1}]))
    assert connect().get(PERSONS).data == [{"id": 1}]
    assert len(server.requests) == 3


def test_reads_give_up(server: Server, connect: Connect) -> None:
    server.script(Reply(HTML, 502))
    with pytest.raises(Unreachable, match="502") as error:
        connect().get(PERSONS)
    assert len(str(error.value)) < 200
    assert len(server.requests) == 8


@pytest.mark.parametrize(
    "bad", [Reply(HTML, 502), Reply({"success": False, "error": "x", "code": "ERR_UNKNOWN"}, 500), Reply(cut=True),
            Reply(HTML, 200), Reply(HTML, 302)]
)  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_write_is_never_repeated(server: Server, connect: Connect, method: str, bad: Reply) -> None:
    server.script(bad)
    with pytest.raises(OutcomeUnknown):
        connect().request(method, f"{PERSONS}/1" if method != "POST" else PERSONS, json={"name": "Kim"})
    assert len(server.requests) == 1


def test_the_servers_own_words_are_told(server: Server, connect: Connect) -> None:
    said = {"success": False, "error": f"Scheduled maintenance {TOKEN}", "code": "ERR_UNKNOWN"}
    server.script(Reply(said, 503))
    with pytest.raises(OutcomeUnknown) as unknown:
        connect().request("PATCH", f"{PERSONS}/1", json={})
    assert (unknown.value.method, unknown.value.path) == ("PATCH", f"{PERSONS}/1")
    assert unknown.value.reason == "the server answered with status 503: Scheduled maintenance ***"
    with pytest.raises(Unreachable, match=r"GET /api/v2/persons .*status 503: Scheduled maintenance \*\*\*"):
        connect().get(PERSONS)


def test_a_body_that_cannot_be_unpacked(server: Server, connect: Connect) -> None:
    """An answer came, but nobody can read it: of a write that says nothing, and a read is repeated."""
    server.script(Reply({"success": True}, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(OutcomeUnknown):
        connect().request("POST", PERSONS, json={})
    with pytest.raises(Unreachable):
        connect().get(PERSONS)
    assert len(server.requests) == 1 + 8


def test_a_write_that_times_out_is_unknown(server: Server, connect: Connect) -> None:
    server.script(Reply({"success": True}, delay=1.0))
    with pytest.raises(OutcomeUnknown, match="too long"):
        connect(timeout=0.2).request("POST", PERSONS, json={})


def test_no_connection_is_no_unknown_outcome(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    limits = Limits.for_plan(tmp_path, plan="lite", seats=1, burst=False)
    client = Client(f"http://127.0.0.1:{port}", TOKEN, limits=limits, retry_wait=0.01)
    with pytest.raises(Unreachable, match="nothing was sent"):
        client.request("POST", PERSONS, json={})
    assert client.usage.snapshot() == Figures()
    assert limits.ledger is not None
    assert limits.ledger.state().spent == 0


def test_html_403_stops_everything_at_once(server: Server, connect: Connect) -> None:
    client = connect()
    server.script(Reply(HTML, 403), ok({}))
    with pytest.raises(Blocked, match="POST /api/v2/persons"):
        client.request("POST", PERSONS, json={})
    with pytest.raises(Blocked):
        client.get(PERSONS)
    assert len(server.requests) == 1


def test_a_json_403_is_a_refusal(server: Server, connect: Connect) -> None:
    body = {"success": False, "error": "limit reached", "code": "feature_capping_custom_fields_limit"}
    server.script(Reply(body, 403))
    with pytest.raises(Refused) as refused:
        connect().request("POST", "/api/v2/personFields", json={})
    assert refused.value.code == "feature_capping_custom_fields_limit"


def test_html_on_200_is_no_answer(server: Server, connect: Connect) -> None:
    server.script(Reply(HTML, 200))
    with pytest.raises(BadAnswer):
        connect().get(PERSONS)


HASH = "0a1b" * 10


@pytest.mark.parametrize(
    ("error", "field"),
    [
        (f"Validation failed: custom_fields.{HASH}: Expected 'number' as value", HASH),
        (f"Validation failed: {HASH}: Parameter '{HASH}' is not allowed for this request", HASH),
        ("Validation failed: due_time: This value is not a valid datetime.", "due_time"),
        ("'person_id' is a read-only field. Add a primary participant to set 'person_id' instead.", "person_id"),
        ("Something else", ""),
    ],
)
def test_a_refusal_names_the_field(server: Server, connect: Connect, error: str, field: str) -> None:
    server.script(Reply({"success": False, "error": error, "code": "ERR_SCHEMA_VALIDATION_FAILED"}, 400))
    with pytest.raises(Refused) as refused:
        connect().request("POST", PERSONS, json={})
    assert (refused.value.field, refused.value.message) == (field, error)
    assert len(server.requests) == 1


def test_a_burst_429_waits_and_goes_on(server: Server, connect: Connect) -> None:
    client = connect()
    turned_away = Reply({"success": False, "error": "too fast"}, 429, headers={"Retry-After": "1"})
    server.script(turned_away, ok({"id": 1}))
    begun = time.monotonic()
    assert client.request("POST", PERSONS, json={}).data == {"id": 1}
    assert 1.0 <= time.monotonic() - begun < 2.0
    assert client.usage.snapshot() == Figures(tokens=5, requests=2, rate_limited=1)


def test_a_429_holds_back_all_threads(server: Server, connect: Connect) -> None:
    client = connect()
    server.script(Reply({}, 429, headers={"x-ratelimit-reset": "1"}), ok({"id": 1}))
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(client.get, PERSONS)
        time.sleep(0.3)
        later = [pool.submit(client.get, PERSONS) for _ in range(3)]
        assert all(f.result().status == 200 for f in [first, *later])
    times = [r.at for r in server.requests]
    assert min(times[1:]) - times[0] >= 0.99


def test_a_spent_day_stops_at_once(server: Server, connect: Connect, tmp_path: Path) -> None:
    client = connect(limits=Limits.for_plan(tmp_path, plan="lite", seats=1, burst=False))
    server.script(Reply({}, 429, headers={"x-daily-ratelimit-token-remaining": "0"}))
    with pytest.raises(BudgetSpent) as spent:
        client.request("POST", PERSONS, json={})
    assert spent.value.resume_at is not None
    assert "UTC" in str(spent.value)
    with pytest.raises(BudgetSpent):
        client.request("POST", PERSONS, json={})
    assert len(server.requests) == 1


def test_a_429_that_asks_for_hours_is_the_day(server: Server, connect: Connect) -> None:
    server.script(Reply({}, 429, headers={"Retry-After": "7200"}))
    with pytest.raises(BudgetSpent):
        connect().get(PERSONS)
    assert len(server.requests) == 1


@pytest.mark.parametrize("counted", [True, False], ids=["with a ledger", "without one"])
def test_a_429_that_never_ends(server: Server, connect: Connect, tmp_path: Path, counted: bool) -> None:
    """No header says what it is about: after some patience it is taken to be the day's budget."""
    limits = Limits.for_plan(tmp_path, plan="lite", seats=1, burst=False) if counted else Limits()
    client = connect(limits=limits)
    server.script(Reply({"error": "request over limit"}, 429, headers={"Retry-After": "0"}))
    with pytest.raises(BudgetSpent, match=r"after .* UTC") as spent:
        client.request("POST", PERSONS, json={})
    assert spent.value.resume_at is not None
    assert (spent.value.resume_at - datetime.now(UTC)).total_seconds() > 0
    assert len(server.requests) == 8
    assert client.usage.snapshot() == Figures(tokens=0, requests=8, rate_limited=8)


def test_figures_of_a_phase(server: Server, connect: Connect) -> None:
    client = connect()
    client.get(f"{PERSONS}/1")
    before = client.usage.snapshot()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: client.request("POST", PERSONS, json={"name": str(n)}), range(50)))
    assert client.usage.snapshot() - before == Figures(tokens=250, requests=50)


def test_the_daily_share_is_kept_to_the_token(server: Server, connect: Connect, tmp_path: Path) -> None:
    limits = Limits.for_plan(tmp_path, plan="lite", seats=1, share=0.01, burst=False)  # 300 tokens: 60 creates
    client = connect(limits=limits)

    def create(n: int) -> bool:
        try:
            client.request("POST", PERSONS, json={})
        except BudgetSpent:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(create, range(80)))
    assert sum(done) == 60 == len(server.requests)


def test_multipart(server: Server, connect: Connect) -> None:
    connect().request("POST", "/api/v1/files", data={"person_id": "3"}, files={"file": ("a.txt", b"hello")})
    assert b"hello" in server.requests[0].body
    assert server.requests[0].headers["content-type"].startswith("multipart/form-data")
