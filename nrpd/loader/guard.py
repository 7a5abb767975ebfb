"""What stands between a plan and its first write, however the phase was started."""

from __future__ import annotations

from datetime import datetime

from nrpd.errors import GateWaiting, Locked, NrpdError
from nrpd.gates import PHASES, Gates
from nrpd.journal import Journal
from nrpd.workspace import AccountLock, runner_is_gone


class ReadOnly(NrpdError):
    """A phase that is only being reconciled wanted to write: source and account are not in step."""

    exit_code = 4


class Guard:
    """Asked once before the first write of a phase (`open`) and again before each (`check`)."""

    def __init__(self, gates: Gates, journal: Journal, lock: AccountLock, *, read_only: bool = False) -> None:
        self._gates = gates
        self._journal = journal
        self._lock = lock
        self.read_only = read_only

    def open(self, phase: str) -> None:
        """Raises GateWaiting before its gates or its turn, Locked where another run writes, ReadOnly if it must not."""
        if self.read_only:
            raise ReadOnly(
                f"{phase}: this is a read-only repetition, but there is something to write; run nrpd run again"
            )
        self._gates.require(phase)
        for earlier in PHASES[: PHASES.index(phase)] if phase in PHASES else ():
            if self._journal.completed(earlier) is None:
                raise GateWaiting(f"{phase}: {earlier} is not complete; nothing was written. Run {earlier} first.")
        self.hold()

    def hold(self) -> datetime:
        """Takes the account's lock: from then on, which is returned, nobody else writes. Raises Locked."""
        self.check()
        return self._lock.acquire()

    def check(self) -> None:
        """Raises Locked in a kernel whose runner has ended."""
        if runner_is_gone():
            raise Locked("the run that started this kernel has ended; nothing more is written. Run nrpd run again.")
