"""The phases by name, and the demo's way of catching up."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from nrpd.gates import PHASES

if TYPE_CHECKING:
    from nrpd.phases.session import Session
    from nrpd.phases.step import Step


def step_class(phase: str) -> type[Step]:
    """The class of a phase, such as `08_persons` or `rollback`."""
    module = import_module(f"nrpd.phases.{phase.partition('_')[2] or phase}")
    found: type[Step] = module.PHASE
    return found


def catch_up(session: Session, run_folder: Path, phase: str) -> None:
    """Runs the phases before `phase` that are not complete (for rollback: all that write, where nothing was written).

    Only for notebooks that were opened without parameters: the demo is meant to be opened anywhere.
    """
    if phase in PHASES:
        wanted = PHASES[: PHASES.index(phase)]
    else:
        wanted = () if session.journal.written_count() else PHASES[:10]
    for earlier in wanted:
        if session.journal.completed(earlier) is None:
            step = step_class(earlier)(session, run_folder, "hand")
            step.catching_up = True
            step.run_all()
            session.forget()
