"""The folder of a customer: its mode, run names, atomic files, and locks between processes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from nrpd.errors import BadInput, Locked
from nrpd.workspace import (
    RUNNER_VARIABLE,
    is_run_name,
    read_yaml_mapping,
    runner_is_gone,
    runner_pid,
    stamp,
    write_atomically,
)
from tests.support.customer import ROOT, full_environment
from tests.support.opened import workspace

HOLD = """
import sys, time
from pathlib import Path
from nrpd.workspace import AccountLock
lock = AccountLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


@contextmanager
def _holder(folder: Path, seconds: float = 60, runner: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds an account's lock."""
    environment = full_environment({} if runner is None else {RUNNER_VARIABLE: str(runner)})
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _ended_process() -> int:
    """The id of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_folders_are_private(tmp_path: Path) -> None:
    place = workspace(tmp_path)
    for folder in (place.folder, place.decisions, place.staged, place.new_run(), place.account_folder(7)):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "acme").write_text("a file in the way")
    with pytest.raises(BadInput, match="runs_root"):
        workspace(tmp_path)


def test_runs_are_named_by_time_and_never_twice(tmp_path: Path) -> None:
    place = workspace(tmp_path)
    made = [place.new_run() for _ in range(5)]
    assert len({folder.name for folder in made}) == 5
    assert all(is_run_name(folder.name) for folder in made)
    (place.folder / "20260101").mkdir()
    assert set(place.runs()) == set(made)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("20260131T235959Z", True), ("20260131T235959Z-2", True), ("20260131T235959", False), ("staged", False),
        ("2026-01-31T23:59:59Z", False), ("20260131X235959Z", False), ("2026O131T235959Z", False), ("", False),
    ],
)  # fmt: skip
def test_run_names(name: str, wanted: bool) -> None:
    assert is_run_name(name) is wanted


def test_stamp_is_utc() -> None:
    moment = datetime(2026, 3, 1, 10, 0, tzinfo=timezone(timedelta(hours=-7)))
    assert stamp(moment) == "2026-03-01T17:00:00Z"
    assert abs((datetime.fromisoformat(stamp()) - datetime.now(UTC)).total_seconds()) < 5


def test_an_atomic_write_leaves_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.txt"
    write_atomically(path, "one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["file.txt"]


@pytest.mark.parametrize(("text", "says"), [("- 1", "found list"), ("a: [", "not readable"), ("\xff", "not readable")])
def test_a_yaml_file_of_keys(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadInput, match=says):
        read_yaml_mapping(path)
    assert read_yaml_mapping(tmp_path / "absent.yaml") is None


def test_one_runner_at_a_time_in_one_process(tmp_path: Path) -> None:
    place, other = workspace(tmp_path), workspace(tmp_path)
    with place.customer_lock():
        with pytest.raises(Locked, match=f"customer acme is being written to by process {os.getpid()}"):
            with other.customer_lock():
                pass
    with other.customer_lock():
        pass


def test_the_account_lock_keeps_another_process_out(tmp_path: Path) -> None:
    folder = workspace(tmp_path).account_folder(7)
    lock = workspace(tmp_path).account_lock(7)
    with _holder(folder) as process:
        begun = time.monotonic()
        with pytest.raises(Locked) as caught:
            lock.acquire()
        assert time.monotonic() - begun < 3, "a holder that is well is not waited for"
        assert str(process.pid) in str(caught.value)
        assert caught.value.exit_code == 6
    lock.acquire()
    lock.acquire()
    lock.release()


def test_the_lock_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    folder = workspace(tmp_path).account_folder(7)
    with _holder(folder) as process:
        process.kill()
        process.wait()
        lock = workspace(tmp_path).account_lock(7)
        lock.acquire()
        assert json.loads((folder / "lock.json").read_text())["pid"] == os.getpid()
        lock.release()


def test_a_kernel_whose_runner_is_gone_is_waited_for(tmp_path: Path) -> None:
    folder = workspace(tmp_path).account_folder(7)
    with _holder(folder, seconds=1.5, runner=_ended_process()):
        lock = workspace(tmp_path).account_lock(7)
        lock.acquire()
        lock.release()


def test_accounts_have_locks_of_their_own(tmp_path: Path) -> None:
    with _holder(workspace(tmp_path).account_folder(7)):
        lock = workspace(tmp_path).account_lock(8)
        lock.acquire()
        lock.release()


def test_two_customers_share_the_lock_of_their_account(tmp_path: Path) -> None:
    with _holder(workspace(tmp_path, customer="one").account_folder(7)):
        with pytest.raises(Locked):
            workspace(tmp_path, customer="two").account_lock(7).acquire()


def test_who_the_runner_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RUNNER_VARIABLE, raising=False)
    assert (runner_pid(), runner_is_gone()) == (None, False)
    monkeypatch.setenv(RUNNER_VARIABLE, str(os.getppid()))
    assert not runner_is_gone()
    monkeypatch.setenv(RUNNER_VARIABLE, str(os.getpid()))
    assert not runner_is_gone()
    monkeypatch.setenv(RUNNER_VARIABLE, str(_ended_process()))
    assert runner_is_gone()
    monkeypatch.setenv(RUNNER_VARIABLE, "nonsense")
    assert not runner_is_gone()
