"""A later export whose files have the names that the base's files have: rows are not taken for each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from nrpd.journal import RowOutcome
from nrpd.matching import suppression
from nrpd.matching.owners import OwnerDecision
from nrpd.netresults.records import SourceField
from nrpd.parameters import load
from nrpd.phases import undecided
from nrpd.phases.delta_rows import as_moved
from nrpd.phases.source import (
    fields_with_delta,
    profile_fields,
    stage_base,
    stage_delta,
    tables_of,
    tables_with_delta,
)
from nrpd.workspace import Workspace
from tests.netresults.support import write

PARAMETERS = """
customer: acme
runs_root: runs
source:
  export: export
  delta_export: {path: later, kind: changed_since}
  timezone: UTC
  files: {suppressions: optouts.csv}
destination: {kind: sandbox, plan: growth, seats: 1}
gates: auto
"""


@pytest.fixture
def customer(tmp_path: Path) -> Path:
    """Both exports have contacts.csv, days first in one and months first in the other, and suppressions.csv."""
    (tmp_path / "acme.yaml").write_text(PARAMETERS, encoding="utf-8")
    write(
        tmp_path / "export",
        "contacts.csv",
        "contact_id,email,first_name,Renewal\n1,a@x.example,A,25/04/2021\n2,b@x.example,B,\n",
    )
    write(tmp_path / "export", "optouts.csv", "email,unsubscribed\nno@x.example,no\nyes@x.example,yes\n")
    write(tmp_path / "later", "contacts.csv", "contact_id,email,first_name,Renewal\n3,c@x.example,C,04/25/2022\n")
    write(tmp_path / "later", "optouts.csv", "email,reason\nlate@x.example,Unsubscribed\n")
    return tmp_path / "acme.yaml"


def test_files_of_one_name_are_kept_apart(customer: Path) -> None:
    parameters = load(customer)
    workspace = Workspace(parameters)
    base = stage_base(parameters, workspace)
    delta = stage_delta(parameters, workspace)
    assert delta is not None
    tables = tables_with_delta(parameters, workspace, delta)
    places = [(row["row_file"], row["row_line"]) for row in tables.of("contacts")]
    assert len(set(places)) == 3
    assert all(file.startswith("later") for file, _ in places if file != "contacts.csv")
    fields = fields_with_delta(profile_fields(base, parameters.source), profile_fields(delta[0], parameters.source))
    orders = next(field.date_orders for field in fields if field.column == "Renewal")
    assert sorted(orders.values()) == ["dmy", "mdy"]
    ledger = suppression.ledger(tables.of("suppressions"), [], lambda row, column: None)
    assert sorted(ledger.entries) == ["late@x.example", "yes@x.example"], "`no` still means not opted out"
    again = stage_delta(parameters, workspace)
    assert again is not None
    assert again[0].rows("contacts") == delta[0].rows("contacts"), "also where it was staged before"
    assert tables_of(base).of("contacts")[0]["row_file"] == "contacts.csv"


def test_a_row_of_the_delta_counts_by_what_it_changed() -> None:
    def row(object_: str, place: str, outcome: str, reason: str = "", source_id: str = "") -> RowOutcome:
        return RowOutcome(object_, place, outcome, reason, source_id)

    base = [row("email_sends", "sends.csv:2", "updated", source_id="s1"),
            row("email_sends", "sends.csv:3", "unchanged", source_id="s2")]  # fmt: skip
    mine = [
        row("email_sends", "later/sends.csv:2", "skipped", "merged", "s1"),
        row("email_sends", "later/sends.csv:3", "skipped", "merged", "s2"),
        row("email_sends", "later/sends.csv:4", "created", source_id="s3"),
        row("email_sends", "later/sends.csv:5", "skipped", "unknown contact", "s4"),
        row("campaigns", "later/campaigns.csv:2", "created"),
        row("campaigns", "later/campaigns.csv:3", "created"),
    ]
    repeated = {("email_sends", "later/sends.csv:3"), ("campaigns", "later/campaigns.csv:2")}
    found = as_moved(mine, [*base, *mine], repeated)
    assert [r.outcome for r in found] == ["updated", "unchanged", "created", "skipped", "unchanged", "created"]


def test_what_nobody_decided_on_is_named() -> None:
    def column(name: str, *, known: bool = False, filled: int = 1) -> SourceField:
        return SourceField("contacts", name, name.title(), known, 2, filled, 1, "text", 1.0, 3, samples=("abc",))

    base, later = [column("city", known=True), column("shoe")], [column("tier"), column("void", filled=0)]
    found = undecided.new_columns(base, [*base, column("state", known=True), *later])
    assert [(line["object"], line["field"], line["source_value"]) for line in found] == [
        ("contacts", "Tier", "1 values, such as abc")
    ]

    def owner(key: str, *, settled: bool) -> OwnerDecision:
        return OwnerDecision(key, key, key, 1, "default", {"contacts": 3}, "no such user", settled)

    owners = [owner("old@x.example", settled=False), owner("new@x.example", settled=False),
              owner("user@x.example", settled=True), owner("", settled=False)]  # fmt: skip
    (line,) = undecided.new_owners(owners, {"old@x.example"})
    assert line["source_value"] == "new@x.example (3 records)"
