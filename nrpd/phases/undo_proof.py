"""What a rollback did in all its attempts, and the proof of it: the account now, against the account before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from nrpd import evidence, views
from nrpd.gates import PHASES
from nrpd.loader.changes import same
from nrpd.loader.plans.records import PATHS
from nrpd.loader.plans.undo import CREATED, KEPT, LISTED, RESTORED, Undo
from nrpd.phases.baseline import differences
from nrpd.phases.step import Step
from nrpd.pipedrive.account import read_files, read_notes, read_relationship
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.records import SUPPRESSION_FIELDS

UNDER_WAY = "rollback under way"
"""The note of a rollback that has begun and is not complete: what it leaves, and the last undoing before it."""
CONFIRMED = "it is still there, although its deletion was confirmed"
STILL: Mapping[str, Callable[[Client, Collection[str]], Iterable[Mapping[str, Any]]]] = {
    "note": lambda client, _: read_notes(client),
    "file": lambda client, _: read_files(client),
    "relationship": lambda client, ids: filter(None, (read_relationship(client, int(i)) for i in ids)),
}
"""How those are read again of which no list of records tells."""


class UndoProof(Step):
    """The part of a rollback that keeps account of it."""

    undos: list[Undo]
    failures: dict[tuple[str, str], str]
    """(entity, id) → why it could not be undone."""

    def _begun(self) -> dict[str, Any] | None:
        """The rollback that is under way, also where an earlier attempt was stopped; None where there is none."""
        found: dict[str, Any] | None = self.journal.noted(UNDER_WAY)
        return found

    def _begin(self) -> None:
        """Notes, before anything is undone, what this rollback leaves; the phases are no longer complete from here."""
        self.session.guard.hold()
        for phase in PHASES[3:]:
            if self.journal.completed(phase) is not None:
                self.journal.phase_event(phase, "undone", self.mode)
        self._note_left()

    def _note_left(self) -> None:
        """Notes what stays, so that a later attempt knows of it."""
        begun = self._begun() or {"from": max((row.id for row in self.journal.undone()), default=0), "left": []}
        left = {(entity, dest_id): [entity, dest_id, *rest] for entity, dest_id, *rest in begun["left"]}
        for u in self.undos:
            if u.verb == KEPT or u.stays:
                left[u.entity, u.dest_id] = [u.entity, u.dest_id, u.verb, u.why, dict(u.stays)]
        self.journal.note(UNDER_WAY, {**begun, "left": list(left.values())})

    def _all_undos(self) -> list[Undo]:
        """What this rollback did, in all its attempts."""
        begun = self._begun() or {"from": 0, "left": []}
        found = {(u.entity, u.dest_id): u for u in self.undos}
        for entity, dest_id, verb, why, stays in begun["left"]:
            found.setdefault((entity, dest_id), Undo(entity, dest_id, verb, why, stays=stays))
        for row in self.journal.undone():
            if row.id > begun["from"]:
                verb = CREATED if row.verb == "delete" else RESTORED
                found.setdefault((row.entity, row.dest_id), Undo(row.entity, row.dest_id, verb))
        return list(found.values())

    def _buckets(self) -> Counter[tuple[str, str]]:
        done = {(row.entity, row.dest_id) for row in self.journal.undone()}
        names = {CREATED: "reversed", RESTORED: "reversed", KEPT: "kept", LISTED: "gone already"}

        def bucket(u: Undo) -> str:
            key = u.entity, u.dest_id
            undone = key in done and key not in self.failures
            return names[u.verb] if u.verb not in (CREATED, RESTORED) or undone else "failed"

        return Counter((u.entity, bucket(u)) for u in self._all_undos())

    def prove(self) -> views.View:
        """Compares the account with the state before the first run."""
        self.session.forget()
        self._look_again()
        found = [{**line, "why": self._why(line)} for line in differences(self)]
        undos = self._all_undos()
        rows = [
            {"entity": u.entity, "record": u.dest_id, "stays": str(dict(u.stays)), "why": u.why}
            for u in undos
            if u.verb == KEPT or u.stays
        ]
        failed = [{"entity": e, "record": i, "why": why} for (e, i), why in sorted(self.failures.items())]
        evidence.write_report(self.reports, "rollback_failed", failed, ("entity", "record", "why"))
        evidence.write_report(self.reports, "rollback_kept", rows, ("entity", "record", "stays", "why"))
        evidence.write_report(
            self.reports, "rollback_differences", found, ("entity", "record", "field", "before", "now", "why")
        )
        suppressed = [u for u in undos if any(name in u.stays for name in SUPPRESSION_FIELDS)]
        return views.stack(
            views.notice(
                "info",
                f"{len(suppressed)} persons who were there before keep their suppression values "
                "(reports/rollback_kept.csv).",
            ),
            views.table(found, "Account now, against the account before", limit=40)
            if found
            else views.notice("ok", "The account is as it was before, but for what is listed as kept."),
        )

    def _look_again(self) -> None:
        """Every record that was confirmed as deleted must be gone, and every value that was put back must be there."""
        undone = [u for u in self._all_undos() if u.verb in (CREATED, RESTORED)]
        there = {entity: self._still(entity, [u.dest_id for u in undone if u.entity == entity]) for entity in STILL}
        for u in undone:
            if (u.entity, u.dest_id) in self.failures:
                continue
            if u.dest_id in there.get(u.entity, ()):
                self.failures[u.entity, u.dest_id] = CONFIRMED
            if u.entity not in PATHS:
                continue
            now = self.session.records(u.entity).get(u.dest_id)
            if u.verb == CREATED and now is not None:
                self.failures[u.entity, u.dest_id] = CONFIRMED
            elif u.verb == RESTORED:
                wrong = [name for name, value in u.values.items() if now is not None and not same(now.get(name), value)]
                if wrong:
                    self.failures[u.entity, u.dest_id] = f"not put back, although confirmed: {', '.join(wrong)}"

    def _still(self, entity: str, ids: Collection[str]) -> set[str]:
        """Those of these notes, files or relationships that are in the account."""
        if not ids:
            return set()
        return {str(one["id"]) for one in STILL[entity](self.session.client, ids)} & set(ids)

    def _why(self, line: Mapping[str, Any]) -> str:
        return self.failures.get((line["entity"], line["record"]), str(line["why"]))

    def buckets(self) -> dict[str, int]:
        """reversed, kept, failed."""
        found: Counter[str] = Counter()
        for (_, what), n in self._buckets().items():
            found[what] += n
        return dict(found)

    def _first_failure(self) -> str:
        found = sorted(self.failures.items())
        return f"{found[0][0][0]} {found[0][0][1]} ({found[0][1]})" if found else "one without an answer"
