"""What a migration will cost: requests, tokens, hours, days and a calendar, per phase and per activity policy.

A pure function of counts, plan, seats and share. The daily budget is 30,000 tokens x the plan's multiplier x seats
(or what the account's own headers say) x `daily_token_share`; the burst limit is requests in two seconds
(facts/pipedrive.md, section 2). All counts are records; all hours are clock hours without waiting for the network; a
day is one day of the token budget, the first one with what is left of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from pydantic import TypeAdapter

from nrpd.errors import BadInput
from nrpd.handover.calendar import Calendar, Day, calendar
from nrpd.handover.complexity import Clarity, Grade, grade
from nrpd.handover.effort import Quote, quote, working_days
from nrpd.handover.volumes import Part, Volumes
from nrpd.handover.workload import DEAREST, PHASES, Work, workload
from nrpd.pipedrive.ledger import daily_budget as company_budget
from nrpd.pipedrive.records import BURST_LIMITS

__all__ = [
    "PHASES", "Day", "Estimate", "Part", "PolicyEstimate", "Volumes", "Work", "assumptions", "daily_budget", "estimate",
]  # fmt: skip

SCOPE_INDIVIDUALLY_ABOVE = 2_000_000
POLICIES = ("all", "engaged", "since", "summary")


@dataclass(frozen=True)
class PolicyEstimate:
    """The estimate under one activity policy."""

    policy: str
    activities: int
    work: tuple[Work, ...]
    hours: float
    plan: Calendar

    @property
    def calendar(self) -> tuple[Day, ...]:
        return self.plan.days

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
    limit: int | None
    """Tokens a day of the whole company as its own headers say; None where they don't."""
    left_today: int | None
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
            "account_limit": self.limit,
            "left_today": self.left_today,
            "burst": {"requests": self.burst, "seconds": 2},
            "policy": self.policy,
            "requests": self.chosen.requests,
            "tokens": self.chosen.tokens,
            "hours": self.chosen.hours,
            "days": self.chosen.days,
            "phases": self.chosen.phases(),
            "calendar": [_day(day) for day in self.chosen.calendar],
            "stuck_in": self.chosen.plan.stuck_in,
            "policies": {
                name: {
                    "activities": p.activities, "requests": p.requests, "tokens": p.tokens, "hours": p.hours,
                    "days": p.days, "stuck_in": p.plan.stuck_in, "phases": p.phases(),
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


@dataclass(frozen=True)
class Basis:
    """All that an estimate is made from, as the journal keeps it, so that it can be made again later."""

    volumes: Volumes
    plan: str
    seats: int
    share: float
    policy: str
    clarity: Clarity
    rates: Mapping[str, float] | None = None
    currency: str = ""
    start: date | None = None
    limit: int | None = None
    left_today: int | None = None

    def estimate(self) -> Estimate:
        """The estimate."""
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        return estimate(given.pop("volumes"), **given)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return dict(TypeAdapter(Basis).dump_python(self, mode="json"))

    @classmethod
    def of_json(cls, plain: Mapping[str, Any]) -> Basis:
        """From what `as_json` gave."""
        return TypeAdapter(Basis).validate_python(plain)


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
    limit: int | None = None,
    left_today: int | None = None,
) -> Estimate:
    """The estimate of one migration. Raises BadInput for an unknown plan or a share that leaves no budget.

    `rates` and `currency`: see `effort.quote`. `start`: the first day; `limit`: the company's tokens a day as its
    headers say; `left_today`: what nrpd may still spend on the first day. Above 2 million records
    `scope_individually` is true, and no quote is given.
    """
    clarity = clarity or Clarity()
    budget = daily_budget(plan, seats, share, limit)
    burst = BURST_LIMITS[plan.casefold()]
    if left_today is not None and left_today < DEAREST:  # nothing more can be done today
        start, left_today = start and start + timedelta(days=1), None
    policies = {}
    for name in _policies(volumes, policy):
        work = workload(volumes, name)
        activities = volumes.sends(name) + volumes.memberships + volumes.other_activities
        hours = round(sum(w.requests for w in work) * 2 / burst / 3600, 2)
        days = calendar(work, budget, first=left_today, most_requests=burst // 2 * 86_400, start=start)
        policies[name] = PolicyEstimate(name, activities, tuple(work), hours, days)
    chosen = policies[policy]
    graded = grade(
        clarity, records=volumes.records, days=chosen.days, plan=plan, new_fields=volumes.new_fields,
        stuck_in=chosen.plan.stuck_in,
    )  # fmt: skip
    effort = working_days(volumes.records, volumes.new_fields, clarity, chosen.days, graded.letter)
    alone = volumes.records > SCOPE_INDIVIDUALLY_ABOVE
    return Estimate(
        volumes, plan, seats, share, policy, budget, limit, left_today, burst, policies, clarity, graded, effort,
        quote(effort, rates, currency) if rates and not alone else None, alone,
    )  # fmt: skip


def daily_budget(plan: str, seats: int, share: float, limit: int | None = None) -> int:
    """Tokens a day that the migration may spend; `limit` as in `estimate`."""
    budget = int((limit or company_budget(plan, seats)) * share)
    if budget < DEAREST:
        raise BadInput(
            f"destination: {seats} seats with daily_token_share {share} leave {budget} tokens a day, which pays for "
            "no request. Raise destination.seats or destination.daily_token_share."
        )
    return budget


def assumptions(made: Estimate) -> tuple[str, ...]:
    """What the figures rest on, as sentences for the customer."""
    v = made.volumes
    whole = f"the account's own {made.limit:,} tokens" if made.limit else f"30,000 tokens x plan {made.plan}"
    seats = "" if made.limit else f" x {made.seats} seats"
    delta = v.delta.persons + v.delta.organizations
    found = [
        f"A day's budget is {whole}{seats}, of which nrpd uses {made.share:.0%}; the rest is left to the customer's "
        "own integrations.",
        "Every phase counts the reading that finds duplicates and the reading that checks what was written.",
        f"The export after the freeze adds or changes {delta:,} persons and organizations." if delta else
        "What changes between the export and the freeze comes on top: 5 tokens for each changed record.",
        "No address is looked up by search; the account is read in lists of 500.",
        "Hours are at the burst limit of the plan; a slow connection makes them longer, never the tokens.",
    ]  # fmt: skip
    if made.chosen.days > 1:
        found.append("On each further day the phase that was stopped reads once more what it needs, which is counted.")
    if made.chosen.plan.stuck_in:
        found.append(
            f"A day's budget of {made.daily_budget:,} tokens does not pay for what {made.chosen.plan.stuck_in} has to "
            "read at once: it would never end. Raise destination.daily_token_share, the seats or the plan."
        )
    return tuple(found)


def _policies(volumes: Volumes, chosen: str) -> list[str]:
    if chosen not in POLICIES:
        raise BadInput(f"policies.activities: {chosen!r} is not one of {', '.join(POLICIES)}.")
    return [p for p in POLICIES if p == chosen or p == "summary" or p in volumes.activities]


def _day(day: Day) -> dict[str, Any]:
    return {
        "day": day.day, "date": day.date.isoformat() if day.date else None, "tokens": day.tokens,
        "requests": day.requests, "phases": list(day.phases),
    }  # fmt: skip
