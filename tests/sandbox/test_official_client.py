"""Pipedrive's own client for Node drives a served sandbox through every operation that the sandbox answers.

The script is node/official_client.mjs, the client's version stands in node/package.json. `.ci/run` installs it into
the virtual environment; elsewhere the test says what is missing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nrpd.sandbox.costs import COSTS
from nrpd.sandbox.routes import find

HERE = Path(__file__).parent / "node"
ROOT = Path(sys.prefix) / "node"
WANTED = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]["pipedrive"]


@pytest.fixture
def client() -> str:
    """Node, where it is there and the client of the wanted version too."""
    node, package = shutil.which("node"), ROOT / "node_modules" / "pipedrive" / "package.json"
    if node is None or not package.is_file():
        what = "Node" if node is None else f"the npm package pipedrive {WANTED}"
        pytest.skip(f"{what} is not there; with Node 18 or newer: npm install --prefix {ROOT} pipedrive@{WANTED}")
    assert json.loads(package.read_text(encoding="utf-8"))["version"] == WANTED
    return node


@pytest.fixture
def served(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """`nrpd sandbox` in a process of its own: a new account, all limits on."""
    command = [sys.executable, "-m", "nrpd", "sandbox", "--plan", "ultimate", "--store", str(tmp_path / "store.sqlite")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.terminate()


def test_everything_that_is_served(client: str, served: dict[str, Any]) -> None:
    where = {"SANDBOX_URL": f"http://127.0.0.1:{served['port']}", "SANDBOX_TOKEN": served["token"]}
    done = subprocess.run(
        [client, str(HERE / "official_client.mjs")], capture_output=True, text=True, timeout=120,
        env={**os.environ, **where, "CLIENT_ROOT": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["client"] == WANTED
    assert {template(method, path) for method, path in told["requests"]} == set(COSTS)


def template(method: str, path: str) -> tuple[str, str]:
    """The operation that a request was: its method, and its path with `{id}` or `{code}`."""
    for name, value in find(method, path)[1].items():
        path = "/".join(f"{{{name}}}" if part == value else part for part in path.split("/"))
    return method, path
