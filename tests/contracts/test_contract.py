"""The check of exchanges finds what is against the documents, and no sandbox goes unwatched."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from nrpd.sandbox import Sandbox
from tests.contracts import recorder
from tests.contracts.contract import violations
from tests.contracts.recorder import Exchange, Exchanges
from tests.support.customer import full_environment

KEY = "0123456789" * 4
PERSON = "/api/v2/persons"
MULTIPART = "multipart/form-data; boundary=x"
FORM = (
    b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n' % part
        for part in ((b"person_id", b"", b"7"), (b"file", b'; filename="a.txt"', b"hello"))
    )
    + b"--x--\r\n"
)


def sent(method: str, path: str, body: Any = None, query: str = "", **more: Any) -> Exchange:
    """What nrpd might send, answered with next to nothing."""
    content = b"" if body is None else json.dumps(body).encode()
    kind = "application/json" if content else ""
    given = {"agent": "nrpd", "answer": b'{"success":true,"data":{"id":1}}', "kind": kind, "request": content, **more}
    return Exchange(method, path, query, **given)


def answered(path: str, data: Any, **more: Any) -> Exchange:
    """What a sandbox might answer to a GET."""
    return Exchange("GET", path, answer=json.dumps({"success": True, "data": data, **more}).encode())


def refused(status: int, body: Any, kind: str = "application/json", headers: dict[str, str] | None = None) -> Exchange:
    """A refusal that a test provoked."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Exchange("POST", PERSON, "", "application/json", b'{"x":1}', status, kind, content, headers or {})


FIELD = {"field_name": "X", "field_code": "x", "field_type": "text", "is_custom_field": True,
         "is_optional_response_field": False}  # fmt: skip
NO = {"success": False, "error": "No", "code": "ERR_BAD_REQUEST"}
GATEWAY = {"success": False, "error": "unauthorized access", "errorCode": 401}


@pytest.mark.parametrize(
    "exchange",
    [
        pytest.param(sent("POST", PERSON, {"name": "Kim", "custom_fields": {KEY: [1, 2]}}), id="person"),
        pytest.param(sent("PATCH", f"{PERSON}/1", {"org_id": None, "custom_fields": {KEY: None}}), id="cleared"),
        pytest.param(
            sent("GET", PERSON, query="limit=500&include_fields=doi_status%2Cnotes_count", answer=b'{"success":true}'),
            id="list",
        ),
        pytest.param(
            sent("POST", "/api/v1/files", kind=MULTIPART, request=FORM), id="form",
        ),
        pytest.param(answered("/api/v1/notes", None), id="empty list of v1"),
        pytest.param(answered("/api/v2/personFields/x", {**FIELD, "description": "Known by the example"}),
                     id="key of an example"),
        pytest.param(answered(PERSON, [{"id": 1, "org_id": None, "notes_count": 3}]), id="asked for"),
        pytest.param(refused(400, NO), id="refused"),
        pytest.param(refused(401, GATEWAY, headers={"x-401-by-gw": "true"}), id="401"),
        pytest.param(refused(403, "<html>", "text/html"), id="shut out"),
        pytest.param(replace(sent("POST", PERSON, {"name": "Kim"}), status=0, answer=b""), id="lost"),
        pytest.param(sent("POST", "/sandbox/clock", {"seconds": 1}), id="control"),
    ],
)  # fmt: skip
def test_what_the_documents_allow(exchange: Exchange) -> None:
    assert violations(exchange) == []


@pytest.mark.parametrize(
    ("exchange", "what"),
    [
        (sent("POST", PERSON, {"name": "Kim", KEY: 1}), "request: body: Additional properties"),
        (sent("POST", PERSON, {"name": "Kim", "org_id": "7"}), '"7" is not of type "integer"'),
        (sent("POST", PERSON, {"name": "Kim", "org_id": None}), 'org_id: null is not of type "integer"'),
        (sent("POST", PERSON, {"name": "Kim", "add_time": "2020-01-01 00:00:00"}), "add_time"),
        (sent("POST", PERSON, {"emails": [{"value": "a@b.example", "primary_flag": True}]}), "primary_flag"),
        (sent("POST", PERSON, {"name": "Kim", "custom_fields": {"Lead Score": 1}}), "Lead Score"),
        (sent("POST", PERSON, {"name": "Kim", "custom_fields": {KEY: ""}}), KEY),
        (sent("POST", PERSON, {"name": "Kim", "custom_fields": {KEY: []}}), KEY),
        (sent("POST", "/api/v2/organizations", {"name": "A", "employee_count": 1.5}), "1.5 is not of type"),
        (sent("POST", "/api/v2/organizations", {"owner_id": 1}), '"name" is a required property'),
        (sent("POST", "/api/v2/activities", {"due_date": "2024-02-30"}), "due_date"),
        (sent("POST", "/api/v2/deals", {"title": "A", "expected_close_date": "soon"}), '"soon" is not a "date"'),
        (sent("POST", "/api/v2/personFields", {"field_name": "A", "field_type": "boolean"}), '"boolean" is not one of'),
        (sent("POST", PERSON, kind="text/plain", request=b"x"), "sent as text/plain"),
        (sent("POST", PERSON, kind="application/json", request=b"{"), 'is not of type "object"'),
        (sent("POST", "/api/v1/files", kind=MULTIPART, request=FORM.replace(b"7", b"x")), 'person_id: "x"'),
        (sent("GET", PERSON, query="limit=ten", answer=b'{"success":true}'), 'limit: "ten"'),
        (sent("GET", PERSON, query="limit=501", answer=b'{"success":true}'), "501"),
        (sent("GET", PERSON, query="include_labels=1", answer=b'{"success":true}'), "include_labels"),
        (sent("GET", PERSON, query="email=a", answer=b'{"success":true}'), "no parameter email"),
        (sent("GET", PERSON, query="limit=1&limit=2", answer=b'{"success":true}'), "limit comes twice"),
        (sent("GET", "/api/v2/itemSearch", answer=b'{"success":true}'), "term is missing"),
        (sent("GET", f"{PERSON}/x"), 'path: {id}: "x"'),
        (sent("GET", PERSON, {"a": 1}, answer=b'{"success":true}'), "a body where none is known"),
        (sent("GET", "/api/v2/lists"), "no such operation"),
        (replace(sent("GET", "/api/v1/persons"), status=410, answer=json.dumps(NO).encode()), "no such operation"),
        (answered(f"{PERSON}/1", {"id": "1"}), "answer 200: data.id"),
        (answered(f"{PERSON}/1", {"id": 1, "email": []}), "'email' was unexpected"),
        (answered(f"{PERSON}/1", {"id": 1, "visible_to": None}), "visible_to: null"),
        (answered(f"{PERSON}/1", {"id": 1, "add_time": "2020-01-01 00:00:00"}), "add_time"),
        (answered("/api/v1/activityTypes", [{"add_time": "2020-01-01T00:00:00Z"}]), "add_time"),
        (answered(PERSON, {}), 'data: {} is not of type "array"'),
        (Exchange("GET", PERSON, answer=b'{"data":[]}'), "without success"),
        (Exchange("GET", PERSON, answer_kind="text/html", answer=b"<html>"), "sent as text/html"),
        (refused(400, {"success": False}), '"error" is a required property'),
        (refused(400, {**NO, "message": "No"}), "'message' was unexpected"),
        (refused(401, NO), "not as the gateway says it"),
        (refused(400, "<html>", "text/html"), "a web page"),
        (refused(409, NO), "a status that Pipedrive does not document"),
        (refused(500, {**NO, "code": "ERR_UNKNOWN"}), "answer 500"),
        (replace(answered(PERSON, []), headers={"x-ratelimit-reset": "1.5"}), "x-ratelimit-reset"),
    ],
)  # fmt: skip
def test_what_they_do_not(exchange: Exchange, what: str) -> None:
    assert what in "\n".join(violations(exchange)), violations(exchange)


def test_a_test_may_send_what_is_refused_and_with_a_reason_what_is_not() -> None:
    wrong = sent("POST", PERSON, {"x": 1})
    assert violations(wrong)
    assert violations(replace(wrong, agent="a test"))
    assert violations(replace(wrong, agent="a test"), lax=True) == []
    assert violations(replace(wrong, agent="a test", status=400, answer=json.dumps(NO).encode())) == []


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Exchanges:
    """The exchanges of this test alone, in a folder of its own."""
    monkeypatch.setenv(recorder.FOLDER, str(tmp_path / "exchanges"))
    (tmp_path / "exchanges").mkdir()
    return Exchanges(tmp_path / "exchanges")


def test_a_sandbox_of_this_process_is_watched(watched: Exchanges, tmp_path: Path) -> None:
    with Sandbox(tmp_path / "s.sqlite") as box:
        httpx.post(f"{box.base_url}{PERSON}?a=1", json={"name": "Kim"}, headers={"x-api-token": box.token})
    (exchange,) = watched.new()
    assert (exchange.method, exchange.path, exchange.query) == ("POST", PERSON, "a=1")
    assert json.loads(exchange.request) == {"name": "Kim"}
    assert json.loads(exchange.answer)["data"]["name"] == "Kim"
    assert list(watched.new()) == []


def test_a_sandbox_of_another_process_is_watched(watched: Exchanges) -> None:
    command = [sys.executable, "-m", "nrpd", "sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=full_environment()) as server:
        assert server.stdout is not None
        try:
            where = json.loads(server.stdout.readline())
            httpx.get(f"http://127.0.0.1:{where['port']}/api/v1/users/me")
        finally:
            server.terminate()
    (exchange,) = watched.new()
    assert (exchange.path, exchange.status) == ("/api/v1/users/me", 401)


def test_a_line_that_a_kill_cut_is_none(tmp_path: Path) -> None:
    exchanges, file = Exchanges(tmp_path), tmp_path / "1.jsonl"
    line = json.dumps({**vars(Exchange("GET", "/a")), "request": "", "answer": ""}).encode()
    file.write_bytes(line + b"\n" + line[:20])
    assert [one.path for one in exchanges.new()] == ["/a"]
    file.write_bytes(line + b"\n" + line + b"\n")
    assert len(list(exchanges.new())) == 1
