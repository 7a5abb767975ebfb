"""Reports that grow from phase to phase: each phase replaces its own part, and the whole is written anew.

The parts are kept in the journal, so that the newest run folder always holds the whole report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nrpd import evidence
from nrpd.gates import PHASES
from nrpd.journal import Journal

COLUMNS: Mapping[str, Sequence[str]] = {
    "reconciliation": (
        "phase", "object", "field", "equal", "different", "kept", "changed_since", "absent_in_source", "counts",
        "examples",
    ),
    "conflicts": ("phase", "object", "source_id", "record", "field", "source_value", "account_value", "why"),
}  # fmt: skip
"""Report → its columns. `conflicts` holds values of the account that stay, contacts of one person that disagreed, and
matches that a person should look at."""


def grow(
    journal: Journal, reports: Path, report: str, phase: str, part: str, rows: Sequence[Mapping[str, Any]],
    *, read_only: bool,
) -> None:  # fmt: skip
    """Replaces the part of a phase and writes the whole report. In a read-only repetition the kept parts stand."""
    if not read_only:
        journal.note(f"report/{report}/{phase}/{part}", [{"phase": phase, **row} for row in rows])
    write(journal, reports, report)


def write(journal: Journal, reports: Path, report: str) -> None:
    """Writes a growing report from its parts, in the order of the phases."""
    parts = journal.noted_under(f"report/{report}/")
    order = {phase: n for n, phase in enumerate(PHASES)}
    keys = sorted(parts, key=lambda key: (order.get(key.split("/")[2], len(order)), key))
    evidence.write_report(reports, report, [row for key in keys for row in parts[key]], COLUMNS[report])
