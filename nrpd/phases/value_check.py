"""Every cell of the source against the place that the map gives it, before anything is written.

What does not fit needs a decision in its row of the sheet: another transform (convert), a field of type text, `unfit:
quarantine` (the values stay out and are listed), or skip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nrpd import evidence, views
from nrpd.errors import GateWaiting
from nrpd.loader.source_view import Tables, row_key, row_outcome
from nrpd.mapping.convert import Context
from nrpd.mapping.folding import existing_field
from nrpd.mapping.propose import EMPTY_ACCOUNT
from nrpd.mapping.transform import Misfits, misfits, reasons_of
from nrpd.mapping.transforms import QUARANTINE, TRANSFORMS
from nrpd.netresults.staging import load_staged
from nrpd.phases.source import context_of, load_fields, tables_of, with_late_suppressions
from nrpd.pipedrive.records import AccountFacts, MappingRow

if TYPE_CHECKING:
    from nrpd.phases.session import Session
    from nrpd.phases.step import Step

REPORT, LIST = "values_that_do_not_fit", "quarantined_values"
_COLUMNS = ("object", "source_id", "email", "file", "line", "column", "field", "value", "reason")
_SHOWN = 5


class ValueCheck:
    """Looks at whole columns; what it found of a column and a place is kept."""

    def __init__(self, tables: Tables, context: Context) -> None:
        self._tables = tables
        self._context = context
        self._found: dict[tuple[str, ...], Misfits | None] = {}

    def of(self, row: MappingRow) -> Misfits | None:
        """The cells of a column that do not fit; None where all do."""
        target = row.target
        key = (row.object, row.column, target.entity, target.field, target.type, row.transform)
        if key not in self._found:
            table = self._tables.of(row.object)
            texts = [str(cells.get(row.column, "")) for cells in table]
            files = [str(cells.get("row_file", "")) for cells in table]
            self._found[key] = misfits(row, texts, self._context, files)
        return self._found[key]

    def said(self, row: MappingRow) -> str:
        """What does not fit, with examples and where they stand; blank where all fits."""
        found = self.of(row)
        return "" if found is None else f"{_counted(found)}, such as {' · '.join(self._examples(row, found)[:3])}"

    def undecided(self, rows: Sequence[MappingRow]) -> list[str]:
        """The rows with values that do not fit of which nobody decided what becomes of them."""
        return [
            f"row {number} ({row.object} {row.column!r}): {said}"
            for number, row in enumerate(rows, 1)
            if not row.unfit and (said := self.said(row))
        ]

    def require_decided(self, rows: Sequence[MappingRow], where: str) -> None:
        """Raises GateWaiting that lists them with the four ways out."""
        if open_rows := self.undecided(rows):
            more = f"; and {len(open_rows) - _SHOWN} more" if len(open_rows) > _SHOWN else ""
            raise GateWaiting(
                f"{where}: values do not fit where they are to go, and nothing was created: "
                f"{'; '.join(open_rows[:_SHOWN])}{more}.\nDecide in decisions/mapping.xlsx (another transform, type "
                "text, misfits: quarantine, or transform skip), then: "
                "nrpd confirm PARAMETERS mapping --by NAME --file decisions/mapping.xlsx",
                "mapping",
            )

    def proposed(self, row: MappingRow, account: AccountFacts) -> MappingRow:
        """The row, with a proposal where nothing is decided: a field that is not made yet becomes text, which takes
        everything; elsewhere the values are quarantined."""
        found = None if row.unfit else self.of(row)
        if found is None:
            return row
        target = row.target
        made = not target.new or existing_field(account, target) is not None
        if TRANSFORMS[row.transform].kind == "value" and not made and target.type not in ("varchar", "text", "phone"):
            reason = f"{found.count} values do not fit {target.type}, so the field is text; {row.reason}"
            return replace(row, target=replace(target, type="text"), transform="text", reason=reason)
        return replace(row, unfit=QUARANTINE, reason=f"{row.reason}; {_counted(found)}: kept out and listed")

    def lines(self, rows: Sequence[MappingRow]) -> list[dict[str, Any]]:
        """One line per field with values that do not fit."""
        return [
            {"object": row.object, "column": row.column, "target": row.target.field, "values": found.count,
             "why": "; ".join(f"{n} x {reason}" for reason, n in found.reasons.items()),
             "examples": " · ".join(self._examples(row, found)), "decision": row.unfit or "to be decided"}
            for row in rows if (found := self.of(row)) is not None
        ]  # fmt: skip

    def quarantined(self, rows: Sequence[MappingRow]) -> Iterator[dict[str, Any]]:
        """One line per value that stays out of its field by decision."""
        for row in rows:
            if row.unfit != QUARANTINE or self.of(row) is None:
                continue
            for cells, reason in self._cells(row):
                out = row_outcome(row.object, cells, "quarantined")
                file, _, line = row_key(cells).rpartition(":")
                found = (row.object, out.source_id, out.email, file, line, row.column, row.target.field)
                yield dict(zip(_COLUMNS, (*found, cells[row.column], reason), strict=True))

    def report(self, rows: Sequence[MappingRow], reports: Path) -> views.View:
        """Writes both reports, and shows the fields."""
        lines = self.lines(rows)
        evidence.write_report(reports, LIST, list(self.quarantined(rows)), _COLUMNS)
        if not lines:
            return views.notice("ok", "Every value fits the field that it goes to.")
        evidence.write_report(reports, REPORT, lines)
        title = "Values that do not fit, and stay out of their field"
        return views.table(lines, title, limit=30, more=f"reports/{REPORT}.csv")

    def _cells(self, row: MappingRow) -> Iterator[tuple[Mapping[str, str], str]]:
        reason_of = reasons_of(row, self._context)
        for cells in self._tables.of(row.object):
            if reason := reason_of(str(cells.get(row.column, "")), str(cells.get("row_file", ""))):
                yield cells, reason

    def _examples(self, row: MappingRow, found: Misfits) -> list[str]:
        """Texts that do not fit, each with the first row that holds it."""
        wanted = [text for text, _ in found.examples]
        places: dict[str, str] = {}
        for cells in self._tables.of(row.object):
            text = cells.get(row.column, "")
            if text in wanted:
                places.setdefault(text, row_key(cells))
                if len(places) == len(wanted):
                    break
        return [f"{text!r} ({places.get(text, '')})" for text in wanted]


def _counted(found: Misfits) -> str:
    """How many values do not fit, and why; without the values themselves, since the sheet is handed on."""
    why = "; ".join(f"{n:,} x {reason}" for reason, n in found.reasons.items())
    return f"{found.count:,} {'values do' if found.count > 1 else 'value does'} not fit: {why}"


def check_of(step: Step) -> ValueCheck:
    """The check of what this phase sees of the source."""
    return ValueCheck(step.tables, context_of(step.parameters, step.fields, step.session.facts))


def staged_check(session: Session) -> ValueCheck:
    """The check without asking the account, from what is staged."""
    workspace = session.workspace
    base = tables_of(load_staged(workspace.staged / "base"))
    tables = with_late_suppressions(session.parameters, workspace, base)
    fields = load_fields(workspace.staged / "fields.json")
    return ValueCheck(tables, context_of(session.parameters, fields, EMPTY_ACCOUNT))
