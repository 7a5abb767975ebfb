"""The mapping sheet as a spreadsheet for the account's admin: one sheet, drop-downs, colours, comments.

Cells are written as text, so that a header such as `=SUM(A1)` stays a header. What may be edited: entity, field, target
type, new, transform, misfits, reason, by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from nrpd.errors import BadInput
from nrpd.mapping.transforms import QUARANTINE, TARGET_TYPES, TRANSFORMS
from nrpd.pipedrive.records import ENTITIES, MappingRow

SHEET = "mapping"
COLUMNS: tuple[tuple[str, int, str], ...] = (
    ("object", 14, "Of which kind of source record. Do not edit."),
    ("column", 22, "The name in the staged source. Do not edit: it tells which row this is."),
    ("source", 24, "The header in your file."),
    ("fill", 8, "Share of the records that have a value."),
    ("type", 12, "What the values look like."),
    ("entity", 14, "Where it goes: person, organization, deal or activity; none for a skipped field."),
    ("field", 28, "The field in Pipedrive. Another name makes another field."),
    ("target type", 14, "The type of the field. It cannot be changed once the field is made."),
    ("new", 8, "yes: nrpd makes this field."),
    ("transform", 16, "How the value is made. skip: left out; then the reason is needed."),
    ("misfits", 14, "Values that do not fit: quarantine keeps them out of the field and lists them."),
    ("confidence", 12, "How sure the proposal is: green from 0.9, yellow from 0.7, red below."),
    ("reason", 60, "Why."),
    ("by", 16, "Who decided."),
)
_NAMES = [name for name, _, _ in COLUMNS]
_GREEN, _YELLOW, _RED = ("C6EFCE", "FFEB9C", "FFC7CE")
_EDITABLE = ("entity", "field", "target type", "new", "transform", "misfits", "reason", "by")
_LATER = ("misfits",)
"""Columns that spreadsheets of earlier versions lack."""


def write_workbook(rows: Sequence[MappingRow], path: Path) -> None:
    """Write the rows to `path` in their order."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = SHEET
    _write_header(sheet)
    for number, row in enumerate(rows, 2):
        _write_row(sheet, number, row)
    _add_choices(book, sheet, max(2, len(rows) + 1))
    sheet.freeze_panes = "D2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{len(rows) + 1}"
    book.save(path)


def read_workbook(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(row number in the spreadsheet, its cells by column name) of each row that is not empty.

    Raises BadInput where the file is no spreadsheet of ours.
    """
    try:
        book = load_workbook(path, data_only=True)
    except FileNotFoundError:
        raise BadInput(f"{path.name}: there is no such file") from None
    except (InvalidFileException, BadZipFile, KeyError, OSError):
        raise BadInput(f"{path.name}: not readable as a spreadsheet (.xlsx)") from None
    if SHEET not in book.sheetnames:
        raise BadInput(f"{path.name}: there is no sheet named {SHEET!r}")
    lines = book[SHEET].iter_rows(values_only=True)
    header = [_text(cell) for cell in next(lines, ())]
    if missing := [name for name in _NAMES if name not in (*header, *_LATER)]:
        raise BadInput(f"{path.name}: row 1 lacks the columns {', '.join(missing)}")
    for number, line in enumerate(lines, 2):
        cells = {name: _text(cell) for name, cell in zip(header, line, strict=False)}
        if any(cells.values()):
            yield number, cells


def _write_header(sheet: Worksheet) -> None:
    for at, (name, width, says) in enumerate(COLUMNS, 1):
        cell = sheet.cell(1, at, name)
        cell.font = Font(bold=True)
        cell.comment = Comment(says, "nrpd")
        sheet.column_dimensions[get_column_letter(at)].width = width


def _write_row(sheet: Worksheet, number: int, row: MappingRow) -> None:
    values: dict[str, Any] = {
        "object": row.object, "column": row.column, "source": row.source, "fill": row.fill, "type": row.type,
        "entity": row.target.entity, "field": row.target.field, "target type": row.target.type,
        "new": "yes" if row.target.new else "no", "transform": row.transform, "confidence": row.confidence,
        "misfits": row.unfit, "reason": row.reason, "by": row.by,
    }  # fmt: skip
    for at, name in enumerate(_NAMES, 1):
        cell = sheet.cell(number, at)
        value = values[name]
        if isinstance(value, str):
            cell.value, cell.data_type, cell.number_format = value, "s", "@"
        else:
            cell.value, cell.number_format = value, "0%" if name == "fill" else "0.00"
        if name in _EDITABLE:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    color = _GREEN if row.confidence >= 0.9 else _YELLOW if row.confidence >= 0.7 else _RED
    sheet.cell(number, _NAMES.index("confidence") + 1).fill = PatternFill("solid", fgColor=color)
    says = TRANSFORMS[row.transform].says if row.transform in TRANSFORMS else "not a known transform"
    sheet.cell(number, _NAMES.index("transform") + 1).comment = Comment(says, "nrpd")


def _add_choices(book: Workbook, sheet: Worksheet, last: int) -> None:
    """Drop-downs, from a hidden sheet: a list inside a validation may have 255 characters only."""
    choices = book.create_sheet("choices")
    choices.sheet_state = "hidden"
    lists = {
        "entity": [*ENTITIES, "none"], "target type": list(TARGET_TYPES), "new": ["yes", "no"],
        "transform": list(TRANSFORMS), "misfits": [QUARANTINE],
    }  # fmt: skip
    for at, (name, values) in enumerate(lists.items(), 1):
        letter = get_column_letter(at)
        for number, value in enumerate(values, 1):
            choices.cell(number, at, value)
        rule = DataValidation(type="list", formula1=f"choices!${letter}$1:${letter}${len(values)}", allow_blank=True)
        rule.error, rule.errorTitle = f"Choose one of the list for {name}.", "Not in the list"
        rule.showErrorMessage = True
        column = get_column_letter(_NAMES.index(name) + 1)
        rule.add(f"{column}2:{column}{last}")
        sheet.add_data_validation(rule)


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell).strip()
