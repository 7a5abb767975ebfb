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
"""What is compared of notes and files, and what they are known by."""


class AttachmentLoads(LoadsBase):
    """Loads of notes and files."""

    def notes(self) -> None:
        """Notes with their dates, and their author where the token's user is an admin."""
        step = self.step
        if not step.tables.of("notes") or not step.parameters.policies.files_and_notes:
            return
        bodies, settled = activity_plans.note_bodies(step.view, self.places(), admin=self.session.facts.me.admin)
        with step.counting("notes"):
            self._attach("note", "/api/v1/notes", bodies, lambda: read_notes(self.session.client), NOTE_VALUES)
            self.journal.put_outcomes(step.name, [*settled, *step.view.standing_outcomes("notes")])

    def files(self) -> None:
        """Files of the export, attached to their person or organization."""
        step = self.step
        if not step.tables.of("files") or not step.parameters.policies.files_and_notes:
            return
        staged = load_staged(step.workspace.staged / "base")
        bodies, settled = activity_plans.file_bodies(step.view, self.places(), staged.attachments)
        with step.counting("files"):
            self._attach(
                "file", "/api/v1/files", bodies, lambda: read_files(self.session.client),
                FILE_VALUES, attachment=staged.read_bytes,
            )  # fmt: skip
            self.journal.put_outcomes(step.name, [*settled, *step.view.standing_outcomes("files")])

    def _attach(
        self, entity: str, path: str, bodies: Sequence[tuple[str, dict[str, Any], RowOutcome]],
        present: Callable[[], Iterable[dict[str, Any]]], compared: Sequence[str],
        attachment: Callable[[str], bytes] | None = None,
    ) -> None:  # fmt: skip
        """Creates notes or files that are not linked yet, and compares them."""
        step = self.step
        finder = attachment_finder(compared)
        said = {key: compared_values(body, compared) for key, body, _ in bodies}

        def entries() -> list[Entry]:
            linked = self.journal.links_of(entity)
            done = [RowOutcome(**{**vars(row), "outcome": "unchanged"}) for key, _, row in bodies if key in linked]
            self.journal.put_outcomes(step.name, done)
            return [
                Entry(step.name, entity, key, "create", "POST", path, body, said[key], rows=(row,))
                for key, body, row in bodies if key not in linked
            ]  # fmt: skip

        step.load(entries, entity, present, finder, f"{entity}s", attachment=attachment)
        linked = self.journal.links_of(entity)
        there = {str(r["id"]): compared_values(r, compared) for r in present()}
        wanted = [Wanted(entity, key, values, dest_id=linked.get(key, "")) for key, values in said.items()]
        step.reconciliations.append(reconcile(f"{entity}s", wanted, there, {}))


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
