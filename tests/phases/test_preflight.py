"""Preflight against a served account: one connection, what it costs, what is refused, and what the reports say."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nrpd.errors import BadInput, GateWaiting
from nrpd.loader.plans.records import Wanted
from nrpd.parameters import Destination
from nrpd.phases import preflight, spending
from nrpd.phases.discovery import Discovery
from nrpd.phases.schema import SchemaStep
from nrpd.phases.session import Session
from nrpd.pipedrive.records import MappingRow, Target
from nrpd.sandbox import Sandbox
from tests.support import small

TOKEN_VARIABLE = "NRPD_TEST_TOKEN"


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Path, Sandbox]]]:
    """Serves the small account, changed as wanted, and writes the parameters of a customer of it."""
    boxes: list[Sandbox] = []

    def serve(plan: str = "growth", seats: int = 5, change: Callable[[Any], None] | None = None, **destination: Any):
        small.export(tmp_path / "export")
        fixture = small.account(tmp_path / "account.json")
        if change is not None:
            content = json.loads(fixture.read_text())
            change(content)
            fixture.write_text(json.dumps(content))
        box = Sandbox(tmp_path / "account.sqlite", plan=plan, seats=seats, burst=False, fixture=fixture)
        box.start()
        boxes.append(box)
        monkeypatch.setenv(TOKEN_VARIABLE, box.token)
        wanted = {"kind": "pipedrive", "base_url": box.base_url, "token_env": TOKEN_VARIABLE}
        path = small.parameters(
            tmp_path, "acme", destination={**wanted, "plan": plan, "seats": seats, **destination}, gates="auto"
        )
        return path, box

    yield serve
    for box in boxes:
        box.stop()


Serve = Callable[..., tuple[Path, Sandbox]]


def discover(path: Path, folder: Path) -> tuple[Session, Discovery]:
    session = Session(path, run=folder.name)
    folder.mkdir(exist_ok=True)
    step = Discovery(session, folder, "run")
    step.run_all()
    return session, step


def found(session: Session) -> dict[str, Any]:
    return {row["what"]: row["found"] for row in preflight.rows(session)}


def test_every_request_is_counted_even_the_first(served: Serve, tmp_path: Path) -> None:
    path, box = served()
    session, _ = discover(path, tmp_path / "run")
    ledger = session.client.limits.ledger
    assert ledger is not None
    spent, asked = ledger.state().spent, session.client.usage.snapshot()
    phases = spending.spent_on(session)
    session.close()
    assert phases["01_discovery"] == asked
    assert spent == asked.tokens
    # The sandbox answers 404, at no cost, where an account has neither products nor projects.
    assert asked.tokens - box.tokens_used() in (0, 20)


def test_what_the_account_is(served: Serve, tmp_path: Path) -> None:
    path, _ = served()
    session, step = discover(path, tmp_path / "run")
    with session:
        seen = found(session)
        assert seen["Token's user"] == "Ines Admin, an admin"
        assert seen["Company"] == "Small Sales (synthetic) (small)"
        assert seen["Time zone of the user"] == "UTC"
        assert seen["Add-ons"] == "none"
        assert seen["Tokens a day, as the account says"] == "300,000"
        assert seen["Custom fields in use"].startswith("1 of 100: person 1, organization 0, deal 0, product 0")
        assert seen["New records are visible to"] == "3: entire company"
        assert preflight.warnings(session) == []
        assert preflight.noted(session.journal) == ""
        assert "automations_paused" in step.gate().asks[0].key
        scope = (tmp_path / "run" / "deliverables" / "scope.md").read_text()
        assert "possibly partial" not in scope


def test_another_plan_than_the_declared_one_is_shown(served: Serve, tmp_path: Path) -> None:
    path, _ = served(plan="lite", seats=5)
    path.write_text(path.read_text().replace("plan: lite", "plan: growth"))
    session, step = discover(path, tmp_path / "run")
    with session:
        (warning,) = preflight.warnings(session)
        assert "150,000 tokens a day, but plan growth with 5 seats has 300,000" in warning
        assert "lite with 5 seats or premium with 1 seat" in warning
        assert step.made.daily_budget == 120_000  # what the account says counts
        assert warning.split(".")[0] in (tmp_path / "run" / "deliverables" / "scope.md").read_text().replace("\\", "")
        assert warning in step.gate().static.text


def test_counts_of_a_user_who_is_not_admin_are_possibly_partial_everywhere(served: Serve, tmp_path: Path) -> None:
    def demote(content: Any) -> None:
        content["users"][0]["admin"] = False

    path, _ = served(change=demote)
    session, step = discover(path, tmp_path / "run")
    note = "possibly partial: the token's user is not an admin"
    with session:
        assert preflight.noted(session.journal) == note
        assert preflight.warnings(session) == [f"Counts are {note}."]
        assert note in (tmp_path / "run" / "deliverables" / "scope.md").read_text().replace("\\", "")
        assert any(note in side.reason for side in step.made.grade.sides)
        assert note in step.gate().static.text
        rows = preflight.with_counts(session.journal, [{"object": "contacts"}])
        assert rows == [{"object": "contacts", "counts": note}]


def test_a_plan_with_visibility_groups(served: Serve, tmp_path: Path) -> None:
    path, _ = served(plan="premium", visible_to=7)
    session, _ = discover(path, tmp_path / "run")
    with session:
        assert preflight.noted(session.journal) == "possibly partial: plan premium has visibility groups"
        assert found(session)["New records are visible to"] == "7: entire company"


@pytest.mark.parametrize("visible_to", [5, 7])
def test_visible_to_must_fit_the_plan(served: Serve, visible_to: int) -> None:
    path, box = served(plan="growth", visible_to=visible_to)
    with pytest.raises(BadInput, match=f"destination.visible_to: plan growth .* so {visible_to} is not valid") as bad:
        Session(path)
    assert bad.value.exit_code == 2
    assert box.tokens_used() == 0


def test_the_address_must_be_that_of_the_tokens_company(
    served: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, box = served()
    monkeypatch.setattr(Destination, "on_loopback", property(lambda self: False))
    path.write_text(path.read_text().replace("gates: auto", "gates: manual"))
    with Session(path) as session, pytest.raises(BadInput, match=r"https://small\.pipedrive\.com") as bad:
        _ = session.client
    assert bad.value.exit_code == 2
    assert box.tokens_used() == 2  # asked who the token is, and nothing else


def test_fields_of_products_and_projects_count_against_the_plan(
    served: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = served(plan="lite", seats=1)
    session, _ = discover(path, tmp_path / "run")
    with session:
        counted = {"product": 28, "project": 2}
        monkeypatch.setattr(Session, "other_fields", property(lambda self: counted))
        assert session.fields_in_use == 31
        assert "more than the 30 that plan lite allows" in preflight.warnings(session)[0]
        step = SchemaStep(session, tmp_path / "run", "run", record=False)
        product = Target("person", "Favorite Product", "varchar", True)
        monkeypatch.setitem(
            step.__dict__,
            "sheet_rows",
            [MappingRow("contacts", "P", "P", 1.0, "text", product, "text", 1.0, "r")],
        )
        with pytest.raises(GateWaiting, match="31 are in use, but the plan allows 30"):
            step.require_room()


def test_the_reconciliation_report_says_whether_counts_are_complete(served: Serve, tmp_path: Path) -> None:
    path, _ = served(plan="premium")
    session, step = discover(path, tmp_path / "run")
    with session:
        step.sheet_rows = []  # 02_mapping, which makes them, has not run
        person = Wanted("person", "7", {"name": "Someone Else"}, dest_id="2")
        step.compare("contacts", [person], "person", fields=["name"])
        step.finish()
    with (tmp_path / "run" / "reports" / "reconciliation.csv").open(encoding="utf-8-sig") as text:
        rows = list(csv.DictReader(text))
    assert rows
    assert all(row["counts"].startswith("possibly partial") for row in rows)
