"""Names in the account: which field a proposal may take, and which free name a new field gets.

A taken name with another type becomes `<name> (Net-Results)` (design.md, "Gates"). Of several custom fields of one
name the first that the account lists counts, as in `pipedrive/schema.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from nrpd.mapping.known import ALWAYS
from nrpd.mapping.names import fold
from nrpd.pipedrive.records import AccountFacts, Field, Target

SUFFIX = "(Net-Results)"
LONGEST_NAME = 255

OPTIONAL_STANDARD: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("person", "birthday"): "date", ("person", "job_title"): "varchar", ("person", "postal_address"): "address",
        ("organization", "website"): "varchar", ("organization", "linkedin"): "varchar",
        ("organization", "annual_revenue"): "int", ("organization", "employee_count"): "int",
    }
)  # fmt: skip
"""Standard fields that only some accounts have and a plain value can fill → type (facts/pipedrive.md, 3 and 4)."""

_API_NAMES = frozenset(
    {
        "Name", "id", "name", "title", "first_name", "last_name", "emails", "email", "phones", "phone", "owner_id",
        "org_id", "person_id", "add_time", "update_time", "visible_to", "label_ids", "postal_address", "notes", "im",
        "birthday", "job_title", "marketing_status", "address", "website", "linkedin", "industry", "annual_revenue",
        "employee_count", "value", "currency", "status", "stage_id", "pipeline_id", "custom_fields", "is_deleted",
        "close_time", "probability",
    }
)  # fmt: skip
"""What the API calls standard fields: as the name of a custom field it would be mistaken for one."""
_TEXTS = ("varchar", "text", "varchar_auto")


def fits_same(field_type: str, wanted: str) -> bool:
    """Whether an existing field can stand for a wanted one of the same name: the same type, or both are text."""
    return (
        field_type == wanted
        or (field_type == "text" and wanted in _TEXTS)
        or (field_type in _TEXTS and wanted in ("varchar", "varchar_auto"))
    )


class Names:
    """The field names of an account together with those that the proposal has given out so far."""

    def __init__(self, account: AccountFacts) -> None:
        self.account = account
        self._custom: dict[tuple[str, str], Field] = {}
        self._standard: dict[tuple[str, str], Field] = {}
        for field in account.fields:
            (self._custom if field.custom else self._standard).setdefault((field.entity, fold(field.name)), field)
        self._given: dict[tuple[str, str], Target] = {}

    def standard(self, entity: str, key: str) -> bool:
        """Whether the account has the standard field."""
        return (entity, key) in ALWAYS or self.account.has(entity, key)

    def custom(self, entity: str) -> list[Field]:
        """The custom fields that no row has taken yet."""
        return [f for (e, name), f in self._custom.items() if e == entity and (e, name) not in self._given]

    def is_taken(self, entity: str, name: str) -> bool:
        """Whether a row fills the field already."""
        return (entity, fold(name)) in self._given

    def existing(self, entity: str, name: str) -> Field | None:
        """The account's custom field of that name, whatever its type, if no row has taken it."""
        key = (entity, fold(name))
        return None if key in self._given else self._custom.get(key)

    def take(self, target: Target) -> Target:
        """Remember that a row fills this field."""
        self._given[(target.entity, fold(target.field))] = target
        return target

    def place(self, entity: str, name: str, wanted: str, *, share: bool = False) -> tuple[Target, str]:
        """The field for `name` of type `wanted`: one that is there and fits, else a new one; and why that name.

        `share`: several columns fill the field together, so one that was given out already is taken again.
        """
        target, why = self.would_place(entity, name, wanted, share=share)
        return self.take(target), why

    def would_place(self, entity: str, name: str, wanted: str, *, share: bool = False) -> tuple[Target, str]:
        """The same, and the field stays free."""
        why = ""
        for candidate in _candidates(name):
            key = (entity, fold(candidate))
            given = self._given.get(key)
            if given is not None and share and given.type == wanted:
                return given, why
            if given is not None:
                why = why or f"another column fills {given.field!r}"
                continue
            found = self._custom.get(key)
            if found is not None and fits_same(found.type, wanted):
                return Target(entity, found.name, found.type, False), why or "the account has this field"
            if found is not None:
                why = why or f"the account's field {found.name!r} is of type {found.type}, not {wanted}"
                continue
            if key in self._standard or candidate in _API_NAMES:
                why = why or f"{candidate!r} is a standard field"
                continue
            return Target(entity, candidate, wanted, True), why
        raise AssertionError("unreachable: the candidates never end")


def _candidates(name: str) -> Iterator[str]:
    base = " ".join(name.split())
    yield base[:LONGEST_NAME]
    cut = base[: LONGEST_NAME - len(SUFFIX) - 5]
    yield f"{cut} {SUFFIX}"
    number = 2
    while True:
        yield f"{cut} {SUFFIX[:-1]} {number})"
        number += 1
