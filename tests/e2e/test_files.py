"""Every file of the demo's evidence as the programs see it that people open it with."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl

from nrpd.evidence.reports import FORMULA_STARTERS
from tests.e2e.conftest import Demo

LARGEST = 1_000_000


def test_no_notebook_is_above_a_megabyte(demo_run: Demo):
    sizes = {path.name: path.stat().st_size for path in demo_run.run.rglob("*.ipynb")}
    assert len(sizes) == 12
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}


def tables(run: Path) -> Iterator[tuple[str, bytes]]:
    """Every CSV and workbook of the run, those in the template package too."""
    for path in sorted(run.rglob("*")):
        if path.suffix in (".csv", ".xlsx"):
            yield str(path.relative_to(run)), path.read_bytes()
    with zipfile.ZipFile(run / "deliverables" / "email_templates.zip") as archive:
        for name in archive.namelist():
            if name.endswith(".csv"):
                yield f"email_templates.zip!{name}", archive.read(name)


def formulas(name: str, content: bytes) -> Iterator[str]:
    """Cells that Excel would take for a formula."""
    if name.endswith(".csv"):
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
            yield from (cell for cell in row if cell.startswith(FORMULA_STARTERS) and not _is_number(cell))
        return
    for sheet in openpyxl.load_workbook(io.BytesIO(content)):
        for row in sheet.iter_rows():
            yield from (str(cell.value) for cell in row if cell.data_type == "f")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_nothing_that_excel_opens_holds_a_formula(demo_run: Demo):
    found = {name: list(formulas(name, content)) for name, content in tables(demo_run.run)}
    assert len(found) > 20
    assert {name: cells for name, cells in found.items() if cells} == {}
    beside = (demo_run.run / "reports" / "sample_beside.csv").read_text(encoding="utf-8")
    assert "'+" in beside, "the demo's phone numbers begin with a plus: such text is in the reports, and neutral"


def test_the_scope_names_each_new_field_that_it_counts(demo_run: Demo):
    text = (demo_run.run / "deliverables" / "scope.md").read_text(encoding="utf-8")
    (count,) = re.findall(r"^\| New custom fields \| (\d+) \|$", text, re.MULTILINE)
    table = text.split("### New custom fields")[1].split("\n## ")[0]
    listed = re.findall(r"^\| (?:Person|Organization|Deal) \| .* \|$", table, re.MULTILINE)
    assert len(listed) == int(count) > 40
    assert "Owners come before persons." in text
    assert "Activities carry no custom fields." in text
    assert re.search(r"`nrpd purge` is due on \d{4}-\d\d-\d\d", text)
