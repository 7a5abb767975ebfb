"""Runs that many tests hang on: the demo, and a small customer as far as its sample. Tests that write take a copy."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from nrpd.sandbox import Sandbox
from nrpd.workspace import stamp
from tests.e2e.runs import ROOT, Customer, Ended, demo, kill_all, picture, small, wait_for
from tests.e2e.small import write_export, write_fixture
from tests.support.checks import check_all, open_case, read_account
from tests.support.readback import Account

LAST = "10_suppression_pass"
"""The last phase that changes the account of a customer without a delta."""
KILLS = (
    ("07_organizations", "organization", 6, True), ("08_persons", "person", 12, False),
    ("09_activities", "activity", 12, True), ("09_activities", "note", 3, True),
)  # fmt: skip
"""(phase, entity, confirmed writes before the kill, whether kernel and runner are killed or the runner alone)"""
PATHS = {
    "organization": "/api/v2/organizations", "person": "/api/v2/persons", "activity": "/api/v2/activities",
    "note": "/api/v1/notes",
}  # fmt: skip
FAULTS = "lost=0.06,error=0.06,html=0.04,reset=0.06,seed=7"


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
        ended = customer.nrpd("run", "--to", LAST, "--json")
        assert ended.code == 0, ended.err
        assert sampled.problems(customer, box) == []
        return sampled.picture(box)


@dataclass(frozen=True)
class Kill:
    """What was seen at one kill."""

    phase: str
    entity: str
    whole: bool
    code: int
    in_flight: int
    complete: bool


@dataclass(frozen=True)
class Battered:
    """The small customer, killed in the middle of each load in turn. The last kill left it in the midst of notes."""

    left: Sampled
    kills: list[Kill]
    kernels: list[psutil.Process]
    """The kernels of the runner that was killed alone."""


@pytest.fixture(scope="session")
def battered(sampled: Sampled, tmp_path_factory: pytest.TempPathFactory) -> Battered:
    """Killed, run again, killed in the next load, and so on: three times whole, once the runner alone."""
    folder = tmp_path_factory.mktemp("battered")
    kills, kernels = [], []
    with sampled.copy(folder) as (customer, box):
        for phase, entity, done, whole in KILLS:
            process = start_until(customer, box, phase, entity, done)
            if whole:
                kill_all(process)
            else:
                kernels = psutil.Process(process.pid).children(recursive=True)
                process.send_signal(signal.SIGKILL)
                process.wait()
            in_flight = customer.writes(phase, "sent")
            complete = bool(customer.query("SELECT 1 FROM phases WHERE phase = ? AND state = 'complete'", phase))
            kills.append(Kill(phase, entity, whole, process.returncode, in_flight, complete))
        confirmed = customer.query("SELECT count(*) FROM records WHERE entity = 'note'")[0][0]
        wait_for("a note that nobody heard of", lambda: len(box.export()["notes"]) > confirmed, pause=0.1)
        box.set_faults("")
    return Battered(replace(sampled, customer=customer, store=folder / sampled.store.name), kills, kernels)


@dataclass(frozen=True)
class Finished:
    """The battered customer after `nrpd run` went on to the end, through lost answers and errors."""

    customer: Customer
    ended: Ended
    picture: dict[str, Counter[str]]
    problems: list[str]


@pytest.fixture(scope="session")
def finished(battered: Battered, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Run again to the end, over a network that fails."""
    with battered.left.copy(tmp_path_factory.mktemp("finished")) as (customer, box):
        box.set_faults(FAULTS)
        ended = customer.nrpd("run", "--to", LAST, "--json")
        box.set_faults("")
        problems = battered.left.problems(customer, box) if ended.code == 0 else []
        return Finished(customer, ended, battered.left.picture(box), problems)


def start_until(customer: Customer, box: Sandbox, phase: str, entity: str, done: int) -> subprocess.Popen[bytes]:
    """Starts `nrpd run`, and returns when that many writes of a phase are confirmed and the next ones are in flight:
    the account has stored them, and its answers do not come. Some answers are lost before."""
    count = "SELECT count(*) FROM writes WHERE phase = ? AND entity = ? AND state = ?"
    already = customer.query(count, phase, entity, "done")[0][0]
    box.set_faults(f"stuck={PATHS[entity]}:{done},lost=0.1,seed=5")
    process = customer.start("run", "--to", phase)

    def reached() -> bool:
        assert process.poll() is None, f"nrpd ended with {process.returncode} before {phase} could be stopped"
        confirmed = customer.query(count, phase, entity, "done")[0][0] - already
        return confirmed >= done and customer.query(count, phase, entity, "sent")[0][0] > 0

    wait_for(f"{done} {entity} writes of {phase}, and one more", reached, pause=0.05)
    return process
