"""A proxy on loopback between nrpd and a sandbox, which fails as it is told to."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

FAULTS = ("reset before", "reset after", "page before", "page after", "error after", "half", "slow", "late")
"""The connection breaks before the request is passed on, or after it was carried out; 502 with a web page before or
after; 503 in JSON after; half of the answer; one second late; 40 seconds late, which nrpd does not wait for."""
PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
ERROR = b'{"success": false, "error": "Service unavailable", "errorCode": 503}'
PASSED_ON = ("content-type", "retry-after", "x-")

Decide = Callable[[str, str], str]
"""Method and path of a request → what happens to it, one of FAULTS; mostly nothing."""


class Proxy(ThreadingHTTPServer):
    """Passes requests on to the server behind it. `decide` is asked for one request at a time."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, behind: str, decide: Decide) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        # A connection of its own for each request: one that was kept may be closed just when it is used again.
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=0)
        self.http = httpx.Client(base_url=behind, timeout=60, limits=limits)
        self.decide = decide
        self.lock = threading.Lock()
        self.met: Counter[str] = Counter()

    def fault(self, method: str, path: str) -> str:
        """What happens to this request."""
        with self.lock:
            found = self.decide(method, path)
            self.met[found] += bool(found)
        return found

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def proxied(behind: str, decide: Decide) -> Iterator[Proxy]:
    """A proxy for as long as the context lasts."""
    proxy = Proxy(behind, decide)
    threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        proxy.http.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        fault = self.server.fault(self.command, self.path.partition("?")[0])
        if fault == "reset before":
            return self._hang_up()
        if fault == "page before":
            return self._answer(502, "text/html", PAGE)
        kept = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "content-length")}
        got = self.server.http.request(self.command, self.path, content=body or None, headers=kept)
        if fault in ("slow", "late"):
            time.sleep(1 if fault == "slow" else 40)
        if fault == "reset after":
            return self._hang_up()
        if fault == "page after":
            return self._answer(502, "text/html", PAGE)
        if fault == "error after":
            return self._answer(503, "application/json", ERROR)
        headers = {k: v for k, v in got.headers.items() if k.startswith(PASSED_ON)}
        return self._answer(got.status_code, "", got.content, headers, cut=fault == "half")

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _pass

    def _answer(
        self, status: int, kind: str, content: bytes, headers: dict[str, str] | None = None, *, cut: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {"content-type": kind}).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.close()
