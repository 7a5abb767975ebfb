"""Contacts: which of them are people, and which of them are the same person.

The key is the source id, then the normalised e-mail: any address of any row. Rows that share an id or an address,
directly or through others, are one person (design.md, "Source"; issue "People"). Look-alikes are never folded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nrpd.mapping.hints import is_whole_name
from nrpd.matching.consent import consent_missing, opted_out
from nrpd.matching.folding import Conflict, Rules, components, fold, newest_first
from nrpd.matching.names import fold_name
from nrpd.matching.rows import (
    MERGED,
    POSITION,
    TAKE,
    Outcome,
    Outcomes,
    Row,
    When,
    blank,
    company_text,
    content,
    digest,
    text_of,
    where,
)
from nrpd.netresults.records import (
    OBJECT_COLUMNS,
    SUPPRESSION_COLUMNS,
    email_key,
    emails_in,
    readable,
    unreadable_emails,
    visible,
)

ANONYMOUS: Outcome = ("skipped", "anonymous visitor")
NO_IDENTITY: Outcome = ("quarantined", "no name, address or phone")
UNREADABLE: Outcome = ("quarantined", "e-mail address cannot be read")

_IDENTITY = ("first_name", "last_name", "work_phone", "mobile_phone", "home_phone")
_WEB = frozenset({"contact_id", "company_id", "created_at", "updated_at", "lead_score"})
_WEB_WORDS = frozenset(  # words of a header that make a custom column web data
    [
        "visit",
        "visits",
        "visitor",
        "visited",
        "ip",
        "browser",
        "referrer",
        "referer",
        "referring",
        "page",
        "pages",
        "pageview",
        "pageviews",
        "session",
        "sessions",
        "cookie",
        "useragent",
        "agent",
        "landing",
        "utm",
        "device",
        "os",
        "isp",
        "geo",
        "web",
        "hits",
        "search",
        "keyword",
        "keywords",
        "tracking",
        "id",
        "guid",
        "uuid",
    ]
)
_DISPLAY_NAME = re.compile(r"[^<>@]*<[^<>]+>")


@dataclass(frozen=True)
class MergedContact:
    """One person of the source, out of one or more contact rows.

    `values` holds every non-blank column as in the files: `contact_id` all ids and `email` all addresses, joined
    with `; `, newest first; `lists` and other multiselects united; `created_at` the oldest.
    """

    key: str
    """Key of the first address; `id:<contact_id>` without an address; `row:<digest>` without an id too."""
    ids: tuple[str, ...]
    addresses: tuple[str, ...]
    """As written, newest first; the first one is the primary."""
    values: Mapping[str, str]
    sources: Mapping[str, str]
    """Column → the file its value came from."""
    rows: tuple[Row, ...]
    """Newest first; the first one counts as the contact, the others as merged."""
    conflicts: tuple[Conflict, ...] = ()
    address_keys: tuple[str, ...] = ()
    """Keys of `addresses`, in the same order."""

    @property
    def name(self) -> str:
        """First and last name as written; blank where there is neither."""
        return " ".join(t for c in ("first_name", "last_name") if (t := visible(self.values.get(c, ""))))


@dataclass
class Contacts:
    """All people of the source, by key, and the bucket of every contact row."""

    people: list[MergedContact]
    outcomes: Outcomes
    by_id: dict[str, str] = field(default_factory=dict)
    by_address: dict[str, str] = field(default_factory=dict)

    def find(self, contact_id: str = "", email: str = "") -> str | None:
        """The key of the person of a source id, else of the first known address in an e-mail cell."""
        if (key := self.by_id.get(visible(contact_id))) is not None:
            return key
        return next((k for a in emails_in(email) if (k := self.by_address.get(email_key(a)))), None)

    def person_of(self, row: Row) -> str | None:
        """The key of the person that a send, member, note or activity row names."""
        return self.find(row.get("contact_id", ""), row.get("email", ""))


def bucket(row: Row) -> Outcome:
    """Whether a contact row is taken, skipped (a visitor with ids and web data only) or quarantined."""
    cell = row.get("email", "")
    if not blank(cell):
        if unreadable_emails(cell) and not (_DISPLAY_NAME.fullmatch(visible(cell)) and emails_in(cell)):
            return UNREADABLE
        if emails_in(cell):
            return TAKE
    if any(not blank(row.get(c, "")) for c in _IDENTITY):
        return TAKE
    if any(is_whole_name(column) and not blank(cell) for column, cell in row.items()):
        return TAKE
    return NO_IDENTITY if any(_says_something(c, v) for c, v in row.items()) else ANONYMOUS


def collect(rows: Iterable[Row], when: When, separators: Mapping[str, str] | None = None) -> Contacts:
    """Sorts contact rows into buckets and merges the taken ones. `separators` as in `merge`."""
    outcomes: Outcomes = {}
    taken: list[Row] = []
    for row in rows:
        outcome = bucket(row)
        outcomes[where(row)] = outcome
        if outcome == TAKE:
            taken.append(row)
    return contacts_of(merge(taken, when, separators), outcomes)


def contacts_of(people: Iterable[MergedContact], outcomes: Outcomes) -> Contacts:
    """Indexes merged people; the rows folded into them get the outcome `skipped: merged`."""
    found = Contacts(sorted(people, key=lambda p: p.key), dict(outcomes))
    for person in found.people:
        found.by_id.update(dict.fromkeys(person.ids, person.key))
        found.by_address.update(dict.fromkeys(person.address_keys, person.key))
        for i, row in enumerate(person.rows):
            found.outcomes[where(row)] = MERGED if i else TAKE
    return found


def merge(rows: Sequence[Row], when: When, separators: Mapping[str, str] | None = None) -> list[MergedContact]:
    """One person per group of rows that share an id or an address, sorted by key.

    `separators`: column → separator of its multiselect cells (SourceField.separator); `lists` is `;` unless given.
    """
    rules = _rules(separators or {})
    groups = components([_tokens(row) for row in rows])
    people = [_person([rows[i] for i in group], rules, when) for group in groups]
    return sorted(people, key=lambda p: p.key)


def remerge(people: Sequence[MergedContact], when: When, separators: Mapping[str, str] | None = None) -> MergedContact:
    """One person out of several that turned out to be the same (the account holds them as one)."""
    return _person([row for person in people for row in person.rows], _rules(separators or {}), when)


def _rules(separators: Mapping[str, str]) -> Rules:
    return Rules(
        id_column="contact_id",
        united={"lists": ";", **separators},
        strictest={
            "unsubscribed": lambda cell: int(opted_out(cell)),
            "bounced": lambda cell: int(opted_out(cell)),
            "consent": lambda cell: int(consent_missing(cell)),
        },
        silent=frozenset({"contact_id", "email", "updated_at", "company_id"}),
    )


def _tokens(row: Row) -> list[tuple[str, str]]:
    tokens = [("email", email_key(a)) for a in emails_in(row.get("email", ""))]
    if contact_id := text_of(row, "contact_id"):
        tokens.append(("id", contact_id))
    return tokens or [("row", _row_key(row))]


def _row_key(row: Row) -> str:
    return "row:" + digest(*(f"{c}={v}" for c, v in content(row)))


def _person(rows: Sequence[Row], rules: Rules, when: When) -> MergedContact:
    rows = newest_first(rows, "contact_id", when)
    folded = fold(rows, rules, when)
    ids = tuple(dict.fromkeys(i for row in rows if (i := text_of(row, "contact_id"))))
    addresses: dict[str, str] = {}
    for row in rows:
        for address in emails_in(row.get("email", "")):
            key = email_key(address)
            addresses[key] = readable(addresses[key], address) if key in addresses else address
    values = folded.values
    if ids:
        values["contact_id"] = "; ".join(ids)
    if addresses:
        values["email"] = "; ".join(addresses.values())
    conflicts = folded.conflicts + _settle_company(rows, values)
    first = next(iter(addresses), "")
    key = first or (f"id:{ids[0]}" if ids else _row_key(rows[0]))
    written = tuple(addresses.values())
    return MergedContact(key, ids, written, values, folded.sources, tuple(rows), conflicts, tuple(addresses))


def _settle_company(rows: Sequence[Row], values: dict[str, str]) -> tuple[Conflict, ...]:
    """Keeps `company_id` and `company_name` about one company: an id from an older row than the name goes, unless
    that row names the same company or none. `-` is no company name."""
    for column in ("company_id", "company_name"):
        kept = next((row for row in rows if company_text(row, column)), None)
        if kept is None:
            values.pop(column, None)
        else:
            values[column] = kept[column]
    named = next((i for i, row in enumerate(rows) if company_text(row, "company_name")), None)
    known = next((i for i, row in enumerate(rows) if company_text(row, "company_id")), None)
    if named is None or known is None or known <= named:
        return ()
    other = company_text(rows[known], "company_name")
    if not other or fold_name(other) == fold_name(rows[named]["company_name"]):
        return ()
    lost = values.pop("company_id")
    ids = (text_of(rows[named], "contact_id"), text_of(rows[known], "contact_id"))
    return (Conflict("company_id", "", visible(lost), ids),)


def _says_something(column: str, cell: str) -> bool:
    if column in POSITION or column in _WEB or blank(cell):
        return False
    if column in SUPPRESSION_COLUMNS:
        return opted_out(cell) if column != "consent" else consent_missing(cell)
    if column in ("company_name",):
        return bool(company_text({column: cell}, column))
    return column in OBJECT_COLUMNS["contacts"] or not _is_web(column)


def _is_web(header: str) -> bool:
    words = re.findall(r"[a-z]+|[0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header).lower())
    return any(word in _WEB_WORDS for word in words)
