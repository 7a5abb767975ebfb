"""JSON files (lines, an array, or an object of arrays) as tables of strings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
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

    Numbers keep the text of the file, booleans are `true`/`false`, null and NaN are blank; `{"account": {"name": …}}`
    becomes the column `account.name`; lists of scalars are joined with `; `; `custom_fields: [{name, value}]` become
    columns. What stands twice under one name in a record is `name (2)`. Lists may lie deep in an object, as in the
    answer of an API: `data.contacts`. Of a line that is no object only the addresses are kept, in cells after a blank
    one, so that it can be told whose it is.
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
    lines, names = path.suffix.lower() in _LINES, known_names(list(whole))
    lists = {} if lines and names > 1 else dict(_lists(whole, ""))
    if lists:
        return {key if len(lists) > 1 else "": _items(list(enumerate(v, start=1)))[""] for key, v in lists.items()}
    return {"": _document([(1, whole)])} if lines or names > 1 else {}


def _lists(whole: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, list[Any]]]:
    """The lists of records in an object, however deep, but not those inside of records."""
    for key, value in whole.items():
        path = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict):
            yield from _lists(value, path)
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value) and not _is_named(value):
            yield path, value


def _parse(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=_constant, object_pairs_hook=_apart)


def _constant(name: str) -> str | None:
    return None if name == "NaN" else name


def _apart(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A record; what stands in it twice under one name is kept under `name (2)`."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        name, number = key, 2
        while name in found:
            name, number = f"{key} ({number})", number + 1
        found[name] = value
    return found


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
    if not any(isinstance(item, dict) for _, item in found) and (faults or not found):
        first = min(faults, default=1)
        raise BadInput(f"{shown}: line {first} is {faults.get(first, 'empty')}. Export the file again.")
    return _items(found, faults)


def _items(items: list[tuple[int, Any]], faults: Mapping[int, str] = MappingProxyType({})) -> dict[str, Document]:
    """The document of a list; of what is no object in it only the addresses. {} where nothing in it is an object."""
    if not any(isinstance(item, dict) for _, item in items):
        return {}
    wrong = {number: "no JSON object" for number, item in items if not isinstance(item, dict)} | dict(faults)
    kept = [(n, ["", *_ADDRESS.findall(str(item))] if n in wrong else item) for n, item in items]
    return {"": _document(kept, wrong)}


def _document(items: list[tuple[int, Any]], faults: dict[int, str] | None = None) -> Document:
    flat = [(line, _apart(flatten(item)) if isinstance(item, dict) else item) for line, item in items]
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
        if _is_named(value):
            for item in value:
                yield from flatten(item["value"], str(item["name"]))
        elif any(isinstance(item, (Mapping, list)) for item in value):
            yield prefix, json.dumps(value, ensure_ascii=False)
        else:
            yield prefix, "; ".join(scalar_text(item) for item in value)
    else:
        yield prefix, scalar_text(value)


def _is_named(items: list[Any]) -> bool:
    """Whether these are fields of one record: `[{"name": …, "value": …}]`."""
    return bool(items) and all(isinstance(item, Mapping) and "name" in item and "value" in item for item in items)


def scalar_text(value: Any) -> str:
    """A JSON scalar as text; null is blank."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
