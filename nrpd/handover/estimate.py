"""What a migration will cost: requests, tokens, hours, days and a calendar, per phase and per activity policy.

A pure function of counts, plan, seats and share. Token costs are those of Pipedrive's OpenAPI documents
(`x-token-cost`): a v2 list of up to 500 records 10, a v2 create or patch 5, a v1 list 20, a v1 write 10. The daily
budget is 30,000 tokens x the plan's multiplier x seats x `daily_token_share`; the burst limit is requests in two
seconds (facts/pipedrive.md, section 2). All counts are records; all hours are clock hours without waiting for the
network; a day is one day of the token budget, the first one counted as full.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil
from typing import Any

from nrpd.errors import BadInput
from nrpd.handover.complexity import Clarity, Grade, grade
from nrpd.handover.effort import Quote, quote, working_days
from nrpd.pipedrive.records import BURST_LIMITS, TOKEN_MULTIPLIERS

SCOPE_INDIVIDUALLY_ABOVE = 2_000_000
POLICIES = ("all", "engaged", "since", "summary")
PAGE, IDS = 500, 100
"""Records of a list page; ids of one list by ids."""
LIST, LIST_V1, WRITE, WRITE_V1 = 10, 20, 5, 10
"""Tokens per request."""
_DEAREST = 20

PHASES = (
    "01_discovery", "02_mapping", "03_owners", "04_schema", "05_suppression", "06_sample", "07_organizations",
    "08_persons", "09_activities", "10_suppression_pass", "11_cutover", "12_handover",
)  # fmt: skip


@dataclass(frozen=True)
class Volumes:
    """How many records there are, and what is to be written.

    `organizations` and `persons` are those that the source becomes after folding; of them `adopted_*` are already in
    the account and are patched instead of created. `activities` gives the number per policy (`all`, `engaged`,
    `since`; `summary` writes none). `existing` counts what the account holds now, per entity.
    """

    source: Mapping[str, int]
    organizations: int = 0
    persons: int = 0
    adopted_organizations: int = 0
    adopted_persons: int = 0
    activities: Mapping[str, int] = field(default_factory=dict)
    deals_updated: int = 0
    relationships: int = 0
    notes: int = 0
    files: int = 0
    other_activities: int = 0
    """Activities of the source itself (calls, tasks), moved under every policy."""
    new_fields: int = 0
    changed_options: int = 0
    """Existing fields that get new options: one request each."""
    new_activity_types: int = 0
    new_pipelines: int = 0
    new_stages: int = 0
    flagged_existing: int = 0
    """Persons of the account that are flagged as suppressed although no contact becomes them."""
    existing: Mapping[str, int] = field(default_factory=dict)
    sample_size: int = 200
    delta_share: float = 0.01
    """Share of persons and organizations that is expected to change between the export and the freeze."""

    @property
    def records(self) -> int:
        """Source rows of all objects."""
        return sum(self.source.values())


@dataclass(frozen=True)
class Work:
    """Requests of one kind in one phase; `cost` is tokens a request."""

    phase: str
    what: str
    requests: int
    cost: int

    @property
    def tokens(self) -> int:
        return self.requests * self.cost


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
        work = tuple(_work(volumes, volumes.activities.get(name, 0)))
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
    if budget < _DEAREST:
        raise BadInput(
            f"destination: {seats} seats with daily_token_share {share} leave {budget} tokens a day, which pays for "
            "no request. Raise destination.seats or destination.daily_token_share."
        )
    return budget


def pages(records: int, size: int = PAGE) -> int:
    """Requests that list so many records; an empty list still takes one."""
    return max(1, ceil(records / size))


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


def _work(v: Volumes, sends: int) -> Sequence[Work]:
    activities = sends + v.other_activities
    had = {e: v.existing.get(e, 0) for e in ("person", "organization", "deal", "activity")}
    sample = min(v.sample_size, v.persons)
    sample_organizations = min(sample, v.organizations)
    sample_activities = round(activities * sample / v.persons) if v.persons else 0
    organizations_after = had["organization"] + v.organizations - v.adopted_organizations
    persons_after = had["person"] + v.persons - v.adopted_persons
    activities_after = had["activity"] + activities
    delta = ceil((v.persons + v.organizations) * v.delta_share)
    work = [
        Work("01_discovery", "user of the token", 1, 2),
        Work("01_discovery", "users, activity types, add-ons", 3, LIST_V1),
        Work("01_discovery", "fields of four entities", 4, LIST),
        Work("01_discovery", "pipelines and stages", 2, 5),
        *(Work("01_discovery", f"read {entity} records", pages(n), LIST) for entity, n in had.items()),
        Work("04_schema", "create fields and options", v.new_fields + v.changed_options, WRITE),
        Work("04_schema", "create activity types", v.new_activity_types, WRITE_V1),
        Work("04_schema", "create pipelines and stages", v.new_pipelines + v.new_stages, WRITE),
        Work("04_schema", "read the fields back", 3, LIST),
        Work("05_suppression", "read persons", pages(had["person"]), LIST),
        Work("06_sample", "read persons and organizations", pages(had["person"]) + pages(had["organization"]), LIST),
        Work("06_sample", "write the sample", sample + sample_organizations + sample_activities, WRITE),
        Work(
            "06_sample", "read the sample back",
            pages(sample, IDS) + pages(sample_organizations, IDS) + pages(sample_activities, IDS), LIST,
        ),
        Work("07_organizations", "read what is there", pages(had["organization"] + sample_organizations), LIST),
        Work("07_organizations", "write organizations", v.organizations - sample_organizations, WRITE),
        Work("07_organizations", "write relationships", v.relationships, WRITE_V1),
        Work("07_organizations", "read back", pages(organizations_after), LIST),
        Work("08_persons", "read what is there", pages(had["person"] + sample), LIST),
        Work("08_persons", "write persons", v.persons - sample, WRITE),
        Work("08_persons", "read back", pages(persons_after), LIST),
        Work("09_activities", "read what is there", pages(had["activity"] + sample_activities), LIST),
        Work("09_activities", "write activities", activities - sample_activities, WRITE),
        Work("09_activities", "write campaign fields of deals", v.deals_updated, WRITE),
        Work("09_activities", "write notes and files", v.notes + v.files, WRITE_V1),
        Work("09_activities", "read back", pages(activities_after), LIST),
        Work("09_activities", "read notes back", pages(v.notes) if v.notes else 0, LIST_V1),
        Work("10_suppression_pass", "read persons", pages(persons_after), LIST),
        Work("10_suppression_pass", "flag persons", v.flagged_existing, WRITE),
        Work("10_suppression_pass", "read back", pages(persons_after), LIST),
        Work("11_cutover", "write the delta", delta, WRITE),
        Work(
            "11_cutover", "reconcile everything",
            pages(persons_after) + pages(organizations_after) + pages(activities_after), LIST,
        ),
    ]  # fmt: skip
    return [w for w in work if w.requests > 0]


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
