"""The names that a mapping row's `transform` may have, and the types of field that each can fill.

What each does to a value is in `transform.py`; this table is what people choose from and what a sheet is checked by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nrpd.pipedrive.records import FIELD_TYPES

NOTE = "note"
QUARANTINE = "quarantine"
"""Of values that do not fit: they stay out of their field, and are listed."""
STANDARD_TYPES = ("emails", "phones", "datetime", "int")
TARGET_TYPES = (*FIELD_TYPES, *STANDARD_TYPES, NOTE)
"""The sixteen types of a custom field, those that only standard fields have, and a line of the record's one note."""

TEXT_TYPES = frozenset({"varchar", "varchar_auto", "text", "phone"})
ANY = frozenset({"", *TARGET_TYPES})


@dataclass(frozen=True)
class Transform:
    """One way to make a value. `kind`: value (one column, one field), part (several columns make one field), note (a
    line of the record's note), link (an id of this account, found by another phase), fixed (the runbook places it by
    the design), skip."""

    name: str
    kind: str
    types: frozenset[str]
    says: str


def _table(*rows: tuple[str, str, frozenset[str] | set[str], str]) -> Mapping[str, Transform]:
    return MappingProxyType({name: Transform(name, kind, frozenset(types), says) for name, kind, types, says in rows})


TRANSFORMS = _table(
    ("text", "value", TEXT_TYPES, "the text as written"),
    ("source_id", "value", {"varchar", "varchar_auto", "text"}, "the id, character by character"),
    ("full_name", "value", {"varchar"}, "the whole name"),
    ("first_name", "part", {"varchar"}, "first part of the name"),
    ("last_name", "part", {"varchar"}, "second part of the name"),
    ("email", "part", {"emails"}, "e-mail addresses, the first one primary"),
    ("work_phone", "part", {"phones"}, "phone numbers with the label work"),
    ("mobile_phone", "part", {"phones"}, "phone numbers with the label mobile"),
    ("home_phone", "part", {"phones"}, "phone numbers with the label home"),
    ("phone", "value", {"phone", "varchar", "text"}, "a phone number, international where it is valid"),
    ("address", "part", {"address"}, "a whole address in one cell"),
    ("street", "part", {"address"}, "first line of the address"),
    ("street_2", "part", {"address"}, "second line of the address"),
    ("city", "part", {"address"}, "city of the address"),
    ("state", "part", {"address"}, "state of the address"),
    ("postal_code", "part", {"address"}, "postal code of the address"),
    ("country", "part", {"address"}, "country of the address"),
    ("created", "value", {"datetime"}, "the creation time, in UTC; set on create only"),
    (
        "timestamp",
        "value",
        {"varchar", "varchar_auto", "text"},
        "date and time as text in UTC, for Pipedrive has no such type",
    ),
    ("date", "value", {"date"}, "the date as written, without a time of day"),
    ("date_range", "value", {"daterange"}, "two dates: from - to"),
    ("time", "value", {"time"}, "a time of day"),
    ("time_range", "value", {"timerange"}, "two times of day: from - to"),
    ("number", "value", {"double"}, "a number with a decimal point: 1,234.50"),
    ("number_comma", "value", {"double"}, "a number with a decimal comma: 1.234,50"),
    ("integer", "value", {"double", "int"}, "a whole number"),
    ("money", "value", {"monetary"}, "an amount with a decimal point, and its currency"),
    ("money_comma", "value", {"monetary"}, "an amount with a decimal comma, and its currency"),
    ("yes_no", "value", {"enum"}, "Yes or No"),
    ("option", "value", {"enum"}, "one option"),
    ("options", "value", {"set"}, "several options, parted by ;"),
    ("options_bar", "value", {"set"}, "several options, parted by |"),
    ("options_comma", "value", {"set"}, "several options, parted by a comma"),
    (NOTE, "note", {NOTE}, "a line of the record's one note: the field's name and the text as written"),
    ("owner", "link", {"user"}, "the user with this e-mail"),
    ("organization", "link", {"org"}, "the organization of this id or name"),
    ("relationship", "link", ANY, "a parent organization, as a relationship"),
    ("fixed", "fixed", ANY, "placed by the runbook, as the design says"),
    ("skip", "skip", ANY, "left out, for the reason given"),
)

SEPARATORS: Mapping[str, str] = MappingProxyType({"options": ";", "options_bar": "|", "options_comma": ","})
PHONE_LABELS: Mapping[str, str] = MappingProxyType(
    {"work_phone": "work", "mobile_phone": "mobile", "home_phone": "home"}
)
DEFAULT_TRANSFORM: Mapping[str, str] = MappingProxyType(
    {
        "varchar": "text", "varchar_auto": "text", "text": "text", "double": "number", "monetary": "money",
        "date": "date", "daterange": "date_range", "time": "time", "timerange": "time_range", "set": "options",
        "enum": "option", "phone": "phone", "address": "address", "emails": "email", "phones": "work_phone",
        "datetime": "created", "int": "integer", "user": "owner", "org": "organization", NOTE: NOTE,
    }
)  # fmt: skip
"""Type of the target → the transform to take where a person chose only the type. `people` has none."""


def shares_field(transform: str) -> bool:
    """Whether several columns may fill one field with it."""
    found = TRANSFORMS.get(transform)
    return found is not None and found.kind in ("part", "link", "fixed", "skip")
