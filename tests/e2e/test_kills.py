"""Issue "The whole migration runs", Show 6: killed in the middle, run again, and nothing shows.

The account is a server of its own, as Pipedrive is: what had left when the kill came is still carried out, and nobody
hears its answer. It answers late here, so that there is always something in flight.
"""

from __future__ import annotations

import signal
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from nrpd.sandbox import Sandbox
from tests.e2e.conftest import Sampled
from tests.e2e.runs import Customer, difference, kill_all, wait_for

LATE = "slow=1:0.3"
Picture = dict[str, Counter[str]]


def start_until(customer: Customer, box: Sandbox, phase: str, entity: str, done: int) -> subprocess.Popen[bytes]:
    """Starts `nrpd run`, and returns when that many writes of a phase are confirmed. Answers are late meanwhile."""
    statement = "SELECT count(*) FROM writes WHERE phase = ? AND entity = ? AND state = 'done'"
    already = customer.query(statement, phase, entity)[0][0]
    process = customer.start("run", "--to", phase)

    def begun() -> bool:
        assert process.poll() is None, f"nrpd ended by itself with {process.returncode} before {phase} could be stopped"
        return bool(customer.query(statement, phase, entity)[0][0] - already >= done)

    wait_for(f"the first {entity} of {phase}", lambda: _planned(customer, process, phase, entity), pause=0.01)
    box.set_faults(LATE)
    wait_for(f"{done} {entity} writes of {phase}", begun)
    return process


def _planned(customer: Customer, process: subprocess.Popen[bytes], phase: str, entity: str) -> bool:
    assert process.poll() is None, f"nrpd ended by itself with {process.returncode} before {phase} wrote any {entity}"
    open_ = "SELECT count(*) FROM writes WHERE phase = ? AND entity = ? AND state IN ('planned', 'sent')"
    return bool(customer.query(open_, phase, entity)[0][0])


def in_flight(customer: Customer, phase: str) -> int:
    return customer.writes(phase, "sent")


def to_the_end(sampled: Sampled, customer: Customer, box: Sandbox, undisturbed: Picture) -> None:
    """Runs again, and compares with the run that was left alone."""
    box.set_faults("")
    ended = customer.nrpd("run", "--json")
    assert ended.code == 0, ended.err
    assert difference(sampled.picture(box), undisturbed) == []
    assert customer.query("SELECT phase, entity, state FROM writes WHERE state IN ('planned', 'sent', 'unknown')") == []
    assert sampled.problems(customer, box) == []
    assert [path for path in customer.runs_root.rglob("*") if path.is_socket()] == []


@pytest.mark.parametrize(
    ("phase", "entity", "done"),
    [("07_organizations", "organization", 6), ("08_persons", "person", 12), ("09_activities", "activity", 12)],
)
def test_killed_whole_in_the_middle_of_a_load(
    sampled: Sampled, undisturbed: Picture, tmp_path: Path, phase: str, entity: str, done: int
):
    with sampled.copy(tmp_path) as (customer, box):
        process = start_until(customer, box, phase, entity, done)
        kill_all(process)
        assert process.returncode == -signal.SIGKILL
        assert in_flight(customer, phase), "something must have been in flight"
        assert not customer.query("SELECT 1 FROM phases WHERE phase = ? AND state = 'complete'", phase)
        to_the_end(sampled, customer, box, undisturbed)


def test_the_runner_killed_alone_leaves_a_kernel_that_stops(sampled: Sampled, undisturbed: Picture, tmp_path: Path):
    with sampled.copy(tmp_path) as (customer, box):
        process = start_until(customer, box, "08_persons", "person", 12)
        kernels = psutil.Process(process.pid).children(recursive=True)
        assert kernels, "there must be a kernel to be left behind"
        process.send_signal(signal.SIGKILL)
        process.wait()
        to_the_end(sampled, customer, box, undisturbed)
        _, alive = psutil.wait_procs(kernels, timeout=30)
        assert alive == []


@pytest.fixture(scope="module")
def noting(sampled: Sampled, tmp_path_factory: pytest.TempPathFactory) -> Sampled:
    """Killed while notes were written. They carry no source id: what was in flight is the hardest to know again."""
    folder = tmp_path_factory.mktemp("noting")
    with sampled.copy(folder) as (customer, box):
        process = start_until(customer, box, "09_activities", "note", 3)
        kill_all(process)
        confirmed = customer.query("SELECT count(*) FROM records WHERE entity = 'note'")[0][0]
        assert in_flight(customer, "09_activities")
        wait_for("a note that nobody heard of", lambda: len(box.export()["notes"]) > confirmed, pause=0.1)
    return replace(sampled, customer=customer, store=folder / sampled.store.name)


def test_a_note_in_flight_is_not_written_twice(noting: Sampled, undisturbed: Picture, tmp_path: Path):
    with noting.copy(tmp_path) as (customer, box):
        to_the_end(noting, customer, box, undisturbed)


def test_a_rollback_after_a_kill_takes_back_what_nobody_heard_of(noting: Sampled, tmp_path: Path):
    with noting.copy(tmp_path) as (customer, box):
        ended = customer.nrpd("rollback", "--by", "Ada", "--json")
        assert ended.code == 0, ended.err
        held = box.export()
    with Sandbox(tmp_path / "before.sqlite", fixture=noting.fixture) as old:
        before = old.export()
    for kind in ("persons", "organizations", "deals", "activities", "notes", "files", "organization_relationships"):
        assert [r["id"] for r in held[kind]] == [r["id"] for r in before[kind]], kind
