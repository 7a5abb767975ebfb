"""Contacts → persons: values, owner, organization, suppression and the sums of their sends, in one write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from nrpd.journal import RowOutcome
from nrpd.loader.plans.owners import OwnerBook
from nrpd.loader.plans.records import Wanted
from nrpd.loader.source_view import SourceView, row_outcome
from nrpd.mapping.transform import Builder
from nrpd.matching.consent import OptIn, proven_opt_in
from nrpd.matching.contacts import MergedContact
from nrpd.matching.duplicates import source_ids
from nrpd.matching.sends import sums
from nrpd.matching.standing import marketing_status, person_suppression, strictest
from nrpd.matching.suppression import Ledger
from nrpd.netresults.records import email_key
from nrpd.pipedrive.records import SOURCE_ID_FIELD, SUPPRESSION_FIELDS

ALWAYS = (SOURCE_ID_FIELD, *SUPPRESSION_FIELDS)
"""Fields that no policy on existing records holds back."""
SUBSCRIBED = "subscribed"
"""A `marketing_status` (OpenAPI v2, addPerson); a new person has `no_consent` until it is given one."""


def wanted_persons(
    view: SourceView,
    persons: Mapping[str, Mapping[str, Any]],
    linked: Mapping[str, str],
    organizations: Mapping[str, str],
    owners: OwnerBook,
    ledger: Ledger,
    *,
    visible_to: int,
    campaigns_addon: bool,
    only: frozenset[str] | None = None,
    subscribed: Mapping[str, OptIn] | None = None,
) -> list[Wanted]:
    """Every person of the source as the account should have it. `organizations`: company source id → organization
    id. `subscribed`: person's key → the opt-in by which it becomes mailable in Campaigns, if it is new."""
    builder = Builder("person", view.mapped("contacts"), view.context)
    sums_of = sums(view.sends.sends)
    matches = view.matches
    wanted = []
    for person in view.contacts.people:
        if only is not None and person.key not in only:
            continue
        match = matches[person.key]
        known_as = next((linked[i] for i in (*person.ids, person.key) if i in linked), "")
        # A linked record that is gone keeps its old id: it is listed, and not created again.
        dest = known_as if match.person_id is None else str(match.person_id)
        present = persons.get(dest, {})
        built = builder.build(person.values, person.sources)
        values: dict[str, Any] = {**built.values, **sums_of.get(person.key, {})}
        if match.withheld and "emails" in values:
            values["emails"] = without_withheld(values["emails"], match.withheld)
        values["owner_id"] = owners.user_of("contacts", person.values.get("owner_email", ""))
        company = view.company_of(person.values)
        if company is not None and company in organizations:
            values["org_id"] = int(organizations[company])
        if person.ids:
            # A person that carries ids of its own keeps them behind the newer ones.
            known = [i for i in source_ids(present) if i not in person.ids]
            values[SOURCE_ID_FIELD] = "; ".join([*person.ids, *known])
        ours = person_suppression(person.addresses, ledger, person.ids)
        values.update(strictest(present, ours) if ours else {})
        create_only: dict[str, Any] = {"visible_to": visible_to}
        status = marketing_status(ours) or (SUBSCRIBED if person.key in (subscribed or {}) else None)
        if campaigns_addon and status:
            create_only["marketing_status"] = status
        wanted.append(
            Wanted(
                "person", person.ids[0] if person.ids else person.key, values, _rows(person),
                person.ids or (person.key,), dest_id=dest,
                linked=bool(known_as), create_only=create_only,
                losses=tuple(built.losses), not_moved=builder.not_moved(built), lines=built.lines,
            )
        )  # fmt: skip
    return wanted


def proven_opt_ins(view: SourceView, ledger: Ledger, today: date) -> dict[str, OptIn]:
    """Person's key → its proven opt-in, for those with an address and without any suppression, not even of a list."""
    when = view.when("contacts")
    return {
        person.key: opt_in
        for person in view.contacts.people
        if person.addresses
        and not ledger.of(person.addresses, person.ids)
        and (opt_in := proven_opt_in(person.rows, when, today)) is not None
    }


def without_withheld(emails: Sequence[Mapping[str, Any]], withheld: Sequence[str]) -> tuple[Mapping[str, Any], ...]:
    """Addresses without those that another person of the account has already."""
    return tuple(item for item in emails if email_key(str(item["value"])) not in withheld)


def _rows(person: MergedContact) -> tuple[RowOutcome, ...]:
    return tuple(
        row_outcome("contacts", row, "skipped" if n else "", "merged" if n else "") for n, row in enumerate(person.rows)
    )
