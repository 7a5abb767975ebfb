"""What the runbook remembers beside its writes: phases, what gates are decided on, notes, the manifest chain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as upsert

from nrpd.journal.entries import canonical
from nrpd.journal.store import Store
from nrpd.journal.tables import heads, notes, phases, subjects
from nrpd.workspace import stamp


class Memory(Store):
    """Phases, gates, notes and heads."""

    def phase_event(
        self,
        phase: str,
        state: str,
        mode: str,
        figures: Mapping[str, Any] | None = None,
        error: str = "",
        inputs: str = "",
    ) -> None:
        """Appends what happened to a phase: started, complete, failed, paused, waiting or undone."""
        row = {
            "run": self.run, "phase": phase, "state": state, "mode": mode, "at": stamp(), "error": error[:2000],
            "figures": canonical(figures or {}), "inputs": inputs,
        }  # fmt: skip
        self.change(lambda c: c.execute(sa.insert(phases), row))

    def phase_states(self) -> dict[str, Any]:
        """Phase → its newest row: complete, undone, failed, paused or waiting (`started` where nothing followed)."""
        return {row.phase: row for row in self.read(sa.select(phases).order_by(phases.c.id))}

    def completed(self, phase: str) -> Any | None:
        """The newest row of completion of a phase, or None where it is not complete (any more)."""
        found = self.read(
            sa.select(phases)
            .where(phases.c.phase == phase, phases.c.state.in_(("complete", "undone", "reopened")))
            .order_by(phases.c.id.desc())
            .limit(1)
        )
        return found[0] if found and found[0].state == "complete" else None

    def set_subject(self, gate: str, subject_digest: str, summary: Mapping[str, Any]) -> None:
        """What a gate is to be decided on now."""
        row = {"gate": gate, "digest": subject_digest, "summary": canonical(summary), "run": self.run, "at": stamp()}
        self.change(
            lambda c: c.execute(upsert(subjects).values(row).on_conflict_do_update(index_elements=["gate"], set_=row))
        )

    def subject(self, gate: str) -> Any | None:
        """The newest subject of a gate, or None."""
        found = self.read(sa.select(subjects).where(subjects.c.gate == gate))
        return found[0] if found else None

    def note(self, key: str, value: Any) -> None:
        """Remembers a value under a key (the account's id, the head of the manifest chain …)."""
        row = {"key": key, "value": canonical(value)}
        self.change(
            lambda c: c.execute(upsert(notes).values(row).on_conflict_do_update(index_elements=["key"], set_=row))
        )

    def noted(self, key: str) -> Any:
        """A value that was noted, or None."""
        found = self.read(sa.select(notes.c.value).where(notes.c.key == key))
        return json.loads(found[0].value) if found else None

    def noted_under(self, prefix: str) -> dict[str, Any]:
        """Every note whose key begins with `prefix`, by key."""
        found = self.read(sa.select(notes).where(notes.c.key.startswith(prefix, autoescape=True)).order_by(notes.c.key))
        return {row.key: json.loads(row.value) for row in found}

    def add_head(self, run: str, head: str) -> None:
        """Records the head of the manifest chain after a run was sealed."""
        self.change(lambda c: c.execute(sa.insert(heads).values(run=run, head=head, at=stamp())))

    def newest_head(self) -> Any | None:
        """The newest sealed run and its head, or None."""
        found = self.read(sa.select(heads).order_by(heads.c.id.desc()).limit(1))
        return found[0] if found else None
