"""Room for custom fields: how many the map needs, and which of them become lines of a note where the plan has no room.

A folded field is a line `Name: text` of one note per record. In the sheet its row has the transform `note`, and a
target whose type is `note` and whose field is the name of the line. Pure functions, so that a notebook, the command
line and 04_schema count alike.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from nrpd.mapping.derived import CAMPAIGNS, SUMS, derived
from nrpd.mapping.known import ENTITY_OF
from nrpd.mapping.names import fold as folded_name
from nrpd.mapping.propose import for_deals
from nrpd.mapping.targets import fits_same
from nrpd.mapping.transforms import NOTE, TRANSFORMS
from nrpd.mapping.values import unescape
from nrpd.pipedrive.records import SOURCE_ID_FIELD, SUPPRESSION_FIELDS, AccountFacts, Field, MappingRow, Target

NOTED = ("person", "organization", "deal")
"""Entities whose records can have a note."""
NEVER = frozenset({SOURCE_ID_FIELD, *SUPPRESSION_FIELDS, CAMPAIGNS[0], *(name for name, _ in SUMS)})
"""Fields that nrpd itself rests on: they are never folded."""
MAX_NOTE_BYTES = 100_000
TOO_LONG = f"the note of a record holds {MAX_NOTE_BYTES:,} bytes"

_INDENT = "  "


def existing_field(account: AccountFacts, target: Target) -> Field | None:
    """The account's custom field of that very name and a type that can stand for the target's."""
    named = [f for f in account.fields_of(target.entity) if f.custom and f.name == target.field]
    return next((f for f in named if fits_same(f.type, target.type)), None)


@dataclass(frozen=True)
class Room:
    """The custom fields of an account, what its plan allows, and which fields nrpd fills itself."""

    account: AccountFacts
    used: int
    """Custom fields of all entities, those of products and projects too."""
    limit: int
    plan: str = ""
    sends: bool = True
    campaigns: bool = True
    deals: bool = False
    """Campaign members name deals, so campaign fields are made on deals too."""

    def wanted(self, rows: Sequence[MappingRow]) -> list[Target]:
        """The custom fields that the map `rows` fills and those that nrpd fills itself, each once."""
        whole = [*rows, *(for_deals(rows, self.account) if self.deals else ())]
        targets = [row.target for row in whole if self._makes_field(row)]
        on_deals = any(row.object == "campaigns" and row.target.entity == "deal" for row in whole)
        targets += derived(
            self.account, whole, sends=self.sends, campaigns=self.campaigns, deals=self.campaigns and on_deals
        )
        once: dict[tuple[str, str], Target] = {}
        for target in targets:
            once.setdefault((target.entity, target.field), target)
        return list(once.values())

    def new(self, rows: Sequence[MappingRow]) -> list[Target]:
        """Those of them that the account does not have."""
        return [target for target in self.wanted(rows) if existing_field(self.account, target) is None]

    def too_many(self, rows: Sequence[MappingRow]) -> int:
        """How many new fields are beyond the plan's limit; 0 where all have room, or none is new."""
        new = len(self.new(rows))
        return max(0, self.used + new - self.limit) if new else 0

    def _makes_field(self, row: MappingRow) -> bool:
        if row.transform not in TRANSFORMS or TRANSFORMS[row.transform].kind not in ("value", "part"):
            return False
        return row.target.new or any(
            f.custom and f.name == row.target.field for f in self.account.fields_of(row.target.entity)
        )


def least_used(room: Room, rows: Sequence[MappingRow]) -> list[list[int]]:
    """The rows of each new field that can be folded, by number; the field with the fewest values first.

    Fields that are filled alike go from the last row of the sheet to the first: the design's own columns stand first.
    """
    fields: dict[tuple[str, str], list[int]] = {}
    new = {(target.entity, target.field) for target in room.new(rows)}
    for number, row in enumerate(rows):
        key = (row.target.entity, row.target.field)
        foldable = ENTITY_OF.get(row.object) == row.target.entity and row.target.field not in NEVER
        if foldable and key in new and TRANSFORMS[row.transform].kind in ("value", "part"):
            fields.setdefault(key, []).append(number)
    return sorted(fields.values(), key=lambda numbers: (max(rows[n].fill for n in numbers), -numbers[0]))


def fold_least_used(room: Room, rows: Sequence[MappingRow], by: str = "") -> list[MappingRow]:
    """The rows with as many of the least used new fields turned into lines of a note as the plan has no room for.

    Where that is not enough, all that can be folded are folded. `by`: who decided, where that is to be recorded.
    """
    found = list(rows)
    for numbers in least_used(room, rows):
        if not room.too_many(found):
            break
        for number in numbers:
            found[number] = _folded(found, number, room, by)
    return found


def names_folded(before: Sequence[MappingRow], after: Sequence[MappingRow]) -> list[str]:
    """The source fields that are lines of a note only in `after`, in words, the least filled first."""
    rows = [new for old, new in zip(before, after, strict=True) if new.transform == NOTE != old.transform]
    rows.sort(key=lambda row: row.fill)
    return [f"{row.object} {row.source!r} ({row.fill:.0%} filled)" for row in rows]


def no_room(room: Room, rows: Sequence[MappingRow]) -> str:
    """What stands against a map with more new fields than the plan has room for; blank where nothing does."""
    over = room.too_many(rows)
    if not over:
        return ""
    new = len(room.new(rows))
    folded = fold_least_used(room, rows)
    names = names_folded(rows, folded)
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    said = (
        f"the map needs {new} new custom fields and {room.used} are in use, but the plan allows {room.limit}: "
        f"{over} too many; nothing was created."
    )
    if room.too_many(folded):
        left = room.too_many(folded)
        return (
            f"{said}\nEven with every field folded that can be ({len(names)}), {left} are too many: remove fields of "
            "the account, or move to a larger plan (destination.plan)"
        )
    return f"{said}\nThe least used can be folded into one note per record: {shown}"


def _folded(rows: Sequence[MappingRow], number: int, room: Room, by: str) -> MappingRow:
    row = rows[number]
    lines = {
        folded_name(other.target.field)
        for n, other in enumerate(rows)
        if other.transform == NOTE and other.target.entity == row.target.entity and n != number
    }
    own = row.target.field if TRANSFORMS[row.transform].kind == "value" else row.source
    names = (" ".join(name.split()) for name in (own, row.source, row.column, f"{row.object} {row.column}"))
    name = next((name for name in names if name and folded_name(name) not in lines), f"{own} {number + 1}")
    why = f"the plan{f' {room.plan}' if room.plan else ''} allows {room.limit} custom fields"
    reason = f"folded into the note, for {why} and other fields have more values; {row.reason}"
    return replace(row, target=Target(row.target.entity, name, NOTE, False), transform=NOTE, reason=reason,
                   by=by or row.by)  # fmt: skip


# The note itself


def note_of(lines: Mapping[str, str]) -> str:
    """The note that says `lines`, one `Name: text` each; a line break inside a text is followed by two blanks.

    What Pipedrive would take for markup (notes are HTML there) is escaped; nothing else is.
    """
    return "\n".join(f"{_escaped(name)}: {_escaped(text)}" for name, text in lines.items())


def fitting(lines: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """(the lines that one note has room for, the names of the others)."""
    kept: dict[str, str] = {}
    left = []
    for name, text in lines.items():
        if len(note_of({**kept, name: text}).encode()) > MAX_NOTE_BYTES:
            left.append(name)
        else:
            kept[name] = text
    return kept, left


def lines_of(content: str, names: Collection[str]) -> dict[str, str]:
    """The lines of a note as name → text; of `names` only (people may have written more)."""
    if "\n" not in content:  # a person who edits a note in Pipedrive turns it into HTML
        content = re.sub(r"<br\s*/?>", "\n", content)
    starts = {f"{_escaped(name)}: ": name for name in sorted(names, key=len, reverse=True)}
    found: dict[str, str] = {}
    name = ""
    for line in content.split("\n"):
        if name and line.startswith(_INDENT):
            found[name] += "\n" + line.removeprefix(_INDENT)
            continue
        start = next((start for start in starts if line.startswith(start)), "")
        name = starts.get(start, "")
        if name:
            found[name] = line.removeprefix(start)
    return {name: unescape(text) for name, text in found.items()}


def _escaped(text: str) -> str:
    if html.unescape(text) != text:
        text = text.replace("&", "&amp;")
    return text.replace("<", "&lt;").replace(">", "&gt;").replace("\n", f"\n{_INDENT}")
