"""Notes and files of the source → notes and files of persons and organizations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nrpd.journal import Entry, RowOutcome
from nrpd.loader import Finder
from nrpd.loader.plans import activities as activity_plans
from nrpd.loader.plans.records import Wanted
from nrpd.matching.rows import digest
from nrpd.netresults.staging import load_staged
from nrpd.phases.loading.base import (
    LoadsBase,
    Record,
)
from nrpd.pipedrive.account import read_files, read_notes
from nrpd.reconcile import reconcile

NOTE_VALUES = ("content", "add_time", "person_id", "org_id", "deal_id")
FILE_VALUES = ("name", "person_id", "org_id")
COMPARED = {"note": NOTE_VALUES, "file": FILE_VALUES}
"""What is compared of notes and files, and what they are known by."""
Body = tuple[str, dict[str, Any], RowOutcome]
"""Source id, what is sent, and the outcome of the row."""


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
        staged = load_staged(step.workspace.staged / "base")
        bodies, settled = activity_plans.file_bodies(step.view, self.places(), staged.attachments)
        with step.counting("files"):
            self._attach("file", "/api/v1/files", bodies, attachment=staged.read_bytes)
            self.journal.put_outcomes(step.name, [*settled, *step.view.standing_outcomes("files")])

    def compare_attached(self) -> None:
        """Compares the notes and files that were made; writes nothing."""
        if self._has("notes"):
            self._compare_made("note", self._said("note", self._note_bodies()[0]))
        if self._has("files"):
            staged = load_staged(self.step.workspace.staged / "base")
            bodies, _ = activity_plans.file_bodies(self.step.view, self.places(), staged.attachments)
            self._compare_made("file", self._said("file", bodies))

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
        """Creates notes or files that are not linked yet, and compares them."""
        step = self.step
        finder = attachment_finder(COMPARED[entity])
        said = self._said(entity, bodies)

        def entries() -> list[Entry]:
            linked = self.journal.links_of(entity)
            done = [RowOutcome(**{**vars(row), "outcome": "unchanged"}) for key, _, row in bodies if key in linked]
            self.journal.put_outcomes(step.name, done)
            return [
                Entry(step.name, entity, key, "create", "POST", path, body, said[key], rows=(row,))
                for key, body, row in bodies if key not in linked
            ]  # fmt: skip

        step.load(entries, entity, lambda: self._attached_now(entity), finder, f"{entity}s", attachment=attachment)
        self._compare_made(entity, said)

    def _compare_made(self, entity: str, said: Mapping[str, Mapping[str, Any]]) -> None:
        """Compares those that were made. What a later export says otherwise is no longer what was moved."""
        names, linked, memory = COMPARED[entity], self.journal.links_of(entity), self.journal.records_of(entity)
        there = {str(r["id"]): compared_values(r, names) for r in self._attached_now(entity)}
        made = {key: values for key, values in said.items() if linked.get(key) in memory}
        same = {key: values for key, values in made.items() if values == memory[linked[key]]["written"]}
        wanted = [Wanted(entity, key, values, dest_id=linked[key]) for key, values in same.items()]
        found = reconcile(f"{entity}s", wanted, there, memory, decode=lambda raw: compared_values(raw, names))
        if len(made) > len(same):
            found.not_compared[f"{entity}s that the source says otherwise since they were moved"] = len(made) - len(
                same
            )
        self.step.reconciliations.append(found)


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
