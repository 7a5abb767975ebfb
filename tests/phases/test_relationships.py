"""Parents of companies: each relationship once, and the account asked for lists only where others can have made one."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nrpd.pipedrive.account import RELATIONSHIPS
from nrpd.sandbox.app import App
from tests.support import small
from tests.support.account import Served, served
from tests.support.in_process import run

# Alder and Birch stand in the account already, one below the other. Gulf and Holt have no contact, so no sample
# takes them along: 07_organizations makes both.
PARENTS = {"Birch Labs": "Alder Works", "Cedar Foods": "Alder Works", "Holt Steel": "Gulf Steel"}


def _export(folder: Path) -> None:
    small.export(folder)
    names = [*small.COMPANIES, "Gulf Steel", "Holt Steel"]
    with (folder / "accounts.csv").open("w", encoding="utf-8", newline="") as out:
        rows = [(200 + n, name, PARENTS.get(name, ""), small.SELLER) for n, name in enumerate(names)]
        csv.writer(out).writerows([("Account ID", "Account Name", "Parent Account", "Owner"), *rows])


def _related(fixture: dict[str, Any]) -> None:
    fixture["organizations"].append({"id": 2, "name": "Birch Labs", "owner_id": 1, "add_time": "2023-01-02T00:00:00Z"})
    fixture["organization_relationships"] = [{"type": "parent", "rel_owner_org_id": 1, "rel_linked_org_id": 2}]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Counter[str]]]:
    """The customer after 07_organizations, and what was asked of relationships meanwhile."""
    folder = tmp_path_factory.mktemp("parents")
    _export(folder / "export")
    asked: Counter[str] = Counter()
    answer = App._answer

    def spy(app: App, incoming: Any) -> Any:
        if incoming.path.startswith(RELATIONSHIPS):
            asked[f"{incoming.method} {'one' if incoming.path != RELATIONSHIPS else 'list'}"] += 1
        return answer(app, incoming)

    with served(folder, change=_related) as customer, pytest.MonkeyPatch.context() as patch:
        patch.setattr(App, "_answer", spy)
        made = run(customer.path, "07_organizations")
        assert made.exit_code == 0, made.message
        yield customer, asked


def _pairs(customer: Served) -> list[tuple[str, str]]:
    content = customer.box.export()
    names = {one["id"]: one["name"] for one in content["organizations"]}
    made = content["organization_relationships"]
    return sorted((names[one["rel_linked_org_id"]], names[one["rel_owner_org_id"]]) for one in made)


def test_every_parent_has_its_daughters_once(loaded: tuple[Served, Counter[str]]) -> None:
    assert _pairs(loaded[0]) == sorted(PARENTS.items())


def test_only_what_others_can_have_made_is_asked_for_by_list(loaded: tuple[Served, Counter[str]]) -> None:
    """Alder's daughters stood there before; of Gulf and Holt nobody can know yet. What was made is read back by id."""
    assert loaded[1] == {"GET list": 1, "POST list": 2, "GET one": 2}


def test_one_that_people_took_away_is_listed_and_not_made_again(loaded: tuple[Served, Counter[str]]) -> None:
    customer, asked = loaded
    content = customer.box.export()
    holt = next(one["id"] for one in content["organizations"] if one["name"] == "Holt Steel")
    gone = next(o["id"] for o in content["organization_relationships"] if o["rel_linked_org_id"] == holt)
    customer.api("DELETE", f"{RELATIONSHIPS}/{gone}")
    asked.clear()
    made = run(customer.path)
    assert made.exit_code == 0, made.message
    assert _pairs(customer) == [("Birch Labs", "Alder Works"), ("Cedar Foods", "Alder Works")]
    # Those of the journal by id; the one that was there before nrpd by the list of its parent.
    assert asked == {"GET one": 2, "GET list": 1}
    (row,) = [row for row in customer.report("conflicts") if row["field"] == "(parent)"]
    assert row["why"] == "people took the relationship away since; kept so"
