"""What the account is: its company, users, fields, labels and activity types, read once and again after a change.

The store keeps a number that every change of these raises, so that each process notices what another one changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .store import Doc, Store

ENTITIES = ("person", "organization", "deal", "activity")
FIELD_ENTITIES = ("person", "organization", "deal", "product", "project")
"""The entities that custom fields can be made for (facts/pipedrive.md, section 5: activities take none). The sandbox
keeps no products and no projects, but their fields count against the plan's limit."""
LABELLED = ("person", "organization", "deal")
"""The entities that have labels."""


@dataclass(frozen=True)
class Account:
    """A snapshot of the settings. Lists are in the order of their ids."""

    revision: str
    company: Doc
    users: dict[int, Doc]
    me: Doc
    fields: dict[str, dict[str, Doc]]
    """entity → field code → the active custom field"""
    options: dict[str, dict[int, str]]
    """field code → option id → label, of the active fields"""
    labels: dict[str, dict[int, Doc]]
    """entity → label id → label"""
    activity_types: list[Doc]
    standard: dict[str, list[Doc]]
    """entity → the standard fields that a copied account listed; empty for an account of the sandbox's own"""

    def has(self, feature: str) -> bool:
        """Whether the account has `contact_sync`, `campaigns` or `org_enrichment`."""
        return bool(self.company.get(feature))

    def shows(self, entity: str, key: str, feature: str) -> bool:
        """Whether records have this key of a feature: a copied account has just those that it listed."""
        if feature == "campaigns" or entity not in self.standard:
            return self.has(feature)
        return any(field.get("field_code") == key for field in self.standard[entity])

    def custom_fields(self) -> int:
        """How many custom fields count against the plan, those that only people can make included."""
        listed = [field for fields in self.standard.values() for field in fields if field.get("is_custom_field")]
        return sum(len(fields) for fields in self.fields.values()) + len(listed)

    def active_type(self, key: str) -> Doc | None:
        """The active activity type with this key_string."""
        return next((doc for doc in self.activity_types if doc["active_flag"] and doc["key_string"] == key), None)

    def is_admin(self) -> bool:
        """Whether the token's user is an admin of the account."""
        return any(entry["app"] == "global" and entry["admin"] for entry in self.me["access"])


def touch(store: Store) -> None:
    """Says that a setting changed."""
    store.set_meta("revision", str(int(store.meta("revision", "0")) + 1))


class AccountCache:
    """Gives the current Account; reads it anew only when the store says that it changed."""

    def __init__(self) -> None:
        self._account: Account | None = None

    def get(self, store: Store, revision: str) -> Account:
        """The account as it is inside the current transaction, whose revision this is."""
        if self._account is None or self._account.revision != revision:
            self._account = read_account(store, revision)
        return self._account

    def forget(self) -> None:
        """Drops what was read; needed after a change that was taken back."""
        self._account = None


def read_account(store: Store, revision: str) -> Account:
    """Reads the settings from the store."""
    everything = "1=1"
    users = {doc["id"]: doc for doc in store.select("user", everything)}
    fields = {entity: {doc["field_code"]: doc for doc in store.select(f"{entity}_field")} for entity in FIELD_ENTITIES}
    labels: dict[str, list[Any]] = json.loads(store.meta("labels", "{}"))
    return Account(
        revision=revision,
        company=json.loads(store.meta("company", "{}")),
        users=users,
        me=next((doc for doc in users.values() if doc.get("is_you")), {}),
        fields=fields,
        options={
            code: {option["id"]: option["label"] for option in doc["options"] or ()}
            for by_code in fields.values()
            for code, doc in by_code.items()
        },
        labels={entity: {label["id"]: label for label in labels.get(entity, [])} for entity in LABELLED},
        activity_types=store.select("activity_type", everything, order="order_nr, id"),
        standard=json.loads(store.meta("standard_fields", "{}")),
    )
