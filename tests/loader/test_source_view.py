"""The source under a delta: what was kept out of the base still suppresses."""

from __future__ import annotations

import pytest

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


OVERLAID = [
    # shown, row of the base, row of the delta → what stands after it
    ("blank changes nothing", {"first_name": "Ann", "city": "Bern"}, {"first_name": "", "city": "Chur"},
     {"first_name": "Ann", "city": "Chur"}),
    ("no column changes nothing", {"first_name": "Ann", "city": "Bern"}, {"city": "Bern"},
     {"first_name": "Ann", "city": "Bern"}),
    ("another company", {"company_id": "7", "company_name": "Old"}, {"company_id": "", "company_name": "New"},
     {"company_id": "", "company_name": "New"}),
    ("the same company", {"company_id": "7", "company_name": "Old"}, {"company_id": "", "company_name": ""},
     {"company_id": "7", "company_name": "Old"}),
    ("a date is read as its own file has it", {"Renewal": "05/04/2021"}, {"Renewal": ""}, {"Renewal": ""}),
    ("a time too", {"Renewal": "05/04/2021, 9:15 PM"}, {"Renewal": ""}, {"Renewal": ""}),
    ("a phone is no date", {"work_phone": "06.12.34.56.78"}, {"work_phone": ""}, {"work_phone": "06.12.34.56.78"}),
    ("a street is no date", {"address_1": "1-2-3 Chome"}, {"address_1": ""}, {"address_1": "1-2-3 Chome"}),
]  # fmt: skip


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize(("shown", "before", "later", "after"), OVERLAID, ids=[case[0] for case in OVERLAID])
def test_a_blank_of_the_later_export_says_nothing(
    shown: str, before: dict[str, str], later: dict[str, str], after: dict[str, str], full: bool
) -> None:
    base, delta = (Tables({"contacts": [{"contact_id": "1", **row}]}, [], {}, {}) for row in (before, later))
    (row,) = overlay(base, delta, {"contacts": "contact_id"}, full=full).of("contacts")
    assert row == {"contact_id": "1", **after}
