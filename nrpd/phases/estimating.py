"""What the estimate and the scope document are made from, out of what discovery found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from nrpd.errors import GateWaiting
from nrpd.handover import guide
from nrpd.handover.complexity import Clarity, ObjectFate
from nrpd.handover.estimate import Basis, Estimate
from nrpd.handover.scope import ScopeFacts
from nrpd.handover.workflows import is_active
from nrpd.loader.source_view import SourceView
from nrpd.mapping.compatibility import check
from nrpd.mapping.folding import fold_least_used
from nrpd.mapping.propose import propose
from nrpd.mapping.transforms import TRANSFORMS
from nrpd.mapping.vocabulary import Vocabulary
from nrpd.netresults.records import SUPPRESSION_COLUMNS
from nrpd.netresults.staged import Staged
from nrpd.netresults.staging import load_staged
from nrpd.netresults.synonyms import SYNONYMS
from nrpd.phases import decisions, preflight
from nrpd.phases.audit import Audit, levels
from nrpd.phases.documents import purge_due
from nrpd.phases.quality import Item
from nrpd.phases.room import room_of
from nrpd.phases.source import context_of
from nrpd.phases.step import Step
from nrpd.phases.volumes import volumes
from nrpd.pipedrive.records import FIELD_TYPES, MappingRow
from nrpd.workspace import now

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


def suppression_source(step: Step) -> str:
    """Where opt-outs come from: `file`, `columns` or who accepted that there are none.

    Raises GateWaiting where the source has contacts but nothing says who must not be mailed (failure case S01).
    """
    contacts = step.tables.of("contacts")
    if step.tables.of("suppressions") or step.tables.torn_suppressions:
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
    """The map as it would be proposed now, with what the plan has no room for folded into notes."""
    populated = [field for field in step.fields if field.filled]
    rows = propose(
        populated, step.session.facts, campaigns=step.parameters.policies.campaigns, vocabulary=Vocabulary(SYNONYMS),
        unwatched=step.gates.automatic,
    )  # fmt: skip
    room = room_of(step)
    folded = fold_least_used(room, rows)
    return rows if room.too_many(folded) else folded


def view_of(step: Step) -> SourceView:
    """The source before there is a map."""
    context = context_of(step.parameters, step.fields, step.session.facts)
    linked = {source_id: int(dest) for source_id, dest in step.journal.links_of("person").items()}
    return SourceView(
        step.tables, step.fields, proposal(step), context, persons=list(step.session.records("person").values()),
        deals=list(step.session.records("deal").values()), linked=linked, decided=step.gates.answers("suppression"),
    )  # fmt: skip


def basis_of(step: Step, view: SourceView | None = None) -> Basis:
    """What the estimate for this customer at this plan is made from, now. `view`: as `view_of` gives it."""
    view = view or view_of(step)
    rows = list(view.mapping)
    counted, clear = volumes(step, view, rows), clarity(step, view, rows)
    # Last, when all that is read for it has been read.
    session, destination = step.session, step.parameters.destination
    budget = preflight.budget_now(session)
    spent = session.client.usage.tokens if step.counts else 0  # by this phase, which the estimate counts itself
    return Basis(
        counted, destination.plan, destination.seats, destination.daily_token_share, policy_name(step), clear,
        step.parameters.rates or None, session.facts.default_currency, date.fromisoformat(budget.day),
        preflight.account_limit(session), budget.left + spent,
    )  # fmt: skip


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
    destination = step.parameters.destination
    built = guide.build(step.tables.of("workflows"), destination.plan, seats=destination.seats).summary
    fates = tuple(
        ObjectFate(
            object_, n, _fate(object_, lost), BECOMES.get(object_, object_),
            LOSSES.get(object_) or _lossy(lost[object_]),
        )
        for object_, n in staged.source_rows.items() if n
    )  # fmt: skip
    return Clarity(
        fields=len(rows), lossy_fields=len(lossy), uncertain_fields=sum(row.confidence < 0.7 for row in rows),
        objects=fates,
        existing_fields=step.session.fields_in_use,
        unresolved_owners=sum(not d.settled for d in decisions.owners(step)), quarantined=len(staged.quarantined),
        active_workflows=built.active, workflows_without_equivalent=built.without_equivalent,
        counts_note=preflight.counts_note(step.session),
    )  # fmt: skip


def _lossy(fields: int) -> str:
    return f"{fields} field{' loses' if fields == 1 else 's lose'} something" if fields else ""


def _fate(object_: str, lost: Counter[str]) -> str:
    if object_ in ("workflows", "templates"):
        return "rebuilt by hand"
    return "with loss" if lost[object_] or object_ in LOSSES else "1:1"


def scope_facts(step: Step, made: Estimate, view: SourceView, audit: Audit, findings: Sequence[Item]) -> ScopeFacts:
    """What the scope document says."""
    staged = load_staged(step.workspace.staged / "base")
    quarantined = Counter(q.reason for q in staged.quarantined)
    quarantined.update(reason for outcome, reason in view.contacts.outcomes.values() if outcome == "quarantined")
    active = [is_active(row.get("status", ""))[0] for row in step.tables.of("workflows")]
    today = now().date()
    return ScopeFacts(
        step.parameters.customer, today, made, account=step.session.facts.company_name, mapping=view.mapping,
        derived=list(room_of(step, counted=False).new(view.mapping)),
        owners=Counter(d.how for d in decisions.owners(step)), suppressions=view.ledger.counts(),
        quarantined=quarantined,
        policies=step.parameters.policies.model_dump(mode="json"),
        files=[(f.path, f.object or "", f.rows) for f in staged.files],
        workflows=(sum(active), len(active) - sum(active)),
        templates=sum(name.lower().endswith((".html", ".htm")) for name in staged.attachments),
        existing_fields=step.session.fields_in_use, counts_note=preflight.counts_note(step.session),
        warnings=preflight.warnings(step.session), retention=purge_due(step.journal),
        people=audit.people, stages=audit.stages, scores=audit.scores, sends=audit.sends, sends_left=audit.sends_left,
        campaigns=len(audit.campaigns), workflow_levels=levels(audit.workflows),
        template_levels=levels(audit.templates), held=_held(step, staged), account_rows=_account(step),
        findings=[(i.object_, i.field, i.finding, i.count, i.file, i.lines, i.happens) for i in findings],
    )  # fmt: skip


def _held(step: Step, staged: Staged) -> list[tuple[str, int, int, int, int, int, int]]:
    """Object, rows, files, of its rows kept out, repeated and erased, fields that hold anything."""
    out = Counter(q.object for q in staged.quarantined)
    files = Counter(f.object for f in staged.files)
    fields = Counter(f.object for f in step.fields if f.filled)
    return [
        (o, n, files[o], out[o], staged.same_rows.get(o, 0), staged.erased_rows.get(o, 0), fields[o])
        for o, n in staged.source_rows.items()
    ]


def _account(step: Step) -> list[tuple[str, str]]:
    """What the account holds, in a few lines."""
    session, facts = step.session, step.session.facts
    stages = Counter(stage["pipeline_id"] for stage in facts.stages)
    named = {"person": "Persons", "organization": "Organizations", "deal": "Deals", "activity": "Activities"}
    return [
        *((name, f"{len(session.records(entity)):,}") for entity, name in named.items()),
        ("Users", f"{sum(u.active for u in facts.users)} active of {len(facts.users)}"),
        ("Pipelines", ", ".join(f"{p['name']} ({stages[p['id']]} stages)" for p in facts.pipelines) or "none"),
        ("Activity types", ", ".join(t.name for t in facts.activity_types if t.active) or "none"),
        ("Campaigns add-on", "yes" if facts.campaigns else "no"),
    ]
