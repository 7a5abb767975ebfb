"""The masked copy of the demo's evidence: no name, address or phone number of its source, and every count."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from nrpd.cli import app
from nrpd.evidence import read_scraps
from tests.e2e.conftest import Demo
from tests.e2e.runs import PHASES, ROOT
from tests.support.htmlpages import broken_links, loads, missing_figures, tables_of

PERSONAL = (
    "Email Address", "First Name", "Last Name", "Address 1", "Work Phone", "Mobile Phone", "Home Phone", "Fax",
    "Contact Owner",
)  # fmt: skip
Masked = tuple[Path, str]


@pytest.fixture(scope="module")
def masked(demo_run: Demo, tmp_path_factory: pytest.TempPathFactory) -> Masked:
    """The copy, and what the command said."""
    folder = tmp_path_factory.mktemp("masked") / "copy"
    ended = CliRunner().invoke(app, ["mask", str(demo_run.run), "--to", str(folder)])
    assert ended.exit_code == 0, ended.output
    return folder, ended.output


def texts(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Every file, and every member of a zip, as text."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        yield name, content.decode("utf-8", "replace")
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.namelist():
            yield from texts(f"{name}!{member}", archive.read(member))


def personal() -> set[str]:
    """What names or reaches a person in the demo's exports, as it stands there."""
    found: set[str] = set()
    for folder in ("export", "delta"):
        for path in (ROOT / "parameters" / "demo" / folder).glob("*.csv"):
            text = path.read_text(encoding="utf-8-sig")
            rows = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in text.partition("\n")[0] else ",")
            for row in rows:
                found |= {row[name].strip() for name in PERSONAL if row.get(name)}
    return {value for value in found if re.search(r"[^\W_]{2}", value)}


def test_no_name_address_or_number_of_the_source_is_left_in_any_byte(masked: Masked):
    known = personal()
    assert len(known) > 800
    words = {value for value in known if re.fullmatch(r"[^\W\d_]+", value)}
    left = []
    for path in sorted(path for path in masked[0].rglob("*") if path.is_file()):
        for name, text in texts(str(path.relative_to(masked[0])), path.read_bytes()):
            text = re.sub(r"base64,[\w+/=]+|\"image/png\": \"[^\"]+\"", "", text)  # pictures, which hold any letters
            left += [(name, word) for word in words & set(re.findall(r"[^\W\d_]+", text))]
            left += [(name, value) for value in known - words if value in text]
    assert left == []


def test_every_count_is_that_of_the_original(masked: Masked, demo_run: Demo):
    for phase in PHASES:
        original = read_scraps(demo_run.run / f"{phase}.ipynb")["figures"]["objects"]
        copy = read_scraps(masked[0] / f"{phase}.ipynb")["figures"]["objects"]
        assert copy == original
        assert missing_figures(tables_of(masked[0] / "html" / f"{phase}.html"), original, phase, index=False) == []
    for path in sorted((demo_run.run / "reports").glob("*.csv")):
        other = masked[0] / "reports" / path.name
        shapes = [
            [len(row) for row in csv.reader(p.read_text(encoding="utf-8").splitlines(True))] for p in (path, other)
        ]
        assert shapes[0] == shapes[1], path.name
        books = [openpyxl.load_workbook(p.with_suffix(".xlsx")).active for p in (path, other)]
        assert books[0] is not None
        assert books[1] is not None
        assert books[0].dimensions == books[1].dimensions


def test_it_is_evidence_of_its_own(masked: Masked, demo_run: Demo):
    folder, said = masked
    head = said.split("head: ")[1].strip()
    ended = CliRunner().invoke(app, ["verify", str(folder), "--head", head])
    assert ended.exit_code == 0, ended.output
    original = {path.relative_to(demo_run.run) for path in demo_run.run.rglob("*") if path.is_file()}
    assert {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} == original
    for page in [*(folder / "html").glob("*.html"), *(folder / "deliverables").glob("*.html")]:
        assert loads(page) == []
        assert broken_links(page) == []


def test_nothing_is_masked_into_the_folder_of_the_customer(demo_run: Demo):
    ended = CliRunner().invoke(app, ["mask", str(demo_run.run), "--to", str(demo_run.run.parent / "copy")])
    assert ended.exit_code == 2
    assert "name another folder" in ended.output
