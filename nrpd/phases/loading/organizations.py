"""Companies → organizations, and the campaign fields of organizations and deals."""

from __future__ import annotations

from collections.abc import Sequence

from nrpd.journal import Entry
from nrpd.loader import Finder
from nrpd.loader.plans import organizations as organization_plans
from nrpd.loader.plans.organizations import CampaignFields
from nrpd.loader.plans.records import Plan, Wanted, plan_records
from nrpd.loader.source_view import row_outcomes
from nrpd.matching.organizations import OrganizationMatch
from nrpd.phases.loading.base import (
    ORGANIZATION_FINDER,
    Only,
    conflicts,
    report_kept,
)
from nrpd.phases.loading.folded import FoldedLoads
from nrpd.pipedrive.records import SOURCE_ID_FIELD
from nrpd.pipedrive.schema import Schema
from nrpd.reconcile import Reconciliation


class OrganizationLoads(FoldedLoads):
    """Loads of organizations, deals and campaigns."""

    def organizations(self, only: Only = None) -> Reconciliation:
        """Companies as organizations, with their campaign fields."""
        step = self.step
        step.recover("organization", self._fresh("organization"), ORGANIZATION_FINDER)
        step.refresh("organization", "person")
        # Before the first write: after it, what was matched by name is linked, and shows no candidates any more.
        self._report_matches(self._matched(only)[1])

        def entries() -> Sequence[Entry]:
            plan = self._organization_plan(only)
            step.apply_plan(plan)
            report_kept(step, plan)
            return plan.entries

        with step.counting("companies"):
            self._write(entries, "organization", ORGANIZATION_FINDER, "organizations")
            self._settle("companies", step.view.companies.outcomes, only)
            wanted = self.wanted_organizations(only)
            found = step.compare("companies", wanted, "organization", fields=self._mapped("organization"))
            self.folded("companies", "organization", wanted)
            return found

    def _organization_plan(self, only: Only, schema: Schema | None = None) -> Plan:
        present = self.session.records("organization")
        memory = self.journal.records_of("organization")
        policy = self.step.parameters.policies.existing_records
        wanted = self.wanted_organizations(only)
        return plan_records(
            self.step.name, wanted, present, memory, schema or self.session.schema, policy=policy,
            always=(SOURCE_ID_FIELD,), told=self.step.source_wins("organization"),
        )  # fmt: skip

    def wanted_organizations(self, only: Only) -> list[Wanted]:
        """Every company of the source as the account should have it."""
        return self._matched(only)[0]

    def _matched(self, only: Only) -> tuple[list[Wanted], list[OrganizationMatch]]:
        step = self.step
        return organization_plans.wanted_organizations(
            step.view, list(self.session.records("organization").values()), self.journal.links_of("organization"),
            step.owners, visible_to=step.parameters.destination.visible_to, only=only,
        )  # fmt: skip

    def _report_matches(self, matches: Sequence[OrganizationMatch]) -> None:
        rows = [
            {"object": "companies", "source_id": m.source_id, "record": m.organization_id or "", "field": "(match)",
             "source_value": m.source_id, "account_value": "; ".join(map(str, m.candidates or m.questions)),
             "why": m.reason}
            for m in matches if m.review
        ]  # fmt: skip
        conflicts(self.step, "matched companies", rows)

    def deals(self) -> None:
        """Campaign fields of deals that campaign members name."""
        step = self.step
        step.recover("deal", self._fresh("deal"), Finder(lambda e: e.source_id, lambda r: []))
        wanted = self._wanted_deals()

        def plan() -> Plan:
            return plan_records(
                step.name, wanted, self.session.records("deal") if wanted else {}, self.journal.records_of("deal"),
                self.session.schema, policy=step.parameters.policies.existing_records, told=step.source_wins("deal"),
            )  # fmt: skip

        def entries() -> Sequence[Entry]:
            made = plan()
            report_kept(step, made)
            step.apply_plan(made)
            return made.entries

        with step.counting("campaigns"):
            self._write(entries, "deal", Finder(lambda e: e.source_id, lambda r: []), "deals")
            if wanted:
                step.compare("campaigns", wanted, "deal")
                self.folded("campaigns", "deal", wanted)

    def compare_deals(self) -> None:
        """Compares the campaign fields of deals, and their notes; writes nothing."""
        wanted = self._wanted_deals()
        if wanted:
            self.step.compare("campaigns", wanted, "deal")
            self.compare_folded("campaigns", "deal", wanted)

    def _wanted_deals(self) -> list[Wanted]:
        step = self.step
        fields = CampaignFields(step.view, "deal")
        placed = step.view.campaigns.of_deals if step.parameters.policies.campaigns == "organization_fields" else {}
        return [
            Wanted(
                "deal", f"deal {identity}", values, dest_id=str(identity), linked=False,
                lines=fields.lines_of(campaigns), not_moved=fields.not_moved(campaigns),
            )
            for identity, campaigns in sorted(placed.items())
            if (values := fields.of(campaigns))
        ]  # fmt: skip

    def campaigns(self) -> None:
        """What became of campaigns and their members, as fields of organizations and deals."""
        view, step = self.step.view, self.step
        if step.parameters.policies.campaigns == "activities":
            return
        self._settle("campaigns", view.campaigns.outcomes, None)
        self._settle("campaign_members", view.campaigns.member_outcomes, None)
        placed = [r for c in view.campaigns.campaigns.values() for n, r in enumerate(c.rows) if n == 0]
        done = {place for place, (outcome, _) in view.campaigns.outcomes.items() if outcome == "take"}
        step.journal.put_outcomes(
            step.name,
            [
                *self._taken("campaigns", placed, done),
                *row_outcomes("campaign_members", [m.row for m in view.campaigns.memberships], "created"),
            ],
        )
