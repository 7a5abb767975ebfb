"""What can stop nrpd, and the exit code that each stop has on the command line.

NrpdError                 1  unexpected failure
├── BadInput              2  parameters, files or decisions that cannot be used
├── GateWaiting           3  a person must decide first
├── Differs               4  reconciliation differs, or a rollback entry failed
├── BudgetSpent           5  the token budget is spent; `resume_at` says when it is back
└── Locked                6  another run holds the customer or the account

Every message is one or two plain lines: what is wrong, where, what to do. It never holds a token.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Self


class NrpdError(Exception):
    """Root of everything nrpd raises on purpose."""

    exit_code = 1


class BadInput(NrpdError):
    """Parameters, an input file or a decision file cannot be used."""

    exit_code = 2


class GateWaiting(NrpdError):
    """A gate is not confirmed, or was confirmed for something else."""

    exit_code = 3

    def __init__(self, message: str, gate: str = "") -> None:
        super().__init__(message)
        self.gate = gate


class Differs(NrpdError):
    """Source and destination disagree, or an entry of a rollback failed."""

    exit_code = 4


class BudgetSpent(NrpdError):
    """The day's tokens are used up. `resume_at` is an aware UTC time, or None where it is not known."""

    exit_code = 5

    def __init__(self, message: str, resume_at: datetime | None = None) -> None:
        super().__init__(message)
        # What a kernel raised arrives at the runner as its words alone.
        self.resume_at = resume_at or _time_in(message)

    @classmethod
    def until(cls, what: str, resume_at: datetime) -> Self:
        """With the line that says when to go on, to the minute."""
        resume_at = resume_at.astimezone(UTC)
        minute = resume_at.replace(second=0, microsecond=0)
        minute += timedelta(minutes=minute < resume_at)
        return cls(f"{what}\n{_AGAIN}{minute:{_MINUTE}}.", minute)


_AGAIN, _MINUTE = "Run the same command again after ", "%Y-%m-%d %H:%M UTC"


def _time_in(message: str) -> datetime | None:
    found = re.search(rf"{_AGAIN}([-0-9]+ [:0-9]+ UTC)", message)
    return datetime.strptime(found.group(1), _MINUTE).replace(tzinfo=UTC) if found else None


class Locked(NrpdError):
    """Another process is writing for this customer or into this account."""

    exit_code = 6
