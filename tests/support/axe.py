"""Barriers in pages, found by axe-core (Deque, MPL-2.0).

Its version stands in node/package.json. `.ci/run` installs it into the virtual environment; elsewhere a test that needs
it says what is missing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

WANTED = json.loads((Path(__file__).parent / "node" / "package.json").read_text(encoding="utf-8"))["dependencies"]
ROOT = Path(sys.prefix) / "axe"
GRAVE = ("serious", "critical")


FOLDER = ROOT / "node_modules" / "axe-core"


def is_there() -> bool:
    return (FOLDER / "axe.min.js").is_file()


def script() -> str:
    """The program itself; the test is skipped where it is not there."""
    wanted = WANTED["axe-core"]
    if not is_there():
        pytest.skip(f"axe-core is not there; with npm: npm install --prefix {ROOT} axe-core@{wanted}")
    assert json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["version"] == wanted
    return (FOLDER / "axe.min.js").read_text(encoding="utf-8")


def barriers(page: Page, program: str, inside: str = "html") -> list[str]:
    """What is serious or critical in a page (of a context with `bypass_csp`), inside of what `inside` selects."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(program)
    options = {"resultTypes": ["violations"], "iframes": False}
    found: list[dict[str, Any]] = page.evaluate(
        "([inside, options]) => axe.run({include: [inside]}, options).then(r => r.violations)", [inside, options]
    )
    return [
        f"{violation['impact']}: {violation['help']}: {node['html'][:200]}"
        for violation in found
        if violation["impact"] in GRAVE
        for node in violation["nodes"][:3]
    ]
