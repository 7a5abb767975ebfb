"""Phases without notebooks: `nrpd run` in this process, with all else as it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nrpd import runbook
from nrpd.phases.catalogue import step_class
from nrpd.phases.session import Session
from nrpd.workspace import RUNNER_VARIABLE


def execute(session: Session, phase: str, folder: Path, *, read_only: bool, tell: Callable[[str, str], None]) -> None:
    """Calls what the notebook of a phase calls, as a kernel of this process would."""
    tell(phase, "")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(RUNNER_VARIABLE, str(os.getpid()))
        with Session(session.path, run=folder.name, read_only=read_only) as inner:
            step = step_class(phase)(inner, folder, "sealed" if read_only else "run")
            step.require_before()
            step.run_all()


@contextmanager
def phases_here() -> Iterator[None]:
    """Within this, every run of the runbook stays in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runbook, "execute", execute)
        yield


def run(path: Path, to: str | None = None) -> runbook.Outcome:
    """`nrpd run PARAMETERS [--to PHASE]`."""
    with phases_here():
        return runbook.run(path, runbook.Options(to=to), lambda *_: None)
