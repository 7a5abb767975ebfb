"""04_schema twice, and taken back: the account's fields, options, types and pipelines are as they were."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from nrpd.gates import PHASES
from nrpd.phases.catalogue import step_class
from nrpd.phases.session import Session
from tests.support import small

KINDS = ("person_fields", "organization_fields", "deal_fields", "activity_types", "pipelines")
WANTED = {
    "pipelines": [{"name": "Partners", "stages": [{"name": "Met", "probability": 10}, {"name": "Signed"}]}],
    "activity_types": ["Site visit"], "labels": ["From Net-Results"],
}  # fmt: skip


@dataclass
class Account:
    """What the account holds before, after the phase, after it once more, and after the rollback."""

    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)

    def keep(self, state: str, session: Session) -> None:
        assert session.client
        assert session._box
        self.states[state] = {kind: session._box.export()[kind] for kind in (*KINDS, "labels")}
        self.writes[state] = session.journal.written_count()


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    folder = tmp_path_factory.mktemp("schema")
    small.export(folder / "export")
    small.add_column(folder / "export", "Tier", lambda n, _: ("Gold", "Bronze")[n % 2])
    destination = {"kind": "sandbox", "fixture": str(small.account(folder / "account.json"))}
    made = Account()
    with Session(small.parameters(folder, "acme", destination=destination, gates="auto", schema=WANTED)) as session:
        run = session.workspace.new_run()
        session.journal.run = run.name

        def go(*phases: str) -> None:
            for phase in phases:
                step_class(phase)(session, run, "script").run_all()
                session.forget()

        go("01_discovery")
        made.keep("before", session)
        go(*PHASES[1:4])
        made.keep("made", session)
        go("04_schema")
        made.keep("again", session)
        go("rollback")
        made.keep("undone", session)
    return made


def names(fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {f["field_name"]: list(f.get("options") or ()) for f in fields}


def test_it_makes_what_the_map_and_the_parameters_want(account: Account) -> None:
    made = account.states["made"]
    assert {"Net-Results ID", "Lead Score", "Suppression status", "Emails Sent"} <= names(made["person_fields"]).keys()
    assert names(made["person_fields"])["Tier"] == ["Gold", "Silver", "Bronze"]
    assert [p["name"] for p in made["pipelines"]] == ["Pipeline", "Partners"]
    assert [s["name"] for s in made["pipelines"][1]["stages"]] == ["Met", "Signed"]
    assert {"Site visit", "Marketing Email"} <= {t["name"] for t in made["activity_types"]}


def test_a_second_time_it_makes_nothing(account: Account) -> None:
    assert account.states["again"] == account.states["made"]
    assert account.writes["again"] == account.writes["made"] > 20


@pytest.mark.parametrize("kind", [*KINDS, "labels"])
def test_its_rollback_leaves_the_account_as_it_was(account: Account, kind: str) -> None:
    assert account.states["undone"][kind] == account.states["before"][kind]
