"""The sandbox as an object: start, stop, clock, export; and the loop behind `nrpd sandbox`."""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import App
from .call import Setup
from .clock import day_of
from .export import export_store
from .faults import Faults
from .fixture import load_fixture, read_fixture
from .limits import MULTIPLIERS, Limits
from .store import Store

INDEX_LAG = 2.0
"""Seconds until searches show a change (facts/pipedrive.md, section 3: seconds of lag)."""


class _Protocol(H11Protocol):
    """Gives the application its connection, so that a fault can close it without an answer."""

    def connection_made(self, transport: Any) -> None:
        """Keeps the transport where requests of this connection find it."""
        super().connection_made(transport)
        # asyncio sets this only where the listening socket names its protocol. Without it each answer, sent in two
        # parts, waits 40 ms for the acknowledgement of the first.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}


class Sandbox:
    """A local Pipedrive on a loopback port, over one store file, for as long as this process lives or until `stop`.

    `plan` and `seats` set the token budget, the burst window and the field limit. `burst=False` and `budget=False`
    leave a limit out. `token` is random unless given and stored nowhere. `port` 0 takes a free one. `fixture` (JSON)
    fills the store only when it is new. `faults` is a spec of `faults.py`. `lag` is the delay of searches in seconds.
    Raises ValueError for an unknown plan, a fixture or faults spec that cannot be read, or a file that is no store.
    """

    def __init__(
        self, store: Path, *, plan: str = "growth", seats: int = 5, burst: bool = True, token: str | None = None,
        port: int = 0, fixture: Path | None = None, faults: str = "", budget: bool = True, lag: float = INDEX_LAG,
    ) -> None:  # fmt: skip
        if plan not in MULTIPLIERS:
            raise ValueError(f"plan: {plan!r} is not known; it is one of {', '.join(MULTIPLIERS)}")
        if seats < 1:
            raise ValueError("seats: must be at least 1")
        self.store_path = Path(store)
        self.token = token or secrets.token_hex(20)
        self._port = port
        self._faults = Faults.parse(faults)
        self._setup = Setup(plan, seats, lag, self._faults)
        self._limits = Limits(plan, seats, burst=burst, budget=budget)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None
        self._prepare(read_fixture(fixture))

    def __repr__(self) -> str:
        return f"Sandbox({str(self.store_path)!r}, {'running' if self._server else 'stopped'})"

    def _prepare(self, fixture: dict[str, Any]) -> None:
        store = Store(self.store_path)
        try:
            with store.transaction():
                load_fixture(store, fixture, self._setup)
        finally:
            store.close()

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:<port>`, while it runs."""
        if self._socket is None:
            raise RuntimeError("the sandbox is not running")
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The port it listens on, while it runs."""
        if self._socket is None:
            raise RuntimeError("the sandbox is not running")
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        """Listens and serves in a daemon thread. Returns when it answers; raises OSError where the port is taken."""
        if self._thread is not None:
            return
        listener = socket.create_server(("127.0.0.1", self._port), backlog=512)
        self._socket = listener
        ready: list[BaseException] = []
        started = threading.Event()
        self._thread = threading.Thread(
            target=self._serve, args=(listener, started, ready), name="nrpd-sandbox", daemon=True
        )
        self._thread.start()
        started.wait()
        if ready:
            self.stop()
            raise ready[0]

    def _serve(self, listener: socket.socket, started: threading.Event, failed: list[BaseException]) -> None:
        """The body of the serving thread: it owns the one connection to the store."""
        try:
            store = Store(self.store_path)
        except BaseException as error:
            failed.append(error)
            started.set()
            return
        app = App(store, self.token, self._setup, self._limits)
        config = uvicorn.Config(
            app, http=_Protocol, loop="asyncio", lifespan="off", log_config=None, log_level="critical",
            access_log=False, server_header=False, date_header=False, ws="none", timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        started.set()  # the socket listens already: a request that comes now waits for the loop
        try:
            asyncio.run(self._server.serve(sockets=[listener]))
        finally:
            store.close()

    def stop(self) -> None:
        """Stops serving. The store stays."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(timeout=10)
        if self._socket is not None:
            self._socket.close()
        self._server = self._thread = self._socket = None

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def advance(self, seconds: float) -> None:
        """Moves the clock of the store, for every process that serves it; it stays moved."""
        store = Store(self.store_path)
        try:
            with store.transaction():
                store.advance(seconds)
        finally:
            store.close()

    def set_faults(self, spec: str) -> None:
        """Replaces the faults from the next request on. Raises ValueError for a spec that cannot be read."""
        self._faults.replace(Faults.parse(spec))

    def tokens_used(self) -> int:
        """Tokens of the budget that today's requests took (UTC day of the sandbox's clock)."""
        store = Store(self.store_path)
        try:
            return store.tokens_today()
        finally:
            store.close()

    def spend(self, tokens: int) -> None:
        """Takes tokens of today's budget, as the company's other integrations do."""
        store = Store(self.store_path)
        try:
            with store.transaction():
                store.db.execute(
                    "INSERT INTO usage (day, tokens) VALUES (?,?) ON CONFLICT (day) DO UPDATE SET tokens=tokens+?",
                    (day_of(store.now()), tokens, tokens),
                )
        finally:
            store.close()

    def tokens_in_all(self) -> int:
        """Tokens of the budget that all requests so far took, whatever their day."""
        store = Store(self.store_path)
        try:
            return int(store.db.execute("SELECT coalesce(sum(tokens), 0) FROM usage").fetchone()[0])
        finally:
            store.close()

    def export(self) -> dict[str, Any]:
        """All live records, fields, options and types in the form of a fixture (see `fixture.py`)."""
        return _exported(self.store_path)


def _exported(path: Path) -> dict[str, Any]:
    store = Store(path)
    try:
        with store.transaction():
            return export_store(store)
    finally:
        store.close()


def export_file(store: Path, target: Path) -> None:
    """Writes what a store holds as a fixture, a JSON file. Raises ValueError where the file is no store."""
    target.write_text(json.dumps(_exported(store), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def serve_forever(
    store: Path | None, port: int, plan: str, seats: int, fixture: Path | None, faults: str,
    announce: Callable[[dict[str, Any]], None],
) -> None:  # fmt: skip
    """Serves until SIGINT or SIGTERM; without `store` from a temporary file that is removed at the end.

    Calls `announce` once with {"port", "token", "base_url"} when requests are answered. Main thread only.
    """
    with tempfile.TemporaryDirectory(prefix="nrpd-sandbox-") as folder:
        box = Sandbox(
            store or Path(folder) / "sandbox.sqlite", plan=plan, seats=seats, port=port, fixture=fixture, faults=faults
        )
        ended = threading.Event()

        def end(_signal: int, _frame: FrameType | None) -> None:
            ended.set()

        previous = {name: signal.signal(name, end) for name in (signal.SIGINT, signal.SIGTERM)}
        try:
            with box:
                announce({"port": box.port, "token": box.token, "base_url": box.base_url})
                ended.wait()
        finally:
            for name, handler in previous.items():
                signal.signal(name, handler)
