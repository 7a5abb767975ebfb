"""Folded fields → one note per record: which is to be made, rewritten or taken away, and what stays as people have it.

The note is known by the record that it hangs on, so that one record has one such note, whoever it stands for in the
source. A blank of the source never takes a line away; a field that is no longer folded does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nrpd.journal import Entry
from nrpd.loader.plans.records import Wanted
from nrpd.mapping.folding import fitting, lines_of, note_of

PATH = "/api/v1/notes"
LINKS = {"person": "person_id", "organization": "org_id", "deal": "deal_id"}
"""Entity → what of a note's body names the record."""


@dataclass(frozen=True)
class FoldedNote:
    """The note of one record. `dest_id` is the record's."""

    entity: str
    dest_id: str
    source_id: str
    lines: Mapping[str, str]
    left: tuple[str, ...] = ()
    """Names of lines that the note has no room for."""

    @property
    def key(self) -> str:
        return f"{prefix_of(self.entity)}{self.dest_id}"


@dataclass
class NotePlan:
    """`kept`: one row of `reports/conflicts` for each note that people changed."""

    entries: list[Entry] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)


def prefix_of(entity: str) -> str:
    """How the source ids of the notes of an entity begin."""
    return f"folded fields of {entity} "


def folded_notes(
    entity: str,
    wanted: Sequence[Wanted],
    linked: Mapping[str, str],
    memory: Mapping[str, Mapping[str, Any]],
    names: Collection[str],
) -> list[FoldedNote]:
    """The note that each record should have: the lines of `names` that the source fills, and those that stood there.

    `linked`: source id → note id; `memory`: note id → what nrpd wrote. Records that have no note and need none are left
    out.
    """
    found: dict[str, FoldedNote] = {}
    for item in wanted:
        if not item.dest_id or item.dest_id in found:
            continue
        key = FoldedNote(entity, item.dest_id, item.source_id, {}).key
        there = lines_of(str(memory[linked[key]]["written"].get("content", "")), names) if key in linked else {}
        lines, left = fitting({name: text for name in names if (text := item.lines.get(name) or there.get(name))})
        if lines or key in linked:
            found[item.dest_id] = FoldedNote(entity, item.dest_id, item.source_id, lines, tuple(left))
    return list(found.values())


def plan_notes(
    phase: str,
    notes: Sequence[FoldedNote],
    linked: Mapping[str, str],
    memory: Mapping[str, Mapping[str, Any]],
    present: Mapping[str, Mapping[str, Any]],
    last_writes: Mapping[str, int],
) -> NotePlan:
    """At most one write for each note. `present`: note id → the account's note, raw. One that is gone stays gone."""
    plan = NotePlan()
    for note in notes:
        content, note_id = note_of(note.lines), linked.get(note.key)
        if note_id is None:
            body = {"content": content, LINKS[note.entity]: int(note.dest_id)}
            plan.entries.append(Entry(phase, "note", note.key, "create", "POST", PATH, body, body))
            continue
        if note_id not in present or present[note_id].get("content") == content:
            continue
        now, ours = present[note_id].get("content"), memory[note_id]["written"].get("content")
        if now != ours:
            plan.kept.append(
                {"object": "note", "source_id": note.source_id, "record": note_id, "field": "content",
                 "source_value": content, "account_value": now, "why": "changed in the account after the load"}
            )  # fmt: skip
        elif content:
            body = {"content": content}
            plan.entries.append(
                Entry(phase, "note", note.key, "update", "PUT", f"{PATH}/{note_id}", body, body,
                      before={"content": now}, dest_id=note_id)
            )  # fmt: skip
        else:
            plan.entries.append(
                Entry(phase, "note", note.key, "delete", "DELETE", f"{PATH}/{note_id}", dest_id=note_id,
                      undoes=last_writes.get(note_id))
            )  # fmt: skip
    return plan
