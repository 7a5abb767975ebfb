"""Issue "What people hold in their hands", Shows 2: every page of the demo's evidence is complete by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from nrpd.evidence import read_scraps
from tests.e2e.conftest import Demo
from tests.e2e.runs import PHASES
from tests.support import axe
from tests.support.chromium import started
from tests.support.htmlpages import Table, broken_links, evidence_pages, loads, missing_figures, tables_of

CELLS = """tables => tables.map(table => [...table.rows].map(row =>
    [...row.cells].map(cell => cell.textContent.replace(/\\s+/g, ' ').trim())))"""


@pytest.fixture(scope="module")
def pages(demo_run: Demo, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All pages, the package being unpacked."""
    return evidence_pages(demo_run.run, tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture(scope="module")
def figures(demo_run: Demo) -> dict[str, dict[str, Any]]:
    """Phase → object → figures, as recorded in its executed notebook."""
    return {phase: read_scraps(demo_run.run / f"{phase}.ipynb")["figures"]["objects"] for phase in PHASES}


def test_no_page_loads_or_runs_anything(pages: list[Path]):
    assert len(pages) >= len(PHASES) + 6
    assert {page.name: found for page in pages if (found := loads(page))} == {}


def test_every_link_inside_the_evidence_leads_somewhere(pages: list[Path]):
    assert {page.name: found for page in pages if (found := broken_links(page))} == {}


def test_every_figure_of_the_scraps_stands_on_its_page_and_in_the_index(demo_run: Demo, figures: dict[str, Any]):
    html = demo_run.run / "html"
    index = tables_of(html / "index.html")
    assert sum(len(objects) for objects in figures.values()) > 20
    for phase, objects in figures.items():
        assert missing_figures(tables_of(html / f"{phase}.html"), objects, phase, index=False) == []
        assert missing_figures(index, objects, phase, index=True) == []


@pytest.mark.browser
def test_chromium_shows_all_of_it_with_scripts_and_network_off(
    chromium: Browser, demo_run: Demo, pages: list[Path], figures: dict[str, Any]
):
    asked: list[str] = []
    context = chromium.new_context(java_script_enabled=False, offline=True)
    context.on("request", lambda request: asked.append(request.url))
    shown: dict[str, list[Table]] = {}
    page = context.new_page()
    page.on("console", lambda message: asked.append(f"{page.url}: {message.text}"))
    for path in pages:
        page.goto(path.as_uri())
        shown[path.stem if path.parent.name == "html" else path.name] = _shown(page)
    context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    for phase, objects in figures.items():
        assert missing_figures(shown[phase], objects, phase, index=False) == []
        assert missing_figures(shown["index"], objects, phase, index=True) == []


def _shown(page: Page) -> list[Table]:
    """The tables as a reader sees them; the pictures of the page must be there too."""
    broken = page.evaluate("[...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.alt)")
    assert broken == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url
    tables: list[Table] = page.eval_on_selector_all("table", CELLS)
    return tables


@pytest.mark.browser
def test_axe_finds_nothing_serious_in_any_page(chromium: Browser, pages: list[Path]):
    program = axe.script()
    context = chromium.new_context(bypass_csp=True)
    page = context.new_page()
    found = {}
    for path in pages:
        page.goto(path.as_uri())
        found[path.name] = axe.barriers(page, program)
    page.set_content("<html><body><img src='data:image/png;base64,'><button></button></body></html>")
    assert len(axe.barriers(page, program)) >= 2, "axe finds what is there to be found"
    context.close()
    assert {name: barriers for name, barriers in found.items() if barriers} == {}
