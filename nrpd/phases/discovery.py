"""01_discovery: what the customer has, what the account holds, what the move will cost. Writes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from nrpd import evidence, views
from nrpd.handover import scope
from nrpd.handover.estimate import Estimate
from nrpd.journal import RowOutcome
from nrpd.loader.source_view import SourceView
from nrpd.netresults.records import ROW_FILE, ROW_LINE, SourceField, has_at
from nrpd.netresults.staged import Staged
from nrpd.phases import (
    account_tables,
    audit,
    audit_view,
    baseline,
    documents,
    estimating,
    preflight,
    quality,
    settings,
    spending,
)
from nrpd.phases.audit import Audit
from nrpd.phases.opening import opener
from nrpd.phases.quality import Item
from nrpd.phases.source import profile_fields, save_fields, settled, stage_base
from nrpd.phases.step import Step
from nrpd.pipedrive.records import ENTITIES

_QUALITY = "reports/data_quality.csv"
_IMPERSONAL = frozenset({"campaigns", "templates", "workflows"})
"""Objects whose names are of things, not of people."""
_PERSONAL = re.compile(
    r"e-?mail|name|nom\b|nombre|apellido|phone|tel[eé]fon|mobil|handy|fax|address|adress|street|stra(?:ß|ss)e|\brue\b|calle"
    r"|owner|author|text|notes?\b|notiz|comment|remark|bemerk|birth|geburt|naissance|nacimiento|twitter|linkedin|\bip\b"
)
_FREE = 40
"""Longer texts are written by people about people."""


class Discovery(Step):
    """Audits source and account."""

    name = "01_discovery"
    settings_anew = settings.PARTS

    staged: Staged
    made: Estimate
    audit: Audit
    findings: Sequence[Item]

    def run_all(self) -> Any:
        self.stage()
        self.source_table()
        self.account_table()
        self.contents()
        self.estimate()
        self.scope()
        self.gate()
        return self.finish()

    def stage(self) -> views.View:
        """Reads the export, or the API, into staged tables and profiles every field."""
        self.stage_only()
        self._count_rows()
        rows = [
            {"file": f.path, "object": f.object or "(none)", "rows": f.rows, "kept out": f.quarantined,
             "encoding": f.encoding, "delimiter": f.delimiter}
            for f in self.staged.files
        ]  # fmt: skip
        return views.table(rows, "Files of the source, and what each was recognised as", limit=100)

    def stage_only(self) -> None:
        """Stages and profiles, without counting it as a run of the phase."""
        self.staged = stage_base(self.parameters, self.workspace, self.progress)
        profiled = settled(profile_fields(self.staged, self.parameters.source))
        save_fields(self.workspace.staged / "fields.json", profiled)
        self.__dict__.pop("tables", None)
        self.__dict__.pop("fields", None)
        self.__dict__.pop("_proposed", None)

    def _count_rows(self) -> None:
        """Every source row in one outcome: read, repeated, erased or kept out."""
        for object_ in self.staged.source_rows:
            found = [
                RowOutcome(object_, f"{row[ROW_FILE]}:{row[ROW_LINE]}", "unchanged") for row in self.tables.of(object_)
            ]
            found += [
                RowOutcome(object_, f"{q.file}:{q.line}", "quarantined", q.reason, q.source_id, q.email)
                for q in self.staged.quarantined
                if q.object == object_
            ]
            for reason, counts in (("same row", self.staged.same_rows), ("erased", self.staged.erased_rows)):
                found += [
                    RowOutcome(object_, f"{reason}:{n}", "skipped", reason) for n in range(counts.get(object_, 0))
                ]
            self.journal.put_outcomes(self.name, found)

    def source_table(self) -> views.View:
        """Every field: how full, of which type, how many values. Samples of personal fields are masked."""
        rows = [
            {"object": f.object, "field": f.header, "rows": f.count, "filled": f.filled, "fill": f"{f.fill:.0%}",
             "distinct": f.distinct, "type": f.type, "fits": f"{f.fits:.0%}", "shortest": f.min_length,
             "longest": f.max_length, "samples": " · ".join(mask(f, text) for text in f.samples[:3])}
            for f in self.fields
        ]  # fmt: skip
        evidence.write_report(self.reports, "source_fields", rows)
        filled = {f.header: {"filled": f.filled, "blank": f.count - f.filled} for f in self.fields if _is_contact(f)}
        shown = [views.table(rows, "Fields of the source", limit=60, more="reports/source_fields.csv")]
        if filled:
            shown.append(views.bars_picture(filled, "How full the fields of the contacts are", "field"))
        return views.stack(*shown)

    def account_table(self) -> views.View:
        """What the account holds now."""
        rows = preflight.rows(self.session)
        for entity in ENTITIES:
            rows.append({"what": f"{entity.capitalize()} records", "found": f"{len(self.session.records(entity)):,}"})
        baseline.keep(self)
        if self.counts:
            preflight.remember(self.session)
        return views.stack(
            views.table(rows, "The account"),
            views.table(account_tables.users(self.session), "Its users, and what they own"),
            views.table(account_tables.fields(self.session), "Its custom fields", limit=100),
            views.table(account_tables.deals(self.session), "Its deals by pipeline and stage"),
            views.table(account_tables.activities(self.session), "Its activities by type"),
            *self._warnings(),
        )

    def _warnings(self) -> list[views.View]:
        return [views.notice("warning", text) for text in preflight.warnings(self.session)]

    def contents(self) -> views.View:
        """What the source holds, in figures, and what is wrong in it: the rows, and what will happen to them."""
        self.audit = audit.audit_of(self, self._proposed, self.staged)
        self.findings = quality.findings(self._proposed, self.staged)
        rows = [item.row() for item in self.findings]
        columns = ("object", "field", "finding", "count", "file", "lines", "what happens")
        evidence.write_report(self.reports, "data_quality", rows, columns)
        listed = views.table(rows, "Data quality: what was found, and what will happen", 50, columns, _QUALITY)
        return views.stack(*audit_view.shown(self.audit), listed)

    @cached_property
    def _proposed(self) -> SourceView:
        """The source through the map that is proposed for it."""
        return estimating.view_of(self)

    def estimate(self) -> views.View:
        """Requests, tokens and days per activity policy, and how complex the move is."""
        basis = estimating.basis_of(self, self._proposed)
        self.made = basis.estimate()
        spending.keep(self, basis)
        rows = [
            {"activities": name, "records": p.activities, "requests": p.requests, "tokens": p.tokens, "days": p.days,
             "hours at full speed": p.hours}
            for name, p in self.made.policies.items()
        ]  # fmt: skip
        graded = views.notice(
            "info", f"Complexity {self.made.grade.letter}: {'; '.join(side.reason for side in self.made.grade.sides)}"
        )
        return views.stack(views.table(rows, "What the move costs, per choice of activities"), graded)

    def scope(self) -> views.View:
        """Writes the scope document and the cutover plan for the customer."""
        text = scope.build(estimating.scope_facts(self, self.made, self._proposed, self.audit, self.findings))
        documents.write(self, "scope", text, "Scope of the migration")
        documents.write_cutover_plan(self, self.made)
        return views.notice("ok", "Written: scope.html and cutover_plan.html in deliverables/, and both as .md")

    def gate(self) -> views.GateView:
        """States the preflight gate."""
        counts = {object_: n for object_, n in sorted(self.staged.source_rows.items()) if n}
        warnings = preflight.warnings(self.session)
        subject = {
            "inputs": self.staged.digest, "company": self.session.facts.company_id, "counts": counts,
            "suppressions": self.suppression_source(), "warnings": warnings,
        }  # fmt: skip
        self.gates.state("preflight", subject, {"counts": counts, "warnings": warnings})
        rows = [{"object": o, "rows": n} for o, n in counts.items()]
        question = (
            "Automations and webhooks in Pipedrive fire on what nrpd writes, and cannot be listed: are they paused?"
        )
        shown = views.stack(views.table(rows, "Rows of the source"), *self._warnings())
        return self.gate_view("preflight", question, shown)

    def suppression_source(self) -> str:
        """Where opt-outs come from. Raises GateWaiting where there is no source of them and nobody said so."""
        return estimating.suppression_source(self)


def mask(field: SourceField, text: str) -> str:
    """A sample value, shortened where it is, or could be, personal."""
    said = f"{field.column} {field.header}".casefold()
    thing = field.object in _IMPERSONAL or (
        field.known and field.column.endswith(("_id", "company_name", "campaign_name"))
    )
    personal = not thing and (field.type in ("email", "phone") or bool(_PERSONAL.search(said)))
    personal = personal or has_at(text)
    if personal or (field.type == "text" and len(text) > _FREE):
        return text[:2] + "…" if len(text) > 2 else "…"
    return text[:_FREE]


def _is_contact(field: SourceField) -> bool:
    return field.object == "contacts"


PHASE = Discovery
open = opener(Discovery)
