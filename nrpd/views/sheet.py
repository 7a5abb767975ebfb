"""The state behind the mapping editor: the rows, what is accepted, and how to go back. No widgets here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from nrpd.errors import BadInput
from nrpd.mapping.sheet import UNWATCHED, problems_of
from nrpd.mapping.transforms import DEFAULT_TRANSFORM, TRANSFORMS
from nrpd.pipedrive.records import MappingRow, Target

ATTENTION = 0.75
"""Below this confidence a person must look at a field before the sheet can be confirmed."""

BY_DESIGN = 0.97
"""From this confidence on a place is that of a column of the design, which loses what its warning says and no more."""
SKIPPED = Target("none", "", "", False)


class Sheet:
    """Rows by number, in the order of the proposal. Each change is one step that `undo` takes back."""

    def __init__(
        self,
        rows: Sequence[MappingRow],
        warn: Callable[[MappingRow], str] | None = None,
        attention: float = ATTENTION,
        misfit: Callable[[MappingRow], str] = lambda row: "",
    ) -> None:
        self.rows = list(rows)
        self.proposed = tuple(rows)
        self.accepted = [row.by not in UNWATCHED for row in rows]
        self._warn, self._attention, self._misfit = warn, attention, misfit
        self._steps: list[list[tuple[int, MappingRow, bool]]] = []
        self._warnings: dict[MappingRow, str] = {}
        self._unfit: dict[MappingRow, str] = {}

    def warning(self, row: MappingRow) -> str:
        """What is lost or impossible with this target, or ""."""
        if row.transform == "skip":
            return ""
        if row not in self._warnings:
            said = self._warn(row) if self._warn else ""
            unfit = self.misfit(row)
            self._warnings[row] = ". ".join(filter(None, [said, f"{unfit}; they stay out" if row.unfit else ""]))
        return self._warnings[row]

    def misfit(self, row: MappingRow) -> str:
        """Which values do not fit, or ""."""
        if row not in self._unfit:
            self._unfit[row] = self._misfit(row)
        return self._unfit[row]

    def retarget(self, number: int, target: Target) -> None:
        """Send a field elsewhere, with the transform of the proposal where it can fill that type."""
        row = self.rows[number]
        if target == row.target and (row.transform == "skip") == (target.entity == "none"):
            return
        if target.entity == "none":
            self._change(number, replace(row, target=SKIPPED, transform="skip", reason="", unfit=""))
            return
        transform = transform_for(self.proposed[number], target)
        reason = self.proposed[number].reason if target == self.proposed[number].target else "chosen by a person"
        proposed = self.proposed[number]
        unfit = proposed.unfit if (target, transform) == (proposed.target, proposed.transform) else ""
        self._change(number, replace(row, target=target, transform=transform, reason=reason, unfit=unfit))

    def convert(self, number: int, transform: str) -> None:
        """Make the values in another way."""
        if transform != self.rows[number].transform:
            self._change(number, replace(self.rows[number], transform=transform, unfit=""))

    def decide_misfits(self, number: int, unfit: str) -> None:
        """What becomes of the values that do not fit: `quarantine`, or blank for undecided."""
        if unfit != self.rows[number].unfit:
            self._change(number, replace(self.rows[number], unfit=unfit))

    def give_reason(self, number: int, reason: str) -> None:
        """The reason for which a field is left out."""
        if reason.strip() != self.rows[number].reason:
            self._change(number, replace(self.rows[number], reason=reason.strip()))

    def accept(self, number: int, accepted: bool = True) -> None:
        """Mark one field as looked at."""
        if self.accepted[number] != accepted:
            self._keep([number])
            self.accepted[number] = accepted

    def accept_above(self, confidence: float) -> int:
        """Accept every field of at least this confidence and without a warning; return how many."""
        chosen = [
            number
            for number, row in enumerate(self.rows)
            if row.confidence >= confidence and not self.accepted[number] and not self.warning(row)
        ]
        if chosen:
            self._keep(chosen)
        for number in chosen:
            self.accepted[number] = True
        return len(chosen)

    def replace_rows(self, rows: Sequence[MappingRow]) -> list[int]:
        """Take over changed rows, which a person asked for, in one step; return which they are."""
        changed = [number for number, row in enumerate(rows) if row != self.rows[number]]
        if changed:
            self._keep(changed)
        for number in changed:
            self.rows[number], self.accepted[number] = rows[number], True
        return changed

    def undo(self) -> list[int]:
        """Take the last step back; return the rows it concerned."""
        if not self._steps:
            return []
        step = self._steps.pop()
        for number, row, accepted in step:
            self.rows[number], self.accepted[number] = row, accepted
        return [number for number, _, _ in step]

    def needs(self, number: int) -> bool:
        """Whether a person must still look at this field."""
        if self.problem(number):
            return True
        row = self.rows[number]
        if self.accepted[number]:
            return False
        lossy = bool(self.warning(row)) and (row.confidence < BY_DESIGN or bool(row.unfit))
        return row.confidence < self._attention or lossy

    def needing(self) -> list[int]:
        """The rows for which `needs` holds."""
        return [number for number in range(len(self.rows)) if self.needs(number)]

    def problems(self) -> list[tuple[int, str]]:
        """What stands against confirming: (row, what to do)."""
        return [
            (number, self.problem(number) or "look at this field: accept it, change it or leave it out.")
            for number in self.needing()
        ]

    def confirmed(self, name: str) -> list[MappingRow]:
        """The rows, confirmed by `name`. Raises BadInput while `problems` names any."""
        if problems := self.problems():
            number, text = problems[0]
            raise BadInput(f"{self.rows[number].object}, {self.rows[number].source}: {text}")
        return [replace(row, by=name) for row in self.rows]

    def problem(self, number: int) -> str:
        """What keeps this row from being confirmed, whoever accepted it, or ""."""
        row = self.rows[number]
        if row.transform == "skip" and not row.reason.strip():
            return "say why this field is left out."
        if row.target.new and not row.target.field.strip():
            return "give the new field a name."
        if row.target.new and not row.target.type:
            return "choose a type for the new field."
        if problems := problems_of(row):
            return "; ".join(problems)
        if not row.unfit and (unfit := self.misfit(row)):
            return f"decide: {unfit}. Convert them, take type text, quarantine them, or leave the field out."
        return ""

    def _change(self, number: int, row: MappingRow) -> None:
        self._keep([number])
        self.rows[number] = row
        self.accepted[number] = True

    def _keep(self, numbers: Sequence[int]) -> None:
        self._steps.append([(number, self.rows[number], self.accepted[number]) for number in numbers])


def transform_for(proposed: MappingRow, target: Target) -> str:
    """The transform of the proposal where it can fill the target's type, else the usual one of that type."""
    own = TRANSFORMS.get(proposed.transform)
    if own is not None and own.kind in ("value", "part") and target.type in own.types:
        return own.name
    if proposed.transform in ("fixed", "relationship") and target == proposed.target:
        return proposed.transform
    return DEFAULT_TRANSFORM.get(target.type, "text")
