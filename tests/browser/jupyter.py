"""JupyterLab as `nrpd lab` serves it, and its notebooks as a person meets them: run, read, click."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

PATIENCE = 120_000
"""Milliseconds after which something that a person waits for counts as not coming; nothing is measured by it."""
_STARTED = re.compile(r"(http://(?:127\.0\.0\.1|localhost):\d+/)\S*[?&](token=\w+)")


@dataclass(frozen=True)
class Lab:
    """One running JupyterLab. `folder` holds the working copies."""

    url: str
    token: str
    folder: Path


@contextmanager
def serve_lab(parameters: Path, settings: Path) -> Iterator[Lab]:
    """`nrpd lab`, without a browser of its own; `settings` keeps JupyterLab's settings out of the home folder."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nrpd", "lab", str(parameters), "--no-browser"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(settings), "JUPYTERLAB_SETTINGS_DIR": str(settings / "settings"),
             "JUPYTERLAB_WORKSPACES_DIR": str(settings / "workspaces"), "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        yield _started(process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout:
            process.stdout.close()


def _started(process: subprocess.Popen[bytes]) -> Lab:
    """Reads what the command prints until it names its address."""
    assert process.stdout
    said, folder, until = "", "", time.monotonic() + PATIENCE / 1000
    while time.monotonic() < until:
        if select.select([process.stdout], [], [], 1.0)[0]:
            line = os.read(process.stdout.fileno(), 1 << 16).decode()
            if not line:
                break
            said += line
        if found := re.search(r"Working copies: (.+)", said):
            folder = found.group(1).strip()
        if folder and (found := _STARTED.search(said)):
            token = parse_qs(urlsplit(f"?{found.group(2)}").query)["token"][0]
            return Lab(found.group(1), token, Path(folder))
    raise AssertionError(f"nrpd lab did not start: {said}")


class Notebook:
    """One notebook in a page of its own."""

    def __init__(self, page: Page, lab: Lab, name: str) -> None:
        self.page, self.name = page, name
        page.goto(f"{lab.url}doc/tree/{name}.ipynb?token={lab.token}")
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        # The panel stands there, with one empty cell, before the notebook and its kernel do.
        expect(self.panel.locator("h1").first).to_be_visible(timeout=PATIENCE)
        self._idle()

    @property
    def cells(self) -> Locator:
        """The code cells, top to bottom."""
        return self.panel.locator(".jp-CodeCell")

    def cell(self, text: str) -> Locator:
        """The code cell whose source holds `text`."""
        return self.cells.filter(has=self.page.locator(".jp-InputArea", has_text=text))

    def run_all(self) -> None:
        """The menu Run, Run All Cells; waits until the kernel is done with them (or stopped at an error)."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        self._wait()

    def run_from(self, text: str) -> None:
        """Runs the cell that holds `text` and all below."""
        self.cell(text).locator(".jp-InputArea-editor").click()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run Selected Cell and All Below", exact=True).click()
        self._wait()

    def _wait(self) -> None:
        self.page.wait_for_timeout(300)  # the prompts turn to [*] at once, the indicator a little later
        expect(self.panel.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(0, timeout=PATIENCE)
        self._idle()

    def _idle(self) -> None:
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=PATIENCE)

    @property
    def errors(self) -> list[str]:
        """What cells ended with, where it was an error; standard error counts as one."""
        return self.panel.locator(
            ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']"
        ).all_inner_texts()

    @property
    def text(self) -> str:
        """All that stands in the outputs."""
        return "\n".join(self.panel.locator(".jp-OutputArea-output").all_inner_texts())

    def field(self, sheet: Locator, name: str) -> Locator:
        """The row of a source field in the mapping sheet; turns its pages, from the first one, until it is there."""
        while self._turn(sheet, "Previous"):
            pass
        row = sheet.locator(".widget-vbox").filter(has=self.page.get_by_text(name, exact=True))
        while not row.count():
            assert self._turn(sheet, "Next"), f"the sheet does not show {name}"
        return row.last

    def _turn(self, sheet: Locator, label: str) -> bool:
        """Turns a page of the sheet; False where there is none."""
        button = sheet.get_by_role("button", name=re.compile(f"{label}$"))
        if not button.is_enabled():
            return False
        where = sheet.get_by_text(re.compile(r"^rows \d+ to \d+ of \d+$"))
        before = where.inner_text()
        button.click()
        expect(where).not_to_have_text(before, timeout=PATIENCE)
        return True

    def confirm(self, cell: str, name: str, button: str = "Confirm") -> str:
        """Fills in the name and clicks the button of the gate in that cell; returns what is said beside it."""
        place = self.cell(cell)
        place.get_by_label("Your name").fill(name)
        place.get_by_role("button", name=button).click()
        expect(place.get_by_role("button", name="Confirmed")).to_be_visible(timeout=PATIENCE)
        return place.locator(".jp-OutputArea").inner_text()

    def picture(self, path: Path) -> None:
        """The whole notebook as a picture: the window is made as high as it is, and then as it was."""
        path.parent.mkdir(parents=True, exist_ok=True)
        size = self.page.viewport_size
        assert size is not None
        height = self.panel.locator(".jp-Notebook").evaluate("""notebook => [...notebook.querySelectorAll('.jp-Cell')]
            .reduce((sum, cell) => sum + cell.getBoundingClientRect().height + 4, 0)""")
        self.page.set_viewport_size({"width": size["width"], "height": min(int(height) + 300, 16_000)})
        self.page.wait_for_timeout(500)
        self.panel.evaluate("panel => panel.querySelectorAll('*').forEach(each => { each.scrollTop = 0; })")
        self.page.screenshot(path=path)
        self.page.set_viewport_size(size)

    def save(self) -> None:
        self.page.keyboard.press("Control+s")
        self.page.wait_for_timeout(500)

    def close(self) -> None:
        """Saves the notebook and ends its kernel, as a person who goes on to the next one."""
        self.save()
        self.page.get_by_role("menuitem", name="Kernel", exact=True).click()
        self.page.get_by_role("menuitem", name=re.compile("^Shut Down Kernel")).first.click()
        self.page.wait_for_timeout(500)
        self.page.close()
