from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.errors import BadInput, BudgetSpent
from nrpd.pipedrive.ledger import TokenLedger, daily_budget
from nrpd.pipedrive.usage import Figures

LITE = 30_000


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def open_ledger(folder: Path, clock: Clock, share: float = 1.0, plan: str = "lite") -> TokenLedger:
    return TokenLedger(folder, plan=plan, seats=1, share=share, clock=clock)


def spend(ledger: TokenLedger, cost: int, **figures: Any) -> None:
    ledger.charge(cost)
    ledger.settle(cost, **figures)


@pytest.mark.parametrize(
    ("plan", "seats", "tokens"), [("lite", 1, 30_000), ("growth", 5, 300_000), ("ultimate", 2, 420_000)]
)
def test_budget_of_a_plan(plan: str, seats: int, tokens: int) -> None:
    assert daily_budget(plan, seats) == tokens


@pytest.mark.parametrize(
    ("plan", "seats", "share"), [("gold", 1, 0.8), ("lite", 0, 0.8), ("lite", 1, 0), ("lite", 1, 2)]
)
def test_bad_settings(tmp_path: Path, plan: str, seats: int, share: float) -> None:
    with pytest.raises(BadInput, match="destination"):
        TokenLedger(tmp_path, plan=plan, seats=seats, share=share)


def test_it_stops_before_the_share_is_exceeded(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.8)
    spend(ledger, 23_998)
    with pytest.raises(BudgetSpent) as spent:
        ledger.charge(5)
    assert spent.value.resume_at == datetime(2026, 3, 11, tzinfo=UTC)
    assert "23,998 of 24,000" in str(spent.value)
    with pytest.raises(BudgetSpent):
        ledger.charge(2)  # it would fit, but a stop is a stop
    assert ledger.state().spent == 23_998


def test_a_new_utc_day_is_a_new_budget_without_headers(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.01)
    spend(ledger, 300)
    with pytest.raises(BudgetSpent):
        ledger.charge(5)
    clock.advance(hours=15)
    spend(ledger, 300)
    with pytest.raises(BudgetSpent):
        ledger.charge(5)
    assert ledger.state().spent == 300


def test_it_survives_the_process_and_is_shared(tmp_path: Path, clock: Clock) -> None:
    first = open_ledger(tmp_path, clock)
    second = open_ledger(tmp_path, clock)
    spend(first, 100)
    spend(second, 50)
    assert first.state().spent == second.state().spent == 150
    first.charge(7)  # killed before the answer: the token is counted all the same
    assert open_ledger(tmp_path, clock).state().spent == 157


def test_two_processes_together_keep_the_share(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from nrpd.errors import BudgetSpent\n"
        "from nrpd.pipedrive.ledger import TokenLedger\n"
        "ledger, done = TokenLedger(Path(sys.argv[1]), plan='lite', seats=1, share=0.1), 0\n"
        "try:\n  while True: ledger.charge(5); ledger.settle(5); done += 1\n"
        "except BudgetSpent: print(done)\n"
    )
    start = [sys.executable, "-c", program, str(tmp_path)]
    both = [subprocess.Popen(start, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) for _ in range(2)]
    done = [int(p.communicate(timeout=60)[0]) for p in both]
    assert 600 <= sum(done) <= 602  # 3,000 tokens, and at most one question each whether the budget is back


def test_headers_say_what_the_limit_is_and_the_share_holds_for_it(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.5)  # 15,000 of the plan as declared
    spend(ledger, 10, limit=100, remaining=90)
    spend(ledger, 40, limit=100, remaining=50)
    with pytest.raises(BudgetSpent, match="50 of 50"):
        ledger.charge(1)


def test_others_may_use_up_the_budget(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock)
    spend(ledger, 10, limit=LITE, remaining=12)
    spend(ledger, 10, limit=LITE, remaining=2)
    with pytest.raises(BudgetSpent, match="account's tokens"):
        ledger.charge(5)


def test_tokens_of_requests_under_way_are_not_spent_twice(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock)
    spend(ledger, 10, limit=LITE, remaining=20)
    for _ in range(4):
        ledger.charge(5)
    with pytest.raises(BudgetSpent):
        ledger.charge(5)


def test_what_was_turned_away_costs_nothing(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock)
    ledger.charge(5)
    ledger.settle(5, paid=False)
    assert ledger.state().spent == 0


def test_the_servers_midnight_is_seen_in_its_headers(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.5)
    spend(ledger, 14_000, limit=LITE, remaining=16_000)
    spend(ledger, 10, limit=LITE, remaining=29_990)  # 09:30 UTC is midnight somewhere
    spend(ledger, 14_000, limit=LITE, remaining=15_990)
    with pytest.raises(BudgetSpent):
        ledger.charge(991)
    assert ledger.state().spent == 28_010


def test_a_rerun_asks_once_whether_the_budget_is_back(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.5)
    spend(ledger, 15_000, limit=LITE, remaining=15_000)
    with pytest.raises(BudgetSpent):
        ledger.charge(5)
    ledger.close()

    rerun = open_ledger(tmp_path, clock, share=0.5)
    spend(rerun, 2, limit=LITE, remaining=14_998)  # asked: not back
    with pytest.raises(BudgetSpent):
        rerun.charge(5)
    rerun.close()

    clock.advance(hours=2)
    rerun = open_ledger(tmp_path, clock, share=0.5)
    spend(rerun, 2, limit=LITE, remaining=29_998)  # asked: back
    spend(rerun, 14_000, limit=LITE, remaining=15_998)
    assert rerun.state().left == 998


def test_a_rerun_without_headers_waits_for_midnight(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.5)
    spend(ledger, 15_000)
    with pytest.raises(BudgetSpent):
        ledger.charge(5)
    spend(open_ledger(tmp_path, clock, share=0.5), 2)
    rerun = open_ledger(tmp_path, clock, share=0.5)
    spend(rerun, 2)
    with pytest.raises(BudgetSpent):
        rerun.charge(2)


def test_utc_midnight_is_not_the_servers(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.5)
    spend(ledger, 15_000, limit=LITE, remaining=15_000)
    clock.advance(hours=15)  # 00:30 UTC of the next day
    ledger = open_ledger(tmp_path, clock, share=0.5)
    spend(ledger, 2, limit=LITE, remaining=14_998)  # asked: not back, so the customer's half stays theirs
    with pytest.raises(BudgetSpent) as spent:
        ledger.charge(5)
    assert spent.value.resume_at == datetime(2026, 3, 11, 1, tzinfo=UTC)  # ask again at the full hour
    clock.advance(hours=7)
    ledger = open_ledger(tmp_path, clock, share=0.5)
    spend(ledger, 2, limit=LITE, remaining=29_998)
    spend(ledger, 10_000, limit=LITE, remaining=19_998)


def test_utc_midnight_with_headers_that_do_not_come(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.5)
    spend(ledger, 15_000, limit=LITE, remaining=15_000)
    ledger.close()
    clock.advance(hours=15)
    ledger = open_ledger(tmp_path, clock, share=0.5)
    for _ in range(3):
        spend(ledger, 2)
    spend(ledger, 10_000)  # three answers without figures: the estimate stands


def test_the_server_refuses_and_a_rerun_asks(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock)
    ledger.charge(5)
    ledger.settle(5, remaining=0, paid=False)
    assert ledger.server_refused().resume_at == datetime(2026, 3, 11, tzinfo=UTC)
    with pytest.raises(BudgetSpent):
        ledger.charge(5)
    assert ledger.server_refused(7200.0).resume_at == clock.now + timedelta(hours=2)
    rerun = open_ledger(tmp_path, clock)
    spend(rerun, 5)  # answered, though without figures: it is back
    spend(rerun, 5)


def test_only_one_thread_asks(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.5)
    spend(ledger, 15_000, limit=LITE, remaining=15_000)
    with pytest.raises(BudgetSpent):
        ledger.charge(5)
    rerun = open_ledger(tmp_path, clock, share=0.5)

    def ask(n: int) -> bool:
        try:
            rerun.charge(5)
        except BudgetSpent:
            return False
        time.sleep(0.05)
        rerun.settle(5, limit=LITE, remaining=14_995)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 1


def stop(ledger: TokenLedger) -> datetime:
    """Spends until the ledger stops, and gives the time at which it wants to go on."""

    def spend_all() -> None:
        for _ in range(100_000):
            spend(ledger, 5)

    with pytest.raises(BudgetSpent) as spent:
        spend_all()
    assert spent.value.resume_at is not None
    return spent.value.resume_at


def test_a_rerun_asks_even_where_its_question_would_fit(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.5)
    spend(ledger, 14_997, limit=LITE, remaining=15_003)
    stop(ledger)
    ledger.close()
    rerun = open_ledger(tmp_path, clock, share=0.5)
    spend(rerun, 2, limit=LITE, remaining=15_001)
    with pytest.raises(BudgetSpent):  # one request, and no second one
        rerun.charge(1)


def test_a_question_that_is_turned_away_ends_the_run(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock)
    spend(ledger, 100)
    ledger.server_refused()
    ledger.close()
    rerun = open_ledger(tmp_path, clock)
    rerun.charge(2)
    rerun.settle(2, paid=False, turned_away=True)  # 429 without any header
    with pytest.raises(BudgetSpent):
        rerun.charge(2)
    assert rerun.state().spent == 100


def test_a_question_that_never_left_may_be_asked_again(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock)
    spend(ledger, 100)
    ledger.server_refused()
    ledger.close()
    rerun = open_ledger(tmp_path, clock)
    rerun.charge(2)
    rerun.settle(2, paid=False)  # no connection
    spend(rerun, 2)
    spend(rerun, 5)


def test_the_servers_clock_counts_before_the_machines(tmp_path: Path, clock: Clock) -> None:
    """No figures in any header, but the server's Date has moved on, as on a machine whose clock is wrong."""
    ledger = open_ledger(tmp_path, clock, share=0.01)
    spend(ledger, 299, server_time=clock.now)
    assert stop(ledger) == datetime(2026, 3, 11, tzinfo=UTC)
    ledger.close()

    rerun = open_ledger(tmp_path, clock, share=0.01)
    spend(rerun, 2, server_time=clock.now + timedelta(hours=1))  # asked: the same day
    with pytest.raises(BudgetSpent):
        rerun.charge(5)
    rerun.close()

    later = clock.now + timedelta(hours=15)
    rerun = open_ledger(tmp_path, clock, share=0.01)
    spend(rerun, 2, server_time=later)
    spend(rerun, 290, server_time=later)
    assert stop(rerun) == datetime(2026, 3, 12, tzinfo=UTC)
    rerun.close()
    # What the last process learned of the server's clock, the next one knows.
    assert open_ledger(tmp_path, clock, share=0.01).state().stopped


def test_a_small_share_comes_back_too(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.02)
    spend(ledger, 598, limit=LITE, remaining=LITE - 598)
    stop(ledger)
    ledger.close()
    rerun = open_ledger(tmp_path, clock, share=0.02)
    spend(rerun, 2, limit=LITE, remaining=LITE - 2)
    assert rerun.state().left == 598


def test_a_wrong_stop_does_not_give_the_share_anew(tmp_path: Path, clock: Clock) -> None:
    """Somebody else's burst was taken for a spent budget."""
    ledger = open_ledger(tmp_path, clock, share=0.5)
    spend(ledger, 10_000, limit=LITE, remaining=20_000)
    ledger.server_refused()
    ledger.close()
    rerun = open_ledger(tmp_path, clock, share=0.5)
    spend(rerun, 2, limit=LITE, remaining=19_990)
    assert rerun.state().left == 4_998


def test_a_whole_share_leaves_the_decision_to_the_server(tmp_path: Path, clock: Clock) -> None:
    """Without headers, and with all of the budget for nrpd, an answer means that there is some."""
    ledger = open_ledger(tmp_path, clock, share=1.0)
    spend(ledger, LITE)
    stop(ledger)
    ledger.close()
    rerun = open_ledger(tmp_path, clock, share=1.0)
    spend(rerun, 2)
    spend(rerun, 20_000)


def test_tokens_that_were_bought_are_no_new_day(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.5)
    spend(ledger, 14_998, limit=LITE, remaining=15_002)
    stop(ledger)
    ledger.close()
    rerun = open_ledger(tmp_path, clock, share=0.5)
    spend(rerun, 2, limit=LITE + 10_000, remaining=25_000)
    assert rerun.state().left == 5_000  # half of 40,000, less what was spent


def test_one_process_sees_what_another_learned(tmp_path: Path, clock: Clock) -> None:
    first, second = open_ledger(tmp_path, clock, share=0.5), open_ledger(tmp_path, clock, share=0.5)
    spend(second, 100, limit=LITE, remaining=29_900)
    spend(first, 14_898, limit=LITE, remaining=15_002)
    stop(first)
    with pytest.raises(BudgetSpent):
        second.charge(5)  # it knows, so it does not ask
    third = open_ledger(tmp_path, clock, share=0.5)
    spend(third, 2, limit=LITE, remaining=29_998)
    spend(second, 5, limit=LITE, remaining=29_993)
    spend(first, 5, limit=LITE, remaining=29_988)
    assert third.state().left == 15_000 - 12


def test_what_a_killed_process_counted_and_never_sent_is_put_right(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.5)
    spend(ledger, 1_000, limit=LITE, remaining=29_000)
    ledger.charge(5_000)  # killed here
    rerun = open_ledger(tmp_path, clock, share=0.5)
    spend(rerun, 2, limit=LITE, remaining=28_998)
    assert rerun.state().left == 15_000 - 1_002


def test_what_each_phase_took_is_kept_apart(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock)
    ledger.purpose = ("acme", "08_persons")
    spend(ledger, 5)
    spend(ledger, 10)
    ledger.charge(5)
    ledger.settle(5, paid=False, turned_away=True)  # a request, but no tokens
    ledger.charge(5)
    ledger.settle(5, paid=False)  # neither
    ledger.purpose = ("acme", "09_activities")
    spend(ledger, 20)
    ledger.purpose = ("other", "08_persons")
    spend(ledger, 7)
    ledger.close()
    found = open_ledger(tmp_path, clock).spent_on("acme")
    assert found == {"08_persons": Figures(15, 3), "09_activities": Figures(20, 1)}


def test_a_ledger_of_an_earlier_version_is_read(tmp_path: Path, clock: Clock) -> None:
    with sqlite3.connect(tmp_path / "tokens.sqlite") as old:
        old.execute(
            "CREATE TABLE days (day TEXT PRIMARY KEY, spent INTEGER NOT NULL, counted INTEGER NOT NULL,"
            " token_limit INTEGER, remaining INTEGER, state TEXT NOT NULL)"
        )
        old.execute("INSERT INTO days VALUES ('2026-03-10', 900, 700, 30000, 29000, 'open')")
    old.close()
    state = open_ledger(tmp_path, clock).state()
    assert (state.spent, state.left, state.limit, state.told) == (900, 29_000, LITE, True)


class FakeServer:
    """A company's budget as Pipedrive keeps it; its midnight is some hours off UTC's."""

    def __init__(self, budget: int, midnight: int, headers: bool) -> None:
        self.budget, self.midnight, self.headers = budget, midnight, headers
        self.used: dict[tuple[date, str], int] = {}

    def day(self, now: datetime) -> date:
        return (now + timedelta(hours=self.midnight)).date()

    def take(self, now: datetime, cost: int, who: str) -> tuple[bool, int | None]:
        """Whether it is answered, and what remains."""
        day = self.day(now)
        left = self.budget - sum(n for (d, _), n in self.used.items() if d == day)
        paid = left >= cost
        if paid:
            self.used[day, who] = self.used.get((day, who), 0) + cost
        return paid, ((left - cost if paid else 0) if self.headers else None)


@settings(max_examples=80, deadline=None)
@given(
    runs=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 3_000), st.lists(st.sampled_from([2, 5, 10, 20]), max_size=400)),
        min_size=1, max_size=6,
    ),
    share=st.sampled_from([0.1, 0.5, 0.8, 1.0]),
    midnight=st.sampled_from([-8, 0, 5]),
    headers=st.booleans(),
)  # fmt: skip
def test_whatever_others_do_nrpd_keeps_to_its_share_and_goes_on_when_the_budget_is_back(
    tmp_path_factory: pytest.TempPathFactory,
    runs: list[tuple[int, int, list[int]]],
    share: float,
    midnight: int,
    headers: bool,
) -> None:
    """Runs some hours apart; others spend before each. A run stops at the first 429 or at its share."""
    clock, folder = Clock(), tmp_path_factory.mktemp("ledger")
    server = FakeServer(LITE, midnight if headers else 0, headers)
    stopped_on: date | None = None
    for hours, others, costs in runs:
        clock.advance(hours=hours)
        for _ in range(others // 10):
            server.take(clock.now, 10, "others")
        ledger = open_ledger(folder, clock, share=share)
        done = 0
        try:
            for cost in [2, *costs * 8]:
                ledger.charge(cost)
                paid, remaining = server.take(clock.now, cost, "nrpd")
                limit = LITE if headers else None
                ledger.settle(cost, limit=limit, remaining=remaining, paid=paid, turned_away=not paid)
                if not paid:
                    raise ledger.server_refused()
                done += 1
        except BudgetSpent:
            here = server.day(clock.now)
            if stopped_on == here:
                assert done <= 1  # the one question
            stopped_on = here
        finally:
            ledger.close()
    day_limits = [n for (_, who), n in server.used.items() if who == "nrpd"]
    # Each run may ask once on top, and without headers a share may reach into two days of the server.
    assert all(n <= share * LITE + 2 * len(runs) + 600 for n in day_limits)


def test_a_few_days_later_nothing_is_carried_over(tmp_path: Path, clock: Clock) -> None:
    ledger = open_ledger(tmp_path, clock, share=0.5)
    spend(ledger, 15_000, limit=LITE, remaining=15_000)
    ledger.close()
    clock.advance(days=3)
    assert open_ledger(tmp_path, clock, share=0.5).state().left == 15_000


def test_it_is_cheap(tmp_path: Path) -> None:
    ledger = TokenLedger(tmp_path, plan="ultimate", seats=10)
    begun = time.process_time()
    for n in range(2_000):
        ledger.charge(5)
        ledger.settle(5, limit=2_100_000, remaining=2_100_000 - 5 * n)
    assert (time.process_time() - begun) / 2_000 < 0.0005


@settings(max_examples=40, deadline=None)
@given(costs=st.lists(st.sampled_from([1, 2, 3, 5, 10, 20, 40]), max_size=60), share=st.floats(0.0005, 0.01))
def test_whatever_comes_the_share_is_never_exceeded(
    tmp_path_factory: pytest.TempPathFactory, costs: list[int], share: float
) -> None:
    ledger = open_ledger(tmp_path_factory.mktemp("ledger"), Clock(), share=share)
    spent = 0
    for cost in costs:
        try:
            spend(ledger, cost)
            spent += cost
        except BudgetSpent:
            assert spent + cost > ledger.cap
            break
    assert spent == ledger.state().spent <= ledger.cap
    ledger.close()
