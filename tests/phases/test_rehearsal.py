"""A rehearsal: the copy answers as the account does, its cost is said before, and what people decided is followed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from nrpd import runbook, workbench
from nrpd.errors import BudgetSpent
from nrpd.gates import PHASES
from nrpd.phases.rehearsal import Copying, Rehearsal, cost_of_copy, prepare, require_budget
from nrpd.phases.rehearsal.copying import ATTACHED, SETTINGS
from nrpd.phases.session import Session
from nrpd.pipedrive.account import PATHS, RELATIONSHIPS
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.limits import Limits
from nrpd.rehearse import run_on_a_copy
from nrpd.sandbox import Sandbox
from tests.e2e import living
from tests.support import small
from tests.support.in_process import phases_here, run

TOKEN_VARIABLE = "NRPD_TEST_TOKEN"
OUTCOMES = ("source", "created", "updated", "adopted", "unchanged", "skipped", "quarantined")


class Live:
    """An account on loopback, and a customer that is to be moved into it."""

    def __init__(self, folder: Path, box: Sandbox, **more: Any) -> None:
        self.box = box
        destination = {"kind": "pipedrive", "base_url": box.base_url, "token_env": TOKEN_VARIABLE, **more}
        self.path = small.parameters(folder, "acme", destination={"plan": "growth", "seats": 5, **destination})

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """The data of an answer."""
        headers = {"x-api-token": self.box.token}
        answer = httpx.request(method, f"{self.box.base_url}{path}", json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json()["data"]


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The account with everything in it. Tests only read it."""
    folder = tmp_path_factory.mktemp("lived_in")
    living.export(folder / "export")
    with pytest.MonkeyPatch.context() as environment:
        fixture = living.account(folder / "account.json")
        with Sandbox(folder / "account.sqlite", burst=False, fixture=fixture) as box:
            environment.setenv(TOKEN_VARIABLE, box.token)
            live = Live(folder, box)
            living.live_in(live.send)
            yield live


@pytest.fixture
def quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    """A small account that a test may change."""
    small.export(tmp_path / "export")
    fixture = small.account(tmp_path / "account.json")
    with Sandbox(tmp_path / "account.sqlite", burst=False, fixture=fixture) as box:
        monkeypatch.setenv(TOKEN_VARIABLE, box.token)
        yield Live(tmp_path, box)


def copy(path: Path) -> Rehearsal:
    with Copying(path) as session:
        return prepare(session, cost_of_copy(session))


def answers(box: Sandbox, organizations: list[int]) -> dict[str, Any]:
    """What an account answers to everything that a run asks."""
    with Client(box.base_url, box.token, limits=Limits()) as client:
        found: dict[str, Any] = {path: list(client.list(path)) for path in SETTINGS if not path.endswith("/me")}
        found["me"] = client.get("/api/v1/users/me").data
        for entity, path in PATHS.items():
            asked = {"include_fields": "marketing_status", "include_labels": "true"} if entity == "person" else {}
            found[path] = list(client.list(path, asked))
        for path, _ in ATTACHED.values():
            found[path] = [{k: v for k, v in item.items() if k != "url"} for item in client.list(path)]
        for number in organizations:
            found[f"relationships of {number}"] = list(client.list(RELATIONSHIPS, {"org_id": number}))
        return found


def test_the_copy_answers_just_as_the_account_does(lived_in: Live) -> None:
    held, asked = lived_in.box.export(), [1, 2, 5, 6]
    made = copy(lived_in.path)
    assert lived_in.box.export() == held, "the account was only read"
    there = answers(lived_in.box, asked)
    with made.box as box:
        here = answers(box, asked)
    assert here.keys() == there.keys()
    for path in there:
        assert here[path] == there[path], path
    assert len(there["/api/v2/persons"]) > 100
    assert len(there["/api/v2/organizations"]) > 35
    assert any(not kind["active_flag"] for kind in there["/api/v1/activityTypes"])
    assert {p["marketing_status"] for p in there["/api/v2/persons"]} > {"no_consent", "subscribed", "unsubscribed"}


def test_the_cost_is_said_before_and_is_no_less_than_what_is_charged(lived_in: Live) -> None:
    before = lived_in.box.tokens_in_all()
    with Copying(lived_in.path) as session:
        cost = cost_of_copy(session)
        looked = lived_in.box.tokens_in_all() - before
        spent = session.spent_today().spent
        made = prepare(session, cost)
    charged = lived_in.box.tokens_in_all() - before
    assert looked <= 100
    assert looked < charged <= cost.most <= charged * 1.15
    assert made.copied.tokens == pytest.approx(charged, abs=4)
    assert made.copied.today.spent - spent == pytest.approx(charged - looked, abs=4), "it is in the account's ledger"


def test_a_copy_that_the_days_tokens_may_not_pay_for_is_not_begun(quiet: Live, tmp_path: Path) -> None:
    live = Live(tmp_path, quiet.box, daily_token_share=0.0005)
    told: list[str] = []
    before = quiet.box.tokens_in_all()
    with pytest.raises(BudgetSpent, match="nothing was copied") as stopped:
        run_on_a_copy(live.path, keep=False, tell=told.append)
    assert "A whole day gives 150" in str(stopped.value)
    assert len(told) == 1
    assert "costs at most" in told[0]
    assert quiet.box.tokens_in_all() - before < 60
    assert not (tmp_path / "runs" / "acme" / "rehearsal").exists()


def test_it_says_when_there_are_tokens_again(quiet: Live) -> None:
    with Copying(quiet.path) as session:
        cost = cost_of_copy(session)
        session.ledger.charge(cost.left - cost.most + 10)
        with pytest.raises(
            BudgetSpent, match=r"Run the same command again after 20\d\d-\d\d-\d\d 00:00 UTC"
        ) as stopped:
            require_budget(session, cost_of_copy(session))
    assert stopped.value.resume_at is not None


def test_the_rehearsal_stays_on_this_machine(quiet: Live) -> None:
    parameters = yaml.safe_load(copy(quiet.path).parameters.read_text(encoding="utf-8"))
    assert parameters["destination"]["kind"] == "sandbox"
    assert not {"base_url", "token_env"} & set(parameters["destination"])
    assert parameters["gates"] == "auto"
    assert parameters["customer"] == "acme-rehearsal"
    assert "/rehearsal/runs" in Path(parameters["runs_root"]).as_posix()


def test_it_begins_with_what_is_left_of_the_day(quiet: Live) -> None:
    quiet.box.spend(50_000)
    made = copy(quiet.path)
    assert made.tokens == 0
    with made.box as box, Client(box.base_url, box.token, limits=Limits()) as client:
        client.get("/api/v1/users/me")
    assert made.tokens == 2
    assert made.box.tokens_in_all() == quiet.box.tokens_in_all() + 2
    with Session(made.parameters) as session:
        ledger = session.client.limits.ledger
        assert ledger is not None
        assert ledger.state().spent >= made.copied.today.spent > 0


def test_what_people_decided_is_followed_and_every_phase_is_due(quiet: Live) -> None:
    for gate in ("preflight", "mapping", "owners"):
        assert run(quiet.path).gate == gate
        workbench.confirm(quiet.path, gate, "Ada", _decision(quiet.path, gate))
    made = copy(quiet.path)
    assert made.copied.awaited == (small.UNKNOWN_OWNER,)
    with Session(made.parameters) as session:
        assert [phase for phase in PHASES if session.journal.completed(phase)] == []
        assert [user.email for user in session.facts.users if user.active][2:] == [small.UNKNOWN_OWNER]
    outcome = run(made.parameters, to="06_sample")
    assert (outcome.exit_code, outcome.message) == (0, "")
    mapped = yaml.safe_load((made.workspace.decisions / "mapping.yaml").read_text(encoding="utf-8"))
    skipped = [row for row in mapped if row["source"] == "Favorite Product"]
    assert [(row["transform"], row["by"]) for row in skipped] == [("skip", "Ada")]
    assert "Favorite Product" not in {f["field_name"] for f in made.box.export()["person_fields"]}
    assert made.workspace.decision("owners")["answers"] == {small.UNKNOWN_OWNER: "provision"}  # type: ignore[index]


def _decision(path: Path, gate: str) -> Path | None:
    folder = path.parent / "runs" / "acme" / "decisions"
    if gate == "mapping":
        rows = yaml.safe_load((folder / "mapping.yaml").read_text(encoding="utf-8"))
        for row in rows:
            if row["source"] == "Favorite Product":
                row["transform"], row["target"] = "skip", {"entity": "none", "field": "", "type": "", "new": False}
        (path.parent / "edited.yaml").write_text(yaml.safe_dump(rows), encoding="utf-8")
        return path.parent / "edited.yaml"
    if gate == "owners":
        (path.parent / "owners.yaml").write_text(yaml.safe_dump({small.UNKNOWN_OWNER: "provision"}), encoding="utf-8")
        return path.parent / "owners.yaml"
    return None


def test_after_the_sample_it_goes_on_from_there(quiet: Live) -> None:
    path = quiet.path
    path.write_text(path.read_text(encoding="utf-8").replace("gates: manual", "gates: auto"), encoding="utf-8")
    sampled = run(path, to="06_sample")
    assert sampled.exit_code == 0
    before = quiet.box.tokens_in_all()
    with phases_here():
        said = run_on_a_copy(path, keep=False, tell=lambda _: None)
    copied = quiet.box.tokens_in_all() - before
    happened = run(path)
    assert said["executed"] == happened.executed == list(PHASES[6:])
    assert (said["exit_code"], happened.exit_code) == (0, 0)
    assert said["tokens"] == pytest.approx(quiet.box.tokens_in_all() - before - copied, rel=0.02)
    for phase in happened.executed:
        for object_, line in happened.figures[phase].items():
            foreseen = said["phases"][phase][object_]
            assert {k: foreseen[k] for k in OUTCOMES} == {k: line[k] for k in OUTCOMES}, (phase, object_)
    assert happened.figures["09_activities"]["email_sends"]["unchanged"] == 30


def test_it_says_that_the_plan_has_no_room_for_the_fields(quiet: Live, tmp_path: Path) -> None:
    live = Live(tmp_path, quiet.box, plan="lite")
    for n in range(25):
        live.send("POST", "/api/v2/dealFields", {"field_name": f"Deal field {n}", "field_type": "varchar"})
    with phases_here():
        said = run_on_a_copy(live.path, keep=False, tell=lambda _: None)
    assert (said["exit_code"], said["gate"]) == (3, "mapping")
    assert "26 are in use, but the plan allows 30" in said["would_fail"][0]
    assert f"nrpd confirm {live.path} mapping" in said["would_fail"][0]
    assert said["executed"] == ["01_discovery", "02_mapping", "03_owners"]


def test_twice_it_says_the_same(quiet: Live) -> None:
    told: list[list[str]] = [[], []]
    with phases_here():
        documents = [run_on_a_copy(quiet.path, keep=n == 1, tell=told[n].append) for n in (0, 1)]
    assert documents[0]["exit_code"] == 0
    assert told[0][2:] == told[1][2:] == list(PHASES)
    for one in documents:
        for passing in ("at", "index", "kept"):
            one.pop(passing, None)
    assert documents[0] == documents[1]
    assert [(gate["gate"], gate["status"]) for gate in documents[0]["gates"]][:2] == [
        ("preflight", "to do"), ("mapping", "to do")
    ]  # fmt: skip


def test_a_copy_is_removed_whatever_happens(quiet: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(runbook, "run", fails)
    with pytest.raises(RuntimeError, match="out of memory"):
        run_on_a_copy(quiet.path, keep=False, tell=lambda _: None)
    assert list((quiet.path.parent / "runs" / "acme" / "rehearsal").iterdir()) == []


def test_a_day_of_tokens_that_gets_nowhere_ends_it(quiet: Live) -> None:
    made = copy(quiet.path)
    assert made.next_day()
    assert not made.next_day()
    assert made.days == 2
