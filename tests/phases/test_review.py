"""05_suppression asks who is who in the account, and what was decided there is what is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from nrpd import workbench
from tests.support import small
from tests.support.account import Served, served
from tests.support.in_process import run

# The account's person with the address of contact 103 is called otherwise; two organizations are called Cedar Foods.
ANSWERS = {f"contact {small.address(3)}": "keep out", "company 202": "5"}


def _cedars(fixture: dict[str, Any]) -> None:
    fixture["organizations"] += [
        {"id": 4, "name": "Cedar Foods", "owner_id": 1, "add_time": "2023-01-02T00:00:00Z"},
        {"id": 5, "name": "CEDAR FOODS", "owner_id": 1, "add_time": "2024-01-02T00:00:00Z"},
    ]
    looks_like = {"value": "person.4+news@birch.example", "label": "work", "primary": True}
    fixture["persons"].append(
        {"id": 90, "name": "Pat Alike", "owner_id": 1, "emails": [looks_like], "add_time": "2024-01-02T00:00:00Z"}
    )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The customer after 08_persons."""
    folder = tmp_path_factory.mktemp("review")
    with served(folder, change=_cedars, gates="manual") as customer:
        (folder / "answers.yaml").write_text(yaml.safe_dump(ANSWERS))
        while (made := run(customer.path, "08_persons")).exit_code == 3:
            file = folder / "answers.yaml" if made.gate == "suppression" else _owners(folder, made.gate)
            workbench.confirm(customer.path, made.gate, "Ann", file)
        assert made.exit_code == 0, made.message
        yield customer


def _owners(folder: Path, gate: str) -> Path | None:
    if gate != "owners":
        return None
    file = folder / "owners.yaml"
    file.write_text(yaml.safe_dump({small.UNKNOWN_OWNER: "default"}))
    return file


def test_a_contact_that_was_kept_out_changes_nobody_and_stands_in_quarantine(loaded: Served) -> None:
    known = next(p for p in loaded.box.export()["persons"] if p["id"] == 1)
    assert known["name"] == "First3 Known"
    assert not known["custom_fields"].get("Net-Results ID")
    (row,) = loaded.report("quarantine")
    assert (row["object"], row["source_id"]) == ("contacts", "103")
    assert row["reason"].startswith("kept out in 05_suppression")


def test_a_company_is_the_organization_that_was_named(loaded: Served) -> None:
    organizations = {o["id"]: o for o in loaded.box.export()["organizations"]}
    assert organizations[5]["custom_fields"]["Net-Results ID"] == "202"
    assert "custom_fields" not in organizations[4]
    assert [o["name"].casefold() for o in organizations.values()].count("cedar foods") == 2


def test_an_address_like_a_suppressed_one_is_shown_and_stays_mailable(loaded: Served) -> None:
    (row,) = loaded.report("suppression_look_alikes")
    assert (row["address"], row["found_in"]) == ("person.4+news@birch.example", "the account")
    assert row["suppressed_address"] == "person4@birch.example"
    alike = next(p for p in loaded.box.export()["persons"] if p["id"] == 90)
    assert "custom_fields" not in alike


def test_what_is_loaded_balances(loaded: Served) -> None:
    line = workbench.status(loaded.path)["phases"]["08_persons"]["contacts"]
    assert line["source"] == 20
    assert sum(line["quarantined"].values()) == 1
    assert line["fields_different"] == 0
