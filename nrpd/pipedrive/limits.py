"""How fast and how much: Pipedrive's burst limit and its daily token budget (facts/pipedrive.md, section 2)."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

from nrpd.pipedrive.burst import BURST_SECONDS, BurstWindow
from nrpd.pipedrive.ledger import LedgerState, TokenLedger, daily_budget
from nrpd.pipedrive.records import BURST_LIMITS

__all__ = ["SEARCH_BURST", "LedgerState", "Limits", "TokenLedger", "daily_budget"]

SEARCH_BURST = 10
"""Requests to search in any two seconds, on every plan."""


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
        self._untold = 0  # tokens spent before there was a ledger
        self._newest: dict[str, Any] = {}

    @classmethod
    def for_plan(
        cls, folder: Path | None, *, plan: str, seats: int, share: float = 0.8, burst: bool = True,
        purpose: tuple[str, str] = ("", ""),
    ) -> Limits:  # fmt: skip
        """The limits of a plan, its ledger in `folder` (one folder per Pipedrive account, shared by processes; None:
        it is not known yet which account this is).

        `burst=False` leaves the burst windows out (a sandbox without them). Raises BadInput on an unknown plan.
        """
        ledger = None
        if folder is not None:
            ledger = TokenLedger(folder, plan=plan, seats=seats, share=share)
            ledger.purpose = purpose
        if not burst:
            return cls(ledger)
        return cls(ledger, burst=BURST_LIMITS[plan], search_burst=SEARCH_BURST)

    @property
    def most_under_way(self) -> int | None:
        """As many requests can be under way at once, however slow the answers; None where nothing limits them."""
        return self._burst.size if self._burst else None

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
        round_trip: float | None = None,
        burst: int | None = None,
        turned_away: bool = False,
        server_time: datetime | None = None,
    ) -> None:
        """Call once after each `before`, whatever became of the request. `round_trip`: seconds from its sending to its
        answer, None without one; `burst`: the window's size where the answer names it; the rest as in
        `TokenLedger.settle`."""
        for window in self._windows(search):
            window.give_back(round_trip)
        if burst is not None and self._burst and not search:
            self._burst.narrow(burst)
        if self.ledger:
            self.ledger.settle(
                cost, limit=limit, remaining=remaining, paid=paid, turned_away=turned_away, server_time=server_time
            )
        elif paid:
            self._untold += cost
            self._newest = {"limit": limit, "remaining": remaining, "server_time": server_time}

    def count_in(self, known: Limits) -> None:
        """Takes over the ledger of limits that know the account, and counts there what was spent before."""
        self.ledger = known.ledger
        if self.ledger and self._untold:
            self.ledger.charge(self._untold)
            self.ledger.settle(self._untold, **self._newest)

    def pause(self, seconds: float) -> None:
        """The server asked for patience: no thread sends anything for `seconds`."""
        for window in (self._burst, self._search):
            if window:
                window.distrust()
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
