"""Notes and files of the source → notes and files of persons and organizations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nrpd.journal import Entry, RowOutcome
from nrpd.loader import Finder
from nrpd.loader.plans import activities as activity_plans
from nrpd.loader.plans.attached import Body, each_once, plan_attached
from nrpd.loader.plans.records import Wanted
from nrpd.matching.rows import digest
from nrpd.phases.loading.base import LoadsBase, Record, conflicts
from nrpd.pipedrive.account import read_files, read_notes
from nrpd.reconcile import RECORD, reconcile

NOTE_VALUES = ("content", "add_time", "person_id", "org_id", "deal_id")
FILE_VALUES = ("name", "person_id", "org_id")
COMPARED = {"note": NOTE_VALUES, "file": FILE_VALUES}
"""What is compared of notes and files, and what they are known by."""


class AttachmentLoads(LoadsBase):
    """Loads of notes and files."""

    def notes(self) -> None:
        """Notes with their dates, and their author where the token's user is an admin."""
        step = self.step
        if not self._has("notes"):
            return
        bodies, settled = self._note_bodies()
        with step.counting("notes"):
            self._attach("note", "/api/v1/notes", bodies)
            self.journal.put_outcomes(step.name, [*settled, *step.view.standing_outcomes("notes")])

    def files(self) -> None:
        """Files of the export, attached to their person or organization."""
        step = self.step
        if not self._has("files"):
            return
        bodies, settled = activity_plans.file_bodies(step.view, self.places(), step.attachments)
        with step.counting("files"):
            self._attach("file", "/api/v1/files", bodies, attachment=step.read_attachment)
            self.journal.put_outcomes(step.name, [*settled, *step.view.standing_outcomes("files")])

    def compare_attached(self) -> None:
        """Compares the notes and files that were made; writes nothing."""
        if self._has("notes"):
            self._compare_made("note", self._said("note", each_once(self._note_bodies()[0])[0]))
        if self._has("files"):
            bodies, _ = activity_plans.file_bodies(self.step.view, self.places(), self.step.attachments)
            self._compare_made("file", self._said("file", each_once(bodies)[0]))

    def _has(self, object_: str) -> bool:
        return bool(self.step.tables.of(object_)) and self.step.parameters.policies.files_and_notes

    def _note_bodies(self) -> tuple[list[Body], list[RowOutcome]]:
        return activity_plans.note_bodies(self.step.view, self.places(), admin=self.session.facts.me.admin)

    def _attached_now(self, entity: str) -> Iterable[dict[str, Any]]:
        return (read_notes if entity == "note" else read_files)(self.session.client)

    def _said(self, entity: str, bodies: Sequence[Body]) -> dict[str, dict[str, Any]]:
        return {key: compared_values(body, COMPARED[entity]) for key, body, _ in bodies}

    def _attach(
        self, entity: str, path: str, bodies: Sequence[Body], attachment: Callable[[str], bytes] | None = None
    ) -> None:
        """Creates notes or files that are not linked yet, rewrites those that the source changed, and compares them.
        One that people deleted after a complete phase had read it back is listed, and not made anew."""
        step = self.step
        bodies, repeated = each_once(bodies)
        self.journal.put_outcomes(step.name, repeated)
        said = self._said(entity, bodies)

        def entries() -> list[Entry]:
            linked, memory = self.journal.links_of(entity), self.journal.records_of(entity)
            changed = any(_differs(said[key], memory[linked[key]]["written"]) for key in said.keys() & linked.keys())
            there = self._there(entity) if changed else {}
            plan = plan_attached(step.name, entity, path, bodies, said, linked, memory, there)
            self.journal.put_outcomes(step.name, plan.settled)
            conflicts(step, f"kept {entity}s", plan.kept)
            return plan.entries

        step.load(
            entries, entity, lambda: self._attached_now(entity), attachment_finder(COMPARED[entity]), f"{entity}s",
            attachment=attachment,
        )  # fmt: skip
        gone = self._compare_made(entity, said)
        conflicts(step, f"deleted {entity}s", [_deleted(item) for item in gone])

    def _there(self, entity: str) -> dict[str, dict[str, Any]]:
        """Id → what is compared of those that are in the account now, and their update time."""
        names = COMPARED[entity]
        raw = {str(r["id"]): r for r in self._attached_now(entity)}
        return {i: {**compared_values(r, names), "update_time": r.get("update_time")} for i, r in raw.items()}

    def _compare_made(self, entity: str, said: Mapping[str, Mapping[str, Any]]) -> list[Wanted]:
        """Compares those that were made. Gives those that people deleted after a complete phase had read them back."""
        names, linked, memory = COMPARED[entity], self.journal.links_of(entity), self.journal.records_of(entity)
        there = self._there(entity)
        made = [Wanted(entity, key, values, dest_id=linked[key]) for key, values in said.items() if key in linked]
        gone = [
            item for item in made
            if item.dest_id not in there and self.journal.completed(memory[item.dest_id]["phase"]) is not None
        ]  # fmt: skip
        found = reconcile(
            f"{entity}s", [item for item in made if item not in gone], there, memory,
            decode=lambda raw: compared_values(raw, names),
        )  # fmt: skip
        if gone:
            found.fields[RECORD].changed_since = len(gone)
        self.step.reconciliations.append(found)
        return gone


def _differs(said: Record, written: Record) -> bool:
    return any(value != written.get(name) for name, value in said.items())


def _deleted(item: Wanted) -> dict[str, Any]:
    return {"object": item.entity, "source_id": item.source_id, "record": item.dest_id, "field": RECORD,
            "source_value": item.values.get("content") or item.values.get("name", ""), "account_value": "",
            "why": "people deleted it since; kept so"}  # fmt: skip


def attachment_finder(compared: Sequence[str]) -> Finder:
    """Notes and files carry no source id: they are known again by what they say and hang on."""
    return Finder(
        key_of=lambda e: _body_key(e.body or {}, compared),
        # The account gives a time of its own to what was sent without one.
        keys_of=lambda r: [_body_key(r, compared), _body_key({**r, "add_time": None}, compared)],
    )


def compared_values(record: Record, names: Sequence[str]) -> dict[str, Any]:
    """The compared values of a note or file, ids as numbers, without those that are not set."""
    found = {}
    for name in names:
        value = record.get(name)
        value = value.get("value") if isinstance(value, Mapping) else value
        if value not in (None, ""):
            found[name] = value
    return found


def _body_key(record: Record, names: Sequence[str]) -> str:
    return digest(*(f"{k}={v}" for k, v in sorted(compared_values(record, names).items())))
