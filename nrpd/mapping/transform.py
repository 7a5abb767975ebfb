"""Source values → the canonical values of one record (forms: `pipedrive/records.py`), by the mapping sheet.

Laws: the same input gives the same values; no value without a source value; a blank cell gives nothing, so it never
clears; every value is valid for its type. What cannot be is listed beside the values, never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nrpd.mapping.convert import CHECKS, CONVERTERS, NO_LOSS, Context, Converter
from nrpd.mapping.dates import DoesNotFit
from nrpd.mapping.transforms import NOTE, TRANSFORMS
from nrpd.mapping.values import clean, is_blank, is_escaped, unescape
from nrpd.netresults.records import email_key
from nrpd.pipedrive.records import MAX_LENGTH, MappingRow, Target

__all__ = ["Builder", "Built", "Context", "DoesNotFit", "Misfits", "apply", "build", "labels", "misfits", "reasons_of"]

ESCAPED_OBJECTS = frozenset({"contacts", "companies", "campaigns", "campaign_members"})
"""Objects whose exports may hold HTML entities; they are unescaped once."""

UNESCAPED = "HTML entities turned into their characters; nothing is lost"
ESCAPED_TWICE = "HTML entities turned into their characters once; the text was escaped twice"
NAME_FROM_EMAIL = "no name: the e-mail address stands as the name"
NAME_FROM_PHONE = "no name: the phone number stands as the name"

_ADDRESS_PARTS = ("address", "street", "street_2", "city", "state", "postal_code", "country")
_ADDRESS_KEYS = {
    "street": "route", "city": "locality", "state": "admin_area_level_1", "postal_code": "postal_code",
    "country": "country",
}  # fmt: skip
_CACHE_SIZE = 50_000

Finding = tuple[str, str, str]


@dataclass
class Built:
    """The values of one record by canonical name, and what happened to cells that did not simply move.

    unfit: (column, text, reason) – not in `values`, to be decided. losses: (column, text, what is lost or replaced).
    notes: (column, text, what was done) – nothing is lost. lines: name → text of the record's note (`folding.py`).
    """

    values: dict[str, Any] = field(default_factory=dict)
    unfit: list[Finding] = field(default_factory=list)
    losses: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    lines: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Misfits:
    """The cells of one column that do not fit their target: how many, why, and up to five of them."""

    object: str
    column: str
    target: Target
    count: int
    reasons: Mapping[str, int]
    examples: tuple[tuple[str, str], ...]
    """(text, reason)"""


@dataclass(frozen=True)
class _Cell:
    value: Any
    loss: str = ""
    unfit: str = ""
    note: str = ""


@dataclass
class _Step:
    row: MappingRow
    convert: Converter
    kind: str
    cache: dict[tuple[str, str], _Cell] = field(default_factory=dict)


def apply(row: MappingRow, text: str, context: Context, file: str = "") -> Any:
    """The value of one cell, or None for a blank one and for rows that make no value (skip, links, fixed).

    A part of a name or an address gives its text; e-mails and phones their tuple. Raises DoesNotFit.
    """
    converter = CONVERTERS.get(row.transform)
    if converter is None or is_blank(text):
        return None
    cell = _cell(row, converter, text, context, file)
    if cell.unfit:
        raise DoesNotFit(cell.unfit)
    return cell.value


def build(
    entity: str,
    rows: Sequence[MappingRow],
    values: Mapping[str, str],
    context: Context,
    files: Mapping[str, str] | None = None,
) -> Built:
    """The record of `entity` that one source record becomes. For many records make one `Builder`.

    `rows` are the mapping rows of one object; `values` and `files` go by column: the cell, and the file it came from.
    """
    return Builder(entity, rows, context).build(values, files)


class Builder:
    """Builds the records of one entity from one object. Keeps the results of cells that repeat; not thread-safe."""

    def __init__(self, entity: str, rows: Sequence[MappingRow], context: Context) -> None:
        mine = [row for row in rows if row.target.entity == entity and row.transform in CONVERTERS]
        if len({row.object for row in mine}) > 1:
            raise ValueError("a record is built from one object: give the rows of one")
        self.entity = entity
        self.context = context
        self._steps = [_Step(row, CONVERTERS[row.transform], TRANSFORMS[row.transform].kind) for row in mine]

    def build(self, values: Mapping[str, str], files: Mapping[str, str] | None = None) -> Built:
        """The record for one source record's cells, by column."""
        built = Built()
        parts: dict[str, list[tuple[_Step, Any]]] = {}
        for step in self._steps:
            text = values.get(step.row.column, "")
            if not text:
                continue
            cell = self._look_up(step, text, files.get(step.row.column, "") if files else "")
            _report(built, step.row.column, text, cell)
            if cell.value is None:
                continue
            if step.kind == NOTE:
                built.lines[step.row.target.field] = cell.value
            elif step.kind == "part":
                parts.setdefault(step.row.target.field, []).append((step, cell.value))
            else:
                built.values.setdefault(step.row.target.field, cell.value)
        for name, found in parts.items():
            _join(built, name, found)
        if self.entity == "person":
            self._name_fallback(built, values)
        return built

    def not_moved(self, built: Built) -> tuple[tuple[str, str], ...]:
        """(field, reason) of each value that does not fit its field."""
        fields = {step.row.column: step.row.target.field for step in self._steps}
        return tuple((fields[column], reason) for column, _, reason in built.unfit)

    def _look_up(self, step: _Step, text: str, file: str) -> _Cell:
        key = (text, file)
        cell = step.cache.get(key)
        if cell is None:
            if is_blank(text):
                cell = _Cell(None)
            else:
                cell = _cell(step.row, step.convert, text, self.context, file)
            if len(step.cache) >= _CACHE_SIZE:
                step.cache.clear()
            step.cache[key] = cell
        return cell

    def _name_fallback(self, built: Built, values: Mapping[str, str]) -> None:
        filling = [step.row for step in self._steps if step.kind != NOTE]
        columns = {row.target.field: row.column for row in reversed(filling)}
        names = {row.column for row in filling if row.target.field == "name"}
        if "name" in built.values or any(column in names for column, _, _ in built.unfit):
            return
        for key, loss in (("emails", NAME_FROM_EMAIL), ("phones", NAME_FROM_PHONE)):
            if key in built.values:
                name = built.values[key][0]["value"]
                if len(name) <= MAX_LENGTH["name"]:
                    built.values["name"] = name
                    built.losses.append((columns[key], name, loss))
                    return


def judge(row: MappingRow, text: str, context: Context, file: str = "") -> tuple[str, str]:
    """What becomes of one cell that does not move as it is: ("unfit" | "loss" | "note", why), else ("", "")."""
    converter = CHECKS.get(row.transform)
    if converter is None or is_blank(text):
        return "", ""
    cell = _cell(row, converter, text, context, file)
    for name, why in (("unfit", cell.unfit), ("loss", cell.loss), ("note", cell.note)):
        if why:
            return name, why
    return "", ""


def labels(row: MappingRow, texts: Iterable[str], context: Context) -> tuple[str, ...]:
    """The option labels that an enum or set target needs for these cells, most frequent first."""
    counts: dict[str, int] = {}
    for text in texts:
        try:
            value = apply(row, text, context)
        except DoesNotFit:
            continue
        for label in (value,) if isinstance(value, str) else value or ():
            counts[label] = counts.get(label, 0) + 1
    return tuple(sorted(counts, key=lambda label: (-counts[label], label)))


def reasons_of(row: MappingRow, context: Context) -> Callable[[str, str], str]:
    """A function from the text of a cell and its file to the reason for which it does not fit; blank where it does."""
    converter = CHECKS.get(row.transform)
    seen: dict[tuple[str, str], str] = {}

    def reason_of(text: str, file: str) -> str:
        if converter is None or not text:
            return ""
        key = (text, file)
        if key not in seen:
            seen[key] = "" if is_blank(text) else _cell(row, converter, text, context, file).unfit
        return seen[key]

    return reason_of


def misfits(
    row: MappingRow, texts: Sequence[str], context: Context, files: Sequence[str] | None = None
) -> Misfits | None:
    """What of one column does not fit its target, before anything is written; None where all fits."""
    reasons: dict[str, int] = {}
    examples: dict[str, str] = {}
    reason_of = reasons_of(row, context)
    for n, text in enumerate(texts):
        if reason := reason_of(text, files[n] if files else ""):
            reasons[reason] = reasons.get(reason, 0) + 1
            if len(examples) < 5:
                examples.setdefault(text, reason)
    if not reasons:
        return None
    return Misfits(row.object, row.column, row.target, sum(reasons.values()), reasons, tuple(examples.items()))


def _cell(row: MappingRow, converter: Converter, text: str, context: Context, file: str) -> _Cell:
    plain, note = text, ""
    if "&" in text and row.object in ESCAPED_OBJECTS and row.transform != "source_id":
        plain = unescape(text)
        if plain != text:
            note = ESCAPED_TWICE if is_escaped(plain) else UNESCAPED
    try:
        value, loss = converter(plain, row, context, file)
    except DoesNotFit as error:
        return _Cell(None, unfit=error.reason)
    return _Cell(value, loss=loss, note=note)


def _report(built: Built, column: str, text: str, cell: _Cell) -> None:
    if cell.unfit:
        built.unfit.append((column, text, cell.unfit))
    if cell.loss != NO_LOSS:
        built.losses.append((column, text, cell.loss))
    if cell.note:
        built.notes.append((column, text, cell.note))


def _join(built: Built, name: str, found: list[tuple[_Step, Any]]) -> None:
    transform = found[0][0].row.transform
    if transform in ("first_name", "last_name"):
        _join_name(built, name, found)
    elif transform in _ADDRESS_PARTS:
        built.values[name] = _address(found)
    else:
        built.values[name] = _contact_points(found)


def _join_name(built: Built, name: str, found: list[tuple[_Step, Any]]) -> None:
    ordered = sorted(found, key=lambda item: item[0].row.transform)
    text = " ".join(value for _, value in ordered)
    if len(text) > MAX_LENGTH["name"]:
        reason = f"a name of {len(text)} characters; {MAX_LENGTH['name']} fit"
        built.unfit.append((ordered[0][0].row.column, text, reason))
    else:
        built.values.setdefault(name, text)


def _address(found: list[tuple[_Step, Any]]) -> dict[str, str]:
    ordered = sorted(found, key=lambda item: _ADDRESS_PARTS.index(item[0].row.transform))
    lines = [(step.row.transform, _one_line(value)) for step, value in ordered]
    address = {"value": ", ".join(line for _, line in lines)}
    for transform, line in lines:
        if key := _ADDRESS_KEYS.get(transform):
            address.setdefault(key, line)
    return address


def _one_line(text: str) -> str:
    return ", ".join(line for line in map(clean, text.splitlines()) if line)


def _contact_points(found: list[tuple[_Step, Any]]) -> tuple[dict[str, Any], ...]:
    points: dict[str, dict[str, Any]] = {}
    for _, values in found:
        for point in values:
            points.setdefault(email_key(point["value"]) or point["value"], dict(point))
    for n, point in enumerate(points.values()):
        point["primary"] = n == 0
    return tuple(points.values())
