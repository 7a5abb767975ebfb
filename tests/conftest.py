"""The whole suite runs in several processes (pytest-xdist), each file whole, since its tests may share a customer.
Files that are named run as pytest runs them.

What a sandbox is asked and answers in any test must keep to Pipedrive's OpenAPI documents (`tests/contracts/`)."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from tests.contracts import recorder
from tests.contracts.contract import violations

# A run starts a process for each notebook; to compile the modules anew in each takes a tenth of its time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# How fast an example runs says something of the machine, not of nrpd.
settings.register_profile("nrpd", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nrpd")

PROCESSES = min((os.cpu_count() or 1) + 1, 6)
"""One more than there are processors: runs wait for kernels, answers and limits a third of the time."""
SHARING = {
    "the small customer as far as its sample": ("correction", "ctrl_c", "erased", "kills", "token"),
    "the run of the demo": ("demo_run", "files", "masked", "pages", "rollback", "second_run"),
}
"""End-to-end files that share a run (`tests/e2e/conftest.py`) stay in one process, which makes it once."""
LONGEST = (
    *(f"tests/e2e/test_{name}.py" for names in SHARING.values() for name in names),
    "tests/browser/", "tests/test_cli.py", "tests/notebooks/", "tests/e2e/", "tests/loader/test_state_machine.py",
    "tests/phases/",
)  # fmt: skip
"""What takes minutes begins first, so that the processes end at about the same time."""


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):  # a worker reads this file too, and would start workers of its own
        return
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if whole and config.option.numprocesses is None and not config.option.collectonly:
        config.option.numprocesses = PROCESSES
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(
        key=lambda item: next((n for n, path in enumerate(LONGEST) if item.nodeid.startswith(path)), len(LONGEST))
    )


class WholeFiles(LoadScopeScheduling):
    """Hands out whole files, and those that share a run as if they were one file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        name = file.removeprefix("tests/e2e/test_").removesuffix(".py")
        return next((run for run, names in SHARING.items() if name in names), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeFiles:
    return WholeFiles(config, log)


@pytest.fixture(scope="session", autouse=True)
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[recorder.Exchanges]:
    """What sandboxes are asked and answer, from the first test on."""
    folder = tmp_path_factory.mktemp("exchanges")
    recorder.start(folder)
    written = recorder.Exchanges(folder)
    yield written
    _check(written, lax=False)
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _keeps_to_the_documents(request: pytest.FixtureRequest, exchanges: recorder.Exchanges) -> Iterator[None]:
    yield
    _check(exchanges, lax=request.node.get_closest_marker("beyond_documents") is not None)


def _check(exchanges: recorder.Exchanges, *, lax: bool) -> None:
    found = {problem: None for exchange in exchanges.new() for problem in violations(exchange, lax=lax)}
    assert not found, "against Pipedrive's OpenAPI documents:\n  " + "\n  ".join(found)
