"""Fields that the plan has no room for → one note per person, organization or deal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nrpd.journal import Entry
from nrpd.loader.plans.folded import FoldedNote, folded_notes, plan_notes, prefix_of
from nrpd.loader.plans.records import Wanted
from nrpd.mapping.folding import TOO_LONG, lines_of
from nrpd.mapping.transforms import NOTE
from nrpd.phases.loading.attachments import NOTE_VALUES, attachment_finder
from nrpd.phases.loading.base import LoadsBase, conflicts
from nrpd.pipedrive.account import read_notes
from nrpd.reconcile import Reconciliation, reconcile


class FoldedLoads(LoadsBase):
    """Loads of folded fields."""

    def folded(self, object_: str, entity: str, wanted: Sequence[Wanted]) -> None:
        """Writes the notes of records that are in the account, reads them back and compares them line by line."""
        if not self._has_notes(entity):
            return
        items = self._with_note(entity, wanted)

        def entries() -> list[Entry]:
            plan = plan_notes(
                self.step.name, self._notes(entity, items), self.journal.links_of("note"),
                self.journal.records_of("note"), self._notes_now(), self.journal.last_writes("note"),
            )  # fmt: skip
            conflicts(self.step, f"kept notes of {entity}", plan.kept)
            return plan.entries

        finder = attachment_finder(NOTE_VALUES)
        self.step.load(entries, "note", lambda: self._notes_now().values(), finder, f"notes of {object_}")
        self.compare_folded(object_, entity, wanted)

    def compare_folded(self, object_: str, entity: str, wanted: Sequence[Wanted]) -> None:
        """Compares every line of the notes with the source."""
        if not self._has_notes(entity):
            return
        names, linked, memory = self._names(entity), self.journal.links_of("note"), self.journal.records_of("note")
        notes = self._notes(entity, self._with_note(entity, wanted))
        now = self._notes_now()
        present = {i: {**_shown(note, names), "update_time": note.get("update_time")} for i, note in now.items()}
        written = {
            i: {"origin": "created", "written": _shown(memory[i]["written"], names), "after": memory[i]["after"]}
            for i in linked.values() if i in memory
        }  # fmt: skip
        items = [
            Wanted(NOTE, n.source_id, _named(n.lines), dest_id=linked.get(n.key, "never made"),
                   losses=tuple((name, "", TOO_LONG) for name in n.left))
            for n in notes if n.lines
        ]  # fmt: skip
        found = reconcile(object_, items, present, written, fields=list(_named(dict.fromkeys(names, ""))))
        found.records = 0  # they are counted as persons, organizations and deals
        self._count_left_alone(found, entity, wanted)
        self.step.reconciliations.append(found)

    def line_in(self, note: Mapping[str, Any] | None, row_field: str) -> str:
        """A folded value as the note of a record says it."""
        return lines_of(str((note or {}).get("content") or ""), [row_field]).get(row_field, "")

    def notes_by_record(self, entity: str) -> dict[str, Mapping[str, Any]]:
        """Record id → the note with its folded fields, where the map folds any."""
        if not self._has_notes(entity):
            return {}
        now, start = self._notes_now(), prefix_of(entity)
        linked = {k.removeprefix(start): v for k, v in self.journal.links_of("note").items() if k.startswith(start)}
        return {record: now[note] for record, note in linked.items() if note in now}

    def _names(self, entity: str) -> list[str]:
        return [r.target.field for r in self.step.mapping if r.transform == NOTE and r.target.entity == entity]

    def _has_notes(self, entity: str) -> bool:
        """Whether the map folds fields of the entity, or did so when its notes were written."""
        return bool(self._names(entity)) or any(
            key.startswith(prefix_of(entity)) for key in self.journal.links_of("note")
        )

    def _notes(self, entity: str, wanted: Sequence[Wanted]) -> list[FoldedNote]:
        return folded_notes(
            entity, wanted, self.journal.links_of("note"), self.journal.records_of("note"), self._names(entity)
        )

    def _notes_now(self) -> dict[str, Mapping[str, Any]]:
        return {str(note["id"]): note for note in read_notes(self.session.client)}

    def _with_note(self, entity: str, wanted: Sequence[Wanted]) -> list[Wanted]:
        """Those whose record is in the account and is not to be left as it is."""
        there = self.session.records(entity)
        return [item for item in wanted if item.dest_id in there and not self._left_alone(entity, item)]

    def _left_alone(self, entity: str, item: Wanted) -> bool:
        """Whether `policies.existing_records: skip` keeps nrpd from adding anything to the record."""
        if self.step.parameters.policies.existing_records != "skip":
            return False
        known = self.journal.records_of(entity).get(item.dest_id)
        return known is None or known["origin"] != "created"

    def _count_left_alone(self, found: Reconciliation, entity: str, wanted: Sequence[Wanted]) -> None:
        for item in wanted:
            if item.lines and item.dest_id and self._left_alone(entity, item):
                for name in _named(item.lines):
                    found.fields[name].kept += 1


def _named(lines: Mapping[str, str]) -> dict[str, str]:
    """Lines as the reconciliation names them."""
    return {f"{name} (in the note)": text for name, text in lines.items()}


def _shown(note: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    return _named(lines_of(str(note.get("content") or ""), names))
