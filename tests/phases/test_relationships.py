"""Parents of companies: each relationship once, and the account asked for lists only where others can have made one."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from nrpd.pipedrive.account import RELATIONSHIPS as PATH
from nrpd.sandbox import Sandbox
from nrpd.sandbox.app import App
from tests.support import small
from tests.support.in_process import run

# Alder and Birch stand in the account already, one below the other. Gulf and Holt have no contact, so no sample
# takes them along: 07_organizations makes both.
PARENTS = {"Birch Labs": "Alder Works", "Cedar Foods": "Alder Works", "Holt Steel": "Gulf Steel"}


def _customer(folder: Path, box: Sandbox) -> Path:
    small.export(folder / "export")
    names = [*small.COMPANIES, "Gulf Steel", "Holt Steel"]
    with (folder / "export" / "accounts.csv").open("w", encoding="utf-8", newline="") as out:
        rows = [(200 + n, name, PARENTS.get(name, ""), small.SELLER) for n, name in enumerate(names)]
        csv.writer(out).writerows([("Account ID", "Account Name", "Parent Account", "Owner"), *rows])
    destination = {"kind": "pipedrive", "base_url": box.base_url, "token_env": "NRPD_TEST_TOKEN"}
    return small.parameters(folder, "acme", destination=destination, gates="auto")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Sandbox, Counter[str]]]:
    """The customer after 07_organizations, its account, and what was asked of relationships meanwhile."""
    folder = tmp_path_factory.mktemp("parents")
    fixture = json.loads(small.account(folder / "account.json").read_text())
    fixture["organizations"].append({"id": 2, "name": "Birch Labs", "owner_id": 1, "add_time": "2023-01-02T00:00:00Z"})
    fixture["organization_relationships"] = [{"type": "parent", "rel_owner_org_id": 1, "rel_linked_org_id": 2}]
    (folder / "account.json").write_text(json.dumps(fixture))
    asked: Counter[str] = Counter()
    answer = App._answer

    def spy(app: App, incoming: Any) -> Any:
        if incoming.path.startswith(PATH):
            asked[f"{incoming.method} {'one' if incoming.path != PATH else 'list'}"] += 1
        return answer(app, incoming)

    with (
        Sandbox(folder / "account.sqlite", burst=False, seats=50, fixture=folder / "account.json") as box,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(App, "_answer", spy)
        patch.setenv("NRPD_TEST_TOKEN", box.token)
        path = _customer(folder, box)
        made = run(path, "07_organizations")
        assert made.exit_code == 0, made.message
        yield path, box, asked


def _pairs(box: Sandbox) -> list[tuple[str, str]]:
    content = box.export()
    names = {one["id"]: one["name"] for one in content["organizations"]}
    made = content["organization_relationships"]
    return sorted((names[one["rel_linked_org_id"]], names[one["rel_owner_org_id"]]) for one in made)


def test_every_parent_has_its_daughters_once(loaded: tuple[Path, Sandbox, Counter[str]]) -> None:
    assert _pairs(loaded[1]) == sorted(PARENTS.items())


def test_only_what_others_can_have_made_is_asked_for_by_list(loaded: tuple[Path, Sandbox, Counter[str]]) -> None:
    """Alder's daughters stood there before; of Gulf and Holt nobody can know yet. What was made is read back by id."""
    assert loaded[2] == {"GET list": 1, "POST list": 2, "GET one": 2}


def test_one_that_people_took_away_is_listed_and_not_made_again(loaded: tuple[Path, Sandbox, Counter[str]]) -> None:
    path, box, asked = loaded
    content = box.export()
    holt = next(one["id"] for one in content["organizations"] if one["name"] == "Holt Steel")
    gone = next(o["id"] for o in content["organization_relationships"] if o["rel_linked_org_id"] == holt)
    httpx.delete(f"{box.base_url}{PATH}/{gone}", headers={"x-api-token": box.token}).raise_for_status()
    asked.clear()
    made = run(path)
    assert made.exit_code == 0, made.message
    assert _pairs(box) == [("Birch Labs", "Alder Works"), ("Cedar Foods", "Alder Works")]
    # Those of the journal by id; the one that was there before nrpd by the list of its parent.
    assert asked == {"GET one": 2, "GET list": 1}
    newest = max(path.parent.glob("runs/acme/2*/reports/conflicts.csv"))
    assert "people took the relationship away" in newest.read_text(encoding="utf-8")
