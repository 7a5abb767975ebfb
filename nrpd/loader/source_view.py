"""The source as the runbook sees it: staged rows, read with the mapping sheet's eyes and the account's knowledge.

Data flow: staged tables → rows; profiles settle the order of dates → `when`; contacts → people (united with the
account's persons), companies → organizations, sends and campaigns hang on both, the ledger on addresses. Everything
is computed from the staged source alone, so a reconciliation computes it anew instead of trusting what was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Any

from nrpd.journal import RowOutcome
from nrpd.mapping.convert import Context
from nrpd.mapping.dates import DoesNotFit, parse_date
from nrpd.mapping.transform import labels
from nrpd.mapping.values import unescape
from nrpd.matching import campaigns, companies, contacts, duplicates, sends, standing, suppression
from nrpd.matching.review import KEPT_OUT, choose_persons
from nrpd.matching.rows import Outcomes, Row, When, text_of, where
from nrpd.netresults.records import ROW_FILE, ROW_LINE, Quarantined, SourceField
from nrpd.pipedrive.records import MappingRow

Record = Mapping[str, Any]
EARLIER_CONTACTS = "contacts before the delta"
"""Rows that a delta replaced: what they say against mailing stands (a suppression is never removed)."""


@dataclass(frozen=True)
class Tables:
    """The rows of each object, and what staging kept out of them. A delta is laid over the base (see `overlay`)."""

    rows: Mapping[str, Sequence[Row]]
    quarantined: Sequence[Quarantined]
    same_rows: Mapping[str, int]
    erased_rows: Mapping[str, int]
    torn_before: Sequence[Quarantined] = ()
    """What was kept out of the base, under a delta: a torn row of a suppression file suppresses all the same."""

    def of(self, object_: str) -> Sequence[Row]:
        """The rows of an object, none where the source has no such object."""
        return self.rows.get(object_, ())

    @property
    def torn_suppressions(self) -> list[Quarantined]:
        """Rows of suppression files that were kept out, and name an address: they suppress it all the same."""
        return [q for q in (*self.torn_before, *self.quarantined) if q.object == "suppressions" and q.email]


class Later:
    """Records that are read when they are first looked at, if ever."""

    def __init__(self, read: Callable[[], Iterable[Record]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[Record]:
        return iter(self._read())


class SourceView:
    """`persons` and `deals`: the account's, canonical. `linked`: source id → person id, from the journal. `decided`:
    what people said about who is who in the account (`matching/review.py`)."""

    def __init__(
        self,
        tables: Tables,
        fields: Sequence[SourceField],
        mapping: Sequence[MappingRow],
        context: Context,
        *,
        persons: Iterable[Record] = (),
        deals: Iterable[Record] = (),
        linked: Mapping[str, int] | None = None,
        decided: Mapping[str, str] | None = None,
    ) -> None:
        self.tables = tables
        self.fields = fields
        self.mapping = mapping
        self.context = context
        self._persons = persons
        self._deals = deals
        self._linked = linked or {}
        self.decided = decided or {}

    def mapped(self, object_: str) -> list[MappingRow]:
        """The mapping rows of an object."""
        return [row for row in self.mapping if row.object == object_]

    def when(self, object_: str) -> When:
        """Reads a cell of this object as an aware UTC time; None where it is blank or cannot be read as one."""
        return time_reader(object_, self.context)

    @cached_property
    def separators(self) -> dict[str, str]:
        """Column → separator of the parts of its cells, for contacts."""
        return {f.column: f.separator for f in self.fields if f.object == "contacts" and f.type == "multiselect"}

    @cached_property
    def proposed(self) -> tuple[list[contacts.MergedContact], list[duplicates.PersonMatch]]:
        """The people of the source and what they are in the account, before anybody decided on that."""
        when = self.when("contacts")
        return duplicates.unite(
            self._collected.people,
            list(self._persons),
            self._linked,
            lambda group: contacts.remerge(group, when, self.separators),
        )

    @cached_property
    def _collected(self) -> contacts.Contacts:
        return contacts.collect(self.tables.of("contacts"), self.when("contacts"), self.separators)

    @cached_property
    def _united(self) -> tuple[contacts.Contacts, list[duplicates.PersonMatch]]:
        people, matches, out = choose_persons(*self.proposed, self._persons, self.decided)
        kept_out = {where(row): KEPT_OUT for person in out for row in person.rows}
        return contacts.contacts_of(people, {**self._collected.outcomes, **kept_out}), matches

    @property
    def contacts(self) -> contacts.Contacts:
        """The people of the source."""
        return self._united[0]

    @cached_property
    def matches(self) -> dict[str, duplicates.PersonMatch]:
        """Key of a source person → what it is in the account."""
        return {match.key: match for match in self._united[1]}

    @cached_property
    def companies(self) -> companies.Companies:
        """The organizations of the source. Names are compared, and written, with their HTML entities unescaped once."""
        people = [readable_names(person.values) for person in self.contacts.people]
        records = [readable_names(row) for row in self.tables.of("companies")]
        return companies.collect(records, people, self.when("companies"))

    def company_of(self, values: Row) -> str | None:
        """The company that a row, or a person's values, names; its source id."""
        return self.companies.company_of(readable_names(values))

    @cached_property
    def sends(self) -> sends.Sends:
        """The e-mail sends of the source."""
        return sends.fold(self.tables.of("email_sends"), self.when("email_sends"), self.contacts.person_of)

    @cached_property
    def ledger(self) -> suppression.Ledger:
        """Every suppressed address."""
        readers = {name: self.when(name) for name in ("suppressions", "contacts", "email_sends")}

        def when(row: Row, column: str) -> datetime | None:
            name = (
                "email_sends"
                if column in ("event_at", "sent_at")
                else "contacts"
                if "contact_id" in row
                else "suppressions"
            )
            return readers[name](row, column)

        rows = self.tables
        people = [*rows.of("contacts"), *rows.of(EARLIER_CONTACTS)]
        # A torn row of a suppression file still names who must not be mailed.
        torn = [{"email": q.email, ROW_FILE: q.file, ROW_LINE: str(q.line)} for q in rows.torn_suppressions]
        events = [*rows.of("email_sends"), *rows.of("campaign_members")]
        return suppression.ledger(rows.of("suppressions"), people, when, events, torn)

    @cached_property
    def campaigns(self) -> campaigns.Campaigns:
        """Campaigns, and the organizations and deals that take part."""
        by_key = {person.key: person for person in self.contacts.people}
        times = {name: self.when(name) for name in ("campaigns", "campaign_members")}

        def when(row: Row, column: str) -> datetime | None:
            return times["campaign_members" if column == "joined_at" else "campaigns"](row, column)

        return campaigns.place(
            self.tables.of("campaigns"),
            self.tables.of("campaign_members"),
            when,
            person_of=self.contacts.person_of,
            company_of_person=lambda key: self.company_of(by_key[key].values),
            company_of=self.company_of,
            deals=list(self._deals),
        )

    @cached_property
    def opt_ins(self) -> dict[str, date]:
        """Address key → latest opt-in date."""
        return standing.opt_ins(self.tables.of("contacts"), self.when("contacts"))

    def options_of(self, row: MappingRow) -> tuple[str, ...]:
        """The option labels that a mapping row's target needs."""
        return labels(row, (str(cell.get(row.column, "")) for cell in self.tables.of(row.object)), self.context)

    def standing_outcomes(self, object_: str, outcomes: Outcomes | None = None) -> list[RowOutcome]:
        """Outcomes of rows that are settled before any write: kept out by staging, merged, anonymous, unknown …"""
        found = [
            RowOutcome(q.object, f"{q.file}:{q.line}", "quarantined", q.reason, q.source_id, q.email)
            for q in self.tables.quarantined
            if q.object == object_
        ]
        for reason, counts in (("same row", self.tables.same_rows), ("erased", self.tables.erased_rows)):
            found += [RowOutcome(object_, f"{reason}:{n}", "skipped", reason) for n in range(counts.get(object_, 0))]
        if outcomes:
            by_place = {row_key(row): row for row in self.tables.of(object_)}
            for (file, line), (outcome, reason) in outcomes.items():
                if outcome != "take" and (row := by_place.get(f"{file}:{line}")) is not None:
                    found.append(row_outcome(object_, row, outcome, reason))
        return found


def readable_names(row: Row) -> Row:
    """A row whose company names have their HTML entities unescaped."""
    escaped = {c: row[c] for c in ("name", "company_name", "parent_company") if "&" in row.get(c, "")}
    return {**row, **{column: unescape(text) for column, text in escaped.items()}} if escaped else row


def time_reader(object_: str, context: Context) -> When:
    """Reads cells of an object as aware UTC times; a date without time of day is its midnight UTC."""
    cache: dict[tuple[str, str, str], datetime | None] = {}

    def when(row: Row, column: str) -> datetime | None:
        text = row.get(column, "")
        if not text:
            return None
        key = (text, column, row.get(ROW_FILE, ""))
        if key not in cache:
            cache[key] = _time_of(text, context.date_orders.get((object_, column, key[2]), ""), context.timezone)
        return cache[key]

    return when


def _time_of(text: str, order: str, timezone: str) -> datetime | None:
    try:
        found = parse_date(text, order, timezone)
    except DoesNotFit:
        return None
    if isinstance(found, datetime) or found is None:
        return found
    return datetime.combine(found, time.min, UTC)


def row_key(row: Row) -> str:
    """`<file>:<line>` of a source row."""
    return f"{row.get(ROW_FILE, '')}:{row.get(ROW_LINE, '')}"


def row_outcome(object_: str, row: Row, outcome: str, reason: str = "") -> RowOutcome:
    """The outcome of one row, with what finds it again."""
    own_id = {"contacts": "contact_id", "companies": "company_id", "email_sends": "send_id", "campaigns": "campaign_id"}
    source_id = row.get(own_id.get(object_, f"{object_.rstrip('s')}_id"), "")
    return RowOutcome(object_, row_key(row), outcome, reason, source_id, row.get("email", ""))


def row_outcomes(object_: str, rows: Iterable[Row], outcome: str, reason: str = "") -> tuple[RowOutcome, ...]:
    """The same outcome for several rows."""
    return tuple(row_outcome(object_, row, outcome, reason) for row in rows)


def overlay(base: Tables, delta: Tables, id_columns: Mapping[str, str], *, full: bool) -> Tables:
    """The source after the delta. A full export replaces the objects it holds; one of changes replaces and adds rows
    by id, and adds rows of objects without ids (an opt-out is only ever added). A cell that is blank in the delta, or
    has no column there, says nothing: what the base says stands."""
    rows: dict[str, Sequence[Row]] = dict(base.rows)
    if delta.rows.get("contacts"):
        rows[EARLIER_CONTACTS] = base.of("contacts")
    for object_, newer in delta.rows.items():
        column = id_columns.get(object_)
        if object_ in ("suppressions", "email_sends") or not column:
            rows[object_] = [*rows.get(object_, ()), *newer]
            continue
        before = {identity: row for row in base.of(object_) if (identity := text_of(row, column))}
        filled = [_filled(row, before.get(text_of(row, column))) for row in newer]
        if full:
            rows[object_] = filled
        else:
            ids = {text_of(row, column) for row in newer} - {""}
            rows[object_] = [*(row for row in rows.get(object_, ()) if text_of(row, column) not in ids), *filled]
    return Tables(rows, delta.quarantined, delta.same_rows, delta.erased_rows, base.quarantined)


TOGETHER = ("company_id", "company_name")
"""Columns that say one thing: where the delta fills one of them, the other's old value is of another company."""
_DAY_AND_MONTH = re.compile(r"\s*\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:(?:[T ]|, ?)\d{1,2}:\d{2}.*)?\s*")


def _filled(row: Row, before: Row | None) -> Row:
    """A row of the delta, its blanks filled from the base. Dates stay blank, since each file has its own order of day
    and month; each is a field of its own, which a blank leaves alone."""
    if before is None:
        return row
    moved = any(row.get(column) for column in TOGETHER)
    more = {
        column: text
        for column, text in before.items()
        if text and not row.get(column) and not (moved and column in TOGETHER) and not _DAY_AND_MONTH.fullmatch(text)
    }
    return {**row, **more} if more else row
