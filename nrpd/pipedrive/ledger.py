"""The day's tokens of one Pipedrive account, counted in a file that all processes share.

The budget belongs to the company, is shared by all its integrations, and comes back at midnight of the server's time
zone, which nobody names (facts/pipedrive.md, section 2). So the ledger counts what nrpd spends, one row per UTC day,
takes the next 00:00 UTC as its estimate, and believes the server's own headers
(`x-daily-ratelimit-token-limit`, `-remaining`) wherever they come; they are undocumented and may be missing.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nrpd.errors import BadInput, BudgetSpent
from nrpd.pipedrive.records import TOKEN_MULTIPLIERS

BASE_TOKENS = 30_000
"""Tokens a day per seat, before the plan's multiplier (facts/pipedrive.md, section 2)."""

_PROBE_EVERY = timedelta(minutes=10)
_HEADERLESS_PROBES = 3  # headers may be "missing for a few requests after a long period of inactivity"

_TABLE = """
CREATE TABLE IF NOT EXISTS days (
    day TEXT PRIMARY KEY,           -- UTC date
    spent INTEGER NOT NULL,         -- tokens spent on that day
    counted INTEGER NOT NULL,       -- tokens that count against the server's present budget
    token_limit INTEGER,            -- of the newest header
    remaining INTEGER,              -- of the newest header
    state TEXT NOT NULL
    -- open    spending
    -- unsure  a new UTC day, but what was counted is carried over until the server shows that its budget is back
    -- share   stopped at nrpd's share
    -- server  stopped by the server
)
"""


def daily_budget(plan: str, seats: int) -> int:
    """Tokens a day of a whole company. Raises BadInput for an unknown plan or fewer than one seat."""
    if plan not in TOKEN_MULTIPLIERS:
        raise BadInput(f"destination.plan: {plan!r} is no plan; expected one of {', '.join(TOKEN_MULTIPLIERS)}")
    if seats < 1:
        raise BadInput(f"destination.seats: {seats} is too few; expected 1 or more")
    return BASE_TOKENS * TOKEN_MULTIPLIERS[plan] * seats


@dataclass(frozen=True)
class LedgerState:
    """The ledger at one moment. Tokens; `cap` is what nrpd may spend in all, `left` what it may still spend."""

    day: str
    spent: int
    cap: int
    left: int
    limit: int
    remaining: int | None
    stopped: bool


def _utc_now() -> datetime:
    return datetime.now(UTC)


class TokenLedger:
    """Counts tokens before they are spent; thread-safe, and shared by processes through `<folder>/tokens.sqlite`.

    `share` is the part of the company's budget that nrpd may use. WAL with synchronous=NORMAL: a killed process loses
    nothing; a power cut may lose the last seconds' count, which the server's headers put right.
    """

    def __init__(
        self, folder: Path, *, plan: str, seats: int, share: float = 0.8, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        if not 0 < share <= 1:
            raise BadInput(f"destination.daily_token_share: {share} is out of range; expected more than 0, at most 1")
        self._planned = daily_budget(plan, seats)
        self._share = share
        self._clock = clock
        self._lock = threading.Condition()
        self._inflight = 0
        self._left: int | None = None  # what the server will have left once all requests under way are paid
        self._saved_at = datetime.min.replace(tzinfo=UTC)
        self._next_probe = datetime.min.replace(tzinfo=UTC)
        self._probing = False
        self._headerless = 0  # answers without figures to the question whether the budget is back
        self._unsure = False
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(
            folder / "tokens.sqlite", isolation_level=None, check_same_thread=False, timeout=30.0
        )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(_TABLE)
        self._day = ""
        self._limit: int | None = None
        self._remaining: int | None = None
        self._open_day()

    @property
    def cap(self) -> int:
        """Tokens that nrpd may spend of one day's budget."""
        return int(self._share * (self._limit or self._planned))

    def charge(self, cost: int) -> None:
        """Count `cost` tokens for a request about to be sent. Raises BudgetSpent where that would exceed the share.

        A ledger that was stopped lets one request through (per process and ten minutes) to see whether the budget is
        back; meanwhile other threads wait for its answer.
        """
        with self._lock:
            while True:
                self._open_day()
                enough = self._left is None or self._left >= cost
                if enough and self._count(cost):
                    break
                if self._probing:
                    self._lock.wait(timeout=60.0)
                    continue
                if not self._may_probe():
                    raise self._stop("share" if enough else "server")
                self._count(cost, force=True)
                self._probing = True
                break
            self._inflight += cost
            if self._left is not None:
                self._left -= cost

    def settle(self, cost: int, *, limit: int | None = None, remaining: int | None = None, paid: bool = True) -> None:
        """Note the answer to a request that was charged, with the server's figures where its headers had them.

        `paid=False` gives the tokens back: the request was never sent, or was turned away with 429.
        """
        with self._lock:
            self._inflight = max(0, self._inflight - cost)
            if not paid:
                self._give_back(cost)
            if remaining is not None:
                self._believe(limit, remaining, cost if paid else 0)
            elif self._probing and paid:
                self._answered_without_figures(cost)
            if self._probing:
                self._probing = False
                self._lock.notify_all()

    def server_refused(self, retry_after: float | None = None) -> BudgetSpent:
        """The server says that the day's tokens are gone: remember it, and return what to raise."""
        with self._lock:
            self._open_day()
            self._left = 0
            if self._remaining is not None:
                self._remaining = 0
            far = retry_after is not None and retry_after > 60
            resume = self._clock() + timedelta(seconds=retry_after or 0) if far else None
            return self._stop("server", resume)

    def state(self) -> LedgerState:
        """The present day's figures, over all processes."""
        with self._lock:
            self._open_day()
            spent, counted, state = self._row()
            left = max(0, self.cap - counted)
            if self._left is not None:
                left = min(left, max(0, self._left))
            limit = self._limit or self._planned
            return LedgerState(self._day, spent, self.cap, left, limit, self._remaining, state in ("share", "server"))

    def resume_at(self) -> datetime:
        """When the budget is expected back: the next 00:00 UTC, or the next full hour where that has passed in vain."""
        with self._lock:
            spent, counted, _ = self._row()
        now = self._clock().astimezone(UTC)
        if counted > spent:  # some of it is yesterday's: the server's midnight is later than 00:00 UTC
            return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)

    def close(self) -> None:
        """Save the newest figures and close the file."""
        with self._lock:
            self._save()
            self._db.close()

    # -- inside, under the lock

    def _row(self) -> tuple[int, int, str]:
        row = self._db.execute("SELECT spent, counted, state FROM days WHERE day = ?", (self._day,)).fetchone()
        return int(row[0]), int(row[1]), str(row[2])

    def _count(self, cost: int, *, force: bool = False) -> bool:
        sql = "UPDATE days SET spent = spent + ?, counted = counted + ? WHERE day = ?"
        if force:
            return self._db.execute(sql, (cost, cost, self._day)).rowcount == 1
        sql += " AND state <> 'server' AND counted + ? <= ?"
        return self._db.execute(sql, (cost, cost, self._day, cost, self.cap)).rowcount == 1

    def _give_back(self, cost: int) -> None:
        self._db.execute(
            "UPDATE days SET spent = max(0, spent - ?), counted = max(0, counted - ?) WHERE day = ?",
            (cost, cost, self._day),
        )
        if self._left is not None:
            self._left += cost

    def _open_day(self) -> None:
        """Make sure that today's row is there; carry over what was counted where the server's figures are known."""
        today = self._clock().astimezone(UTC).date()
        if today.isoformat() == self._day:
            return
        with self._transaction():
            query = "SELECT counted, token_limit, remaining, state FROM days WHERE day = ?"
            row = self._db.execute(query, (today.isoformat(),)).fetchone()
            if row is None:
                last = self._db.execute(query, ((today - timedelta(days=1)).isoformat(),)).fetchone()
                # Without headers the UTC day is all there is to go by.
                row = (0, last and last[1], None, "open") if not last or last[2] is None else (*last[:3], "unsure")
                self._db.execute("INSERT INTO days VALUES (?, 0, ?, ?, ?, ?)", (today.isoformat(), *row))
        self._day = today.isoformat()
        _, self._limit, self._remaining, state = row
        self._unsure = state == "unsure"
        self._left = None  # a new budget may be there: ask the server
        self._headerless = 0
        self._next_probe = datetime.min.replace(tzinfo=UTC)

    def _may_probe(self) -> bool:
        return self._row()[2] != "open" and self._clock() >= self._next_probe

    def _stop(self, state: str, resume: datetime | None = None) -> BudgetSpent:
        self._db.execute("UPDATE days SET state = ? WHERE day = ? AND state <> 'server'", (state, self._day))
        self._save()
        self._next_probe = self._clock() + _PROBE_EVERY
        resume = resume or self.resume_at()
        counted = self._row()[1]
        whole = self._limit or self._planned
        if state == "server":
            what = f"The Pipedrive account's tokens of the day are used up ({counted:,} of {whole:,} by nrpd)."
        else:
            what = f"nrpd's share of the day's tokens is used up: {counted:,} of {self.cap:,} ({whole:,} in all)."
        return BudgetSpent(f"{what}\nRun the same command again after {resume:%Y-%m-%d %H:%M} UTC.", resume)

    def _believe(self, limit: int | None, remaining: int, cost: int) -> None:
        """Take the server's figures over. A jump upwards means that its day has begun anew."""
        resized = limit is not None and limit != self._limit
        slack = max(500, (limit or self._limit or self._planned) // 50)  # answers come out of order
        if limit is not None:
            self._limit = limit
        under_way = remaining - self._inflight
        comparable = self._remaining is not None and not (resized and self._left is not None)
        if comparable and remaining > (self._remaining or 0) + slack:
            self._renew(remaining, slack, cost)
            return
        if self._left is None or self._inflight == 0 or resized:
            self._left, self._remaining = under_way, remaining
        else:
            self._left, self._remaining = min(under_way, self._left), min(remaining, self._remaining or remaining)
        if self._unsure or self._probing:
            self._unsure = False
            self._next_probe = self._clock() + _PROBE_EVERY
            self._db.execute("UPDATE days SET state = 'share' WHERE day = ? AND state = 'unsure'", (self._day,))
        if resized or abs(self._clock() - self._saved_at) >= timedelta(seconds=1):
            self._save()

    def _renew(self, remaining: int, slack: int, cost: int) -> None:
        """The server's budget is back: count from what is under way, unless another process already did."""
        with self._transaction():
            stored = self._db.execute("SELECT remaining FROM days WHERE day = ?", (self._day,)).fetchone()[0]
            if stored is None or remaining > stored + slack:
                self._db.execute(
                    "UPDATE days SET counted = ?, state = 'open' WHERE day = ?", (cost + self._inflight, self._day)
                )
        self._left, self._remaining = remaining - self._inflight, remaining
        self._unsure = False
        self._save()

    def _answered_without_figures(self, cost: int) -> None:
        """The question whether the budget is back was answered, but without headers."""
        self._headerless += 1
        state = self._row()[2]
        if state == "server" or (state == "unsure" and self._headerless >= _HEADERLESS_PROBES):
            self._db.execute(
                "UPDATE days SET counted = ?, state = 'open', remaining = NULL WHERE day = ?", (cost, self._day)
            )
            self._left = self._remaining = None
            self._unsure = False
        elif state == "share":
            self._next_probe = self._clock() + _PROBE_EVERY

    def _save(self) -> None:
        self._saved_at = self._clock()
        self._db.execute(
            "UPDATE days SET token_limit = coalesce(?, token_limit), remaining = coalesce(?, remaining) WHERE day = ?",
            (self._limit, self._remaining, self._day),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
