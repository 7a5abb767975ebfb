"""What the source holds, in figures: people by stage and score, sends by year, what is to be rebuilt by complexity."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nrpd.handover import guide, templates
from nrpd.handover.merge_fields import merge_targets
from nrpd.handover.rebuild import Rebuild
from nrpd.handover.templates import Template
from nrpd.loader.source_view import SourceView
from nrpd.mapping.values import DoesNotFit, clean, parse_number
from nrpd.matching.rows import MERGED, TAKE, Outcomes
from nrpd.matching.sends import STATUSES
from nrpd.netresults.records import SourceField
from nrpd.netresults.staged import Staged
from nrpd.phases.step import Step

NO_STAGE = "(none)"
LEVELS = ("simple", "medium", "complex")
_SCORE = re.compile(r"\bscor|punkte|punktzahl|puntua", re.IGNORECASE)
_HTML = (".html", ".htm")

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Audit:
    """Rows of tables; `sends` is year → status → sends, everything else that counts is name → number."""

    people: Mapping[str, int]
    """What became of the contact rows: persons, merged, anonymous visitors, kept out."""
    stages: Mapping[str, int]
    scores: Sequence[Line]
    sends: Mapping[str, Mapping[str, int]]
    sends_left: Mapping[str, int]
    """Reason → rows of e-mail sends that make no send."""
    suppressions: Mapping[str, int]
    workflows: Sequence[Line]
    templates: Sequence[Line]
    campaigns: Sequence[Line]


def audit_of(step: Step, view: SourceView, staged: Staged) -> Audit:
    """The figures of one source, seen through the map that is proposed for it."""
    return Audit(
        people=people(view), stages=stages(view), scores=scores(step.fields, staged), sends=sends_by_year(view),
        sends_left=_left(view.sends.outcomes), suppressions=view.ledger.counts(),
        workflows=workflows(step.tables.of("workflows"), step.parameters.destination.plan),
        templates=template_lines(step.tables.of("templates"), staged, merge_targets(view.mapping)),
        campaigns=campaigns(view),
    )  # fmt: skip


def people(view: SourceView) -> dict[str, int]:
    """Contact rows by what they are."""
    found = Counter({"persons": len(view.contacts.people)})
    for outcome in view.contacts.outcomes.values():
        if outcome == MERGED:
            found["further rows of the same person"] += 1
        elif outcome != TAKE:
            found["anonymous visitors" if outcome[1] == "anonymous visitor" else f"kept out: {outcome[1]}"] += 1
    return dict(found)


def stages(view: SourceView) -> dict[str, int]:
    """Lifecycle stage → persons, most frequent first; nothing where the source has no stages."""
    found = Counter(clean(p.values.get("lead_stage", "")) or NO_STAGE for p in view.contacts.people)
    return dict(found.most_common()) if set(found) - {NO_STAGE} else {}


def scores(fields: Sequence[SourceField], staged: Staged) -> list[dict[str, Any]]:
    """One line for each column of scores: the score of Net-Results, and one for each ruleset that was exported."""
    return [
        {"ruleset": field.header, **_spread(staged.counts("contacts", field.column), field.separator or ".")}
        for field in fields
        if field.object == "contacts"
        and (field.column == "lead_score" or _SCORE.search(field.header))
        and field.type in ("number", "decimal")
    ]


def _spread(by_file: Mapping[str, Mapping[str, int]], mark: str) -> dict[str, Any]:
    counts: Counter[float] = Counter()
    for texts in by_file.values():
        for text, count in texts.items():
            try:
                counts[parse_number(text, mark)] += count
            except DoesNotFit:
                continue
    total = sum(counts.values())
    ordered = sorted(counts.items())

    def at(share: float) -> float:
        """The smallest score that this share of the contacts does not exceed."""
        so_far = 0
        for score, count in ordered:
            so_far += count
            if so_far >= share * total:
                return score
        return ordered[-1][0]

    if not ordered:
        return {"contacts": 0, "zero": 0, "lowest": None, "median": None, "top tenth from": None, "highest": None}
    return {
        "contacts": total, "zero": counts[0], "lowest": ordered[0][0], "median": at(0.5), "top tenth from": at(0.9),
        "highest": ordered[-1][0],
    }  # fmt: skip


def sends_by_year(view: SourceView) -> dict[str, dict[str, int]]:
    """Year (UTC) → status → sends, by year."""
    found: dict[str, Counter[str]] = {}
    for send in view.sends.sends:
        found.setdefault(str(send.sent_at.year), Counter())[send.status] += 1
    return {year: {status: found[year][status] for status in STATUSES} for year in sorted(found)}


def _left(outcomes: Outcomes) -> dict[str, int]:
    return dict(Counter(o[1] for o in outcomes.values() if o not in (TAKE, MERGED)))


def workflows(rows: Iterable[Mapping[str, str]], plan: str) -> list[dict[str, Any]]:
    """One line for each active workflow, the most work first."""
    made = guide.build(rows, plan).rebuilds
    lines = [
        {
            "workflow": r.workflow.name, "complexity": workflow_level(r), "kind": r.workflow.type or r.workflow.pattern,
            "steps": len(r.workflow.steps), "if/else": r.if_else, "enrolled": r.workflow.enrolled, "rebuild": r.fit,
            "hours": r.hours,
        }
        for r in made
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (-LEVELS.index(line["complexity"]), -line["hours"], line["workflow"]))


def workflow_level(made: Rebuild) -> str:
    """`complex` where something has no equivalent or it branches often; `simple` where it is a few steps in a row."""
    if made.fit.startswith("no equivalent") or made.if_else > 3 or len(made.built) > 15:
        return "complex"
    return "simple" if not made.if_else and len(made.built) <= 5 else "medium"


def template_lines(
    index: Iterable[Mapping[str, str]], staged: Staged, targets: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """One line for each template that was exported, the most work first."""
    bodies = {name: staged.read_bytes(name) for name in staged.attachments if name.lower().endswith(_HTML)}
    made = templates.package(index, bodies, targets).templates if bodies else ()
    lines = [
        {
            "template": t.name, "complexity": template_level(t), "merge fields": len(t.merge_fields),
            "without a field": len(t.without_field), "variants": len(t.bodies), "links": len(t.links),
            "on the old platform": len(t.old_links), "risks": len(t.risks),
        }
        for t in made
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (-LEVELS.index(line["complexity"]), line["template"]))


def template_level(made: Template) -> str:
    """`complex` where versions per persona or merge fields without a field must be thought about; `simple` where only
    text is pasted."""
    if len(made.bodies) > 1 or made.without_field:
        return "complex"
    return "medium" if made.merge_fields or made.old_links or len(made.risks) > 4 else "simple"


def levels(lines: Iterable[Line]) -> dict[str, int]:
    """Complexity → how many, simple first."""
    found = Counter(str(line["complexity"]) for line in lines)
    return {level: found[level] for level in LEVELS if found[level]}


def campaigns(view: SourceView) -> list[dict[str, Any]]:
    """One line for each campaign: where it stands, and what was sent for it; the most sends first."""
    sent = Counter(send.campaign_id for send in view.sends.sends)
    members = Counter(m.campaign_id for m in view.campaigns.memberships)
    companies = Counter(c.campaign_id for found in view.campaigns.of_organizations.values() for c in found)
    lines = [
        {
            "campaign": c.name, "type": c.values.get("type", ""), "status": c.values.get("status", ""),
            "members": members[c.campaign_id], "companies": companies[c.campaign_id], "sends": sent[c.campaign_id],
        }
        for c in view.campaigns.campaigns.values()
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (-line["sends"], -line["members"], line["campaign"]))
