"""Shorthand of the mapping tests: rows, accounts and fields."""

from __future__ import annotations

from nrpd.pipedrive.records import AccountFacts, Field, MappingRow, Target, User


def row(
    column: str,
    field: str,
    kind: str,
    transform: str,
    *,
    entity: str = "person",
    object: str = "contacts",
    new: bool = True,
) -> MappingRow:
    """A mapping row with what the tests look at."""
    return MappingRow(object, column, column, 1.0, "text", Target(entity, field, kind, new), transform, 0.9, "because")


def account(*fields: Field) -> AccountFacts:
    """An account that has these fields besides what no account lacks."""
    return AccountFacts(1, "Acme", "acme", User(1, "Kim", "kim@acme.example", True), (), fields, (), (), (), False)


def custom(name: str, kind: str, entity: str = "person") -> Field:
    """A custom field of the account."""
    return Field(entity, name, f"{name}-{kind}-{entity}".ljust(40, "0")[:40], kind, True)


def standard(key: str, kind: str, entity: str = "person", name: str = "") -> Field:
    """A standard field of the account."""
    return Field(entity, name or key, key, kind, False)
