"""What of each source type each of Pipedrive's sixteen types can hold, and how complex a migration is.

Sources: facts/pipedrive.md, section 8 (types, limits); facts/net-results.md, section 2.3 (source types).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nrpd.mapping.fitting import FORMS
from nrpd.mapping.transforms import DEFAULT_TRANSFORM, SEPARATORS, STANDARD_TYPES
from nrpd.netresults.records import SourceField
from nrpd.pipedrive.records import FIELD_TYPES, MAX_LENGTH, MAX_OPTION_LENGTH, MAX_OPTIONS


@dataclass(frozen=True)
class Fit:
    """How a source type goes into a target type. `verdict`: ok, lossy, or no. `lost`: what is lost, in words."""

    verdict: str
    lost: str = ""


_OK = Fit("ok")
_NUMBERS = Fit("lossy", "only values that are numbers fit")
_MONEY = Fit("lossy", "only amounts fit; an amount without a currency takes the account's")
_DATES = Fit("lossy", "only values that are dates fit; a time of day is lost")
_RANGES = Fit("lossy", "only values with a first and a last one fit")
_TIMES = Fit("lossy", "only values that are a time of day fit")
_OPTIONS = Fit("lossy", "every different value becomes an option; at most 10,000 of 255 characters")
_NO_SUMS = Fit("lossy", "no longer a number: cannot be summed or compared")
_NO_DATES = Fit("lossy", "no longer a date: cannot be compared")
_NO_PARTS = Fit("lossy", "one line; street, city and country are not told apart")
_TOGETHER = Fit("lossy", "no longer several options: the whole cell is one value")
_ANY_PHONE = Fit("lossy", "kept as written where it is no phone number; at most 255 characters")
_ADDRESSES = Fit("lossy", "only e-mail addresses fit")
_WHOLE = Fit("lossy", "only whole numbers fit")
_MIDNIGHT = Fit("lossy", "a date without a time of day is its midnight")
_MOMENTS = Fit("lossy", f"only values that are dates fit; {_MIDNIGHT.lost}")
_NO_ID = Fit("no", "needs an id of this account, which the source does not hold")
_NEVER = Fit("no", "no value of this type can become one")


def _row(**fits: Fit) -> dict[str, Fit]:
    row = dict.fromkeys((*FIELD_TYPES, *STANDARD_TYPES), _NEVER) | dict.fromkeys(("org", "people", "user"), _NO_ID)
    row |= dict.fromkeys(("varchar", "varchar_auto", "text"), _OK)
    return row | fits


_FREE = _row(
    double=_NUMBERS, monetary=_MONEY, date=_DATES, daterange=_RANGES, time=_TIMES, timerange=_RANGES, set=_OPTIONS,
    enum=_OPTIONS, phone=_ANY_PHONE, address=_NO_PARTS, emails=_ADDRESSES, phones=_ANY_PHONE, int=_WHOLE,
    datetime=_MOMENTS,
)  # fmt: skip
_COUNTED = {
    "double": _OK, "monetary": Fit("lossy", "the account's currency is assumed"),
    **dict.fromkeys(("set", "enum", "varchar", "varchar_auto", "text"), _NO_SUMS),
    **dict.fromkeys(("phone", "phones"), Fit("lossy", f"no longer a number; {_ANY_PHONE.lost}")),
}  # fmt: skip
_DATED = dict.fromkeys(("varchar", "varchar_auto", "text", "enum", "set"), _NO_DATES)

TABLE: Mapping[str, Mapping[str, Fit]] = MappingProxyType(
    {
        "text": _FREE,
        "lookup": _FREE,
        "number": _row(**_COUNTED, int=_OK),
        "decimal": _row(**_COUNTED, int=_WHOLE),
        "date": _row(**_DATED, date=_OK, datetime=_MIDNIGHT),
        "datetime": _row(
            **_DATED, date=Fit("lossy", "the time of day"), time=Fit("no", "the date would be lost"), datetime=_OK,
        ),
        "boolean": _row(
            enum=_OK, set=Fit("lossy", "Yes and No could both be ticked"),
            double=Fit("lossy", "only 0 and 1 fit; no longer Yes or No"),
        ),
        "dropdown": _row(enum=_OK, set=_OK, phone=_ANY_PHONE, phones=_ANY_PHONE, address=_NO_PARTS, emails=_ADDRESSES),
        "multiselect": _row(
            set=_OK, enum=_TOGETHER, varchar=_TOGETHER, varchar_auto=_TOGETHER, text=_TOGETHER, emails=_ADDRESSES,
        ),
        "website": _row(enum=_OPTIONS, set=_OPTIONS),
        "phone": _row(phone=_OK, phones=_OK, enum=_OPTIONS, set=_OPTIONS),
        "email": _row(emails=_OK, enum=_OPTIONS, set=_OPTIONS),
    }
)  # fmt: skip
"""Source type → target type → Fit, before lengths and numbers of values are looked at (`check`)."""


def check(
    source: str | SourceField, target_type: str, *, max_length: int = 0, distinct: int = 0, fits: float = 1.0
) -> Fit:
    """How a source type, or one profiled column with its lengths and counts, goes into a field of `target_type`."""
    form = ""
    if isinstance(source, SourceField):
        max_length, fits, form = source.max_length, source.fits, source.form
        distinct = len(source.options) or source.distinct
        source = source.type
    target = target_type
    fit = _OK if form and FORMS.get(form) == target else TABLE.get(source, {}).get(target, _NEVER)
    if fit.verdict == "no":
        return fit
    limit = MAX_LENGTH.get(target, 0)
    if limit and max_length > limit:
        return Fit("lossy", f"values of up to {max_length} characters; {limit} fit")
    if target in ("enum", "set") and distinct > MAX_OPTIONS:
        return Fit("no", f"{distinct} different values; a field holds {MAX_OPTIONS} options")
    if target == "enum" and max_length > MAX_OPTION_LENGTH:
        return Fit("lossy", f"values of up to {max_length} characters; an option holds {MAX_OPTION_LENGTH}")
    if fits < 1.0 and target not in ("varchar", "varchar_auto", "text", "enum", "set"):
        return Fit("lossy", f"{1 - fits:.1%} of the values are no {source}")
    return fit


def transform_for(source_type: str, target_type: str, separator: str = "") -> str:
    """The transform that brings a source type into a target type; "" where there is none.

    `separator` is the column's: of the parts of a multiselect, or the decimal mark of a number.
    """
    if check(source_type, target_type).verdict == "no":
        return ""
    if target_type in ("varchar", "varchar_auto", "text") and source_type in ("date", "datetime"):
        return "timestamp"
    if target_type in ("double", "monetary") and separator == ",":
        return {"double": "number_comma", "monetary": "money_comma"}[target_type]
    if target_type == "enum" and source_type == "boolean":
        return "yes_no"
    if target_type == "set" and source_type == "multiselect":
        return next((name for name, mark in SEPARATORS.items() if mark == separator), "options")
    return DEFAULT_TRANSFORM.get(target_type, "")


@dataclass(frozen=True)
class Grade:
    """How complex a migration is: A (simple) to D, the points behind it, and what they were given for."""

    letter: str
    points: int
    reasons: tuple[str, ...]


_STEPS: Mapping[str, tuple[tuple[int, int], ...]] = MappingProxyType(
    {
        "records": ((10_000, 1), (100_000, 2), (500_000, 3)),
        "custom fields": ((15, 1), (50, 2), (100, 3)),
        "fields that lose something": ((1, 1), (5, 2), (15, 3)),
        "fields to be decided": ((1, 1), (5, 2)),
        "workflows": ((5, 1), (20, 2), (50, 3)),
        "activities": ((50_000, 1), (500_000, 2)),
        "owners without a user": ((1, 1), (10, 2)),
        "records already in the account": ((1, 1), (5_000, 2)),
    }
)


def grade(figures: Mapping[str, int]) -> Grade:
    """The grade for figures named as in `_STEPS`: records, custom fields, fields that lose something, fields to be
    decided, workflows, activities, owners without a user, records already in the account. Raises KeyError for others.
    """
    points = 0
    reasons: list[str] = []
    for name, count in figures.items():
        earned = max((given for least, given in _STEPS[name] if count >= least), default=0)
        points += earned
        if earned:
            reasons.append(f"{count:,} {name} (+{earned})")
    letter = "A" if points <= 3 else "B" if points <= 7 else "C" if points <= 12 else "D"
    return Grade(letter, points, tuple(reasons))
