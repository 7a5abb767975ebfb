"""JSON files (lines, an array, or an object of arrays) and Excel workbooks as tables of strings."""

from __future__ import annotations

import datetime as dt
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl

from nrpd.errors import BadInput

Record = tuple[int, list[str]]


def json_tables(path: Path, codec: str, shown: str) -> dict[str, tuple[list[str], list[Record]]]:
    """Table name (blank for the file itself) → (header, records). {} where the file holds no list of objects.

    Numbers keep the text of the file, booleans are `true`/`false`, null is blank; `{"account": {"name": …}}` becomes
    the column `account.name`; lists of scalars are joined with `; `; `custom_fields: [{name, value}]` become columns.
    """
    text = path.read_text(encoding=codec).lstrip("\ufeff")
    try:
        whole = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError:
        return _if_any("", _lines(text, shown))
    if isinstance(whole, list):
        return _if_any("", [(n, item) for n, item in enumerate(whole, start=1)])
    if not isinstance(whole, dict):
        return {}
    lists = {
        key: value
        for key, value in whole.items()
        if isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
    }
    if not lists:
        return _if_any("", [(1, whole)]) if path.suffix.lower() in {".jsonl", ".ndjson"} else {}
    return {
        key if len(lists) > 1 else "": _flatten_all([(n, item) for n, item in enumerate(value, start=1)])
        for key, value in lists.items()
    }


def _lines(text: str, shown: str) -> list[tuple[int, Any]]:
    found: list[tuple[int, Any]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append((number, json.loads(line, parse_int=str, parse_float=str, parse_constant=str)))
        except json.JSONDecodeError as error:
            raise BadInput(f"{shown}: line {number} is not JSON ({error.msg}). Export the file again.") from None
    return found


def _if_any(name: str, items: list[tuple[int, Any]]) -> dict[str, tuple[list[str], list[Record]]]:
    if not items or not all(isinstance(item, dict) for _, item in items):
        return {}
    return {name: _flatten_all(items)}


def _flatten_all(items: list[tuple[int, Any]]) -> tuple[list[str], list[Record]]:
    flat = [(line, dict(_flatten(item))) for line, item in items]
    header = list(dict.fromkeys(key for _, record in flat for key in record))
    return header, [(line, [record.get(key, "") for key in header]) for line, record in flat]


def _flatten(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flatten(inner, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, list):
        named = [v for v in value if isinstance(v, Mapping) and "name" in v and "value" in v]
        if value and len(named) == len(value):
            for item in named:
                yield from _flatten(item["value"], str(item["name"]))
        elif any(isinstance(item, (Mapping, list)) for item in value):
            yield prefix, json.dumps(value, ensure_ascii=False)
        else:
            yield prefix, "; ".join(_scalar(item) for item in value)
    else:
        yield prefix, _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def xlsx_tables(path: Path, shown: str) -> dict[str, Callable[[], Iterator[Record]]]:
    """Sheet → what opens its rows as text, header first, without empty rows and without blank cells on the right.

    Sheets without rows are left out.
    """
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise BadInput(f"{shown}: not readable as an Excel workbook ({error}). Save it as .xlsx or .csv.") from None
    tables: dict[str, Callable[[], Iterator[Record]]] = {}
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        if next(_sheet_rows(sheet), None) is not None:
            tables[sheet.title] = partial(_sheet_rows, sheet)
    return tables


def _sheet_rows(sheet: Any) -> Iterator[Record]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        row = [_cell_text(cell) for cell in cells]
        while row and not row[-1]:
            row.pop()
        if row:
            yield number, row


def _cell_text(cell: Any) -> str:
    """A typed cell as the text that a person sees: no `.0`, ISO dates, leading zeros of a `00000` format."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        text = str(int(value)) if float(value).is_integer() else repr(value)
        return text.zfill(len(cell.number_format)) if re.fullmatch(r"0{2,}", cell.number_format or "") else text
    if isinstance(value, dt.datetime):
        day_only = value.time() == dt.time() and not re.search("[hs]", cell.number_format or "", re.IGNORECASE)
        return value.date().isoformat() if day_only else value.isoformat(sep=" ", timespec="seconds")
    return str(value)
