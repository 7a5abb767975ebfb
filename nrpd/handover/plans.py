"""What a Pipedrive plan allows: automations, branches, sequences (facts/pipedrive.md, section 16, Nov 2025).

Old plan names are listed with their own limits; `None` means the facts give no number. If/else limits of the old
plans are not published, so those of the plan with the same automation limit are used.
"""

from __future__ import annotations

from dataclasses import dataclass

from nrpd.errors import BadInput


@dataclass(frozen=True)
class Plan:
    """Limits per company, `if_else` per automation."""

    name: str
    automations: int
    if_else: int
    sequences: int
    monthly_price: float | None = None
    """List price in US dollars per seat and month, billed for a year (2026-09-20)."""


PLANS: dict[str, Plan] = {
    plan.name: plan
    for plan in (
        Plan("lite", 0, 0, 0, 14),
        Plan("growth", 50, 3, 5, 39),
        Plan("premium", 150, 10, 25, 59),
        Plan("ultimate", 250, 20, 50, 79),
        Plan("essential", 0, 0, 0),
        Plan("advanced", 50, 3, 0),
        Plan("professional", 100, 10, 10),
        Plan("power", 150, 10, 20),
        Plan("enterprise", 250, 20, 50),
    )
}
CURRENT = ("lite", "growth", "premium", "ultimate")
"""The plans that are sold today, smallest first."""


def plan_named(name: str) -> Plan:
    """The plan of this name in any case. Raises BadInput naming the known ones."""
    try:
        return PLANS[name.strip().casefold()]
    except KeyError:
        raise BadInput(f"destination.plan: {name!r} is not a Pipedrive plan; known are {', '.join(PLANS)}.") from None


def smallest_plan(automations: int, if_else: int) -> Plan | None:
    """The smallest plan of today that holds so many automations with so many if/else steps in one of them."""
    for name in CURRENT:
        plan = PLANS[name]
        if plan.automations >= automations and plan.if_else >= if_else:
            return plan
    return None
