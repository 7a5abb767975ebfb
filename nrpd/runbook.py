"""Runs the runbook: which phases are due, each as a notebook under papermill, what stops it, and the evidence.

A phase is complete when its journal record and the final scrap of its executed notebook are both there, never because
a process ended without an error. A notebook that fails is kept, numbered, as evidence of the attempt.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from traitlets.config import Config

from nrpd import errors, evidence
from nrpd.errors import BudgetSpent, GateWaiting, Locked, NrpdError
from nrpd.gates import GATE_AFTER, PHASES, WRITES_ITSELF
from nrpd.imports import load_nbformat
from nrpd.journal import states_of
from nrpd.loader.dispatch import NOT_DONE
from nrpd.parameters import load
from nrpd.phases import figures, preflight
from nrpd.phases.inputs import is_complete
from nrpd.phases.sealing import seal_run
from nrpd.phases.session import Session
from nrpd.phases.source import forget_reading, require_login
from nrpd.workspace import RUNNER_VARIABLE, Workspace, stamp

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
KERNELS = Config({"KernelManager": {"transport": "ipc"}} if os.name == "posix" else {})
"""Kernels over sockets of the file system: no ports that parallel runs could clash on, nothing on the network."""


@dataclass
class Outcome:
    """How a run ended."""

    run: str = ""
    exit_code: int = 0
    message: str = ""
    executed: list[str] = field(default_factory=list)
    figures: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    index: Path | None = None
    head: str = ""
    gate: str = ""
    resume_at: str = ""
    counts: str = ""
    """Why counts of the account are possibly partial; blank where they are complete."""

    def as_dict(self) -> dict[str, Any]:
        """The document of `--json`."""
        return {
            "run": self.run, "exit_code": self.exit_code, "message": self.message, "executed": self.executed,
            "gate": self.gate, "resume_at": self.resume_at, "index": str(self.index or ""), "head": self.head,
            "counts": self.counts, "phases": self.figures,
        }  # fmt: skip


@dataclass(frozen=True)
class Options:
    """What `nrpd run` was asked for."""

    to: str | None = None
    only: str | None = None
    restart: bool = False
    accept_no_suppressions: str | None = None


def run(path: Path, options: Options, tell: Callable[[str, str], None]) -> Outcome:
    """Runs the phases that are due. `tell(phase, text)` is called as it goes on. Never raises what a run can end with:
    the outcome carries the exit code and the message. Raises BadInput for parameters that cannot be used, a login
    whose variables are not set among them, before anything is written."""
    parameters = load(path)
    require_login(parameters, Workspace(parameters))
    session = Session(path)
    outcome = Outcome()
    try:
        with session.workspace.customer_lock():
            _run_locked(session, options, tell, outcome)
    except NrpdError as error:
        _failed(outcome, error)
    finally:
        session.close()
    return outcome


def _failed(outcome: Outcome, error: NrpdError) -> None:
    outcome.exit_code, outcome.message = error.exit_code, str(error)
    outcome.gate = getattr(error, "gate", "")
    resume_at = getattr(error, "resume_at", None)
    outcome.resume_at = stamp(resume_at) if resume_at else ""


def _run_locked(session: Session, options: Options, tell: Callable[[str, str], None], outcome: Outcome) -> None:
    if options.accept_no_suppressions:
        session.journal.note("accept_no_suppressions", {"by": options.accept_no_suppressions, "at": stamp()})
    wanted = _wanted(options)
    if options.restart and options.only:
        session.journal.phase_event(options.only, "reopened", "run")
        forget_reading(session.workspace, options.only)
    due = [phase for phase in wanted if options.only or not is_complete(session, phase)]
    by_hand = [phase for phase in wanted if phase not in due and _unsealed(session, phase)]
    folder: Path | None = None
    _clear_sockets(session)
    try:
        for phase in (p for p in wanted if p in due or p in by_hand):
            # What follows a phase that was done again may be due again, and what it needs may be decided by now.
            _require_gates(session, phase)
            folder = folder or session.workspace.new_run()
            outcome.run = session.journal.run = folder.name
            execute(session, phase, folder, read_only=phase in by_hand, tell=tell)
            outcome.executed.append(phase)
        _require_gates(session, None if options.to or options.only else "end")
    except NrpdError as error:
        _failed(outcome, error)
    outcome.figures = all_figures(session, outcome.executed)
    outcome.counts = preflight.noted(session.journal)
    if folder is not None:
        outcome.head, outcome.index = seal_run(session, folder, outcome.executed, outcome.message or _result(session))
    else:
        newest = evidence.newest(session.workspace.folder)
        if newest is not None:
            outcome.run, outcome.head = newest.run, newest.head
            outcome.index = newest.folder / "html" / "index.html"


def _clear_sockets(session: Session) -> None:
    """Takes away the sockets that the kernel of a killed runner left: no copy of the folder could hold them."""
    for run_folder in session.workspace.runs():
        for path in run_folder.glob("kernel-ipc-*"):
            if path.is_socket():
                path.unlink(missing_ok=True)


def _result(session: Session) -> str:
    """`complete`, or how far the runbook is."""
    done = [phase for phase in PHASES if session.journal.completed(phase) is not None]
    return "complete" if len(done) == len(PHASES) else f"done so far: {done[-1] if done else 'nothing'}"


def _wanted(options: Options) -> list[str]:
    if options.only:
        return [options.only]
    return list(PHASES[: PHASES.index(options.to) + 1] if options.to else PHASES)


def _unsealed(session: Session, phase: str) -> bool:
    """Whether a phase was completed by hand, and no runner repeated it read-only since."""
    done = session.journal.completed(phase)
    return done is not None and done.mode == "hand"


def _require_gates(session: Session, phase: str | None) -> None:
    """The gates that must be decided before a phase begins; before the end, all of them."""
    if phase is None:
        return
    if phase == "end":
        gates = [g for g in GATE_AFTER if g != "rollback"]
    else:
        gates = [g for g in session.gates.before(phase) if g not in WRITES_ITSELF or GATE_AFTER[g] != phase]
    for gate in gates:
        session.gates.require_gate(gate)


def execute(session: Session, phase: str, folder: Path, *, read_only: bool, tell: Callable[[str, str], None]) -> None:
    """One notebook under papermill; its HTML copy; and the checks that it really finished."""
    load_nbformat()
    import papermill
    from papermill.exceptions import PapermillExecutionError

    from nrpd.kernels import Kernels, interruptible

    output = folder / f"{phase}.ipynb"
    values = {"parameters": str(session.path.resolve()), "run_folder": str(folder), "read_only": read_only}
    tell(phase, "")
    failure: Exception | None = None
    # The kernel opens its own; SQLite and the lock must not be shared across the fork.
    with _runner(), _progress(session, phase, tell), interruptible():
        try:
            papermill.execute_notebook(
                NOTEBOOKS / f"{phase}.ipynb", output, parameters=values, progress_bar=False, log_output=False,
                cwd=str(folder), kernel_name="python3", shutdown_kernel="immediate", config=KERNELS,
                kernel_manager_class=Kernels,
            )  # fmt: skip
        except PapermillExecutionError as error:
            failure = _failure(error, session, phase)
        except Exception as error:
            failure = NrpdError(f"{phase}: the notebook did not run to its end: {_short(error)}")
    if failure is None:
        failure = _unfinished(session, phase, output)
    _keep(session, phase, folder, output, failed=failure is not None)
    if failure is not None:
        if not isinstance(failure, GateWaiting):
            state = "paused" if isinstance(failure, BudgetSpent) else "failed"
            session.journal.phase_event(phase, state, "run", error=str(failure))
        raise failure


def _unfinished(session: Session, phase: str, output: Path) -> NrpdError | None:
    scraps = evidence.read_scraps(output)
    done = session.journal.completed(phase)
    if scraps.get("phase_complete", {}).get("phase") != phase or done is None or done.run != session.journal.run:
        return NrpdError(
            f"{phase}: the notebook ended without its record of completion; look at {output.name} and run again"
        )
    return None


_PARENTS: Mapping[str, type[NrpdError]] = {
    "ReadOnly": errors.Differs, "BadToken": errors.BadInput, "ApiRefused": errors.BadInput,
    "LoginRefused": errors.BadInput, "SourceUnreachable": NrpdError,
}  # fmt: skip


def _failure(error: Any, session: Session, phase: str) -> Exception:
    """What the kernel raised, as the same kind of error here: the exit code depends on it."""
    name = str(error.ename)
    kinds = {k: v for k, v in vars(errors).items() if isinstance(v, type) and issubclass(v, NrpdError)}
    message = str(error.evalue)
    if name == "GateWaiting":
        return GateWaiting(message, _gate_of(message))
    if name == "KeyboardInterrupt":
        made = states_of(session.journal, session.journal.run, phase, NOT_DONE)
        return NrpdError(
            f"{phase}: stopped by Ctrl-C. Of the writes of this run {made['done']:,} were confirmed, "
            f"{made['refused']:,} refused, {made['planned'] + made['not sent']:,} not sent any more, and "
            f"{made['sent'] + made['unknown']:,} have no answer. Run again to go on"
        )
    if name in kinds:
        return kinds[name](message)
    parent = _PARENTS.get(name)
    return parent(message) if parent else NrpdError(f"{name}: {message}"[:600])


def _gate_of(message: str) -> str:
    words = message.replace(":", " ").split()
    return next((gate for gate in GATE_AFTER if gate in words), "")


def _keep(session: Session, phase: str, folder: Path, output: Path, *, failed: bool) -> None:
    """A failed attempt is kept under a number; every copy gets its HTML."""
    if not output.is_file():
        return
    kept = output
    if failed:
        number = next(n for n in range(1, 1000) if not (folder / f"{phase}.failed-{n}.ipynb").exists())
        kept = folder / f"{phase}.failed-{number}.ipynb"
        shutil.move(output, kept)
    evidence.to_html(kept, folder / "html" / f"{kept.stem}.html")


@contextmanager
def _runner() -> Iterator[None]:
    """Names this process to its kernels; they stop before their next write when it is gone."""
    before = os.environ.get(RUNNER_VARIABLE)
    os.environ[RUNNER_VARIABLE] = str(os.getpid())
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(RUNNER_VARIABLE, None)
        else:
            os.environ[RUNNER_VARIABLE] = before


@contextmanager
def _progress(session: Session, phase: str, tell: Callable[[str, str], None]) -> Iterator[None]:
    """Passes on what the kernel writes about its progress."""
    path, stop = session.workspace.progress_path, threading.Event()

    def watch() -> None:
        while not stop.wait(0.4):
            try:
                found = json.loads(path.read_text())
            except (OSError, ValueError):
                continue
            if found.get("phase") == phase:
                tell(phase, str(found.get("text", "")))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        path.unlink(missing_ok=True)


def _short(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1][:300] if lines else type(error).__name__


def all_figures(session: Session, executed: list[str] | None = None) -> dict[str, dict[str, dict[str, Any]]]:
    """Phase → object → figures, from the journal. With `executed`, phases that this run did not repeat count all they
    wrote earlier as unchanged."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for phase in PHASES:
        done = session.journal.completed(phase)
        if done is None:
            continue
        made: Mapping[str, Mapping[str, Any]] = json.loads(done.figures).get("objects", {})
        repeated = executed is None or phase in executed
        found[phase] = {o: dict(line) for o, line in (made if repeated else figures.as_unchanged(made)).items()}
    return found


__all__ = ["Locked", "Options", "Outcome", "all_figures", "run"]
