"""One customer from 01 to 12 in JupyterLab, by hand: every notebook run from its menu, every gate clicked."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from playwright.sync_api import expect

from nrpd.sandbox import Sandbox
from tests.browser import queues
from tests.browser.jupyter import PATIENCE, Notebook
from tests.support import small

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
PERSON = "Kim Tester"
STRICT, MAILABLE = "suppress (the strict reading)", "stays mailable: the later opt-in is proven"
Open = Callable[[str], Notebook]


def decision(customer: Path, name: str) -> Any:
    return yaml.safe_load((customer.parent / "runs" / customer.stem / "decisions" / f"{name}.yaml").read_text("utf-8"))


def test_01_preflight_waits_for_every_tick_and_a_name(open_notebook: Open, customer: Path) -> None:
    notebook = open_notebook("01_discovery")
    notebook.run_all()
    gate = notebook.cell("step.gate()")
    gate.get_by_label("Your name").fill(PERSON)
    gate.get_by_role("button", name="Confirm preflight").click()
    expect(gate.locator(".jp-OutputArea")).to_contain_text("Automations and webhooks", timeout=PATIENCE)
    assert not (customer.parent / "runs" / customer.stem / "decisions" / "preflight.yaml").exists()
    for tick in gate.get_by_role("checkbox").all():
        tick.check()
    notebook.confirm("step.gate()", PERSON, "Confirm preflight")
    assert decision(customer, "preflight")["by"] == PERSON
    assert not notebook.errors


def test_02_mapping_takes_what_was_chosen(open_notebook: Open, customer: Path) -> None:
    notebook = open_notebook("02_mapping")
    notebook.run_all()
    proposed = {(row["object"], row["source"]): row for row in decision(customer, "mapping")}
    sheet = notebook.cell("step.sheet()")

    product = notebook.field(sheet, "Favorite Product")
    product.get_by_label("type").select_option("double")
    expect(product).to_contain_text("Warning", timeout=PATIENCE)
    product.get_by_label("type").select_option("varchar")
    expect(product).not_to_contain_text("Warning", timeout=PATIENCE)
    product.get_by_label("named").fill("Product of choice")
    product.get_by_label("named").press("Enter")

    title = notebook.field(sheet, "Title")
    title.get_by_label("becomes").select_option("leave out")
    title.get_by_label("left out because").fill("nobody keeps it up")
    title.get_by_label("left out because").press("Enter")

    sheet.get_by_role("button", name="Preview").click()
    expect(sheet).to_contain_text("Product of choice", timeout=PATIENCE)
    notebook.confirm("step.sheet()", PERSON, "Confirm mapping")
    notebook.run_from("step.preview()")
    assert not notebook.errors

    confirmed = {(row["object"], row["source"]): row for row in decision(customer, "mapping")}
    product_row, title_row = confirmed["contacts", "Favorite Product"], confirmed["contacts", "Title"]
    assert product_row["target"] == {"entity": "person", "field": "Product of choice", "type": "varchar", "new": True}
    assert (title_row["transform"], title_row["reason"]) == ("skip", "nobody keeps it up")
    changed = {key for key, row in confirmed.items() if row["target"] != proposed[key]["target"]}
    assert changed == {("contacts", "Favorite Product"), ("contacts", "Title")}
    book = openpyxl.load_workbook(customer.parent / "runs" / customer.stem / "decisions" / "mapping.xlsx")
    cells = {str(cell.value) for sheet_ in book for row in sheet_ for cell in row}
    assert {"Product of choice", "nobody keeps it up"} <= cells


def test_03_owners_are_decided(open_notebook: Open, customer: Path) -> None:
    notebook = open_notebook("03_owners")
    notebook.run_all()
    queue = notebook.cell("step.queue()")
    # By name: who left long ago, then who moved on.
    left, moved = queue.get_by_label("Decision").all()
    left.select_option(label=f"assign to Omar Seller <{small.SELLER}>")
    moved.select_option(label="give to the default owner, Ines Admin")
    notebook.confirm("step.queue()", PERSON)
    notebook.run_from("step.finish()")
    assert not notebook.errors
    decided = decision(customer, "owners")
    assert decided["by"] == PERSON
    assert decided["answers"] == {small.UNKNOWN_OWNER: "2", queues.OTHER_OWNER: "default"}


def test_04_schema_creates_the_confirmed_fields(open_notebook: Open, customer: Path) -> None:
    run_through(open_notebook, customer, "04_schema")
    fields = account(customer)["person_fields"]
    kinds = {field["field_name"]: field["field_type"] for field in fields}
    assert kinds["Product of choice"] == "varchar"
    assert not {"Title", "Favorite Product"} & set(kinds)


def test_05_suppressions_are_decided(open_notebook: Open, customer: Path) -> None:
    notebook = open_notebook("05_suppression")
    notebook.run_all()
    queue = notebook.cell("step.queue()")
    expect(queue.get_by_label("Decision")).to_have_count(2, timeout=PATIENCE)
    for choice in queue.get_by_label("Decision").all():
        expect(choice.locator("option").nth(1)).to_be_attached(timeout=PATIENCE)  # they come after the box itself
        # ipywidgets writes the labels with spaces that do not break.
        offered = [text.replace("\u00a0", " ") for text in choice.locator("option").all_text_contents()]
        proposed = [text for text in offered if text.startswith("as proposed")]
        wanted = (MAILABLE if MAILABLE in offered else STRICT) if STRICT in offered else proposed[0]
        choice.select_option(label=wanted)
    notebook.confirm("step.queue()", PERSON)
    notebook.run_from("step.finish()")
    assert not notebook.errors
    decided = decision(customer, "suppression")
    assert decided["by"] == PERSON
    assert decided["answers"] == {queues.AGAIN: "mailable", f"contact {small.address(3)}": "as proposed"}


def test_06_a_sample_is_loaded_and_signed_off(open_notebook: Open, customer: Path) -> None:
    notebook = open_notebook("06_sample")
    notebook.run_all()
    assert "0 differ" in notebook.text
    notebook.confirm("step.gate()", PERSON, "Confirm signoff")
    assert not notebook.errors


@pytest.mark.parametrize("name", ["07_organizations", "08_persons", "09_activities", "10_suppression_pass"])
def test_07_to_10_load_and_reconcile(open_notebook: Open, customer: Path, name: str) -> None:
    run_through(open_notebook, customer, name)


def test_what_the_queues_decided_is_what_the_account_holds(customer: Path) -> None:
    people = {p.get("custom_fields", {}).get("Net-Results ID"): p for p in account(customer)["persons"]}
    assert (people["120"]["owner_id"], people["191"]["owner_id"]) == (2, 1)
    assert not people["192"]["custom_fields"].get("Suppression status")
    assert (people["103"]["id"], people["103"]["custom_fields"]["Suppression status"]) == (1, "suppressed")


def test_11_the_cutover_is_confirmed(open_notebook: Open) -> None:
    notebook = open_notebook("11_cutover")
    notebook.run_all()
    (said,) = notebook.errors
    assert said.startswith("GateWaiting: waiting at the gate cutover: nobody has decided yet; nothing was written.")
    assert "Traceback" not in notebook.text
    notebook.cell("step.gate()").get_by_role("checkbox").check()
    notebook.confirm("step.gate()", PERSON, "Confirm cutover")
    notebook.run_from("step.write_delta()")
    assert not notebook.errors


def test_12_the_handover_is_written_and_the_evidence_sealed(open_notebook: Open, customer: Path) -> None:
    run_through(open_notebook, customer, "12_handover")
    people = [
        person for person in account(customer)["persons"] if person.get("custom_fields", {}).get("Net-Results ID")
    ]
    assert len(people) == 22
    assert {person["custom_fields"].get("Product of choice") for person in people} <= {"Pro kit", "Basic kit", None}
    sealed = nrpd("run", str(customer), "--json")
    assert sealed.returncode == 0, sealed.stderr
    (sealed_run,) = (path.parent for path in (customer.parent / "runs" / customer.stem).glob("*/manifest.json"))
    executed = {path.stem for path in sealed_run.glob("*.ipynb")}
    assert executed == {path.stem for path in (ROOT / "notebooks").glob("[01]*.ipynb")}
    assert nrpd("verify", str(sealed_run)).returncode == 0


def run_through(open_notebook: Open, customer: Path, name: str) -> None:
    """A notebook that asks nothing, to its completion."""
    notebook = open_notebook(name)
    notebook.run_all()
    assert not notebook.errors, notebook.errors
    with sqlite3.connect(customer.parent / "runs" / customer.stem / "journal.sqlite") as journal:
        assert journal.execute("SELECT 1 FROM phases WHERE phase = ? AND state = 'complete'", (name,)).fetchone()


def account(customer: Path) -> dict[str, Any]:
    """What the customer's sandbox holds."""
    return Sandbox(customer.parent / "runs" / customer.stem / "sandbox.sqlite").export()


def nrpd(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nrpd", *arguments], capture_output=True, text=True, check=False, timeout=600
    )
