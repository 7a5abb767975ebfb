"""Issue "The whole migration runs", Show 6: killed in the middle, run again, and nothing shows.

The account is a server of its own, as Pipedrive is: what had left when the kill came is still carried out, and nobody
hears its answer. Notes carry no source id, so they are the hardest to know again.
"""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import psutil
import pytest

from nrpd.sandbox import Sandbox
from tests.e2e.conftest import KILLS, Battered, Finished
from tests.e2e.runs import difference


@pytest.mark.parametrize("number", range(len(KILLS)), ids=[f"{kill[0]}-{kill[1]}" for kill in KILLS])
def test_each_kill_came_in_the_middle_of_its_load(battered: Battered, number: int):
    kill = battered.kills[number]
    assert kill.code == -signal.SIGKILL
    assert kill.in_flight, "nothing was in flight"
    assert not kill.complete


def test_run_again_to_the_end_the_account_is_as_if_nothing_had_happened(
    finished: Finished, undisturbed: dict[str, Counter[str]]
):
    assert finished.ended.code == 0, finished.ended.err
    assert difference(finished.picture, undisturbed) == []
    assert finished.problems == []


def test_no_write_is_left_open_and_nothing_of_dead_kernels_lies_about(finished: Finished):
    open_ = "SELECT phase, entity, state FROM writes WHERE state IN ('planned', 'sent', 'unknown')"
    assert finished.customer.query(open_) == []
    assert finished.customer.query("SELECT count(*) FROM events WHERE state = 'unknown'")[0][0] > 3
    killed = [
        path for path in finished.customer.folder.glob("*/*.ipynb") if not (path.parent / "manifest.json").exists()
    ]
    assert killed
    assert [path for path in finished.customer.runs_root.rglob("*") if path.is_socket()] == []


def test_a_kernel_whose_runner_was_killed_stops_by_itself(battered: Battered):
    assert battered.kernels
    _, alive = psutil.wait_procs(battered.kernels, timeout=30)
    assert alive == []


def test_a_rollback_after_a_kill_takes_back_what_nobody_heard_of(battered: Battered, tmp_path: Path):
    with battered.left.copy(tmp_path) as (customer, box):
        ended = customer.nrpd("rollback", "--by", "Ada", "--json")
        assert ended.code == 0, ended.err
        held = box.export()
    with Sandbox(tmp_path / "before.sqlite", fixture=battered.left.fixture) as old:
        before = old.export()
    for kind in ("persons", "organizations", "deals", "activities", "notes", "files", "organization_relationships"):
        assert [r["id"] for r in held[kind]] == [r["id"] for r in before[kind]], kind
