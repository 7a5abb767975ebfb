"""Excel workbooks as tables of text: every cell is the text that a person sees, as far as the file holds it."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.escape import unescape
from openpyxl.xml.functions import iterparse

from nrpd.errors import BadInput

Record = tuple[int, list[str]]
_EXACT = 10**15
_NO_FORMAT = re.compile(r"\[\$[^]]*\]|\"[^\"]*\"")
"""The language and the words in a format, whose letters stand for no part of a time."""
"""From here on a spreadsheet has no exact whole numbers: what it shows is scientific notation."""
_NO_VALUE = "a formula without a stored value: open the workbook in Excel and save it again"


@dataclass(frozen=True)
class Sheet:
    """One sheet that holds something. `rows` opens it anew: row number, cells without blank ones on the right."""

    title: str
    hidden: bool
    rows: Callable[[], Iterator[Record]]
    faults: Callable[[], Mapping[int, str]]
    """Opens the row numbers whose cells cannot be read, with the reason."""
    merged: Callable[[], Mapping[str, int]]
    """Opens the merged cells, such as `E4:E7`, with their first row."""


def sheets_of(path: Path, shown: str) -> list[Sheet]:
    """The sheets of a workbook that hold rows. Raises BadInput where it is none, or has a password."""
    try:
        book = _open(path, values=True)
        formulas = _has_formulas(path)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise BadInput(
            f"{shown}: not readable as an Excel workbook ({error}). Save it as .xlsx without a password, or as .csv."
        ) from None
    found = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        opened = Sheet(
            sheet.title,
            sheet.sheet_state != "visible",
            lambda sheet=sheet: _rows(sheet),  # type: ignore[misc]
            lambda title=sheet.title: _unsaved(path, title) if formulas else {},  # type: ignore[misc]
            lambda sheet=sheet: _merged(path, sheet),  # type: ignore[misc]
        )
        if next(opened.rows(), None) is not None:
            found.append(opened)
    return found


def _open(path: Path, values: bool) -> Any:
    # openpyxl goes by the name of a file, which says nothing here.
    named = path if path.suffix.lower() in (".xlsx", ".xlsm") else io.BytesIO(path.read_bytes())
    return openpyxl.load_workbook(named, read_only=True, data_only=values)


def _rows(sheet: Any) -> Iterator[Record]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        row = [_text(cell) for cell in cells]
        while row and not row[-1]:
            row.pop()
        if row:
            yield number, row


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with archive.open(name) as stream:
                    tail = b""
                    while chunk := stream.read(1 << 20):
                        if b"<f>" in tail + chunk or b"<f " in tail + chunk:
                            return True
                        tail = chunk[-2:]
    return False


def _merged(path: Path, sheet: Any) -> Mapping[str, int]:
    """Merged cells over several rows; openpyxl does not read them where it reads row by row."""
    found: dict[str, int] = {}
    with zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path.lstrip("/")) as stream:
        for _, element in iterparse(stream):
            if element.tag.endswith("}mergeCell"):
                _, top, _, bottom = range_boundaries(element.get("ref", "A1"))
                if top and bottom and bottom > top:
                    found[element.get("ref", "")] = top
            if not element.tag.endswith("}mergeCells"):
                element.clear()
    return found


def _unsaved(path: Path, title: str) -> Mapping[int, str]:
    """Rows with a formula whose value no spreadsheet has worked out: programs write such files."""
    values, written = (_open(path, values=wanted)[title] for wanted in (True, False))
    for sheet in (values, written):
        sheet.reset_dimensions()
    found: dict[int, str] = {}
    rows = zip(values.iter_rows(), written.iter_rows(), strict=False)
    for number, (seen, said) in enumerate(rows, start=1):
        for cell, formula in zip(seen, said, strict=False):
            if cell.value is None and formula.value is not None:
                found[number] = _NO_VALUE
    return found


def _text(cell: Any) -> str:
    """A typed cell as the text that a person sees: no `.0`, ISO dates, leading zeros of a `00000` format."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return str(unescape(value))  # `_x000D_` is how a workbook holds a line break
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _number(value, cell.number_format or "")
    if isinstance(value, dt.datetime):
        form = _NO_FORMAT.sub("", cell.number_format or "")
        day_only = value.time() == dt.time() and not re.search("[hs]", form, re.IGNORECASE)
        return value.date().isoformat() if day_only else value.isoformat(sep=" ", timespec="seconds")
    return str(value)


def _number(value: float, form: str) -> str:
    if isinstance(value, float) and not value.is_integer():
        return repr(value)
    if isinstance(value, float) and abs(value) >= _EXACT:
        return f"{value:.14E}"
    # The zeros of a format such as 00000 or 000-0000 are digits that a person sees.
    wanted = form.partition(";")[0]
    zeros = wanted.count("0") if re.fullmatch(r"[0#?\\() \-/]+", wanted) else 0
    return str(int(value)).zfill(zeros) if zeros > 1 else str(int(value))
