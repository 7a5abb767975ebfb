"""Every command as a person types it, over one small customer with manual gates and an account in another process.

The walk is made once (module fixture) and keeps what each step answered and what the account held; the tests look at
it. A run starts a kernel per notebook, so nothing is run twice.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
import yaml
from typer.testing import CliRunner

from nrpd.cli import app
from nrpd.gates import GATE_AFTER
from tests.support import small
from tests.support.customer import ROOT, Account, Ended, full_environment, holding, nrpd, python, sums_agree

LATE = small.address(10)
TORN = small.address(12)
"""Of a late opt-out whose row is of the wrong length."""
STATUS = "Suppression status"
GATES = ("preflight", "mapping", "owners", "suppression", "signoff", "cutover")


def _here(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> Ended:
    """A command in this process."""
    ended = CliRunner().invoke(app, [str(a) for a in arguments], env=environment)
    return Ended(ended.exit_code, ended.stdout, ended.stderr)


class Walk:
    """One customer, one account, and the steps so far: name → how it ended, and what the account held after it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        small.export(folder / "export")
        self.account = Account(folder)
        self.path = small.parameters(folder, "acme", destination=self.account.destination)
        self.runs = folder / "runs" / "acme"
        self.decisions = self.runs / "decisions"
        self.steps: dict[str, Ended] = {}
        self._tried: set[str] = set()
        self.held: dict[str, dict[str, Any]] = {"start": self.account.export()}

    def do(self, name: str, command: str, *arguments: str | Path) -> Ended:
        """A command on this customer's parameters; in this process where it was tried in one of its own before, as
        loading the libraries takes longer than the command. What starts kernels has a process of its own."""
        whole = (command, str(self.path), *map(str, arguments))
        kernels = name == "rollback" or (command == "run" and not name.startswith(("run after", "run again")))
        started = nrpd if kernels or command not in self._tried else _here
        self.steps[name] = started(*whole, environment=self.account.environment)
        self._tried.add(command)
        self.held[name] = self.account.export()
        with (self.folder / "steps.log").open("a", encoding="utf-8") as log:
            log.write(f"# {time.strftime('%X')} {name}: {self.steps[name]}\n")
        return self.steps[name]

    def by_hand(self, name: str, code: str) -> None:
        """A notebook's cells, typed by a person."""
        self.steps[name] = python("-c", code, environment=self.account.environment)
        self.held[name] = self.account.export()

    def until_sample(self) -> None:
        """From nothing to the sign-off gate, each gate confirmed in one of the ways there are."""
        self.do("run to preflight", "run")
        self.do("confirm too early", "confirm", "signoff", "--by", "Ada")
        self.do("confirm preflight", "confirm", "preflight", "--by", "Ada")
        self.do("run to mapping", "run", "--json")
        self._edit_sheet()
        self.do("confirm mapping xlsx", "confirm", "mapping", "--by", "Ada", "--file", self.folder / "edited.xlsx")
        self._rename("Favourite Thing", "Fancied Thing")
        self.do("run after the map was edited", "run")
        shutil.copy(self.decisions / "mapping.yaml", self.folder / "mapping.yaml")
        self.do("confirm mapping yaml", "confirm", "mapping", "--by", "Ada", "--file", self.folder / "mapping.yaml")
        self.do("run to owners", "run")
        answers = self.folder / "owners-answers.yaml"
        answers.write_text(yaml.safe_dump({small.UNKNOWN_OWNER: small.SELLER}), encoding="utf-8")
        self.do("confirm owners", "confirm", "owners", "--by", "Ada", "--file", answers)
        self._tamper("owners.yaml", small.SELLER, small.OWNER)
        self.do("run after the owners were edited", "run")
        self.do("confirm owners again", "confirm", "owners", "--by", "Bea", "--file", answers)
        self.do("run to suppression", "run")
        self.do("confirm suppression", "confirm", "suppression", "--by", "Ada")
        self.do("run to signoff", "run")

    def until_end(self) -> None:
        """From the sign-off to the end, with two attempts to get around it."""
        opened = "from nrpd.phases import organizations as o; s = o.open({!r}); s.plan(); s.load_all()"
        self.by_hand("07 by hand", opened.format(str(self.path)))
        self.do("confirm signoff", "confirm", "signoff", "--by", "Cleo")
        before = (self.decisions / "mapping.yaml").read_text(encoding="utf-8")
        self._rename("Fancied Thing", "Other Thing")
        self.do("run after a late edit", "run")
        (self.decisions / "mapping.yaml").write_text(before, encoding="utf-8")
        self.do("run to organizations", "run", "--to", "07", "--json")
        self.do("run to cutover", "run")
        self.do("confirm cutover", "confirm", "cutover", "--by", "Cleo")
        self.do("run to the end", "run", "--json")
        self.do("run again", "run", "--json")

    def afterwards(self) -> None:
        """Hypercare."""
        self.do("status", "status")
        self.do("status json", "status", "--json")
        self.do("estimate json", "estimate", "--json")
        self.do("estimate", "estimate")
        self.do("only owners again", "run", "--only", "03_owners", "--restart-phase", "--json")
        late = self.folder / "late.csv"
        rows = f"{LATE},Unsubscribed,2026-01-05\n{TORN},Unsubscribed, he said,2026-01-05\n"
        late.write_text(f"Email Address,Reason,Date\n{rows}", encoding="utf-8")
        self.do("suppress", "suppress", late)
        self.do("suppress nothing", "suppress", self.folder / "absent.csv")
        self.do("reconcile", "reconcile")
        person = next(p for p in self.account.export()["persons"] if p["emails"][0]["value"] == small.address(11))
        self.account.api("PATCH", f"/api/v2/persons/{person['id']}", {"name": "Renamed by People"})
        self.do("reconcile after people", "reconcile", "--json")
        flagged = next(p for p in self.account.export()["persons"] if p["emails"][0]["value"] == LATE)
        code = next(f["field_code"] for f in self.account.export()["person_fields"] if f["field_name"] == STATUS)
        path = f"/api/v2/persons/{flagged['id']}"
        self.account.api("PATCH", path, {"custom_fields": {code: None}})
        self.do("reconcile after an opt-out went", "reconcile", "--json")
        run = Path(self.steps["reconcile after an opt-out went"].json["index"]).parents[1]
        self.care = (run / "deliverables" / "hypercare_checklist.md").read_text(encoding="utf-8")
        self.do("suppress again", "suppress", late)
        newest = sorted(p for p in self.runs.iterdir() if p.name[:1] == "2")[-1]
        self.steps["verify"] = nrpd("verify", newest)
        head = re.search(r"head: (\w{64})", self.steps["verify"].out)
        self.steps["verify head"] = _here("verify", newest, "--head", head.group(1) if head else "")
        self.steps["verify wrong head"] = _here("verify", newest, "--head", "0" * 64)
        copied = self.folder / "copied" / newest.name
        shutil.copytree(newest, copied)
        self.steps["verify a copy"] = _here("verify", copied)
        report = next(iter(sorted((copied / "html").glob("*.html"))))
        report.write_bytes(report.read_bytes()[:-1] + b"x")
        self.steps["verify a changed copy"] = _here("verify", copied)

    def back(self) -> None:
        """Rollback and purge."""
        self.do("rollback blank", "rollback")
        self.do("rollback plan", "rollback", "--plan")
        self.do("rollback plan json", "rollback", "--plan", "--json")
        self.do("rollback wrong digest", "rollback", "--by", "Cleo", "--plan-digest", "0" * 64)
        digest = self.steps["rollback plan json"].json["digest"]
        self.do("rollback", "rollback", "--by", "Cleo", "--plan-digest", digest, "--json")
        self.do("rollback again", "rollback", "--plan")
        self.do("purge", "purge", "--by", "Cleo")

    def _edit_sheet(self) -> None:
        """What an account's admin does in the spreadsheet: another name for a new field."""
        book = openpyxl.load_workbook(self.decisions / "mapping.xlsx")
        for cell in (c for line in book.active.iter_rows() for c in line if c.value == "Favorite Product"):
            if cell.column > 3:
                cell.value = "Favourite Thing"
        book.save(self.folder / "edited.xlsx")

    def _rename(self, old: str, new: str) -> None:
        path = self.decisions / "mapping.yaml"
        text = path.read_text(encoding="utf-8")
        assert f"field: {old}" in text
        path.write_text(text.replace(f"field: {old}", f"field: {new}"), encoding="utf-8")

    def _tamper(self, name: str, old: str, new: str) -> None:
        path = self.decisions / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


class Others:
    """Customers beside it: a rehearsal, then a batch of the rehearsed customer and two that stop, then its purge."""

    def __init__(self, folder: Path) -> None:
        small.export(folder / "export")
        small.account(folder / "account.json")
        self.folder = folder
        self.account = Account(folder)
        self.before = self.account.export()
        self.waiting = small.parameters(folder, "waiting", destination=self.account.destination)
        wrong = small.parameters(folder, "wrong", destination={"kind": "sandbox", "fixture": "absent.json"})
        environment = self.account.environment
        self.rehearsal = nrpd("rehearse", self.waiting, "--keep", "--json", environment=environment)
        self.after = self.account.export()
        self.copied = folder / "runs" / "waiting" / "rehearsal" / "parameters.yaml"
        self.batch = nrpd(
            "batch", self.copied, self.waiting, wrong, "--workers", "2", "--json", environment=environment
        )
        self.rollback_plan = nrpd("rollback", self.copied, "--plan")
        self.purge = nrpd("purge", self.copied, "--keep-evidence", "--by", "Cleo")
        self.rollback_after = nrpd("rollback", self.copied, "--plan")
        run = Path(self.rehearsal.json["index"]).parents[1]
        self.verify_after = nrpd("verify", run)


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future[Others]]:
    """The other customers, made while the walk is made."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(Others, tmp_path_factory.mktemp("others"))
        yield future
        future.result().account.stop()


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, beside: Future[Others]) -> Iterator[Walk]:
    """The whole walk."""
    made = Walk(tmp_path_factory.mktemp("walk"))
    try:
        made.until_sample()
        made.until_end()
        made.afterwards()
        made.back()
        yield made
    finally:
        made.account.stop()


@pytest.fixture(scope="module")
def others(beside: Future[Others]) -> Others:
    return beside.result()


# Gates (show 5)


@pytest.mark.parametrize("gate", GATES)
def test_a_run_stops_at_each_gate_and_says_how_to_go_on(walk: Walk, gate: str) -> None:
    ended = walk.steps[f"run to {gate}"]
    said = ended.err
    assert ended.code == 3, ended
    assert f"gate {gate}" in said
    assert f"{GATE_AFTER[gate]}.ipynb" in said
    assert f"nrpd confirm {walk.path} {gate} --by NAME" in said
    assert len(said.strip().splitlines()) <= 2
    assert "Traceback" not in said


def test_the_stop_is_in_the_json_too(walk: Walk) -> None:
    document = walk.steps["run to mapping"].json
    assert (document["exit_code"], document["gate"], document["executed"]) == (3, "mapping", ["02_mapping"])


@pytest.mark.parametrize(
    "step",
    [
        "run to preflight", "run to mapping", "run after the map was edited", "run to owners",
        "run after the owners were edited", "confirm owners again",
    ],
)  # fmt: skip
def test_nothing_is_written_before_the_schema(walk: Walk, step: str) -> None:
    assert walk.held[step] == walk.held["start"]


def test_a_gate_cannot_be_confirmed_before_it_is_stated(walk: Walk) -> None:
    ended = walk.steps["confirm too early"]
    assert ended.code == 2
    assert "nothing to decide yet" in ended.err
    assert "06_sample" in ended.err


def test_an_edited_spreadsheet_becomes_the_map(walk: Walk) -> None:
    assert walk.steps["confirm mapping xlsx"].code == 0, walk.steps["confirm mapping xlsx"]
    fields = {f["field_name"] for f in walk.held["run to suppression"]["person_fields"]}
    assert "Fancied Thing" in fields
    assert "Favorite Product" not in fields


@pytest.mark.parametrize(
    ("step", "gate", "by"),
    [
        ("run after the map was edited", "mapping", "Ada"),
        ("run after the owners were edited", "owners", "Ada"),
        ("run after a late edit", "mapping", "Ada"),
    ],
)
def test_a_decision_for_something_else_is_refused(walk: Walk, step: str, gate: str, by: str) -> None:
    ended = walk.steps[step]
    assert ended.code == 3, ended
    assert f"gate {gate}" in ended.err
    assert f"confirmed by {by} for something else" in ended.err


def test_after_a_late_edit_nothing_more_is_written(walk: Walk) -> None:
    assert walk.held["run after a late edit"] == walk.held["run to signoff"]


def test_a_notebook_opened_by_hand_before_its_gate_writes_nothing(walk: Walk) -> None:
    ended = walk.steps["07 by hand"]
    assert ended.code == 1
    assert "GateWaiting" in ended.err
    assert "gate signoff" in ended.err
    assert "06_sample.ipynb" in ended.err
    assert walk.held["07 by hand"] == walk.held["run to signoff"]


def test_after_each_confirmation_it_goes_on_where_it_stopped(walk: Walk) -> None:
    wanted = {
        "run to organizations": ["07_organizations"],
        "run to the end": ["11_cutover", "12_handover"],
        "run again": [],
    }
    assert {name: walk.steps[name].json["executed"] for name in wanted} == wanted


def test_who_and_when_are_on_record(walk: Walk) -> None:
    gates = walk.steps["status json"].json["gates"]
    by = {gate: gates[gate]["by"] for gate in GATES}
    assert by == {
        "preflight": "Ada", "mapping": "Ada", "owners": "Bea", "suppression": "Ada", "signoff": "Cleo",
        "cutover": "Cleo",
    }  # fmt: skip
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", gates[gate]["at"]) for gate in GATES)


@pytest.mark.parametrize("command", ["run", "reconcile"])
def test_automatic_gates_are_refused_for_an_account_on_the_network(tmp_path: Path, command: str) -> None:
    small.export(tmp_path / "export")
    wanted = {"kind": "pipedrive", "base_url": "https://x.pipedrive.com", "token_env": "SOME_TOKEN"}
    path = small.parameters(tmp_path, "remote", destination=wanted, gates="auto")
    ended = nrpd(command, path, environment={"SOME_TOKEN": "0" * 40})
    assert ended.code == 2
    assert "gates" in ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert not (tmp_path / "runs").exists()


# What moved


def test_the_whole_customer_has_arrived(walk: Walk) -> None:
    ended = walk.steps["run to the end"]
    assert ended.code == 0, ended
    held = walk.held["run to the end"]
    assert (len(held["organizations"]), len(held["persons"]), len(held["activities"])) == (6, 21, 30)
    people = {p["emails"][0]["value"].casefold(): p for p in held["persons"] if p["emails"]}
    for address in small.SUPPRESSED[:4]:
        assert people[address.casefold()]["custom_fields"]["Suppression status"].startswith("suppressed")
    assert "Suppression status" not in people[small.address(7)]["custom_fields"]
    assert people[small.address(20)]["owner_id"] == 2, "the unknown owner was assigned to the seller by hand"


def test_a_second_run_writes_nothing(walk: Walk) -> None:
    assert walk.steps["run again"].code == 0
    assert walk.held["run again"] == walk.held["run to the end"]
    lines = [line for objects in walk.steps["run again"].json["phases"].values() for line in objects.values()]
    assert not any(line["created"] or line["updated"] or line["adopted"] for line in lines)


@pytest.mark.parametrize(
    "step",
    [
        "run to mapping", "run to organizations", "run to the end", "run again", "status json", "only owners again",
        "reconcile after people",
    ],
)  # fmt: skip
def test_in_all_json_the_source_is_the_sum_of_the_outcomes(walk: Walk, step: str) -> None:
    phases = walk.steps[step].json["phases"]
    assert phases
    assert sums_agree(phases) == []


def test_the_token_is_in_no_file(walk: Walk) -> None:
    assert holding(walk.folder, walk.account.token) == []
    assert not any(walk.account.token in ended.out + ended.err for ended in walk.steps.values())


# The other commands (show 10)


def test_status_says_what_is_next(walk: Walk) -> None:
    assert walk.steps["status"].code == 0
    assert "12_handover            complete" in walk.steps["status"].out
    document = walk.steps["status json"].json
    assert set(document["progress"].values()) == {"complete"}
    assert document["tokens"] > 0
    assert document["unknown_outcomes"] == 0
    assert "nrpd reconcile" in document["next"]


def test_estimate_gives_each_policy(walk: Walk) -> None:
    document = walk.steps["estimate json"].json
    assert {"all", "engaged", "summary"} <= {name.split(":")[0] for name in document["policies"]}
    assert all(p["tokens"] > 0 for p in document["policies"].values())
    assert document["complexity"]["grade"]
    assert "tokens" in walk.steps["estimate"].out


def test_only_restarts_just_that_phase(walk: Walk) -> None:
    ended = walk.steps["only owners again"]
    assert ended.code == 0, ended
    assert ended.json["executed"] == ["03_owners"]
    assert walk.held["only owners again"] == walk.held["run again"]


def test_a_late_opt_out_is_flagged(walk: Walk) -> None:
    ended = walk.steps["suppress"]
    assert ended.code == 0, ended
    assert "2 late opt-outs read (1 of the wrong length: every address in them is suppressed)" in ended.out
    for address in (TORN, LATE):
        person = next(p for p in walk.held["suppress"]["persons"] if p["emails"][0]["value"] == address)
        assert person["custom_fields"]["Suppression status"] == "suppressed"
    assert person["custom_fields"]["Suppression reason"] == ["unsubscribe"] or "unsubscribe" in str(
        person["custom_fields"]
    )
    assert walk.steps["suppress nothing"].code == 2


def test_reconcile_names_what_people_changed(walk: Walk) -> None:
    assert walk.steps["reconcile"].code == 0, walk.steps["reconcile"]
    assert walk.held["reconcile"] == walk.held["suppress"]
    document = walk.steps["reconcile after people"].json
    assert document["exit_code"] == 0, document["message"]
    assert document["changed_since"] == ["contacts: 1 x name"]


def test_an_opt_out_that_people_took_away_is_found_and_put_back(walk: Walk) -> None:
    document = walk.steps["reconcile after an opt-out went"].json
    assert document["exit_code"] == walk.steps["reconcile after an opt-out went"].code == 4
    assert STATUS in document["message"]
    assert document["trend"].startswith("Red: a suppressed address is without its flag.")
    assert document["trend"] in walk.care.replace("\\", "")  # less what keeps Markdown from reading `_`
    line = r"^\| \d{4}-\d\d-\d\d \| ([\d,]+) \| (\d+) \| first \| (\d+) \| (\d+) \|$"
    (point,) = re.findall(line, walk.care, re.MULTILINE)
    assert int(point[0].replace(",", "")) > 100
    assert point[1:] == ("1", "0", "1")
    assert walk.steps["suppress again"].code == 0, walk.steps["suppress again"]
    person = next(p for p in walk.held["suppress again"]["persons"] if p["emails"][0]["value"] == LATE)
    assert person["custom_fields"][STATUS] == "suppressed"


def test_verify_accepts_the_evidence_and_refuses_a_change(walk: Walk) -> None:
    assert walk.steps["verify"].code == 0, walk.steps["verify"]
    assert walk.steps["verify head"].code == 0
    assert walk.steps["verify wrong head"].code == 4
    assert walk.steps["verify a copy"].code == 0, walk.steps["verify a copy"]
    assert walk.steps["verify a changed copy"].code == 4


def test_rollback_wants_to_be_seen_first(walk: Walk) -> None:
    assert walk.steps["rollback blank"].code == 2
    assert "--plan" in walk.steps["rollback blank"].err
    plan = walk.steps["rollback plan json"].json
    assert plan["digest"] in walk.steps["rollback plan"].out
    assert {"entity": "activity", "what": "delete", "records": 30} in plan["plan"]
    assert walk.steps["rollback wrong digest"].code == 2
    assert walk.held["rollback wrong digest"] == walk.held["suppress again"]


def test_rollback_brings_back_what_was_there(walk: Walk) -> None:
    ended = walk.steps["rollback"]
    assert ended.code == 0, ended
    held, start = walk.held["rollback"], walk.held["start"]
    renamed = [p for p in held["persons"] if p["name"] == "Renamed by People"]
    assert len(renamed) == 1, "what people changed is kept whole"
    assert [p["name"] for p in held["persons"] if p not in renamed] == [p["name"] for p in start["persons"]]
    assert held["activities"] == []
    assert held["deals"] == start["deals"]
    assert [t["name"] for t in held["activity_types"]] == [t["name"] for t in start["activity_types"]]
    known = next(p for p in held["persons"] if p["id"] == 1)
    assert known["custom_fields"]["Suppression status"] == "suppressed"
    assert known["custom_fields"]["Tier"] == "Gold"
    assert walk.steps["rollback again"].code == 2


def test_purge_removes_the_runs_too(walk: Walk) -> None:
    assert walk.steps["purge"].code == 0
    assert not (walk.runs / "staged").exists()
    assert [p.name for p in walk.runs.iterdir() if p.is_dir()] == ["decisions"]


def test_batch_takes_each_customer_as_far_as_it_goes(others: Others) -> None:
    document = others.batch.json
    assert others.batch.code == document["exit_code"] == 2
    codes = {Path(line["parameters"]).stem: line["exit_code"] for line in document["customers"]}
    assert codes == {"parameters": 0, "waiting": 3, "wrong": 2}, others.batch
    assert sums_agree(document["customers"][0]["phases"]) == []


def test_purge_keeps_the_evidence_and_ends_rollback(others: Others) -> None:
    assert others.rollback_plan.code == 0, others.rollback_plan
    assert others.purge.code == 0, others.purge
    assert "removed: sandbox.sqlite" in others.purge.out
    assert others.rollback_after.code == 2
    assert "purged" in others.rollback_after.err
    assert others.verify_after.code == 0, others.verify_after


def test_a_rehearsal_reads_the_account_and_writes_nothing_to_it(others: Others) -> None:
    document = others.rehearsal.json
    assert others.rehearsal.code == 0, others.rehearsal
    assert others.after == others.before
    assert document["rehearsal"] is True
    assert document["tokens"] > 0
    adopted = [objects["contacts"]["adopted"] for objects in document["phases"].values() if "contacts" in objects]
    assert sum(adopted) == 1
    assert Path(document["index"]).is_file(), "--keep keeps it"
    assert holding(others.folder, others.account.token) == []


def test_new_writes_a_file_that_explains_each_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = nrpd("new", "acme-2", cwd=tmp_path)
    path = tmp_path / "parameters" / "acme-2.yaml"
    assert ended.code == 0, ended
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["customer"] == "acme-2"
    monkeypatch.chdir(tmp_path)
    again = _here("new", "acme-2")
    assert again.code == 2
    assert "nothing was written" in again.err


def test_propose_answers_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "headers.tsv"
    path.write_text(
        "header\tobject\tvalues\nE-Mail Address\tcontacts\ta@b.example\nShoe Size\tcontacts\t41|42\n", encoding="utf-8"
    )
    found = nrpd("propose", path, "--json").json
    assert [(f["header"], f["column"]) for f in found] == [("E-Mail Address", "email"), ("Shoe Size", None)]
    assert all(
        set(f) == {"header", "object", "column", "target", "confidence", "reason", "alternatives"} for f in found
    )
    assert "Shoe Size -> person." in _here("propose", path).out
    account = tmp_path / "account.json"
    fields = [{"field_name": "Shoe size", "field_type": "double"}]
    account.write_text(json.dumps({"person_fields": fields}), encoding="utf-8")
    found = nrpd("propose", path, "--account", account, "--json").json
    assert found[1]["target"] == {"entity": "person", "field": "Shoe size", "type": "double", "new": False}


def test_a_sandbox_serves_and_ends(tmp_path: Path) -> None:
    account = Account(tmp_path)
    assert set(account.announced) >= {"port", "token"}
    assert account.api("GET", "/api/v1/users/me")["email"] == small.OWNER
    assert account.stop() == 0
    wrong = nrpd("sandbox", "--faults", "nonsense=1")
    assert wrong.code == 2
    assert len(wrong.err.strip().splitlines()) == 1


def test_lab_opens_working_copies(tmp_path: Path) -> None:
    small.export(tmp_path / "export")
    small.account(tmp_path / "account.json")
    path = small.parameters(tmp_path, "acme", destination={"kind": "sandbox", "fixture": "account.json"}, gates="auto")
    port = _free_port()
    command = [sys.executable, "-m", "nrpd", "lab", str(path), "--no-browser", "--port", str(port)]
    lab = subprocess.Popen(
        command,
        env=full_environment(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        assert _until(lambda: httpx.get(f"http://127.0.0.1:{port}/api", timeout=5).status_code == 200), _tail(lab)
        folder = next(p for p in (tmp_path / "runs" / "acme").iterdir() if p.name[:1] == "2")
        copies = sorted(p.name for p in folder.glob("*.ipynb"))
        assert copies == sorted(p.name for p in (ROOT / "notebooks").glob("*.ipynb"))
        cells = json.loads((folder / "08_persons.ipynb").read_text(encoding="utf-8"))["cells"]
        filled = next(c for c in cells if "parameters" in c["metadata"].get("tags", []))
        assert repr(str(path.resolve())) in "".join(filled["source"])
    finally:
        lab.send_signal(signal.SIGTERM)
        code = lab.wait(timeout=60)
    assert code == 0
    assert _until(lambda: _refuses(port)), "the server ends with the command"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(true: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if true():
                return True
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    return False


def _refuses(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/api", timeout=2)
    except httpx.ConnectError:
        return True
    return False


def _tail(process: subprocess.Popen[bytes]) -> str:
    process.kill()
    return process.communicate()[0].decode()[-2000:]


# Errors are plain


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "absent.yaml"), "no such parameters file"),
        (("run", "absent.yaml", "--to", "99"), "no such phase"),
        (("confirm", "absent.yaml", "mapping", "--by", "Ada"), "no such parameters file"),
        (("confirm", "absent.yaml", "nonsense", "--by", "Ada"), "no such gate"),
        (("verify", "absent"), "no such run folder"),
        (("propose", "absent.tsv"), "no such file"),
        (("purge", "absent.yaml", "--by", " "), "name of the person"),
        (("rollback", "absent.yaml"), "--plan"),
    ],
)
def test_each_mistake_is_one_plain_line(arguments: tuple[str, ...], says: str) -> None:
    ended = _here(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err
    assert len(ended.err.strip().splitlines()) == 1


def test_a_traceback_only_with_debug() -> None:
    assert "Traceback" in nrpd("--debug", "run", "absent.yaml").err
