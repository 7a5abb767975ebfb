"""A customer whose source is an API, from the first request to the purge. All phases in one process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nrpd.gates import PHASES
from nrpd.phases import aftercare
from nrpd.phases.catalogue import step_class
from nrpd.phases.cutover import Cutover
from nrpd.phases.session import Session
from nrpd.phases.source import forget_reading, reading_of, share_reading
from tests.netresults import apicustomer as customer
from tests.netresults.apiservers import PASSWORD, USER, JsonRpcServer
from tests.support import small
from tests.support.customer import holding, nrpd

LOGIN = {"NR_USER": USER, "NR_PASSWORD": PASSWORD}


def _parameters(folder: Path, base_url: str, **more: Any) -> Path:
    api = {"kind": "jsonrpc", "base_url": base_url, "user_env": "NR_USER", "password_env": "NR_PASSWORD",
           "requests_per_second": 1000, **more}  # fmt: skip
    destination = {"kind": "sandbox", "fixture": str(small.account(folder / "account.json"))}
    return small.parameters(folder, "acme", destination=destination, gates="auto", source={"export": None, "api": api})


@dataclass(frozen=True)
class Moved:
    """What the account holds after everything ran, and how often the API was asked."""

    folder: Path
    session: Session
    server: JsonRpcServer
    asked: dict[str, int]

    @property
    def statuses(self) -> dict[str, str]:
        """Address → suppression status, blank where there is none."""
        persons = self.session.records("person").values()
        return {e["value"]: p.get("Suppression status") or "" for p in persons for e in p.get("emails") or ()}


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    """Between 10_suppression_pass and 11_cutover a contact comes to the source, and one opts out."""
    folder = tmp_path_factory.mktemp("api")
    server = customer.jsonrpc_server()
    asked: dict[str, int] = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in LOGIN.items():
            patch.setenv(name, value)
        with Session(_parameters(folder, server.url)) as session:
            run = session.workspace.new_run()
            session.journal.run = run.name
            for phase in PHASES:
                if phase == "11_cutover":
                    _source_goes_on(server)
                step_class(phase)(session, run, "script").run_all()
                session.forget()
                asked[phase] = len(server.calls)
            yield Moved(folder, session, server, asked)
    server.stop()
    assert server.refused == []


def _source_goes_on(server: JsonRpcServer) -> None:
    new = {"contact_id": 900, "contact_email_address": "new.one@firm9.example", "contact_first_name": "New"}
    server.contacts = [*server.contacts, new]
    server.mailing = {**server.mailing, "101": {"unsubscribed_contact": "Yes"}}


def test_everybody_is_there_the_newest_too(moved: Moved) -> None:
    wanted = {row["email"] for row in customer.contacts() if row["email"]} | {"new.one@firm9.example"}
    assert wanted <= set(moved.statuses)


def test_who_opted_out_in_between_is_flagged(moved: Moved) -> None:
    flagged = {address for address, status in moved.statuses.items() if status}
    before = {row["email"] for row in customer.contacts() if row["email"] and row["unsubscribed"] == "Yes"}
    opted = {row["email"] for n, row in enumerate(customer.contacts(), 1) if n % 2 and n % 3 == 0 and row["email"]}
    assert flagged - set(small.SUPPRESSED) == before | opted | {"Person1@firm1.example"}


def test_the_api_is_read_by_two_phases_only(moved: Moved) -> None:
    asked = moved.asked
    assert asked["01_discovery"] == asked["10_suppression_pass"] > 0
    assert asked["11_cutover"] == asked["12_handover"] > asked["10_suppression_pass"]


def test_no_secret_is_in_a_file_of_the_customer(moved: Moved) -> None:
    assert holding(moved.folder / "runs", PASSWORD) == []
    assert holding(moved.folder / "runs", "new.one@firm9.example")


def test_a_restarted_phase_reads_again_and_the_reading_before_stands_until_then(
    moved: Moved, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = moved.session.workspace
    before = reading_of(workspace, "delta")
    forget_reading(workspace, "08_persons")
    forget_reading(workspace, "11_cutover")
    assert reading_of(workspace, "delta") == before
    for name, value in LOGIN.items():
        monkeypatch.setenv(name, value)
    _cutover(moved).read_delta()
    after = reading_of(workspace, "delta")
    assert before is not None
    assert after is not None
    assert after.began > before.began


def test_a_freeze_after_the_reading_has_it_read_again(moved: Moved, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LOGIN.items():
        monkeypatch.setenv(name, value)
    step = _cutover(moved)
    freeze = datetime.now(UTC)
    monkeypatch.setattr(step.gates, "answers", lambda gate: {"freeze": freeze.isoformat()})
    asked = len(moved.server.calls)
    step.read_delta()
    step._check_later()
    assert len(moved.server.calls) > asked
    asked = len(moved.server.calls)
    step.read_delta()
    assert len(moved.server.calls) == asked
    read = reading_of(moved.session.workspace, "delta")
    assert read is not None
    assert read.began >= freeze


def _cutover(moved: Moved) -> Cutover:
    return Cutover(moved.session, moved.session.workspace.folder, "script", record=False)


def test_a_rehearsal_shares_the_reading(moved: Moved, tmp_path: Path) -> None:
    share_reading(moved.session.workspace, tmp_path)
    kept = sorted(path.relative_to(tmp_path / "staged/api").as_posix() for path in tmp_path.rglob("contacts.csv"))
    assert kept == ["base/tables/contacts.csv", "delta/tables/contacts.csv"]


def test_purge_takes_the_pages_and_tables_away(moved: Moved) -> None:
    workspace = moved.session.workspace
    (workspace.staged / "api" / "base" / "pages").mkdir()
    (workspace.staged / "api" / "base" / "pages" / "contacts.jsonl").write_text("{}")
    gone = aftercare.purge(moved.session, "Ann", keep_evidence=True)
    assert "staged" in gone
    assert not workspace.staged.exists()


def test_a_variable_that_is_not_set_is_one_line_and_nothing_is_written(tmp_path: Path) -> None:
    path = _parameters(tmp_path, "https://apps.net-results.com")
    before = sorted(tmp_path.rglob("*"))
    ended = nrpd("run", path, environment={"NR_USER": "nina", "NR_PASSWORD": ""})
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert "source.api.password_env: the variable NR_PASSWORD is not set" in ended.err
    assert sorted(tmp_path.rglob("*")) == before


def test_an_api_that_refuses_is_plain_lines_too(tmp_path: Path) -> None:
    server = customer.jsonrpc_server()
    ended = nrpd("estimate", _parameters(tmp_path, server.url), environment={**LOGIN, "NR_PASSWORD": "wrong"})
    server.stop()
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert "refused the login (401); check user_env (NR_USER) and password_env (NR_PASSWORD)" in ended.err
