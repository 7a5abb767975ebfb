"""What a correction of the map takes back: values that an earlier map wrote and the present one does not.

Of records that nrpd made the value goes; on one that was there before, what stood there comes back. A value that
people changed since is theirs and stays; of e-mails and phones, the entries that nrpd wrote out of columns that are
no longer mapped to them go, and all others stay. A field that nrpd made, that the map does not name any more and
nobody uses, goes too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from nrpd import views
from nrpd.journal import Entry, Remembered, histories
from nrpd.loader.changes import LISTS, holds, same
from nrpd.loader.plans.channels import added, as_if_mapped, entries_in, is_mapped, keys, without
from nrpd.loader.plans.records import PATHS
from nrpd.matching.contacts import MergedContact
from nrpd.phases.loading.base import ORGANIZATION_FINDER, PERSON_FINDER, conflicts
from nrpd.phases.schema import SchemaStep
from nrpd.phases.session import canonical_record
from nrpd.phases.undo_schema import FINDER, used_by_leads
from nrpd.pipedrive.account import FIELD_PATHS
from nrpd.pipedrive.attached import read_archived_deals, read_elsewhere
from nrpd.pipedrive.records import SUPPRESSION_FIELDS, MappingRow

FINDERS = {"organization": ORGANIZATION_FINDER, "person": PERSON_FINDER}
NEVER = frozenset(
    {"name", "first_name", "last_name", "emails", "owner_id", "org_id", "visible_to", "add_time", "marketing_status"}
) | set(SUPPRESSION_FIELDS)  # fmt: skip
"""What no correction takes from a record: without it, it would be nobody's, or mailable."""


class Withdrawing(SchemaStep):
    """The part of 06_sample that follows a correction of the map."""

    def withdraw(self) -> views.View | None:
        """Takes back what is no longer mapped; None where there is nothing."""
        if self.session.read_only:
            return None
        done = {entity: self._withdraw_values(entity) for entity in FINDERS}
        gone = self._withdraw_fields() if any(done.values()) or self._unwanted_fields() else 0
        if not any(done.values()) and not gone:
            return None
        rows = [{"entity": entity, "records": n} for entity, n in done.items() if n]
        return views.stack(
            views.table(rows, "Values of fields that are no longer mapped, taken back") if rows else None,
            views.notice("info", f"{gone} fields that nobody uses any more were removed.") if gone else None,
        )

    def _withdraw_values(self, entity: str) -> int:
        mapped = self.mapped_now()[entity] | NEVER | set(LISTS)
        gone = self._gone_from_lists() if entity == "person" else {}
        if not gone and not any(_extra(memory, mapped) for memory in self.journal.records_of(entity).values()):
            return 0
        self.refresh(entity)
        source_of = {dest_id: source_id for source_id, dest_id in self.journal.links_of(entity).items()}

        def entries() -> list[Entry]:
            present, kept = self.session.records(entity), list[dict[str, Any]]()
            found = []
            for dest_id, memory in self.journal.records_of(entity).items():
                if dest_id in present and dest_id in source_of:
                    back = self._back(entity, memory, present[dest_id], mapped, kept)
                    back |= self._less(present[dest_id], gone.get(dest_id, {}))
                    if back:
                        found.append(self._taking_back(entity, dest_id, source_of[dest_id], back, present[dest_id]))
            conflicts(self, f"no longer mapped {entity}", kept)
            return found

        def fresh() -> list[dict[str, Any]]:
            self.refresh(entity)
            return list(self.session.records(entity).values())

        made = self.load(entries, entity, fresh, FINDERS[entity], "records with fields that are no longer mapped")
        self.refresh(entity)
        return sum(made.done.values())

    def _back(
        self, entity: str, memory: Remembered, present: Mapping[str, Any], mapped: set[str], kept: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Field → what is written back to one record. Appends to `kept` what people changed."""
        back: dict[str, Any] = {}
        known = {f.name for f in self.session.facts.fields_of(entity)}
        for name in _extra(memory, mapped):
            ours, now = memory["written"][name], present.get(name)
            before = memory["before"].get(name) if memory["origin"] == "adopted" else None
            if same(now, before) or (name not in known and name not in present):
                continue
            if holds(name, now, ours) and holds(name, ours, now):
                back[name] = before
            else:
                kept.append(
                    {"object": entity, "source_id": "", "record": memory["dest_id"], "field": name, "source_value": "",
                     "account_value": now, "why": "no longer mapped, but changed in the account after the load"}
                )  # fmt: skip
        return back

    def _gone_from_lists(self) -> dict[str, dict[str, set[str]]]:
        """Person's id → list → keys of the entries that nrpd wrote out of columns that are no longer mapped to it."""
        rows, written = self.view.mapped("contacts"), histories(self.journal, "person")
        found = defaultdict[str, dict[str, set[str]]](dict)
        for name in LISTS:
            mapped = [row for row in rows if is_mapped(row, name)]
            others = [as_if_mapped(row, name) for row in rows if not is_mapped(row, name)]
            # Without any address a person would be nobody's, so the last column of addresses takes none with it.
            if name != "emails" or mapped:
                for dest_id, people in self._people_of_records().items():
                    ours = added(written.get(dest_id, ()), name)[0] - self._entries(people, mapped, name)
                    gone = ours & self._entries(people, others, name) if ours else ours
                    if gone:
                        found[dest_id][name] = gone
        return found

    def _people_of_records(self) -> Mapping[str, list[MergedContact]]:
        """Person's id → people of the source that it stands for."""
        links, found = self.journal.links_of("person"), defaultdict[str, list[MergedContact]](list)
        for person in self.view.contacts.people:
            dest_id = next((links[i] for i in (*person.ids, person.key) if i in links), None)
            if dest_id is not None:
                found[dest_id].append(person)
        return found

    def _entries(self, people: Sequence[MergedContact], rows: Sequence[MappingRow], name: str) -> set[str]:
        context = self.view.context
        return {key for p in people for key in entries_in(p.values, p.sources, rows, name, context)}

    def _less(self, present: Mapping[str, Any], gone: Mapping[str, set[str]]) -> dict[str, Any]:
        """The lists of a record without these entries, where it has any of them; None for one that is empty then."""
        return {
            name: without(name, present[name], some) or None
            for name, some in gone.items() if some & keys(name, present.get(name))
        }  # fmt: skip

    def _taking_back(
        self, entity: str, dest_id: str, source_id: str, back: Mapping[str, Any], present: Mapping[str, Any]
    ) -> Entry:
        return Entry(
            self.name, entity, source_id, "update", "PATCH", f"{PATHS[entity]}/{dest_id}",
            self.session.schema.encode(entity, back), fields=back, before={name: present.get(name) for name in back},
            dest_id=dest_id,
        )  # fmt: skip

    def _unwanted_fields(self) -> list[tuple[str, str, str]]:
        """(key, entity, name) of fields that nrpd made and the map does not want any more."""
        wanted = {(w.target.entity, w.target.field) for w in self.wanted_fields()}
        made = {k for k, record in self.journal.records_of("field").items() if record["state"] == "live"}
        return [
            (f.key, f.entity, f.name)
            for f in self.session.facts.fields
            if f.key in made and (f.entity, f.name) not in wanted and f.name not in NEVER
        ]

    def _withdraw_fields(self) -> int:
        unwanted = self._unwanted_fields()
        entities = {entity for _, entity, _ in unwanted}
        self.refresh(*entities)
        used = self._filled(entities)
        gone = [(key, entity) for key, entity, name in unwanted if (entity, name) not in used]
        last = self.journal.last_writes("field")

        def entries() -> Sequence[Entry]:
            there = {f.key for f in self.session.refresh_fields().fields}
            return [
                Entry(self.name, "field", key, "delete", "DELETE", f"{FIELD_PATHS[entity]}/{key}", dest_id=key,
                      undoes=last.get(key))
                for key, entity in gone if key in there
            ]  # fmt: skip

        self.load(entries, "field", partial(self._fields_there), FINDER, "fields that are no longer mapped")
        self.session.refresh_fields()
        return len(gone)

    def _filled(self, entities: set[str]) -> set[tuple[str, str]]:
        """(entity, name) of the fields in which something stands; deals that were archived and leads have those of
        deals too."""
        records = [(entity, record) for entity in entities for record in self.session.records(entity).values()]
        of_leads: Collection[str] = ()
        if "deal" in entities:
            client, schema = self.session.client, self.session.schema
            records += [("deal", canonical_record(schema, "deal", d)) for d in read_archived_deals(client) or ()]
            of_leads = used_by_leads(self.session.facts.fields_of("deal"), read_elsewhere(client, "lead") or ())
        filled = {
            (e, name) for e, record in records for name, value in record.items() if value not in (None, "", (), [])
        }
        return filled | {("deal", name) for name in of_leads}

    def _fields_there(self) -> list[dict[str, Any]]:
        return [{"id": f.key} for f in self.session.refresh_fields().fields]


def _extra(memory: Remembered, mapped: set[str]) -> list[str]:
    """Names of fields that nrpd wrote, and has not taken back, and that are not mapped."""
    if memory["state"] != "live":
        return []
    return sorted(name for name, value in memory["written"].items() if name not in mapped and value is not None)
