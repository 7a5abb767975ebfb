"""An account that is served beside nrpd, as Pipedrive is, and people who work in it."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from nrpd.sandbox import Sandbox
from tests.support import small

TOKEN_VARIABLE = "NRPD_SERVED_TOKEN"


@dataclass(frozen=True)
class Served:
    """The tiny customer of `small.py` and its account."""

    path: Path
    """The parameters file."""
    box: Sandbox

    @property
    def folder(self) -> Path:
        """The customer's folder."""
        return self.path.parent / "runs" / self.path.stem

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """What a person does in the account; gives the data of the answer."""
        answer = httpx.request(
            method, f"{self.box.base_url}{path}", json=body, headers={"x-api-token": self.box.token}, timeout=30
        )
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]

    def all(self, kind: str) -> dict[str, dict[str, Any]]:
        """Name, title or subject → live record of the account, with custom fields by their names."""
        found = {}
        for record in self.box.export()[kind]:
            name = record.get("name") or record.get("title") or record.get("subject") or record.get("field_name")
            found[str(name)] = record
        return found

    def report(self, name: str) -> list[dict[str, str]]:
        """The rows of the newest report of that name."""
        path = sorted(self.folder.glob(f"*/reports/{name}.csv"))[-1]
        with path.open(encoding="utf-8-sig", newline="") as text:
            return list(csv.DictReader(text))

    def field_code(self, kind: str, name: str) -> str:
        """The key of a custom field by its name; kind such as `person`."""
        fields = self.api("GET", f"/api/v2/{kind}Fields?limit=500")
        return str(next(f["field_code"] for f in fields if f["field_name"] == name))

    def change(self, **more: Any) -> None:
        """Changes keys of the parameters file."""
        content = yaml.safe_load(self.path.read_text(encoding="utf-8"))
        for key, value in more.items():
            content[key] = {**content.get(key, {}), **value} if isinstance(value, Mapping) else value
        self.path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


@contextmanager
def served(
    folder: Path, *, campaigns: bool = False, change: Callable[[dict[str, Any]], None] | None = None, **more: Any
) -> Iterator[Served]:
    """Writes export, fixture and parameters, and serves the account, with the add-on Campaigns or without. `change`
    changes the fixture. `more`: parameters, gates auto unless given."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "export").exists():
        small.export(folder / "export")
    fixture = small.account(folder / "account.json")
    content = json.loads(fixture.read_text(encoding="utf-8"))
    content["company"]["campaigns"] = campaigns
    if change is not None:
        change(content)
    fixture.write_text(json.dumps(content), encoding="utf-8")
    with (
        Sandbox(folder / "account.sqlite", plan="ultimate", burst=False, fixture=fixture) as box,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv(TOKEN_VARIABLE, box.token)
        assert os.environ[TOKEN_VARIABLE]
        destination = {"kind": "pipedrive", "base_url": box.base_url, "token_env": TOKEN_VARIABLE}
        path = small.parameters(folder, "acme", destination=destination, **{"gates": "auto", **more})
        yield Served(path, box)
