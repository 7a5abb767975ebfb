"""One customer, one JupyterLab and one page for the walk through the runbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import queues
from tests.browser.jupyter import Lab, Notebook, serve_lab
from tests.support import small
from tests.support.chromium import started

WIDTH, HEIGHT = 1280, 900


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small customer with its own sandbox, whose gates wait for a person."""
    folder = tmp_path_factory.mktemp("browser")
    small.export(folder / "export")
    queues.add(folder / "export")
    account = small.account(folder / "account.json")
    return small.parameters(folder, "clicked", destination={"kind": "sandbox", "fixture": str(account)})


@pytest.fixture(scope="module")
def lab(customer: Path, tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Lab]:
    with serve_lab(customer, tmp_path_factory.mktemp("settings")) as running:
        yield running


@pytest.fixture
def open_notebook(browser: Browser, lab: Lab) -> Iterator[Callable[[str], Notebook]]:
    """Opens a notebook by its name; its kernel ends with the test."""
    opened: list[Notebook] = []

    def open_it(name: str) -> Notebook:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        opened.append(Notebook(page, lab, name))
        return opened[-1]

    yield open_it
    for notebook in opened:
        if not notebook.page.is_closed():
            notebook.close()
