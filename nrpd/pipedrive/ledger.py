"""The day's tokens of one Pipedrive account, counted in a file that all processes share.

The budget belongs to the company, is shared by all its integrations, and comes back at midnight of the server's time
zone, which nobody names (facts/pipedrive.md, section 2). So the ledger counts what nrpd spends, one row per UTC day,
takes the next 00:00 UTC as its estimate, and believes the server's own headers wherever they come: its figures
(`x-daily-ratelimit-token-limit`, `-remaining`; undocumented, and they may be missing) and its clock (`Date`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nrpd.errors import BadInput, BudgetSpent
from nrpd.pipedrive.ledgerbook import OPEN, SERVER, SHARE, UNSURE, Book, Row, Seen, answered_bare, believed, opened
from nrpd.pipedrive.records import TOKEN_MULTIPLIERS
from nrpd.pipedrive.usage import Figures

BASE_TOKENS = 30_000
"""Tokens a day per seat, before the plan's multiplier (facts/pipedrive.md, section 2)."""

_GO, _ASK, _WAIT = "go", "ask", "wait"
_ASK_EVERY = timedelta(minutes=10)
_SAME_CLOCK = 120.0  # seconds by which two clocks may differ before the server's counts


def daily_budget(plan: str, seats: int) -> int:
    """Tokens a day of a whole company. Raises BadInput for an unknown plan or fewer than one seat."""
    if plan.casefold() not in TOKEN_MULTIPLIERS:
        raise BadInput(f"destination.plan: {plan!r} is no plan; expected one of {', '.join(TOKEN_MULTIPLIERS)}")
    if seats < 1:
        raise BadInput(f"destination.seats: {seats} is too few; expected 1 or more")
    return BASE_TOKENS * TOKEN_MULTIPLIERS[plan.casefold()] * seats


def next_midnight(moment: datetime) -> datetime:
    """The 00:00 UTC after an aware time."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


@dataclass(frozen=True)
class LedgerState:
    """The ledger at one moment. Tokens; `cap` is what nrpd may spend in all, `left` what it may still spend."""

    day: str
    spent: int
    cap: int
    left: int
    limit: int
    told: bool
    """The account itself named the limit, in a header."""
    remaining: int | None
    stopped: bool


def _utc_now() -> datetime:
    return datetime.now(UTC)


class TokenLedger:
    """Counts tokens before they are spent; thread-safe, and shared by processes through `<folder>/tokens.sqlite`.

    `share` is the part of the company's budget that nrpd may use. Once the budget is spent, nothing more is let
    through, in any process, until an answer of the server shows that it is back; a process that finds it spent asks
    that once (and again after ten minutes, should it live on), with whatever request comes first.
    """

    def __init__(
        self, folder: Path, *, plan: str, seats: int, share: float = 0.8, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        if not 0 < share <= 1:
            raise BadInput(f"destination.daily_token_share: {share} is out of range; expected more than 0, at most 1")
        self.purpose = ("", "")
        """Customer and phase that tokens are spent for."""
        self._planned = daily_budget(plan, seats)
        self._share = share
        self._clock = clock
        self._lock = threading.Condition()
        self._under_way = 0
        self._asker: int | None = None
        """The thread whose request asks whether the budget is back."""
        self._informed = False
        """This process knows how the budget stands today: the server has answered it, or it found the budget spent."""
        self._ask_again: datetime | None = None
        """When a process that found the budget spent, and lives on, may ask once more."""
        self._bare = 0
        self._day = ""
        self._book = Book(folder)
        self._ahead = self._book.ahead()

    @property
    def cap(self) -> int:
        """Tokens that nrpd may spend of one day's budget."""
        with self._lock, self._book.transaction():
            return self._cap(self._today())

    def charge(self, cost: int) -> None:
        """Count `cost` tokens for a request about to be sent. Raises BudgetSpent where that would exceed the budget.

        A request that asks whether the budget is back is let through; other threads wait for its answer.
        """
        with self._lock:
            while True:
                with self._book.transaction():
                    row = self._today()
                    verdict = self._verdict(row, cost)
                    if verdict in (_GO, _ASK):
                        self._book.put(row.plus(cost))
                        self._book.add(*self.purpose, cost, 1)
                    elif verdict in (SHARE, SERVER):
                        row = replace(row, state=verdict)
                        self._book.put(row)
                if verdict in (SHARE, SERVER):
                    raise self._stop(row)
                if verdict != _WAIT:
                    break
                self._lock.wait(timeout=60.0)
            self._under_way += cost
            if verdict == _ASK:
                self._asker = threading.get_ident()

    def settle(
        self, cost: int, *, limit: int | None = None, remaining: int | None = None, paid: bool = True,
        turned_away: bool = False, server_time: datetime | None = None,
    ) -> None:  # fmt: skip
        """Note the answer to a request that was charged, with the server's figures and time where its headers had them.

        `paid=False` gives the tokens back: the request was never sent, or was turned away with 429 (`turned_away`).
        """
        with self._lock:
            self._under_way = max(0, self._under_way - cost)
            asked = self._asker == threading.get_ident()
            with self._book.transaction():
                self._see_clock(server_time)
                row = self._today()
                if not paid:
                    row = row.plus(-cost)
                    self._book.add(*self.purpose, -cost, 0 if turned_away else -1)
                took = cost if paid else 0
                seen = Seen(took, self._under_way, self._planned, self._share, limit, remaining)
                if remaining is not None:
                    self._bare = 0
                    row = believed(row, seen)
                elif paid:
                    self._bare += 1
                    row = answered_bare(row, seen, self._bare) if asked or row.state == UNSURE else row
                self._book.put(row)
            # On a new day the next answers may have the figures that this one lacks.
            informed = (paid or turned_away) and not (row.state == UNSURE and self._bare)
            self._informed = self._informed or informed
            if asked:
                self._asker = None
                if informed and row.state != OPEN:
                    self._ask_again = self._clock() + _ASK_EVERY
                self._lock.notify_all()

    def server_refused(self, retry_after: float | None = None) -> BudgetSpent:
        """The server says that the day's tokens are gone: remember it, and return what to raise."""
        with self._lock:
            with self._book.transaction():
                row = replace(self._today(), state=SERVER)
                self._book.put(row)
            far = retry_after is not None and retry_after > 60
            return self._stop(row, self._now() + timedelta(seconds=retry_after or 0) if far else None)

    def state(self) -> LedgerState:
        """The present day's figures, over all processes."""
        with self._lock, self._book.transaction():
            row = self._today()
        left = self._cap(row) - row.counted
        if row.remaining is not None:
            left = min(left, row.remaining - self._under_way)
        whole = row.limit or self._planned
        told = row.limit is not None
        return LedgerState(row.day, row.spent, self._cap(row), max(0, left), whole, told, row.remaining, row.stopped)

    def resume_at(self) -> datetime:
        """When the budget is expected back: the next 00:00 UTC, or the next full hour where that has passed in vain."""
        with self._lock, self._book.transaction():
            return self._resume(self._today())

    def spent_on(self, customer: str) -> dict[str, Figures]:
        """Phase → all that a customer's phases took of this account, whatever became of them."""
        with self._lock:
            return self._book.spent_on(customer)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._book.close()

    # -- inside, under the lock

    def _now(self) -> datetime:
        """The server's time, as far as it is known."""
        return self._clock().astimezone(UTC) + timedelta(seconds=self._ahead)

    def _see_clock(self, server_time: datetime | None) -> None:
        if server_time is None:
            return
        ahead = (server_time - self._clock()).total_seconds()
        if abs(ahead - self._ahead) > _SAME_CLOCK:
            self._ahead = ahead if abs(ahead) > _SAME_CLOCK else 0.0
            self._book.set_ahead(self._ahead)

    def _today(self) -> Row:
        """Today's row; made where it is new."""
        today = self._now().date()
        day = today.isoformat()
        row = self._book.row(day)
        if row is None:
            row = opened(day, self._book.row((today - timedelta(days=1)).isoformat()))
            self._book.put(row)
        if day != self._day:
            self._day, self._informed, self._bare = day, False, 0
            self._ask_again = None
        return row

    def _cap(self, row: Row) -> int:
        return int(self._share * (row.limit or self._planned))

    def _verdict(self, row: Row, cost: int) -> str:
        """go, ask (go, and the answer says whether the budget is back), wait for that answer, or who stops it."""
        short = row.remaining is not None and row.remaining - self._under_way < cost
        over = row.counted + cost > self._cap(row)
        if not row.stopped and not short and not over:
            return _GO
        if self._asker is not None:
            return _WAIT
        # Where nothing was spent yet, there is nothing that could come back.
        if not self._informed and (row.stopped or row.counted or short):
            return _ASK
        if row.state != OPEN and self._ask_again is not None and self._clock() >= self._ask_again:
            return _ASK
        return SERVER if short or row.state == SERVER else SHARE

    def _stop(self, row: Row, resume: datetime | None = None) -> BudgetSpent:
        self._informed = True
        if self._ask_again is None or self._ask_again <= self._clock():
            self._ask_again = self._clock() + _ASK_EVERY
        whole = row.limit or self._planned
        if row.state == SERVER:
            what = f"The Pipedrive account's tokens of the day are used up ({row.counted:,} of {whole:,} by nrpd)."
        else:
            used = f"{row.counted:,} of {self._cap(row):,} ({whole:,} in all)"
            what = f"nrpd's share of the day's tokens is used up: {used}."
        return BudgetSpent.until(what, resume or self._resume(row))

    def _resume(self, row: Row) -> datetime:
        now = self._now()
        if row.counted > row.spent:  # some of it is yesterday's: the server's midnight is later than 00:00 UTC
            return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return next_midnight(now)
