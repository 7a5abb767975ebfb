"""An id in scientific notation is nobody's: a spreadsheet gave many records the same one (failure case X14)."""

from __future__ import annotations

from nrpd.loader.source_view import SourceView, Tables, overlay
from nrpd.mapping.convert import Context
from nrpd.matching.rows import text_of
from nrpd.netresults.records import ID_COLUMN

LOST = "1.2E+10"


def _row(line: int, **cells: str) -> dict[str, str]:
    return {**cells, "row_file": "x.csv", "row_line": str(line)}


PEOPLE = [
    _row(2, contact_id=LOST, email="a@x.example", company_id=LOST, company_name="Acme"),
    _row(3, contact_id=LOST, email="b@x.example", company_id=LOST, company_name="Beta"),
]
FIRMS = [_row(2, company_id=LOST, name="Acme"), _row(3, company_id=LOST, name="Beta")]


def test_records_that_share_a_lost_id_stay_apart() -> None:
    view = SourceView(Tables({"contacts": PEOPLE, "companies": FIRMS}, [], {}, {}), (), (), Context())
    assert [(p.key, p.ids) for p in view.contacts.people] == [("a@x.example", ()), ("b@x.example", ())]
    assert [c.name for c in view.companies.companies] == ["Acme", "Beta"]
    assert [view.company_of(p.values) for p in view.contacts.people] == ["name:acme", "name:beta"]
    assert view.contacts.person_of({"contact_id": LOST}) is None


def test_a_later_export_replaces_nothing_by_a_lost_id() -> None:
    newer = [_row(2, contact_id=LOST, email="c@x.example")]
    after = overlay(
        Tables({"contacts": PEOPLE}, [], {}, {}), Tables({"contacts": newer}, [], {}, {}), ID_COLUMN, full=False
    )
    assert [row["email"] for row in after.of("contacts")] == ["a@x.example", "b@x.example", "c@x.example"]


def test_ids_that_only_look_like_it_are_ids() -> None:
    assert [text_of({"contact_id": text}, "contact_id") for text in ("12E5", "7E10", "+1", "1.2E+10", "4,93E+11")] == [
        "12E5", "7E10", "+1", "", "",
    ]  # fmt: skip
    assert text_of({"title": LOST}, "title") == LOST
