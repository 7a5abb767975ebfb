"""The source under a delta: what was kept out of the base still suppresses."""

from __future__ import annotations

from nrpd.loader.source_view import SourceView, Tables, overlay
from nrpd.mapping.convert import Context
from nrpd.netresults.records import ID_COLUMN, Quarantined

TORN = Quarantined("suppressions", "", "torn@acme.example", "out.csv", 7, "3 cells where the header has 4")
OPTED = {"email": "late@acme.example", "row_file": "delta.csv", "row_line": "2"}


def _keys(tables: Tables) -> set[str]:
    return set(SourceView(tables, (), (), Context()).ledger.entries)


def test_a_torn_suppression_row_suppresses() -> None:
    assert _keys(Tables({}, [TORN], {}, {})) == {"torn@acme.example"}


def test_it_still_does_under_a_delta_that_knows_nothing_of_it() -> None:
    base = Tables({}, [TORN], {}, {})
    for full in (True, False):
        after = overlay(base, Tables({"suppressions": [OPTED]}, [], {}, {}), ID_COLUMN, full=full)
        assert _keys(after) == {"torn@acme.example", "late@acme.example"}
        assert after.quarantined == []


def test_a_contact_that_the_delta_no_longer_calls_unsubscribed_stays_suppressed() -> None:
    row = {"contact_id": "1", "email": "kim@acme.example", "row_file": "c.csv", "row_line": "2"}
    base = Tables({"contacts": [{**row, "unsubscribed": "yes"}]}, [], {}, {})
    after = overlay(base, Tables({"contacts": [{**row, "unsubscribed": ""}]}, [], {}, {}), ID_COLUMN, full=False)
    assert _keys(after) == {"kim@acme.example"}
