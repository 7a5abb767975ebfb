"""What a rollback would do with each record that nrpd wrote: take back, keep, and why. Pure functions.

A record that nrpd created goes, unless people changed it or hung something of their own on it; then it is kept whole.
On a record that was there before, each field goes back to what stood there, unless its present value is no longer
ours. Suppression values on such records stay (design.md, "Never").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nrpd.loader.changes import LISTS, holds, same
from nrpd.loader.plans.channels import Write, added, keys
from nrpd.pipedrive.records import SUPPRESSION_FIELDS

UNREADABLE = frozenset(
    {
        "update_time",
        "add_time",
        "id",
        "first_name",
        "last_name",
        "person_id",
        "marketing_status",
        "is_deleted",
        "doi_status",
    }
)
"""Keys of an answer that are no one's edits."""
CREATED, RESTORED, KEPT, LISTED = "delete", "restore", "keep", "gone already"


@dataclass(frozen=True)
class Undo:
    """What becomes of one record. `values`: field → what is written back (None clears)."""

    entity: str
    dest_id: str
    verb: str
    why: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    stays: Mapping[str, Any] = field(default_factory=dict)
    """Suppression values, and fields that people changed, which stay."""


def undo_record(
    entity: str,
    dest_id: str,
    memory: Mapping[str, Any],
    present: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    hung_on: Collection[str],
    history: Sequence[Write] = (),
) -> Undo:
    """Decides for one record. `after`: canonical values as the account answered nrpd's last write. `hung_on`: what
    people attached to it, in words. `history`: all writes of nrpd to it, where there were several."""
    if present is None:
        return Undo(entity, dest_id, LISTED, "it is not in the account any more")
    if memory["origin"] == "created":
        grown = [name for name in LISTS if keys(name, present.get(name)) & added(history, name)[1]]
        changed = sorted({*edited(present, after, memory["written"]), *grown})
        if changed:
            return Undo(entity, dest_id, KEPT, f"changed by people since: {', '.join(changed)}")
        if hung_on:
            return Undo(entity, dest_id, KEPT, f"people attached {', '.join(sorted(hung_on))}")
        return Undo(entity, dest_id, CREATED)
    back: dict[str, Any] = {}
    stays: dict[str, Any] = {}
    for name, value in memory["written"].items():
        before = memory["before"].get(name)
        now = present.get(name)
        suppression = entity == "person" and name in SUPPRESSION_FIELDS
        if suppression or not holds(name, now, value) or not _is_ours(name, now, value, before, history):
            stays[name] = now
        elif not same(now, before):
            back[name] = before
    if not back:
        return Undo(entity, dest_id, KEPT, "nothing of ours is left to take back", stays=stays)
    return Undo(entity, dest_id, RESTORED, values=back, stays=stays)


def edited(present: Mapping[str, Any], after: Mapping[str, Any], written: Mapping[str, Any]) -> list[str]:
    """Fields of a created record that people changed after nrpd's last write."""
    names = (set(present) | set(after) | set(written)) - UNREADABLE
    changed = []
    for name in sorted(names):
        base = after.get(name) if after else written.get(name)
        if not same(present.get(name), base):
            changed.append(name)
    return changed


def _is_ours(name: str, now: Any, value: Any, before: Any, history: Sequence[Write]) -> bool:
    """For lists: nothing but what stood there and what nrpd added."""
    if name not in LISTS:
        return True
    # A later write sends what people added in between as well; that makes it nobody else's.
    if keys(name, now) & added(history, name)[1]:
        return False
    ours = {str(item.get("value", "")).casefold() for side in (value, before) for item in side or ()}
    return all(str(item.get("value", "")).casefold() in ours for item in now or ())
