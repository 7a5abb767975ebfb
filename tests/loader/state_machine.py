"""Issue "Exactly once", Show 1: whatever happens in whatever order, nothing is doubled, lost, or taken from people.

    python -m tests.loader.state_machine --examples 500

Hypothesis makes up sequences of: a run, a run that is killed at some write (`os._exit` in a process of its own), a run
over a failing network, edits by people in the account, changes in the source (a delta), a rollback, a rollback that is
killed. After each step the account is looked at from outside, and held against the journal and against a model of what
people did. The customer is `tiny.py`, the commands are `worker.py`: no notebooks, all else as it is.
"""

from __future__ import annotations

import argparse
import atexit
import functools
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from nrpd.pipedrive.records import SUPPRESSION_FIELDS
from nrpd.sandbox import Sandbox
from tests.loader import tiny
from tests.loader.worker import KILLED, Kill, Workers
from tests.support import small

VARIABLE, TOKEN = "NRPD_MACHINE_TOKEN", "0123456789abcdef" * 3
STATUS = SUPPRESSION_FIELDS[0]
IDS = "Net-Results ID"
RECORDS = ("persons", "organizations", "deals", "activities", "notes")
ENTITY = {"persons": "person", "organizations": "organization", "activities": "activity", "notes": "note"}
FAULTS = ("lost=0.15", "reset=0.15", "error=0.1,html=0.1", "lost=0.1,reset=0.1,slow=0.1:0.05")
kills = st.builds(Kill, st.integers(1, 30), st.booleans())
EXAMPLES, TELL_EVERY = "examples", 25
steps: Counter[str] = Counter()
"""What was done, over all examples."""


@functools.cache
def workers() -> Workers:
    """One for all examples."""
    return Workers()


@functools.cache
def template() -> Path:
    """The customer before anything was written: the phases that only look are done. Made once."""
    folder = Path(tempfile.mkdtemp(prefix="nrpd-machine-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    tiny.Source.base().write(folder / "export")
    before = tiny.fixture(folder / "account.json")
    with Sandbox(folder / "account.sqlite", token=TOKEN, burst=False, plan="ultimate", fixture=before) as box:
        code, message = workers().ended(parameters(folder, box), {VARIABLE: TOKEN}, "look", None)
        assert code == 0, message
    return folder


def parameters(folder: Path, box: Sandbox) -> Path:
    """Writes the parameters file."""
    destination = {"kind": "pipedrive", "base_url": box.base_url, "token_env": VARIABLE}
    return small.parameters(folder, "tiny", destination=destination, gates="auto")


class Migration(RuleBasedStateMachine):
    """One customer, one account, people who work in it, and nrpd that is interrupted."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="nrpd-example-"))
        shutil.copytree(template(), self.folder, dirs_exist_ok=True)
        self.box = Sandbox(self.folder / "account.sqlite", token=TOKEN, burst=False, plan="ultimate")
        self.box.start()
        self.path = parameters(self.folder, self.box)
        self.source, self.changes = tiny.Source.base(), 0
        self.before = self.box.export()
        self.edits: dict[tuple[str, int], dict[str, Any]] = {}
        """(kind, id) → what people wrote there."""
        self.made: set[tuple[str, int]] = set()
        """Records that people made."""
        self.http = httpx.Client(base_url=self.box.base_url, headers={"x-api-token": TOKEN}, timeout=30)
        self.finished = ""
        """`run` or `rollback`, where that was the last thing and it came to its end."""

    def teardown(self) -> None:
        self.http.close()
        self.box.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        steps[EXAMPLES] += 1
        if steps[EXAMPLES] % TELL_EVERY == 0:
            sys.stdout.write(f"{steps[EXAMPLES]} examples so far\n")
            sys.stdout.flush()

    # What happens

    @initialize(kill=st.none() | kills)
    def first_run(self, kill: Kill | None) -> None:
        self._command("run", kill)

    @rule()
    def run(self) -> None:
        self._command("run", None)

    @rule(kill=kills)
    def run_killed(self, kill: Kill) -> None:
        self._command("run", kill)

    @rule(faults=st.sampled_from(FAULTS), seed=st.integers(0, 99))
    def run_over_a_failing_network(self, faults: str, seed: int) -> None:
        self.box.set_faults(f"{faults},seed={seed}")
        self._command("run", None, faulty=True)
        self.box.set_faults("")

    @rule()
    def roll_back(self) -> None:
        self._command("rollback", None)

    @rule(kill=st.builds(Kill, st.integers(1, 15), st.booleans()))
    def roll_back_killed(self, kill: Kill) -> None:
        self._command("rollback", kill)

    @rule(pick=st.integers(0, 99), kind=st.sampled_from(("persons", "organizations")))
    def people_rename(self, pick: int, kind: str) -> None:
        records = self.box.export()[kind]
        record = records[pick % len(records)]
        self.changes += 1
        self._edit(kind, record["id"], {"name": f"Renamed {self.changes}"})

    @rule(pick=st.integers(0, 99))
    def people_make_a_deal(self, pick: int) -> None:
        persons = self.box.export()["persons"]
        self.changes += 1
        body = {"title": f"Theirs {self.changes}", "person_id": persons[pick % len(persons)]["id"]}
        self.made.add(("deals", self._api("POST", "/api/v2/deals", body)["id"]))

    @rule(pick=st.integers(0, 99))
    def people_add_a_person(self, pick: int) -> None:
        firms = self.box.export()["organizations"]
        self.changes += 1
        body = {"name": f"Theirs {self.changes}", "org_id": firms[pick % len(firms)]["id"]}
        self.made.add(("persons", self._api("POST", "/api/v2/persons", body)["id"]))

    @rule(pick=st.integers(0, 99), what=st.sampled_from(("phone", "score", "new", "suppress", "firm")))
    def the_source_changes(self, pick: int, what: str) -> None:
        contacts = self.source.rows["contacts"]
        self.changes += 1
        number = sorted(contacts)[pick % len(contacts)]
        if what == "phone":
            contacts[number][5] = f"(303) 555-02{self.changes:02}"
        elif what == "score":
            contacts[number][6] = str(100 + self.changes)
        elif what == "suppress":
            self.source.suppress(tiny.address(number))
        elif what == "firm":
            self.source.rows["accounts"]["202"][2] = f"City {self.changes}"
        else:
            self.source.add_contact(str(300 + self.changes))
        shutil.rmtree(self.folder / "later", ignore_errors=True)
        self.source.write(self.folder / "later")
        content = yaml.safe_load(self.path.read_text(encoding="utf-8"))
        content["source"]["delta_export"] = {"path": "later", "kind": "full"}
        self.path.write_text(yaml.safe_dump(content), encoding="utf-8")
        self.finished = ""

    # Means

    def _command(self, what: str, kill: Kill | None, *, faulty: bool = False) -> None:
        code, message = workers().ended(self.path, {VARIABLE: TOKEN}, what, kill)
        nothing = what == "rollback" and "no write that could be undone" in message
        steps[f"{what}, {'killed' if code == KILLED else 'faulty' if faulty else 'to its end'}"] += 1
        allowed = {0} | ({KILLED} if kill else set()) | ({1, 4} if faulty else set()) | ({2} if nothing else set())
        assert code in allowed, f"{what} ended with {code}: {message}"
        self.finished = what if code == 0 else "rollback" if nothing and not self._known_writes() else ""

    def _known_writes(self) -> int:
        return len(self._query("SELECT 1 FROM records WHERE state = 'live'"))

    def _edit(self, kind: str, identity: int, values: dict[str, Any]) -> None:
        # An account's times have no parts of a second, and people are never as quick as to change a record in the very
        # second in which nrpd wrote it.
        time.sleep(1 - time.time() % 1)
        self._api("PATCH", f"/api/v2/{kind}/{identity}", values)
        self.edits.setdefault((kind, identity), {}).update(values)
        steps["edit"] += 1

    def _api(self, method: str, path: str, body: Any) -> dict[str, Any]:
        answer = self.http.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return dict(answer.json()["data"])

    def _query(self, statement: str, *values: Any) -> list[Any]:
        journal = self.folder / "runs" / "tiny" / "journal.sqlite"
        if not journal.exists():
            return []
        with sqlite3.connect(journal) as connection:
            found = connection.execute(statement, values).fetchall()
        connection.close()
        return found

    # What must hold

    @invariant()
    def nothing_is_doubled_or_lost_or_taken_from_people(self) -> None:
        held = self.box.export()
        self._no_duplicate(held)
        self._people_keep_theirs(held)
        self._account_is_known_to_the_journal(held)
        if self.finished == "run":
            self._everything_arrived(held)
        if self.finished == "rollback":
            self._as_before(held)
        self.finished = ""

    def _no_duplicate(self, held: Mapping[str, Any]) -> None:
        for kind in ("persons", "organizations"):
            ids = Counter(i for r in held[kind] for i in _ids(r))
            assert not [i for i, n in ids.items() if n > 1], f"{kind} twice: {ids}"
        sends = Counter(_send_of(a) for a in held["activities"])
        assert not [i for i, n in sends.items() if i and n > 1], f"sends twice: {sends}"
        notes = Counter(n["content"] for n in held["notes"])
        assert set(notes.values()) <= {1}, f"notes twice: {notes}"

    def _people_keep_theirs(self, held: Mapping[str, Any]) -> None:
        for (kind, identity), values in self.edits.items():
            record = next((r for r in held[kind] if r["id"] == identity), None)
            assert record is not None, f"{kind} {identity} is gone, which people changed to {values}"
            assert {k: record.get(k) for k in values} == values, f"{kind} {identity} lost {values}"
        for kind, identity in self.made:
            assert any(r["id"] == identity for r in held[kind]), f"{kind} {identity} of people is gone"
        for kind in RECORDS:
            gone = {r["id"] for r in self.before[kind]} - {r["id"] for r in held[kind]}
            assert not gone, f"{kind} {gone} were there before and are gone"

    def _account_is_known_to_the_journal(self, held: Mapping[str, Any]) -> None:
        known = {(e, i) for e, i in self._query("SELECT entity, dest_id FROM records")}
        open_ = self._query("SELECT entity FROM writes WHERE state IN ('sent', 'unknown')")
        for kind, entity in ENTITY.items():
            theirs = {r["id"] for r in self.before[kind]} | {i for k, i in self.made if k == kind}
            strange = [r["id"] for r in held[kind] if r["id"] not in theirs and (entity, str(r["id"])) not in known]
            assert len(strange) <= sum(row[0] == entity for row in open_), f"{kind} {strange} nobody knows of"

    def _everything_arrived(self, held: Mapping[str, Any]) -> None:
        assert self._query("SELECT entity, source_id FROM writes WHERE state IN ('planned', 'sent', 'unknown')") == []
        persons = {i: r for r in held["persons"] for i in _ids(r)}
        firms = {i: r for r in held["organizations"] for i in _ids(r)}
        assert persons.keys() == self.source.rows["contacts"].keys()
        assert firms.keys() == self.source.rows["accounts"].keys()
        assert {_send_of(a) for a in held["activities"]} - {""} == self.source.rows["email_sends"].keys()
        assert len(held["notes"]) == len(self.source.rows["notes"])
        for number, row in self.source.rows["contacts"].items():
            custom = persons[number].get("custom_fields", {})
            assert str(custom.get("Lead Score")) == row[6], f"contact {number}"
            assert persons[number]["org_id"] == firms[row[4]]["id"] or persons[number]["id"] == 1
            assert bool(custom.get(STATUS)) == (row[1] in self.source.suppressed), f"contact {number}"
        live = self._query("SELECT entity, dest_id FROM records WHERE state = 'live'")
        there = {(entity, str(r["id"])) for kind, entity in ENTITY.items() for r in held[kind]}
        assert [row for row in live if row[0] in ENTITY.values() and tuple(row) not in there] == []

    def _as_before(self, held: Mapping[str, Any]) -> None:
        """Nothing of nrpd's is left but what people changed, or hung something of theirs on."""
        assert self._query("SELECT entity FROM records WHERE state = 'live'") == []
        for kind in RECORDS:
            for old in self.before[kind]:
                now = next(r for r in held[kind] if r["id"] == old["id"])
                changed = self.edits.get((kind, old["id"]), {})
                assert _plain(now) == _plain(old) | _plain(changed) | _derived(now, changed), f"{kind} {old['id']}"
        stay = set(self.edits) | self.made
        deals = [d for d in held["deals"] if ("deals", d["id"]) in self.made]
        stay |= {("persons", d["person_id"]) for d in deals}
        stay |= {("organizations", d["org_id"]) for d in deals if d.get("org_id")}
        stay |= {("organizations", p["org_id"]) for p in held["persons"] if p.get("org_id")}
        stay |= {(kind, r["id"]) for kind in RECORDS for r in self.before[kind]}
        left = {(kind, r["id"]) for kind in RECORDS for r in held[kind]}
        assert left - stay == set(), "left, although nobody touched it"
        used = {n for kind in ("persons", "organizations") for r in held[kind] for n in r.get("custom_fields", {})}
        for kind in ("person_fields", "organization_fields"):
            fields = {f["field_name"] for f in held[kind]} - {f["field_name"] for f in self.before[kind]}
            assert fields <= used, f"{fields - used} are used by nobody"


def _ids(record: Mapping[str, Any]) -> list[str]:
    text = str(record.get("custom_fields", {}).get(IDS, ""))
    return [part for part in text.split("; ") if part]


def _send_of(activity: Mapping[str, Any]) -> str:
    found = re.search(r"send ID: (\w+)", str(activity.get("note", "")))
    return found[1] if found else ""


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """Without times, counts of the account and suppression values."""
    passing = ("update_time", "option_ids", "last_timeline_activity_time")
    kept = {k: v for k, v in record.items() if k not in passing and v not in (None, "", [], {})}
    custom = {k: v for k, v in kept.pop("custom_fields", {}).items() if k not in SUPPRESSION_FIELDS}
    return kept | ({"custom_fields": custom} if custom else {})


def _derived(now: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """First and last name follow the name."""
    return {k: now[k] for k in ("first_name", "last_name") if k in now} if "name" in changed else {}


def check(examples: int, steps_per_example: int = 6) -> None:
    """Runs the machine."""
    run_state_machine_as_test(
        Migration,
        settings=settings(
            max_examples=examples, stateful_step_count=steps_per_example, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate,), print_blob=True,
        ),
    )  # fmt: skip


def main() -> int:
    """Runs it from the command line."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--examples", type=int, default=500)
    asked.add_argument("--steps", type=int, default=8)
    options = asked.parse_args()
    began = time.monotonic()
    check(options.examples, options.steps)
    examples = steps.pop(EXAMPLES)
    done = ", ".join(f"{what}: {n}" for what, n in sorted(steps.items()))
    sys.stdout.write(f"{examples} examples in {time.monotonic() - began:.0f} s, all invariants held. {done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
