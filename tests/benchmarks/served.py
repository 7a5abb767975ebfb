"""What benchmarks are run against: `nrpd sandbox` in a process of its own, and latency in front of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

_LENGTH = re.compile(rb"^content-length: *(\d+)", re.I | re.M)


@dataclass(frozen=True)
class Latency:
    """Seconds of delay of each request before and after the server counts it, drawn evenly from these ranges."""

    name: str
    before: tuple[float, float] = (0.0, 0.0)
    after: tuple[float, float] = (0.0, 0.0)


@contextlib.contextmanager
def sandbox(folder: Path, *, plan: str, seats: int = 5, fixture: Path | None = None) -> Iterator[dict[str, Any]]:
    """`nrpd sandbox` for as long as the context lasts: its port, token and base_url."""
    command = [sys.executable, "-m", "nrpd", "sandbox", "--plan", plan, "--seats", str(seats)]
    command += ["--store", str(folder / "sandbox.sqlite")]
    command += ["--fixture", str(fixture)] if fixture else []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=30)


class Proxy:
    """A way to the sandbox that takes time. `arrivals`: when each request reached it, seconds of `time.monotonic`."""

    def __init__(self, port: int, latency: Latency) -> None:
        self._ours, theirs = multiprocessing.get_context("spawn").Pipe()
        self._process = multiprocessing.get_context("spawn").Process(
            target=_proxy, args=(theirs, port, latency), daemon=True
        )
        self._process.start()
        self.base_url = f"http://127.0.0.1:{self._ours.recv()}"

    def arrivals(self) -> list[float]:
        """Ends it, and returns what it saw."""
        self._ours.send("end")
        seen: list[float] = self._ours.recv()
        self._process.join(10)
        return seen


def _proxy(pipe: Connection, port: int, latency: Latency) -> None:
    asyncio.run(_serve(pipe, port, latency))


async def _serve(pipe: Connection, port: int, latency: Latency) -> None:
    arrivals: list[float] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up, down = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await _message(reader)
                await asyncio.sleep(random.uniform(*latency.before))
                arrivals.append(time.monotonic())
                down.write(request)
                answer = await _message(up)
                await asyncio.sleep(random.uniform(*latency.after))
                writer.write(answer)
        for end in (writer, down):
            end.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    await asyncio.to_thread(pipe.recv)
    pipe.send(arrivals)


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One request or answer, with the body that its Content-Length names."""
    head = await reader.readuntil(b"\r\n\r\n")
    found = _LENGTH.search(head)
    return head + (await reader.readexactly(int(found.group(1))) if found else b"")
