"""Documents for the customer that more than one phase writes: the cutover plan and the hypercare check list.

The plan is needed before the cutover, so 01_discovery writes it; 12_handover writes it anew with what is known then.
The check list is written by 12_handover, and by every `nrpd reconcile` with the trend up to that day.
"""

from __future__ import annotations

from datetime import date, timedelta

from nrpd.handover import cutover, hypercare, render
from nrpd.handover.estimate import Estimate
from nrpd.handover.workflows import is_active
from nrpd.journal import Journal
from nrpd.phases.step import Step
from nrpd.workspace import now, write_atomically

RETENTION = timedelta(days=90)
"""After this time from the cutover `nrpd purge` is due."""


def write(step: Step, name: str, markdown: str, title: str) -> None:
    """`deliverables/<name>.md` and `.html`."""
    write_atomically(step.deliverables / f"{name}.md", markdown)
    write_atomically(step.deliverables / f"{name}.html", render.html(markdown, f"{title}: {step.parameters.customer}"))


def purge_due(journal: Journal) -> date:
    """The day on which `nrpd purge` is due: by the day of the cutover, or as if that were today."""
    return (_day_of_cutover(journal) or now().date()) + RETENTION


def active_workflows(step: Step) -> int:
    """How many workflows of the source run."""
    return sum(is_active(row.get("status", ""))[0] for row in step.tables.of("workflows"))


def write_cutover_plan(step: Step, estimate: Estimate) -> None:
    """`cutover_plan`, by this estimate."""
    source = step.parameters.source
    facts = cutover.CutoverFacts(
        step.parameters.customer, timezone=source.timezone, parameters=step.session.path.name,
        kind=source.delta_export.kind if source.delta_export else "full", workflows_active=active_workflows(step),
        templates=len(step.tables.of("templates")), retention=purge_due(step.journal), estimate=estimate,
        by_api=source.api is not None,
    )  # fmt: skip
    write(step, "cutover_plan", cutover.build(facts), "Cutover plan")


def write_hypercare(step: Step) -> str:
    """`hypercare_checklist`, with the trend so far. Returns what the trend says, blank with fewer than two days."""
    trend = [
        hypercare.TrendPoint(**{**point, "day": date.fromisoformat(point["day"])})
        for point in step.journal.noted("hypercare") or []
    ]
    facts = hypercare.HypercareFacts(
        step.parameters.customer, _day_of_cutover(step.journal), step.session.path.name, trend,
        purge_due(step.journal), active_workflows(step),
    )  # fmt: skip
    write(step, "hypercare_checklist", hypercare.build(facts), "Hypercare")
    return hypercare.verdict(trend)


def _day_of_cutover(journal: Journal) -> date | None:
    done = journal.completed("11_cutover")
    return date.fromisoformat(done.at[:10]) if done is not None else None
