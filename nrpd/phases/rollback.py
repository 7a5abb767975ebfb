"""rollback: shows, then undoes what this customer's runs wrote, in reverse order of dependency; then proves it.

Buckets: reversed; kept (people changed it, or hung something on it); failed, with reason. Suppression values on
persons who were there before stay and are listed. Deleted records can be restored by people for 30 days.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from nrpd import views
from nrpd.errors import BadInput, Differs
from nrpd.journal import Entry, digest, histories
from nrpd.loader.changes import same
from nrpd.loader.plans.records import PATHS
from nrpd.loader.plans.undo import CREATED, KEPT, LISTED, RESTORED, Undo, undo_record
from nrpd.phases import loading
from nrpd.phases.hung_on import RECORDS
from nrpd.phases.loading.attachments import COMPARED, attachment_finder, compared_values
from nrpd.phases.loading.relationships import (
    PARENT,
    RELATIONSHIP_FINDER,
    known_relationships,
    lost_relationships,
    pair_of,
)
from nrpd.phases.opening import opener
from nrpd.phases.related import Related
from nrpd.phases.schema_now import FINDERS, KINDS, schema_now
from nrpd.phases.session import canonical_record
from nrpd.phases.undo_proof import UNDER_WAY, UndoProof
from nrpd.phases.undo_schema import FINDER, SchemaUndo
from nrpd.pipedrive.account import RELATIONSHIPS, read_files, read_notes
from nrpd.pipedrive.costs import cost_of

V1_PATHS = {"note": "/api/v1/notes", "file": "/api/v1/files", "relationship": RELATIONSHIPS}


class Rollback(UndoProof, SchemaUndo, Related):
    """Plans, waits for the gate, undoes, compares with the state before."""

    name = "rollback"

    def run_all(self) -> Any:
        self.plan()
        self.gate()
        self.undo()
        self.prove()
        return self.finish()

    # The plan

    def plan(self) -> views.View:
        """What would be reversed and what kept, counted, with its cost. Refused where there is nothing to undo."""
        if self.journal.noted("purged"):
            raise BadInput("rollback: the before-images of this customer were purged; nothing can be undone any more")
        self.failures = {}
        self._recover_open()
        if not self.journal.written_count() and not self._begun():
            raise BadInput(
                "rollback: the journal of this customer holds no write that could be undone; nothing was changed"
            )
        self.undos = [undo for entity in RECORDS for undo in self._undos_of(entity)]
        counts = Counter((u.entity, u.verb) for u in self.undos)
        asking = self._asking_cost([u for u in self.undos if u.entity == "organization"])
        cost = asking + sum(_cost(u) for u in self.undos) + self._schema_cost()
        rows = [{"entity": e, "what": v, "records": n} for (e, v), n in sorted(counts.items())]
        schema = [
            {"entity": kind, "what": "delete, where nobody else uses it", "records": n}
            for kind, n in self._schema_counts().items()
        ]
        note = views.notice(
            "info",
            f"About {cost:,} tokens, {asking:,} of them to ask organizations for relationships that people made. "
            "People can restore deleted records for 30 days; after that they are gone.",
        )
        kept = [{"entity": u.entity, "record": u.dest_id, "why": u.why} for u in self.undos if u.verb == KEPT and u.why]
        return views.stack(
            views.table(rows + schema, "The plan of the rollback"),
            note,
            views.notice("info", self._not_seen()),
            views.table(kept, "Kept", limit=30) if kept else None,
        )

    def _not_seen(self) -> str:
        said = (
            f"Not looked at: {', '.join(sorted(self._unseen))}. Who wants to keep a record for these changes it first."
        )
        late = {u.dest_id for u in self.undos if (u.entity, u.verb) == ("organization", CREATED)} - self._asked
        if not late:
            return said
        return f"{len(late):,} organizations are asked only just before each would be deleted. {said}"

    def subject(self) -> list[Any]:
        """What the gate is decided on."""
        return [[u.entity, u.dest_id, u.verb, dict(u.values)] for u in self.undos]

    def state_gate(self) -> str:
        """Says what the gate is to be decided on; the digest of it."""
        return self.gates.state("rollback", self.subject(), dict(Counter(u.verb for u in self.undos)))

    def gate(self) -> views.GateView:
        """States the rollback gate."""
        counts = Counter(u.verb for u in self.undos)
        self.state_gate()
        if self.gates.automatic and self.gates.status("rollback").status != "confirmed":
            self.gates.confirm("rollback", "auto")
        return self.gate_view(
            "rollback",
            "Undo this? Nothing is undone before a name stands here.",
            views.table([dict(counts)], "Buckets"),
        )

    def _recover_open(self) -> None:
        """Writes of unknown outcome are settled first, by the loads' own rules."""
        for entity, finder in (
            ("person", loading.PERSON_FINDER), ("organization", loading.ORGANIZATION_FINDER),
            ("activity", loading.ACTIVITY_FINDER), ("deal", FINDER),
        ):  # fmt: skip
            self.recover(entity, partial(self._fresh, entity), finder)
        # One that nobody knows to be ours would count as attached by people, and keep its person.
        for entity, values in COMPARED.items():
            self.recover(entity, partial(self._present, entity), attachment_finder(values))
        self.recover("relationship", partial(lost_relationships, self.session), RELATIONSHIP_FINDER)
        for kind in KINDS:
            self.recover(kind, partial(schema_now, self.session, kind), FINDERS[kind])

    def _fresh(self, entity: str) -> list[dict[str, Any]]:
        self.session.forget(entity)
        return list(self.session.records(entity).values())

    def _undos_of(self, entity: str) -> Iterable[Undo]:
        memory = {k: v for k, v in self.journal.records_of(entity).items() if v["state"] == "live"}
        if not memory:
            return []
        if entity in V1_PATHS:
            return self._attachments(entity, memory)
        present = self.session.records(entity)
        schema, hung, written = self.session.schema, self._hung_on(), histories(self.journal, entity, several=True)
        found = []
        for dest_id, record in memory.items():
            after = canonical_record(schema, entity, record["after"]) if record["after"] else {}
            undo = undo_record(
                entity, dest_id, record, present.get(dest_id), after, hung[entity, dest_id], written.get(dest_id, ())
            )
            if undo.verb == KEPT and record["origin"] == "created":
                self._holds(f"{entity} {dest_id}", present[dest_id])
            found.append(undo)
        return self._related_in_plan(found) if entity == "organization" else found

    def _says_the_same(self, entity: str, now: Mapping[str, Any], written: Mapping[str, Any]) -> bool:
        # The account gives a time of its own to what was sent without one.
        names = [name for name in COMPARED[entity] if name != "add_time" or name in written]
        values = compared_values(now, names)
        if any(value for name, value in now.items() if name.startswith("pinned_to_")):
            return False
        return all(same(values.get(name), written.get(name)) for name in names)

    def _attachments(self, entity: str, memory: Mapping[str, Mapping[str, Any]]) -> list[Undo]:
        """Notes, files and relationships; one that people changed is kept, and keeps what it hangs on."""
        present = {str(r["id"]): r for r in self._present(entity)}
        found = []
        for dest_id, record in memory.items():
            now = present.get(dest_id)
            if now is None:
                found.append(Undo(entity, dest_id, LISTED, "it is not in the account any more"))
            elif entity in COMPARED and not self._says_the_same(entity, now, record["written"]):
                self._holds(f"{entity} {dest_id}", now)
                found.append(Undo(entity, dest_id, KEPT, "changed by people since"))
            elif entity == "relationship" and not _as_made(now, record["written"]):
                for identity in pair_of(now):
                    self._holds(f"relationship {dest_id}", {"org_id": identity})
                found.append(Undo(entity, dest_id, KEPT, "changed by people since"))
            else:
                found.append(Undo(entity, dest_id, CREATED))
        return found

    # Undoing

    def undo(self) -> views.View:
        """Carries out the plan; then takes away fields, options and types that nobody else uses."""
        self.gates.require_gate("rollback")
        if self.mode == "hand":  # people worked on while the plan waited for a name
            self._plan_again()
        self._begin()
        for entity in RECORDS:
            self._delete_or_restore(entity)
        self.session.forget()
        self.session.refresh_fields()
        self._remove_schema()
        rows = [{"entity": e, "what": v, "records": n} for (e, v), n in sorted(self._buckets().items())]
        return views.table(rows, "Undone")

    def _plan_again(self) -> None:
        """Raises GateWaiting where the account is no longer what was confirmed."""
        self.session.forget()
        self.look_again()
        self.plan()
        self.state_gate()
        self.gates.require_gate("rollback")

    def _delete_or_restore(self, entity: str) -> None:
        undos = [u for u in self.undos if u.entity == entity]
        if entity != "organization":
            self._carry_out(entity, undos)
            return
        # An organization keeps what hangs on it: a person of ours that is kept keeps its organization.
        for some in self._in_turn(self._kept_with_people(undos)):
            decided = {u.dest_id: u for u in some}
            self.undos = [decided.get(u.dest_id, u) if u.entity == entity else u for u in self.undos]
            self._note_left()
            self._carry_out(entity, some)

    def _carry_out(self, entity: str, undos: Sequence[Undo]) -> None:
        last = self.journal.last_writes(entity)

        def entries() -> Sequence[Entry]:
            live = {k for k, v in self.journal.records_of(entity).items() if v["state"] == "live"}
            return [
                self._entry(u, last.get(u.dest_id))
                for u in undos
                if u.verb in (CREATED, RESTORED) and u.dest_id in live
            ]

        result = self.load(entries, entity, lambda: self._present(entity), FINDER, f"{entity} records")
        self.failures.update({(entity, entry.dest_id): message for entry, message in result.refused})
        self.session.forget(entity)
        for u in undos:
            if u.verb in (LISTED, KEPT):
                self.journal.settle_record(entity, u.dest_id, "kept" if u.verb == KEPT else "rolled back")

    def _kept_with_people(self, undos: Sequence[Undo]) -> list[Undo]:
        people = defaultdict(list)
        for identity, person in self.session.records("person").items():
            people[str(person.get("org_id") or "")].append(identity)
        return [
            replace(u, verb=KEPT, why=f"persons {', '.join(people[u.dest_id])} belong to it")
            if u.verb == CREATED and u.dest_id in people else u
            for u in undos
        ]  # fmt: skip

    def _present(self, entity: str) -> list[dict[str, Any]]:
        if entity == "note":
            return [dict(n) for n in read_notes(self.session.client)]
        if entity == "file":
            return [dict(f) for f in read_files(self.session.client)]
        if entity == "relationship":
            return known_relationships(self.session)
        return self._fresh(entity)

    def _entry(self, undo: Undo, write_id: int | None) -> Entry:
        path = f"{(PATHS | V1_PATHS)[undo.entity]}/{undo.dest_id}"
        if undo.verb == CREATED:
            return Entry(
                self.name, undo.entity, undo.dest_id, "delete", "DELETE", path, dest_id=undo.dest_id, undoes=write_id
            )
        body = self.session.schema.encode(undo.entity, undo.values)
        return Entry(self.name, undo.entity, undo.dest_id, "restore", "PATCH", path, body, fields=undo.values,
                     dest_id=undo.dest_id, undoes=write_id)  # fmt: skip

    def finish(self, extra: Any = None) -> views.View:
        """Records the rollback. Raises Differs where an entry failed."""
        buckets = self.buckets()
        if buckets.get("failed"):
            message = (
                f"rollback: {buckets['failed']} entries failed, such as {self._first_failure()}; see "
                "reports/rollback_failed.csv, then run it again"
            )
            self.journal.phase_event(self.name, "failed", self.mode, {"buckets": buckets}, message)
            raise Differs(message)
        shown = super().finish({"buckets": buckets, **(extra or {})})
        self.journal.note(UNDER_WAY, None)
        return shown

    def inputs_digest(self) -> str:
        """A rollback answers to the plan that was confirmed."""
        return digest(self.subject())

    def _demand_own_gate(self) -> None:
        """The gate was asked before the undoing; afterwards its plan is carried out and gone."""


def _as_made(now: Mapping[str, Any], written: Mapping[str, Any]) -> bool:
    """Whether a relationship still says what nrpd made it say."""
    return now.get("type") == PARENT and list(pair_of(now)) == list(written["pair"])


def _cost(undo: Undo) -> int:
    if undo.verb not in (CREATED, RESTORED):
        return 0
    method = "DELETE" if undo.verb == CREATED else "PATCH"
    return cost_of(method, f"{(PATHS | V1_PATHS)[undo.entity]}/1")


PHASE = Rollback
open = opener(Rollback)
