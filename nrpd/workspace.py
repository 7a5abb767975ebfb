"""The folder of one customer: where things lie, the decisions, the locks.

Layout as in design.md ("The folder of a customer"). Folders are made with mode 0700. Locks are operating-system
locks (released when the process that holds them ends, however it ends); a small file beside each says who holds it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock, Timeout

from nrpd.errors import BadInput, Locked, NrpdError
from nrpd.parameters import Parameters

RUNNER_VARIABLE = "NRPD_RUNNER_PID"
"""Set by the runner for its kernels: the process without which they must not write."""


def now() -> datetime:
    """The present, UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime | None = None) -> str:
    """RFC 3339 text of a UTC time, whole seconds."""
    return (moment or now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_atomically(path: Path, content: str | bytes) -> None:
    """Writes a file so that a crash leaves either the old or the new content."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)


class Workspace:
    """Paths of one customer under `runs_root`."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.folder = parameters.runs_root / parameters.customer
        self.journal_path = self.folder / "journal.sqlite"
        self.sandbox_path = self.folder / "sandbox.sqlite"
        self.decisions = self.folder / "decisions"
        self.staged = self.folder / "staged"
        self.progress_path = self.folder / ".progress.json"

    def create(self) -> None:
        """Makes the customer's folders. Raises BadInput where that is not possible."""
        try:
            self.parameters.runs_root.mkdir(parents=True, exist_ok=True)
            for folder in (self.folder, self.decisions, self.staged):
                folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise BadInput(f"runs_root: {self.folder} cannot be made: {error.strerror}") from None

    # Runs

    def new_run(self) -> Path:
        """A new, empty run folder named by the UTC time."""
        self.create()
        base = now().strftime("%Y%m%dT%H%M%SZ")
        for suffix in ("", *(f"-{n}" for n in range(2, 1000))):
            folder = self.folder / f"{base}{suffix}"
            try:
                folder.mkdir(mode=0o700)
            except FileExistsError:
                continue
            return folder
        raise NrpdError(f"{self.folder}: no free name for a run; try again in a second")

    def runs(self) -> list[Path]:
        """The run folders, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if path.is_dir() and is_run_name(path.name))

    # Decisions

    def decision_path(self, gate: str) -> Path:
        """Where a gate's confirmation lies. The map is a list of its own, so its confirmation lies beside it."""
        return self.decisions / ("mapping.confirmation.yaml" if gate == "mapping" else f"{gate}.yaml")

    def decision(self, gate: str) -> dict[str, Any] | None:
        """A gate's confirmation, or None. Raises BadInput where the file cannot be read."""
        return read_yaml_mapping(self.decision_path(gate))

    def write_decision(self, gate: str, content: Mapping[str, Any]) -> Path:
        """Writes a gate's confirmation."""
        path = self.decision_path(gate)
        write_atomically(path, yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=110))
        return path

    # Locks

    @contextmanager
    def customer_lock(self) -> Iterator[None]:
        """One runner at a time for this customer. Raises Locked."""
        self.create()
        with _held(self.folder / ".run", f"customer {self.parameters.customer}", patience=0.0):
            yield

    def account_lock(self, company_id: int) -> AccountLock:
        """The lock of the account that is written to."""
        return AccountLock(self.account_folder(company_id))

    def account_folder(self, company_id: int) -> Path:
        """Where the token ledger and the lock of an account lie."""
        folder = self.parameters.runs_root / ".accounts" / str(company_id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


class AccountLock:
    """Held by the process that writes into an account, for as long as it lives or until `release`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / "lock", timeout=0, thread_local=False)
        self._since = now()

    def acquire(self) -> datetime:
        """Takes the lock, and says since when it is held: whoever wrote before had ended by then. Waits a few seconds
        for a kernel whose runner is gone to stop. Raises Locked."""
        if not self._lock.is_locked:
            _acquire(self._lock, self._folder / "lock.json", "this Pipedrive account", patience=10.0)
            self._since = now()
        return self._since

    def release(self) -> None:
        """Gives the lock back."""
        self._lock.release()


@contextmanager
def _held(base: Path, what: str, patience: float) -> Iterator[None]:
    lock = FileLock(base.with_suffix(".lock"), timeout=0, thread_local=False)
    _acquire(lock, base.with_suffix(".json"), what, patience)
    try:
        yield
    finally:
        lock.release()


def _acquire(lock: FileLock, card: Path, what: str, patience: float) -> None:
    """Takes a lock. Only a holder that has lost its runner is worth waiting for: it stops by itself."""
    deadline = time.monotonic() + patience
    while True:
        try:
            lock.acquire()
            break
        except Timeout:
            holder = _holder(card)
            if not _orphaned(holder) or time.monotonic() > deadline:
                by = f" by process {holder['pid']} since {holder['since']}" if holder else ""
                raise Locked(f"{what} is being written to{by}; wait until it has finished, then run again") from None
        time.sleep(0.2)
    card.write_text(json.dumps({"pid": os.getpid(), "runner": runner_pid(), "since": stamp()}))


def _holder(card: Path) -> dict[str, Any]:
    try:
        found = json.loads(card.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and {"pid", "since"} <= found.keys() else {}


def _orphaned(holder: dict[str, Any]) -> bool:
    runner = holder.get("runner")
    return bool(holder) and (not _alive(holder["pid"]) or (runner is not None and not _alive(runner)))


def _alive(pid: Any) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError, TypeError):
        return True
    return True


def runner_pid() -> int | None:
    """The runner that started this process as its kernel, or None by hand."""
    text = os.environ.get(RUNNER_VARIABLE, "")
    return int(text) if text.isdigit() else None


def runner_is_gone() -> bool:
    """Whether this process is a kernel whose runner has ended. Such a kernel must not write any more."""
    runner = runner_pid()
    return runner is not None and runner not in (os.getpid(), os.getppid())


def is_run_name(name: str) -> bool:
    """Whether a folder name is a run id (UTC time based)."""
    head = name.split("-")[0]
    return len(head) == 16 and head[8] == "T" and head.endswith("Z") and (head[:8] + head[9:15]).isdigit()


def read_yaml_mapping(path: Path) -> dict[str, Any] | None:
    """A YAML file of keys and values, or None where there is no file. Raises BadInput."""
    if not path.is_file():
        return None
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict):
        raise BadInput(f"{path}: expected keys and values; found {type(found).__name__}")
    return found
