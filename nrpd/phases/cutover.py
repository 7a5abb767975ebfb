"""11_cutover: what changed since the export, after the freeze; then everything compared once more.

The delta is planned and counted first; it is written only once the cutover gate is confirmed for just that plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from nrpd import evidence, views
from nrpd.journal import RowOutcome
from nrpd.loader.plans.records import PATHS
from nrpd.loader.source_view import Tables, row_key
from nrpd.matching.owners import count_owners
from nrpd.matching.rows import content
from nrpd.netresults.records import SourceField
from nrpd.netresults.staged import Staged
from nrpd.netresults.staging import load_staged
from nrpd.phases import decisions, freezing, settings, successive, undecided
from nrpd.phases.delta_rows import as_moved, counted_now, of_delta
from nrpd.phases.inputs import inputs_of
from nrpd.phases.loading import Loads
from nrpd.phases.loading.base import conflicts
from nrpd.phases.opening import opener
from nrpd.phases.schema import SchemaStep
from nrpd.phases.source import (
    fields_with_delta,
    load_fields,
    profile_fields,
    read_source,
    stage_delta,
    tables_of,
    tables_with_delta,
)
from nrpd.phases.step import TAKEN_AWAY
from nrpd.phases.suppression import suppression_rows
from nrpd.phases.suppression_pass import SuppressionPass
from nrpd.phases.told import Told, nothing, told
from nrpd.pipedrive.schema import Schema
from nrpd.reconcile import RECORD

PARTIAL = "It is named full, but holds less than half of the records: taken as changed since, so that nothing is gone."

LINKED = ("name", "owner_id", "org_id")
"""What a load fills besides the fields of the map."""


class Cutover(SuppressionPass, SchemaStep):
    """Checks the freeze, writes the delta, reconciles everything."""

    name = "11_cutover"
    main_object = "contacts"
    recalls = ()
    settings_anew = ()

    def run_all(self) -> Any:
        self.read_delta()
        self.gate()
        self.write_delta()
        self.check_suppressions()
        return self.finish()

    @cached_property
    def delta(self) -> tuple[Staged, bool] | None:
        """The later export and whether it is full; None where the source has not changed."""
        return stage_delta(self.parameters, self.workspace)

    @property
    def later(self) -> Staged | None:
        return None if self.delta is None else self.delta[0]

    @cached_property
    def tables(self) -> Tables:
        """The source as it stands after the delta."""
        return tables_with_delta(self.parameters, self.workspace, self.delta)

    @cached_property
    def fields(self) -> list[SourceField]:
        """Profiles of base and delta."""
        base = self._base_fields()
        if self.delta is None:
            return base
        return fields_with_delta(base, profile_fields(self.delta[0], self.parameters.source))

    def _base_fields(self) -> list[SourceField]:
        return load_fields(self.workspace.staged / "fields.json")

    def read_delta(self) -> views.View:
        """What the later export holds. An API is read whole again, once, after the freeze that was declared."""
        if not self.session.read_only:
            read_source(self.parameters, self.workspace, "delta", self.progress, freezing.declared(self))
        if self.delta is None:
            return views.notice("info", "No later export: the source has not changed since it was staged.")
        staged, full = self.delta
        rows = [
            {"object": o, "rows": n, "kind": "full" if full else "changed since"}
            for o, n in staged.source_rows.items()
            if n
        ]
        gone = self.gone()
        evidence.write_report(self.reports, "gone", gone, ("object", "source_id"))
        shown = [views.table(rows, "The later export")]
        named = self.parameters.source.delta_export
        if not full and named is not None and named.kind == "full":
            shown.append(views.notice("warning", PARTIAL))
        if gone:
            shown.append(
                views.table(
                    gone,
                    "In the base, not in the later export (reported, never deleted)",
                    limit=20,
                    more="reports/gone.csv",
                )
            )
        return views.stack(*shown)

    def gone(self) -> list[dict[str, str]]:
        """Records of the base that a full later export no longer holds."""
        if self.delta is None or not self.delta[1]:
            return []
        found = []
        for object_, column in (("contacts", "contact_id"), ("companies", "company_id")):
            later = {row.get(column, "") for row in self.delta[0].rows(object_)}
            if later:
                found += [
                    {"object": object_, "source_id": source_id}
                    for source_id in self.journal.links_of("person" if object_ == "contacts" else "organization")
                    if source_id not in later and ":" not in source_id and "@" not in source_id
                ]
        return found

    @property
    def schema_to_be(self) -> Schema:
        """With the options that the delta brings: they are added once its plan was confirmed."""
        if self.delta is None:
            return self.session.schema
        return self.session.schema.with_labels(
            {(w.target.entity, w.target.field): w.labels for w in self.wanted_fields() if w.labels}
        )

    def source_wins(self, entity: str) -> Told:
        """What people answered at the gate; a repetition that only looks leaves what they changed after that."""
        if self.session.read_only:
            return nothing
        known = {f"{kind}/{field}" for kind, fields in self.mapped_now().items() for field in (*fields, *LINKED)}
        return told(self.gates.answers("cutover").get("take_source"), entity, known)

    def gate(self) -> views.GateView:
        """Plans the delta and states the cutover gate."""
        loads = Loads(self)
        self.refresh("organization", "person", "activity")
        plan = {object_: loads.counts(object_) for object_ in ("companies", "contacts")}
        delta = "" if self.delta is None else self.delta[0].digest
        suppressed = sorted(self.view.ledger.entries) if self.delta is not None else []
        mapping = inputs_of(self.session, "07_organizations")
        subject: dict[str, Any] = {"delta": delta, "mapping": mapping, "suppressed": suppressed}
        if gone := self.taken_away():
            subject["taken away"] = gone
        if brought := self._undecided():
            subject["not decided"] = [[line["object"], line["field"], line["source_value"]] for line in brought]
        self.gates.state("cutover", subject, {"plan": plan, "taken away": sum(map(len, gone.values()))})
        self._check_later()
        rows = [{"object": o, **counts} for o, counts in plan.items()]
        question = "Has Net-Results stopped sending, and may the delta be written?"
        lines = [
            {"what": f"{b['object']}: {b['field']}", "values": b["source_value"], "why": b["why"]} for b in brought
        ]
        shown = views.stack(
            views.table(rows, "The delta, counted"), self._shown_taken_away(gone),
            views.table(lines, "New, and decided by nobody. Confirming leaves it so.") if lines else None,
        )  # fmt: skip
        return self.gate_view("cutover", question, shown)

    def _undecided(self) -> list[undecided.Line]:
        """What the later export brings that neither the map nor 03_owners knows."""
        if self.delta is None:
            return []
        later = profile_fields(self.delta[0], self.parameters.source)
        base = tables_of(load_staged(self.workspace.staged / "base"))
        known = count_owners({object_: base.of(object_) for object_ in decisions.OWNED}).keys()
        found = undecided.new_columns(self._base_fields(), later)
        found += undecided.new_owners(decisions.owners(self), known)
        conflicts(self, "not decided", found)
        return found

    def taken_away(self) -> dict[str, list[str]]:
        """Entity → ids of records that were loaded, read back, and are not in the account any more."""
        found = {}
        for entity in PATHS:
            ours = set(self.journal.links_of(entity).values())
            if missing := ours - self.session.records(entity).keys() if ours else set():
                found[entity] = sorted(missing, key=int)
        return found

    def _shown_taken_away(self, gone: Mapping[str, Sequence[str]]) -> views.View | None:
        rows = []
        for entity, ids in gone.items():
            sources = defaultdict(list)
            for source_id, dest_id in self.journal.links_of(entity).items():
                sources[dest_id].append(source_id)
            rows += [
                {"object": entity, "source_id": "; ".join(sources[i]), "record": i, "field": RECORD, "source_value": "",
                 "account_value": "", "why": "not in the account any more: people deleted or merged it; stays so"}
                for i in ids
            ]  # fmt: skip
        conflicts(self, "taken away", rows)
        if not rows:
            return None
        lines = [{"record": r["object"], "id": r["record"], "source id": r["source_id"]} for r in rows]
        title = "Loaded, and not in the account any more: people deleted or merged these. Confirming leaves it so."
        return views.table(lines, title, limit=20, more="reports/conflicts.csv")

    def _check_later(self) -> None:
        """A later export must hold what the one before it held, and be taken after a freeze that was declared."""
        if self.delta is not None:
            successive.check(self, self.delta)
        freezing.check(self, load_staged(self.workspace.staged / "base") if self.delta is None else self.delta[0])

    def write_delta(self) -> views.View:
        """Writes what changed, and compares everything."""
        self._demand_own_gate()
        self._check_later()
        if self.delta is not None and not self.session.read_only:
            successive.note(self, self.delta)
        if not self.session.read_only:
            self.journal.note(TAKEN_AWAY, self.taken_away())
        if self.delta is not None and self.delta[1] and not self.session.read_only:
            freezing.note(self, self.delta[0])
        if not self.session.read_only and self.delta is not None:
            self.session.settings.outdate(settings.FIELDS.values())
            self.add_options(self.wanted_fields())
            self.refresh()
        Loads(self).all()
        self._count_delta_only()
        return self.compared()

    def _count_delta_only(self) -> None:
        """The phase counts the rows of the delta; rows of the base were counted by their own phases."""
        if self.session.read_only:
            return
        outcomes = self._now()
        staged = None if self.delta is None else tables_of(self.delta[0])
        mine = counted_now(outcomes, staged)
        self.journal.replace_outcomes(self.name, as_moved(mine, outcomes, self._repeated(staged)))

    def _repeated(self, staged: Tables | None) -> set[tuple[str, str]]:
        """Rows of the delta that say what a row of the base says, of objects whose rows have no record of their own."""
        found: set[tuple[str, str]] = set()
        if staged is None:
            return found
        base = tables_of(load_staged(self.workspace.staged / "base"))
        for object_ in ("campaigns", "campaign_members", "email_sends"):
            there = {content(row) for row in base.of(object_)}
            found |= {(object_, row_key(row)) for row in staged.of(object_) if content(row) in there}
        return found

    def check_suppressions(self) -> views.View:
        """The suppression pass once more, over all persons and all suppressions."""
        self.__dict__.pop("ledger", None)
        self.flag()
        shown = self.verify()
        rows = of_delta(suppression_rows(self, flagged="updated"), self.delta[0]) if self.delta else []
        others = [r for r in self._now() if r.object != "suppressions"]
        self.journal.replace_outcomes(self.name, [*others, *rows])
        return shown

    def _now(self) -> list[RowOutcome]:
        return [
            RowOutcome(r.object, r.row, r.outcome, r.reason, r.source_id, r.email)
            for r in self.journal.outcomes_of(self.name)
        ]

    def finish(self, extra: Any = None) -> views.View:
        """Records the freeze with the figures."""
        return super().finish(
            {
                "freeze": freezing.standing(self),
                "gone": len(self.gone()),
                "delta": "" if self.delta is None else self.delta[0].digest,
                **(extra or {}),
            }
        )


PHASE = Cutover
open = opener(Cutover)
