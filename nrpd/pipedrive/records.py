"""The destination as plain data: what an account holds, by name, never by this account's hash keys.

Canonical values. Everywhere outside `pipedrive/schema.py` a record's field is known by its name in the account
(`Lead Score`) or by its API name for standard fields (`name`, `emails`, `owner_id`), and its value has one form:

=================  =======================================================================
field type         canonical value
=================  =======================================================================
varchar, text,     str (never empty)
varchar_auto, phone
double             int or float
monetary           {"value": number, "currency": "EUR"}
date               "YYYY-MM-DD"
daterange          {"value": "YYYY-MM-DD", "until": "YYYY-MM-DD"}
time               {"value": "HH:MM:SS"}
enum               the option's label (str)
set                tuple of option labels, sorted
user, org, people  int id
address            {"value": str, optional "locality", "postal_code", "country", …}
emails, phones     tuple of {"value", "label", "primary"}
=================  =======================================================================

A blank value is absent, never None or "" (a blank source value never clears anything).
Source of the shapes: facts/pipedrive.md section 8, OpenAPI v2 `POST /persons`, `GET /personFields`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ENTITIES = ("person", "organization", "deal", "activity")

FIELD_TYPES = (
    "varchar", "varchar_auto", "text", "double", "monetary", "date", "daterange", "time", "timerange", "set", "enum",
    "phone", "address", "org", "people", "user",
)  # fmt: skip
"""The sixteen types of which a custom field can be made (OpenAPI v2, `POST /personFields`)."""

MAX_LENGTH: Mapping[str, int] = {"varchar": 255, "varchar_auto": 255, "phone": 255, "text": 65_000, "name": 255}
"""Longest text per type, in characters (facts/pipedrive.md, section 8)."""

MAX_NOTE_BYTES = 100_000
"""Longest note, and note of an activity (facts/pipedrive.md, sections 5 and 16)."""

MAX_OPTIONS = 10_000
MAX_OPTION_LENGTH = 255

FIELD_LIMITS: Mapping[str, int] = {
    "lite": 30, "growth": 100, "premium": 300, "ultimate": 500,
    "essential": 30, "advanced": 100, "professional": 300, "power": 500, "enterprise": 1_000_000,
}  # fmt: skip
"""Plan → custom fields per company, all entities together (facts/pipedrive.md, section 16)."""

TOKEN_MULTIPLIERS: Mapping[str, int] = {
    "lite": 1, "growth": 2, "premium": 5, "ultimate": 7,
    "essential": 1, "advanced": 2, "professional": 3, "power": 5, "enterprise": 7,
}  # fmt: skip
"""Plan → multiplier of the daily budget of 30,000 tokens a seat (facts/pipedrive.md, section 2)."""

BURST_LIMITS: Mapping[str, int] = {
    "lite": 20, "growth": 40, "premium": 100, "ultimate": 120,
    "essential": 20, "advanced": 40, "professional": 80, "power": 100, "enterprise": 120,
}  # fmt: skip
"""Plan → requests in any two seconds, for an API token (facts/pipedrive.md, section 2)."""

SOURCE_ID_FIELD = "Net-Results ID"
SUPPRESSION_FIELDS = ("Suppression status", "Suppression reason", "Suppression date")


@dataclass(frozen=True)
class Option:
    """One choice of an `enum` or `set` field."""

    id: int
    label: str


@dataclass(frozen=True)
class Field:
    """A field of an entity of this account. `key` is its API code (40 characters where custom)."""

    entity: str
    name: str
    key: str
    type: str
    custom: bool
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class User:
    """A user of the account (GET /v1/users)."""

    id: int
    name: str
    email: str
    active: bool
    admin: bool = False


@dataclass(frozen=True)
class ActivityType:
    """An activity type (GET /v1/activityTypes). `key` is what an activity's `type` holds."""

    id: int
    name: str
    key: str
    active: bool


@dataclass(frozen=True)
class AccountFacts:
    """What the account is, without its records."""

    company_id: int
    company_name: str
    company_domain: str
    me: User
    users: tuple[User, ...]
    fields: tuple[Field, ...]
    activity_types: tuple[ActivityType, ...]
    pipelines: tuple[Mapping[str, Any], ...]
    stages: tuple[Mapping[str, Any], ...]
    campaigns: bool
    """The Campaigns add-on is there, so `marketing_status` exists."""
    default_currency: str = "USD"
    timezone: str = "UTC"
    addons: tuple[str, ...] | None = ()
    """Codes of the add-ons; None where the token's user may not see them."""
    other_fields: Mapping[str, int | None] | None = None
    """Custom fields of products and projects; None for one that the account does not have, and before they were asked
    for."""

    def fields_of(self, entity: str) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.entity == entity)

    def has(self, entity: str, key: str) -> bool:
        """Whether a standard field exists on this account (`job_title`, `postal_address`, `website` …)."""
        return any(f.key == key and not f.custom for f in self.fields if f.entity == entity)


def looks_like_json(text: str) -> bool:
    """Whether Pipedrive would read an entry of e-mails or phones as the whole list."""
    return text.lstrip().startswith(("{", "["))


@dataclass(frozen=True)
class Target:
    """Where a source field goes. `field` is an API name for standard fields, else a name in the account."""

    entity: str
    """person, organization, deal, activity, or `none` for a field that is skipped."""
    field: str
    type: str
    new: bool
    """True: a custom field that nrpd creates."""


@dataclass(frozen=True)
class MappingRow:
    """One row of the mapping sheet, as `decisions/mapping.yaml` holds it (design.md, "The folder of a customer")."""

    object: str
    source: str
    """The header as the customer's file has it."""
    column: str
    """Its name in the staged table."""
    fill: float
    type: str
    target: Target
    transform: str
    """A name from `mapping/transform.py`; `skip` leaves the field out, and `reason` says why."""
    confidence: float
    reason: str
    by: str = ""
    unfit: str = ""
    """What becomes of values that do not fit the target: `quarantine`, or blank where nothing is decided."""
