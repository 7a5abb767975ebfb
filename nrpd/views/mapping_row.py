"""One row of the mapping editor. A few of them are reused for all fields, so that 200 fields open at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from nrpd.mapping.folding import NOTED
from nrpd.mapping.sheet import PLACES
from nrpd.mapping.transforms import NOTE, QUARANTINE, TRANSFORMS
from nrpd.netresults.records import SourceField
from nrpd.pipedrive.records import ENTITIES, FIELD_TYPES, Field, MappingRow, Target
from nrpd.views.confirm import LABEL, WIDE, html_of
from nrpd.views.html import View, escape, stack
from nrpd.views.sheet import SKIPPED, Sheet
from nrpd.views.tables import notice

LEAVE_OUT = "skip"
AS_TEXT = "text"
UNFIT = [
    ("to be decided", ""), ("quarantine: keep them out, and list them", QUARANTINE),
    ("keep the field as text", AS_TEXT), ("leave the field out", LEAVE_OUT),
]  # fmt: skip
"""What can become of values that do not fit, besides another way to make them."""
Options = tuple[list[tuple[str, str]], dict[str, Target]]


def destinations(targets: Sequence[Field], rows: Sequence[MappingRow]) -> Options:
    """What the destination drop-down offers: (label, value) pairs, and value → target for existing fields."""
    existing = {Target(field.entity, field.name if field.custom else field.key, field.type, False) for field in targets}
    kept = (row.target for row in rows if row.target.entity != "none" and row.transform != NOTE)
    existing |= {target for target in kept if not target.new}
    known = {f"{t.entity}:{t.field}:{t.type}": t for t in existing}
    order = {name: place for place, name in enumerate(ENTITIES)}
    listed = sorted(known.items(), key=lambda e: (order.get(e[1].entity, 99), e[1].field.casefold(), e[1].type))
    new = [(f"{entity}: new field", f"new:{entity}") for entity in NOTED]
    lines = [(f"{entity}: line of its note", f"note:{entity}") for entity in NOTED]
    old = [(f"{target.entity}: {target.field} ({target.type})", value) for value, target in listed]
    return [("leave out", LEAVE_OUT), *new, *lines, *old], known


def ways_to_make(row: MappingRow) -> list[tuple[str, str]]:
    """The transforms that can fill the target of a row by itself: (what each does, its name)."""
    if row.transform not in TRANSFORMS or TRANSFORMS[row.transform].kind != "value":
        return []
    ways = [t for t in TRANSFORMS.values() if t.kind == "value" and row.target.type in t.types]
    return [(f"{way.name}: {way.says}", way.name) for way in ways]


class RowEditor:
    """Shows row `number` of the sheet and writes what a person changes back into it at once."""

    def __init__(
        self,
        sheet: Sheet,
        options: Options,
        fields: Mapping[tuple[str, str], SourceField],
        changed: Callable[[], None],
    ) -> None:
        self._sheet, self._fields, self._changed = sheet, fields, changed
        self._offered, self._known = options
        self._number, self._binding = 0, False
        self._chosen_by_name = {value for _, value in self._offered} - self._known.keys() - {LEAVE_OUT}
        self._about = widgets.HTML(layout=WIDE)
        self.target = widgets.Dropdown(
            options=self._offered, description="becomes", style=LABEL, layout={"width": "22em"}
        )
        self.name = widgets.Text(description="named", continuous_update=False, style=LABEL, layout={"width": "18em"})
        types = [("", ""), *((kind, kind) for kind in FIELD_TYPES)]
        self.type = widgets.Dropdown(options=types, description="type", style=LABEL, layout={"width": "11em"})
        self.reason = widgets.Text(
            description="left out because", continuous_update=False, style=LABEL, layout={"width": "30em"}
        )
        self.accepted = widgets.Checkbox(description="accepted", indent=False, style=LABEL, layout={"width": "auto"})
        self.warning = widgets.HTML(layout=WIDE)
        self.transform = widgets.Dropdown(options=[], description="made as", style=LABEL, layout={"width": "15em"})
        self.unfit = widgets.Dropdown(
            options=UNFIT, description="values that do not fit", style=LABEL, layout={"width": "26em"}
        )
        self._fields_shown = (
            self.target, self.name, self.type, self.transform, self.unfit, self.reason, self.accepted,
        )  # fmt: skip
        for field in self._fields_shown:
            field.observe(self._edited, names="value")
        choices = widgets.HBox(self._fields_shown, layout={"flex_flow": "row wrap", "align_items": "center"})
        border = {**WIDE, "border_top": "1px solid #c9ced4", "padding": "4px 0"}
        self.widget = widgets.VBox([self._about, choices, self.warning], layout=border)

    def bind(self, number: int) -> None:
        """Show another row."""
        self._number = number
        row = self._sheet.rows[number]
        self._binding = True
        self._about.value = html_of(self._description(row))
        skipped, new, line = row.transform == "skip", row.target.new, row.transform == NOTE
        self.target.options = self._places_of(number)
        self.target.value = self._value(row)
        self.name.value, self.type.value = row.target.field, row.target.type if row.target.type in FIELD_TYPES else ""
        self.reason.value = row.reason if skipped else ""
        self.accepted.value = self._sheet.accepted[number]
        ways = ways_to_make(row)
        self.transform.options = ways
        self.transform.value = row.transform if ways else None
        self.unfit.value = row.unfit
        for field, shown in (
            (self.name, new or line), (self.type, new), (self.reason, skipped), (self.transform, len(ways) > 1),
            (self.unfit, bool(row.unfit or self._sheet.misfit(row))),
        ):  # fmt: skip
            field.layout.display = "flex" if shown else "none"
        for field, what in (
            (self.target, "Destination of"), (self.name, "Name of the new field for"),
            (self.type, "Type of the new field for"), (self.reason, "Why to leave out"), (self.accepted, "Accept"),
            (self.transform, "How to make the values of"), (self.unfit, "Values that do not fit of"),
        ):  # fmt: skip
            field.tooltip = f"{what} {row.source}"
        problem, warning = self._sheet.problem(number), self._sheet.warning(row)
        beside = [notice("problem", problem)] if problem else []
        beside += [notice("warning", warning)] if warning else []
        self.warning.value = html_of(stack(*beside)) if beside else ""
        self._binding = False

    def freeze(self) -> None:
        """Nothing can be changed any more."""
        for field in self._fields_shown:
            field.disabled = True

    def _places_of(self, number: int) -> list[tuple[str, str]]:
        """The drop-down's choices that a field of this object can go to, and where it stands now."""
        own = {LEAVE_OUT, self._value(self._sheet.rows[number]), self._value(self._sheet.proposed[number])}
        entities = PLACES.get(self._sheet.rows[number].object, ())
        return [(label, value) for label, value in self._offered if value in own or label.partition(":")[0] in entities]

    def _value(self, row: MappingRow) -> str:
        if row.transform == "skip" or row.target.entity == "none":
            return LEAVE_OUT
        if row.target.new or row.transform == NOTE:
            return f"{'new' if row.target.new else NOTE}:{row.target.entity}"
        return f"{row.target.entity}:{row.target.field}:{row.target.type}"

    def _edited(self, change: Any) -> None:
        if self._binding:
            return
        number, field = self._number, change["owner"]
        if field is self.accepted:
            self._sheet.accept(number, change["new"])
        elif field is self.reason:
            self._sheet.give_reason(number, change["new"])
        elif field is self.transform:
            self._sheet.convert(number, change["new"])
        elif field is self.unfit:
            self._decide(number, change["new"])
        else:
            self._sheet.retarget(number, self._chosen(field))
        self.bind(number)
        self._changed()

    def _decide(self, number: int, decision: str) -> None:
        row = self._sheet.rows[number]
        if decision == AS_TEXT:
            name = row.target.field if row.target.new else row.source
            self._sheet.retarget(number, Target(row.target.entity, name, "text", True))
        elif decision == LEAVE_OUT:
            self._sheet.retarget(number, SKIPPED)
        else:
            self._sheet.decide_misfits(number, decision)

    def _chosen(self, field: Any) -> Target:
        """The target that the fields of this row say now."""
        value = self.target.value
        if value == LEAVE_OUT:
            return SKIPPED
        if value not in self._chosen_by_name:
            return self._known[value]
        proposed = self._sheet.proposed[self._number].target
        name, kind = self.name.value.strip(), self.type.value
        if field is self.target:  # the other two still hold what the row was before
            row = self._sheet.rows[self._number]
            named = row.target.new or row.transform == NOTE
            name = row.target.field if named else proposed.field if proposed.new else row.source
            kind = kind or (proposed.type if proposed.type in FIELD_TYPES else "varchar")
        how, _, entity = value.partition(":")
        return Target(entity, name, NOTE, False) if how == NOTE else Target(entity, name, kind, True)

    def _description(self, row: MappingRow) -> View:
        field = self._fields.get((row.object, row.column))
        samples = " · ".join(field.samples[:4]) if field else ""
        count = (
            f"{field.filled:,} of {field.count:,} filled, {field.distinct:,} distinct"
            if field
            else f"{row.fill:.0%} filled"
        )
        proposal = self._sheet.proposed[self._number]
        reason = (
            f"{proposal.confidence:.0%} sure: {proposal.reason}"
            if proposal.reason
            else f"{proposal.confidence:.0%} sure"
        )
        markup = f"<strong>{escape(row.source)}</strong> {escape(row.type)}, {count}. {escape(reason)}"
        return View(markup + (f"<br><small>e.g. {escape(samples)}</small>" if samples else ""), "")
