"""Contacts → persons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from nrpd import evidence
from nrpd.journal import Entry, RowOutcome
from nrpd.loader.plans.persons import ALWAYS, proven_opt_ins, wanted_persons
from nrpd.loader.plans.records import Plan, Wanted, plan_records
from nrpd.matching.consent import OptIn
from nrpd.phases.loading.base import (
    PERSON_FINDER,
    Only,
    conflicts,
    report_kept,
)
from nrpd.phases.loading.folded import FoldedLoads
from nrpd.phases.step import Step
from nrpd.pipedrive.schema import Schema
from nrpd.reconcile import Reconciliation
from nrpd.workspace import now


class PersonLoads(FoldedLoads):
    """Loads of persons."""

    def persons(self, only: Only = None) -> Reconciliation:
        """Contacts as persons, suppression and sums of sends included."""
        step = self.step
        step.recover("person", self._fresh("person"), PERSON_FINDER)
        step.refresh("person")

        def entries() -> Sequence[Entry]:
            plan = self._person_plan(only)
            step.apply_plan(plan)
            report_kept(step, plan)
            return plan.entries

        with step.counting("contacts"):
            self._write(entries, "person", PERSON_FINDER, "persons")
            self._settle("contacts", step.view.contacts.outcomes, only)
            wanted = self.wanted_persons(only)
            found = step.compare("contacts", wanted, "person", fields=self._mapped("person"))
            self.folded("contacts", "person", wanted)
        if only is None:
            report_people(step)
            self._report_subscribed()
        return found

    def wanted_persons(self, only: Only) -> list[Wanted]:
        """Every person of the source as the account should have it."""
        step = self.step
        return wanted_persons(
            step.view, self.session.records("person"), self.journal.links_of("person"),
            self.journal.links_of("organization"), step.owners, step.ledger,
            visible_to=step.parameters.destination.visible_to, campaigns_addon=self.session.facts.campaigns, only=only,
            subscribed=self._subscribed,
        )  # fmt: skip

    @cached_property
    def _subscribed(self) -> dict[str, OptIn]:
        """Who may be mailed by Campaigns, where `policies.marketing_subscribe` allows that."""
        step = self.step
        if not (step.parameters.policies.marketing_subscribe and self.session.facts.campaigns):
            return {}
        return proven_opt_ins(step.view, step.ledger, now().date())

    def _report_subscribed(self) -> None:
        """`reports/subscribed`: who became mailable, and what proves that they wanted to."""
        links, made = self.journal.links_of("person"), self.journal.records_of("person")
        rows = []
        for person in self.step.view.contacts.people:
            opt_in = self._subscribed.get(person.key)
            identity = next((links[i] for i in (*person.ids, person.key) if i in links), "")
            if opt_in is not None and identity in made and made[identity]["origin"] == "created":
                rows.append(
                    {"person": identity, "source_id": "; ".join(person.ids), "email": "; ".join(person.addresses),
                     "basis": opt_in.basis, "date": opt_in.date.isoformat(), "source": opt_in.source}
                )  # fmt: skip
        if self._subscribed:
            evidence.write_report(self.step.reports, "subscribed", rows)

    def _person_plan(self, only: Only, schema: Schema | None = None) -> Plan:
        step = self.step
        wanted: list[Wanted] = []
        nameless: list[Wanted] = []
        for item in self.wanted_persons(only):
            (wanted if item.dest_id or item.values.get("name") else nameless).append(item)
        plan = plan_records(
            step.name, wanted, self.session.records("person"), self.journal.records_of("person"),
            schema or self.session.schema, policy=step.parameters.policies.existing_records, always=ALWAYS,
            told=step.source_wins("person"),
        )  # fmt: skip
        for item in nameless:
            why = next((reason for field, reason in item.not_moved if field == "name"), "no name that fits")
            plan.settled += [
                row if row.outcome else RowOutcome(row.object, row.row, "quarantined", why, row.source_id, row.email)
                for row in item.rows
            ]
        return plan


def report_people(step: Step) -> None:
    """Merged contacts that disagreed, and matches that a person should look at."""
    merged = [
        {"object": "contacts", "source_id": "; ".join(c.ids), "record": "", "field": c.column, "source_value": c.kept,
         "account_value": "", "why": f"contacts of one person disagree; not taken: {c.other}"}
        for p in step.view.contacts.people
        for c in p.conflicts
    ]  # fmt: skip
    conflicts(step, "merged contacts", merged)
    matched = [
        {"object": "contacts", "source_id": m.key, "record": m.person_id or "", "field": "(match)",
         "source_value": m.key,
         "why": m.reason,
         "account_value": "; ".join(filter(None, (m.account_name, *map(str, m.candidates))))}
        for m in step.view.matches.values() if m.review
    ]  # fmt: skip
    conflicts(step, "matched persons", matched)
