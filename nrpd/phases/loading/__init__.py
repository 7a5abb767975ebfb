"""The loads that sample, main phases and delta share: organizations, persons, activities, notes and files.

Each: recover what an earlier attempt left open → read the account by list → plan → write → read back → compare.
"""

from __future__ import annotations

from nrpd.loader.plans.activities import wanted_sends
from nrpd.phases.loading.base import ACTIVITY_FINDER, ORGANIZATION_FINDER, PERSON_FINDER
from nrpd.phases.loading.planned import PlannedLoads

__all__ = ["ACTIVITIES", "ACTIVITY_FINDER", "ORGANIZATIONS", "ORGANIZATION_FINDER", "PERSONS", "PERSON_FINDER", "Loads"]

ORGANIZATIONS = ("organizations", "relationships", "deals", "campaigns")
PERSONS = ("persons",)
ACTIVITIES = ("sends", "memberships", "other_activities", "notes", "files")
"""What each loading phase loads, in order: methods of `Loads`."""


class Loads(PlannedLoads):
    """Loads of one step, for all of the source or for a sample."""

    def all(self) -> None:
        """Everything that the phases load, in their order."""
        for kind in (*ORGANIZATIONS, *PERSONS, *ACTIVITIES):
            getattr(self, kind)()

    def counts(self, object_: str) -> dict[str, int]:
        """What a load of this object would do, counted before the first write."""
        if object_ == "companies":
            return dict(self._organization_plan(None, self.step.schema_to_be).counts())
        if object_ == "contacts":
            return dict(self._person_plan(None, self.step.schema_to_be).counts())
        step = self.step
        linked = self.journal.links_of("activity")
        wanted, _ = wanted_sends(step.view, self.places(), linked, self.policy(), "", None)
        new = sum(item.source_id not in linked for item in wanted)
        return {"create": new, "unchanged": len(wanted) - new}
