"""Excel: typed cells are the text that a person sees; sheets, hidden ones, formulas and what only looks like Excel."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nrpd.errors import BadInput
from nrpd.netresults.staging import Staged, stage
from nrpd.netresults.workbooks import sheets_of
from tests.netresults.support import Settings, write


def _book(path: Path, sheets: dict[str, list[list[Any]]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return book


def _stage(tmp_path: Path, **more: Any) -> Staged:
    return stage(Settings(tmp_path / "export", **more), tmp_path / "staged")


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (7.0, "General", "7"),
        (7, "0", "7"),
        (2138, "00000", "02138"),
        (2138, "00000;@", "02138"),
        (49301234567, "0000000000000", "0049301234567"),
        (5550100, "000-0000", "5550100"),
        (1234.5, "#,##0.00", "1234.5"),
        (0.1, "0%", "0.1"),
        (12345678901234567890.0, "General", "1.23456789012346E+19"),
        (493012345678, "General", "493012345678"),
        (True, "General", "TRUE"),
        (False, "General", "FALSE"),
        ("TRUE", "@", "TRUE"),
        ("02138", "@", "02138"),
        ("Null", "General", "Null"),
        (" x ", "General", " x "),
        (dt.date(2024, 1, 31), "dd/mm/yyyy", "2024-01-31"),
        (dt.datetime(2024, 1, 31), "yyyy-mm-dd hh:mm", "2024-01-31 00:00:00"),
        (dt.datetime(2024, 1, 31, 9, 5), "yyyy-mm-dd hh:mm", "2024-01-31 09:05:00"),
        (dt.time(9, 5), "hh:mm", "09:05:00"),
        (dt.date(2021, 3, 4), "[$-en-US]d-mmm-yy;@", "2021-03-04"),
        (dt.date(2021, 3, 4), '"this is" d mmm yyyy', "2021-03-04"),
        ("b@x.example_x000D_", "@", "b@x.example\r"),
    ],
)
def test_a_typed_cell_is_the_text_that_a_person_sees(tmp_path: Path, value: Any, form: str, text: str) -> None:
    book = _book(tmp_path / "x.xlsx", {"S": [["email", "x"], ["a@x.example", value]]})
    book["S"]["B2"].number_format = form
    book.save(tmp_path / "x.xlsx")
    (sheet,) = sheets_of(tmp_path / "x.xlsx", "x.xlsx")
    assert list(sheet.rows())[1] == (2, ["a@x.example", text])


def test_ids_with_blanks_among_them_stay_ids(tmp_path: Path) -> None:
    _book(
        tmp_path / "export/c.xlsx",
        {"S": [["Contact ID", "Email", "Phone"], [7.0, "a@x.example", None], [None, "b@x.example", 5]]},
    )
    assert [row["contact_id"] for row in _stage(tmp_path).rows("contacts")] == ["7", ""]


def test_sheets_are_tables_of_their_own_and_empty_ones_are_none(tmp_path: Path) -> None:
    sheets = {
        "People": [["Email", "First Name"], ["a@x.example", "Ann"]], "Empty": [], "Blank": [[None, None]],
        "Firms": [["Account ID", "Account Name"], [1, "Acme"]],
    }  # fmt: skip
    _book(tmp_path / "export/all.xlsx", sheets)
    staged = _stage(tmp_path)
    assert {f.path: (f.object, f.rows) for f in staged.files} == {
        "all.xlsx!People": ("contacts", 1), "all.xlsx!Firms": ("companies", 1),
    }  # fmt: skip


def test_a_sheet_of_remarks_is_said_and_one_with_an_address_stops(tmp_path: Path) -> None:
    people = [["Email", "First Name"], ["a@x.example", "Ann"]]
    _book(tmp_path / "export/all.xlsx", {"Read me": [["Made by Bo"], ["", "on Monday"]], "People": people})
    staged = _stage(tmp_path)
    assert [f.path for f in staged.files] == ["all.xlsx!People"]
    assert [(flag.file, flag.kind) for flag in staged.flags] == [("all.xlsx!Read me", "remarks")]
    _book(tmp_path / "export/all.xlsx", {"Out": [["Do not mail"], ["b@x.example"]], "People": people})
    with pytest.raises(BadInput, match=r"all\.xlsx!Out"):
        _stage(tmp_path)


def test_a_hidden_sheet_is_said_and_read_only_where_it_is_named(tmp_path: Path) -> None:
    sheets = {
        "People": [["Email", "First Name"], ["a@x.example", "Ann"]],
        "Old": [["Email", "First Name"], ["b@x.example", "Bo"]],
    }
    book = _book(tmp_path / "export/all.xlsx", sheets)
    book["Old"].sheet_state = "hidden"
    book.save(tmp_path / "export/all.xlsx")
    staged = _stage(tmp_path)
    assert [row["email"] for row in staged.rows("contacts")] == ["a@x.example"]
    assert [(f.file, f.kind) for f in staged.flags] == [("all.xlsx!Old", "hidden")]
    named = _stage(tmp_path, files={"contacts": "Old"})
    assert sorted(row["email"] for row in named.rows("contacts")) == ["a@x.example", "b@x.example"]


def test_formulas_give_their_stored_value_and_without_one_their_row_is_kept_out(tmp_path: Path) -> None:
    path = tmp_path / "export/c.xlsx"
    rows: list[list[Any]] = [
        ["Email", "First Name"],
        ["a@x.example", '=UPPER("ann")'],
        ["b@x.example", '=UPPER("bo")'],
        ["c@x.example", "Cy"],
    ]
    _book(path, {"S": rows})
    _store(path, "B2", "ANN")
    staged = _stage(tmp_path)
    assert [(row["email"], row["first_name"]) for row in staged.rows("contacts")] == [
        ("a@x.example", "ANN"),
        ("c@x.example", "Cy"),
    ]
    ((line, reason),) = [(q.line, q.reason) for q in staged.quarantined]
    assert line == 3
    assert reason.startswith("a formula without a stored value")


def _store(path: Path, cell: str, value: str) -> None:
    """Puts the value beside the formula of a cell, as a spreadsheet does."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet, count = re.subn(
        rf'<c r="{cell}"[^>]*>(<f>.*?</f>)<v ?(?:/>|></v>)</c>', rf'<c r="{cell}" t="str">\1<v>{value}</v></c>',
        parts["xl/worksheets/sheet1.xml"].decode(), count=1,
    )  # fmt: skip
    assert count == 1
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def test_merged_cells_above_the_header_and_in_it(tmp_path: Path) -> None:
    path = tmp_path / "export/c.xlsx"
    rows = [
        ["Person", None, "Place", None],
        ["Email", "First Name", "City", None],
        ["a@x.example", "Ann", "Bonn", "note"],
    ]
    book = _book(path, {"S": rows})
    for cells in ("A1:B1", "C1:D1", "C2:D2"):
        book["S"].merge_cells(cells)
    book.save(path)
    staged = _stage(tmp_path)
    (row,) = staged.rows("contacts")
    assert (row["email"], row["city"], row["column 4"]) == ("a@x.example", "Bonn", "note")
    assert [(f.line, f.detail) for f in staged.flags] == [
        (1, "a row above the header, left out"), (2, "column 4 has no name"),
    ]  # fmt: skip


def test_excel_under_another_name_and_text_called_excel(tmp_path: Path) -> None:
    _book(tmp_path / "one/contacts.csv", {"S": [["Email", "First Name"], ["a@x.example", "Ann"]]})
    write(tmp_path / "two", "contacts.xls", "Email\tFirst Name\na@x.example\tAnn\n")
    for name in ("one", "two"):
        staged = stage(Settings(tmp_path / name), tmp_path / f"staged {name}")
        assert [row["first_name"] for row in staged.rows("contacts")] == ["Ann"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("c.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ("c.xlsx", b"\xd0\xcf\x11\xe0locked"),
        ("c.xls", b"<html><table>"),
    ],
)
def test_forms_of_excel_that_are_not_read_are_said(tmp_path: Path, name: str, data: bytes) -> None:
    write(tmp_path / "export", name, data)
    with pytest.raises(BadInput, match=rf"{name}: this form of Excel is not read. Save it as \.xlsx"):
        _stage(tmp_path)


def test_a_workbook_that_a_files_index_names_is_an_attachment(tmp_path: Path) -> None:
    write(tmp_path / "export", "contacts.csv", "Contact ID,Email,First Name\n1,a@x.example,Ann\n")
    write(tmp_path / "export", "files.csv", "file_id,contact_id,path\n1,1,files/offer.xls\n")
    write(tmp_path / "export", "files/offer.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    assert list(_stage(tmp_path).attachments) == ["files/offer.xls"]


def test_errors_of_a_spreadsheet_and_merged_cells_below_the_header_are_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Email", "First Name", "Company"], ["a@x.example", "#REF!", "Acme"], ["b@x.example", "#1 Fan", None]):
        sheet.append(row)
    sheet.append(["c@x.example", "#N/A", None])
    sheet.merge_cells("C2:C4")
    (tmp_path / "export").mkdir()
    book.save(tmp_path / "export/all.xlsx")
    staged = _stage(tmp_path)
    assert [(row["first_name"], row["company_name"]) for row in staged.rows("contacts")] == [
        ("#REF!", "Acme"), ("#1 Fan", ""), ("#N/A", ""),
    ]  # fmt: skip
    assert [(f.kind, f.line, f.detail.partition(":")[0]) for f in staged.flags] == [
        ("merged", 2, "C2"), ("error", 2, "first_name"),
    ]  # fmt: skip
