"""Requests to the source's API: repeated, slow, plain in words, and never with a secret in a text."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from nrpd.api_parameters import Api, Login
from nrpd.errors import BadInput, NrpdError
from nrpd.netresults.apicalls import TRIES, ApiRefused, Caller, LoginRefused, SourceUnreachable, seconds_to_wait
from nrpd.netresults.graphql import GraphQl
from nrpd.netresults.jsonrpc import READS, JsonRpc
from tests.netresults.apiservers import CLIENT_ID, CLIENT_SECRET, PASSWORD, TOKEN, USER, JsonRpcServer
from tests.pipedrive.server import Reply, Server

SECRETS = (PASSWORD, TOKEN, CLIENT_SECRET)
LOGIN = Login(USER, PASSWORD, TOKEN, CLIENT_ID, CLIENT_SECRET)
PAGE = "<html><head><title>Sign in</title></head><body>…</body></html>"


@pytest.fixture
def http() -> Iterator[Server]:
    server = Server()
    yield server
    server.shutdown()
    server.server_close()


_OPEN: list[Any] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _OPEN:
        _OPEN.pop().close()


def _kept(caller: Any) -> Any:
    _OPEN.append(caller)
    return caller


def _caller(http: Server, **more: Any) -> Any:
    return _kept(Caller(http.url, **{"rate": 1000, "timeout": 5, "retry_wait": 0.01, "secrets": SECRETS, **more}))


def _rpc(url: str, login: Login = LOGIN, **more: Any) -> Any:
    return _kept(JsonRpc(_api(url, **more), login, 0.01))


def _api(url: str, **more: Any) -> Api:
    return Api(
        **{
            "kind": "jsonrpc",
            "base_url": url,
            "user_env": "U",
            "password_env": "P",
            "requests_per_second": 1000,
            **more,
        }
    )


@pytest.mark.parametrize(
    "fault",
    [
        Reply(cut=True), Reply(PAGE, 502), Reply({"error": "busy"}, 503), Reply("", 500), Reply(PAGE, 200),
        Reply("{truncated", 200), Reply({}, 429, {"Retry-After": "0"}), Reply("", 200),
    ],
)  # fmt: skip
def test_a_read_is_repeated_after_a_fault(http: Server, fault: Reply) -> None:
    http.script(fault, fault, Reply({"result": 1}))
    assert _caller(http).post("x", {}) == {"result": 1}
    assert len(http.requests) == 3


@pytest.mark.parametrize(
    ("fault", "kind", "words", "tries"),
    [
        (Reply(PAGE, 200), SourceUnreachable, "status 200, a web page titled 'Sign in' where JSON was expected", TRIES),
        (Reply("<br/><b>Fatal error</b>: x", 200), SourceUnreachable, "a web page: 'Fatal error : x'", TRIES),
        (Reply("oops", 500), SourceUnreachable, "status 500, the text 'oops'", TRIES),
        (Reply("", 200), SourceUnreachable, "an empty answer", TRIES),
        (Reply(cut=True), SourceUnreachable, "the connection broke", TRIES),
        (Reply({}, 429, {"Retry-After": "3600"}), SourceUnreachable, "asks to wait 3600 s", 1),
        (Reply(PAGE, 404), BadInput, "no API at this address.*404", 1),
        (Reply(PAGE, 403), BadInput, "shuts nrpd out.*403", 1),
        (Reply(PAGE, 400), BadInput, "status 400, a web page titled 'Sign in'", 1),
        (Reply("", 302, {"Location": f"http://x.example/?access_token={TOKEN}"}), BadInput, "another address", 1),
        (Reply({"error": "no"}, 401), LoginRefused, r"refused the login \(401\); check token_env \(X\)", 1),
    ],
)
def test_a_fault_that_lasts_is_said_in_plain_words(
    http: Server, fault: Reply, kind: type[NrpdError], words: str, tries: int
) -> None:
    http.script(fault)
    with pytest.raises(kind, match=words) as caught:
        _caller(http, login_keys="token_env (X)").post("Contact.getMultiple", {})
    assert len(http.requests) == tries
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.exit_code == (1 if kind is SourceUnreachable else 2)


def test_nobody_there() -> None:
    server = Server()
    server.shutdown()
    server.server_close()
    with pytest.raises(SourceUnreachable, match=r"connection was refused.*What was read is kept; run again to go on"):
        _caller(server).post("Contact.getMultiple", {})


def test_answers_with_4xx_and_json_are_for_the_protocol(http: Server) -> None:
    http.script(Reply({"errors": [1]}, 400))
    assert _caller(http).post("x", {}) == {"errors": [1]}


def test_fractions_keep_their_text_and_whole_numbers_their_type(http: Server) -> None:
    http.script(Reply({"id": 7, "score": 7.10, "big": 12345678901234567890}))
    assert _caller(http).post("x", {}) == {"id": 7, "score": "7.1", "big": 12345678901234567890}


def test_requests_are_as_slow_as_was_asked_for(http: Server) -> None:
    http.script(Reply({}))
    caller, begun = _caller(http, rate=20), time.monotonic()
    for _ in range(6):
        caller.post("x", {})
    assert time.monotonic() - begun >= 5 / 20


def test_the_default_is_polite() -> None:
    for more in ({"kind": "graphql"}, {"kind": "jsonrpc"}):
        assert Api(base_url="http://127.0.0.1", token_env="T", **more).requests_per_second <= 5


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("", None), ("soon", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0)]
)
def test_retry_after(header: str, seconds: float | None) -> None:
    assert seconds_to_wait(header) == seconds


# Secrets


def _forms(secret: str) -> set[str]:
    return {secret, httpx.QueryParams({"x": secret}).__str__()[2:]}


@pytest.mark.parametrize("login", ["basic", "session", "oauth"])
@pytest.mark.parametrize("fault", ["page", "cut", "echo", "refusal", "redirect"])
def test_no_secret_is_in_a_log_or_an_exception(
    http: Server, caplog: pytest.LogCaptureFixture, login: str, fault: str
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        assert logging.getLogger(name).getEffectiveLevel() >= logging.WARNING
    said = " ".join((PASSWORD, TOKEN, CLIENT_SECRET, *(form for s in SECRETS for form in _forms(s))))

    def answer(request: Any) -> Reply:
        if b"getSessionId" in request.body:
            return Reply({"result": "session-f00d-77"})
        if fault == "echo":
            return Reply(f"<title>Bad login {said} {request.query}</title>", 500)
        if fault == "refusal":
            return Reply({"error": {"code": -1, "message": f"not {said} {request.query} {request.headers}"}})
        if fault == "redirect":
            return Reply(PAGE, 301, {"Location": said[:20]})
        return Reply(PAGE, 500, cut=fault == "cut")

    http.answer = answer
    rpc = _rpc(http.url, token_env="T", client_id_env="I", client_secret_env="S", auth=login)
    with pytest.raises(NrpdError) as caught:
        rpc.call("Contact.getMultiple", {})
    texts = ["".join(traceback.format_exception(caught.value)), repr(caught.value), repr(rpc), repr(LOGIN), caplog.text]
    basic = http.requests[0].headers.get("authorization", "Basic no-such-header").removeprefix("Basic ")
    for secret in {*SECRETS, *(form for s in SECRETS for form in _forms(s)), basic, "session-f00d-77"}:
        assert not [text for text in texts if secret in text], secret
    assert not [text for text in texts if "access_token=" in text or "strSessionId=" in text]


# JSON-RPC


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            {"error": {"code": -32602, "message": "Invalid params"}},
            ApiRefused,
            r"was refused: Invalid params \(-32602\)",
        ),
        ({"error": {"data": {"reason": "x"}}}, ApiRefused, "was refused: {'reason': 'x'}"),
        ({"error": "no"}, ApiRefused, "was refused: no$"),
        ({"error": {"code": 1}}, ApiRefused, "it gives no reason"),
        ({"id": "nrpd-1"}, SourceUnreachable, "without a result; its keys are id"),
        ([1, 2], SourceUnreachable, "no JSON-RPC answer"),
        ({"id": "other", "result": 1}, SourceUnreachable, "the answer to another request"),
    ],
)
def test_error_bodies_of_jsonrpc(http: Server, answer: Any, kind: type[NrpdError], words: str) -> None:
    http.script(Reply(answer))
    with pytest.raises(kind, match=f"source.api: Contact.getMultiple.*{words}"):
        _rpc(http.url).call("Contact.getMultiple", {})


@pytest.mark.parametrize(
    "answer", [{"result": 5}, {"id": "nrpd-1", "result": 5}, {"id": None, "error": None, "result": 5}]
)
def test_right_answers_of_jsonrpc(http: Server, answer: Any) -> None:
    http.script(Reply(answer))
    assert _rpc(http.url).call("Contact.getMultiple", {}) == 5


@pytest.mark.parametrize(
    "method",
    [
        "Conversation.sendEmail",
        "Contact.submitContactImport",
        "EmailList.deleteOne",
        "CustomAttribute.setOne",
        "User.setOne",
    ],
)
def test_a_method_that_writes_is_never_sent(http: Server, method: str) -> None:
    with pytest.raises(ValueError, match="no reading method"):
        _rpc(http.url).call(method, {})
    assert http.requests == []


def test_only_methods_that_get_may_be_called() -> None:
    assert [method for method in READS if not method.split(".")[1].startswith("get")] == []


@pytest.mark.parametrize("login", ["basic", "session", "oauth"])
def test_three_ways_to_log_in(login: str) -> None:
    server = JsonRpcServer(auth=login)
    rpc = _rpc(server.url, token_env="T", client_id_env="I", client_secret_env="S", auth=login)
    assert [rpc.call("Contact.getMailingInfo", {"contact_id": n}) for n in (1, 2)] == [None, None]
    assert server.methods == ["User.getSessionId"] * (login == "session") + ["Contact.getMailingInfo"] * 2
    (seen, *_) = server.http.requests[-1:]
    assert ("authorization" in seen.headers) is (login == "basic")
    assert sorted(seen.query) == {
        "basic": ["Controller"], "session": ["Controller", "strSessionId"],
        "oauth": ["Controller", "access_token", "client_id", "client_secret"],
    }[login]  # fmt: skip
    server.stop()


@pytest.mark.parametrize("how", ["401", "words"])
def test_a_session_that_ran_out_is_opened_again_once(how: str) -> None:
    server = JsonRpcServer(auth="session")
    rpc = _rpc(server.url, auth="session")
    rpc.call("Contact.getMailingInfo", {"contact_id": 1})
    server.valid_sessions.clear()
    if how == "words":
        expired = {"error": {"code": 7, "message": "Your session has expired."}}
        server.before = lambda number, method: Reply(expired) if number == 3 else None
    rpc.call("Contact.getMailingInfo", {"contact_id": 2})
    assert server.methods.count("User.getSessionId") == 2
    server.stop()


def test_a_wrong_login_is_refused_and_not_tried_again(http: Server) -> None:
    server = JsonRpcServer()
    rpc = _rpc(server.url, Login(USER, "wrong"))
    with pytest.raises(LoginRefused, match=r"check user_env \(U\) and password_env \(P\)"):
        rpc.call("Contact.getMultiple", {})
    assert len(server.calls) == 1
    server.stop()


# GraphQL


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (
            Reply({"errors": [{"message": "Cannot query field"}], "data": {"contacts": None}}),
            ApiRefused,
            "Cannot query field",
        ),
        (Reply({"errors": [{"message": f"m{n}"} for n in range(5)]}, 400), ApiRefused, r"m0; m1; m2 \(and 2 more\)"),
        (Reply({"errors": "broken"}), ApiRefused, "broken"),
        (Reply({"errors": [{"extensions": {"code": "X"}}]}), ApiRefused, "X"),
        (Reply({"data": {}}), SourceUnreachable, "without data"),
        (Reply({"data": None}), SourceUnreachable, "without data"),
        (Reply([]), SourceUnreachable, "no GraphQL answer"),
        (Reply({"errors": [{"message": "Unauthenticated."}]}, 401), LoginRefused, r"check token_env \(T\)"),
        (Reply(PAGE), SourceUnreachable, "a web page titled 'Sign in'"),
    ],
)
def test_errors_of_graphql_are_said_whatever_the_status(
    http: Server, reply: Reply, kind: type[NrpdError], words: str
) -> None:
    http.script(reply)
    api = Api(kind="graphql", base_url=http.url, token_env="T", requests_per_second=1000)
    with pytest.raises(kind, match=words):
        _kept(GraphQl(api, LOGIN, 0.01)).query("contacts", "first: 1", "{ id }")
    assert http.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert http.requests[0].path == "/graphql"
