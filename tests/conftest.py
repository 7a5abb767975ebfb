"""The whole suite runs in two processes (pytest-xdist): the end-to-end tests in one, which share one run of the demo,
and each other file whole, since its tests may share a customer. Files that are named run as pytest runs them."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

PROCESSES = 2
LONGEST = ("tests/e2e/", "tests/test_cli.py", "tests/browser/", "tests/notebooks/", "tests/phases/")
"""What takes minutes begins first, so that both processes end at about the same time."""


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
    """Hands out whole files, and all end-to-end tests as if they were one file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return "tests/e2e" if file.startswith("tests/e2e/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeFiles:
    return WholeFiles(config, log)
