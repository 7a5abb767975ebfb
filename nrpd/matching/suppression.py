"""Suppression: the ledger of addresses that must not be mailed, and what it means for each person.

One-way and strict: a suppression is added, never removed, here or in the account; doubt suppresses (design.md,
"Source", "Never"; failure cases S01-S12, X19). The ledger is keyed by address; a contact that is suppressed but has no
address stands under `id:<contact_id>`, so that a person of the account found by its source id is still flagged.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from nrpd.matching.consent import consent_missing, in_order, opted_out, reasons_of, reasons_of_column, reasons_of_event
from nrpd.matching.rows import TAKE, Outcome, Outcomes, Row, When, blank, content, fold_text, text_of, where
from nrpd.netresults.records import SUPPRESSION_COLUMNS, email_key, emails_in, unreadable_emails

NO_ADDRESS: Outcome = ("quarantined", "no readable e-mail address")
NOT_SUPPRESSED: Outcome = ("skipped", "not suppressed")

_ALL_LISTS = frozenset(
    (
        "", "*", "-", "--", "–", "—", "all", "all lists", "all mail", "all email", "all emails", "all contacts",
        "all subscribers", "any", "global", "everything", "everyone", "n/a", "na", "none", "null", "alle",
        "alle listen", "alle kontakte", "tous", "toutes", "toutes les listes", "todos", "todas", "todas las listas",
    )
)  # fmt: skip
"""What a cell holds that names no list in particular: then the opt-out is of all mail."""
_COLUMN_REASON = {"unsubscribed": "unsubscribe", "bounced": "hard bounce", "consent": "no consent"}


@dataclass(frozen=True)
class Entry:
    """One statement of the source about one address: reasons, date and list of one row stay together (case S04)."""

    reasons: tuple[str, ...]
    date: date | None
    """UTC date; None where the source gives none, or one that cannot be read."""
    list: str
    """Blank: all mail."""
    words: str
    """The source's own words: the reason cell, or `column=cell` for a column of contacts."""
    row: Row

    @property
    def sort_key(self) -> tuple[str, str, tuple[str, ...], str, tuple[tuple[str, str], ...]]:
        return str(self.date or "9999"), self.list, self.reasons, self.words, content(self.row)


@dataclass(frozen=True)
class Suppression:
    """All that the source says against mailing one address."""

    key: str
    address: str
    """As written; blank for a contact without address."""
    reasons: tuple[str, ...]
    """From consent.REASONS, in that order."""
    date: date | None
    """The earliest of the dates given."""
    lists: tuple[str, ...]
    """Empty: all mail."""
    entries: tuple[Entry, ...] = ()

    @property
    def newest(self) -> str:
        """The day (ISO) after which nothing is said against mailing it; blank where a statement has no date."""
        days = [entry.date for entry in self.entries] if self.entries else [self.date]
        return "" if None in days else str(max(day for day in days if day))

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(entry.row for entry in self.entries)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(sorted({entry.words for entry in self.entries if entry.words}))


@dataclass
class Ledger:
    """Key → suppression, sorted by key, and the bucket of every row of the suppression files."""

    entries: dict[str, Suppression]
    outcomes: Outcomes = field(default_factory=dict)
    unreadable: list[tuple[str, str, int]] = field(default_factory=list)
    """(text, file, line) of every part of an e-mail cell that is no address, of rows that suppress: for a person."""

    def of(self, addresses: Iterable[str], ids: Iterable[str] = ()) -> list[Suppression]:
        """The suppressions of a person with these addresses (as written or keys) and source ids."""
        keys = dict.fromkeys([*map(email_key, addresses), *(f"id:{i}" for i in ids)])
        return [self.entries[key] for key in keys if key in self.entries]

    def counts(self) -> dict[str, int]:
        """Reason → addresses; an address with two reasons counts under both."""
        return dict(Counter(reason for entry in self.entries.values() for reason in entry.reasons))


def ledger(
    suppressions: Iterable[Row],
    contacts: Iterable[Row],
    when: When,
    events: Iterable[Row] = (),
    torn: Iterable[Row] = (),
) -> Ledger:
    """The ledger out of suppression files, the suppression columns of contacts, and opt-out events of e-mails.

    Every row of a suppression file suppresses, whatever its reason cell holds. A file of suppressions that has
    flag columns (unsubscribed, bounced, consent) filled, and no reason at all, is read by these columns instead.
    `events`: rows of email_sends and campaign_members; only unsubscribes and complaints count, as event, status or
    column. `torn`: the addresses
    of rows of suppression files that were kept out, since their cells cannot be told apart: each of them suppresses.
    """
    suppressions = list(suppressions)
    found = Ledger({})
    statements: dict[str, list[Entry]] = defaultdict(list)
    written: dict[str, set[str]] = defaultdict(set)

    def add(row: Row, entries: list[Entry], fallback: str) -> bool:
        addresses = emails_in(row.get("email", ""))
        if entries:
            found.unreadable += [(text, *where(row)) for text in unreadable_emails(row.get("email", ""))]
        keys = {email_key(a): a for a in addresses} or ({fallback: ""} if fallback else {})
        for key, address in keys.items():
            statements[key] += entries
            written[key].add(address)
        return bool(keys)

    flagged_files = _flagged_files(suppressions)
    for row in suppressions:
        entries = _flags(row, when) if row.get("row_file", "") in flagged_files else _listed(row, when)
        if not entries:
            found.outcomes[where(row)] = NOT_SUPPRESSED
        else:
            found.outcomes[where(row)] = TAKE if add(row, entries, "") else NO_ADDRESS
    for row in torn:
        add(row, _listed(row, when), "")
    for row in contacts:
        if entries := _flags(row, when):
            contact_id = text_of(row, "contact_id")
            add(row, entries, f"id:{contact_id}" if contact_id else "")
    for row in events:
        if entries := _event(row, when):
            contact_id = text_of(row, "contact_id")
            add(row, entries, f"id:{contact_id}" if contact_id else "")
    found.entries = {key: _suppression(key, written[key], entries) for key, entries in sorted(statements.items())}
    found.unreadable.sort()
    return found


def _suppression(key: str, written: set[str], entries: list[Entry]) -> Suppression:
    entries = sorted(entries, key=lambda e: e.sort_key)
    dates = [entry.date for entry in entries if entry.date]
    lists: tuple[str, ...] = ()
    if all(entry.list for entry in entries):
        lists = unite_lists(part for entry in entries for part in entry.list.split("; "))
    reasons = in_order({reason for entry in entries for reason in entry.reasons})
    return Suppression(key, min(written), reasons, min(dates, default=None), lists, tuple(entries))


def unite_lists(names: Iterable[str]) -> tuple[str, ...]:
    """List names without repeats (case folded), by name."""
    found: dict[str, str] = {}
    for name in sorted(names):
        found.setdefault(fold_text(name), name)
    return tuple(sorted(found.values(), key=lambda n: (fold_text(n), n)))


def _listed(row: Row, when: When) -> list[Entry]:
    """What a row of a suppression file says: always something."""
    words = text_of(row, "reason")
    return [Entry(reasons_of(words), _day(when(row, "date")), _lists(row), words, row)]


def _lists(row: Row) -> str:
    parts = [part.strip() for part in text_of(row, "list").replace("|", ";").split(";")]
    filled = [part for part in parts if part]
    if any(fold_text(part) in _ALL_LISTS for part in filled):
        return ""
    return "; ".join(unite_lists(filled))


def _flags(row: Row, when: When) -> list[Entry]:
    """What the suppression columns of a contact say; a date in such a column, or beside it, is the date."""
    entries = []
    for column, reason in _COLUMN_REASON.items():
        cell = row.get(column, "")
        if cell and (consent_missing(cell) if column == "consent" else opted_out(cell)):
            day = _day(when(row, column)) if sum(map(str.isdigit, cell)) >= 6 else None
            if day is None and row.get("date"):
                day = _day(when(row, "date"))
            entries.append(Entry((reason,), day, "", f"{column}={text_of(row, column)}", row))
    return entries


def _event(row: Row, when: When) -> list[Entry]:
    """An event of an e-mail, or its status, that is an opt-out or a complaint; so is a filled column that says so."""
    entries = [
        Entry(reasons, None, "", f"{column}={text_of(row, column)}", row)
        for column, cell in row.items()
        if cell and (reasons := reasons_of_column(column)) and opted_out(cell)
    ]
    for column, time in (("event", "event_at"), ("status", "sent_at"), ("Status", "sent_at")):
        words = text_of(row, column)
        if found := reasons_of_event(words):
            entries.append(Entry(found, _day(when(row, time)), "", f"{column}={words}", row))
    return entries


def _flagged_files(rows: Iterable[Row]) -> set[str]:
    flagged: set[str] = set()
    reasoned: set[str] = set()
    for row in rows:
        file = row.get("row_file", "")
        if any(not blank(row.get(column, "")) for column in SUPPRESSION_COLUMNS):
            flagged.add(file)
        if not blank(row.get("reason", "")):
            reasoned.add(file)
    return flagged - reasoned


def _day(time: datetime | None) -> date | None:
    return time.date() if time else None
