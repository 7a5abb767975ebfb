"""The file of the token ledger, shared by all processes that use one account, and the rules of its rows.

The rules are pure functions from row to row; `Book` reads and writes rows inside transactions. WAL with
synchronous=NORMAL: a killed process loses nothing; a power cut may lose the last seconds' count, which the server's
headers put right.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from nrpd.pipedrive.usage import Figures

OPEN, UNSURE, SHARE, SERVER = "open", "unsure", "share", "server"
DEAREST = 40
"""The dearest request of the API (a search of v1): a server with as much left has not spent its budget."""
BARE_ANSWERS = 3
"""Headers may be "missing for a few requests after a long period of inactivity" (facts/pipedrive.md, section 2)."""

_TABLES = """
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
);
CREATE TABLE IF NOT EXISTS clock (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    ahead REAL NOT NULL             -- seconds by which the server's clock is ahead of this machine's
);
CREATE TABLE IF NOT EXISTS purposes (
    customer TEXT NOT NULL, phase TEXT NOT NULL, tokens INTEGER NOT NULL, requests INTEGER NOT NULL,
    PRIMARY KEY (customer, phase)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Row:
    """One UTC day of the ledger. Tokens."""

    day: str
    spent: int = 0
    counted: int = 0
    limit: int | None = None
    remaining: int | None = None
    state: str = OPEN

    @property
    def stopped(self) -> bool:
        return self.state in (SHARE, SERVER)

    def plus(self, tokens: int) -> Row:
        """With so many tokens more, or fewer."""
        return replace(self, spent=max(0, self.spent + tokens), counted=max(0, self.counted + tokens))


@dataclass(frozen=True)
class Seen:
    """One answer as the ledger sees it. `cost`: tokens that it took; `under_way`: those of requests not answered yet;
    `planned`: the budget that plan and seats promise."""

    cost: int
    under_way: int
    planned: int
    share: float
    limit: int | None = None
    remaining: int | None = None


def opened(day: str, last: Row | None) -> Row:
    """The row of a new UTC day, after the row of the day before.

    Midnight of the server's zone need not be UTC's. Where the server tells its figures, what was counted is carried
    over until they show that the budget is back; without them the UTC day is all there is to go by.
    """
    if last is None or last.remaining is None:
        return Row(day, limit=last.limit if last else None)
    return replace(last, day=day, spent=0, state=UNSURE)


def believed(row: Row, seen: Seen) -> Row:
    """The row after an answer with figures. What all have spent since the budget came back is its limit less what
    remains: where that has shrunk, the budget was renewed; and nrpd cannot have spent more than all."""
    assert seen.remaining is not None
    limit = seen.limit or row.limit
    whole = limit or seen.planned
    slack = min(whole // 50, int(seen.share * whole) // 4) + 2 * seen.under_way  # answers come out of order
    spent_by_all = whole - seen.remaining
    before = spent_by_all if row.remaining is None else (row.limit or whole) - row.remaining
    if spent_by_all + slack < before:
        return _renewed(row, seen, limit=limit, remaining=seen.remaining)
    if row.state == UNSURE and spent_by_all <= row.spent:  # nothing of yesterday is in it
        return replace(row, counted=row.spent, limit=limit, remaining=seen.remaining, state=OPEN)
    counted = row.counted
    if counted > spent_by_all + seen.under_way + slack:
        counted = spent_by_all + seen.under_way
    remaining = seen.remaining
    if seen.under_way and row.remaining is not None and limit == row.limit:
        remaining = min(remaining, row.remaining)
    state = row.state
    if row.stopped and remaining >= DEAREST:
        state = OPEN if counted + DEAREST <= int(seen.share * whole) else SHARE
    return replace(row, counted=counted, limit=limit, remaining=remaining, state=state)


def _renewed(row: Row, seen: Seen, *, limit: int | None, remaining: int | None) -> Row:
    """The budget is back: only this answer and what is under way count against it, and were spent today."""
    counted = seen.cost + seen.under_way
    return replace(
        row, spent=max(row.spent, counted), counted=counted, limit=limit, remaining=remaining, state=OPEN
    )  # fmt: skip


def answered_bare(row: Row, seen: Seen, bare: int) -> Row:
    """The row after an answer without figures, the `bare`th in a row. A server that had refused and now answers has
    its budget back; nrpd's own share is back with the next UTC day only, unless the share is all there is."""
    if row.state == SERVER or (row.state == SHARE and seen.share == 1):
        return _renewed(row, seen, limit=row.limit, remaining=None)
    if row.state == UNSURE and bare >= BARE_ANSWERS:
        return replace(row, counted=row.spent, remaining=None, state=OPEN)
    return row


class Book:
    """`<folder>/tokens.sqlite`. One per process and account; the caller keeps threads apart."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(
            folder / "tokens.sqlite", isolation_level=None, check_same_thread=False, timeout=30.0
        )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Nobody else writes meanwhile."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def row(self, day: str) -> Row | None:
        found = self._db.execute(
            "SELECT day, spent, counted, token_limit, remaining, state FROM days WHERE day = ?", (day,)
        ).fetchone()
        return Row(*found) if found else None

    def put(self, row: Row) -> None:
        self._db.execute("INSERT OR REPLACE INTO days VALUES (?, ?, ?, ?, ?, ?)", astuple(row))

    def ahead(self) -> float:
        """Seconds by which the server's clock was ahead when it was last seen."""
        found = self._db.execute("SELECT ahead FROM clock").fetchone()
        return float(found[0]) if found else 0.0

    def set_ahead(self, seconds: float) -> None:
        self._db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?)", (seconds,))

    def add(self, customer: str, phase: str, tokens: int, requests: int) -> None:
        """Notes what a phase of a customer took."""
        self._db.execute(
            "INSERT INTO purposes VALUES (?, ?, ?, ?) ON CONFLICT (customer, phase)"
            " DO UPDATE SET tokens = tokens + excluded.tokens, requests = requests + excluded.requests",
            (customer, phase, tokens, requests),
        )

    def spent_on(self, customer: str) -> dict[str, Figures]:
        """Phase → all that it took of this account, attempts that failed or were paused included."""
        rows = self._db.execute("SELECT phase, tokens, requests FROM purposes WHERE customer = ?", (customer,))
        return {phase: Figures(tokens, requests) for phase, tokens, requests in rows}
