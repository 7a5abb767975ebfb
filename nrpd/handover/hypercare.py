"""The hypercare check list: one week after the cutover, a reconciliation a day, and what to do when it is red."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from nrpd.handover import render

DAYS = 7
RESTORE_DAYS = 30
"""Pipedrive keeps deleted records for so long (facts/pipedrive.md, section 11)."""


@dataclass(frozen=True)
class TrendPoint:
    """What one `nrpd reconcile` found: counts of fields and addresses."""

    day: date
    compared: int
    different: int
    absent: int
    unflagged: int
    """Suppressed addresses without a flag; must be 0."""


@dataclass(frozen=True)
class HypercareFacts:
    """What the list is made from. `cutover` is the day of the switch, None where it is not known yet."""

    customer: str
    cutover: date | None = None
    parameters: str = "PARAMETERS"
    trend: Sequence[TrendPoint] = ()
    retention: date | None = None
    workflows_active: int = 0


def build(facts: HypercareFacts) -> str:
    """The check list as Markdown."""
    return render.render(
        "hypercare.md.j2", f=facts, days=_days(facts), trend=trend_rows(facts.trend), verdict=verdict(facts.trend),
        restore_until=facts.cutover + timedelta(days=RESTORE_DAYS) if facts.cutover else None,
    )  # fmt: skip


def trend_rows(trend: Sequence[TrendPoint]) -> list[tuple[object, ...]]:
    """Day by day, with the change of the differences against the day before."""
    rows: list[tuple[object, ...]] = []
    before: TrendPoint | None = None
    for point in sorted(trend, key=lambda p: p.day):
        change = "first" if before is None else f"{point.different - before.different:+d}"
        rows.append((point.day.isoformat(), point.compared, point.different, change, point.absent, point.unflagged))
        before = point
    return rows


def verdict(trend: Sequence[TrendPoint]) -> str:
    """One sentence on where it goes, blank without two days to compare."""
    points = sorted(trend, key=lambda p: p.day)
    if points and points[-1].unflagged:
        return "Red: a suppressed address is without its flag. Run 10_suppression_pass today, before any mail is sent."
    if len(points) < 2:
        return ""
    change = points[-1].different - points[0].different
    if change > 0:
        return f"{change:,} more differences than on the first day: find out whether people or a program make them."
    return "Differences do not grow." if change == 0 else f"{-change:,} fewer differences than on the first day."


def _days(facts: HypercareFacts) -> list[tuple[str, list[str]]]:
    every = [
        f"nrpd reconcile {facts.parameters}: write its figures into the trend table.",
        "Late opt-outs: collect replies, complaints and the source's last unsubscribes, then "
        f"nrpd suppress {facts.parameters} FILE.",
        "Ask two users what they missed or found twice; write it down.",
    ]
    special = {
        1: ["No old workflow and no form of the source runs any more.", "Every user can log in and sees own records."],
        2: ["Ten suppressed persons, chosen at random, are flagged in Pipedrive and in Campaigns."],
        3: ["Quarantine report: decide what is still open, and load what was put right."],
        4: ["Owners: every active user owns what was expected; nobody owns by mistake the default owner's records."],
        5: ["Filters that took the place of marketing lists give the expected numbers."],
        6: [f"Automations that were rebuilt ran as tested ({facts.workflows_active} workflows in the guide)."]
        if facts.workflows_active
        else ["Activities and notes of ten persons read as in the source."],
        7: ["Last reconciliation is signed; open points have an owner and a date.", "Hypercare ends."],
    }
    found = []
    for n in range(1, DAYS + 1):
        name = f"Day {n}"
        if facts.cutover:
            name += f", {facts.cutover + timedelta(days=n):%A %Y-%m-%d}"
        found.append((name, every + special[n]))
    return found
