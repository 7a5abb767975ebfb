"""The whole suite runs in two processes (pytest-xdist): the end-to-end tests in one, which share one run of the demo,
and each other file whole, since its tests may share a customer. Files that are named run as pytest runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROCESSES = 2


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if hasattr(config, "workerinput"):  # a worker reads this file too, and would start workers of its own
        return
    if whole and config.option.numprocesses is None and not config.option.collectonly:
        config.option.numprocesses = PROCESSES
        config.option.dist = "loadgroup"


# First, since pytest-xdist reads the marks in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.relative_to(HERE)
        item.add_marker(pytest.mark.xdist_group("e2e" if path.parts[0] == "e2e" else path.as_posix()))
