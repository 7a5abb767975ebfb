"""The cutover plan: what happens when, who does it, the go/no-go list, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from nrpd.errors import BadInput
from nrpd.handover import render
from nrpd.handover.estimate import Estimate
from nrpd.handover.workload import Kind

_MIN_MINUTES = 15


@dataclass(frozen=True)
class CutoverFacts:
    """What the plan is made from. `freeze_at` is an aware time, or None where it is still to be agreed."""

    customer: str
    estimate: Estimate | None = None
    freeze_at: datetime | None = None
    timezone: str = "UTC"
    """Shown beside the times; `freeze_at` must be in it."""
    kind: str = "full"
    """Of the delta export: full or changed_since."""
    by_api: bool = False
    """The source's API is read again after the freeze."""
    parameters: str = "PARAMETERS"
    """File name as it stands in the commands."""
    workflows_active: int = 0
    templates: int = 0
    retention: date | None = None
    open_points: Sequence[str] = ()


_API = (
    " What the API gives need not be exported: loading the delta reads it again, which takes as long as the first time."
)


@dataclass(frozen=True)
class Step:
    """One line of the plan; `minutes` from the freeze, negative before it."""

    minutes: int
    lasts: int
    what: str
    who: str


def build(facts: CutoverFacts) -> str:
    """The plan as Markdown. Raises BadInput for a time without a time zone."""
    if facts.freeze_at is not None and facts.freeze_at.tzinfo is None:
        raise BadInput(
            "The time of the freeze has no time zone; give it with an offset, such as 2026-12-04T18:00-07:00."
        )
    steps = plan(facts)
    before = [s for s in steps if s.minutes < 0]
    after = [s for s in steps if s.minutes >= 0]
    return render.render(
        "cutover.md.j2", f=facts, before=_rows(before, facts), after=_rows(after, facts), length=_length(after),
        go=go_no_go(facts), e=facts.estimate,
    )  # fmt: skip


def plan(facts: CutoverFacts) -> list[Step]:
    """The steps in order. The delta's and the reconciliation's lengths come from the estimate, at half speed."""
    delta, reconcile = _minutes(facts, writes=True), _minutes(facts, writes=False)
    day = 24 * 60
    steps = [
        Step(-7 * day, 0, "Tell everybody who works in either system when the freeze begins and what it means.",
            "customer"),
        Step(-5 * day, 0, f"Rehearse against a copy of the account: nrpd rehearse {facts.parameters}.", "engineer"),
        Step(-2 * day, 0, "Sample and main load are signed off; quarantine and open decisions are empty or accepted.",
            "both"),
        Step(-1 * day, 0, "Confirm that automations and webhooks in Pipedrive are still paused; take a fresh backup.",
            "customer"),
        Step(-60, 60, "Go/no-go for the freeze: the list below.", "both"),
    ]  # fmt: skip
    clock = 0
    for lasts, what, who in (
        (30, "Freeze: switch off workflows, drip series, forms and sends in the source; nobody edits there any more.",
            "customer"),
        (45, f"Export everything once more ({facts.kind.replace('_', ' ')}), suppressions included; put it where "
             f"source.delta_export says.{_API if facts.by_api else ''}", "customer"),
        (15, f"Read the delta: nrpd run {facts.parameters} --to 11_cutover says what it holds, and waits.", "engineer"),
        (15, f"Go/no-go for the delta: nrpd confirm {facts.parameters} cutover --by NAME, or lift the freeze.", "both"),
        (delta, f"Load the delta, and write the handover: nrpd run {facts.parameters}.", "engineer"),
        (reconcile, f"Compare everything once more, suppressions included: nrpd reconcile {facts.parameters}.",
            "engineer"),
        (45, "Look at ten records of different kinds in Pipedrive beside the source.", "customer"),
        (15, "Go/no-go for the switch: work goes on in Pipedrive, or the way back below is taken.", "both"),
        (30, "Switch on automations and webhooks that belong to daily work, one by one, with a test record each.",
            "customer"),
        (15, "Hand-over: tell everybody that work goes on in Pipedrive; hypercare begins.", "both"),
    ):  # fmt: skip
        steps.append(Step(clock, lasts, what, who))
        clock += lasts
    return steps


def go_no_go(facts: CutoverFacts) -> list[str]:
    """What must be true; one `no` stops the cutover."""
    found = [
        "Every phase up to 10_suppression_pass is complete and green (nrpd status).",
        "Reconciliation shows nothing different and nothing uncompared that was not accepted in writing.",
        "Every suppressed address of the source is flagged in Pipedrive; the ledger names the ones without a person.",
        "The sample was signed by the customer after the last change of the mapping.",
        "Automations and webhooks in Pipedrive are paused, and a person looked today.",
        "A backup of the account from today exists, and somebody opened it.",
        "The rollback plan was shown (nrpd rollback --plan) and fits the time that is left.",
        "The token budget of the day covers the delta and the reconciliation.",
        "Engineer and the customer's decider can be reached during the whole window.",
    ]
    if facts.workflows_active:
        found.append(
            f"The {facts.workflows_active} active workflows of the source have a date: rebuilt, done by hand, or "
            f"given up."
        )
    if facts.templates:
        found.append(
            "Pictures and pages on the old platform were saved; nothing that is still needed stands only there."
        )
    return found


def _minutes(facts: CutoverFacts, *, writes: bool) -> int:
    made = facts.estimate
    if made is None:
        return 60
    requests = sum(
        w.requests for w in made.chosen.work if w.phase == "11_cutover" and (w.kind is Kind.WRITTEN) == writes
    )
    minutes = requests * 2 / made.burst / 60 * 2
    return max(_MIN_MINUTES, ceil(minutes / _MIN_MINUTES) * _MIN_MINUTES)


def _rows(steps: Sequence[Step], facts: CutoverFacts) -> list[tuple[object, ...]]:
    return [(_when(s.minutes, facts), _lasting(s.lasts), s.what, s.who) for s in steps]


def _when(minutes: int, facts: CutoverFacts) -> str:
    if facts.freeze_at is not None:
        return f"{facts.freeze_at + timedelta(minutes=minutes):%a %Y-%m-%d %H:%M}"
    sign, amount = ("-" if minutes < 0 else "+"), abs(minutes)
    if amount >= 24 * 60:
        return f"F {sign} {amount // (24 * 60)} d"
    return f"F {sign} {amount // 60}:{amount % 60:02d} h"


def _lasting(minutes: int) -> str:
    if not minutes:
        return "by then"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60}:{minutes % 60:02d} h"


def _length(steps: Sequence[Step]) -> str:
    last = steps[-1]
    return _lasting(last.minutes + last.lasts)
