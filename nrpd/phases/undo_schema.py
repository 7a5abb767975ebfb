"""What a rollback takes away of the account's schema: options, fields, types, stages and pipelines that nrpd made.

What a live record still uses is kept, and listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from nrpd.journal import Entry
from nrpd.loader.plans.records import PATHS
from nrpd.loader.plans.undo import CREATED, KEPT, LISTED, Undo
from nrpd.loader.recovery import Finder
from nrpd.phases.hung_on import HungOn
from nrpd.pipedrive.account import FIELD_PATHS
from nrpd.pipedrive.costs import cost_of
from nrpd.pipedrive.records import Field

SCHEMA_PATHS = {
    "activity_type": "/api/v1/activityTypes", "stage": "/api/v2/stages", "pipeline": "/api/v2/pipelines",
}  # fmt: skip
FINDER = Finder(lambda e: e.source_id, lambda r: [])
"""For deletes: they are known by the record that is no longer there."""


class SchemaUndo(HungOn):
    """The part of a rollback that undoes 04_schema."""

    undos: list[Undo]
    failures: dict[tuple[str, str], str]
    """(entity, id) → why it could not be undone."""

    def _schema_counts(self) -> dict[str, int]:
        kinds = ("option", "field", *SCHEMA_PATHS)
        return {k: n for k in kinds if (n := sum(r["state"] == "live" for r in self.journal.records_of(k).values()))}

    def _schema_cost(self) -> int:
        """Tokens for all of them."""
        paths = {"field": f"{FIELD_PATHS['person']}/x", "option": f"{FIELD_PATHS['person']}/x/options"}
        return sum(
            n * cost_of("DELETE", paths.get(kind) or f"{SCHEMA_PATHS[kind]}/1")
            for kind, n in self._schema_counts().items()
        )

    def _remove_schema(self) -> None:
        """Options, fields, types, stages and pipelines that nrpd made and no live record uses."""
        used = self._used_fields()
        for kind in ("option", "field", *SCHEMA_PATHS):
            last = self.journal.last_writes(kind)
            live = {k: v for k, v in self.journal.records_of(kind).items() if v["state"] == "live"}
            made = [
                e for key, record in live.items() if (e := self._schema_entry(kind, key, record, used, last.get(key)))
            ]
            removed = {e.dest_id for e in made}
            self.undos += [
                Undo(kind, key, CREATED) if key in removed else
                Undo(kind, key, LISTED, "it is not in the account any more") if self._gone(kind, key) else
                Undo(kind, key, KEPT, "in use")
                for key in live
            ]  # fmt: skip
            present = partial(self._schema_present, kind)
            result = self.load(partial(self._still_live, made), kind, present, FINDER, f"{kind}s")
            self.failures.update({(kind, e.dest_id): message for e, message in result.refused})
            # What stays is settled too: it is no longer a write that another rollback could take back.
            for key in live.keys() - removed:
                self.journal.settle_record(kind, key, "kept")
            self.session.refresh_fields()

    def _still_live(self, entries: Sequence[Entry]) -> list[Entry]:
        return [e for e in entries if self.journal.records_of(e.entity)[e.dest_id]["state"] == "live"]

    def _schema_present(self, kind: str) -> list[dict[str, Any]]:
        self.session.refresh_fields()
        return self._there(kind)

    def _there(self, kind: str) -> list[dict[str, Any]]:
        facts = self.session.facts
        if kind == "field":
            return [{"id": f.key} for f in facts.fields]
        if kind == "activity_type":
            return [{"id": t.id} for t in facts.activity_types if t.active]
        if kind == "option":
            return [{"id": row.dest_id} for row in self.journal.open_writes("option") if self._option_ids(row.dest_id)]
        return [dict(x) for x in (facts.stages if kind == "stage" else facts.pipelines)]

    def _schema_entry(
        self,
        kind: str,
        key: str,
        record: Mapping[str, Any],
        used: Mapping[tuple[str, str], set[str]],
        write_id: int | None,
    ) -> Entry | None:
        facts = self.session.facts
        if kind == "field":
            field = next((f for f in facts.fields if f.key == key), None)
            if field is None or used.get((field.entity, field.name)):
                return None
            return Entry(
                self.name,
                kind,
                key,
                "delete",
                "DELETE",
                f"{FIELD_PATHS[field.entity]}/{key}",
                dest_id=key,
                undoes=write_id,
            )
        if kind == "option":
            name = record["written"]["field"]
            entity, _, field_name = name.partition("/")
            free = [i for i, label in self._option_ids(key) if label not in used.get((entity, field_name), set())]
            field = next((f for f in facts.fields if f.entity == entity and f.name == field_name), None)
            if field is None or not free:
                return None
            body: Any = [{"id": i} for i in free]
            return Entry(
                self.name,
                kind,
                key,
                "delete",
                "DELETE",
                f"{FIELD_PATHS[entity]}/{field.key}/options",
                body,
                dest_id=key,
                undoes=write_id,
            )
        if self._gone(kind, key) or self._in_use(kind, key):
            return None
        return Entry(
            self.name, kind, key, "delete", "DELETE", f"{SCHEMA_PATHS[kind]}/{key}", dest_id=key, undoes=write_id
        )

    def _gone(self, kind: str, key: str) -> bool:
        """Whether people took it away already."""
        if kind == "option":
            return not self._option_ids(key)
        return key not in {str(item["id"]) for item in self._there(kind)}

    def _in_use(self, kind: str, key: str) -> bool:
        """Whether a type, stage or pipeline is used by a record or, a pipeline, by a stage that stays."""
        if kind == "activity_type":
            return self._type_in_use(key)
        if kind == "pipeline" and any(str(s["pipeline_id"]) == key for s in self.session.facts.stages):
            return True
        return key in {str(deal.get(f"{kind}_id")) for deal in self._deals()}

    def _option_ids(self, key: str) -> list[tuple[int, str]]:
        """(id, label) of the options that one entry added and that are still there."""
        name, _, labels = key.partition(": ")
        entity, _, field_name = name.partition("/")
        wanted = set(labels.split(" | "))
        fields = [f for f in self.session.facts.fields if f.entity == entity and f.name == field_name]
        return [(o.id, o.label) for f in fields for o in f.options if o.label in wanted]

    def _type_in_use(self, key: str) -> bool:
        kind = next((t.key for t in self.session.facts.activity_types if str(t.id) == key), None)
        kinds = {a.get("type") for a in self.session.records("activity").values()}
        return kind is not None and kind in kinds

    def _used_fields(self) -> dict[tuple[str, str], set[str]]:
        """(entity, field) → values, over all live records."""
        used: dict[tuple[str, str], set[str]] = defaultdict(set)
        for entity in PATHS:
            for record in self._deals() if entity == "deal" else self.session.records(entity).values():
                for name, value in record.items():
                    if value not in (None, "", (), []):
                        used[entity, name].update(map(str, value) if isinstance(value, tuple) else (str(value),))
        for name, values in used_by_leads(self.session.facts.fields_of("deal"), self._elsewhere["lead"]).items():
            used["deal", name] |= values
        return used


def used_by_leads(fields: Sequence[Field], leads: Sequence[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Name of a field of deals → its values in leads, which have the same fields; options by their labels. Leads are
    raw: their values stand beside the rest, by the field's key (OpenAPI v1, getLeads)."""
    found = defaultdict[str, set[str]](set)
    for field in fields:
        labels = {str(option.id): option.label for option in field.options}
        for lead in leads if field.custom else ():
            value = lead.get(field.key)
            for one in value if isinstance(value, list) else str(value).split(",") if labels else [value]:
                if value not in (None, "", []):
                    found[field.name].add(labels.get(str(one), str(one)))
    return found
