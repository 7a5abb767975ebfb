"""Rehearsal: the live account, copied by lists alone into a sandbox of its own, where everything is then run."""

from nrpd.phases.rehearsal.copying import Copying, cost_of_copy, require_budget
from nrpd.phases.rehearsal.made import Rehearsal, prepare
from nrpd.phases.rehearsal.report import write_report

__all__ = ["Copying", "Rehearsal", "cost_of_copy", "prepare", "require_budget", "write_report"]
