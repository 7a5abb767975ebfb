"""Customers as the end-to-end tests see them: a parameters file, its runs folder, and the command line as a process."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from nrpd.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
PHASES = (
    "01_discovery", "02_mapping", "03_owners", "04_schema", "05_suppression", "06_sample", "07_organizations",
    "08_persons", "09_activities", "10_suppression_pass", "11_cutover", "12_handover",
)  # fmt: skip
TOKEN_VARIABLE = "NRPD_E2E_TOKEN"
TOO_LONG = 600.0
"""Seconds after which a command counts as hanging; nothing is measured by it."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str = field(repr=False)
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        return dict(json.loads(self.out))


@dataclass(frozen=True)
class Customer:
    """One customer: its parameters file, and what it holds."""

    parameters: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> dict[str, Any]:
        return dict(yaml.safe_load(self.parameters.read_text(encoding="utf-8")))

    @property
    def runs_root(self) -> Path:
        return Path(self.content["runs_root"])

    @property
    def folder(self) -> Path:
        return self.runs_root / str(self.content["customer"])

    @property
    def store(self) -> Path:
        """The store of the customer's own sandbox."""
        return self.folder / "sandbox.sqlite"

    def run_folders(self) -> list[Path]:
        return sorted(path.parent for path in self.folder.glob("*/html"))

    def command(self, verb: str, *arguments: str, debug: bool = False) -> list[str]:
        return [sys.executable, "-m", "nrpd", *(["--debug"] if debug else []), verb, str(self.parameters), *arguments]

    def nrpd(self, verb: str, *arguments: str, debug: bool = False) -> Ended:
        """Runs one command to its end."""
        made = subprocess.run(
            self.command(verb, *arguments, debug=debug), capture_output=True, text=True, check=False, timeout=TOO_LONG,
            env={**os.environ, **self.environment},
        )  # fmt: skip
        return Ended(made.returncode, made.stdout, made.stderr)

    def start(self, verb: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Starts one command in a process group of its own."""
        return subprocess.Popen(
            self.command(verb, *arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, **self.environment}, start_new_session=True,
        )  # fmt: skip

    def copy(self, folder: Path, **destination: Any) -> Customer:
        """The same customer with all that it holds, under another folder, so that a test may change it."""
        shutil.copytree(self.runs_root, folder / "runs", ignore=shutil.ignore_patterns("kernel-ipc-*"))
        content = self.content
        content["runs_root"] = str(folder / "runs")
        content["destination"] |= destination
        path = folder / self.parameters.name
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return Customer(path, self.environment)

    # Reading

    def export(self) -> dict[str, Any]:
        """What the customer's own sandbox holds."""
        return Sandbox(self.store).export()

    def query(self, statement: str, *values: Any) -> list[Any]:
        """Rows of the journal, read while others may write it."""
        with sqlite3.connect(f"file:{self.folder / 'journal.sqlite'}?mode=ro", uri=True, timeout=30) as connection:
            found = connection.execute(statement, values).fetchall()
        connection.close()
        return found

    def writes(self, phase: str, *states: str) -> int:
        """How many writes of a phase are in one of these states."""
        marks = ", ".join("?" * len(states))
        return int(
            self.query(f"SELECT count(*) FROM writes WHERE phase = ? AND state IN ({marks})", phase, *states)[0][0]
        )


def demo(folder: Path) -> Customer:
    """The demo with a runs folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    origin = ROOT / "parameters"
    content = yaml.safe_load((origin / "demo.yaml").read_text(encoding="utf-8"))
    content["runs_root"] = str(folder / "runs")
    content["source"]["export"] = str(origin / content["source"]["export"])
    content["source"]["delta_export"]["path"] = str(origin / content["source"]["delta_export"]["path"])
    content["destination"]["fixture"] = str(origin / content["destination"]["fixture"])
    path = folder / "demo.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return Customer(path)


def small(folder: Path, export: Path, base_url: str, token: str) -> Customer:
    """The small customer, whose account is a Pipedrive (here: one on loopback) that lives on when nrpd is killed."""
    content = {
        "customer": "small",
        "runs_root": str(folder / "runs"),
        "source": {
            "export": str(export), "timezone": "America/Denver", "erased": str(export.with_name("erased.txt")),
        },
        "destination": {
            "kind": "pipedrive", "base_url": base_url, "token_env": TOKEN_VARIABLE, "plan": "premium", "seats": 5,
        },
        "policies": {"sample_size": 100},
        "gates": "auto",
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return Customer(path, {TOKEN_VARIABLE: token})


def wait_for(what: str, true: Any, seconds: float = 240.0, pause: float = 0.005) -> None:
    """Waits until `true()`; fails naming what did not come."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:.0f} seconds still not: {what}")
        time.sleep(pause)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the command and everything it started. Kernels have process groups of their own, so each is named."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for member in family:
        member.send_signal(signal.SIGKILL)
    process.wait()
    psutil.wait_procs(family, timeout=20)


def unknown_outcomes(customer: Customer) -> list[dict[str, str]]:
    """The newest `reports/unknown_outcomes.csv`."""
    path = customer.run_folders()[-1] / "reports" / "unknown_outcomes.csv"
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


# What an account holds, without what differs between two equal migrations

PASSING = (
    "id",
    "update_time",
    "field_code",
    "option_ids",
    "url",
    "remote_location",
    "log_time",
    "last_timeline_activity_time",
)


def picture(export: Mapping[str, Any], since: str) -> dict[str, Counter[str]]:
    """What an account holds, as counted lines per kind: records by their names, without ids, codes and the times of
    the writing. Two accounts that hold the same have equal pictures, and a duplicate shows as a count of two.

    `since`: RFC 3339; creation times from then on are the moment of the writing, and not compared."""
    names = {
        "org_id": {r["id"]: r["name"] for r in export["organizations"]},
        "person_id": {r["id"]: _name(r) for r in export["persons"]},
        "deal_id": {r["id"]: r["title"] for r in export["deals"]},
    }
    kinds = ("organizations", "persons", "deals", "activities", "notes", "files", "organization_relationships",
             "person_fields", "organization_fields", "deal_fields", "activity_types", "pipelines")  # fmt: skip
    return {kind: Counter(json.dumps(_stable(r, names, since), sort_keys=True) for r in export[kind]) for kind in kinds}


def _name(person: Mapping[str, Any]) -> str:
    return f"{person['name']} {[e['value'] for e in person.get('emails', ())]}"


def _stable(value: Any, names: Mapping[str, Mapping[Any, str]], since: str) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _linked(key, item, names, since)
            for key, item in value.items()
            if key not in PASSING and not (key.endswith("_time") and str(item) >= since)
        }
    if isinstance(value, list):
        return sorted(
            (_stable(item, names, since) for item in value), key=lambda item: json.dumps(item, sort_keys=True)
        )
    return value


def _linked(key: str, value: Any, names: Mapping[str, Mapping[Any, str]], since: str) -> Any:
    if key in ("rel_owner_org_id", "rel_linked_org_id", "org_id"):
        number = value.get("value", value.get("id")) if isinstance(value, Mapping) else value
        return names["org_id"].get(number, number)
    if key in names and not isinstance(value, Mapping | list):
        return names[key].get(value, value)
    return _stable(value, names, since)


def difference(one: Mapping[str, Counter[str]], other: Mapping[str, Counter[str]]) -> list[str]:
    """The lines that two pictures do not share."""
    found = []
    for kind in one:
        found += [f"{kind}, only in the first ({n}): {line}" for line, n in (one[kind] - other[kind]).items()]
        found += [f"{kind}, only in the second ({n}): {line}" for line, n in (other[kind] - one[kind]).items()]
    return found


# Figures

OUTCOMES = ("created", "updated", "adopted", "unchanged")
WRITTEN = ("created", "updated", "adopted")


def lines_of(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(phase/object, its figures) of a `--json` document."""
    for phase, objects in document["phases"].items():
        for name, line in objects.items():
            yield f"{phase}/{name}", line


def unbalanced(document: Mapping[str, Any]) -> list[str]:
    """Objects whose `source` is not the sum of its outcomes."""
    found = []
    for name, line in lines_of(document):
        total = sum(line[o] for o in OUTCOMES) + sum(line["skipped"].values()) + sum(line["quarantined"].values())
        if total != line["source"]:
            found.append(f"{name}: source {line['source']}, outcomes {total}")
    return found
