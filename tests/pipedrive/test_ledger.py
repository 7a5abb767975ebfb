from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.errors import BadInput, BudgetSpent
from nrpd.pipedrive.ledger import TokenLedger, daily_budget

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


def spend(ledger: TokenLedger, cost: int, **figures: int) -> None:
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
    spend(ledger, 2)  # what still fits goes on
    with pytest.raises(BudgetSpent):
        ledger.charge(1)
    assert ledger.state().spent == 24_000


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
    assert spent == ledger.state().spent <= ledger.cap
    ledger.close()
