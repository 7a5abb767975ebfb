"""The source's objects as plain data: their columns, a field's profile, and the key of an address.

Names are those of design.md ("Source"). Every cell of a staged table is `str`; blank is the empty string, never
None or NaN. Besides its columns a staged table carries `row_file` and `row_line` (the first physical line of the
record in that file, 1-based), so that everything that happens to a row can be traced to where it came from.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

import idna

ROW_FILE = "row_file"
ROW_LINE = "row_line"

OBJECT_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "contacts": (
            "contact_id", "email", "first_name", "last_name", "title", "company_id", "company_name", "address_1",
            "address_2", "city", "state", "country", "postal_code", "work_phone", "mobile_phone", "home_phone", "fax",
            "lead_score", "lead_stage", "lead_source", "opt_in_date", "lists", "owner_email", "created_at",
            "updated_at",
        ),
        "companies": (
            "company_id", "name", "domain", "parent_company", "address_1", "address_2", "city", "state", "country",
            "postal_code", "phone", "employee_count", "owner_email", "created_at", "updated_at",
        ),
        "campaigns": (
            "campaign_id", "name", "status", "type", "start_date", "end_date", "description", "owner_email",
        ),
        "campaign_members": (
            "campaign_id", "campaign_name", "contact_id", "email", "company_id", "company_name", "deal_id",
            "deal_title", "joined_at",
        ),
        "email_sends": (
            "send_id", "contact_id", "email", "campaign_id", "email_id", "subject", "sent_at", "status", "opened_at",
            "clicked_at", "bounced_at", "bounce_type", "event", "event_at",
        ),
        "suppressions": ("email", "reason", "date", "list"),
        "templates": ("email_id", "name", "subject", "file"),
        "workflows": (
            "workflow_id", "name", "status", "type", "trigger", "conditions", "actions", "step_count", "enrolled",
        ),
        "owners": ("owner_id", "name", "email", "active"),
        "notes": ("note_id", "contact_id", "email", "company_id", "company_name", "text", "date", "author", "type"),
        "activities": (
            "activity_id", "contact_id", "email", "company_id", "company_name", "subject", "text", "date", "author",
            "type",
        ),
        "files": ("file_id", "contact_id", "email", "company_id", "company_name", "path", "date", "author", "type"),
    }
)  # fmt: skip
"""Object → its known columns, in the order of design.md. Any other column of a file is a custom field."""

ID_COLUMN: Mapping[str, str] = MappingProxyType(
    {
        "contacts": "contact_id", "companies": "company_id", "campaigns": "campaign_id", "email_sends": "send_id",
        "templates": "email_id", "workflows": "workflow_id", "owners": "owner_id", "notes": "note_id",
        "activities": "activity_id", "files": "file_id",
    }
)  # fmt: skip
"""Object → the column that holds its own id; objects without one are known by their content."""

SUPPRESSION_COLUMNS = ("unsubscribed", "bounced", "consent")
"""Columns of a contacts file that are suppression, not custom fields: staged under these names.

`unsubscribed` and `bounced`: blank or a no-word means not suppressed, anything else suppressed.
`consent`: a no-word or an unreadable value means suppressed (`no consent`); blank says nothing.
"""

NO_WORDS = frozenset(["0", "0.0", "no", "n", "false", "f", "off", "nein", "falsch", "non", "faux", "falso"])
"""Words (case folded) that mean `not opted out` in an `unsubscribed` or `bounced` cell; any other word suppresses."""

YES_WORDS = frozenset(
    ["1", "1.0", "yes", "y", "true", "t", "on", "granted", "given", "ja", "j", "wahr", "oui", "vrai", "si", "sí"]
)
"""Words (case folded) that mean consent in a `consent` cell; any other word is `no consent`."""

FIELD_TYPES = (
    "text", "number", "decimal", "date", "datetime", "boolean", "dropdown", "multiselect", "website", "lookup", "phone",
    "email",
)  # fmt: skip


@dataclass(frozen=True)
class SourceField:
    """One column of one object, with what its values look like. `fits` and `fill` are shares from 0 to 1."""

    object: str
    column: str
    """Its name in the staged table: a design column, or the header of a custom field."""
    header: str
    """As written in the customer's file."""
    known: bool
    count: int
    filled: int
    distinct: int
    type: str
    fits: float
    max_length: int
    samples: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """The distinct values of a dropdown, or the distinct parts of a multiselect, most frequent first."""
    separator: str = ""
    """Between the parts of a multiselect."""
    date_orders: Mapping[str, str] = field(default_factory=dict)
    """File → ymd, mdy, dmy or `undecidable`, for date columns."""
    form: str = ""
    """What the cells of a text column all are: money, time, date_range or time_range; blank where nothing like it."""
    min_length: int = 0
    """Of the cells that are not blank; 0 where all are."""

    @property
    def fill(self) -> float:
        return self.filled / self.count if self.count else 0.0


@dataclass(frozen=True)
class Quarantined:
    """A source row kept out, with where it stands and why. One row of `reports/quarantine.csv`."""

    object: str
    source_id: str
    email: str
    file: str
    line: int
    reason: str


_AT = re.compile("[@\uff20\ufe6b]")
_INVISIBLE = re.compile(
    "[\\u0000-\\u001f\\u007f\\u00a0\\u00ad\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\ufeff]"
)
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]*[A-Za-z0-9]")
"""Nearly every address; nothing in it is unescaped, parted, stripped or folded but its case."""
_PLAIN_DOMAIN = re.compile(r"[a-z0-9.-]+")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BETWEEN = re.compile(r"\s*(?:;|,|\||:::|\s/\s|\n)\s*")
_NAMED = re.compile(r"((?:\"[^\"]*\"|[^<>\"])*)<([^<>]*)>")
"""What stands before an address in angle brackets, and the address."""
_NEVER = frozenset("@<>()[]:;,\\")
_NO_DOMAIN = frozenset("!#$%&'*+/=?^`{|}~\"“”„‟«»‹›‘’‚")
"""With one of these in its domain an address would have a key that nobody else has."""
_AROUND = "<>\"' “”„‟«»‹›‘’‚"
"""What people and programs put around an address."""


def visible(text: str) -> str:
    """`text` without invisible characters and without white space around it."""
    if text.isprintable():  # nearly every cell; all characters of _INVISIBLE are unprintable
        return text.strip()
    return _INVISIBLE.sub(lambda m: " " if m.group() in "\t\n\r\u00a0" else "", text).strip()


def has_at(text: str) -> bool:
    """Whether `text` could hold an address: it has an @, or one of the forms that are folded to it."""
    return "@" in text or bool(_AT.search(text))


def email_key(address: str) -> str:
    """The form in which addresses are compared: Unicode form, case and IDN folded. Blank where there is no address.

    Only the key is folded; what is stored stays as written (design.md, "Source").
    """
    if _PLAIN_ADDRESS.fullmatch(address):
        return address.lower()
    # Not casefold(), which takes ß for ss: straße.example and strasse.example are two domains.
    text = unicodedata.normalize("NFKC", visible(address)).lower()
    local, at, domain = text.rstrip(".").rpartition("@")
    if not at or not local or not domain or " " in text or not _NEVER.isdisjoint(local + domain):
        return ""
    if not _NO_DOMAIN.isdisjoint(domain):
        return ""
    return f"{local}@{_domain_key(domain)}"


def readable(one: str, other: str) -> str:
    """Of two ways to write one address the one that people read: not `xn--…`, not decomposed; else the first."""
    return min((one, other), key=lambda a: ("xn--" in a.casefold(), not unicodedata.is_normalized("NFKC", a)))


@lru_cache(maxsize=65_536)
def _domain_key(domain: str) -> str:
    if _PLAIN_DOMAIN.fullmatch(domain):  # IDNA leaves these as they are, or refuses them, but takes its time
        return domain
    with suppress(idna.IDNAError):
        return idna.encode(domain, uts46=True).decode("ascii")
    return domain


def emails_in(cell: str) -> list[str]:
    """The addresses of one cell, as written, first one first, without repeats.

    Understands display names (`Kim <a@x.example>`, `"Lee, Kim" <a@x.example>`) and the separators `;`, `,`, `|`,
    `:::`, ` / `, blanks and line breaks. A part that is no address is left out here; `unreadable_emails` names it.
    Of one address in several forms (`bücher.example`, `xn--bcher-kva.example`) the readable one is given.
    """
    if _PLAIN_ADDRESS.fullmatch(cell):
        return [cell]
    found: dict[str, str] = {}
    for part in _parts(cell):
        if key := email_key(part):
            found[key] = readable(found[key], part) if key in found else part
    return list(found.values())


def unreadable_emails(cell: str) -> list[str]:
    """The parts of an e-mail cell that are not addresses."""
    return [] if _PLAIN_ADDRESS.fullmatch(cell) else [part for part in _parts(cell) if not email_key(part)]


def address_hash(address: str) -> str:
    """SHA-256 (hex) of the normalised address, as the file named by `source.erased` holds it."""
    return hashlib.sha256(email_key(address).encode(errors="surrogatepass")).hexdigest()


def _parts(cell: str) -> list[str]:
    """The parts of an e-mail cell: addresses, and what should have been one. Display names are no parts."""
    # An entity holds a `;`: unescaped first, or `o&#39;neil@x.example` would be read as another address.
    text = visible(_ENTITY.sub(lambda found: html.unescape(found.group()), cell).replace("\n", ";"))
    if "<" not in text:
        return _split(text)
    parts: list[str] = []
    end = 0
    for match in _NAMED.finditer(text):
        # Addresses may stand before the display name; what has no @ there is the name.
        parts += [part for part in _split(match[1]) if has_at(part) and email_key(part) != email_key(match[2])]
        parts.append(_bare(match[2]) or _bare(match[1]))
        end = match.end()
    return [part for part in parts if part] + _split(text[end:])


def _split(text: str) -> list[str]:
    found: list[str] = []
    for part in _BETWEEN.split(text):
        words = [_bare(word) for word in part.split()]
        # Blanks part addresses only where they part nothing else.
        found += words if len(words) > 1 and all(map(email_key, words)) else [_bare(part)]
    return [part for part in found if part]


def _bare(part: str) -> str:
    text = part.strip(_AROUND).removeprefix("mailto:").strip(_AROUND)
    if "@" in text:
        text = text.partition("?")[0].rstrip("/") if "?" in text.rpartition("@")[2] else text.rstrip("/")
    return visible(text)
