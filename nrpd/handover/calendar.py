"""The calendar of a run that takes several days of the token budget, spent as the client spends it.

A request that no longer fits ends the day. The phase that was stopped begins anew on the next one, in another run: what
it wrote stays, what it had read is read again, and so is how the account is set up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby

from nrpd.handover.workload import Kind, Work, settings_of

MOST_DAYS = 3_660
"""Ten years: whoever needs longer needs another plan."""


@dataclass(frozen=True)
class Day:
    """One day of the budget. `date` is null where no start was given."""

    day: int
    date: date | None
    tokens: int
    requests: int
    phases: tuple[str, ...]


@dataclass(frozen=True)
class Calendar:
    """The days, and the phase that no day's budget can pay for; blank where all ends well."""

    days: tuple[Day, ...]
    stuck_in: str = ""


@dataclass
class _Today:
    tokens: int = 0
    requests: int = 0
    phases: list[str] = field(default_factory=list)


class _Spender:
    """Spends days one after the other."""

    def __init__(self, first: int, budget: int, most_requests: int, start: date | None) -> None:
        self._budget, self._most, self._start = budget, most_requests, start
        self._left = first
        self._today = _Today()
        self.days: list[Day] = []

    def close(self) -> None:
        number = len(self.days) + 1
        day = self._start + timedelta(days=number - 1) if self._start else None
        self.days.append(Day(number, day, self._today.tokens, self._today.requests, tuple(self._today.phases)))
        self._left, self._today = self._budget, _Today()

    def spend(self, work: Work) -> int:
        """How many of the requests fit into what is left of the day."""
        fits = min(work.requests, self._left // work.cost, self._most - self._today.requests)
        if fits:
            self._left -= fits * work.cost
            self._today.tokens += fits * work.cost
            self._today.requests += fits
            if work.phase not in self._today.phases:
                self._today.phases.append(work.phase)
        return fits


def calendar(
    work: Sequence[Work], budget: int, *, first: int | None = None, most_requests: int = 10**9,
    start: date | None = None,
) -> Calendar:  # fmt: skip
    """Spends the work in order, day by day. `budget`: tokens a day; `first`: what is left of it on the first day;
    `most_requests`: a day, by the burst limit."""
    spender = _Spender(budget if first is None else min(first, budget), budget, most_requests, start)
    for phase, items in groupby(work, key=lambda item: item.phase):
        if not _spend_phase(spender, list(items)):
            return Calendar(tuple(spender.days), phase)
    spender.close()
    return Calendar(tuple(spender.days))


def _spend_phase(spender: _Spender, todo: list[Work]) -> bool:
    """Whether the phase comes to its end. It does not where a whole day of its own gets it no further."""
    whole_day = False
    while True:
        read, left = _until_full(spender, todo)
        if left is None:
            return True
        spender.close()
        if (whole_day and _lasting(left) == _lasting(todo)) or len(spender.days) >= MOST_DAYS:
            return False
        todo, whole_day = [*settings_of(todo[0].phase), *read, *left], True


def _until_full(spender: _Spender, todo: Sequence[Work]) -> tuple[list[Work], list[Work] | None]:
    """Works until the day is full: what has to be read again, and what is left; None where all is done."""
    read: list[Work] = []
    for position, item in enumerate(todo):
        fits = spender.spend(item)
        if item.kind is Kind.READ:
            read.append(replace(item, requests=fits))
        if fits < item.requests:
            rest = () if item.kind is Kind.CHECK else (replace(item, requests=item.requests - fits),)
            return read, [i for i in (*rest, *todo[position + 1 :]) if i.kind is not Kind.SETTINGS]
    return read, None


def _lasting(work: Sequence[Work]) -> int:
    """Requests that will not be needed again once they are done."""
    return sum(item.requests for item in work if item.kind in (Kind.WRITTEN, Kind.CHECK))
