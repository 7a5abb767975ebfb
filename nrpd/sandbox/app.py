"""The ASGI application: token, faults, limits, one transaction per request, answer.

Beside the public API stands `/sandbox` (`control.py`), for what only a test may do: clock, faults, export.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from .account import AccountCache
from .answers import Refused, Reply, dumps
from .call import Call, Setup, Upload
from .control import PREFIX, control
from .limits import LIMIT_HEADERS, Limits
from .routes import Route, find
from .store import Store

logger = logging.getLogger(__name__)

WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_BLOCKED = b"<html><head><title>Access denied</title></head><body><h1>You are being rate limited</h1></body></html>"


@dataclass
class Answer:
    """What goes over the wire; `status` 0 means that the connection is closed without an answer."""

    status: int
    content: bytes = b""
    kind: str = "application/json; charset=utf-8"
    headers: dict[str, str] | None = None


@dataclass
class Incoming:
    """The request as it was read, before anything is looked up."""

    method: str
    path: str
    query: dict[str, str]
    token: str
    host: str
    body: Any = None
    form: dict[str, str] | None = None
    upload: Upload | None = None
    problem: str = ""


class App:
    """The API over one store. Every request runs in the event loop's thread, so one connection is enough."""

    def __init__(self, store: Store, token: str, setup: Setup, limits: Limits) -> None:
        self._store = store
        self._token = token
        self._setup = setup
        self._limits = limits
        self._faults = setup.faults
        self._accounts = AccountCache()
        self._ahead = 0.0
        """Seconds by which the store's clock was moved on, as the newest request found it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request (ASGI)."""
        if scope["type"] != "http":
            return
        incoming = await read_request(scope, receive)
        if incoming is None:
            return
        if incoming.path == PREFIX or incoming.path.startswith(f"{PREFIX}/"):
            answer = self._control(incoming)
        elif self._faults.strikes("reset"):
            answer = Answer(0)
        else:
            if self._faults.strikes("slow"):
                await asyncio.sleep(self._faults.slow_seconds)
            answer = self._answer(incoming)
            await self._hold(incoming, answer)
        if answer.status == 0:
            await _hang_up(scope, receive)
            return
        headers = [(b"content-type", answer.kind.encode()), (b"content-length", str(len(answer.content)).encode())]
        headers += [(b"date", formatdate(time.time() + self._ahead, usegmt=True).encode())]
        headers += [(b"x-correlation-id", str(uuid.uuid4()).encode())]
        headers += [(name.encode(), value.encode()) for name, value in (answer.headers or {}).items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.content})

    async def _hold(self, incoming: Incoming, answer: Answer) -> None:
        stuck = self._faults.stuck
        if stuck and incoming.method in WRITES and answer.status in (200, 201) and stuck.holds(incoming.path):
            while self._faults.stuck is stuck:
                await asyncio.sleep(0.05)

    def _check_token(self, incoming: Incoming) -> None:
        if not hmac.compare_digest(incoming.token.encode(), self._token.encode()):
            raise unauthorized()

    def _control(self, incoming: Incoming) -> Answer:
        try:
            self._check_token(incoming)
            document = control(
                incoming.method, incoming.path, incoming.body, self._store, self._setup, self._limits
            )  # fmt: skip
        except Refused as refused:
            return _json(refused.status, refused.body(), refused.headers)
        return _json(200, document, {})

    def _answer(self, incoming: Incoming) -> Answer:
        try:
            self._check_token(incoming)
            route, values, version = find(incoming.method, incoming.path)
        except Refused as refused:
            return _json(refused.status, refused.body(), refused.headers)
        if self._faults.strikes("blocked"):
            return Answer(403, _BLOCKED, "text/html")
        if self._faults.strikes("html"):
            return Answer(502, _BAD_GATEWAY, "text/html")
        if self._faults.strikes("error"):
            return _json(503, {"success": False, "error": "Service unavailable", "errorCode": 503}, {})
        try:
            answer = self._transact(incoming, route, values, version)
        except Exception:
            logger.exception("the sandbox failed on %s %s", incoming.method, incoming.path)
            self._accounts.forget()
            return _json(500, {"success": False, "error": "Internal error", "code": "ERR_UNKNOWN"}, {})
        if incoming.method in WRITES and answer.status == 200 and self._faults.strikes("lost"):
            return Answer(0)
        if not self._faults.headers or self._faults.strikes("bare"):
            answer.headers = {
                name: value for name, value in (answer.headers or {}).items() if name not in LIMIT_HEADERS
            }
        return answer

    def _transact(self, incoming: Incoming, route: Route, values: dict[str, str], version: str) -> Answer:
        """Charges and handles a request in one transaction. What a refused request cost stays charged."""
        store = self._store
        try:
            with store.transaction():
                now, revision = store.now_and_revision()
                self._ahead = now - time.time()
                try:
                    headers = self._charge(incoming, route, now)
                except Refused as refused:
                    return _json(refused.status, refused.body(), refused.headers)
                if incoming.problem:
                    raise Refused(400, incoming.problem, "ERR_BAD_REQUEST")
                account = self._accounts.get(store, revision)
                call = Call(
                    incoming.method, version, values, incoming.query, incoming.body, store, account,
                    self._setup, now, f"http://{incoming.host}", incoming.form or {}, incoming.upload,
                )  # fmt: skip
                return _success(route.handler(call), headers)
        except Refused as refused:
            # What the handler wrote was taken back, and the charge with it: that is made again.
            with store.transaction(), suppress(Refused):
                self._charge(incoming, route, now)
            return _json(refused.status, refused.body(), {**headers, **refused.headers})

    def _charge(self, incoming: Incoming, route: Route, now: float) -> dict[str, str]:
        write = incoming.method in ("POST", "PUT")
        return self._limits.charge(self._store, now, route.cost, search=route.search, write=write)


def unauthorized() -> Refused:
    """401 as Pipedrive's gateway answers it (facts, section 1)."""
    return Refused(
        401, "unauthorized access", headers={"x-401-by-gw": "true"},
        errorCode=401, error_info="Please check developers.pipedrive.com",
    )  # fmt: skip


def _json(status: int, body: dict[str, Any], headers: dict[str, str]) -> Answer:
    return Answer(status, dumps(body).encode(), headers=headers)


def _success(reply: Reply, headers: dict[str, str]) -> Answer:
    if reply.raw is not None:
        return Answer(200, reply.raw[0], reply.raw[1], {**headers, **reply.headers})
    return _json(200, reply.body(), {**headers, **reply.headers})


async def read_request(scope: Scope, receive: Receive) -> Incoming | None:
    """Reads all of a request; None where its sender went away before that. What is wrong with its body is told later,
    after the token was checked."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    incoming = Incoming(
        scope["method"], scope["path"], query,
        headers.get("x-api-token", ""), headers.get("host", "127.0.0.1"),
    )  # fmt: skip
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        await _read_form(scope, receive, incoming)
        return incoming
    content = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        content += message.get("body", b"")
        if not message.get("more_body"):
            break
    if content:
        _read_body(bytes(content), kind, incoming)
    return incoming


def _read_body(content: bytes, kind: str, incoming: Incoming) -> None:
    if kind == "application/x-www-form-urlencoded" and "/v1/" in incoming.path:
        incoming.body = dict(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True))
        return
    if kind != "application/json":
        incoming.problem = "The body must be JSON, with content-type application/json"
        return
    try:
        incoming.body = json.loads(content)
    except (ValueError, RecursionError):
        incoming.problem = "The body is not valid JSON"


async def _read_form(scope: Scope, receive: Receive, incoming: Incoming) -> None:
    incoming.form = {}
    try:
        async with Request(scope, receive).form(max_part_size=64 * 1024 * 1024) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    if name == "file":
                        incoming.upload = Upload(value.filename or "", await value.read())
                else:
                    incoming.form[name] = value
    except Exception:  # starlette has no one class for all that can be wrong with a form
        incoming.problem = "The form could not be read"


async def _hang_up(scope: Scope, receive: Receive) -> None:
    """Closes the connection without an answer, and waits until the server knows it."""
    scope["state"]["transport"].abort()
    while (await receive())["type"] != "http.disconnect":
        pass
