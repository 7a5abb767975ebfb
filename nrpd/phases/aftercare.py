"""After the load: compare again (`nrpd reconcile`), late opt-outs (`nrpd suppress`), the end of it (`nrpd purge`)."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from nrpd import evidence
from nrpd.errors import BadInput, Differs
from nrpd.netresults.late import keep_late
from nrpd.netresults.staged import Staged
from nrpd.phases import decisions, documents, figures, preflight
from nrpd.phases.cutover import Cutover
from nrpd.phases.loading import Loads
from nrpd.phases.session import Session
from nrpd.phases.source import erased_hashes, late_folder, stage_delta
from nrpd.phases.suppression import suppression_rows
from nrpd.phases.suppression_pass import SuppressionPass
from nrpd.reconcile import Reconciliation
from nrpd.workspace import now, stamp

MISSING = "missing in the account"


class Again(Cutover):
    """Compares source and account as they are now; writes nothing."""

    name = "reconcile"

    @cached_property
    def delta(self) -> tuple[Staged, bool] | None:
        """The later export, once it was written; until then the account holds the base."""
        if self.journal.completed("11_cutover") is None:
            return None
        return stage_delta(self.parameters, self.workspace)

    def run_all(self) -> dict[str, dict[str, Any]]:
        """Compares everything that was loaded. Returns figures per object."""
        loads = Loads(self)
        if self.journal.completed("07_organizations") is not None:
            firms = loads.wanted_organizations(None)
            self.compare("companies", firms, "organization")
            loads.compare_folded("companies", "organization", firms)
            loads.compare_relationships()
            loads.compare_deals()
        if self.journal.completed("08_persons") is not None:
            self.refresh("person")
            people = loads.wanted_persons(None)
            self.compare("contacts", people, "person")
            loads.compare_folded("contacts", "person", people)
        if self.journal.completed("09_activities") is not None:
            loads.compare_activities()
            loads.compare_attached()
        if self.journal.completed("10_suppression_pass") is not None:
            self.refresh("person")
            self.compare("suppressions", self.suppressed_persons(), "person")
            self.note_by_hand(decisions.suppression(self))
        if not self.reconciliations:
            raise BadInput("reconcile: nothing has been loaded yet; run nrpd run first")
        return _lines(self.reconciliations)


def _lines(results: Iterable[Reconciliation]) -> dict[str, dict[str, Any]]:
    """Object → figures. An object can be compared in several parts, such as records and their notes."""
    found: dict[str, dict[str, Any]] = {}
    for result in results:
        line = found.setdefault(result.object, figures.blank())
        missing = len(result.missing)
        line["source"] += result.records + missing
        line["unchanged"] += result.records
        line["fields_compared"] += result.compared
        line["fields_different"] += result.different + missing
        if missing:
            line["quarantined"][MISSING] = line["quarantined"].get(MISSING, 0) + missing
    return found


def reconcile_again(session: Session, folder: Path) -> tuple[dict[str, Any], list[Reconciliation], str]:
    """Figures per object, the comparisons, and what the trend says. Notes the day's point of the hypercare trend, and
    writes the check list with it."""
    step = Again(session, folder, "hand", record=False)
    found = step.run_all()
    rows = preflight.with_counts(session.journal, (row for r in step.reconciliations for row in r.rows()))
    evidence.write_report(step.reports, "reconciliation", rows)
    point = {
        "day": now().date().isoformat(), "compared": sum(r.compared for r in step.reconciliations),
        "different": len({difference for r in step.reconciliations for difference in _differences(r)}),
        "absent": sum(len(r.missing) for r in step.reconciliations),
        "unflagged": sum(r.different for r in step.reconciliations if r.object == "suppressions"),
    }  # fmt: skip
    trend = [p for p in session.journal.noted("hypercare") or [] if p["day"] != point["day"]]
    session.journal.note("hypercare", [*trend, point])
    return found, step.reconciliations, documents.write_hypercare(step)


def _differences(result: Reconciliation) -> Iterator[tuple[str, str, str]]:
    """What differs: object, record, field. A flag is compared with its contact and with its suppression, but is one."""
    of_persons = result.object in ("contacts", "suppressions")
    for line in result.fields.values():
        for example in line.examples:
            yield "persons" if of_persons else result.object, str(example["record"]), str(example["field"])


class Late(SuppressionPass):
    """Flags the persons of late opt-outs."""

    name = "suppress"

    def run_all(self) -> dict[str, Any]:
        """Flags, verifies, and returns the figures of the suppressions."""
        if self.journal.completed("10_suppression_pass") is None:
            raise BadInput(
                "suppress: the suppression pass has not run yet; put the file into the export and run nrpd run"
            )
        self.flag()
        self.compare("suppressions", self._seen_now(), "person")
        self.note_by_hand(decisions.suppression(self))
        if any(not r.green for r in self.reconciliations):
            raise Differs(figures.red_message(self.name, self.reconciliations))
        self.journal.put_outcomes(self.name, suppression_rows(self, flagged="updated"))
        figures.write_quarantine(self.journal, self.reports)
        return figures.of_phase(self.journal, self.name, self._spent, self.reconciliations)


def add_late(session: Session, file: Path) -> str:
    """Keeps the rows of a file of late opt-outs with the source. Says what it held; BadInput where it is none."""
    if not file.is_file():
        raise BadInput(f"{file}: no such file")
    staged = keep_late(late_folder(session.workspace), file, erased_hashes(session.parameters.source))
    rows, torn = staged.source_rows.get("suppressions", 0), len(staged.quarantined)
    silent = sum(not q.email for q in staged.quarantined)
    if not torn:
        return f"{rows} late opt-outs read"
    said = f"; {silent} of these hold none: see quarantine.csv beside the ledger" if silent else ""
    return f"{rows} late opt-outs read ({torn} of the wrong length: every address in them is suppressed{said})"


def purge(session: Session, by: str, *, keep_evidence: bool) -> list[str]:
    """Removes staged data, before-images and sandbox copies; without `keep_evidence` the runs too. Says what went."""
    workspace, gone = session.workspace, []
    targets = [workspace.staged, workspace.sandbox_path, workspace.folder / "rehearsal"]
    targets += sorted(workspace.folder.glob(".staging-*"))
    targets += [workspace.sandbox_path.with_name(workspace.sandbox_path.name + end) for end in ("-wal", "-shm")]
    if not keep_evidence:
        targets += workspace.runs()
    session.journal.forget_values()
    gone.append("payloads and before-images in journal.sqlite")
    session.journal.note("purged", {"by": by, "at": stamp(), "keep_evidence": keep_evidence})
    for target in targets:
        if target.is_dir():
            shutil.rmtree(target)
        elif target.is_file():
            target.unlink()
        else:
            continue
        gone.append(target.name)
    return gone
