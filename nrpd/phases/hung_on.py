"""What people attached to records of nrpd since the load: a rollback keeps such records whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from nrpd.phases.session import canonical_record
from nrpd.phases.step import Step
from nrpd.pipedrive.account import read_files, read_notes
from nrpd.pipedrive.attached import ELSEWHERE, read_archived_deals, read_elsewhere

RECORDS = ("activity", "note", "file", "relationship", "deal", "person", "organization")
"""In this order records are undone: what hangs on others first."""
LINKS = {
    "person": ("person_id", "person_ids"), "organization": ("org_id", "organization_id", "org_ids"),
    "activity": ("activity_id",),
}  # fmt: skip
"""Entity → how things name the records of it that they hang on (OpenAPI v1 and v2)."""
ALONE = (
    "comments under notes", "call logs", "e-mails that are linked to an organization and to none of its persons",
    "guests of activities", "what only another user may see",
)  # fmt: skip
"""What no list of an account shows, or only at a request for each record."""


class HungOn(Step):
    """Finds what hangs on records and is not nrpd's own."""

    @cached_property
    def _hung(self) -> defaultdict[tuple[str, str], set[str]]:
        return defaultdict(set)

    @cached_property
    def _unseen(self) -> set[str]:
        """Words for what could hang on records and cannot be looked at."""
        return set(ALONE)

    def _hung_on(self) -> Mapping[tuple[str, str], set[str]]:
        """What people attached to records: (entity, id) → words; read once, before anything is decided."""
        if not self._looked:
            self._looked = True
            self._look()
        return self._hung

    _looked = False

    def look_again(self) -> None:
        """Forgets what was found."""
        self._looked = False
        for name in ("_hung", "_unseen", "_archived_deals", "_elsewhere"):
            self.__dict__.pop(name, None)

    def _holds(self, what: str, record: Mapping[str, Any]) -> None:
        """Something that stays holds the person, the organization and the activity that it hangs on."""
        guests = [*(record.get("participants") or ()), *(record.get("attendees") or ())]
        for entity, names in LINKS.items():
            values = [record.get(name) for name in names]
            values += [guest.get("person_id") for guest in guests] if entity == "person" else []
            for value in values:
                for one in value if isinstance(value, list | tuple) else [value]:
                    identity = one.get("value") if isinstance(one, Mapping) else one
                    if identity:
                        self._hung[entity, str(identity)].add(what)

    def _ours(self, entity: str) -> dict[str, Any]:
        """What this rollback may take back; what an earlier attempt kept is people's."""
        return {k: record for k, record in self.journal.records_of(entity).items() if record["state"] == "live"}

    @cached_property
    def _archived_deals(self) -> list[dict[str, Any]]:
        """Canonical; the lists of deals are without them."""
        found = read_archived_deals(self.session.client)
        if found is None:
            self._unseen.add("archived deals")
        return [canonical_record(self.session.schema, "deal", deal) for deal in found or ()]

    @cached_property
    def _elsewhere(self) -> dict[str, list[dict[str, Any]]]:
        """Leads and projects, raw."""
        found = {kind: read_elsewhere(self.session.client, kind) for kind in ELSEWHERE}
        self._unseen.update(f"{kind}s (not offered to this user)" for kind, items in found.items() if items is None)
        return {kind: items or [] for kind, items in found.items()}

    def _deals(self) -> Iterator[dict[str, Any]]:
        """All deals, also those that were archived."""
        yield from self.session.records("deal").values()
        yield from self._archived_deals

    def _look(self) -> None:
        for deal in self._deals():
            self._holds(f"deal {deal['id']}", deal)
        ours = self._ours("activity")
        for identity, activity in self.session.records("activity").items():
            if identity not in ours:
                self._holds(f"activity {identity}", activity)
        # A person whose organization nrpd itself wrote does not hold that organization.
        written = {d: r["written"] for d, r in self._ours("person").items()}
        for identity, person in self.session.records("person").items():
            if person.get("org_id") != written.get(identity, {}).get("org_id"):
                self._holds(f"person {identity}", {"org_id": person.get("org_id")})
        for kind, items in (("note", read_notes(self.session.client)), ("file", read_files(self.session.client))):
            ours = self._ours(kind)
            for item in items:
                if str(item["id"]) not in ours:
                    self._holds(f"{kind} {item['id']}", item)
        self._look_at_fields()
        for kind, items in self._elsewhere.items():
            for item in items:
                self._holds(f"{kind} {item['id']}", item)

    def _look_at_fields(self) -> None:
        """Custom fields whose values are persons or organizations."""
        kinds = {"people": "person_id", "org": "org_id"}
        for entity in ("person", "organization", "deal"):
            linking = {
                f.name: kinds[f.type] for f in self.session.facts.fields_of(entity) if f.custom and f.type in kinds
            }
            if not linking:
                continue
            ours = self._ours(entity)
            for record in self._deals() if entity == "deal" else self.session.records(entity).values():
                written = ours[str(record["id"])]["written"] if str(record["id"]) in ours else {}
                for name, key in linking.items():
                    if record.get(name) and record[name] != written.get(name):
                        self._holds(f"{name} of {entity} {record['id']}", {key: record[name]})
