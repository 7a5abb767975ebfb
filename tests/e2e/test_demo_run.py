"""Issue "The whole migration runs", Shows 1 and 3: what the demo leaves behind, and what stands in the account."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nrpd import evidence
from nrpd.cli import app
from nrpd.sandbox import Sandbox
from tests.e2e.conftest import Demo
from tests.e2e.runs import PHASES, ROOT, Customer
from tests.support.checks import CHECKS, Case, open_case


def verify(folder: Path, *arguments: str) -> tuple[int, str]:
    ended = CliRunner().invoke(app, ["verify", str(folder), *arguments])
    return ended.exit_code, ended.output


# What lies in the run folder


def test_every_phase_was_executed_and_is_complete(demo_run: Demo):
    assert demo_run.ended.document["executed"] == list(PHASES)
    assert demo_run.ended.document["exit_code"] == 0
    for phase in PHASES:
        notebook = json.loads((demo_run.run / f"{phase}.ipynb").read_text(encoding="utf-8"))
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        assert code
        assert all(cell["execution_count"] for cell in code if "".join(cell["source"]).strip()), phase
        assert not [o for cell in code for o in cell["outputs"] if o["output_type"] == "error"], phase
    assert sorted(path.name for path in demo_run.run.glob("*.ipynb")) == [f"{phase}.ipynb" for phase in PHASES]


def test_every_notebook_has_an_html_copy_and_the_index_links_them(demo_run: Demo):
    index = (demo_run.run / "html" / "index.html").read_text(encoding="utf-8")
    assert demo_run.ended.document["index"] == str(demo_run.run / "html" / "index.html")
    assert demo_run.ended.document["head"] in index
    for phase in PHASES:
        page = (demo_run.run / "html" / f"{phase}.html").read_text(encoding="utf-8")
        assert page.lstrip().lower().startswith("<!doctype html")
        assert f"{phase}.html" in index


REPORTS = ("reconciliation", "quarantine", "owners", "suppression_ledger", "conflicts", "skipped_anonymous")


@pytest.mark.parametrize("name", REPORTS)
def test_each_report_of_the_design_is_there_for_programs_and_for_people(demo_run: Demo, name: str):
    table = (demo_run.run / "reports" / f"{name}.csv").read_text(encoding="utf-8")
    assert len(table.splitlines()) > 1
    assert (demo_run.run / "reports" / f"{name}.xlsx").read_bytes()[:2] == b"PK"


@pytest.mark.parametrize("name", ["scope", "workflow_rebuild_guide", "cutover", "email_templates"])
def test_each_deliverable_of_the_design_is_there(demo_run: Demo, name: str):
    found = [path for path in (demo_run.run / "deliverables").iterdir() if path.name.startswith(name)]
    assert found
    assert all(path.stat().st_size > 200 for path in found)


def test_every_decision_is_on_record(demo_run: Demo):
    held = {path.name for path in (demo_run.customer.folder / "decisions").iterdir()}
    gates = ("preflight", "owners", "suppression", "signoff", "cutover")
    assert {*(f"{gate}.yaml" for gate in gates), "mapping.yaml", "mapping.xlsx", "mapping.confirmation.yaml"} <= held
    for gate in (*gates, "mapping.confirmation"):
        assert "by: auto" in (demo_run.customer.folder / "decisions" / f"{gate}.yaml").read_text(encoding="utf-8")


# The evidence


def test_verify_accepts_the_run_and_prints_its_head(demo_run: Demo):
    code, text = verify(demo_run.run, "--head", demo_run.ended.document["head"])
    assert code == 0, text
    assert demo_run.ended.document["head"] in text


def test_verify_refuses_another_head(demo_run: Demo):
    assert verify(demo_run.run, "--head", "0" * 64)[0] == 4


@pytest.fixture(scope="module")
def touched(demo_run: Demo, tmp_path_factory: pytest.TempPathFactory) -> Customer:
    """A copy that may be tampered with; each test puts back what it changed."""
    return demo_run.customer.copy(tmp_path_factory.mktemp("touched"))


@pytest.fixture(scope="module")
def run_copy(demo_run: Demo, touched: Customer) -> Iterator[Path]:
    folder = touched.folder / demo_run.run.name
    assert verify(folder)[0] == 0
    yield folder
    assert verify(folder)[0] == 0


@contextmanager
def flipped(path: Path) -> Iterator[None]:
    """One byte in the middle of a file is another."""
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    try:
        yield
    finally:
        path.write_bytes(content)


def test_one_byte_changed_in_any_file_of_the_run_is_found(run_copy: Path):
    files = [path for path in sorted(run_copy.rglob("*")) if path.is_file() and path.stat().st_size]
    assert len(files) > 60
    accepted = []
    for path in files:
        with flipped(path):
            problems = evidence.verify(run_copy).problems
        if not any(path.name in problem for problem in problems):
            accepted.append(f"{path.relative_to(run_copy)}: {problems}")
    assert accepted == []


SAMPLE = (
    "08_persons.ipynb", "html/08_persons.html", "html/index.html", "reports/quarantine.csv", "reports/quarantine.xlsx",
    "deliverables/email_templates.zip", "deliverables/scope.md", "decisions/mapping.yaml", "manifest.json",
    "../decisions/mapping.yaml", "../decisions/mapping.xlsx", "../decisions/signoff.yaml",
)  # fmt: skip


@pytest.mark.parametrize("name", SAMPLE)
def test_one_byte_changed_makes_verify_refuse(run_copy: Path, name: str):
    with flipped(run_copy / name):
        code, text = verify(run_copy)
    assert code == 4
    assert name.removeprefix("../") in text


@pytest.mark.parametrize("change", ["\n", " ", "head"])
def test_a_manifest_written_otherwise_is_refused(run_copy: Path, change: str):
    path = run_copy / "manifest.json"
    content = path.read_bytes()
    altered = {
        "\n": content + b"\n",
        " ": content.replace(b": ", b":  ", 1),
        "head": json.dumps({**json.loads(content), "digest": "0" * 64}, sort_keys=True, indent=1).encode() + b"\n",
    }
    path.write_bytes(altered[change])
    try:
        assert verify(run_copy)[0] == 4
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("name", ["reports/extra.csv", "extra.ipynb", "deliverables/.hidden"])
def test_a_file_added_is_refused(run_copy: Path, name: str):
    (run_copy / name).write_text("more")
    try:
        code, text = verify(run_copy)
    finally:
        (run_copy / name).unlink()
    assert code == 4
    assert f"{name}: added" in text


@pytest.mark.parametrize("name", ["08_persons.ipynb", "html/index.html", "reports/quarantine.csv", "manifest.json"])
def test_a_file_removed_is_refused(run_copy: Path, name: str):
    away = run_copy.parent.parent / "away"
    (run_copy / name).rename(away)
    try:
        code, text = verify(run_copy)
    finally:
        away.rename(run_copy / name)
    assert code == 4
    assert name in text


def test_a_journal_that_was_changed_is_refused(run_copy: Path, touched: Customer):
    change = "UPDATE events SET detail = ? WHERE id = (SELECT max(id) FROM events)"
    with sqlite3.connect(touched.folder / "journal.sqlite") as journal:
        (before,) = journal.execute("SELECT detail FROM events ORDER BY id DESC LIMIT 1").fetchone()
        journal.execute(change, ('{"dest_id": "1"}',))
        journal.commit()
        try:
            code, text = verify(run_copy)
        finally:
            journal.execute(change, (before,))
    journal.close()
    assert code == 4
    assert "journal" in text


# What stands in the account


@pytest.fixture(scope="module")
def case(demo_run: Demo, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Source, account and reports, read without nrpd's own code; the account over HTTP, from the run's own store."""
    copy = demo_run.customer.copy(tmp_path_factory.mktemp("read"))
    demo = ROOT / "parameters" / "demo"
    with Sandbox(copy.store, burst=False) as box:
        return open_case(
            box.base_url, box.token, demo / "export", demo_run.run, demo_run.customer.folder, delta=demo / "delta",
            before=demo_run.before,
        )  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: str(check.__name__))
def test_the_account_holds_the_source(case: Case, check):
    assert len(case.account.persons) > 350
    assert check(case) == []
