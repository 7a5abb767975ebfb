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


def test_it_does_beside_rows_that_are_read_by_their_flags_and_for_all_its_addresses() -> None:
    flags = {"email": "stays@acme.example", "unsubscribed": "no", "row_file": "out.csv", "row_line": "2"}
    asked = {**flags, "email": "asked@acme.example", "unsubscribed": "yes", "row_line": "3"}
    two = Quarantined("suppressions", "", "torn@acme.example; other@acme.example", "out.csv", 7, "4 cells")
    found = _keys(Tables({"suppressions": [flags, asked]}, [two], {}, {}))
    assert found == {"asked@acme.example", "torn@acme.example", "other@acme.example"}


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
