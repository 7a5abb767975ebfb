"""01_discovery: what the customer has, what the account holds, what the move will cost. Writes nothing."""

from __future__ import annotations

from typing import Any

from nrpd import evidence, views
from nrpd.handover import render, scope
from nrpd.handover.estimate import Estimate
from nrpd.journal import RowOutcome
from nrpd.netresults.records import ROW_FILE, ROW_LINE
from nrpd.netresults.staged import Staged
from nrpd.phases import baseline, estimating, preflight, settings, spending
from nrpd.phases.opening import opener
from nrpd.phases.source import profile_fields, save_fields, settled, stage_base
from nrpd.phases.step import Step
from nrpd.pipedrive.records import ENTITIES
from nrpd.workspace import write_atomically


class Discovery(Step):
    """Audits source and account."""

    name = "01_discovery"
    settings_anew = settings.PARTS

    staged: Staged
    made: Estimate

    def run_all(self) -> Any:
        self.stage()
        self.source_table()
        self.account_table()
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
            {"object": f.object, "field": f.header, "filled": f"{f.fill:.0%}", "type": f.type, "fits": f"{f.fits:.0%}",
             "distinct": f.distinct, "longest": f.max_length,
             "samples": " · ".join(mask(f.column, s) for s in f.samples[:3])}
            for f in self.fields
        ]  # fmt: skip
        flags = [{"file": f.file, "line": f.line, "what": f.kind, "detail": f.detail} for f in self.staged.flags]
        evidence.write_report(self.reports, "source_fields", rows)
        shown = [views.table(rows, "Fields of the source", limit=60, more="reports/source_fields.csv")]
        if flags:
            evidence.write_report(self.reports, "data_quality", flags)
            shown.append(views.table(flags, "Worth a look", limit=20, more="reports/data_quality.csv"))
        return views.stack(*shown)

    def account_table(self) -> views.View:
        """What the account holds now."""
        rows = preflight.rows(self.session)
        for entity in ENTITIES:
            rows.append({"what": f"{entity.capitalize()} records", "found": f"{len(self.session.records(entity)):,}"})
        baseline.keep(self)
        if self.counts:
            preflight.remember(self.session)
        return views.stack(views.table(rows, "The account"), *self._warnings())

    def _warnings(self) -> list[views.View]:
        return [views.notice("warning", text) for text in preflight.warnings(self.session)]

    def estimate(self) -> views.View:
        """Requests, tokens and days per activity policy, and how complex the move is."""
        basis = estimating.basis_of(self)
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
        """Writes the scope document for the customer."""
        text = scope.build(estimating.scope_facts(self, self.made))
        write_atomically(self.deliverables / "scope.md", text)
        write_atomically(
            self.deliverables / "scope.html", render.html(text, f"Scope of the migration: {self.parameters.customer}")
        )
        return views.notice("ok", "Written: deliverables/scope.md and scope.html")

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


def mask(column: str, text: str) -> str:
    """A sample value, shortened where it is personal."""
    if any(
        word in column.casefold() for word in ("email", "name", "phone", "mobile", "fax", "address", "owner", "text")
    ):
        return text[:2] + "…" if len(text) > 2 else "…"
    return text[:40]


PHASE = Discovery
open = opener(Discovery)
