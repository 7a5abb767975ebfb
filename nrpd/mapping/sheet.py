"""The mapping sheet as `mapping.yaml`: written, read back with errors by row, and its digest.

The file is a YAML list of {object, source, column, fill, type, target: {entity, field, type, new}, transform,
confidence, reason, by} (design.md, "The folder of a customer"), and `unfit` where it was decided what becomes of values
that do not fit. `workbook.py` has the same rows as a spreadsheet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from nrpd.errors import BadInput
from nrpd.mapping.compatibility import TABLE, check
from nrpd.mapping.known import ALWAYS, KNOWN
from nrpd.mapping.names import fold
from nrpd.mapping.targets import OPTIONAL_STANDARD
from nrpd.mapping.transforms import DEFAULT_TRANSFORM, NOTE, QUARANTINE, TARGET_TYPES, TRANSFORMS, shares_field
from nrpd.mapping.workbook import read_workbook, write_workbook
from nrpd.netresults.records import OBJECT_COLUMNS
from nrpd.pipedrive.records import ENTITIES, FIELD_TYPES, MAX_LENGTH, MappingRow, Target

KEYS = ("object", "source", "column", "fill", "type", "target", "transform", "confidence", "reason", "by", "unfit")
PROPOSED, BY_AUTO = "proposal", "auto"
UNWATCHED = ("", PROPOSED, BY_AUTO)
"""What `by` says of rows that no person has decided on: proposed where a person will, by auto where nobody will."""
_OPTIONAL = ("by", "column", "unfit")
_TARGET_KEYS = ("entity", "field", "type", "new")
PLACES: Mapping[str, tuple[str, ...]] = {
    "contacts": ("person",), "companies": ("organization",), "campaigns": ("organization", "deal"),
}  # fmt: skip
"""Object → the records that its values can fill."""
_MOST_ERRORS = 20


LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times faster where PyYAML has its C part."""


def write_yaml(rows: Sequence[MappingRow], path: Path) -> None:
    """Write the rows, one block each, in their order."""
    data = [as_dict(row) for row in rows]
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
    path.write_text("# The mapping sheet: edit target, transform and reason; nrpd reads it back.\n" + text, "utf-8")


def read_yaml(path: Path) -> list[MappingRow]:
    """The rows of a sheet that people may have edited. Raises BadInput that lists what is wrong, row by row."""
    try:
        return list(_rows_of(path.read_text("utf-8"), path.name))
    except FileNotFoundError:
        raise BadInput(f"{path.name}: there is no such file; run 02_mapping first") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise BadInput(f"{path.name}{where}: not readable as YAML; mend it or run 02_mapping again") from None


@lru_cache(maxsize=4)
def _rows_of(text: str, name: str) -> tuple[MappingRow, ...]:
    """Remembered, since every look at a gate asks what the sheet says now, and it seldom changes."""
    data = yaml.load(text, LOADER)
    if not isinstance(data, list):
        raise BadInput(f"{name}: expected a list of rows, each with {', '.join(KEYS)}")
    rows: list[MappingRow] = []
    problems: list[str] = []
    for number, item in enumerate(data, 1):
        try:
            rows.append(_from_dict(item))
        except BadInput as error:
            problems.append(f"row {number}: {error}")
    _refuse(name, problems)
    _refuse(name, check_rows(rows))
    return tuple(rows)


def write_xlsx(rows: Sequence[MappingRow], path: Path) -> None:
    """The rows as a spreadsheet for the account's admin, with drop-downs, colours by confidence and comments."""
    write_workbook(rows, path)


def read_xlsx(path: Path, base: Sequence[MappingRow]) -> list[MappingRow]:
    """The rows of `base` with what was edited in the spreadsheet: target, transform, misfits, reason, by.

    A row is known by its object and column; `base` gives what the sheet does not let people edit. A changed target is
    taken as new unless it keeps the field that `base` has. Raises BadInput by row of the spreadsheet.
    """
    by_key = {(row.object, row.column): row for row in base}
    rows: list[MappingRow] = []
    problems: list[str] = []
    numbers: list[int] = []
    for number, cells in read_workbook(path):
        row = by_key.pop((cells["object"], cells["column"]), None)
        if row is None:
            what = f"{cells['object']} {cells['column']!r}"
            problems.append(f"row {number}: {what} is no field of the source, or stands here twice")
            continue
        rows.append(_edited(row, cells))
        numbers.append(number)
    problems += [f"the row of {o} {c!r} is missing" for o, c in by_key]
    _refuse(path.name, problems)
    _refuse(path.name, check_rows(rows, numbers))
    return rows


def digest(rows: Sequence[MappingRow]) -> str:
    """SHA-256 (hex) of what the sheet decides: object, column, target, transform, unfit; in any order of rows.

    Confidence, reason and name do not count, so a remark needs no new confirmation; any other change does.
    """
    decided = sorted(
        [row.object, row.column, row.target.entity, row.target.field, row.target.type, row.target.new, row.transform,
         *filter(None, [row.unfit])]
        for row in rows
    )  # fmt: skip
    return hashlib.sha256(json.dumps(decided, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def as_dict(row: MappingRow) -> dict[str, Any]:
    """One row as the file holds it."""
    target = row.target
    return {
        "object": row.object, "source": row.source, "column": row.column, "fill": row.fill, "type": row.type,
        "target": {"entity": target.entity, "field": target.field, "type": target.type, "new": target.new},
        "transform": row.transform, "confidence": row.confidence, "reason": row.reason, "by": row.by,
        **({"unfit": row.unfit} if row.unfit else {}),
    }  # fmt: skip


def problems_of(row: MappingRow) -> list[str]:
    """What is wrong with one row by itself, in words; empty where it can be used."""
    target, transform = row.target, TRANSFORMS.get(row.transform)
    if row.object not in OBJECT_COLUMNS:
        return [f"object {row.object!r} is not known; one of {', '.join(OBJECT_COLUMNS)}"]
    if transform is None:
        return [f"transform {row.transform!r} is not known; one of {', '.join(TRANSFORMS)}"]
    if row.unfit not in ("", QUARANTINE):
        return [f"unfit {row.unfit!r} is not known; {QUARANTINE}, or blank"]
    if transform.kind == "skip":
        return [] if row.reason.strip() else ["a skipped field needs a reason"]
    if target.entity not in ENTITIES:
        return [f"target.entity {target.entity!r} is not known; one of {', '.join(ENTITIES)}, or transform: skip"]
    found = []
    if not target.field.strip():
        found.append("target.field is blank; name a field, or write transform: skip with a reason")
    if len(target.field) > MAX_LENGTH["name"]:
        found.append(f"target.field has {len(target.field)} characters; {MAX_LENGTH['name']} fit")
    if target.type not in (*TARGET_TYPES, "") or (target.type == "" and transform.kind == "value"):
        found.append(f"target.type {target.type!r} is not known; one of {', '.join(TARGET_TYPES)}")
    elif target.type not in transform.types:
        makers = [t for t in TRANSFORMS.values() if t.kind in ("value", "part")]
        fitting = ", ".join(t.name for t in makers if target.type in t.types)
        found.append(f"transform {row.transform!r} cannot fill a field of type {target.type!r}; these can: {fitting}")
    if target.new and target.type not in FIELD_TYPES:
        found.append(f"a new field cannot be of type {target.type!r}; one of {', '.join(FIELD_TYPES)}")
    if target.new and (target.entity, target.field) in ALWAYS | OPTIONAL_STANDARD.keys():
        found.append(f"{target.field!r} is a standard field's name; a new field needs another")
    if target.new and target.entity == "activity":
        found.append("activities take no custom fields")
    if (transform.kind == "value" or row.transform == "address") and not found and (never := _never(row)):
        found.append(never)
    places = PLACES.get(row.object, ())
    if transform.kind in ("value", "part", NOTE) and target.entity not in places:
        found.append(f"a field of {row.object} cannot go to {target.entity!r}; {_choice(places)}")
    return found


def check_rows(rows: Sequence[MappingRow], numbers: Sequence[int] | None = None) -> list[str]:
    """What is wrong with the rows, each line beginning with `row <number>`: by itself, twice, or in another's field."""
    problems: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    filled: dict[tuple[str, str, str], tuple[int, MappingRow]] = {}
    for at, row in enumerate(rows):
        number = numbers[at] if numbers else at + 1
        problems += [f"row {number} ({row.object} {row.column!r}): {problem}" for problem in problems_of(row)]
        first = seen.setdefault((row.object, row.column), number)
        if first != number:
            problems.append(f"row {number}: {row.object} {row.column!r} stands in row {first} already")
        if row.transform == "skip" or row.transform not in TRANSFORMS:
            continue
        key = (row.object, row.target.entity, row.target.field)
        if row.transform == NOTE:  # companies and campaigns write into the same note
            key = (NOTE, row.target.entity, fold(row.target.field))
        other, before = filled.setdefault(key, (number, row))
        together = shares_field(row.transform) and shares_field(before.transform)
        if other != number and not (together and before.target == row.target):
            problems.append(f"row {number}: {row.target.entity} {row.target.field!r} is filled by row {other} already")
    return problems


def _never(row: MappingRow) -> str:
    """Why no value of the source's type can go into a field of the target's, but for places that the design gives."""
    known = KNOWN.get((row.object, row.column))
    if row.type not in TABLE or (known and row.target.field in (known.standard, known.custom)):
        return ""
    fit = check(row.type, row.target.type)
    return f"{row.type} does not go into a field of type {row.target.type!r}: {fit.lost}" if fit.verdict == "no" else ""


def _choice(places: Sequence[str]) -> str:
    return f"one of {', '.join(places)}" if places else "its fields are placed by the runbook: fixed or skip"


def _refuse(name: str, problems: Sequence[str]) -> None:
    if problems:
        more = f"; and {len(problems) - _MOST_ERRORS} more" if len(problems) > _MOST_ERRORS else ""
        raise BadInput(f"{name}: " + "; ".join(problems[:_MOST_ERRORS]) + more)


def _from_dict(item: Any) -> MappingRow:
    if not isinstance(item, Mapping):
        raise BadInput(f"expected the keys {', '.join(KEYS)}")
    unknown = [key for key in item if key not in KEYS]
    missing = [key for key in KEYS if key not in item and key not in _OPTIONAL]
    if unknown or missing:
        raise BadInput("; ".join([f"unknown key {k!r}" for k in unknown] + [f"key {k!r} is missing" for k in missing]))
    target = item["target"]
    if not isinstance(target, Mapping) or set(target) != set(_TARGET_KEYS):
        raise BadInput(f"target needs exactly the keys {', '.join(_TARGET_KEYS)}")
    if not isinstance(target["new"], bool):
        raise BadInput("target.new must be true or false")
    return MappingRow(
        object=_text(item["object"]), source=_text(item["source"]), column=_text(item.get("column") or item["source"]),
        fill=_share(item["fill"], "fill"), type=_text(item["type"]),
        target=Target(_text(target["entity"] or "none"), _text(target["field"]), _text(target["type"]), target["new"]),
        transform=_text(item["transform"]), confidence=_share(item["confidence"], "confidence"),
        reason=_text(item["reason"]), by=_text(item.get("by")), unfit=_text(item.get("unfit")),
    )  # fmt: skip


def _text(value: Any) -> str:
    if isinstance(value, (list, dict)):
        raise BadInput("expected a text where a list stands; put it between quotes")
    return "" if value is None else str(value)


def _share(value: Any, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise BadInput(f"{key} must be a number from 0 to 1")
    return float(value)


def _edited(row: MappingRow, cells: Mapping[str, str]) -> MappingRow:
    transform = cells["transform"] or row.transform
    entity, field, kind = cells["entity"] or "none", cells["field"], cells["target type"]
    if transform == "skip":
        entity, field, kind = ("none", "", "") if row.transform == "skip" else (entity, field, kind)
    same = (entity, field) == (row.target.entity, row.target.field)
    new = row.target.new if same and not cells["new"] else cells["new"].casefold() in ("yes", "true", "1")
    if kind != row.target.type and transform == row.transform and kind in DEFAULT_TRANSFORM:
        fitting = kind in TRANSFORMS[transform].types if transform in TRANSFORMS else True
        transform = transform if fitting else DEFAULT_TRANSFORM[kind]
    return MappingRow(
        row.object, row.source, row.column, row.fill, row.type, Target(entity, field, kind, new), transform,
        row.confidence, cells["reason"], cells["by"], cells.get("misfits", row.unfit),
    )  # fmt: skip
