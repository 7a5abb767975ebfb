"""Companies → organizations, with the fields of the campaigns that they take part in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nrpd.journal import RowOutcome
from nrpd.loader.plans.owners import OwnerBook
from nrpd.loader.plans.records import Wanted
from nrpd.loader.source_view import SourceView, row_outcome
from nrpd.mapping.transform import Builder
from nrpd.matching.campaigns import Campaign, listing
from nrpd.matching.companies import Company
from nrpd.matching.organizations import OrganizationMatch, match_organizations
from nrpd.pipedrive.records import SOURCE_ID_FIELD


def wanted_organizations(
    view: SourceView,
    organizations: Sequence[Mapping[str, Any]],
    linked: Mapping[str, str],
    owners: OwnerBook,
    *,
    visible_to: int,
    only: frozenset[str] | None = None,
) -> tuple[list[Wanted], list[OrganizationMatch]]:
    """Every company as an organization, and how each was matched. `only`: source ids of a sample."""
    chosen = [c for c in view.companies.companies if only is None or c.source_id in only]
    known = {source_id: int(dest) for source_id, dest in linked.items()}
    matches = match_organizations(chosen, organizations, known, view.decided)
    by_id = {match.source_id: match for match in matches}
    builder = Builder("organization", [r for r in view.mapped("companies") if r.column != "name"], view.context)
    campaigns = CampaignFields(view)
    wanted = []
    for company in chosen:
        built = builder.build(company.values, company.sources)
        values = dict(built.values)
        taking_part = view.campaigns.of_organizations.get(company.source_id, ())
        values.update(campaigns.of(taking_part))
        values.update(name=company.name, owner_id=owners.user_of("companies", company.values.get("owner_email", "")))
        values[SOURCE_ID_FIELD] = "; ".join(company.ids)
        match = by_id[company.source_id]
        known_as = next((linked[i] for i in (company.source_id, *company.ids) if i in linked), "")
        wanted.append(
            Wanted(
                "organization", company.source_id, values, _rows(company), company.ids,
                dest_id=known_as if match.organization_id is None else str(match.organization_id),
                linked=bool(known_as), create_only={"visible_to": visible_to},
                losses=tuple(built.losses), not_moved=(*builder.not_moved(built), *campaigns.not_moved(taking_part)),
                lines={**built.lines, **campaigns.lines_of(taking_part)},
            )
        )  # fmt: skip
    return wanted, matches


def _rows(company: Company) -> tuple[RowOutcome, ...]:
    """The newest record carries the outcome; the others were folded into it."""
    return tuple(
        row_outcome("companies", row, "skipped" if n else "", "merged" if n else "")
        for n, row in enumerate(company.rows)
    )


class CampaignFields:
    """The campaign fields of one organization or deal."""

    def __init__(self, view: SourceView, entity: str = "organization") -> None:
        rows = [row for row in view.mapped("campaigns") if row.target.entity == entity and row.transform != "skip"]
        self._builder = Builder(entity, rows, view.context) if rows else None

    def of(self, campaigns: Sequence[Campaign]) -> dict[str, Any]:
        """The fields of the latest campaign, and the whole list; nothing without campaigns or unmapped."""
        if not campaigns or self._builder is None:
            return {}
        latest = campaigns[0]
        return {**self._builder.build(latest.values, latest.sources).values, "Campaigns": listing(campaigns)}

    def lines_of(self, campaigns: Sequence[Campaign]) -> dict[str, str]:
        """What of the latest campaign stands in the record's note."""
        if not campaigns or self._builder is None:
            return {}
        return self._builder.build(campaigns[0].values, campaigns[0].sources).lines

    def not_moved(self, campaigns: Sequence[Campaign]) -> tuple[tuple[str, str], ...]:
        """Which values of the latest campaign do not fit their field, and why."""
        if not campaigns or self._builder is None:
            return ()
        return self._builder.not_moved(self._builder.build(campaigns[0].values, campaigns[0].sources))


def relationships(view: SourceView, linked: Mapping[str, str]) -> list[tuple[int, int]]:
    """(parent, daughter) ids of organizations that the source's parent companies make, once both are linked."""
    pairs = []
    for parent, daughter in view.companies.relationships:
        if parent in linked and daughter in linked and linked[parent] != linked[daughter]:
            pairs.append((int(linked[parent]), int(linked[daughter])))
    return sorted(set(pairs))
