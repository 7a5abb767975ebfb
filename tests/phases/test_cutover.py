"""The rows of the later export: each in exactly one bucket of the cutover, whatever staging kept out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from nrpd.journal import RowOutcome
from nrpd.netresults.records import address_hash
from nrpd.netresults.staging import stage
from nrpd.phases.delta_rows import counted_now, of_delta
from nrpd.phases.source import tables_of
from tests.netresults.support import Settings, write

SUPPRESSIONS = "email,reason\na@x.example,x\ntorn@x.example,x,y\na@x.example,x\ngone@x.example,x\n"


def test_every_suppression_of_the_later_export_is_counted_once(tmp_path: Path) -> None:
    write(tmp_path / "export", "unsubscribes.csv", SUPPRESSIONS)
    erased = frozenset({address_hash("gone@x.example")})
    staged = stage(Settings(tmp_path / "export", erased=erased), tmp_path / "staged")
    seen = [
        RowOutcome("suppressions", "base.csv:2", "updated"),
        RowOutcome("suppressions", "unsubscribes.csv:2", "updated"),
        RowOutcome("suppressions", "unsubscribes.csv:3", "quarantined", "3 cells where the header has 2"),
        RowOutcome("suppressions", "erased:0", "skipped", "erased"),
        RowOutcome("suppressions", "erased:1", "skipped", "erased"),
    ]
    found = of_delta(seen, staged)
    assert Counter((o.outcome, o.reason) for o in found) == {
        ("updated", ""): 1, ("quarantined", "3 cells where the header has 2"): 1, ("skipped", "same row"): 1,
        ("skipped", "erased"): 1,
    }  # fmt: skip
    assert len(found) == staged.source_rows["suppressions"]


def test_without_a_later_export_the_cutover_counts_no_row_of_the_base_again(tmp_path: Path) -> None:
    seen = [
        RowOutcome("suppressions", "unsubscribes.csv:2", "updated"),
        RowOutcome("suppressions", "base.csv:2", "updated"),
        RowOutcome("suppressions", "same row:0", "skipped", "same row"),
    ]
    assert counted_now(seen, None) == []
    write(tmp_path / "export", "unsubscribes.csv", SUPPRESSIONS)
    later = tables_of(stage(Settings(tmp_path / "export"), tmp_path / "staged"))
    assert counted_now(seen, later) == [seen[0], seen[2]]
