"""What people attached to records of nrpd since the load: a rollback keeps such records whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from nrpd.phases.step import Step
from nrpd.pipedrive.account import read_files, read_notes

RECORDS = ("activity", "note", "file", "relationship", "deal", "person", "organization")
"""In this order records are undone: what hangs on others first."""


class HungOn(Step):
    """Finds what hangs on records: deals, activities, notes, files and persons that are not nrpd's own."""

    def _hung_on(self) -> Mapping[tuple[str, str], set[str]]:
        """What people attached to records: (entity, id) → words."""
        if "_hung" not in self.__dict__:
            self.__dict__["_hung"] = self._find_hung()
        hung: Mapping[tuple[str, str], set[str]] = self.__dict__["_hung"]
        return hung

    def _find_hung(self) -> Mapping[tuple[str, str], set[str]]:
        hung: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        ours = {entity: set(self.journal.records_of(entity)) for entity in RECORDS}
        # A person whose organization nrpd itself wrote does not hold that organization.
        ours_written = {d: r["written"] for d, r in self.journal.records_of("person").items()}
        for identity, deal in self.session.records("deal").items():
            for entity, key in (("person", "person_id"), ("organization", "org_id")):
                if deal.get(key):
                    hung[entity, str(deal[key])].add(f"deal {identity}")
        for identity, activity in self.session.records("activity").items():
            if identity in ours["activity"]:
                continue
            people = {activity.get("person_id"), *(p.get("person_id") for p in activity.get("participants") or ())} - {
                None
            }
            for person in people:
                hung["person", str(person)].add(f"activity {identity}")
            if activity.get("org_id"):
                hung["organization", str(activity["org_id"])].add(f"activity {identity}")
        for identity, person in self.session.records("person").items():
            if person.get("org_id") and person["org_id"] != ours_written.get(identity, {}).get("org_id"):
                hung["organization", str(person["org_id"])].add(f"person {identity}")
        for kind, items in (("note", read_notes(self.session.client)), ("file", read_files(self.session.client))):
            for item in items:
                if str(item["id"]) not in ours[kind]:
                    for entity, key in (("person", "person_id"), ("organization", "org_id")):
                        value = item.get(key)
                        if value:
                            hung[entity, str(value["value"] if isinstance(value, Mapping) else value)].add(
                                f"{kind} {item['id']}"
                            )
        return hung
