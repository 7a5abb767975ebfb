"""Issue "The whole migration runs", Show 4: what is done stays done, and all figures balance."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from nrpd.sandbox import Sandbox
from tests.e2e.conftest import Demo
from tests.e2e.runs import WRITTEN, Customer, lines_of, unbalanced


@pytest.fixture(scope="module")
def copy(demo_run: Demo, tmp_path_factory: pytest.TempPathFactory) -> Customer:
    return demo_run.customer.copy(tmp_path_factory.mktemp("second"))


def test_every_figure_of_the_first_run_balances(demo_run: Demo):
    assert unbalanced(demo_run.ended.document) == []
    lines = dict(lines_of(demo_run.ended.document))
    assert lines["08_persons/contacts"]["source"] >= 398
    assert lines["07_organizations/companies"]["source"] == 60
    assert lines["09_activities/email_sends"]["source"] == 1500
    assert sum(line["fields_different"] for line in lines.values()) == 0


def test_a_second_run_writes_nothing(copy: Customer):
    before, sent = copy.export(), copy.query("SELECT count(*) FROM writes")
    ended = copy.nrpd("run", "--json")
    assert ended.code == 0, ended.err
    assert [(name, line) for name, line in lines_of(ended.document) if any(line[o] for o in WRITTEN)] == []
    assert unbalanced(ended.document) == []
    assert copy.export() == before
    assert copy.query("SELECT count(*) FROM writes") == sent


@pytest.mark.parametrize("phase", ["08_persons"])
def test_a_phase_done_once_more_writes_nothing(copy: Customer, phase: str):
    before, sent = copy.export(), copy.query("SELECT count(*) FROM writes")
    ended = copy.nrpd("run", "--only", phase, "--restart-phase", "--json")
    assert ended.code == 0, ended.err
    assert ended.document["executed"] == [phase]
    assert copy.export() == before
    assert copy.query("SELECT count(*) FROM writes") == sent
    assert unbalanced(ended.document) == []


def test_status_balances_and_writes_nothing(copy: Customer):
    before = copy.export()
    ended = copy.nrpd("status", "--json")
    assert ended.code == 0, ended.err
    assert unbalanced(ended.document) == []
    assert set(ended.document["progress"].values()) == {"complete"}
    assert ended.document["unknown_outcomes"] == 0
    assert copy.export() == before


def test_reconcile_balances_and_writes_nothing(copy: Customer):
    before = copy.export()
    ended = copy.nrpd("reconcile", "--json")
    assert ended.code == 0, ended.err
    assert unbalanced(ended.document) == []
    lines = dict(lines_of(ended.document))
    assert lines["reconcile/contacts"]["fields_compared"] > 1000
    assert [name for name, line in lines.items() if line["fields_different"] or any(line[o] for o in WRITTEN)] == []
    assert copy.export() == before


def test_reconcile_sees_what_is_gone_and_what_people_changed(copy: Customer, tmp_path: Path):
    """Without this, the green of the tests above could be blindness."""
    changed = copy.copy(tmp_path)
    made = [
        int(row[0]) for row in copy.query("SELECT dest_id FROM records WHERE entity = 'person' AND origin = 'created'")
    ]
    with Sandbox(changed.store, burst=False) as box:
        with httpx.Client(base_url=box.base_url, headers={"x-api-token": box.token}) as people:
            people.patch(f"/api/v2/persons/{made[0]}", json={"name": "Renamed By People"}).raise_for_status()
            people.delete(f"/api/v2/persons/{made[1]}").raise_for_status()
    ended = changed.nrpd("reconcile", "--json")
    assert ended.code == 4
    assert "contacts: 1 records missing" in ended.document["message"]
    assert ended.document["changed_since"] == ["contacts: 1 x name"]
    assert dict(lines_of(ended.document))["reconcile/contacts"]["fields_different"] == 1
