"""How fast and how much: Pipedrive's burst limit and its daily token budget (facts/pipedrive.md, section 2)."""

from __future__ import annotations

import threading
import time
from collections import deque
from pathlib import Path

from nrpd.pipedrive.ledger import LedgerState, TokenLedger, daily_budget
from nrpd.pipedrive.records import BURST_LIMITS

__all__ = ["BURST_SECONDS", "SEARCH_BURST", "BurstWindow", "LedgerState", "Limits", "TokenLedger", "daily_budget"]

BURST_SECONDS = 2.0
SEARCH_BURST = 10
"""Requests to search in any two seconds, on every plan."""

_CLOCK_GRAIN = 0.01  # seconds; the server's clock may tick coarser than ours


class BurstWindow:
    """At most `size` requests in any `seconds`, as the *server* sees them arrive.

    A place is taken before a request is sent and comes back `seconds` after its answer. A window counted from the
    moment of sending would let a request that was slow on its way share the server's window with later, faster ones
    (a limiter of that kind, set to 20 in 2 s with 16 threads, was seen to let 22 arrive in 2 s).
    """

    def __init__(self, size: int, seconds: float = BURST_SECONDS) -> None:
        self._seconds = seconds + _CLOCK_GRAIN
        self._places = deque([0.0] * size)  # when each is free, earliest first
        self._ready = threading.Condition()

    def take(self) -> None:
        """Wait for a place and take it."""
        with self._ready:
            while not self._places:
                self._ready.wait()
            free_at = self._places.popleft()
        try:
            while (delay := free_at - time.monotonic()) > 0:
                time.sleep(delay)
        except BaseException:  # interrupted while waiting: nothing was sent
            with self._ready:
                self._places.appendleft(free_at)
                self._ready.notify()
            raise

    def give_back(self) -> None:
        """The answer has come (or never will): the place is free again `seconds` from now."""
        with self._ready:
            self._places.append(time.monotonic() + self._seconds)
            self._ready.notify()


class Limits:
    """What a client asks before and tells after each request. Thread-safe.

    `burst` and `search_burst` are requests in any `window` seconds; None switches a window off. Without a ledger
    nothing is counted against a daily budget.
    """

    def __init__(
        self,
        ledger: TokenLedger | None = None,
        *,
        burst: int | None = None,
        search_burst: int | None = None,
        window: float = BURST_SECONDS,
    ) -> None:
        self.ledger = ledger
        self._burst = BurstWindow(burst, window) if burst else None
        self._search = BurstWindow(search_burst, window) if search_burst else None
        self._paused_until = 0.0

    @classmethod
    def for_plan(cls, folder: Path, *, plan: str, seats: int, share: float = 0.8, burst: bool = True) -> Limits:
        """The limits of a plan, its ledger in `folder` (one folder per Pipedrive account, shared by processes).

        `burst=False` leaves the burst windows out (a sandbox without them). Raises BadInput on an unknown plan.
        """
        ledger = TokenLedger(folder, plan=plan, seats=seats, share=share)
        if not burst:
            return cls(ledger)
        return cls(ledger, burst=BURST_LIMITS[plan], search_burst=SEARCH_BURST)

    def before(self, cost: int, *, search: bool = False) -> None:
        """Count the tokens, then wait for a place. Raises BudgetSpent, and then nothing must be sent."""
        if self.ledger:
            self.ledger.charge(cost)
        try:
            self._wait(search)
        except BaseException:
            if self.ledger:
                self.ledger.settle(cost, paid=False)
            raise

    def after(
        self,
        cost: int,
        *,
        search: bool = False,
        limit: int | None = None,
        remaining: int | None = None,
        paid: bool = True,
    ) -> None:
        """Call once after each `before`, whatever became of the request; arguments as in `TokenLedger.settle`."""
        for window in self._windows(search):
            window.give_back()
        if self.ledger:
            self.ledger.settle(cost, limit=limit, remaining=remaining, paid=paid)

    def pause(self, seconds: float) -> None:
        """The server asked for patience: no thread sends anything for `seconds`."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def close(self) -> None:
        if self.ledger:
            self.ledger.close()

    def _windows(self, search: bool) -> list[BurstWindow]:
        return [w for w in (self._search if search else None, self._burst) if w]

    def _wait(self, search: bool) -> None:
        taken: list[BurstWindow] = []
        try:
            for window in self._windows(search):
                window.take()
                taken.append(window)
            while (delay := self._paused_until - time.monotonic()) > 0:
                time.sleep(delay)
        except BaseException:
            for window in taken:
                window.give_back()
            raise
