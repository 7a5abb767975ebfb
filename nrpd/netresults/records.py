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
from email.utils import parseaddr
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

NO_WORDS = frozenset({"0", "0.0", "no", "n", "false", "f", "off"})
"""Words (case folded) that mean `not opted out` in an `unsubscribed` or `bounced` cell; any other word suppresses."""

YES_WORDS = frozenset({"1", "1.0", "yes", "y", "true", "t", "on", "granted", "given"})
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


_INVISIBLE = re.compile(
    "[\\u0000-\\u001f\\u007f\\u00a0\\u00ad\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\ufeff]"
)
_PLAIN_DOMAIN = re.compile(r"[a-z0-9.-]+")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BETWEEN = re.compile(r"\s*(?:;|,|\||:::|\s/\s|\n)\s*")


def visible(text: str) -> str:
    """`text` without invisible characters and without white space around it."""
    if text.isprintable():  # nearly every cell; all characters of _INVISIBLE are unprintable
        return text.strip()
    return _INVISIBLE.sub(lambda m: " " if m.group() in "\t\n\r\u00a0" else "", text).strip()


def email_key(address: str) -> str:
    """The form in which addresses are compared: Unicode form, case and IDN folded. Blank where there is no address.

    Only the key is folded; what is stored stays as written (design.md, "Source").
    """
    text = unicodedata.normalize("NFKC", visible(address)).casefold()
    local, _, domain = text.rstrip(".").rpartition("@")
    return f"{local}@{_domain_key(domain)}" if local and domain and " " not in text else ""


@lru_cache(maxsize=65_536)
def _domain_key(domain: str) -> str:
    if _PLAIN_DOMAIN.fullmatch(domain):  # IDNA leaves these as they are, or refuses them, but takes its time
        return domain
    with suppress(idna.IDNAError):
        return idna.encode(domain, uts46=True).decode("ascii")
    return domain


def emails_in(cell: str) -> list[str]:
    """The addresses of one cell, as written, first one first, without repeats.

    Understands display names (`Kim <a@x.example>`) and the separators `;`, `,`, `|`, `:::` and line breaks. A part
    that is no address is left out here; `unreadable_emails` names it.
    """
    found: dict[str, str] = {}
    for part in _parts(cell):
        address = _address_of(part)
        if key := email_key(address):
            found.setdefault(key, address)
    return list(found.values())


def unreadable_emails(cell: str) -> list[str]:
    """The parts of an e-mail cell that are not addresses."""
    return [part for part in _parts(cell) if not email_key(_address_of(part))]


def address_hash(address: str) -> str:
    """SHA-256 (hex) of the normalised address, as the file named by `source.erased` holds it."""
    return hashlib.sha256(email_key(address).encode()).hexdigest()


def _parts(cell: str) -> list[str]:
    # An entity holds a `;`: unescaped first, or `o&#39;neil@x.example` would be read as another address.
    text = visible(_ENTITY.sub(lambda found: html.unescape(found.group()), cell).replace("\n", ";"))
    return [part for part in _BETWEEN.split(text) if part]


def _address_of(part: str) -> str:
    if "<" in part:
        part = parseaddr(part)[1] or part
    return visible(part.removeprefix("mailto:").strip("<>\"' "))
