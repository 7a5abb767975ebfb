"""Runs that many tests hang on: the demo, and a small customer as far as its sample. Tests that write take a copy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nrpd.sandbox import Sandbox
from nrpd.workspace import stamp
from tests.e2e.runs import ROOT, Customer, Ended, demo, picture, small
from tests.e2e.small import write_export, write_fixture
from tests.support.checks import open_case, read_account
from tests.support.readback import Account


@dataclass(frozen=True)
class Demo:
    """The demo after `nrpd run`. Tests that change anything take a copy of `customer`."""

    customer: Customer
    ended: Ended
    run: Path
    """The run folder."""
    before: Account
    """The account as it was before, read over HTTP."""
    initial: dict[str, Any]
    """The same as an export of the store."""
    since: str
    """RFC 3339; what was made before has an earlier time."""


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """`nrpd run` on the demo, once."""
    folder, since = tmp_path_factory.mktemp("demo"), stamp()
    with Sandbox(folder / "before.sqlite", fixture=ROOT / "parameters" / "demo" / "sandbox.json", burst=False) as box:
        before, initial = read_account(box.base_url, box.token), box.export()
    customer = demo(folder)
    ended = customer.nrpd("run", "--json")
    assert ended.code == 0, ended.err
    return Demo(customer, ended, customer.folder / ended.document["run"], before, initial, since)


@dataclass(frozen=True)
class Sampled:
    """The small customer after 06_sample, and its account, which is not nrpd's own sandbox but a server beside it."""

    customer: Customer
    export: Path
    store: Path
    fixture: Path
    since: str
    token: str

    @contextmanager
    def copy(self, folder: Path) -> Iterator[tuple[Customer, Sandbox]]:
        """A copy of customer and account, the account being served."""
        folder.mkdir(parents=True, exist_ok=True)
        for path in self.store.parent.glob(f"{self.store.name}*"):
            shutil.copyfile(path, folder / path.name)
        with Sandbox(folder / self.store.name, plan="premium", burst=False, token=self.token) as box:
            yield self.customer.copy(folder, base_url=box.base_url), box

    def picture(self, box: Sandbox) -> dict[str, Counter[str]]:
        return picture(box.export(), self.since)

    def problems(self, customer: Customer, box: Sandbox) -> list[str]:
        """What `tests.support` finds wrong in the account."""
        from tests.support.checks import check_all

        with Sandbox(customer.runs_root.parent / "before.sqlite", fixture=self.fixture, burst=False) as old:
            before = read_account(old.base_url, old.token)
        run = customer.run_folders()[-1]
        return check_all(open_case(box.base_url, box.token, self.export, run, customer.folder, before=before))


@pytest.fixture(scope="session")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Sampled:
    """The small customer, moved as far as its sample into the account of a `nrpd sandbox`."""
    folder = tmp_path_factory.mktemp("small")
    export, fixture, store = (
        write_export(folder / "export"),
        write_fixture(folder / "fixture.json"),
        folder / "account.sqlite",
    )
    since = stamp()
    command = [
        sys.executable,
        "-m",
        "nrpd",
        "sandbox",
        "--store",
        str(store),
        "--fixture",
        str(fixture),
        "--plan",
        "premium",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as server:
        assert server.stdout is not None
        try:
            where = json.loads(server.stdout.readline())
            customer = small(folder / "customer", export, where["base_url"], where["token"])
            ended = customer.nrpd("run", "--to", "06_sample", "--json")
        finally:
            server.terminate()
    assert ended.code == 0, ended.err
    return Sampled(customer, export, store, fixture, since, where["token"])


@pytest.fixture(scope="session")
def undisturbed(sampled: Sampled, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Counter[str]]:
    """What the account holds after the same migration was left alone."""
    with sampled.copy(tmp_path_factory.mktemp("undisturbed")) as (customer, box):
        ended = customer.nrpd("run", "--json")
        assert ended.code == 0, ended.err
        assert sampled.problems(customer, box) == []
        return sampled.picture(box)
