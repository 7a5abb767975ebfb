"""`nrpd lab`: JupyterLab on the working copies of a run, at the phase that is due."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nrpd import runbook
from nrpd.gates import GATE_AFTER, PHASES
from nrpd.phases.lab import lab_settings, working_copies
from nrpd.phases.opening import default_parameters
from nrpd.phases.session import Session


def open_lab(path: Path | None, *, port: int, browser: bool, tell: Callable[[str], None]) -> int:
    """Lays working copies and starts JupyterLab on them, until it ends."""
    with Session(path or default_parameters()) as session:
        folder = working_copies(session, runbook.NOTEBOOKS)
        due = due_phase(session)
    tell(f"Working copies: {folder}\nNext: {due}")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    command.append(f"--LabApp.default_url=/lab/tree/{due}.ipynb")
    command += [f"--ServerApp.port={port}"] if port else []
    command += [] if browser else ["--no-browser"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return _until_interrupted(subprocess.Popen(command, env={**os.environ, **lab_settings(os.environ)}))


def due_phase(session: Session) -> str:
    """The first phase that is not complete, or whose gate is open; the first of all where nothing is due."""
    waiting = {p for gate, p in GATE_AFTER.items() if session.gates.status(gate).status in ("waiting", "stale")}
    return next((p for p in PHASES if p in waiting or session.journal.completed(p) is None), PHASES[0])


def _until_interrupted(process: subprocess.Popen[bytes]) -> int:
    """Waits for a process; Ctrl-C or SIGTERM ends it in its own orderly way, with its kernels."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return 0
    finally:
        signal.signal(signal.SIGTERM, previous)
