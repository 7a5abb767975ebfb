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
from tests.e2e.runs import difference, unknown_outcomes


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


def test_each_write_without_an_answer_is_listed_with_how_it_was_resolved(finished: Finished):
    """Issue "Pipedrive", Show 6: by the kills and by the failing network alike."""
    rows = unknown_outcomes(finished.customer)
    told = {row[0] for row in finished.customer.query("SELECT write_id FROM events WHERE state = 'unknown'")}
    assert len(rows) > len(told) > 3, "those that were in flight at a kill have no event of their own"
    assert {row["resolution"] for row in rows} == {"found in the account", "not there: sent again"}
    assert {row["entity"] for row in rows} >= {"organization", "person", "activity", "note"}
    held = set(finished.customer.query("SELECT entity, dest_id FROM records WHERE state = 'live'"))
    assert [row for row in rows if (row["entity"], row["dest_id"]) not in held] == []
    page = (finished.customer.run_folders()[-1] / "html" / "index.html").read_text(encoding="utf-8")
    assert f"{len(rows)} writes got no answer: " in page


def test_a_kernel_whose_runner_was_killed_stops_by_itself(battered: Battered):
    assert battered.kernels
    _, alive = psutil.wait_procs(battered.kernels, timeout=30)
    assert alive == []


def test_a_rollback_after_a_kill_takes_back_what_nobody_heard_of(battered: Battered, tmp_path: Path):
    with battered.left.copy(tmp_path) as (customer, box):
        ended = customer.nrpd("rollback", "--by", "Ada", "--json")
        assert ended.code == 0, ended.err
        held = box.export()
    listed = {(row["entity"], row["resolution"]) for row in unknown_outcomes(customer)}
    assert ("note", "found in the account") in listed
    with Sandbox(tmp_path / "before.sqlite", fixture=battered.left.fixture) as old:
        before = old.export()
    for kind in ("persons", "organizations", "deals", "activities", "notes", "files", "organization_relationships"):
        assert [r["id"] for r in held[kind]] == [r["id"] for r in before[kind]], kind
