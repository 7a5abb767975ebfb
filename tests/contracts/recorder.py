"""What every sandbox is asked and answers while tests run, in this process and in all that tests start.

Each sandbox writes into a file of its own, one JSON object a line, in the folder that the environment names; processes
that tests start do so because `site/sitecustomize.py` stands in their `PYTHONPATH`. The checking is left to the test
that has just ended (`tests/conftest.py`), so that no process that serves has to do it.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = "CONTRACT_EXCHANGES"
"""The variable that names the folder. Not one of nrpd's own, which tests take out of the environment."""
SITE = Path(__file__).parent / "site"
ROOT = Path(__file__).parents[2]
_numbers = itertools.count()


@dataclass(frozen=True)
class Exchange:
    """One request and what came back. `status` is 0 where the connection was closed without an answer."""

    method: str
    path: str
    """Without the query, e.g. `/api/v2/persons/7`."""
    query: str = ""
    kind: str = ""
    """The content type of the request, with its parameters."""
    request: bytes = b""
    status: int = 200
    answer_kind: str = "application/json"
    answer: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the answer."""
    agent: str = ""

    @property
    def by_nrpd(self) -> bool:
        """Whether nrpd itself sent it, and not a test."""
        return self.agent == "nrpd"

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


def start(folder: Path) -> None:
    """From now on all sandboxes of this process, and of those that it starts, write into `folder`."""
    from nrpd.sandbox import box

    os.environ[FOLDER] = str(folder)
    paths = [str(SITE), str(ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    install(box)


def install(box: ModuleType) -> None:
    """Makes every `Sandbox` of this process write down its exchanges; `box` is the module `nrpd.sandbox.box`."""
    original = box.App
    box.App = lambda *arguments: Recorder(original(*arguments), Path(os.environ[FOLDER]))


class Exchanges:
    """The files of a folder, each line of which is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}

    def new(self) -> Iterator[Exchange]:
        """What was written since the last call. A line that a killed process left unfinished is none."""
        for path in sorted(self._folder.glob("*.jsonl")):
            already = self._read.get(path, 0)
            if path.stat().st_size == already:
                continue
            with path.open("rb") as file:
                file.seek(already)
                lines, end, _ = file.read().rpartition(b"\n")
            self._read[path] = already + len(lines) + len(end)
            for line in lines.splitlines():
                yield exchange_from(json.loads(line))


def exchange_from(line: dict[str, Any]) -> Exchange:
    """One line of a file."""
    texts = {name: line[name].encode("latin-1") for name in ("request", "answer")}
    return Exchange(**{**line, **texts})


class Recorder:
    """An ASGI application around the sandbox's."""

    def __init__(self, app: Any, folder: Path) -> None:
        self._app = app
        self._path = folder / f"{os.getpid()}-{next(_numbers)}.jsonl"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asked, answered, start = bytearray(), bytearray(), {"status": 0, "headers": []}
        whole = False

        async def receiving() -> Any:
            nonlocal whole
            message = await receive()
            asked.extend(message.get("body", b""))
            whole = whole or (message["type"] == "http.request" and not message.get("more_body"))
            return message

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            answered.extend(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receiving, sending)
        finally:
            if whole:  # else its sender was killed before all of it had left
                self._write(scope, bytes(asked), start, bytes(answered))

    def _write(self, scope: Any, asked: bytes, start: Any, answered: bytes) -> None:
        headers, answers = _texts(scope["headers"]), _texts(start["headers"])
        line = {
            "method": scope["method"], "path": scope["path"], "query": scope["query_string"].decode("latin-1"),
            "kind": headers.get("content-type", ""), "agent": headers.get("user-agent", ""),
            "request": asked.decode("latin-1"), "status": start["status"], "headers": answers,
            "answer_kind": answers.get("content-type", ""), "answer": answered.decode("latin-1"),
        }  # fmt: skip
        with self._path.open("ab") as file:  # opened anew each time, so that a kill leaves at most one torn line
            file.write(json.dumps(line).encode() + b"\n")


def _texts(headers: Any) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
