"""Counts for the estimate and the scope document, out of what discovery found."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from nrpd.errors import GateWaiting
from nrpd.handover.complexity import Clarity, ObjectFate
from nrpd.handover.estimate import Estimate, Volumes, estimate
from nrpd.handover.scope import ScopeFacts
from nrpd.handover.workflows import is_active
from nrpd.loader.source_view import SourceView
from nrpd.mapping.compatibility import check
from nrpd.mapping.derived import derived
from nrpd.mapping.propose import propose
from nrpd.mapping.transforms import TRANSFORMS
from nrpd.matching.duplicates import addresses_of
from nrpd.matching.organizations import match_organizations
from nrpd.matching.sends import select
from nrpd.netresults.records import SUPPRESSION_COLUMNS
from nrpd.netresults.staging import load_staged
from nrpd.phases import decisions
from nrpd.phases.source import context_of
from nrpd.phases.step import Step
from nrpd.pipedrive.records import FIELD_TYPES, MappingRow
from nrpd.workspace import now

WITH_VISIBILITY_GROUPS = ("premium", "ultimate", "professional", "power", "enterprise")
RETENTION = timedelta(days=90)
"""After this time `nrpd purge` is due."""
BECOMES = {
    "contacts": "persons", "companies": "organizations",
    "campaigns": "fields of organizations and deals, or activities",
    "campaign_members": "the link of campaigns to organizations", "email_sends": "activities", "owners": "users",
    "suppressions": "the opt-out on the person", "templates": "an HTML package with notes on merge fields",
    "workflows": "a written rebuild guide", "notes": "notes", "activities": "activities", "files": "files",
}  # fmt: skip
LOSSES = {
    "email_sends": "activities take no custom fields: details stand in the note",
    "templates": "merge fields are set again by hand",
    "workflows": "rebuilt by hand",
}


def counts_complete(step: Step) -> bool:
    """Whether the token's user certainly sees every record (facts/pipedrive.md, section 6)."""
    return step.session.facts.me.admin and step.parameters.destination.plan not in WITH_VISIBILITY_GROUPS


def suppression_source(step: Step) -> str:
    """Where opt-outs come from: `file`, `columns` or who accepted that there are none.

    Raises GateWaiting where the source has contacts but nothing says who must not be mailed (failure case S01).
    """
    contacts = step.tables.of("contacts")
    if step.tables.of("suppressions"):
        return "file"
    if not contacts or any(row.get(column) for row in contacts for column in SUPPRESSION_COLUMNS):
        return "columns"
    accepted = step.journal.noted("accept_no_suppressions")
    if accepted:
        return f"none; accepted by {accepted['by']} at {accepted['at']}"
    raise GateWaiting(
        "01_discovery: the export holds contacts but nothing that says who must not be mailed (no suppression file, no "
        "opt-out, bounce or consent column); nothing was written.\nExport the unsubscribes and bounces too, or record "
        "that there are none: nrpd run PARAMETERS --accept-no-suppressions NAME",
        "preflight",
    )


def policy_name(step: Step) -> str:
    """`policies.activities` as the estimate names it."""
    policy = step.parameters.policies.activities
    return policy if isinstance(policy, str) else "since"


def proposal(step: Step) -> list[MappingRow]:
    """The map as it would be proposed now."""
    populated = [field for field in step.fields if field.filled]
    return propose(populated, step.session.facts, campaigns=step.parameters.policies.campaigns)


def view_of(step: Step) -> SourceView:
    """The source before there is a map."""
    context = context_of(step.parameters, step.fields, step.session.facts)
    linked = {source_id: int(dest) for source_id, dest in step.journal.links_of("person").items()}
    return SourceView(
        step.tables, step.fields, proposal(step), context, persons=list(step.session.records("person").values()),
        deals=list(step.session.records("deal").values()), linked=linked,
    )  # fmt: skip


def estimate_of(step: Step) -> Estimate:
    """The estimate for this customer at this plan."""
    view = view_of(step)
    rows = list(view.mapping)
    destination = step.parameters.destination
    return estimate(
        volumes(step, view, rows), plan=destination.plan, seats=destination.seats, share=destination.daily_token_share,
        policy=policy_name(step), clarity=clarity(step, view, rows), rates=step.parameters.rates or None,
        currency=step.session.facts.default_currency,
    )  # fmt: skip


def volumes(step: Step, view: SourceView, rows: list[MappingRow]) -> Volumes:
    """What is to be written, counted by the same rules that will write it."""
    session, policy = step.session, step.parameters.policies
    organizations = list(session.records("organization").values())
    matched = match_organizations(view.companies.companies, organizations, {})
    new = {(r.target.entity, r.target.field) for r in rows if r.target.new and r.transform != "skip"}
    new |= {(t.entity, t.field) for t in derived(session.facts, rows, sends=bool(view.sends.sends)) if t.new}
    since = policy.activities if not isinstance(policy.activities, str) else None
    sends = {name: len(select(view.sends.sends, name)[0]) for name in ("all", "engaged")}
    if since is not None:
        sends["since"] = len(select(view.sends.sends, {"since": since.since})[0])
    people = {p.key: [*p.address_keys, *(f"id:{i}" for i in p.ids)] for p in view.contacts.people}
    held = {key for keys in people.values() for key in keys}
    staged = load_staged(step.workspace.staged / "base")
    return Volumes(
        source=dict(staged.source_rows), organizations=len(view.companies.companies), persons=len(view.contacts.people),
        adopted_organizations=sum(m.organization_id is not None for m in matched),
        adopted_persons=sum(m.person_id is not None for m in view.matches.values()), activities=sends,
        deals_updated=len(view.campaigns.of_deals), relationships=len(view.companies.relationships),
        notes=len(step.tables.of("notes")), files=len(step.tables.of("files")),
        other_activities=len(step.tables.of("activities")),
        new_fields=len(new), new_activity_types=int(bool(sends["all"])),
        new_pipelines=len(step.parameters.wanted.pipelines),
        new_stages=sum(len(p.stages) for p in step.parameters.wanted.pipelines),
        flagged_existing=sum(
            any(k in view.ledger.entries and k not in held for k in _keys(p))
            for p in session.records("person").values()
        ),
        existing={entity: len(session.records(entity)) for entity in ("person", "organization", "deal", "activity")},
        sample_size=policy.sample_size,
    )  # fmt: skip


def _keys(person: dict[str, Any]) -> tuple[str, ...]:
    return addresses_of(person)


def clarity(step: Step, view: SourceView, rows: list[MappingRow]) -> Clarity:
    """How clear the move is: fields with losses, uncertain proposals, open owners, workflows."""
    fields = {(f.object, f.column): f for f in step.fields}
    lossy = [
        row
        for row in rows
        if row.target.type in FIELD_TYPES
        and TRANSFORMS[row.transform].kind == "value"
        and check(fields[row.object, row.column], row.target.type).verdict == "lossy"
    ]
    lost = Counter(row.object for row in lossy)
    staged = load_staged(step.workspace.staged / "base")
    workflows = [is_active(row.get("status", ""))[0] for row in step.tables.of("workflows")]
    fates = tuple(
        ObjectFate(
            object_, n, _fate(object_, lost), BECOMES.get(object_, object_),
            LOSSES.get(object_) or (f"{lost[object_]} fields lose something" if lost[object_] else ""),
        )
        for object_, n in staged.source_rows.items() if n
    )  # fmt: skip
    return Clarity(
        fields=len(rows), lossy_fields=len(lossy), uncertain_fields=sum(row.confidence < 0.7 for row in rows),
        objects=fates,
        existing_fields=sum(f.custom for f in step.session.facts.fields),
        unresolved_owners=sum(not d.settled for d in decisions.owners(step)), quarantined=len(staged.quarantined),
        active_workflows=sum(workflows), counts_complete=counts_complete(step),
    )  # fmt: skip


def _fate(object_: str, lost: Counter[str]) -> str:
    if object_ in ("workflows", "templates"):
        return "rebuilt by hand"
    return "with loss" if lost[object_] or object_ in LOSSES else "1:1"


def scope_facts(step: Step, made: Estimate) -> ScopeFacts:
    """What the scope document says."""
    view = view_of(step)
    staged = load_staged(step.workspace.staged / "base")
    quarantined = Counter(q.reason for q in staged.quarantined)
    quarantined.update(reason for outcome, reason in view.contacts.outcomes.values() if outcome == "quarantined")
    active = [is_active(row.get("status", ""))[0] for row in step.tables.of("workflows")]
    today = now().date()
    return ScopeFacts(
        step.parameters.customer, today, made, account=step.session.facts.company_name, mapping=view.mapping,
        owners=Counter(d.how for d in decisions.owners(step)), suppressions=view.ledger.counts(),
        quarantined=quarantined,
        policies=step.parameters.policies.model_dump(mode="json"),
        files=[(f.path, f.object or "", f.rows) for f in staged.files],
        workflows=(sum(active), len(active) - sum(active)),
        templates=sum(name.lower().endswith((".html", ".htm")) for name in staged.attachments),
        existing_fields=sum(f.custom for f in step.session.facts.fields), counts_complete=counts_complete(step),
        retention=today + RETENTION,
    )  # fmt: skip
