"""Reports: the same rows in CSV and XLSX, nothing a formula, numbers numbers."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from nrpd.evidence import read_report, write_report
from nrpd.evidence.reports import neutral

NASTY = ['=HYPERLINK("http://x.example")', "+4930123456", "-1", "@cmd", "\tx", "\rx", " =1", "＝1"]


def sheet(path: Path) -> list[tuple[Any, ...]]:
    return list(load_workbook(path).worksheets[0].values)


@pytest.mark.parametrize("text", NASTY)
def test_formula_starters_are_neutralised_in_both(tmp_path: Path, text: str) -> None:
    csv_path, xlsx_path = write_report(tmp_path, "quarantine", [{"=header": text}])
    with csv_path.open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream)) == [["'=header"], [f"'{text}"]]
    loaded = load_workbook(xlsx_path).worksheets[0]
    assert all(cell.data_type == "s" for row in loaded.iter_rows() for cell in row)
    assert all(str(value).startswith("'") for row in sheet(xlsx_path) for value in row)


def test_numbers_stay_numbers_and_other_values_become_text(tmp_path: Path) -> None:
    rows = [
        {"n": -5, "f": 0.25, "b": True, "none": None, "nan": float("nan"), "id": 12345678901234567890,
         "d": date(2024, 1, 2)},
        {"n": 7, "list": ("a", "b"), "map": {"merged": 2}, "text": "007",
         "mail": [{"value": "a@b.example", "label": "work", "primary": True}, {"value": "c@d", "label": "home"}]},
    ]  # fmt: skip
    csv_path, xlsx_path = write_report(tmp_path, "r", rows)
    head, first, second = sheet(xlsx_path)
    assert dict(zip(head, first, strict=True)) == {
        "n": -5, "f": 0.25, "b": True, "none": None, "nan": None, "id": "12345678901234567890", "d": "2024-01-02",
        "list": None, "map": None, "text": None, "mail": None,
    }  # fmt: skip
    assert dict(zip(head, second, strict=True))["list"] == "a; b"
    assert dict(zip(head, second, strict=True))["map"] == "merged: 2"
    assert dict(zip(head, second, strict=True))["text"] == "007"
    assert dict(zip(head, second, strict=True))["mail"] == "a@b.example (work); c@d (home)"
    assert read_report(csv_path)[0]["n"] == "-5"


def test_a_report_without_rows_has_its_header(tmp_path: Path) -> None:
    csv_path, xlsx_path = write_report(tmp_path, "empty", [], ["object", "source_id"])
    assert csv_path.read_bytes() == b"object,source_id\r\n"
    assert sheet(xlsx_path) == [("object", "source_id")]


def test_any_reader_finds_the_first_column_and_every_letter(tmp_path: Path) -> None:
    csv_path, xlsx_path = write_report(
        tmp_path, "r", [{"object": "contacts", "name": "Zoë 日本\x00\x1b"}], ["object", "name"]
    )
    with csv_path.open(encoding="utf-8", newline="") as stream:
        assert next(csv.DictReader(stream))["object"] == "contacts"
    assert str(sheet(xlsx_path)[1][1]).startswith("Zoë 日本")


def test_a_cell_longer_than_excel_allows_is_cut_there_and_whole_in_the_csv(tmp_path: Path) -> None:
    csv_path, xlsx_path = write_report(tmp_path, "r", [{"note": "x" * 40_000}])
    assert len(read_report(csv_path)[0]["note"]) == 40_000
    assert str(sheet(xlsx_path)[1][0]).endswith("(cut, see CSV)")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30))
@settings(max_examples=60)
def test_no_text_is_ever_a_formula(text: str) -> None:
    assert not neutral(text).lstrip().startswith(("=", "+", "-", "@"))
    assert neutral(text).endswith(text)
    assert neutral(neutral(text)) == neutral(text)
