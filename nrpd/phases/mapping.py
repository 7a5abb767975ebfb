"""02_mapping: what every source field becomes. Proposed here, confirmed by a person. Writes nothing to Pipedrive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from nrpd import views
from nrpd.journal import RowOutcome
from nrpd.loader.source_view import SourceView
from nrpd.mapping import compatibility, sheet
from nrpd.mapping.convert import Context
from nrpd.mapping.folding import Room, fold_least_used, no_room
from nrpd.mapping.opinions import NO_VOICES
from nrpd.mapping.propose import propose
from nrpd.mapping.transform import Builder
from nrpd.mapping.transforms import NOTE, TRANSFORMS
from nrpd.mapping.vocabulary import Vocabulary
from nrpd.netresults.synonyms import SYNONYMS
from nrpd.phases import decisions
from nrpd.phases.asking import ask
from nrpd.phases.opening import opener
from nrpd.phases.room import note_room, require_room
from nrpd.phases.source import context_of
from nrpd.phases.step import Step
from nrpd.phases.value_check import ValueCheck, check_of
from nrpd.pipedrive.records import FIELD_TYPES, MappingRow

PREVIEWED = 5
PREVIEWS = {"contacts": "person", "companies": "organization"}
"""Real records shown as they would arrive: how many, and of which objects."""


class Mapping(Step):
    """Proposes the map and takes its confirmation."""

    name = "02_mapping"

    rows: list[MappingRow]
    room: Room
    notes: Sequence[str] = ()
    """What a person should know of the assistant's part in the proposal."""

    def run_all(self) -> Any:
        self.propose()
        self.misfits()
        self.sheet()
        self.preview()
        return self.finish()

    def propose(self) -> views.View:
        """Proposes a place for every populated field, or keeps the sheet that a person works on."""
        path = self.workspace.decisions / "mapping.yaml"
        if path.is_file():
            kept = sheet.read_yaml(path)
            # What nobody has decided yet is proposed again: the source may have changed.
            facts = self.session.facts
            self.rows = [self._values.proposed(row, facts) if row.by in sheet.UNWATCHED else row for row in kept]
            known = {(row.object, row.column) for row in self.rows}
            self.rows += [row for row in self._proposal() if (row.object, row.column) not in known]
        else:
            self.rows = self._proposal()
        self.room = note_room(self)
        if self.gates.automatic:
            folded = fold_least_used(self.room, self.rows, sheet.BY_AUTO)
            self.rows = self.rows if self.room.too_many(folded) else folded
        self._save(self.rows)
        counts = Counter(
            "new field" if r.target.new else r.transform if r.transform in ("skip", NOTE) else "existing field"
            for r in self.rows
        )
        shown = views.table([dict(counts)], "The map in numbers")
        return views.stack(shown, *(views.notice("info", note) for note in self.notes))

    def _proposal(self) -> list[MappingRow]:
        facts = self.session.facts
        populated = [field for field in self.fields if field.filled]
        assistant = self.parameters.assistant
        voices, self.notes = ask(assistant, populated, facts) if assistant else (NO_VOICES, [])
        rows = propose(
            populated, facts, campaigns=self.parameters.policies.campaigns, longest_id=self._longest_id(),
            vocabulary=Vocabulary(SYNONYMS), unwatched=self.gates.automatic, voices=voices,
        )  # fmt: skip
        by = sheet.BY_AUTO if self.gates.automatic else sheet.PROPOSED
        return [replace(self._values.proposed(row, facts), by=by) for row in rows]

    def _longest_id(self) -> int:
        """Length of the longest joined id of a merged person."""
        people = SourceView(self.tables, self.fields, (), self._context).contacts.people
        return max((len("; ".join(person.ids)) for person in people), default=0)

    @cached_property
    def _context(self) -> Context:
        return context_of(self.parameters, self.fields, self.session.facts)

    @cached_property
    def _values(self) -> ValueCheck:
        return check_of(self)

    def _save(self, rows: Sequence[MappingRow]) -> None:
        sheet.write_yaml(rows, self.workspace.decisions / "mapping.yaml")
        sheet.write_xlsx(rows, self.workspace.decisions / "mapping.xlsx")

    def misfits(self) -> views.View:
        """Values that do not fit where they are to go, per field with examples and the decision."""
        return self._values.report(self.rows, self.reports)

    def sheet(self) -> views.MappingView:
        """The sheet to confirm. States the mapping gate."""
        self._state()

        def confirm(name: str, rows: Sequence[MappingRow]) -> None:
            require_room(self.room, rows, self.name)
            self._values.require_decided(rows, self.name)
            self.rows = [replace(row, by=name) for row in rows]
            self._save(self.rows)
            self._state()
            self.gates.confirm("mapping", name)

        return views.MappingView(
            self.rows, self.fields, self._preview_of, confirm, targets=self.session.facts.fields, warn=self._warning,
            decided=decisions.decided_by(self, "mapping"), over=partial(no_room, self.room),
            fold=partial(fold_least_used, self.room), misfit=self._values.said,
        )  # fmt: skip

    def _state(self) -> None:
        counts = Counter(row.object for row in self.rows)
        self.gates.state("mapping", sheet.digest(self.rows), {"fields": dict(counts)})

    def _warning(self, row: MappingRow) -> str:
        # Parts of a field and ids that another phase finds are placed whole, whatever the types say.
        if TRANSFORMS[row.transform].kind != "value" or row.target.type not in FIELD_TYPES:
            return ""
        field = next((f for f in self.fields if (f.object, f.column) == (row.object, row.column)), None)
        if field is None:
            return ""
        fit = compatibility.check(
            field, row.target.type, max_length=field.max_length, distinct=field.distinct, fits=field.fits
        )
        return "" if fit.verdict == "ok" else fit.lost or f"{field.type} does not go into {row.target.type}"

    def preview(self) -> views.View:
        """Five real contacts and companies as they would arrive."""
        return self._preview_of(self.rows)

    def _preview_of(self, rows: Sequence[MappingRow]) -> views.View:
        return views.stack(*(self._arrivals(rows, object_, entity) for object_, entity in PREVIEWS.items()))

    def _arrivals(self, rows: Sequence[MappingRow], object_: str, entity: str) -> views.View | None:
        builder = Builder(entity, [row for row in rows if row.object == object_], self._context)
        fullest = sorted(self.tables.of(object_), key=lambda cells: -sum(map(bool, cells.values())))[:PREVIEWED]
        shown = []
        for cells in fullest:
            built = builder.build(cells, dict.fromkeys(cells, str(cells.get("row_file", ""))))
            shown.append({**built.values, **{f"{name} (in the note)": text for name, text in built.lines.items()}})
        names = dict.fromkeys(name for values in shown for name in values)
        beside = [
            {"field": name, **{f"{entity} {n}": values.get(name, "") for n, values in enumerate(shown, 1)}}
            for name in names
        ]
        return views.table(beside, f"{len(shown)} {object_} as they would arrive", limit=200) if shown else None

    def finish(self, extra: Any = None) -> views.View:
        """Counts each field once: mapped, or skipped with its reason."""
        self.journal.put_outcomes(
            self.name,
            [
                RowOutcome(
                    "fields", f"{r.object}.{r.column}:{r.target.entity}",
                    "skipped" if r.transform == "skip" else "unchanged",
                    r.reason if r.transform == "skip" else "",
                )
                for r in self.rows
            ],
        )  # fmt: skip
        return super().finish(extra)


PHASE = Mapping
open = opener(Mapping)
