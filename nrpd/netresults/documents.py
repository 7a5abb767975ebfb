"""JSON files (lines, an array, or an object of arrays) as tables of strings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nrpd.errors import BadInput
from nrpd.netresults.shape import known_names

Record = tuple[int, list[str]]
_LINES = frozenset({".jsonl", ".ndjson"})
_ADDRESS = re.compile(r"[^\s\"'<>,;:()\[\]{}]+@[^\s\"'<>,;:()\[\]{}]+")


@dataclass(frozen=True)
class Document:
    """One list of objects: `header` is the union of their keys. `faults`: line → why it could not be read."""

    header: list[str]
    rows: list[Record]
    faults: dict[int, str] = field(default_factory=dict)


def json_tables(path: Path, codec: str, shown: str) -> dict[str, Document]:
    """Table name (blank for the file itself) → its document. {} where the file holds no list of objects.

    Numbers keep the text of the file, booleans are `true`/`false`, null is blank; `{"account": {"name": …}}` becomes
    the column `account.name`; lists of scalars are joined with `; `; `custom_fields: [{name, value}]` become columns.
    Of a line that is no object only the addresses are kept, as its cells, so that it can be told whose it is.
    """
    text = path.read_text(encoding=codec).lstrip("\ufeff")
    try:
        whole = _parse(text)
    except json.JSONDecodeError:
        return _lines(text, shown)
    if isinstance(whole, list):
        return _items(list(enumerate(whole, start=1)))
    if not isinstance(whole, dict):
        return {}
    lists = {
        key: value
        for key, value in whole.items()
        if isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
    }
    if not lists or (path.suffix.lower() in _LINES and known_names(list(whole)) > 1):
        return {"": _document([(1, whole)])} if path.suffix.lower() in _LINES else {}
    return {key if len(lists) > 1 else "": _document(list(enumerate(value, start=1))) for key, value in lists.items()}


def _parse(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def _lines(text: str, shown: str) -> dict[str, Document]:
    found: list[tuple[int, Any]] = []
    faults: dict[int, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                found.append((number, _parse(line)))
            except json.JSONDecodeError as error:
                found.append((number, line))
                faults[number] = f"not JSON ({error.msg})"
    if len(faults) == len(found):
        first = min(faults, default=1)
        raise BadInput(f"{shown}: line {first} is {faults.get(first, 'empty')}. Export the file again.")
    return _items(found, faults)


def _items(items: list[tuple[int, Any]], faults: Mapping[int, str] = MappingProxyType({})) -> dict[str, Document]:
    """The document of a list; of what is no object in it only the addresses. {} where nothing in it is an object."""
    if not any(isinstance(item, dict) for _, item in items):
        return {}
    wrong = {number: "no JSON object" for number, item in items if not isinstance(item, dict)} | dict(faults)
    kept = [(n, _ADDRESS.findall(str(item)) if n in wrong else item) for n, item in items]
    return {"": _document(kept, wrong)}


def _document(items: list[tuple[int, Any]], faults: dict[int, str] | None = None) -> Document:
    flat = [(line, dict(flatten(item)) if isinstance(item, dict) else item) for line, item in items]
    header = list(dict.fromkeys(key for _, record in flat if isinstance(record, dict) for key in record))
    rows = [
        (line, [record.get(key, "") for key in header] if isinstance(record, dict) else record) for line, record in flat
    ]
    return Document(header, rows, faults or {})


def flatten(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(column, text) of everything in a JSON value, as `json_tables` says."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flatten(inner, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, list):
        named = [v for v in value if isinstance(v, Mapping) and "name" in v and "value" in v]
        if value and len(named) == len(value):
            for item in named:
                yield from flatten(item["value"], str(item["name"]))
        elif any(isinstance(item, (Mapping, list)) for item in value):
            yield prefix, json.dumps(value, ensure_ascii=False)
        else:
            yield prefix, "; ".join(scalar_text(item) for item in value)
    else:
        yield prefix, scalar_text(value)


def scalar_text(value: Any) -> str:
    """A JSON scalar as text; null is blank."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
