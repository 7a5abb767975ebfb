"""What is to be written to a record that is already in the account, and what is left as people have it.

A value that nrpd wrote and people changed since is theirs. A blank of the source never clears anything: it is not
among the desired values at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nrpd.matching.duplicates import channel_key
from nrpd.pipedrive.values import same_value

LISTS = ("emails", "phones")
"""Fields that grow: what is there stays, what is missing is added."""


@dataclass(frozen=True)
class Change:
    """`write`: field → new value. `before`: what stands in these fields. `kept`: field → the account's value that
    stays."""

    write: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)


def changes(
    desired: Mapping[str, Any],
    current: Mapping[str, Any],
    *,
    written: Mapping[str, Any] | None,
    policy: str,
    always: Collection[str] = (),
    create_only: Collection[str] = ("add_time",),
    created: bool = False,
    left: Callable[[], Mapping[str, Any]] | None = None,
) -> Change:
    """What to write so that `current` becomes `desired` under `policy` (fill_blanks, overwrite, skip).

    `written`: what nrpd wrote to this record before; None where it never did. `always`: fields that no policy holds
    back (source id, suppression). `create_only`: fields that an update cannot set. `left` gives the record as nrpd's
    last write left it; what stands there otherwise now is people's, although nrpd never wrote it.
    """
    found = Change()
    for name, value in desired.items():
        if name in create_only:
            continue
        present = current.get(name)
        wanted = grown(name, present, value, (written or {}).get(name))
        if holds(name, present, value):
            continue
        theirs = left and name not in LISTS and name not in (written or {}) and not same(left().get(name), present)
        if name in always or (not theirs and _may_write(name, value, present, written, policy, created)):
            found.write[name] = wanted
            found.before[name] = present
        else:
            found.kept[name] = present
    return found


def holds(name: str, present: Any, value: Any) -> bool:
    """Whether a field already says what it should; lists of addresses and phones may hold more."""
    if name in LISTS:
        return not _missing(name, present or (), value or ())
    return same_value(value, present)


def grown(name: str, present: Any, value: Any, written: Any = None) -> Any:
    """The value to send: for lists what is there and what is missing, one primary. That stays the primary one, unless
    nrpd wrote it (`written`) and the source has another in its place now: mail must go to the new address."""
    if name not in LISTS or not present:
        return value
    missing = _missing(name, present, value)
    ours, theirs, wanted = (_primary(name, entries) for entries in (written or (), present, value))
    moved = ours and ours == theirs and wanted in {channel_key(name, item) for item in missing}
    return (
        *({**item, "primary": False} if moved else item for item in present),
        *({**item, "primary": bool(moved) and channel_key(name, item) == wanted} for item in missing),
    )


def _primary(name: str, entries: Sequence[Mapping[str, Any]]) -> str:
    """The key of the primary entry, the first where none is named so; blank where there is none."""
    chosen = next((item for item in entries if item.get("primary")), next(iter(entries), None))
    return channel_key(name, chosen) if chosen else ""


def _may_write(
    name: str, value: Any, present: Any, written: Mapping[str, Any] | None, policy: str, created: bool
) -> bool:
    if written is not None and name in written:
        ours = written[name]
        return not holds(name, ours, value) and holds(name, present, ours)
    if policy == "skip" and not created:
        return False
    return policy == "overwrite" or name in LISTS or present in (None, "", (), [])


def same(one: Any, other: Any) -> bool:
    """Equal in either direction; blank equals absent."""
    blank: tuple[Any, ...] = (None, "", (), [])
    if one in blank or other in blank:
        return one in blank and other in blank
    return holds("", one, other) or holds("", other, one)


def _missing(
    name: str, present: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    there = {channel_key(name, item) for item in present}
    return [item for item in wanted if channel_key(name, item) not in there]
