"""The data-quality list: what is wrong or odd in the source, in which rows, and what will happen to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nrpd.loader.source_view import SourceView
from nrpd.mapping.convert import ZERO_DATE, Context
from nrpd.mapping.dates import UNDECIDABLE, DoesNotFit, is_zero_date, parse_date
from nrpd.mapping.transform import judge
from nrpd.mapping.values import is_blank
from nrpd.matching.consent import reasons_of_event
from nrpd.matching.rows import TAKE, Outcomes
from nrpd.matching.sends import kind_of
from nrpd.netresults.staged import Flag, Staged
from nrpd.phases.source import TIMES
from nrpd.pipedrive.records import MAX_LENGTH, MappingRow

Place = tuple[str, int]
"""(file, line)"""

KEPT_OUT = "kept out until somebody decides; each row stands in reports/quarantine.csv"
ASKED = "02_mapping asks: as text, left out, or its row kept out"
_FLAGS: Mapping[str, str] = {
    "mojibake": "moves as written; where it is wrong, export the file again as UTF-8",
    "encoding": "nothing is lost where names look right",
    "quotes": "nothing is lost where texts with quotes look right",
    "header": "nothing is lost; where it is wrong, pin the column in source.columns",
    "merged": "the other rows stay blank; undo the merging and fill them where they should not",
    "hidden": "not moved, unless source.files names the sheet",
    "error": "moves as written; correct the workbook and export it again",
    "erased": "moves without the address",
    "remarks": "not moved, unless source.files names the sheet",
    "file": "handed over as it is",
    "source": "not moved, so that nothing is there twice",
    "scientific": "stays out; ask for an export in which the column is text",
    "spreadsheet": "moves as written",
    "guard": "moves without the guard",
    "zero date": "left blank",
    "entities": "moves with the characters that were meant",
    "entities twice": "moves with one level of entities left",
}
"""Kind of flag → what happens."""
_DELIVERED = "counts as delivered, unless a time or another row of the send says more"
_OUTCOMES: Mapping[str, str] = {
    "anonymous visitor": "not moved; each row stands in reports/skipped_anonymous.csv",
    "merged": "becomes part of the record that its other rows make",
    "unknown contact": "not moved: no contact of the export has this id or address",
    "not sent": "not moved: the mail was never sent",
    "not suppressed": "suppresses nobody: its own columns say no",
    "no company": "not moved: `-` and blank mean that there is none",
    "contact without company": "not moved: campaigns stand on companies",
}
"""Reason of a skipped row → what happens."""
_OPT_OUT = re.compile(
    r"bounce|unsub|opt[-_ ]?(?:ed)?[-_ ]?out|suppress|complain|do[-_ ]?not|(?:^|[^a-z])dnc(?![a-z])"
    r"|spam|withdrawn|widerruf|mailable|permission"
    r"|(?:black|block)[-_ ]?list|abgemeld|abmeld|sperr|rebond|rebote|d[eé]sabon|d[eé]sinscr|\bbaja"
    r"|\bkeine? (?:e-?mail|mail|newsletter|werbung|kontakt)|\bnicht (?:kontakt|anschreib)"
    r"|\bne (?:plus|pas) (?:contact|envoy)|\bno (?:desea|contact|enviar)",
    re.IGNORECASE,
)
"""Names that speak of people who must not be mailed."""
_COUNTED = re.compile(r"^(?:(?P<field>[^:]+): )?(?P<count>\d+) (?P<said>cells .*)$", re.DOTALL)
_PLAIN = frozenset({"text", "first_name", "last_name", "full_name", "source_id"})
"""Transforms that take any text as long as it is not too long."""
_MOVES = "moves, less what is said here"
_SHOWN = 3


@dataclass
class Item:
    """One finding in one file. `lines` are the first ones; `count` are rows, or cells of the field."""

    object_: str
    field: str
    finding: str
    count: int
    file: str
    lines: list[int]
    happens: str

    def add(self, line: int) -> None:
        """One more row, or cell, of the same finding."""
        self.count += 1
        if len(self.lines) < _SHOWN:
            self.lines.append(line)

    def row(self) -> dict[str, object]:
        """As a row of the report."""
        more = " …" if self.lines and self.count > len(self.lines) else ""
        return {
            "object": self.object_, "field": self.field, "finding": self.finding, "count": self.count,
            "file": self.file, "lines": ", ".join(map(str, self.lines)) + more, "what happens": self.happens,
        }  # fmt: skip


class Findings:
    """Items by object, field, file and finding."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, ...], Item] = {}

    def add(self, object_: str, field: str, place: Place, finding: str, happens: str) -> None:
        """Counts one row or cell."""
        key = (object_, field, place[0], finding)
        if key not in self.items:
            self.items[key] = Item(object_, field, finding, 0, place[0], [], happens)
        self.items[key].add(place[1])


def findings(view: SourceView, staged: Staged) -> list[Item]:
    """All findings: what stops rows first, then what changes values, then what is only worth a look."""
    found = Findings()
    for q in staged.quarantined:
        found.add(q.object, "", (q.file, q.line), q.reason, KEPT_OUT)
    for object_, outcomes in _outcomes(view).items():
        for place, (outcome, reason) in outcomes.items():
            if (outcome, reason) != TAKE:
                happens = KEPT_OUT if outcome == "quarantined" else _OUTCOMES.get(reason, "not moved")
                found.add(object_, "", place, reason, happens)
    for text, file, line in view.ledger.unreadable:
        finding = f"part of an e-mail cell is no address ({len(text)} characters)"
        happens = "not suppressed by itself; the readable addresses of its row are"
        found.add("suppressions", "email", (file, line), finding, happens)
    _values(found, view, staged)
    _times(found, view, staged)
    _unknown_words(found, staged)
    _zero_dates(found, view, staged)
    said = {(item.field, item.file) for item in found.items.values() if "zero date" in item.finding}
    flags = [_of_flag(flag, staged) for flag in staged.flags]
    return [
        *found.items.values(),
        *_same_rows(staged),
        *_perhaps_opt_outs(view),
        *(f for f in flags if (f.field, f.file) not in said),
    ]


def _outcomes(view: SourceView) -> dict[str, Outcomes]:
    return {
        "contacts": view.contacts.outcomes, "companies": view.companies.outcomes, "email_sends": view.sends.outcomes,
        "campaigns": view.campaigns.outcomes, "campaign_members": view.campaigns.member_outcomes,
        "suppressions": view.ledger.outcomes,
    }  # fmt: skip


def _values(found: Findings, view: SourceView, staged: Staged) -> None:
    """Cells that do not become the value of their field as they are, by the map that is proposed."""
    longest = {(f.object, f.column): f.max_length for f in view.fields}
    for row in view.mapping:
        fits = row.transform in _PLAIN and longest.get((row.object, row.column), 0) <= MAX_LENGTH["varchar"]
        if fits or not staged.has(row.object) or row.column not in staged.columns(row.object):
            continue
        odd = dict(_odd(row, staged, view.context))
        for file, line, text in staged.lines(row.object, row.column, {text for _, text in odd}):
            if (file, text) in odd:
                finding, happens = odd[file, text]
                found.add(row.object, row.source, (file, line), finding, happens)


def _unknown_words(found: Findings, staged: Staged) -> None:
    """Words for what became of a send that mean nothing here; those of opt-outs are read by the ledger."""
    for column in {"status", "event"}.intersection(staged.columns("email_sends")):
        texts = {text for texts in staged.counts("email_sends", column).values() for text in texts}
        odd = {t for t in texts if not is_blank(t) and not kind_of(t) and not reasons_of_event(t)}
        for file, line, _ in staged.lines("email_sends", column, odd):
            found.add("email_sends", column, (file, line), "no word that says what became of the mail", _DELIVERED)


def _zero_dates(found: Findings, view: SourceView, staged: Staged) -> None:
    """Of fields that are not in the map: their cells hold nothing else."""
    mapped = {(row.object, row.column) for row in view.mapping}
    for field in view.fields:
        if field.type in ("date", "datetime") and (field.object, field.column) not in mapped:
            zero = {t for texts in staged.counts(field.object, field.column).values() for t in texts if is_zero_date(t)}
            for file, line, _ in staged.lines(field.object, field.column, zero):
                found.add(field.object, field.header, (file, line), ZERO_DATE.partition(";")[0], "left blank")


def _odd(row: MappingRow, staged: Staged, context: Context) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """((file, text), (finding, what happens)) of the texts that do not move as they are."""
    for file, texts in staged.counts(row.object, row.column).items():
        for text in texts:
            kind, why = judge(row, text, context, file)
            if kind == "unfit":
                yield (file, text), (why, ASKED)
            elif kind == "loss":
                yield (file, text), (why.partition("; left")[0], "left blank" if why == ZERO_DATE else _MOVES)


def _times(found: Findings, view: SourceView, staged: Staged) -> None:
    """Times that nothing else can take: where one cannot be read, it is left out, and a send without it too."""
    for object_, columns in TIMES.items():
        for column in set(columns).intersection(staged.columns(object_)):
            happens = "a send without a time of its own is kept out" if column == "sent_at" else "left out"
            odd = {
                (file, text): why
                for file, texts in staged.counts(object_, column).items()
                for text in texts
                if (why := _unreadable(text, view.context, (object_, column, file)))
            }
            for file, line, text in staged.lines(object_, column, {text for _, text in odd}):
                if (file, text) in odd:
                    zero = is_zero_date(text)
                    found.add(object_, column, (file, line), odd[file, text], "left blank" if zero else happens)


def _unreadable(text: str, context: Context, of: tuple[str, str, str]) -> str:
    """Why a cell gives no time; blank where it gives one, or is blank."""
    if is_blank(text):
        return ""
    if is_zero_date(text):
        return ZERO_DATE.partition(";")[0]
    order = context.date_orders.get(of, "")
    try:
        parse_date(text, "" if order == UNDECIDABLE else order, context.timezone)
    except DoesNotFit as error:
        return error.reason
    return ""


def _same_rows(staged: Staged) -> Iterable[Item]:
    return [
        Item(object_, "", "the same row once more, in all its cells", count, "", [], "counted once")
        for object_, count in staged.same_rows.items()
        if count
    ]


def _perhaps_opt_outs(view: SourceView) -> Iterable[Item]:
    """Custom fields of contacts whose name speaks of opt-outs or bounces: too vague to suppress anybody by."""
    finding = "its name speaks of opt-outs or bounces, but too vaguely to be read as one"
    happens = "suppresses nobody; if it should, name it in source.columns, e.g. contacts: {bounced: …}"
    return [
        Item("contacts", field.header, finding, field.filled, "", [], happens)
        for field in view.fields
        if field.object == "contacts" and not field.known and field.filled and _OPT_OUT.search(field.header)
    ]


def _of_flag(flag: Flag, staged: Staged) -> Item:
    object_ = next((f.object for f in staged.files if f.path == flag.file and f.object), "")
    happens = _FLAGS.get(flag.kind, "")
    if counted := _COUNTED.match(flag.detail):
        said = counted["said"].partition(":")[0].partition(", which")[0].partition("; ")[0]
        return Item(object_, counted["field"] or "", said, int(counted["count"]), flag.file, [flag.line], happens)
    return Item(object_, "", f"{flag.kind}: {flag.detail}", 1, flag.file, [flag.line], happens)
