"""What people attached to records of nrpd since the load: a rollback keeps such records whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from nrpd.phases.step import Step
from nrpd.pipedrive.account import read_files, read_notes

RECORDS = ("activity", "note", "file", "relationship", "deal", "person", "organization")
"""In this order records are undone: what hangs on others first."""


class HungOn(Step):
    """Finds what hangs on records: deals, activities, notes, files and persons that are not nrpd's own."""

    @cached_property
    def _hung(self) -> defaultdict[tuple[str, str], set[str]]:
        return defaultdict(set)

    def _hung_on(self) -> Mapping[tuple[str, str], set[str]]:
        """What people attached to records: (entity, id) → words; read once, before anything is decided."""
        if not self._looked:
            self._looked = True
            self._look()
        return self._hung

    _looked = False

    def _holds(self, what: str, record: Mapping[str, Any]) -> None:
        """Something that stays holds the person and the organization that it hangs on."""
        people = {record.get("person_id"), *(p.get("person_id") for p in record.get("participants") or ())}
        for entity, values in (("person", people), ("organization", {record.get("org_id")})):
            for value in values:
                identity = value.get("value") if isinstance(value, Mapping) else value
                if identity:
                    self._hung[entity, str(identity)].add(what)

    def _ours(self, entity: str) -> dict[str, Any]:
        """What this rollback may take back; what an earlier attempt kept is people's."""
        return {k: record for k, record in self.journal.records_of(entity).items() if record["state"] == "live"}

    def _look(self) -> None:
        for entity in ("deal", "activity"):
            ours = set(self._ours(entity)) if entity == "activity" else set()
            for identity, record in self.session.records(entity).items():
                if identity not in ours:
                    self._holds(f"{entity} {identity}", record)
        # A person whose organization nrpd itself wrote does not hold that organization.
        written = {d: r["written"] for d, r in self._ours("person").items()}
        for identity, person in self.session.records("person").items():
            if person.get("org_id") != written.get(identity, {}).get("org_id"):
                self._holds(f"person {identity}", {"org_id": person.get("org_id")})
        for kind, items in (("note", read_notes(self.session.client)), ("file", read_files(self.session.client))):
            ours = set(self._ours(kind))
            for item in items:
                if str(item["id"]) not in ours:
                    self._holds(f"{kind} {item['id']}", item)
