"""Whether a column as a whole can be of a type, by its profile; and the type that loses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from nrpd.mapping.dates import UNDECIDABLE
from nrpd.netresults.records import SourceField
from nrpd.pipedrive.records import MAX_LENGTH, MAX_OPTION_LENGTH, MAX_OPTIONS

TYPE_OF: Mapping[str, str] = MappingProxyType(
    {
        "text": "varchar", "number": "double", "decimal": "double", "date": "date", "datetime": "varchar",
        "boolean": "enum", "dropdown": "enum", "multiselect": "set", "website": "varchar", "lookup": "varchar",
        "phone": "phone", "email": "varchar",
    }
)  # fmt: skip
"""Type of a custom field in the source → type of the field that is made for it."""

FORMS: Mapping[str, str] = MappingProxyType(
    {"money": "monetary", "time": "time", "time_range": "timerange", "date_range": "daterange"}
)
"""What the cells of a text column all are → type of the field that is made for it."""


def misfit(field: SourceField, wanted: str) -> str:
    """Why the column cannot be of the wanted type as a whole; "" where it can."""
    if wanted == FORMS.get(field.form):
        return _open_orders(field)
    if wanted in FORMS.values():
        return f"not all values are of type {wanted}"
    if wanted in ("date", "datetime"):
        if field.type not in ("date", "datetime"):
            return "not all values are dates"
        open_orders = _open_orders(field)
        return open_orders or ("" if field.fits >= 1.0 else f"{1 - field.fits:.1%} of the values are no dates")
    if wanted in ("double", "int"):
        if field.type not in ("number", "decimal") or field.fits < 1.0:
            return "not all values are numbers"
        return "not all values are whole numbers" if wanted == "int" and field.type == "decimal" else ""
    if wanted == "enum":
        if field.distinct > MAX_OPTIONS:
            return f"{field.distinct} different values are more than {MAX_OPTIONS} options"
        return f"a value is longer than {MAX_OPTION_LENGTH}" if field.max_length > MAX_OPTION_LENGTH else ""
    if wanted == "set":
        longest = max(map(len, field.options), default=0)
        if len(field.options) > MAX_OPTIONS:
            return f"{len(field.options)} different values are more than {MAX_OPTIONS} options"
        return f"an option is longer than {MAX_OPTION_LENGTH}" if longest > MAX_OPTION_LENGTH else ""
    if wanted in ("phone", "varchar") and field.max_length > MAX_LENGTH[wanted]:
        return "" if wanted == "varchar" else f"values of up to {field.max_length} characters"
    return ""


def _open_orders(field: SourceField) -> str:
    open_files = [file for file, order in field.date_orders.items() if order == UNDECIDABLE]
    if not open_files:
        return ""
    return f"day and month cannot be told apart in {', '.join(sorted(open_files)) or 'it'} (source.date_order)"


def text_type(field: SourceField) -> str:
    """The text type that takes the column's longest value."""
    return "text" if field.max_length > MAX_LENGTH["varchar"] else "varchar"


def natural_type(field: SourceField) -> str:
    """The type of field that the column's values call for."""
    return FORMS.get(field.form) or TYPE_OF[field.type]


def custom_type(field: SourceField) -> str:
    """The type of field to make for a custom column: by its values, or text where not every value fits that."""
    wanted = natural_type(field)
    if wanted == "varchar" or custom_misfit(field, wanted):
        return text_type(field)
    return wanted


def custom_misfit(field: SourceField, wanted: str) -> str:
    if field.type == "boolean":
        return "" if field.fits >= 1.0 else "not all values are yes or no"
    return misfit(field, wanted)


_SAID: Mapping[str, str] = MappingProxyType(
    {
        "boolean": "yes or no", "datetime": "date and time", "money": "amounts with their currency",
        "time": "times of day", "time_range": "times from - to", "date_range": "dates from - to",
    }
)  # fmt: skip


def describe(field: SourceField, wanted: str) -> str:
    """What the column holds, and why it is kept as text where it is, in words for the sheet."""
    options = {
        "dropdown": f"{len(field.options)} options",
        "multiselect": f"{len(field.options)} options, several a cell",
    }
    said = options.get(field.type) or _SAID.get(field.form or field.type, field.type)
    misfit = custom_misfit(field, natural_type(field)) if wanted in ("varchar", "text") else ""
    if misfit:
        return f"{said}, but {misfit}: kept as text"
    if field.type == "datetime":
        return "date and time, kept as text in UTC (Pipedrive has no such type)"
    return said if field.fits >= 1.0 else f"{said} ({field.fits:.1%} of the values)"
