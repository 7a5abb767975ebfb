"""A small customer on disk, the account it goes to, and `python -m nrpd` as a person calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from nrpd.sandbox import Sandbox
from tests.support import small

ROOT = Path(__file__).resolve().parents[2]
TOKEN_VARIABLE = "NRPD_TEST_TOKEN"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its stdout as the one JSON document that it must be."""
        return json.loads(self.out)

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out[-3000:]}\n--- stderr\n{self.err[-3000:]}"


def nrpd(
    *arguments: str | Path, cwd: Path = ROOT, environment: Mapping[str, str] | None = None, timeout: int = 900
) -> Ended:
    """Runs `python -m nrpd …`."""
    return python("-m", "nrpd", *map(str, arguments), cwd=cwd, environment=environment, timeout=timeout)


def python(
    *arguments: str, cwd: Path = ROOT, environment: Mapping[str, str] | None = None, timeout: int = 300
) -> Ended:
    """Runs Python in this checkout."""
    made = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=full_environment(environment), capture_output=True, text=True,
        timeout=timeout, check=False,
    )  # fmt: skip
    return Ended(made.returncode, made.stdout, made.stderr)


def full_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment, without what would lead nrpd elsewhere."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NRPD_")}
    paths = [str(ROOT), *filter(None, kept.get("PYTHONPATH", "").split(os.pathsep))]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "200", **(more or {})}


class Account:
    """`nrpd sandbox` in a process of its own, with the small account in it."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.store = folder / "account.sqlite"
        fixture = small.account(folder / "account.json")
        command = ["-m", "nrpd", "sandbox", "--store", self.store, "--fixture", fixture, "--plan", "ultimate", *more]
        self.process = subprocess.Popen(
            [sys.executable, *map(str, command)], stdout=subprocess.PIPE, text=True, env=full_environment(), cwd=ROOT
        )
        assert self.process.stdout is not None
        self.announced: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.token = str(self.announced["token"])
        self.base_url = f"http://127.0.0.1:{self.announced['port']}"

    @property
    def environment(self) -> dict[str, str]:
        """What a person exports before the first command."""
        return {TOKEN_VARIABLE: self.token}

    @property
    def destination(self) -> dict[str, Any]:
        """The destination of the parameters file."""
        return {"kind": "pipedrive", "base_url": self.base_url, "token_env": TOKEN_VARIABLE}

    def export(self) -> dict[str, Any]:
        """All that lives in the account now."""
        return Sandbox(self.store).export()

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """A change that a person makes in the account."""
        answer = httpx.request(
            method, f"{self.base_url}{path}", json=body, headers={"x-api-token": self.token}, timeout=30
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def stop(self) -> int:
        """Ends the process as Ctrl-C does, and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def rows_of(path: Path) -> list[dict[str, Any]]:
    """A mapping sheet."""
    found: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def sums_agree(phases: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[str]:
    """Objects whose `source` is not the sum of their outcomes."""
    return [
        f"{phase}/{object_}: {line}"
        for phase, objects in phases.items()
        for object_, line in objects.items()
        if line["source"] != outcomes(line)
    ]


def outcomes(line: Mapping[str, Any]) -> int:
    """The sum of all outcomes of an object."""
    plain = sum(line[name] for name in ("created", "updated", "adopted", "unchanged"))
    return int(plain + sum(line["skipped"].values()) + sum(line["quarantined"].values()))


def holding(folder: Path, secret: str, but: Sequence[str] = ()) -> list[str]:
    """Files below a folder that hold a text."""
    needle = secret.encode()
    return [str(p) for p in folder.rglob("*") if p.is_file() and p.name not in but and needle in p.read_bytes()]
