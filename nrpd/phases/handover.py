"""12_handover: the workflow rebuild guide, the template package and the check lists. Writes nothing to Pipedrive."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nrpd import evidence, views
from nrpd.handover import chromium, guide, templates
from nrpd.handover.merge_fields import merge_targets
from nrpd.handover.workflows import is_active
from nrpd.loader.source_view import row_outcome
from nrpd.netresults.staging import load_staged
from nrpd.phases import documents, estimating, spending
from nrpd.phases.opening import opener
from nrpd.phases.step import Step
from nrpd.workspace import write_atomically


class Handover(Step):
    """Writes what the customer keeps."""

    name = "12_handover"
    main_object = "workflows"

    def run_all(self) -> Any:
        self.guide()
        self.templates()
        self.checklists()
        return self.finish()

    def guide(self) -> views.View:
        """The workflow rebuild guide, as Markdown, HTML and DOCX."""
        rows = self.tables.of("workflows")
        destination = self.parameters.destination
        made = guide.build(rows, destination.plan, customer=self.parameters.customer, seats=destination.seats)
        documents.write(self, "workflow_rebuild_guide", made.markdown, "Workflow rebuild guide")
        write_atomically(self.deliverables / "workflow_rebuild_guide.docx", made.docx())
        self.journal.put_outcomes(
            self.name,
            [
                row_outcome("workflows", row, "created" if is_active(row.get("status", ""))[0] else "skipped",
                            "" if is_active(row.get("status", ""))[0] else "inactive: listed in the guide")
                for row in rows
            ] + self.view.standing_outcomes("workflows"),
        )  # fmt: skip
        summary = [{"what": what, "number": number} for what, number in made.summary.rows()]
        return views.table(summary, "The guide")

    def templates(self) -> views.View:
        """The template package."""
        staged = load_staged(self.workspace.staged / "base")
        bodies = {n: staged.read_bytes(n) for n in staged.attachments if n.lower().endswith((".html", ".htm"))}
        made = templates.package(
            self.tables.of("templates"), bodies, self._merge_fields(), customer=self.parameters.customer,
            camera=lambda pages: chromium.pictures(
                pages, tell=lambda done, total: self.progress(done, total, "pictures of templates")
            ),
        )  # fmt: skip
        write_atomically(self.deliverables / "email_templates.zip", made.zip)
        missing = {name.casefold() for name in made.missing}
        self.journal.put_outcomes(self.name, [_template_row(row, missing) for row in self._template_rows(bodies)])
        rows = [
            {"name": t.name, "subject": t.subject, "bodies": ", ".join(b.persona or "default" for b in t.bodies),
             "merge fields": len(t.merge_fields), "without a field": len(t.without_field),
             "addresses on the old platform": len(t.old_links), "risks": len(t.risks)}
            for t in made.templates
        ]  # fmt: skip
        return views.table(rows, "The template package; index.html in it says all", more="report.csv of the package")

    def _template_rows(self, bodies: Mapping[str, bytes]) -> list[Mapping[str, str]]:
        """The rows of the index; without an index, one per body."""
        rows = list(self.tables.of("templates"))
        return rows or [{"name": name, "file": name, "row_file": name, "row_line": "1"} for name in sorted(bodies)]

    def _merge_fields(self) -> dict[str, str | None]:
        return merge_targets(self.mapping)

    def checklists(self) -> views.View:
        """The cutover plan and the hypercare check list."""
        basis = spending.kept(self.session) or estimating.basis_of(self)
        documents.write_cutover_plan(self, basis.estimate())
        documents.write_hypercare(self)
        rows = [{"document": p.name, "kB": round(p.stat().st_size / 1024)} for p in sorted(self.deliverables.iterdir())]
        spent = spending.rows(spending.beside(self.session))
        evidence.write_report(self.reports, "estimate_and_actual", spent)
        return views.stack(
            views.table(rows, "Written for the customer"),
            views.table(spent, "Estimated and spent so far", limit=20) if spent else None,
        )


def _template_row(row: Mapping[str, str], missing: set[str]) -> Any:
    gone = Path(row.get("file", "")).name.casefold() in {Path(m).name for m in missing}
    return row_outcome(
        "templates", row, "quarantined" if gone else "created", "its HTML file is not in the export" if gone else ""
    )


PHASE = Handover
open = opener(Handover)
