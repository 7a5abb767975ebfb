"""What `nrpd run` and `nrpd rollback` do, in a process that can be ended at any write: no notebooks, no evidence,
no pictures and workbooks.

A kill is `os._exit` in the thread that sends: no clearing up, other requests in flight with it.
"""

from __future__ import annotations

import atexit
import itertools
import json
import os
import subprocess
import sys
import traceback
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import yaml

from nrpd import views
from nrpd.errors import NrpdError
from nrpd.evidence import reports
from nrpd.gates import PHASES
from nrpd.loader import recovery
from nrpd.phases.catalogue import step_class
from nrpd.phases.inputs import is_complete
from nrpd.phases.rollback import Rollback
from nrpd.phases.session import Session
from nrpd.pipedrive.client import Client
from nrpd.workspace import RUNNER_VARIABLE

KILLED = 99
LAST = "11_cutover"


@dataclass(frozen=True)
class Kill:
    """Ends the process at its n-th write: before the request leaves, or after the answer came and nobody noted it."""

    write: int
    answered: bool


class Workers:
    """A process that has imported everything and forks one worker per command. Single-threaded, so that it may."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.loader.worker"]
        root = str(Path(__file__).resolve().parents[2])
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)
        atexit.register(self._process.terminate)

    def ended(self, path: Path, environment: dict[str, str], what: str, kill: Kill | None) -> tuple[int, str]:
        """Runs a command to its end. `what`: run, rollback, or look (the phases before the first write). Returns
        (exit code, message)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"path": str(path), "environment": environment, "what": what, "kill": kill and vars(kill)}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code, message = json.loads(self._process.stdout.readline())
        return code, message


def serve() -> None:
    """The process of `Workers`: one command a line, one answer a line."""
    for line in sys.stdin:
        asked = json.loads(line)
        path = Path(asked["path"])
        said = path.with_suffix(".said")
        said.unlink(missing_ok=True)
        worker = os.fork()
        if worker == 0:
            _work(path, asked["environment"], asked["what"], Kill(**asked["kill"]) if asked["kill"] else None, said)
        _, status = os.waitpid(worker, 0)
        message = said.read_text(encoding="utf-8") if said.exists() else ""
        sys.stdout.write(json.dumps([os.waitstatus_to_exitcode(status), message]) + "\n")
        sys.stdout.flush()


def _work(path: Path, environment: dict[str, str], what: str, kill: Kill | None, said: Path) -> NoReturn:
    os.environ.update(environment | {RUNNER_VARIABLE: str(os.getpid())})
    os.dup2(2, 1)  # what a phase prints is no answer
    # The sandbox carries out at once what it has received, and a test need not wait as a customer must.
    recovery.LATE = recovery.ABANDONED = timedelta()
    if kill is not None:
        Session.client_type = _killing(kill)
    code = 0
    try:
        {"run": run, "look": look, "rollback": roll_back}[what](path)
    except NrpdError as error:
        code = error.exit_code
        said.write_text(str(error), encoding="utf-8")
    except BaseException:
        code = 70
        said.write_text(traceback.format_exc(), encoding="utf-8")
    os._exit(code)


def look(path: Path) -> None:
    """The phases that write nothing to the account."""
    run(path, "03_owners")


def run(path: Path, to: str = LAST) -> None:
    """The phases that are due; the last one always, as with --restart-phase, so that each run looks at everything."""
    with Session(path) as session, session.workspace.customer_lock():
        folder = session.workspace.new_run()
        session.journal.run = folder.name
        session.journal.phase_event(LAST, "reopened", "run")
        for phase in PHASES[: PHASES.index(to) + 1]:
            if not is_complete(session, phase):
                step = step_class(phase)(session, folder, "run")
                step.require_before()
                step.run_all()


def roll_back(path: Path) -> None:
    """`nrpd rollback --by Ada`."""
    with Session(path) as session, session.workspace.customer_lock():
        folder = session.workspace.new_run()
        session.journal.run = folder.name
        step = Rollback(session, folder, "run")
        step.plan()
        step.state_gate()
        session.gates.confirm("rollback", "Ada")
        step.undo()
        step.prove()
        step.finish()


def _killing(kill: Kill) -> type[Client]:
    numbers = itertools.count(1)

    class Killing(Client):
        """Ends the process at one of its writes."""

        def request(self, method: str, path: str, **arguments: Any) -> Any:
            mine = method.upper() != "GET" and next(numbers) == kill.write
            if mine and not kill.answered:
                os._exit(KILLED)
            answer = super().request(method, path, **arguments)
            if mine:
                os._exit(KILLED)
            return answer

    return Killing


def _plain_reports() -> None:
    """What people look at takes most of the time of so small a customer, and is no part of what is shown here."""
    views.outcomes_picture = lambda *_, **__: views.notice("ok", "")
    reports._write_xlsx = lambda *_: None
    yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


if __name__ == "__main__":
    for module in PHASES:
        step_class(module)
    _plain_reports()
    serve()
