"""The complexity grade A to D, with its reasons: how hard this migration is, seen from five sides.

Each side gives 0 (easy) to 3 (hard). A: up to 2 points and no 3. B: up to 5 points and no 3. D: 10 or more points, or
two sides at 3 and 8 points. C: all the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nrpd.handover.markdown import count
from nrpd.handover.plans import PLANS
from nrpd.pipedrive.records import FIELD_LIMITS


@dataclass(frozen=True)
class ObjectFate:
    """What becomes of one source object. `becomes` and `loss` are plain words for the customer."""

    object: str
    rows: int
    fate: str
    becomes: str
    loss: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "object": self.object, "rows": self.rows, "fate": self.fate, "becomes": self.becomes, "loss": self.loss,
        }  # fmt: skip


@dataclass(frozen=True)
class Clarity:
    """What discovery and the mapping proposal found. Counts; `deadline_days` None where no date is set."""

    fields: int = 0
    """Source fields that hold something."""
    lossy_fields: int = 0
    uncertain_fields: int = 0
    """Fields whose proposal is below 0.7, or which nothing was proposed for."""
    objects: tuple[ObjectFate, ...] = ()
    existing_fields: int = 0
    """Custom fields that the account has already, all entities."""
    unresolved_owners: int = 0
    quarantined: int = 0
    active_workflows: int = 0
    workflows_without_equivalent: int = 0
    deadline_days: int | None = None
    counts_note: str = ""
    """Why the counts are possibly partial (`preflight.why_partial`); blank where they are complete."""


@dataclass(frozen=True)
class Side:
    """One side of the grade: 0 to 3 points and why."""

    name: str
    points: int
    reason: str


@dataclass(frozen=True)
class Grade:
    """The grade's letter and the five sides that it comes from."""

    letter: str
    sides: tuple[Side, ...]

    @property
    def points(self) -> int:
        return sum(side.points for side in self.sides)

    def as_dict(self) -> dict[str, Any]:
        return {
            "grade": self.letter,
            "points": self.points,
            "reasons": [{"side": s.name, "points": s.points, "reason": s.reason} for s in self.sides],
        }


def grade(
    clarity: Clarity, *, records: int, days: int, plan: str, new_fields: int, stuck_in: str = ""
) -> Grade:  # fmt: skip
    """The grade of a migration of `records` source rows that takes `days` days of the token budget. `stuck_in`: a phase
    that no day's budget pays for."""
    sides = (
        _compatibility(clarity),
        _mapping(clarity),
        _timeline(days, clarity.deadline_days, stuck_in),
        _constraints(clarity, plan, new_fields),
        _volume(records),
    )
    points, threes = sum(s.points for s in sides), sum(s.points == 3 for s in sides)
    if points >= 10 or (threes >= 2 and points >= 8):
        return Grade("D", sides)
    if threes or points > 5:
        return Grade("C", sides)
    return Grade("B" if points > 2 else "A", sides)


def _step(value: float, *limits: float) -> int:
    """How many of the ascending limits `value` exceeds."""
    return sum(value > limit for limit in limits)


def _compatibility(c: Clarity) -> Side:
    lossy = c.lossy_fields / c.fields if c.fields else 0.0
    by_hand = [o.object for o in c.objects if o.fate in {"rebuilt by hand", "not moved"} and o.rows]
    points = max(_step(lossy, 0.05, 0.15, 0.35), _step(c.workflows_without_equivalent, 0, 5, 20))
    said = [f"{c.lossy_fields} of {c.fields} filled fields move with a stated loss"]
    if c.active_workflows:
        said.append(
            f"{c.workflows_without_equivalent} of {c.active_workflows} active workflows use something without "
            f"equivalent"
        )
    if by_hand:
        said.append(f"by hand or not at all: {', '.join(by_hand)}")
    return Side("object compatibility", points, "; ".join(said))


def _mapping(c: Clarity) -> Side:
    unclear = c.uncertain_fields / c.fields if c.fields else 0.0
    points = max(_step(unclear, 0.1, 0.3, 0.6), _step(c.unresolved_owners, 3, 15))
    return Side(
        "mapping clarity", points,
        f"{c.uncertain_fields} of {c.fields} fields need a person's decision; "
        f"{count(c.unresolved_owners, 'owner matches', 'owners match')} no user; "
        f"{count(c.quarantined, 'row is', 'rows are')} kept out so far",
    )  # fmt: skip


def _timeline(days: int, deadline: int | None, stuck_in: str) -> Side:
    if stuck_in:
        return Side("timeline", 3, f"no day's token budget pays for what {stuck_in} has to read")
    said = f"{days} day{'s' * (days != 1)} of the token budget"
    points = _step(days, 1, 3, 10)
    if deadline is not None:
        said += f", {deadline} until the date that was asked for"
        points = 3 if days > deadline else max(points, 2 if days * 2 > deadline else 0)
    return Side("timeline", points, said)


def _constraints(c: Clarity, plan: str, new_fields: int) -> Side:
    limit = FIELD_LIMITS[plan.casefold()]
    used = c.existing_fields + new_fields
    found: list[tuple[int, str]] = [(0, f"{used} of {limit} custom fields of plan {plan} are used afterwards")]
    if used > limit:
        found.append((3, f"the plan's limit of custom fields is exceeded by {used - limit}"))
    elif used > 0.8 * limit:
        found.append((1, "little room is left for custom fields"))
    automations = PLANS[plan.casefold()].automations
    if c.active_workflows > automations:
        found.append((2, f"{c.active_workflows} active workflows, but the plan allows {automations} automations"))
    if c.counts_note:
        found.append((2, f"counts are {c.counts_note}"))
    return Side("API constraints", min(3, _worst(p for p, _ in found)), "; ".join(text for _, text in found))


def _volume(records: int) -> Side:
    return Side("data volume", _step(records, 20_000, 200_000, 1_000_000), f"{records:,} source records")


def _worst(points: Iterable[int]) -> int:
    return max(points, default=0)
