"""Working days of people per phase, and the quote where the parameters give day rates.

The days are rules of thumb, stated here so that they can be argued with: a base per phase, minutes per thing that a
person must look at, and a factor for the complexity grade. An eight-hour day; rounded up to quarters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType
from typing import Any

from nrpd.errors import BadInput
from nrpd.handover.complexity import Clarity

ROLES: Mapping[str, str] = MappingProxyType(
    {
        "01_discovery": "consultant", "02_mapping": "consultant", "03_owners": "consultant", "04_schema": "engineer",
        "05_suppression": "consultant", "06_sample": "engineer", "07_organizations": "engineer",
        "08_persons": "engineer", "09_activities": "engineer", "10_suppression_pass": "engineer",
        "11_cutover": "engineer", "12_handover": "consultant", "hypercare": "engineer",
    }
)  # fmt: skip
"""Phase → who does it, as `rates` names them."""

_BASE: Mapping[str, float] = {
    "01_discovery": 1.0, "02_mapping": 0.5, "03_owners": 0.25, "04_schema": 0.25, "05_suppression": 0.5,
    "06_sample": 1.0, "07_organizations": 0.25, "08_persons": 0.25, "09_activities": 0.25,
    "10_suppression_pass": 0.25, "11_cutover": 0.5, "12_handover": 0.5, "hypercare": 1.0,
}  # fmt: skip
_FACTOR: Mapping[str, float] = {"A": 1.0, "B": 1.15, "C": 1.35, "D": 1.6}
_MINUTES_A_DAY = 480


@dataclass(frozen=True)
class Quote:
    """Working days priced at the day rates. Amounts in `currency`, blank where none was named."""

    currency: str
    lines: tuple[tuple[str, str, float, float], ...]
    """Phase, role, days, amount."""

    @property
    def total(self) -> float:
        return round(sum(line[3] for line in self.lines), 2)

    def as_dict(self) -> dict[str, Any]:
        return {
            "currency": self.currency,
            "lines": [{"phase": p, "role": r, "days": d, "amount": a} for p, r, d, a in self.lines],
            "total": self.total,
        }


def working_days(records: int, new_fields: int, clarity: Clarity, days: int, letter: str) -> dict[str, float]:
    """Phase → working days of people, for a run that takes `days` days of the token budget."""
    minutes = {
        "01_discovery": records / 2_000_000 * _MINUTES_A_DAY,
        "02_mapping": clarity.fields * 2 + clarity.uncertain_fields * 10,
        "03_owners": clarity.unresolved_owners * 10,
        "04_schema": new_fields,
        "05_suppression": clarity.quarantined * 0.1,
        "08_persons": max(0, days - 1) * 45,
        "12_handover": clarity.active_workflows * 15,
    }
    factor = _FACTOR[letter]
    return {
        phase: ceil((base + minutes.get(phase, 0) / _MINUTES_A_DAY) * factor * 4) / 4 for phase, base in _BASE.items()
    }


def quote(days: Mapping[str, float], rates: Mapping[str, float], currency: str = "") -> Quote:
    """The days at the day rates `{engineer: 900, consultant: 1100, day: 950}`, in the currency that the reader expects.

    `day` is used for a role without a rate of its own. Raises BadInput where a role has neither, or a rate is no
    number from 0 up.
    """
    lines = []
    for phase, amount in days.items():
        role = ROLES[phase]
        rate = rates.get(role, rates.get("day"))
        if isinstance(rate, bool) or not isinstance(rate, int | float) or rate < 0:
            raise BadInput(
                f"rates.{role}: expected a day rate as a number (or rates.day for all roles), found {rate!r}."
            )
        lines.append((phase, role, amount, round(amount * rate, 2)))
    return Quote(currency, tuple(lines))
