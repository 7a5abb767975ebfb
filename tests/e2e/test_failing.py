"""Issue "Pipedrive", Show 6: over a network that fails, a full run and its rollback end with the right state.

Of each kind of write the first is carried out and gets no answer, the second and third get none and are not carried
out, the fourth is carried out and answered with a web page; of the reads every tenth fails. So each kind of record must
be found again, and be sent again. The phases are those of `nrpd run`, without notebooks around them.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from nrpd import workbench
from nrpd.sandbox import Sandbox
from nrpd.workspace import stamp
from tests.e2e.runs import TOKEN_VARIABLE, Customer, difference, picture, unknown_outcomes
from tests.support import small
from tests.support.failing import Decide, proxied
from tests.support.in_process import phases_here, run

TURNS = ("reset after", "page before", "reset before", "page after", "half")
CREATED = (
    "field", "option", "activity_type", "pipeline", "stage", "organization", "relationship", "person", "activity",
    "note", "file",
)  # fmt: skip
WANTED = {"pipelines": [{"name": "New business", "stages": [{"name": "First"}, {"name": "Second"}]}], "labels": ["New"]}


def in_turn() -> Decide:
    """Faults by turns, for each kind of request anew."""
    met: Counter[str] = Counter()
    reads = count(1)

    def decide(method: str, path: str) -> str:
        if method == "GET":
            return ("page before", "reset after", "error after")[next(reads) % 3] if next(reads) % 10 == 0 else ""
        kind = f"{method} {re.sub(r'/([0-9]+|[0-9a-f]{40})', '/{}', path)}"
        met[kind] += 1
        return TURNS[met[kind] - 1] if met[kind] <= len(TURNS) else ""

    return decide


@dataclass(frozen=True)
class Moved:
    """A migration and its rollback."""

    customer: Customer
    messages: list[str]
    after: dict[str, Counter[str]]
    """The account after the run."""
    back: dict[str, Counter[str]]
    """And after the rollback."""
    listed: list[dict[str, str]]
    met: Counter[str] = field(default_factory=Counter)


def move(folder: Path, decide: Decide) -> Moved:
    """Runs to the end, then rolls back."""
    export(folder / "export")
    fixture, since = small.account(folder / "account.json"), stamp()
    with (
        Sandbox(folder / "account.sqlite", plan="ultimate", burst=False, fixture=fixture) as box,
        proxied(box.base_url, decide) as proxy, pytest.MonkeyPatch.context() as environment, phases_here(),
    ):  # fmt: skip
        environment.setenv(TOKEN_VARIABLE, box.token)
        destination = {"kind": "pipedrive", "base_url": proxy.url, "token_env": TOKEN_VARIABLE}
        path = small.parameters(folder, "failing", destination=destination, gates="auto", schema=WANTED)
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        path.write_text(yaml.safe_dump({**content, "runs_root": str(folder / "runs")}), encoding="utf-8")
        outcome, customer = run(path), Customer(path)
        after = picture(box.export(), since)
        document = workbench.roll_back(path, "Ada", None)
        back = picture(box.export(), since)
    messages = [outcome.message, document["message"]]
    return Moved(customer, messages, after, back, unknown_outcomes(customer), proxy.met)


def export(folder: Path) -> None:
    """The tiny customer, with parents, a deal of a campaign member, notes and files."""
    small.export(folder)
    more: dict[str, list[list[Any]]] = {
        "notes.csv": [["Note ID", "Contact ID", "Text", "Date"]]
        + [[f"n{n}", 100 + n, "The same words", "2025-03-01 09:00:00"] for n in (1, 1, 2, 3, 4, 5, 6)],
        "files.csv": [["File ID", "Contact ID", "Path"]] + [[f"f{n}", 100 + n, "offer.txt"] for n in range(1, 7)],
        "campaign_members.csv": [["Campaign ID", "Contact ID", "Deal Title", "Joined At"]]
        + [["501", 100 + n, "Old deal" if n == 3 else "", "2025-03-02 10:00:00"] for n in range(1, 5)],
    }
    (folder / "offer.txt").write_text("An offer", encoding="utf-8")
    with (folder / "accounts.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.reader(text))
    more["accounts.csv"] = [
        [*row, "Parent Account" if n == 0 else small.COMPANIES[n - 2] if n > 1 else ""] for n, row in enumerate(rows)
    ]
    for name, lines in more.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(lines)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Moved:
    return move(tmp_path_factory.mktemp("undisturbed"), lambda *_: "")


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory: pytest.TempPathFactory) -> Moved:
    return move(tmp_path_factory.mktemp("disturbed"), in_turn())


def test_it_was_disturbed_and_ended_well(disturbed: Moved) -> None:
    assert disturbed.messages == ["", ""]
    assert all(disturbed.met[fault] > 5 for fault in (*TURNS, "error after")), disturbed.met


def test_the_account_is_as_after_an_undisturbed_migration(disturbed: Moved, undisturbed: Moved) -> None:
    assert undisturbed.listed == []
    assert difference(disturbed.after, undisturbed.after) == []


def test_the_rollback_too(disturbed: Moved, undisturbed: Moved) -> None:
    assert difference(disturbed.back, undisturbed.back) == []
    assert sum(disturbed.back["persons"].values()) == 2, "the two who were there before"


def test_each_kind_of_write_is_listed_with_how_it_was_resolved(disturbed: Moved) -> None:
    seen = {(row["verb"], row["entity"], row["resolution"]) for row in disturbed.listed}
    found, again = "found in the account", "not there: sent again"
    for kind in CREATED:
        assert ("create", kind, found) in seen, kind
        assert ("delete", kind, found) in seen, kind
    for kind in ("field", "organization", "person", "activity", "note", "file", "relationship"):
        assert ("create", kind, again) in seen, kind
        assert ("delete", kind, again) in seen, kind
    assert {("adopt", "organization", found), ("adopt", "person", found), ("adopt", "deal", found)} <= seen
    assert {("restore", "person", found), ("restore", "deal", found)} <= seen


def test_every_line_is_whole(disturbed: Moved) -> None:
    told = disturbed.customer.query("SELECT count(DISTINCT write_id) FROM events WHERE state = 'unknown'")[0][0]
    assert len(disturbed.listed) == told > 50
    for row in disturbed.listed:
        assert all(row[name] for name in row), row
