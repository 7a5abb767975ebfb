"""How much there is to write, counted by the very rules that will write it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nrpd.handover.volumes import Part, Volumes
from nrpd.loader.plans import activities as plans
from nrpd.loader.plans.activities import CAMPAIGN_TYPE, SEND_TYPE, Places
from nrpd.loader.plans.organizations import CampaignFields, relationships
from nrpd.loader.source_view import SourceView
from nrpd.mapping.propose import for_deals
from nrpd.mapping.transform import Builder
from nrpd.mapping.transforms import NOTE
from nrpd.matching.duplicates import addresses_of
from nrpd.matching.organizations import match_organizations
from nrpd.matching.sends import select, sums
from nrpd.netresults.staging import load_staged
from nrpd.phases.room import room_of
from nrpd.phases.sample import choice_of
from nrpd.phases.source import fields_with_delta, profile_fields, stage_delta, tables_with_delta
from nrpd.phases.step import Step
from nrpd.pipedrive.records import MappingRow

ENTITIES = ("person", "organization", "deal", "activity")


def volumes(step: Step, view: SourceView, rows: Sequence[MappingRow]) -> Volumes:
    """What a migration of this source into this account will write, by the map `rows`."""
    session, policies = step.session, step.parameters.policies
    staged = load_staged(step.workspace.staged / "base")
    organizations = list(session.records("organization").values())
    matched = match_organizations(view.companies.companies, organizations, {}, view.decided)
    places = _as_if_loaded(view)
    sample, of_sample = _sample(step, view)
    adopted = {m.source_id for m in matched if m.organization_id is not None}
    place = {c: str(n) for n, c in enumerate(_companies(view), 1)}
    there = {int(place[c]) for c in (adopted | of_sample) & place.keys()}
    pairs = relationships(view, place)
    on_fields = policies.campaigns == "organization_fields"
    return Volumes(
        source=dict(staged.source_rows), organizations=len(view.companies.companies), persons=len(view.contacts.people),
        adopted_organizations=len(adopted),
        adopted_persons=sum(m.person_id is not None for m in view.matches.values()),
        activities=_sends(step, view), deals_updated=len(view.campaigns.of_deals) if on_fields else 0,
        relationships=len(pairs), parents=len({pair[0] for pair in pairs if there.issuperset(pair)}),
        notes=_notes(step, view, places), files=_files(step, view, places, staged.attachments),
        memberships=0 if on_fields else len(plans.wanted_memberships(view, places, {}, "")),
        other_activities=len(plans.wanted_activities(view, places, {}, str)[0]),
        **_schema(step, view, rows), flagged_existing=_flagged(step, view), made_for_addresses=_alone(step, view),
        suppressed=_suppressed(step, view),
        existing={entity: len(session.records(entity)) for entity in ENTITIES},
        sample=sample, delta=_delta(step, view), folded=_folded(view),
        delta_known=step.parameters.source.delta_export is not None,
    )  # fmt: skip


def _companies(view: SourceView) -> list[str]:
    return [company.source_id for company in view.companies.companies]


def _as_if_loaded(view: SourceView) -> Places:
    """Every person and organization of the source, as if it stood in the account already."""
    persons = {i: str(n) for n, p in enumerate(view.contacts.people, 1) for i in (*p.ids, p.key)}
    organizations = {c: str(n) for n, c in enumerate(_companies(view), 1)}
    return Places(view, persons, organizations, lambda _: 0)


def _policies(step: Step) -> dict[str, Any]:
    """Activity policy → the form in which the matching rules take it."""
    policy = step.parameters.policies.activities
    since = {} if isinstance(policy, str) else {"since": {"since": policy.since}}
    return {"all": "all", "engaged": "engaged", **since}


def _sends(step: Step, view: SourceView) -> dict[str, int]:
    return {name: len(select(view.sends.sends, policy)[0]) for name, policy in _policies(step).items()}


def _notes(step: Step, view: SourceView, places: Places) -> int:
    wanted = step.parameters.policies.files_and_notes
    return len(plans.note_bodies(view, places, admin=False)[0]) if wanted else 0


def _files(step: Step, view: SourceView, places: Places, attachments: Iterable[str]) -> int:
    wanted = step.parameters.policies.files_and_notes
    return len(plans.file_bodies(view, places, attachments)[0]) if wanted else 0


def _schema(step: Step, view: SourceView, rows: Sequence[MappingRow]) -> dict[str, Any]:
    """Fields, options, activity types, pipelines and stages that 04_schema will make."""
    facts, wanted = step.session.facts, step.parameters.wanted
    members, on_fields = step.tables.of("campaign_members"), step.parameters.policies.campaigns == "organization_fields"
    whole = [*rows, *(for_deals(rows, facts) if step.deals_are_named else ())]
    types = {t.name.casefold() for t in facts.activity_types if t.active}
    needed = [*wanted.activity_types, *([] if on_fields or not members else [CAMPAIGN_TYPE])]
    there = {str(p["name"]): int(p["id"]) for p in facts.pipelines}
    stages = {(int(s["pipeline_id"]), str(s["name"])) for s in facts.stages}
    new_stages = [sum((there.get(p.name), s.name) not in stages for s in p.stages) for p in wanted.pipelines]
    return {
        "new_fields_of": Counter(target.entity for target in room_of(step, counted=False).new(rows)),
        "changed_options_of": _changed_options(step, view, whole),
        "new_send_type": bool(step.tables.of("email_sends")) and SEND_TYPE.casefold() not in types,
        "new_activity_types": len({n.casefold() for n in needed} - types - {SEND_TYPE.casefold()}),
        "new_pipelines": sum(p.name not in there for p in wanted.pipelines),
        "new_stages": sum(new_stages),
        "pipelines_with_new_stages": sum(n > 0 for n in new_stages),
        "deals_named": step.deals_are_named,
    }


def _folded(view: SourceView) -> dict[str, int]:
    """Entity → records that get a note of folded fields."""
    if not any(row.transform == NOTE for row in view.mapping):
        return {}
    people = Builder("person", view.mapped("contacts"), view.context)
    firms = Builder("organization", view.mapped("companies"), view.context)
    on_firms, taking_part = CampaignFields(view), view.campaigns.of_organizations
    noted = [
        bool(firms.build(c.values, c.sources).lines or on_firms.lines_of(taking_part.get(c.source_id, ())))
        for c in view.companies.companies
    ]
    return {
        "person": sum(bool(people.build(p.values, p.sources).lines) for p in view.contacts.people),
        "organization": sum(noted),
    }


def _changed_options(step: Step, view: SourceView, rows: Sequence[MappingRow]) -> dict[str, int]:
    """Entity → fields of the account that get options they lack, and the labels of `schema:`: a request each."""
    there = {(f.entity, f.name): {o.label.casefold() for o in f.options} for f in step.session.facts.fields if f.custom}
    lacking = set()
    for row in rows:
        key = (row.target.entity, row.target.field)
        if row.target.type in ("enum", "set") and not row.target.new and key in there:
            labels = {label.casefold() for label in view.options_of(row)}
            lacking |= {key} if labels - there[key] else set()
    field = next((f for f in step.session.facts.fields_of("person") if f.key == "label_ids"), None)
    wanted = {label.casefold() for label in step.parameters.wanted.labels}
    if field is not None and wanted - {o.label.casefold() for o in field.options}:
        lacking.add(("person", field.name))
    return Counter(entity for entity, _ in lacking)


def _flagged(step: Step, view: SourceView) -> int:
    """Persons of the account that are suppressed although no contact becomes them."""
    held = {key for p in view.contacts.people for key in (*p.address_keys, *(f"id:{i}" for i in p.ids))}
    entries = view.ledger.entries
    persons = step.session.records("person").values()
    return sum(any(k in entries and k not in held for k in addresses_of(person)) for person in persons)


def _suppressed(step: Step, view: SourceView) -> int:
    """Persons of the source that are suppressed, those of the account that nobody of the source becomes, and those
    that are made for the suppression alone."""
    of_source = sum(bool(view.ledger.of(p.addresses, p.ids)) for p in view.contacts.people)
    return of_source + _flagged(step, view) + _alone(step, view)


def _alone(step: Step, view: SourceView) -> int:
    """Persons that are made for suppressed addresses that nobody has."""
    if step.parameters.policies.suppressed_without_contact != "create_person":
        return 0
    held = {key for p in view.contacts.people for key in p.address_keys}
    held |= {key for person in step.session.records("person").values() for key in addresses_of(person)}
    return sum(bool(entry.address) and key not in held for key, entry in view.ledger.entries.items())


def _sample(step: Step, view: SourceView) -> tuple[Part, set[str]]:
    """The sample, and the companies in it."""
    keys = set(choice_of(view, step.fields, view.ledger, step.parameters.policies.sample_size).keys)
    companies = {c for p in view.contacts.people if p.key in keys and (c := view.company_of(p.values))}
    sends = [send for send in view.sends.sends if send.key in keys]
    taken = {name: len(select(sends, policy)[0]) for name, policy in _policies(step).items()}
    return Part(len(keys), len(companies), taken), companies


def _delta(step: Step, view: SourceView) -> Part:
    """What a later export adds or changes, where there is one already."""
    if step.parameters.source.delta_export is None:
        return Part()
    delta = stage_delta(step.parameters, step.workspace)
    assert delta is not None
    fields = fields_with_delta(step.fields, profile_fields(delta[0], step.parameters.source))
    later = SourceView(
        tables_with_delta(step.parameters, step.workspace, delta), fields, view.mapping, view.context,
        persons=list(step.session.records("person").values()), decided=view.decided,
    )  # fmt: skip
    people, firms, mails = (_changed(made(view), made(later)) for made in (_people, _firms, _mails))
    changed = [send for send in later.sends.sends if send.send_id in mails]
    sends = {name: len(select(changed, policy)[0]) for name, policy in _policies(step).items()}
    there = {"person": sum(people.values()), "organization": sum(firms.values()), "activity": sum(mails.values())}
    return Part(len(people), len(firms), sends, there)


def _people(view: SourceView) -> dict[Any, Any]:
    """What each person's record is made of."""
    of_sends = sums(view.sends.sends)
    return {
        p.ids or p.key: (dict(p.values), of_sends.get(p.key), len(view.ledger.of(p.addresses, p.ids)))
        for p in view.contacts.people
    }


def _mails(view: SourceView) -> dict[str, Any]:
    """What each send's record is made of: itself, and the owner and company of its person."""
    values = {person.key: person.values for person in view.contacts.people}
    places = {key: (made.get("owner_email", ""), view.company_of(made)) for key, made in values.items()}
    return {send.send_id: (send, places.get(send.key)) for send in view.sends.sends}


def _firms(view: SourceView) -> dict[Any, Any]:
    """What each organization's record is made of."""
    placed = view.campaigns.of_organizations
    return {c.ids: (dict(c.values), len(placed.get(c.source_id, ()))) for c in view.companies.companies}


def _changed(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> dict[Any, bool]:
    """Those that are new or made of something else → whether they were there before."""
    return {key: key in before for key, made in after.items() if before.get(key) != made}
