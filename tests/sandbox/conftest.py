"""A running sandbox per test, and a small client for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from nrpd.sandbox import Sandbox


class Api:
    """Sends requests to a sandbox: `ok` wants a success and gives its data, `refused` a status, and gives the error."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.http = httpx.Client(base_url=box.base_url, headers={"x-api-token": box.token}, timeout=20)

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Any request; `path` without /api."""
        if body is not None:
            more["json"] = body
        return self.http.request(method, f"/api{path}", **more)

    def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The data of a successful answer."""
        answer = self.send(method, path, body, **more)
        assert answer.status_code == 200, answer.text
        assert answer.json()["success"] is True
        return answer.json()["data"]

    def refused(self, status: int, method: str, path: str, body: Any = None, **more: Any) -> str:
        """The error text of an answer that must have this status."""
        answer = self.send(method, path, body, **more)
        assert answer.status_code == status, answer.text
        assert answer.json()["success"] is False
        return str(answer.json()["error"])

    def field(self, name: str, kind: str, options: list[str] | None = None, entity: str = "person") -> dict[str, Any]:
        """Makes a custom field."""
        body: dict[str, Any] = {"field_name": name, "field_type": kind}
        if options:
            body["options"] = [{"label": label} for label in options]
        made: dict[str, Any] = self.ok("POST", f"/v2/{entity}Fields", body)
        return made


Make = Callable[..., Api]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Starts sandboxes: make(fixture={...}, plan=..., ...) with no limits unless asked for."""
    boxes: list[Api] = []

    def start(fixture: dict[str, Any] | None = None, store: str = "store.sqlite", **settings: Any) -> Api:
        settings = {"burst": False, "budget": False, **settings}
        if fixture is not None:
            settings["fixture"] = tmp_path / "fixture.json"
            settings["fixture"].write_text(json.dumps(fixture), encoding="utf-8")
        box = Sandbox(tmp_path / store, **settings)
        box.start()
        boxes.append(Api(box))
        return boxes[-1]

    yield start
    for api in boxes:
        api.http.close()
        api.box.stop()


@pytest.fixture
def api(make: Make) -> Api:
    """An empty account."""
    return make()


@contextmanager
def account(folder: Path, fixture: dict[str, Any]) -> Iterator[Api]:
    """A running account without limits, for fixtures of a wider scope than one test."""
    (folder / "fixture.json").write_text(json.dumps(fixture), encoding="utf-8")
    with Sandbox(folder / "store.sqlite", fixture=folder / "fixture.json", burst=False, budget=False) as box:
        api = Api(box)
        yield api
        api.http.close()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One account, with the person Ann, for all tests that only send what is refused: nothing of that is stored."""
    with account(tmp_path_factory.mktemp("shared"), {"persons": [{"name": "Ann"}]}) as api:
        yield api
