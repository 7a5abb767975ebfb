"""The columns that a header names by its words: data for headers.py, in terms of the concepts of words.py.

A rule names its column if each group of its core is said by a word of its own and every other word is one of its
extras (or a word that says nothing, such as `of`). So a header that says more than the column does is never taken
for it: `Bounce count`, `Email opt-in source`, `Company ID (external)` and `Secondary email` are custom fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Rule:
    """`core`: groups of concepts, one of each must be said; `extras`: concepts that may be said besides."""

    column: str
    core: tuple[frozenset[str], ...]
    extras: frozenset[str]


def _rule(column: str, core: str, extras: str = "") -> Rule:
    groups = tuple(frozenset(group.split("|")) for group in core.split())
    return Rule(column, groups, frozenset(extras.split()) | frozenset().union(*groups) | {"filler", "noise"})


_PLACE = "address work primary mailing postal company contact associated one"
_PHONE = "number work primary company contact associated one"


def _address(billing: str) -> list[Rule]:
    place = f"{_PLACE} {billing}"
    return [
        _rule("address_2", "address|street two", f"{place} line street"),
        _rule("address_2", "flat", f"{place} line"),
        _rule("address_2", "extra address|street", f"{place} line"),
        _rule("address_1", "street", f"{place} line house"),
        _rule("address_1", "address", f"{place} line street house"),
        _rule("city", "city", f"{place} name"),
        _rule("state", "state", f"{place} name code region"),
        _rule("country", "country", f"{place} name code region"),
        _rule("postal_code", "zip", f"{place} code number"),
        _rule("postal_code", "postal|mailing code", place),
    ]


def _times(whose: str) -> list[Rule]:
    return [
        _rule("created_at", "created", f"date when record {whose}"),
        _rule("created_at", "creation date|when", f"when record {whose}"),
        _rule("updated_at", "updated", f"latest date when record {whose}"),
        _rule("updated_at", "updating date|when|latest", f"latest when record {whose}"),
    ]


def _owner(whose: str) -> list[Rule]:
    return [
        _rule("owner_email", "owner", f"email address record name nombre assigned agent {whose}"),
        _rule("owner_email", "assigned agent", f"email address record name nombre {whose}"),
    ]


_REFERENCE = [
    _rule("email", "email|emails", "address primary work contact one"),
    _rule("contact_id", "id whose", "record"),
    _rule("company_id", "id company", "record associated primary"),
    _rule("company_name", "company", "name nom nombre associated primary work one contact"),
]

_SUPPRESSION = [
    _rule(
        "unsubscribed",
        "unsubscribed",
        "email emails address contact marketing date when reason all is confirmed record",
    ),
    _rule("unsubscribed", "not email|emails|write|marketing", "bulk is all"),
    _rule("unsubscribed", "blocked email|marketing", "contact is all date when reason"),
    _rule("bounced", "bounced", "email address contact hard date when reason is record"),
    _rule("bounced", "bounce hard", "email address contact date when reason is code"),
    _rule("bounced", "bounce date|reason", "email contact hard when"),
    _rule("bounced", "invalid email", "address contact reason is"),
    _rule("bounced", "not valid email", "address contact reason is"),
    _rule("consent", "consent", "gdpr marketing email emails granted contact is"),
    _rule("consent", "permission marketing|email", "granted contact is"),
    _rule("consent", "accepts marketing|email", "contact"),
]

_CONTACTS = [
    *_SUPPRESSION,
    _rule("first_name", "firstname", "contact"),
    _rule("first_name", "first name", "contact"),
    _rule("first_name", "nombre"),
    _rule("last_name", "lastname", "contact first"),
    _rule("last_name", "last name", "contact"),
    _rule("last_name", "nom", "last"),
    _rule("title", "job jobname", "contact work associated"),
    _rule("title", "function", "contact work associated"),
    _rule("opt_in_date", "optin|subscribed|consent date|when", "email marketing confirmed gdpr contact granted"),
    _rule("lead_score", "score", "lead contact count"),
    _rule("lead_score", "rating lead"),
    _rule("lead_stage", "lead stage|status"),
    _rule("lead_stage", "lifecycle", "stage status contact"),
    _rule("lead_stage", "stage", "contact"),
    _rule("lead_source", "source", "lead contact original name primary"),
    _rule("lists", "list", "membership email name contact"),
    *_owner("contact"),
    _rule("mobile_phone", "mobile", f"phone home {_PHONE}"),
    _rule("home_phone", "home phone", "number contact"),
    _rule("fax", "fax", f"phone {_PHONE}"),
    _rule("work_phone", "phone", f"landline {_PHONE}"),
    _rule("work_phone", "desk number"),
    _rule("work_phone", "dial work", "number"),
    *_REFERENCE,
    _rule("contact_id", "id record"),
    *_address(""),
    *_times("contact"),
]

_COMPANIES = [
    _rule("parent_company", "parent", "company name nom nombre"),
    _rule("employee_count", "employees", "count company"),
    _rule("employee_count", "company size"),
    _rule("domain", "domain", "company name web primary nom nombre"),
    _rule("domain", "website", "company url"),
    _rule("domain", "web url", "company"),
    _rule("phone", "phone", "number work landline primary company one"),
    *_owner("company"),
    _rule("company_id", "id company|record", "record"),
    _rule("name", "company", "name nom nombre"),
    *_address("billing"),
    *_times("company"),
]

RULES: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        "contacts": tuple(_CONTACTS), "companies": tuple(_COMPANIES), "campaigns": tuple(_owner("")),
        "campaign_members": tuple(_REFERENCE),
        "email_sends": tuple(r for r in _REFERENCE if r.column in ("email", "contact_id")),
        "suppressions": (_REFERENCE[0],), "owners": (_REFERENCE[0],), "notes": tuple(_REFERENCE),
        "activities": tuple(_REFERENCE), "files": tuple(_REFERENCE),
    }
)  # fmt: skip
"""Object → its rules; the first that fits counts."""

QUALIFIERS = frozenset(
    {
        "work",
        "primary",
        "company",
        "associated",
        "one",
        "contact",
        "billing",
        "mailing",
        "home",
        "landline",
        "marketing",
    }
)
"""Concepts that make a header less bare: of `Email` and `Work Email` in one file, `Email` is the address."""

_NOT_EMAIL = frozenset({"do not allow mails", "do not allow bulk mails"})
"""Microsoft Dynamics says e-mails where it means them; these are letters."""


def read_by_rule(
    words: tuple[str, ...], object_name: str, meanings: Mapping[str, frozenset[str]]
) -> tuple[str, int] | None:
    """(column, how many qualifiers) that `words` name in a file of `object_name`, else None."""
    if not words or " ".join(words) in _NOT_EMAIL or any(word not in meanings for word in words):
        return None
    said = [_at(meanings[word], place, len(words)) for place, word in enumerate(words)]
    for rule in RULES.get(object_name, ()):
        if all(concepts & rule.extras for concepts in said) and _covers(rule.core, said):
            core = frozenset().union(*rule.core)
            return rule.column, sum(1 for c in said if not c & core and c & rule.extras <= QUALIFIERS)
    return None


def _at(concepts: frozenset[str], place: int, size: int) -> frozenset[str]:
    """A `no` at the end is a number (`Phone No`), at the beginning it may be a refusal."""
    return concepts - {"not"} if place and place == size - 1 else concepts


def _covers(core: Iterable[frozenset[str]], said: list[frozenset[str]]) -> bool:
    """Whether each group of the core has a word of its own."""
    groups = list(core)
    if not groups:
        return True
    first, rest = groups[0], groups[1:]
    return any(concepts & first and _covers(rest, said[:n] + said[n + 1 :]) for n, concepts in enumerate(said))
