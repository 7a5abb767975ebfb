"""The notebooks run by hand: all in order by nbval, and one alone on a fresh demo."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from nrpd.evidence import read_scraps
from nrpd.gates import PHASES
from nrpd.journal import Journal
from nrpd.phases.opening import default_parameters

ROOT = Path(__file__).resolve().parents[2]
BOOKS = [ROOT / "notebooks" / f"{name}.ipynb" for name in (*PHASES, "rollback")]


def code_cells(book: Path) -> int:
    return sum(cell.cell_type == "code" for cell in nbformat.read(book, as_version=4).cells)


def test_all_notebooks_pass_nbval_in_order(demo: Path) -> None:
    """Each has a kernel of its own, as in JupyterLab; rollback comes last and finds everything to undo."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval-lax", "--nbval-current-env"]
    done = subprocess.run([*command, *map(str, BOOKS)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    # Nothing skipped in silence.
    assert re.findall(r"(\d+) passed", done.stdout) == [str(sum(map(code_cells, BOOKS)))]
    journal = Journal(demo / "journal.sqlite")
    try:
        states = {phase: row.state for phase, row in journal.phase_states().items()}
    finally:
        journal.close()
    undone = dict.fromkeys(PHASES[3:], "undone")  # the first phases wrote nothing to the account
    assert states == {**dict.fromkeys(PHASES[:3], "complete"), **undone, "rollback": "complete"}


def test_one_notebook_alone_catches_up_with_the_demo(demo: Path, tmp_path: Path) -> None:
    book = nbformat.read(ROOT / "notebooks" / "08_persons.ipynb", as_version=4)
    place = {"metadata": {"path": str(ROOT / "notebooks")}}
    NotebookClient(book, kernel_name="python3", timeout=600, resources=place).execute()
    # What it caught up with leaves no figures in this notebook: they would be taken for its own.
    opening = next(cell for cell in book.cells if cell.id == "open")
    assert not [data for output in opening.outputs for data in output.get("data", ()) if "scrap" in data]
    nbformat.write(book, tmp_path / "executed.ipynb")
    scraps = read_scraps(tmp_path / "executed.ipynb")
    assert scraps["phase_complete"]["phase"] == "08_persons"
    assert scraps["phase_complete"]["mode"] == "hand"
    contacts = scraps["figures"]["objects"]["contacts"]
    assert contacts["created"] > 100
    assert contacts["fields_compared"] > 1000
    assert contacts["fields_different"] == 0
    journal = Journal(demo / "journal.sqlite")
    try:
        complete = [phase for phase in PHASES if journal.completed(phase) is not None]
    finally:
        journal.close()
    assert complete == list(PHASES[:8])


def test_without_any_argument_the_demo_of_the_checkout_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NRPD_PARAMETERS", raising=False)
    monkeypatch.chdir(ROOT / "notebooks")
    assert default_parameters() == ROOT / "parameters" / "demo.yaml"
