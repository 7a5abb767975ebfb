"""Sends, campaign memberships and other activities → activities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nrpd.journal import Entry, RowOutcome
from nrpd.loader.plans import activities as activity_plans
from nrpd.loader.plans.activities import CAMPAIGN_TYPE, SEND_TYPE
from nrpd.loader.plans.records import Wanted, plan_records
from nrpd.phases.loading.base import (
    ACTIVITY_FINDER,
    LoadsBase,
    Only,
    report_kept,
)
from nrpd.reconcile import Reconciliation


class ActivityLoads(LoadsBase):
    """Loads of activities."""

    def sends(self, only: Only = None) -> Reconciliation:
        """E-mail sends as activities."""
        step = self.step
        step.recover("activity", self._fresh("activity"), ACTIVITY_FINDER)
        step.refresh("activity")
        places = self.places()
        policy = self.policy()
        wanted, settled = activity_plans.wanted_sends(
            step.view, places, self.journal.links_of("activity"), policy, self.type_key(SEND_TYPE), only
        )
        with step.counting("email_sends"):
            self._activities(wanted)
            self._settle("email_sends", step.view.sends.outcomes, only)
            self.journal.put_outcomes(step.name, settled)
            again, _ = activity_plans.wanted_sends(
                step.view, places, self.journal.links_of("activity"), policy, self.type_key(SEND_TYPE), only
            )
            return step.compare("email_sends", again, "activity")

    def _activities(self, wanted: Sequence[Wanted]) -> None:
        step = self.step

        def entries() -> Sequence[Entry]:
            linked = self.journal.links_of("activity")
            now = [item if item.source_id not in linked else _relinked(item, linked) for item in wanted]
            plan = plan_records(
                step.name, now, self.session.records("activity"), self.journal.records_of("activity"),
                self.session.schema, policy="fill_blanks", told=step.source_wins("activity"),
            )  # fmt: skip
            step.apply_plan(plan)
            report_kept(step, plan)
            return plan.entries

        self._write(entries, "activity", ACTIVITY_FINDER, "activities")

    def memberships(self) -> None:
        """Campaign memberships as activities, where the policy says so."""
        step = self.step
        if step.parameters.policies.campaigns != "activities":
            return
        wanted = self._memberships()
        with step.counting("campaign_members"):
            self._activities(wanted)
            self._settle("campaigns", step.view.campaigns.outcomes, None)
            self._settle("campaign_members", step.view.campaigns.member_outcomes, None)
            self._compare_again("campaign_members", wanted)
        named = [c.rows[0] for c in step.view.campaigns.campaigns.values() if c.rows]
        done = {place for place, (outcome, _) in step.view.campaigns.outcomes.items() if outcome == "take"}
        self.journal.put_outcomes(step.name, list(self._taken("campaigns", named, done)))

    def other_activities(self) -> None:
        """Calls, meetings and tasks of the source."""
        step = self.step
        if not step.tables.of("activities"):
            return
        wanted, settled = self._others()
        with step.counting("activities"):
            self._activities(wanted)
            self.journal.put_outcomes(step.name, [*settled, *step.view.standing_outcomes("activities")])
            self._compare_again("activities", wanted)

    def compare_activities(self) -> None:
        """Compares the activities that were made; writes nothing."""
        places, linked = self.places(), self.journal.links_of("activity")
        sends, _ = activity_plans.wanted_sends(
            self.step.view, places, linked, self.policy(), self.type_key(SEND_TYPE), None
        )
        self.step.compare("email_sends", sends, "activity")
        if self.step.parameters.policies.campaigns == "activities":
            self._compare_again("campaign_members", self._memberships())
        if self.step.tables.of("activities"):
            self._compare_again("activities", self._others()[0])

    def _compare_again(self, object_: str, wanted: Sequence[Wanted]) -> None:
        linked = self.journal.links_of("activity")
        self.step.compare(object_, [_relinked(item, linked) for item in wanted], "activity")

    def _memberships(self) -> list[Wanted]:
        return activity_plans.wanted_memberships(
            self.step.view, self.places(), self.journal.links_of("activity"), self.type_key(CAMPAIGN_TYPE)
        )

    def _others(self) -> tuple[list[Wanted], list[RowOutcome]]:
        def type_of(word: str) -> str:
            return (
                self.type_key(word)
                or next((t.key for t in self.session.facts.activity_types if t.key == word.casefold()), "")
                or "task"
            )

        return activity_plans.wanted_activities(
            self.step.view, self.places(), self.journal.links_of("activity"), type_of
        )


def _relinked(item: Wanted, linked: Mapping[str, str]) -> Wanted:
    return replace(item, dest_id=linked.get(item.source_id, ""), linked=item.source_id in linked)
