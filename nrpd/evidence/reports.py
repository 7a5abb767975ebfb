"""Reports as a CSV file for programs and an XLSX file for people, with the same rows.

The CSV is UTF-8 without a byte order mark, comma, CRLF (RFC 4180), so that any reader finds the first column by its
name. Excel garbles such a file when it is double-clicked, and that is what the XLSX beside it is for. In both, a text
that Excel would take for a formula gets an apostrophe in front (failure case X15); numbers stay numbers.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from nrpd.evidence.scraps import plain

FORMULA_STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n")
_FULL_WIDTH = ("＝", "＋", "－", "＠")  # Excel in some languages reads these as their narrow twins
_NOT_IN_XLSX = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\ufffe\uffff\ud800-\udfff]")
XLSX_ROWS = 1_048_576
XLSX_CELL = 32_767
_WIDEST = 60


def write_report(
    folder: Path, name: str, rows: Iterable[Mapping[str, Any]], columns: Sequence[str] | None = None
) -> tuple[Path, Path]:
    """Write `<folder>/<name>.csv` and `.xlsx`; return both paths.

    `columns` fixes the order and the header of a report without rows; columns that only rows name come after them.
    Lists and mappings in a cell become one line of text.
    """
    table = [dict(row) for row in rows]
    names = list(dict.fromkeys([*(columns or ()), *(key for row in table for key in row)]))
    folder.mkdir(parents=True, exist_ok=True)
    csv_path, xlsx_path = folder / f"{name}.csv", folder / f"{name}.xlsx"
    cells = [[cell(row.get(column)) for column in names] for row in table]
    _write_csv(csv_path, names, cells)
    _write_xlsx(xlsx_path, name, names, cells)
    return csv_path, xlsx_path


def read_report(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV report as text, less the apostrophes that `write_report` put in front."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [{key: _restored(value) for key, value in row.items()} for row in csv.DictReader(stream)]


def neutral(text: str) -> str:
    """`text`, with an apostrophe in front where a spreadsheet would take it for a formula."""
    if text.lstrip(" \u00a0\ufeff").startswith((*FORMULA_STARTERS, *_FULL_WIDTH)):
        return f"'{text}"
    return text


def cell(value: Any) -> str | int | float | bool | None:
    """One value as a report holds it: numbers and booleans as they are, everything else as neutral text."""
    value = plain(value) if not isinstance(value, datetime | date) else value.isoformat()
    if value is None or isinstance(value, bool | int | float):
        return value
    return neutral(_line(value))


def _line(value: Any) -> str:
    """Lists and mappings on one line; an e-mail address or phone number of Pipedrive as `value (label)`."""
    if isinstance(value, list):
        return "; ".join(map(_line, value))
    if isinstance(value, dict) and {"value", "label"} <= value.keys():
        return f"{value['value']} ({value['label']})"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_line(item)}" for key, item in value.items())
    return str(value)


def _restored(value: str) -> str:
    return value[1:] if value and value.startswith("'") and neutral(value[1:]) == value else value


def _write_csv(path: Path, names: Sequence[str], cells: Sequence[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", errors="replace", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([neutral(name) for name in names])
        writer.writerows(["" if value is None else value for value in row] for row in cells)


def _write_xlsx(path: Path, title: str, names: Sequence[str], cells: Sequence[Sequence[Any]]) -> None:
    book = Workbook(write_only=True)
    per_sheet = XLSX_ROWS - 1
    base = re.sub(r"[\\/*?:\[\]]", " ", title)[:25] or "report"
    for start in range(0, max(len(cells), 1), per_sheet):
        sheet = book.create_sheet(base if not start else f"{base} {start // per_sheet + 1}")
        part = cells[start : start + per_sheet]
        sheet.freeze_panes = "A2"
        for number, name in enumerate(names, 1):
            longest = max([len(str(name)), *(len(str(row[number - 1])) for row in part[:500])])
            sheet.column_dimensions[get_column_letter(number)].width = min(longest + 3, _WIDEST)
        if names:
            sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(part) + 1}"
        sheet.append([_heading(sheet, name) for name in names])
        for row in part:
            sheet.append([_xlsx_cell(sheet, value) for value in row])
    book.save(path)


def _heading(sheet: Any, name: str) -> Any:
    heading = WriteOnlyCell(sheet, value=_xlsx_text(neutral(name)))
    heading.font = Font(bold=True, color="FFFFFF")
    heading.fill = PatternFill("solid", fgColor="1F4E5F")
    heading.alignment = Alignment(vertical="top", wrap_text=True)
    return heading


def _xlsx_cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        # Excel keeps 15 digits: a longer number, such as an id, is kept as text so that no digit changes.
        return str(value) if isinstance(value, int) and abs(value) >= 10**15 else value
    return _xlsx_text(value)


def _xlsx_text(text: str) -> str:
    text = _NOT_IN_XLSX.sub("\ufffd", text)
    return text if len(text) <= XLSX_CELL else text[: XLSX_CELL - 20] + " … (cut, see CSV)"
