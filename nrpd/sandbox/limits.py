"""The daily token budget and the burst window.

Source: Pipedrive's page on rate limiting (facts/pipedrive.md, section 2). The budget belongs to the company and starts
anew at UTC midnight; the window is two rolling seconds per token; searches have a window of their own.
"""

from __future__ import annotations

from .answers import Refused
from .clock import day_of
from .store import Store

BASE_TOKENS = 30_000
MULTIPLIERS = {
    "lite": 1, "growth": 2, "premium": 5, "ultimate": 7,
    "essential": 1, "advanced": 2, "professional": 3, "power": 5, "enterprise": 7,
}  # fmt: skip
BURSTS = {
    "lite": 20, "growth": 40, "premium": 100, "ultimate": 120,
    "essential": 20, "advanced": 40, "professional": 80, "power": 100, "enterprise": 120,
}  # fmt: skip
FIELD_LIMITS = {
    "lite": 30, "growth": 100, "premium": 300, "ultimate": 500,
    "essential": 30, "advanced": 100, "professional": 300, "power": 500, "enterprise": 1_000_000,
}  # fmt: skip
DEALS_PER_SEAT = {
    "lite": 2_500, "growth": 5_000, "premium": 15_000, "ultimate": 20_000,
    "essential": 2_000, "advanced": 4_000, "professional": 10_000, "power": 15_000, "enterprise": 1_000_000,
}  # fmt: skip
MAX_DEALS = 300_000
"""Open, won and lost deals of a company, whatever its seats; not counted are the archived and the deleted ones."""
GROUPED_VISIBILITY = frozenset({"premium", "ultimate", "power", "enterprise"})
"""Plans whose `visible_to` knows groups (1, 3, 5, 7); all others know 1 and 3 (facts, section 6)."""

SEARCH_BURST = 10
WINDOW = 2.0
DAILY_WRITES = 10_000
"""What `x-daily-requests-left` counts down from: POST and PUT per user and day, documented in 2019, never refused."""
LIMIT_HEADERS = frozenset(
    {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after", "x-daily-requests-left",
     "x-daily-ratelimit-token-limit", "x-daily-ratelimit-token-remaining"}
)  # fmt: skip
"""The documented headers, and the three that only have been seen in live answers."""


class Limits:
    """Counts requests of one plan. Its state is in the store, so that all processes share it."""

    def __init__(self, plan: str, seats: int, *, burst: bool, budget: bool) -> None:
        self.burst = BURSTS[plan] if burst else None
        self.budget = BASE_TOKENS * MULTIPLIERS[plan] * seats if budget else None

    def charge(self, store: Store, now: float, cost: int, *, search: bool, write: bool) -> dict[str, str]:
        """Takes the cost of one request, inside a transaction. Returns the headers for its answer; raises a 429.

        `write` says that it is a POST or PUT.
        """
        headers: dict[str, str] = {}
        if self.burst is not None:
            self._window(store, now, search, self.burst, headers)
        if self.budget is not None:
            self._tokens(store, now, cost, self.budget, headers, write)
        return headers

    def _window(self, store: Store, now: float, search: bool, burst: int, headers: dict[str, str]) -> None:
        store.db.execute("DELETE FROM hits WHERE at<=?", (now - WINDOW,))
        count, oldest = store.db.execute("SELECT count(*), min(at) FROM hits").fetchone()
        limit = burst
        if search:
            searches, first = store.db.execute("SELECT count(*), min(at) FROM hits WHERE search=1").fetchone()
            if searches >= SEARCH_BURST or count < burst:
                count, oldest, limit = searches, first, SEARCH_BURST
        reset = max(1, round(WINDOW - (now - oldest) + 0.499)) if oldest is not None else int(WINDOW)
        headers["x-ratelimit-limit"] = str(limit)
        headers["x-ratelimit-reset"] = str(reset)
        if count >= limit:
            headers["x-ratelimit-remaining"] = "0"
            raise _too_many({**headers, "retry-after": str(reset)})
        headers["x-ratelimit-remaining"] = str(limit - count - 1)
        store.db.execute("INSERT INTO hits (at, search) VALUES (?,?)", (now, int(search)))

    def _tokens(
        self, store: Store, now: float, cost: int, budget: int, headers: dict[str, str], write: bool
    ) -> None:  # fmt: skip
        day = day_of(now)
        row = store.db.execute(
            "INSERT INTO usage (day, tokens, writes) VALUES (?,?,?) ON CONFLICT (day) DO UPDATE"
            " SET tokens=tokens+excluded.tokens, writes=writes+excluded.writes RETURNING tokens, writes",
            (day, cost, int(write)),
        ).fetchone()
        left = budget - int(row[0])
        headers["x-daily-requests-left"] = str(max(DAILY_WRITES - int(row[1]), 0))
        headers["x-daily-ratelimit-token-limit"] = str(budget)
        headers["x-daily-ratelimit-token-remaining"] = str(max(left, 0))
        if left < 0:
            # The rest of the day is gone, so that remaining reads 0: the one sign that tells this 429 from a burst.
            store.db.execute("UPDATE usage SET tokens=? WHERE day=?", (max(budget, int(row[0]) - cost), day))
            raise _too_many(headers)


def _too_many(headers: dict[str, str]) -> Refused:
    return Refused(
        429, "request over limit", headers=headers, errorCode=429, error_info="Please check developers.pipedrive.com"
    )
