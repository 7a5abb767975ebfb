"""What a migration will cost: requests, tokens, hours, days and a calendar, per phase and per activity policy.

A pure function of counts, plan, seats and share. Token costs are those of Pipedrive's OpenAPI documents
(`x-token-cost`): a v2 list of up to 500 records 10, a v2 create or patch 5, a v1 list 20, a v1 write 10. The daily
budget is 30,000 tokens x the plan's multiplier x seats x `daily_token_share`; the burst limit is requests in two
seconds (facts/pipedrive.md, section 2). All counts are records; all hours are clock hours without waiting for the
network; a day is one day of the token budget, the first one counted as full.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from nrpd.errors import BadInput
from nrpd.handover.complexity import Clarity, Grade, grade
from nrpd.handover.effort import Quote, quote, working_days
from nrpd.handover.workload import DEAREST, PHASES, Volumes, Work, workload
from nrpd.pipedrive.records import BURST_LIMITS, TOKEN_MULTIPLIERS

__all__ = ["PHASES", "Day", "Estimate", "PolicyEstimate", "Volumes", "Work", "assumptions", "daily_budget", "estimate"]

SCOPE_INDIVIDUALLY_ABOVE = 2_000_000
POLICIES = ("all", "engaged", "since", "summary")


@dataclass(frozen=True)
class Day:
    """One day of the budget. `date` is null where no start was given."""

    day: int
    date: date | None
    tokens: int
    requests: int
    phases: tuple[str, ...]


@dataclass(frozen=True)
class PolicyEstimate:
    """The estimate under one activity policy."""

    policy: str
    activities: int
    work: tuple[Work, ...]
    hours: float
    calendar: tuple[Day, ...]

    @property
    def requests(self) -> int:
        return sum(w.requests for w in self.work)

    @property
    def tokens(self) -> int:
        return sum(w.tokens for w in self.work)

    @property
    def days(self) -> int:
        return len(self.calendar)

    def phases(self) -> dict[str, dict[str, int]]:
        """Phase → requests and tokens, every phase present."""
        found = {phase: {"requests": 0, "tokens": 0} for phase in PHASES}
        for work in self.work:
            found[work.phase]["requests"] += work.requests
            found[work.phase]["tokens"] += work.tokens
        return found


@dataclass(frozen=True)
class Estimate:
    """Everything that `nrpd estimate` says; `as_dict` is its JSON form."""

    volumes: Volumes
    plan: str
    seats: int
    share: float
    policy: str
    daily_budget: int
    burst: int
    policies: Mapping[str, PolicyEstimate]
    clarity: Clarity
    grade: Grade
    working_days: Mapping[str, float]
    quote: Quote | None
    scope_individually: bool

    @property
    def chosen(self) -> PolicyEstimate:
        """The estimate of the policy in the parameters file."""
        return self.policies[self.policy]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types; dates as YYYY-MM-DD."""
        return {
            "records": {**dict(self.volumes.source), "total": self.volumes.records},
            "becomes": {
                "organizations": self.volumes.organizations,
                "persons": self.volumes.persons,
                "activities": self.chosen.activities,
                "notes": self.volumes.notes,
                "files": self.volumes.files,
                "custom_fields": self.volumes.new_fields,
            },
            "plan": self.plan,
            "seats": self.seats,
            "daily_token_share": self.share,
            "daily_budget": self.daily_budget,
            "burst": {"requests": self.burst, "seconds": 2},
            "policy": self.policy,
            "requests": self.chosen.requests,
            "tokens": self.chosen.tokens,
            "hours": self.chosen.hours,
            "days": self.chosen.days,
            "phases": self.chosen.phases(),
            "calendar": [_day(day) for day in self.chosen.calendar],
            "policies": {
                name: {
                    "activities": p.activities, "requests": p.requests, "tokens": p.tokens, "hours": p.hours,
                    "days": p.days, "phases": p.phases(),
                }
                for name, p in self.policies.items()
            },
            "objects": [fate.as_dict() for fate in self.clarity.objects],
            "complexity": self.grade.as_dict(),
            "working_days": {**dict(self.working_days), "total": round(sum(self.working_days.values()), 2)},
            "quote": self.quote.as_dict() if self.quote else None,
            "scope_individually": self.scope_individually,
            "assumptions": list(assumptions(self)),
        }  # fmt: skip


def estimate(
    volumes: Volumes,
    *,
    plan: str,
    seats: int,
    share: float = 0.8,
    policy: str = "all",
    clarity: Clarity | None = None,
    rates: Mapping[str, float] | None = None,
    currency: str = "",
    start: date | None = None,
) -> Estimate:
    """The estimate of one migration. Raises BadInput for an unknown plan or a share that leaves no budget.

    `rates` and `currency`: see `effort.quote`. Above 2 million records `scope_individually` is true, and no quote is
    given.
    """
    clarity = clarity or Clarity()
    budget = daily_budget(plan, seats, share)
    burst = BURST_LIMITS[plan.casefold()]
    policies = {}
    for name in _policies(volumes, policy):
        work = tuple(workload(volumes, volumes.activities.get(name, 0)))
        policies[name] = PolicyEstimate(
            name, volumes.activities.get(name, 0) + volumes.other_activities, work,
            round(sum(w.requests for w in work) * 2 / burst / 3600, 2), tuple(_calendar(work, budget, burst, start)),
        )  # fmt: skip
    chosen = policies[policy]
    graded = grade(clarity, records=volumes.records, days=chosen.days, plan=plan, new_fields=volumes.new_fields)
    effort = working_days(volumes.records, volumes.new_fields, clarity, chosen.days, graded.letter)
    alone = volumes.records > SCOPE_INDIVIDUALLY_ABOVE
    return Estimate(
        volumes, plan, seats, share, policy, budget, burst, policies, clarity, graded, effort,
        quote(effort, rates, currency) if rates and not alone else None, alone,
    )  # fmt: skip


def daily_budget(plan: str, seats: int, share: float) -> int:
    """Tokens a day that the migration may spend."""
    if plan.casefold() not in TOKEN_MULTIPLIERS:
        raise BadInput(f"destination.plan: {plan!r} is not a Pipedrive plan; known are {', '.join(TOKEN_MULTIPLIERS)}.")
    budget = int(30_000 * TOKEN_MULTIPLIERS[plan.casefold()] * seats * share)
    if budget < DEAREST:
        raise BadInput(
            f"destination: {seats} seats with daily_token_share {share} leave {budget} tokens a day, which pays for "
            "no request. Raise destination.seats or destination.daily_token_share."
        )
    return budget


def assumptions(made: Estimate) -> tuple[str, ...]:
    """What the figures rest on, as sentences for the customer."""
    v = made.volumes
    return (
        f"A day's budget is 30,000 tokens x plan {made.plan} x {made.seats} seats, of which nrpd uses "
        f"{made.share:.0%}; the rest is left to the customer's own integrations.",
        "Every phase counts the reading that finds duplicates and the reading that checks what was written.",
        f"{v.delta_share:.1%} of the persons and organizations change between the export and the freeze.",
        "No address is looked up by search; the account is read in lists of 500.",
        "Hours are at the burst limit of the plan; a slow connection makes them longer, never the tokens.",
    )


def _policies(volumes: Volumes, chosen: str) -> list[str]:
    if chosen not in POLICIES:
        raise BadInput(f"policies.activities: {chosen!r} is not one of {', '.join(POLICIES)}.")
    return [p for p in POLICIES if p == chosen or p == "summary" or p in volumes.activities]


def _calendar(work: Sequence[Work], budget: int, burst: int, start: date | None) -> Sequence[Day]:
    """Spends the work in order, day by day, as the client does: no request that would go over the budget."""
    days: list[Day] = []
    tokens = requests = 0
    phases: list[str] = []
    most_requests = burst // 2 * 86_400

    def close() -> None:
        nonlocal tokens, requests, phases
        number = len(days) + 1
        days.append(Day(number, start + timedelta(days=number - 1) if start else None, tokens, requests, tuple(phases)))
        tokens, requests, phases = 0, 0, []

    for item in work:
        left = item.requests
        while left:
            fits = min(left, (budget - tokens) // item.cost, most_requests - requests)
            if fits == 0:
                close()
                continue
            left, tokens, requests = left - fits, tokens + fits * item.cost, requests + fits
            if item.phase not in phases:
                phases.append(item.phase)
    close()
    return days


def _day(day: Day) -> dict[str, Any]:
    return {
        "day": day.day, "date": day.date.isoformat() if day.date else None, "tokens": day.tokens,
        "requests": day.requests, "phases": list(day.phases),
    }  # fmt: skip
