"""One customer, one JupyterLab and one page for the walk through the runbook."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import boxes, queues
from tests.browser.jupyter import Lab, Notebook, serve_lab
from tests.support import axe, small
from tests.support.chromium import started

WIDTHS, HEIGHT = (1280, 1920), 900
SCREENSHOTS = os.environ.get("NRPD_SCREENSHOTS", "")
"""A folder for a picture of every notebook in every width; blank: none are taken."""
OUTPUTS = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea"


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
    """Opens a notebook by its name; its kernel ends with the test. How it was left is looked at in each width: no
    output may be clipped, overlap another or be empty, and nobody may be kept out of what it asks."""
    opened: list[Notebook] = []

    def open_it(name: str) -> Notebook:
        page = browser.new_page(viewport={"width": WIDTHS[0], "height": HEIGHT})
        opened.append(Notebook(page, lab, name))
        return opened[-1]

    yield open_it
    found = [fault for notebook in opened for fault in _looked_at(notebook)]
    for notebook in opened:
        notebook.close()
    assert found == []


def _looked_at(notebook: Notebook) -> list[str]:
    found = []
    for width in WIDTHS:
        notebook.page.set_viewport_size({"width": width, "height": HEIGHT})
        notebook.page.wait_for_timeout(300)  # JupyterLab lays its panels out a little after the window has changed
        found += [f"{notebook.name} at {width}: {fault}" for fault in boxes.faults(notebook.panel)]
        if SCREENSHOTS:
            notebook.picture(Path(SCREENSHOTS) / f"{notebook.name}-{width}.png")
    barriers = axe.barriers(notebook.page, axe.script(), OUTPUTS) if axe.is_there() else []
    return found + [f"{notebook.name}: {barrier}" for barrier in barriers]
