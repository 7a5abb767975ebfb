"""04_schema: creates what the map needs in the account, and nothing else. The first phase that writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from nrpd import views
from nrpd.errors import BadInput
from nrpd.journal import Entry, RowOutcome
from nrpd.loader.plans.activities import CAMPAIGN_TYPE, SEND_TYPE
from nrpd.loader.plans.records import Wanted
from nrpd.mapping.folding import Room, existing_field
from nrpd.mapping.transforms import NOTE, TRANSFORMS
from nrpd.parameters import WantedStage
from nrpd.phases import settings
from nrpd.phases.opening import opener
from nrpd.phases.room import note_room, require_room, room_of
from nrpd.phases.schema_now import FINDERS, KINDS, schema_now
from nrpd.phases.step import Step
from nrpd.phases.value_check import check_of
from nrpd.pipedrive.account import FIELD_PATHS
from nrpd.pipedrive.records import Field, Target
from nrpd.reconcile import reconcile

Labels = dict[tuple[str, str], list[str]]


@dataclass(frozen=True)
class WantedField:
    """A custom field that the map needs. `labels`: its options, for enum and set."""

    target: Target
    labels: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.target.entity}/{self.target.field}"


class SchemaStep(Step):
    """Creates fields, options and activity types, and what `schema:` asks for."""

    name = "04_schema"
    main_object = "fields"
    settings_anew = (*settings.FIELDS.values(), settings.TYPES, settings.PIPELINES, settings.OTHER_FIELDS)

    def run_all(self) -> Any:
        self.plan()
        self.write()
        self.plan()
        return self.finish()

    def plan(self) -> views.View:
        """Every field that the map needs, which are there, and whether the plan has room for the rest."""
        wanted = self.wanted_fields()
        rows = [
            {"entity": w.target.entity, "field": w.target.field, "type": w.target.type, "options": len(w.labels) or "",
             "now": "is there" if self._existing(w) else "to be created"}
            for w in wanted
        ]  # fmt: skip
        room = self.require_room()
        checked = check_of(self)
        checked.require_decided(self.sheet_rows, self.name)
        checked.report(self.sheet_rows, self.reports)
        folded = [row for row in self.sheet_rows if row.transform == NOTE]
        line = (
            f"{room.used} custom fields are there, {len(room.new(self.sheet_rows))} are to be created; the plan allows "
            f"{room.limit}. Types cannot be changed later."
        )
        lines = [{"entity": r.target.entity, "line": r.target.field, "filled": f"{r.fill:.0%}"} for r in folded]
        return views.stack(
            views.notice("info", line), views.table(rows, "Fields", limit=200),
            views.table(lines, "Folded into one note per record", limit=200) if lines else None,
        )  # fmt: skip

    def require_room(self) -> Room:
        """The room for custom fields. Raises GateWaiting where the map needs more than the plan allows."""
        room = note_room(self) if self.counts else room_of(self)
        require_room(room, self.sheet_rows, self.name)
        return room

    def mapped_now(self) -> dict[str, set[str]]:
        """Entity → names of fields that the present map fills, or nrpd itself."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.mapping:
            if TRANSFORMS[row.transform].kind not in ("skip", "note"):
                found[row.target.entity].add(row.target.field)
        for wanted in self.wanted_fields():
            found[wanted.target.entity].add(wanted.target.field)
        return found

    def wanted_fields(self) -> list[WantedField]:
        """The custom fields of the map and those that nrpd fills itself, each once, with all options they need."""
        labels: Labels = {}
        for row in self.mapping:
            if row.target.type in ("enum", "set") and TRANSFORMS[row.transform].kind in ("value", "part"):
                found = labels.setdefault((row.target.entity, row.target.field), [])
                found += [label for label in self.view.options_of(row) if label not in found]
        targets = room_of(self, counted=False).wanted(self.sheet_rows)
        return [WantedField(target, tuple(labels.get((target.entity, target.field), ()))) for target in targets]

    def _existing(self, wanted: WantedField) -> Field | None:
        """The field of that name and a fitting type. Raises BadInput where the name is taken by another type."""
        facts, target = self.session.facts, wanted.target
        if found := existing_field(facts, target):
            return found
        if named := [f for f in facts.fields_of(target.entity) if f.custom and f.name == target.field]:
            raise BadInput(
                f"04_schema: the account has {wanted.key} with type {named[0].type}, "
                f"the map wants {wanted.target.type};\n"
                "choose another name in decisions/mapping.xlsx and confirm the map again"
            )
        return None

    def write(self) -> views.View:
        """Creates what is missing, reads it back and compares."""
        wanted = self.wanted_fields()
        self.require_room()
        check_of(self).require_decided(self.sheet_rows, self.name)
        self._create_fields(wanted)
        self.add_options(wanted)
        self.add_activity_types()
        self._create_pipelines()
        self._create_labels()
        self.session.refresh_fields()
        self._reconcile(wanted)
        rows = [{"entity": e, "created": n} for e, n in self._created().items()]
        return views.table(rows, "Created in the account") if rows else views.notice("ok", "Nothing had to be created.")

    def _make(self, entries: Callable[[], Sequence[Entry]], kind: str, what: str) -> None:
        self.load(entries, kind, partial(schema_now, self.session, kind), FINDERS[kind], what)

    def _created(self) -> dict[str, int]:
        return {kind: n for kind in KINDS if (n := len(self.journal.links_of(kind)))}

    def _create_fields(self, wanted: Sequence[WantedField]) -> None:
        def entries() -> list[Entry]:
            self.session.refresh_fields()
            return [self._field_entry(w) for w in wanted if self._existing(w) is None]

        self._make(entries, "field", "fields")
        linked = self.journal.links_of("field")
        self.journal.put_outcomes(
            self.name,
            [RowOutcome("fields", w.key, "unchanged" if w.key in linked else "adopted") for w in wanted],
        )

    def _field_entry(self, wanted: WantedField) -> Entry:
        body: dict[str, Any] = {"field_name": wanted.target.field, "field_type": wanted.target.type}
        if wanted.target.type in ("enum", "set"):
            body["options"] = [{"label": label} for label in wanted.labels]
        fields = {"name": wanted.target.field, "type": wanted.target.type, "options": sorted(wanted.labels)}
        rows = (RowOutcome("fields", wanted.key, "created"),)
        return Entry(
            self.name, "field", wanted.key, "create", "POST", FIELD_PATHS[wanted.target.entity], body, fields, rows=rows
        )

    def add_options(self, wanted: Sequence[WantedField]) -> None:
        """Adds the options that existing fields lack; never takes one away."""

        def entries() -> list[Entry]:
            self.session.refresh_fields()
            found = []
            for w in wanted:
                field = self._existing(w)
                if field is None or not w.labels:
                    continue
                there = {option.label.casefold() for option in field.options}
                missing = [label for label in w.labels if label.casefold() not in there]
                if missing:
                    found.append(self._option_entry(w, field, missing))
            return found

        self._make(entries, "option", "options")

    def _option_entry(self, wanted: WantedField, field: Field, missing: Sequence[str]) -> Entry:
        path = f"{FIELD_PATHS[field.entity]}/{field.key}/options"
        identity = f"{wanted.key}: {' | '.join(sorted(missing))}"
        fields = {"field": wanted.key, "labels": sorted(missing)}
        rows = tuple(RowOutcome("options", f"{wanted.key}/{label}", "created") for label in missing)
        body: Any = [{"label": label} for label in missing]
        return Entry(self.name, "option", identity, "create", "POST", path, body, fields, dest_id=identity, rows=rows)

    def add_activity_types(self) -> None:
        """The types that sends and memberships need, and those that `schema:` asks for."""
        needed = (
            [SEND_TYPE] if self.tables.of("email_sends") and self.parameters.policies.activities != "summary" else []
        )
        if self.parameters.policies.campaigns == "activities" and self.tables.of("campaign_members"):
            needed.append(CAMPAIGN_TYPE)
        needed += self.parameters.wanted.activity_types

        def entries() -> list[Entry]:
            there = {t.name.casefold() for t in self.session.refresh_fields().activity_types if t.active}
            return [
                Entry(self.name, "activity_type", name, "create", "POST", "/api/v1/activityTypes",
                      {"name": name, "icon_key": "email" if name == SEND_TYPE else "task"}, {"name": name},
                      rows=(RowOutcome("activity_types", name, "created"),))
                for name in dict.fromkeys(needed) if name.casefold() not in there
            ]  # fmt: skip

        self._make(entries, "activity_type", "activity types")
        linked = self.journal.links_of("activity_type")
        self.journal.put_outcomes(
            self.name,
            [RowOutcome("activity_types", n, "unchanged" if n in linked else "adopted") for n in dict.fromkeys(needed)],
        )

    def _create_pipelines(self) -> None:
        """Pipelines and stages of `schema:`, by name; what is there already is left alone."""
        for pipeline in self.parameters.wanted.pipelines:
            entry = partial(self._pipeline_entry, pipeline.name)
            self._make(entry, "pipeline", "pipelines")
            identity = self._pipeline_id(pipeline.name)
            for stage in pipeline.stages:  # one after the other: they stand in the order in which they were made
                self._make(partial(self._stage_entry, pipeline.name, stage, identity), "stage", "stages")

    def _pipeline_id(self, name: str) -> int:
        """Of the pipeline that was there when it was looked for, else of the one that was then made."""
        there = {p["name"]: p["id"] for p in self.session.facts.pipelines}
        return int(there.get(name) or self.journal.links_of("pipeline")[name])

    def _pipeline_entry(self, name: str) -> list[Entry]:
        if any(p["name"] == name for p in self.session.refresh_fields().pipelines):
            return []
        made = (RowOutcome("pipelines", name, "created"),)
        fields = {"name": name}
        return [Entry(self.name, "pipeline", name, "create", "POST", "/api/v2/pipelines", fields, fields, rows=made)]

    def _stage_entry(self, pipeline: str, stage: WantedStage, identity: int) -> list[Entry]:
        if any(s["name"] == stage.name for s in self.session.refresh_fields().stages if s["pipeline_id"] == identity):
            return []
        body: dict[str, Any] = {"name": stage.name, "pipeline_id": identity}
        if stage.probability is not None:
            body["deal_probability"] = stage.probability
        made = (RowOutcome("stages", f"{pipeline}/{stage.name}", "created"),)
        key, fields = f"{identity}/{stage.name}", {"name": stage.name}
        return [Entry(self.name, "stage", key, "create", "POST", "/api/v2/stages", body, fields, rows=made)]

    def _create_labels(self) -> None:
        """Labels of `schema:` as options of the persons' label field."""
        labels = self.parameters.wanted.labels
        field = next((f for f in self.session.facts.fields_of("person") if f.key == "label_ids"), None)
        if not labels or field is None:
            return
        there = {option.label.casefold() for option in field.options}
        missing = [label for label in labels if label.casefold() not in there]
        wanted = WantedField(Target("person", field.name, field.type, False), tuple(labels))
        self._make(
            lambda: [self._option_entry(wanted, field, missing)] if missing and not self._label_done(wanted) else [],
            "option",
            "labels",
        )

    def _label_done(self, wanted: WantedField) -> bool:
        return any(key.startswith(f"{wanted.key}: ") for key in self.journal.links_of("option"))

    def _reconcile(self, wanted: Sequence[WantedField]) -> None:
        """Name, type and options of every field, read back and compared."""
        present = {}
        for field in self.session.facts.fields:
            labels = {o.label.casefold() for o in field.options}
            present[field.key] = {"name": field.name, "type": field.type, "labels": labels}
        items = []
        for w in wanted:
            found = self._existing(w)
            present_labels = present[found.key]["labels"] if found else set()
            missing = sorted(label for label in w.labels if label.casefold() not in present_labels)
            if found is not None:
                present[found.key]["options missing"] = missing
            items.append(
                Wanted(
                    "field",
                    w.key,
                    {"name": w.target.field, "options missing": []},
                    dest_id=found.key if found else "none",
                )
            )
        self.reconciliations.append(reconcile("fields", items, present, {}))


PHASE = SchemaStep
open = opener(SchemaStep)
